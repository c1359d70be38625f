"""The tiny model of the book: learns byte pairs, then itself, and is stored as GGUF.

It is a Llama of 393,888 weights. In the last part of the training it computes with the
weights as they will be stored, in 4 and 8 bits, and so learns to do with these.
"""

import argparse
import gzip
import sys
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import texts
import tiny_file
from tiny_model import SHAPES, T, V, as_stored, beginning, losses
from xent_book import recorded
from xent_book.tokens import Tokenizer, learn_merges
from xent_lib import smollm
from xent_lib.smollm.tokenizer import PIECES

BATCH = 32  # rows of T tokens
RATE, RATE_ADAM = 0.02, 0.015
WARM, EXACT = 100, 0.6  # the first steps, slowly; the share of them without quantising

SENTENCES = ("The cat sat on the mat.", "The mat sat on the cat.")


def encode(tokenizer, line):
    """The tokens of a line, after the start token, whose number is 0."""
    return np.append(0, 1 + tokenizer.encode(line)).astype(np.int32)


def batches(lines, rng):
    """Rows of T + 1 tokens, without end: all lines, in a new order each time."""
    while True:
        stream = np.concatenate([lines[i] for i in rng.permutation(len(lines))])
        stream = stream[rng.integers(T) :]
        rows = np.lib.stride_tricks.sliding_window_view(stream, T + 1)[::T]
        rows = rows[rng.permutation(len(rows))]
        yield from (rows[i : i + BATCH] for i in range(0, len(rows) - BATCH + 1, BATCH))


def mean_loss(weights, rows, quantised):
    """Of all tokens but the start tokens."""
    weights = as_stored(weights) if quantised else weights
    return losses(weights, rows).sum() / (rows[:, 1:] != 0).sum()


def orthogonal(g):
    """About the nearest matrices with singular values of 1 (Newton-Schulz, of Muon)."""
    wide = g if g.shape[-2] <= g.shape[-1] else g.mT
    x = wide / jnp.linalg.norm(wide, axis=(-2, -1), keepdims=True)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return x if wide is g else x.mT


@partial(jax.jit, static_argnames="quantised", donate_argnums=(0, 1))
def step(weights, means, rows, t, rate, quantised):
    """A step of Muon for the matrices, of Adam for the embedding and the norms."""
    loss, gradient = jax.value_and_grad(mean_loss)(weights, rows, quantised)
    weights, means = dict(weights), dict(means)
    for name, g in gradient.items():
        m, square = means[name]
        if name in SHAPES:
            n, width = SHAPES[name]
            m = 0.95 * m + g
            by = RATE * max(1, n / width) ** 0.5 * orthogonal(g + 0.95 * m)
        else:
            m, square = 0.9 * m + 0.1 * g, 0.98 * square + 0.02 * g * g
            scale = jnp.sqrt(square / (1 - 0.98**t)) + 1e-10
            by = RATE_ADAM * m / (1 - 0.9**t) / scale
        weights[name], means[name] = weights[name] - rate * by, (m, square)
    return weights, means, loss


def train(lines, steps):
    """The weights after so many steps; where a terminal watches, it says how far."""
    rng = np.random.default_rng(0)
    weights = beginning(rng)
    means = {
        name: (jnp.zeros_like(w), jnp.zeros_like(w)) for name, w in weights.items()
    }
    begin, mean = time.time(), None
    for t, rows in zip(range(1, steps + 1), batches(lines, rng), strict=False):
        rate = min(1, t / WARM) * (1 + np.cos(np.pi * t / steps)) / 2
        quantised = t > EXACT * steps
        weights, means, loss = step(weights, means, rows, float(t), rate, quantised)
        if t % 10 == 0 and sys.stderr.isatty():
            mean = float(loss) if mean is None else 0.9 * mean + 0.1 * float(loss)
            left = (time.time() - begin) / t * (steps - t) / 60
            line = f"\rstep {t} of {steps}, loss {mean:.3f}, {left:.0f} minutes left "
            print(line, end="\n" * (t == steps), file=sys.stderr, flush=True)
    jax.block_until_ready(weights)
    return weights, time.time() - begin


def nats(weights, lines):
    """The sum of −ln p over lines, each after its start token, at most T at a time."""
    parts = [line[i : i + T + 1] for line in lines for i in range(0, len(line) - 1, T)]
    rows = np.zeros((len(parts) + -len(parts) % BATCH, T + 1), np.int32)
    for row, part in zip(rows, parts, strict=False):
        row[: len(part)] = part
    f = jax.jit(losses)
    return sum(
        float(f(weights, rows[i : i + BATCH]).sum()) for i in range(0, len(rows), BATCH)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--out", type=Path, default=smollm.TINY)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)

    texts.bring()
    parts = texts.parts()
    # WordNet twice: its text is the shorter one, and more like what is to be scored.
    seen = parts["wordnet"][0] * 2 + parts["austen"][0]
    merges = learn_merges("\n".join(seen), V - 1, PIECES["smollm"].findall)
    tokenizer = Tokenizer(merges, split=PIECES["smollm"].findall)
    weights, seconds = train([encode(tokenizer, line) for line in seen], options.steps)
    tiny_file.save(options.out, weights, tokenizer, texts.licence())
    (options.out.parent / "LICENSE").write_text(texts.licence(), encoding="ascii")

    size, packed = (len(f(options.out.read_bytes())) for f in (bytes, gzip.compress))
    print(f"{options.steps} steps in {seconds / 60:.1f} minutes")
    print(f"{size} bytes, {packed} compressed")
    held_out = {name: out for name, (_, out) in parts.items()}
    held_out["the book's"] = recorded.lines()
    both = weights, tiny_file.load(options.out)
    print("exact   stored")
    for name, lines in held_out.items():
        bits = np.log(2) * sum(len(line.encode()) for line in lines)
        ids = [encode(tokenizer, line) for line in lines]
        print(*(f"{nats(w, ids) / bits:.4f} " for w in both), f"bits per byte: {name}")
    for line in SENTENCES:
        ids = [encode(tokenizer, line)]
        print(*(f"{nats(w, ids):.3f} " for w in both), f"nats: {line}")


if __name__ == "__main__":
    main()
