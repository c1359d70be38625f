"""Exercises to mark, each with its answer: other numbers for every seed.

They are not in the book, and neither they nor their answers are on the book's site:
`run/pages.py` gives Python in the page only what stands in its `KINDS`. What the site
has for teachers, slides and the chapters' own exercises, is made by `pages.py`.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from xent_lib import cross_entropy, logsumexp, softmax

# What a model has read, and the four words that it can answer with.
SENTENCES = (
    ("The dog slept on the", ("floor", "sofa", "bed", "roof")),
    ("She put the milk in the", ("fridge", "glass", "bowl", "bag")),
    ("The train stopped at the", ("station", "bridge", "signal", "border")),
    ("He sat down and opened the", ("book", "letter", "door", "jar")),
)
SIZES = 30_522, 32_000, 49_152, 50_257, 100_277, 128_256, 151_936
# What the first loss of a run may be, in ln V, and what that says.
STARTS = (
    (1.01, "It is just above that, so nothing is wrong."),
    (2.01, "It is about twice that. Look for a sum over two steps or machines."),
    (4.02, "It is about four times that. Look for a sum over four steps or machines."),
    (0.30, "It is far below. It was divided by too much, or the model is not new."),
)
MISTAKES = (
    "the softmax is taken twice",
    "the logarithm has base 2",
    "the logarithm has base 10",
    "1 − *p* stands in place of −ln *p*",
)
BYTES = 100_000  # of the text that two models read


@dataclass(frozen=True)
class Exercise:
    """A question and its answer, in Markdown, and the chapter whose idea it tests."""

    chapter: int
    title: str
    question: str
    answer: str


def draw(seed: str) -> dict[str, Any]:
    """What the exercises of a seed say, by the names that they have in the file.

    Of a seeded generator Python promises that `random()` stays the same, and no more.
    """
    random = Random(seed).random

    def whole(low: int, high: int) -> int:
        return low + int(random() * (high - low + 1))

    def tenths(low: int, high: int) -> float:
        return whole(low, high) / 10

    context, words = SENTENCES[whole(0, 3)]
    top, behind = tenths(28, 40), tenths(6, 12)
    o = np.round([top, top - behind, tenths(0, 12), -tenths(2, 15)], 1)
    p, came = softmax(o), whole(1, 2)  # neither the likeliest word nor the last
    right, loss = cross_entropy(o, 0), cross_entropy(o, came)
    wrong = cross_entropy(p, 0), right / log(2), right / log(10), 1 - p[0]
    mistake = whole(0, 3)
    push = np.eye(4)[came] - p

    q, r = whole(3, 9) / 10, whole(5, 45) / 100
    factor, ratio = whole(2, 4), whole(4, 7)
    counts = whole(2, 5), whole(20, 40), whole(6, 15)
    means = tenths(45, 60), tenths(20, 30), tenths(30, 40)
    sums = np.multiply(counts, means)
    size, (start, verdict) = SIZES[whole(0, 6)], STARTS[whole(0, 3)]
    losses = tenths(26, 29), tenths(31, 34)
    tokens = 100 * whole(300, 320), 100 * whole(210, 230)
    return {
        "q": q,
        "r": r,
        "surprises": (-log(q), -log(r), -log(q * r)),
        "bits": -log(q * r) / log(2),
        "product": q * r,
        "context": context,
        "words": words,
        "scores": ", ".join(f"*{w}* {x:.1f}" for w, x in zip(words, o, strict=True)),
        "added": whole(20, 90),
        "factor": factor,
        "lead": o[0] - o[1],
        "wider": factor * (o[0] - o[1]),
        "p": p,
        "ratio": ratio,
        "times": p[0] / p[1],
        "temperature": (o[0] - o[1]) / log(ratio),
        "word": words[came],
        "logit": o[came],
        "lse": logsumexp(o),
        "loss": loss,
        "perplexity": exp(loss),
        "blind": log(4),
        "than_blind": "better" if loss > log(4) else "worse",
        "right": right,
        "wrong": wrong,
        "printed": wrong[mistake],
        "mistake": MISTAKES[mistake],
        "mistakes": "; ".join(MISTAKES),
        "counts": counts,
        "means": means,
        "sums": sums,
        "total": sums.sum(),
        "per_token": sums.sum() / sum(counts),
        "per_sequence": sums.sum() / 3,
        "of_means": np.mean(means),
        "push": push,
        "after": o + push,
        "next_loss": cross_entropy(o + push, came),
        "size": size,
        "first": start * log(size),
        "guess": log(size),
        "verdict": verdict,
        "size_of_text": BYTES,
        "losses": losses,
        "tokens": tokens,
        "per_byte": np.multiply(losses, tokens) / BYTES / log(2),
    }


def exercises(seed: str) -> Iterator[Exercise]:
    """Nine exercises with numbers drawn from the seed, and their answers, in nats.

    Examples
    --------
    >>> first, *others = exercises("autumn")
    >>> first.title, len(others)
    ('Two surprises', 8)
    """
    numbers = draw(seed)
    text = Path(__file__).with_name("exercises.toml").read_text(encoding="utf8")
    for told in tomllib.loads(text)["exercise"]:
        question, answer = (
            re.sub(r"(?<!\w)-(?=\d)", "−", told[part].strip().format(**numbers))
            for part in ("question", "answer")
        )
        yield Exercise(told["chapter"], told["title"], question, answer)
