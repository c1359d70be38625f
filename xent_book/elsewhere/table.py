"""The table of chapters/elsewhere.md, made by calling each library.

`.venv-peers/bin/python xent_book/elsewhere/table.py` prints it, and the versions that
were called; with the name of a library, its column.
"""

import datetime
import importlib.metadata
import inspect
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

import xent_lib
from xent_book.example import logits

P = xent_lib.softmax(logits)
LOSSES = xent_lib.cross_entropy([logits] * 4, range(4))  # of mat, hat, sat, rug
SMOOTHED = {
    "*V*": 0.9 * LOSSES[0] + 0.1 * LOSSES.mean(),
    "*V* − 1": 0.9 * LOSSES[0] + 0.1 * LOSSES[1:].mean(),
}


@dataclass
class Library:
    """A loss and its options, as functions of NumPy arrays."""

    function: Callable  # the library's own, for its options
    loss: Callable  # (scores, targets, dtype="float32", **options)
    mean: Callable  # (scores, targets), without the targets -100
    told: dict = field(default_factory=dict)  # the option for logits
    smoothed: Callable | None = None  # mat's loss, when 0.1 of its share is spread

    @property
    def rows(self) -> np.ndarray:
        """The running example, twice, as what the loss takes if `told` is passed."""
        probabilities = takes(self) == "probabilities"
        return np.array([P if probabilities else logits] * 2)

    def offers(self, word):
        """Whether there is an option of such a name."""
        return any(word in name for name in inspect.signature(self.function).parameters)

    def given(self, targets, dtype="float32"):
        return self.loss(self.rows, np.array(targets), dtype, **self.told)


def xent():
    import ml_dtypes  # noqa: F401  # which tells NumPy what bfloat16 is

    def loss(scores, targets, dtype="float32", **options):
        return xent_lib.cross_entropy(np.array(scores, dtype), targets, **options)

    def mean(scores, targets):
        return loss(scores, targets, reduction="mean", ignore_index=-100)

    def smoothed():
        return loss(logits, 0, label_smoothing=0.1)

    return Library(xent_lib.cross_entropy, loss, mean, smoothed=smoothed)


def pytorch():
    import torch
    from torch.nn.functional import cross_entropy

    def loss(scores, targets, dtype="float32", **options):
        scores = torch.tensor(np.array(scores), dtype=getattr(torch, dtype))
        return cross_entropy(scores, torch.tensor(targets), **options)

    def smoothed():
        return loss(logits, 0, label_smoothing=0.1)

    return Library(cross_entropy, loss, loss, smoothed=smoothed)


def jax():
    import jax.numpy as jnp
    import optax

    function = optax.losses.softmax_cross_entropy_with_integer_labels

    def loss(scores, targets, dtype="float32", **options):
        return function(jnp.array(scores, dtype), jnp.array(targets), **options)

    def mean(scores, targets):
        return loss(scores, targets).mean(where=jnp.array(targets) != -100)

    def smoothed():
        y = optax.smooth_labels(jnp.eye(4)[0], 0.1)
        return optax.losses.softmax_cross_entropy(jnp.array(logits), y)

    return Library(function, loss, mean, smoothed=smoothed)


def keras():
    import keras

    function = keras.losses.SparseCategoricalCrossentropy

    def loss(scores, targets, dtype="float32", **options):
        scores = keras.ops.convert_to_tensor(np.array(scores), dtype)
        return function(**options)(targets, scores)

    def mean(scores, targets):
        return loss(scores, targets, from_logits=True, ignore_class=-100)

    def smoothed():
        options = {"from_logits": True, "label_smoothing": 0.1}
        loss = keras.losses.CategoricalCrossentropy(**options)
        return loss(np.eye(4)[0], np.array(logits))

    return Library(function, loss, mean, {"from_logits": True}, smoothed)


def sklearn():
    import ml_dtypes  # noqa: F401
    from sklearn.metrics import log_loss

    def loss(scores, targets, dtype="float32", **options):
        scores = np.array(scores, dtype)
        return log_loss(targets, scores, labels=range(4), **options)

    def mean(scores, targets):
        scored = targets != -100
        return loss(scores, np.where(scored, targets, 0), sample_weight=scored)

    return Library(log_loss, loss, mean)


def transformers():
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, trainer_pt_utils

    sizes = {"vocab_size": 4, "hidden_size": 4, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(**sizes, num_hidden_layers=0))

    def loss(scores, targets, dtype="float32", **options):
        """As a model calls it with its logits, which predict the next target."""
        scores = torch.tensor(np.array(scores), dtype=getattr(torch, dtype))
        targets = torch.tensor(targets)
        scores = torch.cat([scores, scores[..., -1:, :]], -2)
        targets = torch.cat([targets[..., :1], targets], -1)
        options |= {"vocab_size": 4}
        return model.loss_function(logits=scores, labels=targets, **options)

    def smoothed():
        function = trainer_pt_utils.LabelSmoother(epsilon=0.1)
        return function({"logits": torch.tensor(logits)[None]}, torch.tensor([0]))

    return Library(model.loss_function, loss, loss, smoothed=smoothed)


def attempt(call):
    """What a call returns, or None for an error."""
    try:
        return call()
    except (ValueError, TypeError, IndexError, RuntimeError):
        return None


def close(found, expected):
    """Whether the mean of what a library returns is as expected."""
    return math.isclose(np.asarray(found, "d").mean(), expected, rel_tol=1e-5)


