"""The page's language model: its parts, and its losses beside a plain forward pass."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from parts import run_node

HERE = Path(__file__).parent
TINY = HERE.parents[2] / "xent_lib/smollm/tiny/tiny.gguf"
TEXTS = ["The cat sat on the mat.", "It is a truth universally acknowledged", "é€😀"]


def test_the_model_of_the_page_is_right():
    run_node("--test", HERE / "llama.test.mjs")


def read_gguf(path):
    """The keys of a GGUF file, and its tensors as float64."""
    data, at = path.read_bytes(), 8

    def take(form):
        nonlocal at
        at += struct.calcsize(f"<{form}")
        return struct.unpack_from(f"<{form}", data, at - struct.calcsize(f"<{form}"))[0]

    def value(kind):
        if kind == 8:
            return take(f"{take('Q')}s").decode()
        if kind == 9:
            kind, count = take("I"), take("Q")
            return [value(kind) for _ in range(count)]
        return take("BbHhIif?  Qqd"[kind])

    tensors, keys = take("Q"), take("Q")
    found = {value(8): value(take("I")) for _ in range(keys)}
    told = []
    for _ in range(tensors):
        name, count = value(8), take("I")
        told.append((name, [take("Q") for _ in range(count)], take("I"), take("Q")))
    base = -(-at // 32) * 32
    return found, {
        name: unpack(data[base + place :], kind, shape[::-1])
        for name, shape, kind, place in told
    }


def unpack(data, kind, shape):
    size = {0: 128, 3: 20, 8: 34}[kind]
    blocks = np.frombuffer(data[: int(np.prod(shape)) // 32 * size], np.uint8)
    blocks = blocks.reshape(-1, size)
    if kind == 0:
        return blocks.view(np.float32).reshape(shape).astype(float)
    scale = blocks[:, :2].copy().view(np.float16).astype(float)
    if kind == 8:
        return (scale * blocks[:, 2:].view(np.int8)).reshape(shape)
    least = blocks[:, 2:4].copy().view(np.float16).astype(float)
    both = np.hstack([blocks[:, 4:] & 15, blocks[:, 4:] >> 4])
    return (scale * both + least).reshape(shape)


def losses(keys, w, ids):
    """−ln p of each token after the first, by the model's definition alone."""
    heads, shared = (keys[f"llama.attention.head_count{x}"] for x in ("", "_kv"))
    d, count = keys["llama.rope.dimension_count"], len(ids) - 1
    turns = keys["llama.rope.freq_base"] ** (-np.arange(0, d, 2) / d)
    turn = np.exp(1j * np.arange(count)[:, None, None] * turns)
    later = np.triu(np.full((count, count), -np.inf), 1)

    def norm(x, gains):
        epsilon = keys["llama.attention.layer_norm_rms_epsilon"]
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * gains

    def rotate(x):
        x = np.ascontiguousarray(x.reshape(count, -1, d)).view(complex) * turn
        return x.view(float)

    x = w["token_embd.weight"][ids[:-1]]
    for layer in range(keys["llama.block_count"]):
        part = {
            name.split(".")[2]: tensor
            for name, tensor in w.items()
            if name.startswith(f"blk.{layer}.")
        }
        h = norm(x, part["attn_norm"])
        q, k = rotate(h @ part["attn_q"].T), rotate(h @ part["attn_k"].T)
        v = (h @ part["attn_v"].T).reshape(count, -1, d)
        k, v = (np.repeat(one, heads // shared, axis=1) for one in (k, v))
        scores = np.einsum("thd,uhd->htu", q, k) / np.sqrt(d) + later
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        seen = np.einsum("htu,uhd->thd", weights, v).reshape(count, -1)
        x = x + seen @ part["attn_output"].T
        h = norm(x, part["ffn_norm"])
        gate = h @ part["ffn_gate"].T
        gate = gate / (1 + np.exp(-gate)) * (h @ part["ffn_up"].T)
        x = x + gate @ part["ffn_down"].T
    logits = norm(x, w["output_norm.weight"]) @ w["token_embd.weight"].T
    top = logits.max(-1, keepdims=True)
    ln = logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
    return -ln[np.arange(count), ids[1:]]


@pytest.mark.parametrize("kernel", ["kernel.wasm", ""])
def test_the_losses_are_those_of_a_plain_forward_pass(kernel):
    keys, weights = read_gguf(TINY)
    scored = json.loads(run_node(HERE / "score.mjs", TINY, kernel, json.dumps(TEXTS)))
    for text, (ids, found, _) in zip(TEXTS, scored, strict=True):
        assert ids[0] == 0, text
        np.testing.assert_allclose(found, losses(keys, weights, ids), atol=2e-5)
