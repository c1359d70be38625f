"""Check the arguments of the public functions, and convert them to arrays."""

import reprlib
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._compute import quiet

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]
Losses = NDArray[np.float64]

# By type, not by kind "f", which dtypes of other packages may have, too.
FLOATS = (np.float16, np.float32, np.float64)


def as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """`value` as an array, or an error that names the argument."""
    # Masked arrays need numpy.ma, so if nobody has imported it, neither need we: the
    # book's pages load faster without it.
    if "numpy.ma" in sys.modules and has_mask(value):
        raise TypeError(f"{name} must not be a masked array: its mask would be lost")
    try:
        return np.asarray(value)
    except Exception as error:
        if "BFloat16" in str(error):  # PyTorch's words
            raise TypeError(
                f"{name} must not be bfloat16, which NumPy doesn't have: use .float()"
            ) from error
        if isinstance(error, ValueError) and isinstance(value, (list, tuple)):
            raise ValueError(f"{name} must be rectangular: {error}") from None
        error.add_note(f"{name} could not be converted to an array")
        raise


def has_mask(value: object) -> bool:
    """Whether it is a masked array, or a list that contains one."""
    if isinstance(value, (list, tuple)):
        nested = {list, tuple, np.ma.MaskedArray}
        return not nested.isdisjoint(map(type, value)) and any(map(has_mask, value))
    return isinstance(value, np.ma.MaskedArray)


def as_real(name: str, value: ArrayLike, last: str = "") -> NDArray[Any]:
    """`value` as an array of integers or floats of up to 64 bits.

    `last` describes the last axis, if there must be one.
    """
    given = as_array(name, value)
    if given.dtype.kind not in "iu" and given.dtype.type not in FLOATS:
        cast = ": use .astype(np.float32)" if given.dtype.name == "bfloat16" else ""
        raise TypeError(
            f"{name} must be integers or floats up to float64, "
            f"got dtype {given.dtype}{cast}"
        )
    if last and given.ndim == 0:
        raise ValueError(f"{name} must have {last}, got the single number {given}")
    return given


def float_dtype(x: NDArray[Any]) -> np.dtype[Any]:
    """The dtype of results, in native order: that of `x`, or float64 for integers."""
    return np.dtype(x.dtype if x.dtype.kind == "f" else np.float64).newbyteorder("=")


def at(name: str, position: Sequence[object]) -> str:
    """`name[i, j]`, for an error message."""
    return f"{name}[{', '.join(map(str, position))}]" if len(position) else name


