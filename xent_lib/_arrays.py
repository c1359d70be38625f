"""What the functions accept, and what they say when they do not."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]
Losses = NDArray[np.float64]


def as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """`value` as an array, or an error that says whose it is."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be a masked array: its mask would be lost")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be rectangular: {error}") from None


def check_integer(name: str, value: object, otherwise: str = "") -> None:
    """A bool counts as an integer in Python; as an axis or an id it is a slip."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer{otherwise}, got {value!r}")


def as_logits(logits: ArrayLike, axis: int = -1) -> tuple[FloatArray, np.dtype[Any]]:
    """The logits in float64, vocabulary last, and the float dtype of the results."""
    given = as_array("logits", logits)
    check_integer("axis", axis)
    if given.dtype.kind not in "iuf" or given.dtype.itemsize > 8:
        raise TypeError(
            f"logits must be integers or floats up to float64, got dtype {given.dtype}"
        )
    if given.ndim == 0:
        raise ValueError(
            f"logits must have a vocabulary axis, got the single number {given}"
        )
    if not -given.ndim <= axis < given.ndim:
        raise ValueError(
            f"axis is {axis}, but logits of shape {given.shape} have {given.ndim} axes"
        )
    if given.shape[axis] == 0:
        raise ValueError(
            f"vocabulary axis is empty: logits have shape {given.shape}, axis is {axis}"
        )
    # int8 differences wrap and float16 sums overflow; float64 does neither.
    # Along the last axis of a C-ordered array, NumPy sums in pairs: log V roundings.
    with np.errstate(invalid="ignore"):  # a signalling NaN
        wide = np.moveaxis(given, axis, -1).astype(np.float64, order="C", copy=False)
    back = (
        given.dtype.newbyteorder("=")
        if given.dtype.kind == "f"
        else np.dtype(np.float64)
    )
    return wide, back


def as_targets(
    targets: ArrayLike, logits_shape: tuple[int, ...], ignore_index: int | None
) -> tuple[IndexArray, BoolArray]:
    """The target ids, and which of them are scored."""
    given = as_array("targets", targets)
    if given.size == 0 and not isinstance(targets, np.ndarray):
        given = given.astype(np.intp)  # NumPy reads an empty list as floats
    if given.dtype.kind not in "iu":
        raise TypeError(f"targets must be integers, got dtype {given.dtype}")
    scored = np.ones(given.shape, np.bool_)
    if ignore_index is not None:
        check_integer("ignore_index", ignore_index, " or None")
        scored = np.asarray(given != ignore_index)
    if given.shape != logits_shape[:-1]:
        raise ValueError(
            f"targets must have the shape of logits without its last axis: "
            f"logits {logits_shape} need targets {logits_shape[:-1]}, got {given.shape}"
        )
    vocabulary = logits_shape[-1]
    # NumPy would read a negative id from the end, without a word.
    wrong = scored & ((given < 0) | (given >= vocabulary))
    if wrong.any():
        position = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f"targets[{', '.join(map(str, position))}]" if position else "targets"
        raise IndexError(
            f"{where} is {given[position]}, but with V = {vocabulary} "
            f"a target is 0 to {vocabulary - 1} (ignore_index is {ignore_index})"
        )
    return np.where(scored, given, 0).astype(np.intp), scored
