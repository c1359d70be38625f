"""Trains a small model of letters in several ways, and stores the losses: runs.npz.

.venv/bin/python xent_book/data/runs.py    # six minutes

It sees the last few letters of the novel, each as 16 numbers, has one hidden layer, and
learns by Adam. Losses are in nats per letter.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xent_book.parts.letters import SIGNS, signs
from xent_book.recorded import STEPS
from xent_book.tokens import novel

HERE = Path(__file__).parent
V, WIDE = len(SIGNS), 16
FAST, SLOW, TINY = 0.9, 0.99, 1e-8  # Adam's two averages, and what it adds
MOST = 8  # letters that a model sees: the first that any is scored on comes after these
EVERY = 125  # steps from one look at the held-out text to the next
PIECES = 100  # into which that text is cut, to see how sure its mean is


@dataclass(frozen=True)
class Setup:
    """How a model is trained."""

    letters: int = 300_000  # of the novel, from its beginning
    epochs: int = 1
    batch: int = 64
    context: int = MOST
    hidden: int = 128
    rates: tuple[tuple[int, float], ...] = ((0, 0.002),)  # from which step on
    seed: int = 0

    def rate(self, step: int) -> float:
        return [rate for start, rate in self.rates if start <= step][-1]


# One that stands still near 2, and what else is tried, one thing at a time.
STANDS = Setup(epochs=20, batch=1024, context=2, hidden=16, rates=((0, 0.02),))
SETUPS = {
    "healthy": Setup(),
    "seed 1": Setup(seed=1),
    "seed 2": Setup(seed=2),
    "seed 3": Setup(seed=3),
    "wider": Setup(hidden=160),
    "spike": Setup(rates=((0, 0.002), (2000, 0.06), (2010, 0.002))),
    "stairs": Setup(letters=20_000, epochs=8, batch=32, hidden=512),
    "stands": STANDS,
    "stands, longer": replace(STANDS, epochs=40),
    "stands, lower rate": replace(STANDS, rates=((0, 0.02), (3900, 0.002))),
    "stands, larger": replace(STANDS, hidden=64),
    "stands, eight letters": replace(STANDS, context=8),
    "stands, both": replace(STANDS, context=8, hidden=64),
}
SHOWN = "healthy", "stands", "stairs", "spike"  # of these, each batch


class Model:
    """Letters → embeddings → a hidden layer → a logit for each sign."""

    def __init__(self, setup):
        rng, inputs = np.random.default_rng(setup.seed), setup.context * WIDE
        self.weights = [
            rng.normal(0, 1, (V, WIDE)),
            rng.normal(0, inputs**-0.5, (inputs, setup.hidden)),
            np.zeros(setup.hidden),
            rng.normal(0, 0.1 * setup.hidden**-0.5, (setup.hidden, V)),
            np.zeros(V),
        ]
        self.means = [np.zeros_like(w) for w in self.weights]
        self.squares = [np.zeros_like(w) for w in self.weights]
        self.steps = 0

    def forward(self, seen, came):
        """The inputs, the hidden states, p, and the losses."""
        letters, weights, bias, out, out_bias = self.weights
        x = letters[seen].reshape(len(seen), -1)
        h = np.tanh(x @ weights + bias)
        o = h @ out + out_bias
        o -= o.max(axis=1, keepdims=True)
        p = np.exp(o)
        total = p.sum(axis=1, keepdims=True)
        return x, h, p / total, np.log(total[:, 0]) - o[np.arange(len(o)), came]

    def gradient(self, seen, came):
        """The mean loss of a batch, and its slopes."""
        x, h, p, losses = self.forward(seen, came)
        p[np.arange(len(p)), came] -= 1
        p /= len(p)
        back = (p @ self.weights[3].T) * (1 - h * h)
        letters = np.zeros_like(self.weights[0])
        np.add.at(letters, seen.ravel(), (back @ self.weights[1].T).reshape(-1, WIDE))
        slopes = [letters, x.T @ back, back.sum(axis=0), h.T @ p, p.sum(axis=0)]
        return float(losses.mean()), slopes

    def step(self, seen, came, rate):
        """The mean loss of a batch, before a step of Adam."""
        loss, slopes = self.gradient(seen, came)
        self.steps += 1
        grown = [1 - decay**self.steps for decay in (FAST, SLOW)]
        for w, m, s, g in zip(
            self.weights, self.means, self.squares, slopes, strict=True
        ):
            m += (1 - FAST) * (g - m)
            s += (1 - SLOW) * (g * g - s)
            w -= rate * m / grown[0] / (np.sqrt(s / grown[1]) + TINY)
        return loss

    def score(self, seen, came):
        """The loss of each letter, and whether its first guess was right."""
        found = []
        for at in range(0, len(came), 4096):
            here = slice(at, at + 4096)
            _, _, p, losses = self.forward(seen[here], came[here])
            found.append((losses, p.argmax(axis=1) == came[here]))
        losses, right = (np.concatenate(one) for one in zip(*found, strict=True))
        return losses, right


def windows(text, context):
    """The letters that a model sees, and the one that comes."""
    ids = np.array([SIGNS.index(sign) for sign in text])[MOST - context :]
    seen = np.lib.stride_tricks.sliding_window_view(ids[:-1], context)
    return seen, ids[context:]


class Look(NamedTuple):
    """What is known after some steps."""

    model: Model
    losses: list[float]  # of the batches so far


def train(setup: Setup) -> Iterator[Look]:
    """A look before each step; in an epoch each place in the text comes once."""
    seen, came = windows(signs(novel()[0])[: setup.letters], setup.context)
    rng, model, losses = np.random.default_rng(setup.seed + 1), Model(setup), []
    for _ in range(setup.epochs):
        order = rng.permutation(len(came))
        for batch in order[: len(order) // setup.batch * setup.batch].reshape(
            -1, setup.batch
        ):
            yield Look(model, losses)
            rate = setup.rate(len(losses))
            losses.append(model.step(seen[batch], came[batch], rate))
    yield Look(model, losses)


def record(setup: Setup, steps: int | None = None) -> dict[str, np.ndarray]:
    """A run, or its first steps, in the steps of whole numbers that are stored."""
    held_out = windows(signs(novel()[1]), setup.context)
    at, means, shares = [], [], []
    for look in islice(train(setup), steps):
        if len(look.losses) % EVERY == 0:
            scored, right = look.model.score(*held_out)
            at.append(len(look.losses))
            means.append(scored.mean())
            shares.append(right.mean())
    scored, _ = look.model.score(*held_out)
    pieces = [piece.mean() for piece in np.array_split(scored, PIECES)]
    found = {"train": look.losses, "held_out": means, "accuracy": shares}
    found["pieces"] = pieces
    kept = {k: np.round(np.array(v) * STEPS["runs"]) for k, v in found.items()}
    return {k: v.astype(np.uint16) for k, v in kept.items()} | {"at": np.array(at)}


def main():
    arrays = {}
    for name, setup in SETUPS.items():
        print(name, flush=True)
        run = record(setup)
        if name not in SHOWN:
            del run["train"]
        arrays |= {f"{name} {key}": v for key, v in run.items()}
    np.savez_compressed(HERE / "runs.npz", **arrays)


if __name__ == "__main__":
    main()
