"""Small made-up runs, and how programs print them. What is tested: test_read_log.py."""

import math
import tomllib
from pathlib import Path

import numpy as np

from xent_lib import read_log

V = 10_000


def losses(n=200, noise=0.03, seed=0, end=0.45):
    """A loss that falls from ln V, and whose noise is normal."""
    start = 1.01 * math.log(V)
    course = start * (end + (1 - end) * (1 + np.arange(n) / (n * 0.02)) ** -0.6)
    spread = noise * np.random.default_rng(seed).standard_normal(n)
    return np.where(np.arange(n) == 0, start, course + spread)


def printed(y, validation=(), every=0, **columns):
    """Lines of text: `columns` are numbers beside a loss, or what makes them of it."""
    lines = []
    for i, loss in enumerate(y):
        beside = {k: c(loss) if callable(c) else c[i] for k, c in columns.items()}
        more = "".join(f" | {k} {x:.4f}" for k, x in beside.items())
        lines.append(f"step {i} | loss {loss:.4f}{more} | lr 1.0e-03")
        if every and i % every == every - 1:
            lines.append(f"step {i} | val loss {validation[i]:.4f}")
    return "\n".join(lines)


def found(text, name, *arguments):
    """The findings of a name, as their kinds, and the numbers of the first."""
    some = [one for one in read_log(text, *arguments).findings if one.name == name]
    return [one.kind for one in some], some[0].numbers if some else {}


TRAIN = [9.25, 7.125, 5.5, 4.875, 4.5]
HELD_OUT = [9.375, 7.25, 5.75, 5.0, 4.625]
TEXT = Path(__file__).with_name("forms.toml").read_text(encoding="utf8")
FORMS = tomllib.loads(TEXT)
PAIRS = [*enumerate(zip(TRAIN, HELD_OUT, strict=True))]


def as_printed(name):
    """The run above, as a program prints it."""
    form = FORMS[name]
    rows = (form["line"].format(i=i, n=i + 1, t=t, v=v) for i, (t, v) in PAIRS)
    return form.get("head", "") + "\n".join(rows)


DOCUMENTS = {
    "Hugging Face's state": {
        "best_metric": None,
        "log_history": [
            {"step": 10 * i, "epoch": 0.1 * i, kind: loss}
            for i, pair in PAIRS
            for kind, loss in zip(("loss", "eval_loss"), pair, strict=True)
        ],
    },
    "Megatron's golden values": {
        "lm loss": {"start_step": 1, "values": {str(i): t for i, (t, _) in PAIRS}},
        "val loss": {"start_step": 1, "values": {str(i): v for i, (_, v) in PAIRS}},
    },
    "MLflow's history": [
        {"key": key, "value": loss, "timestamp": 1760000000000 + i, "step": 10 * i}
        for i, pair in PAIRS
        for key, loss in zip(("loss", "val_loss"), pair, strict=True)
    ],
    "a list for each split": {
        name: [{"epoch": 1 + i, "loss": pair[j]} for i, pair in PAIRS]
        for j, name in enumerate(("train", "val"))
    },
    "Keras' history": {"loss": TRAIN, "val_loss": HELD_OUT, "lr": [0.1, None]},
}
