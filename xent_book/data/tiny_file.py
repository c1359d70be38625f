"""The tiny model as a GGUF file, and back."""

import gguf
import jax.numpy as jnp
import numpy as np
from gguf import GGMLQuantizationType as Kind

from tiny_model import BASE, BY_LAYER, EPS, HEADS, LAYERS, SHAPES, WIDTH, D, F, T, V
from xent_lib.smollm.tokenizer import byte_characters

START = "<|endoftext|>"
KINDS = dict.fromkeys(SHAPES, Kind.Q4_1) | {"token_embd": Kind.Q8_0}


def save(path, weights, tokenizer, licence):
    """As GGUF, the weights by layer."""
    letter = byte_characters()

    def shown(token):
        return "".join(letter[byte] for byte in token)

    file = gguf.GGUFWriter(path, "llama")
    file.add_name("tiny")
    file.add_license(licence)
    file.add_block_count(LAYERS)
    file.add_context_length(T)
    file.add_embedding_length(D)
    file.add_feed_forward_length(F)
    file.add_head_count(HEADS)
    file.add_head_count_kv(1)
    file.add_layer_norm_rms_eps(EPS)
    file.add_rope_freq_base(BASE)
    file.add_rope_dimension_count(WIDTH)
    file.add_vocab_size(V)
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("smollm")
    file.add_token_list([START, *map(shown, tokenizer.vocabulary)])
    file.add_token_types([gguf.TokenType.CONTROL, *[gguf.TokenType.NORMAL] * (V - 1)])
    file.add_token_merges([f"{shown(a)} {shown(b)}" for a, b in tokenizer.rank])
    file.add_bos_token_id(0)
    file.add_eos_token_id(0)
    file.add_add_bos_token(False)
    for name, w in weights.items():
        kind = KINDS.get(name, Kind.F32)
        for layer, part in enumerate(w if name in BY_LAYER else [w]):
            full = f"blk.{layer}.{name}" if name in BY_LAYER else name
            data = gguf.quantize(np.asarray(part), kind)
            file.add_tensor(f"{full}.weight", data, raw_dtype=kind)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def load(path):
    """The weights of a file, as exact numbers again."""
    parts = {}
    for tensor in gguf.GGUFReader(path).tensors:
        name = tensor.name.split(".")[-2]
        w = gguf.dequantize(tensor.data, tensor.tensor_type)
        parts.setdefault(name, []).append(jnp.array(w))
    return {
        name: jnp.stack(w) if name in BY_LAYER else w[0] for name, w in parts.items()
    }
