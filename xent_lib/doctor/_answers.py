"""What a function gives: which part of it is the loss, and its numbers as NumPy's."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ._steps import Array

Answer = Array | Exception


def loss_of(answer: Any, shape: tuple[int, ...], part: str = "") -> tuple[str, Any]:
    """The first part of a result that is one number, or one for each token, with its
    name; a whole number only where nothing else is: it counts tokens, mostly. If a
    part has this name, that alone."""
    every = list(parts(answer))
    found = [one for one in every if one[0] == part] or every
    fit = [one for one in found if size(one[1]) in sizes(shape)]
    return next((one for one in fit if not whole(one[1])), (fit or found)[0])


def parts(answer: Any) -> Iterator[tuple[str, Any]]:
    """Where the loss of a result may be, each with its name."""
    if answer is None:
        raise TypeError("it gives None: is a return missing?")
    if hasattr(answer, "loss"):
        yield "of its result .loss", answer.loss
    elif isinstance(answer, Mapping):
        for name in sorted(answer, key=how_likely):
            yield f"of its dict {name!r}", answer[name]
    elif isinstance(answer, tuple):
        # What is shown stands before what is trained on, or behind it.
        for i, x in sorted(enumerate(answer), key=lambda one: not tracked(one[1])):
            yield f"of its tuple’s [{i}]", x
    else:
        yield "", answer


def how_likely(name: Any) -> tuple[bool, ...]:
    """What is trained on comes first: "loss", then a total, then other losses."""
    other = "loss" not in str(name)
    return name != "loss", other or "total" not in str(name), other


def tracked(x: Any) -> bool:
    """Whether it is a tensor of PyTorch that has a gradient."""
    return bool(getattr(x, "requires_grad", False))


def whole(x: Any) -> bool:
    """Whether its numbers are integers, or truths, of any framework."""
    dtype = str(getattr(x, "dtype", ""))
    return isinstance(x, int) or "int" in dtype or "bool" in dtype


def kept(x: Any) -> Array:
    """A copy in NumPy; of what has none, nothing."""
    try:
        return as_numbers(x)
    except (TypeError, ValueError):
        return np.zeros(0)


def sizes(shape: tuple[int, ...]) -> set[int]:
    """How many losses there may be: one, one a token, or one less for each sequence."""
    n = math.prod(shape)
    return {1, n, n - n // shape[-1]} if shape else {1}


def size(x: Any) -> int:
    """How many numbers it has; of what is no array, −1."""
    if isinstance(x, (float, int, np.number)):
        return 1
    shape = np.shape(x) if isinstance(x, list) else getattr(x, "shape", None)
    return -1 if shape is None else math.prod(shape)


def as_numbers(x: Any) -> Array:
    """NumPy's float64 of any framework's array, or a TypeError."""
    if x is None or isinstance(x, (str, bytes)):
        raise TypeError(f"it gives {x!r}, and no number")
    if hasattr(x, "detach"):  # a tensor of PyTorch, bfloat16 ones too
        x = x.detach().cpu().double()
    found = np.asarray(x)
    if found.dtype == object and hasattr(x, "data"):  # of a class of one's own
        found = np.asarray(x.data)
    if found.dtype.kind not in "biuf" and found.dtype.name != "bfloat16":
        raise TypeError(f"it gives {str(x)[:60]}, and no number")
    return found.astype(np.float64)


def finite(seen: Answer) -> bool:
    return not isinstance(seen, Exception) and bool(np.isfinite(seen).all())
