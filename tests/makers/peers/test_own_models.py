"""A user's own models: two made here, compared with tokenizers and transformers."""

import json

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasty import ASSIGNED, KINDS, NASTY, TEXTS
from xent_book.recorded import lines
from xent_lib import cross_entropy, next_token_pairs, smollm

WIDE, HEADS, KINDS_OF_KEYS, WIDER, LAYERS, CONTEXT = 64, 4, 2, 96, 2, 1024
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def reference_tokenizer(tokenizers, kind):
    """Learned from the book's sentences, as GPT-2 or Llama 3 cut them."""
    pre = tokenizers.pre_tokenizers
    whole = kind == "llama-bpe"
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(ignore_merges=whole))
    tokenizer.pre_tokenizer = pre.ByteLevel(add_prefix_space=False, use_regex=True)
    if whole:
        tokenizer.pre_tokenizer = pre.Sequence(
            [
                pre.Split(tokenizers.Regex(LLAMA_3), "isolated"),
                pre.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<|begin_of_text|>"],
        initial_alphabet=pre.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*lines(), "In 1987 or 2024, 365 days."], trainer)
    return tokenizer


def write(path, tokenizer, kind, stored, own_output):
    """A Llama of seeded weights, with this tokenizer."""
    state = tokenizer_state(tokenizer)
    rng, head = np.random.default_rng(0), WIDE // HEADS
    file = gguf.GGUFWriter(path, "llama")
    file.add_name(kind)
    file.add_context_length(CONTEXT)
    file.add_embedding_length(WIDE)
    file.add_block_count(LAYERS)
    file.add_feed_forward_length(WIDER)
    file.add_head_count(HEADS)
    file.add_head_count_kv(KINDS_OF_KEYS)
    file.add_rope_dimension_count(head)
    file.add_rope_freq_base(5000.0)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_vocab_size(len(state["tokens"]))
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre(kind)
    file.add_token_list(state["tokens"])
    file.add_token_types([3] + [1] * (len(state["tokens"]) - 1))
    file.add_token_merges(state["merges"])
    file.add_bos_token_id(0)
    file.add_eos_token_id(0)

    def add(name, *shape):
        x = rng.normal(0, 0.2, shape).astype(np.float32) + (len(shape) == 1)
        as_it_is = len(shape) == 1
        kind = gguf.GGMLQuantizationType["F32" if as_it_is else stored]
        file.add_tensor(f"{name}.weight", gguf.quantize(x, kind), raw_dtype=kind)

    add("token_embd", len(state["tokens"]), WIDE)
    for i in range(LAYERS):
        add(f"blk.{i}.attn_norm", WIDE)
        add(f"blk.{i}.attn_q", WIDE, WIDE)
        add(f"blk.{i}.attn_k", KINDS_OF_KEYS * head, WIDE)
        add(f"blk.{i}.attn_v", KINDS_OF_KEYS * head, WIDE)
        add(f"blk.{i}.attn_output", WIDE, WIDE)
        add(f"blk.{i}.ffn_norm", WIDE)
        add(f"blk.{i}.ffn_gate", WIDER, WIDE)
        add(f"blk.{i}.ffn_up", WIDER, WIDE)
        add(f"blk.{i}.ffn_down", WIDE, WIDER)
    add("output_norm", WIDE)
    if own_output:
        add("output", len(state["tokens"]), WIDE)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def tokenizer_state(tokenizer):
    state = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(state["vocab"], key=state["vocab"].get)
    return {"tokens": tokens, "merges": [" ".join(pair) for pair in state["merges"]]}


@pytest.fixture(
    scope="module", params=[("gpt-2", "F16", False), ("llama-bpe", "Q8_0", True)]
)
def made(request, peer, tmp_path_factory):
    """The reference's tokenizer, and the file."""
    kind, stored, own_output = request.param
    path = tmp_path_factory.mktemp("own") / f"{kind}.gguf"
    tokenizer = reference_tokenizer(peer("tokenizers"), kind)
    write(path, tokenizer, kind, stored, own_output)
    return tokenizer, path, smollm.load(path)


@pytest.mark.parametrize("text", [*TEXTS, *NASTY])
def test_the_tokens_are_those_of_tokenizers(made, text):
    reference, _, model = made
    right = reference.encode(text, add_special_tokens=False).ids
    if "<|" not in text:  # there the reference reads special tokens
        assert model.tokenizer.encode(text) == right


@settings(max_examples=500, deadline=None)
@given(st.text(ASSIGNED | KINDS, min_size=1))
def test_the_tokens_of_any_text_are_those_of_tokenizers(made, text):
    reference, _, model = made
    assert model.tokenizer.encode(text) == reference.encode(text).ids


def test_the_losses_are_those_of_transformers(made, peer):
    _, path, model = made
    torch, transformers = peer("torch"), peer("transformers")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()
    for text in TEXTS:
        inputs, targets = next_token_pairs(model.encode(text))
        with torch.no_grad():
            logits = theirs(torch.tensor(inputs)[None]).logits[0].double()
        right = torch.nn.functional.cross_entropy(
            logits, torch.tensor(targets), reduction="none"
        )
        ours = cross_entropy(model.logits(inputs), targets)
        assert ours.max() - ours.min() > 3  # it tells tokens apart
        np.testing.assert_allclose(ours, right.numpy(), rtol=0, atol=1e-3)