def check_integer(name: str, value: object, otherwise: str = "") -> None:
    """Reject bools, too: Python counts them as integers, but here they are mistakes."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer{otherwise}, got {value!r}")


def check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise TypeError(f"{name} must be a number, got {reprlib.repr(value)}")


def as_logits(
    logits: ArrayLike, axis: int = -1, *, may_shift: bool = True
) -> NDArray[Any]:
    """The logits with the vocabulary last, `shifted` if they are 64-bit integers."""
    given = as_real("logits", logits, "a vocabulary axis")
    check_integer("axis", axis)
    if not -given.ndim <= axis < given.ndim:
        raise ValueError(
            f"axis is {axis}, but logits of shape {given.shape} have {given.ndim} axes"
        )
    if given.shape[axis] == 0:
        raise ValueError(
            f"vocabulary axis is empty: logits have shape {given.shape}, axis is {axis}"
        )
    # Usually it is the last axis, which saves the time of moveaxis.
    o = given if axis == -1 else np.moveaxis(given, axis, -1)
    wide = o.dtype.kind != "f" and o.dtype.itemsize == 8
    return shifted(o) if wide and may_shift else o


def shifted(o: NDArray[Any]) -> NDArray[Any]:
    """Subtract the largest integer of each row, if float64 would round any of them."""
    if o.min(initial=0) >= -(2**53) and o.max(initial=0) <= 2**53:
        return o
    # The difference of two int64 may wrap around; read as unsigned, it is correct.
    below = (o.max(axis=-1, keepdims=True) - o).view(np.uint64)
    return np.asarray(np.subtract(0, below, dtype=np.float64))


def as_targets(
    targets: ArrayLike,
    logits_shape: tuple[int, ...],
    ignore_index: int | None,
    axis: int = -1,
    distributions: bool = False,
) -> tuple[NDArray[Any], BoolArray]:
    """The target ids or distributions, and which of them are scored.

    `logits_shape` has the vocabulary last, where it was moved from `axis`. If
    `distributions` is true, floats of the logits' shape are distributions, all scored.
    """
    given = as_array("targets", targets)
    *batch, vocabulary = shape = logits_shape
    if axis != -1:  # restore the shape before the vocabulary was moved
        place = axis % len(logits_shape)
        shape = (*batch[:place], vocabulary, *batch[place:])
    if distributions and given.dtype.type in FLOATS and given.shape == shape:
        if ignore_index is not None:
            raise ValueError(
                f"ignore_index must be None if targets are distributions, "
                f"got {ignore_index!r}"
            )
        check_distributions("targets", given, axis)
        return np.moveaxis(given, axis, -1), np.ones((*batch,), np.bool_)
    if given.size == 0 and not isinstance(targets, np.ndarray):
        given = given.astype(np.intp)  # NumPy reads an empty list as floats
    if given.dtype.kind not in "iu":
        others = f", or floats of the logits' shape {shape}" if distributions else ""
        raise TypeError(
            f"targets must be integers{others}, "
            f"got dtype {given.dtype} and shape {given.shape}"
        )
    if ignore_index is not None:
        check_integer("ignore_index", ignore_index, " or None")
    if given.shape != (*batch,):
        one_hot = distributions and given.shape == shape
        hint = ": distributions, even one-hot, must be floats" if one_hot else ""
        raise ValueError(
            f"targets must have the shape of logits without the vocabulary axis: "
            f"logits {shape} need targets {(*batch,)}, got {given.shape}{hint}"
        )
    # In C order, as the losses are, so that both have views as matrices.
    ids = np.asarray(given, np.intp, order="C")
    # NumPy would silently count a negative id from the end; unsigned, it is huge.
    right = scored = np.asarray(ids.view(np.uintp) < vocabulary)
    if ignore_index is not None:
        scored = np.asarray(given != ignore_index, order="C")
        right = right | ~scored
        ids = np.where(scored, ids, 0)
    if np.count_nonzero(right) < right.size:
        where = np.argwhere(~right)[0]
        raise IndexError(
            f"{at('targets', where)} is {given[tuple(where)]}, "
            f"but with V = {vocabulary} a target must be 0 to {vocabulary - 1} "
            f"(ignore_index is {ignore_index})"
        )
    return ids, scored


def check_distributions(name: str, p: NDArray[Any], axis: int = -1) -> None:
    """Raise an error where p is negative, or does not sum to 1 along the axis."""
    least, total = quiet().run(
        lambda: (
            np.fmin.reduce(p, axis=None, initial=0),
            np.asarray(p.sum(axis=axis, dtype=np.float64)),
        )
    )
    if least < 0:
        where = np.argwhere(p < 0)[0]
        raise ValueError(f"{at(name, where)} is {p[tuple(where)]}, expected at least 0")
    # Half of the dtype's digits: rounding errors stay below that, mistakes above.
    wrong = abs(total - 1) > np.sqrt(np.finfo(float_dtype(p)).eps)
    if wrong.any():
        where = np.argwhere(wrong)[0]
        position: list[object] = list(where)
        if axis % p.ndim < p.ndim - 1:
            position.insert(axis % p.ndim, ":")
        got = total[tuple(where)]
        hint = " (if it was rounded to few bits, divide it by its sum)"
        raise ValueError(
            f"{at(name, position)} sums to {got}, not to 1"
            f"{hint if abs(got - 1) < 0.02 else ''}"
        )