def gives(call, expected):
    found = attempt(call)
    return found is not None and close(found, expected)


def word(found):
    if found is None:
        return "error"
    return "NaN" if math.isnan(found) else f"{found:g}"


def takes(it):
    def right(scores, **options):
        return gives(lambda: it.loss([scores], np.array([0]), **options), LOSSES[0])

    kinds = {"logits": logits, "probabilities": P}
    found = [kind for kind, scores in kinds.items() if right(scores)]
    if it.told and right(logits, **it.told):
        found.append("or logits if told")
    return ", ".join(found)


def vocabulary(it):
    scores = np.random.default_rng(0).normal(size=(2, 3, 4))
    targets = np.array([[0, 1, 2], [3, 0, 1]])
    expected = xent_lib.cross_entropy(scores, targets).mean()
    moved = np.moveaxis(scores, -1, 1)
    ways = {
        "last": lambda: it.loss(scores, targets, **it.told),
        "1": lambda: it.loss(moved, targets, **it.told),
        "any": lambda: it.loss(moved, targets, axis=1, **it.told),
    }
    found = [way for way, call in ways.items() if gives(call, expected)]
    return " or ".join(found) or "last of two"


def reduction(it):
    found = np.asarray(it.given([0, 3]))
    if found.shape:
        assert np.allclose(found, LOSSES[[0, 3]])
        return "every loss"
    ways = {"the mean": np.mean, "the sum": np.sum}
    (way,) = [way for way, mean in ways.items() if close(found, mean(LOSSES[[0, 3]]))]
    return way


def ignored(it):
    targets = np.array([0, -100])
    assert gives(lambda: it.mean(it.rows, targets), LOSSES[0])
    if gives(lambda: it.given(targets), LOSSES[0]):
        return "`-100`"
    return "if named" if it.offers("ignore") else "none"


def mean_of_none(it):
    return word(attempt(lambda: it.mean(it.rows, np.array([-100, -100]))))


def outside(it, target):
    """What an invalid target costs, from its mean with a valid one."""
    found = attempt(lambda: it.given([0, target]))
    if found is None:
        return "error"
    found = 2 * np.asarray(found).mean() - LOSSES[0]
    if close(found, LOSSES[-1]):
        return "the last token’s loss"
    return word(round(found, 5) + 0)


def smooths(it):
    if it.smoothed is None:
        assert not it.offers("smoothing")
        return "none"
    (over,) = [v for v in SMOOTHED if gives(it.smoothed, SMOOTHED[v])]
    return over


def half(it):
    found = {dtype: kept(it, dtype) for dtype in ("float16", "bfloat16")}
    if all(dtype == given for given, dtype in found.items()):
        return "the same"
    one, other = found.values()
    return one if one == other else f"{one}; bfloat16: {other}"


def kept(it, dtype):
    """The dtype of a loss. A Python float only shows it in its digits."""
    found = attempt(lambda: it.given([0, 0], dtype))
    if found is None:
        return "error"
    if isinstance(found, float) and not isinstance(found, np.floating):
        return "float16" if found == float(np.float16(found)) else "float64"
    return str(found.dtype).removeprefix("torch.")


ROWS = {
    "takes": takes,
    "axis of *V*": vocabulary,
    "gives": reduction,
    "ignored target": ignored,
    "all ignored": mean_of_none,
    "target *V*": partial(outside, target=4),
    "target `-1`": partial(outside, target=-1),
    "smooths over": smooths,
    "sixteen bits give": half,
}
LIBRARIES = {
    "[xent_lib](reference.md)": xent,
    "[PyTorch](#pytorch)": pytorch,
    "[optax](#jax-and-optax)": jax,
    "[Keras](#keras)": keras,
    "[scikit-learn](#scikit-learn)": sklearn,
    "[transformers](#transformers)": transformers,
}
CALLED = {
    "torch": "PyTorch",
    "optax": "optax",
    "jax": "JAX",
    "keras": "Keras",
    "scikit-learn": "scikit-learn",
    "transformers": "transformers",
}


def column(library):
    """The cells of a library; for Keras on PyTorch, and on JAX where they differ."""
    cells = found(library, "torch")
    if "Keras" in library:
        pairs = zip(cells, found(library, "jax"), strict=True)
        cells = [a if a == b else f"{a}; on JAX {b}" for a, b in pairs]
    return cells


def found(library, backend):
    """The cells, from a separate process, since Keras has one backend per process."""
    command = [sys.executable, __file__, library]
    environment = os.environ | {"KERAS_BACKEND": backend}
    ran = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(ran.stdout)


def table():
    columns = [["the loss of", "---", *ROWS]]
    columns += [[name, "---", *column(name)] for name in LIBRARIES]
    return "\n".join(f"| {' | '.join(row)} |" for row in zip(*columns, strict=True))


def versions():
    """The line below the table: which versions were called, and when."""
    today = datetime.date.today()
    found = [
        f"{name} {importlib.metadata.version(package).partition('+')[0]}"
        for package, name in CALLED.items()
    ]
    called = f"{', '.join(found[:-1])} and {found[-1]}"
    return f"The versions called on {today.day} {today:%B %Y} were {called}."


if __name__ == "__main__":
    if sys.argv[1:]:
        library = LIBRARIES[sys.argv[1]]()
        print(json.dumps([str(row(library)) for row in ROWS.values()]))
    else:
        print(table(), versions(), sep="\n\n")
