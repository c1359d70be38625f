"""What a fault is: one step of the loss done differently, and the words for it.

One rule gives its kind:

kind          when                                              in a report
------------  ------------------------------------------------  ----------------------
"fault"       nobody means it, or its number should not be      ✗
              reported as the loss
"convention"  somebody means it: it is right if `right_if`      – (✗ with strict=True)
"precision"   it is right wherever anybody trains               –
"refused"     the function could not be examined                ?

So bits, smoothing, z-loss, soft-cap and focal loss are conventions. Somebody may still
mean a fault, in training or to report another number: with `right_if` or `may_be_meant`
a report says how to allow it.

The tables of faults are laid out by hand: name and what, the fix, what it runs.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ..reference import NEAR

Verdict = Literal["fault", "convention", "precision", "refused"]
Where = Literal["rows", "sequences", "padding", "many rows"]


@dataclass(frozen=True, eq=False)
class Fault:
    """A step of the loss done differently; `run` takes what that step takes.

    A fault with a size takes the size first. It lies `between` two numbers, and the
    answer to the probe `shown_by` gives it; or it is one of a few, `among`.
    """

    name: str
    what: str  # completes "The loss is …", unless `subject` says otherwise
    fix: str  # what to write, as an imperative
    run: Callable[..., Any] = lambda *x: x
    step: str = ""  # none, if no step shows it
    room: int = 13  # of the bug museum: other losses
    kind: Verdict = "fault"
    right_if: str = ""  # completes "Right if …"
    shows_in: Where = "rows"
    across_rows: bool = False  # the loss of a row depends on other rows
    leaves: tuple["Fault", ...] = ()  # what remains once it is fixed
    of_p: bool = False  # it scores p; with logits in its place it is another loss
    between: tuple[float, float] | None = None
    none_at: float | None = None  # the size that changes nothing
    among: tuple[float, ...] = ()
    whole: bool = False  # with fewer rows than its size, it scores none or all
    shown_by: str = "two tokens"
    unstable: bool = False  # exp overflows, or p is rounded to 0, in many ways
    near: float = NEAR  # how closely its answers can be predicted, relatively
    size: float | None = None
    only: tuple[str, ...] = ()  # the reductions it occurs with, if not the usual ones
    may_be_meant: bool = False  # in training, though it is no loss to report
    meant_by: str = ""  # words in the name of a function that means it
    meant_beside: str = ""  # the name of another fault beside which it is meant
    subject: str = "The loss is"

    @property
    def reductions(self) -> tuple[str, ...]:
        """The reductions it occurs with."""
        usual = ("mean",) if self.step == "reduce" else ("none", "mean", "sum")
        return self.only or usual

    @property
    def does(self) -> Callable[..., Any]:
        """`run`, with its size."""
        return self.run if self.size is None else partial(self.run, self.size)

    def __str__(self) -> str:
        if self.size is None:  # in the list of all faults
            return re.sub(r"{[^}]*}", "…", self.what)
        return self.what.format(self.size, self.size)

    def of(self, size: float) -> "Fault":
        """The same fault with this size."""
        other = object.__new__(Fault)  # a search does this thousands of times
        other.__dict__.update(self.__dict__, size=size)
        return other


# Of what is added for training, and belongs in no reported loss.
TRAINED_WITH: dict[str, Any] = {
    "kind": "convention",
    "right_if": "the model is trained with it",
}
