"""Does a training step depend on how its sequences are split?

Micro-batches and ranks are the same: parts, whose losses somebody puts together. A step
that is given one part is a loss of sequences, and is examined like any other; how it
puts parts together, one more group of probes shows.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .explanation import Explanation
from .faults import Fault
from .faults.reduction import SPLITS
from .kind import Given
from .outputs import NoGradient, as_numbers, loss_of
from .padding import probe
from .reference import Array
from .report import Seen
from .rows import shows
from .signature import name_of, root
from .subject import OF_AXIS

Rows = tuple[tuple[int, ...], ...]  # the sequences of each part
# Two ranks of unequal work; and micro-batches.
SPLIT: dict[str, Rows] = {
    "two unequal parts": ((0, 2), (1,)),
    "three parts": ((0,), (1,), (2,)),
}
ONLY_IN_PARTS = "; it shows only in several parts"
FIXED_FIRST = "several parts, before this is fixed"


class Probe(NamedTuple):
    """What the gradient is asked of."""

    case: Explanation
    name: str
    asked: tuple[Any, ...]
    times: Any = 1.0  # what the loss is multiplied by
    role: str = "logits"  # by which the gradient is

    @property
    def given(self) -> Given:
        return self.case.subject.kind.given(*self.asked)

    @property
    def axis(self) -> int:
        """That of the vocabulary, as the function has it; of a single row the last."""
        rows = self.given[self.role].ndim > 1
        return self.case.subject.way.shape.axis if rows else -1


class Parts:
    """A step as a loss of sequences (B, T, V), which it gets as one part, or as these,
    each filled up to its own longest."""

    shapes = (OF_AXIS[-1],)

    def __init__(self, step: Callable[..., Any], ignored: int, rows: Rows = ()):
        self.func, self.ignored, self.rows = step, ignored, rows
        self.__name__ = name_of(step)

    @property
    def faults(self) -> list[Fault]:
        """Those of these parts."""
        return [replace(x, run=partial(x.run, self.rows)) for x in SPLITS if self.rows]

    def cut(self, logits: Any, targets: Any) -> list[tuple[Any, Any]]:
        """Where each part is, and its logits and targets; those of PyTorch are leaves,
        which keep a gradient."""
        scored = as_numbers(targets) != self.ignored
        cut = []
        for some in map(np.array, self.rows or [range(len(scored))]):
            ends = np.flatnonzero(scored[some].any(axis=0))
            at = some, slice(max(ends, default=0) + 1)
            o = logits[at]
            if root(type(o)) == "torch":
                o = o.detach().requires_grad_()
            cut.append((at, (o, targets[at])))
        return cut

    def __call__(self, logits: Any, targets: Any) -> Any:
        result = self.func([part for _, part in self.cut(logits, targets)])
        return result[0] if isinstance(result, tuple) else result

    def gradient(self, logits: Any, targets: Any) -> Array:
        """What it returns beside the loss, or leaves in PyTorch's tensors."""
        at, parts = zip(*self.cut(logits, targets), strict=True)
        result, found = self.func([*parts]), np.zeros(np.shape(logits))
        if isinstance(result, tuple):
            slopes = result[1]
        elif not hasattr(parts[0][0], "requires_grad"):
            raise NoGradient
        else:
            if all(o.grad is None for o, _ in parts):
                loss_of(result, ())[1].backward()
            slopes = [o.detach() * 0 if o.grad is None else o.grad for o, _ in parts]
        for one, slope in zip(at, slopes, strict=False):
            found[one] = as_numbers(slope)
        return found


def splits(case: Explanation, fixed: bool) -> tuple[Seen, list[Probe]]:
    """What the first split shows that shows something; and, for the gradient, what
    each was seen to be."""
    step, found = case.subject.loss, Seen()
    asked: list[Probe] = []
    if not isinstance(step, Parts):
        return found, asked
    if not fixed:
        return Seen(not_tried=[FIXED_FIRST]), []
    for name, rows in SPLIT.items():
        part = Parts(step.func, step.ignored, rows)
        other = replace(case, subject=replace(case.subject, loss=part))
        given = probe(-1, "at the end", step.ignored, few=4)
        found = shows(other, name, given, part.faults, where=ONLY_IN_PARTS)
        asked.append(Probe(found.explanation or other, name, given))
        if found.findings:
            break
    return replace(found, explanation=None), asked
