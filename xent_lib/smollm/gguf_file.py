"""Read a GGUF file: values by name, and tensors.

The package gguf can read it, too, but takes two seconds for SmolLM2, string by string.
"""

import math
import mmap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from struct import calcsize, error, unpack_from
from typing import Any, NamedTuple

import gguf
import numpy as np

# The struct format of each scalar kind, by its number in the file.
SCALARS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
STRING, LIST = 8, 9
ALIGNMENT = "general.alignment"
CONVERT = "convert_hf_to_gguf.py, of llama.cpp, converts what transformers saves"


class Tensor(NamedTuple):
    """Where a tensor is in the file."""

    name: str
    rows: tuple[int, ...]  # its shape, with the last axis in bytes
    kind: gguf.GGMLQuantizationType
    begin: int


class Contents(NamedTuple):
    values: dict[str, Any]
    tensors: dict[str, Callable[[], np.ndarray]]  # each call reads one, in float32


class Cursor:
    """A position in the data that advances by what is read."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.place = data, 0

    def step(self, size: int) -> int:
        """Advance by `size` bytes, and return where they begin."""
        begin, self.place = self.place, self.place + size
        if self.place > len(self.data):
            raise ValueError(
                f"it ends at byte {len(self.data)}, expected at least {self.place}"
            )
        return begin

    def take(self, kinds: str) -> tuple[Any, ...]:
        size = calcsize(f"<{kinds}")
        return unpack_from(f"<{kinds}", self.data, self.step(size))

    def string(self) -> str:
        begin = self.step(*self.take("Q"))
        return self.data[begin : self.place].decode()

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind != LIST:
            return self.take(SCALARS[kind])[0]
        kind, n = self.take("IQ")
        if kind in SCALARS:
            return list(self.take(f"{n}{SCALARS[kind]}"))
        return [self.value(kind) for _ in range(n)]


def read(path: Path) -> Contents:
    """The contents of a file; a ValueError if it is not a GGUF file, or incomplete."""
    if path.exists() and not path.is_file():  # opening a pipe would block
        if path.is_dir():
            raise ValueError(f"{path} is a folder, not a GGUF file: {CONVERT}")
        raise ValueError(f"{path} is a pipe or a device, not a GGUF file")
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return contents(Cursor(data))
    except (ValueError, KeyError, error, RecursionError) as problem:  # lists in lists
        raise ValueError(f"{path} is not a valid GGUF file: {problem}") from None
    except OSError as problem:  # mmap's error lacks the file name
        raise OSError(problem.errno, problem.strerror, str(path)) from None


def contents(cursor: Cursor) -> Contents:
    magic, version, n_tensors, n_values = cursor.take("4sIQQ")
    # A safetensors file begins with the size of its header, which is JSON.
    if magic != b"GGUF" and cursor.data[8:10] == b'{"':
        raise ValueError(f"it is a safetensors file; {CONVERT}")
    if magic != b"GGUF":
        raise ValueError(f"it begins with {magic!r}, expected b'GGUF'")
    if version not in (2, 3):
        raise ValueError(f"its version is {version:#x}, expected 2 or 3")
    values = {cursor.string(): cursor.value(*cursor.take("I")) for _ in range(n_values)}
    told = [tensor(cursor) for _ in range(n_tensors)]
    every = values.get(ALIGNMENT, 32)
    if type(every) is not int or every < 1:
        raise ValueError(f"its {ALIGNMENT} is {every!r:.40}, not a positive integer")
    data = memoryview(cursor.data)[-(-cursor.place // every) * every :]
    for one in told:
        if (end := one.begin + math.prod(one.rows)) > len(data):
            raise ValueError(f"{one.name} ends at byte {end} of only {len(data)}")
    return Contents(values, {one.name: partial(array, data, one) for one in told})


def tensor(cursor: Cursor) -> Tensor:
    name = cursor.string()
    (n,) = cursor.take("I")
    *sizes, kind, begin = cursor.take(f"{n}QIQ")
    numbers, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(kind)]
    if not sizes or 0 in sizes or sizes[0] % numbers:
        raise ValueError(
            f"{name} has shape {sizes}, which blocks of {numbers} numbers don't divide"
        )
    rows = (*reversed(sizes[1:]), sizes[0] // numbers * size)
    return Tensor(name, rows, gguf.GGMLQuantizationType(kind), begin)


def array(data: memoryview, one: Tensor) -> np.ndarray:
    """The numbers of a tensor, in float32."""
    stored = np.frombuffer(data, np.uint8, math.prod(one.rows), one.begin)
    try:
        return gguf.dequantize(stored.reshape(one.rows), one.kind)
    except NotImplementedError as problem:
        raise ValueError(f"{one.name} cannot be read: {problem}") from None
