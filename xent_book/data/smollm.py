"""Stores what SmolLM2 says of the sentences of Chapter 8: smollm.json and smollm.npz.

.venv/bin/python xent_book/data/smollm.py    # two minutes; needs `make model`
"""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
from tqdm import tqdm

from xent_book.recorded import STEPS, lines
from xent_book.tokens import novel
from xent_lib import cross_entropy, smollm, softmax
from xent_lib.smollm import llama

HERE = Path(__file__).parent
SHOWN = [
    "The cat sat on the mat.",
    "The cat sat on the rug.",
    "The cat sat on the algebra.",
    "The mat sat on the cat.",
    "mat the on sat cat The",
    "The cat sat on the mat. The cat sat on the mat.",
]
WORDS = (" mat", " hat", " sat", " rug")  # a token each
HEADS = (1, 2), (21, 6)  # by layer, from 0: one for the token before, one for the cat
STARTS = {"<|endoftext|>": [0], "<|im_start|>": [1], "none": []}
# How many tokens a window holds, and how far the next one begins.
WINDOWS = (64, 64), (256, 256), (256, 64), (2048, 2048)


def shown(model, text):
    """A sentence, as the live part takes it."""
    ids = model.encode(text)
    logits = model.logits(ids[:-1])
    p = softmax(logits.astype(float))
    came = logits[np.arange(len(logits)), ids[1:]]
    ranks = 1 + (logits > came[:, np.newaxis]).sum(axis=1)
    pieces = model.tokenizer.decode
    best = (-p).argsort(axis=1, kind="stable")[:, :5]
    return {
        "text": text,
        "tokens": [pieces([i]) for i in ids[1:]],
        "losses": cross_entropy(logits, ids[1:]).round(4).tolist(),
        "ranks": ranks.tolist(),
        "guesses": [
            [[pieces([i]), float(f"{row[i]:.3g}")] for i in five]
            for row, five in zip(p, best, strict=True)
        ],
    }


def mat_by_start(model):
    """p(mat) after "The cat sat on the", by the token that was put first."""
    ids = model.encode("The cat sat on the")[1:]
    [mat] = model.tokenizer.encode(" mat")
    return {
        name: float(f"{softmax(model.logits([*start, *ids]))[-1, mat]:.5g}")
        for name, start in STARTS.items()
    }


def sum_by_start(model):
    """The loss of the whole sentence, by the token that was put first."""
    ids = model.encode(SHOWN[0])[1:]
    starts = {name: start for name, start in STARTS.items() if start}
    return {
        name: round(cross_entropy(model.logits([*start, *ids[:-1]]), ids).sum(), 2)
        for name, start in starts.items()
    }


def by_window(model):
    """The mean loss of 2,048 tokens of the novel that is read in windows."""
    start, *ids = model.encode(novel()[1])[: 2048 + 1]
    return [
        [
            size,
            step,
            round(np.concatenate([*read(model, start, ids, size, step)]).mean(), 4),
        ]
        for size, step in WINDOWS
    ]


def looks(model):
    """How "the", before mat comes, shares its looks back: two heads, and all."""
    shares = []

    def kept(x):
        shares.append(softmax(x))
        return shares[-1]

    with patch.object(llama, "softmax", kept):
        model.logits(model.encode(SHOWN[0])[:-2])
    last = np.array(shares)[:, :, -1]  # by layer and head
    rows = [last[place] for place in HEADS] + [last.mean((0, 1))]
    return [row.astype(float).round(3).tolist() for row in rows]


def read(model, start, ids, size, step):
    """The losses of each window's last `step` tokens."""
    for first in range(0, len(ids), step):
        window = ids[max(0, first + step - size) : first + step]
        yield cross_entropy(model.logits([start, *window[:-1]]), window)[-step:]


def sentences(model):
    return {
        "sentences": [shown(model, text) for text in SHOWN],
        "words": {word.strip(): model.tokenizer.encode(word)[0] for word in WORDS},
        "p(mat) by start": mat_by_start(model),
        "sum by start": sum_by_start(model),
        "by window": by_window(model),
        "looks": looks(model),
    }


def arrays(model, lines):
    """All logits of the first sentence, and of each token of the lines its loss."""
    ids = model.encode(SHOWN[0])
    scores = list(smollm.score(model, tqdm(lines)))
    tokens = np.concatenate([one.ids for one in scores])
    losses, best, best_p = (
        np.concatenate([getattr(one, name) for one in scores])
        for name in ("losses", "best", "best_p")
    )
    # A sentence is its tokens' bytes: where they end is all there is to store.
    return {
        "ids": ids.astype(np.uint16),
        "logits": in_steps("logits", model.logits(ids[:-1]), np.int16),
        "n_tokens": np.array([len(one.ids) for one in scores], np.uint8),
        "n_bytes": np.array([len(model.tokenizer.tokens[i]) for i in tokens], np.uint8),
        "losses": in_steps("losses", losses, np.uint16),
        "best_p": in_steps("best_p", best_p, np.uint16),
        "right": tokens == best,
    }


def in_steps(name, values, dtype):
    limits = np.iinfo(dtype)
    return np.rint(values * STEPS[name]).clip(limits.min, limits.max).astype(dtype)


def main():
    model = smollm.load()
    text = json.dumps(sentences(model), indent=1, ensure_ascii=False)
    (HERE / "smollm.json").write_text(text + "\n", encoding="utf8")
    np.savez_compressed(HERE / "smollm.npz", **arrays(model, lines()))


if __name__ == "__main__":
    main()
