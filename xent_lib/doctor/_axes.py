"""What is said to who takes other axes: more of them, or places before sequences."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ._answers import Answer
from ._enter import instance, taken_by
from ._function import Function
from ._probes import PROBES
from ._stand_in import BLANK
from ._ways import SHAPES, Way

# Who takes more axes is given one of length 1: between places and vocabulary, or, where
# it calls them channels, height and width, behind.
CHANNELS = r"\bc(hannels?)?, *h(eight)?, *w"
WITHIN_AXES = (
    "o[:, :, None], t",
    ". (B, T, 1, V) is o[:, :, None], and (B, V, T, 1) is "
    "o.swapaxes(1, 2)[..., None], with t[..., None]",
)
BEHIND = (
    "o.swapaxes(1, 2)[..., None], t[..., None]",
    ". Its logits are then (B, V, T, 1)",
)


def with_axes(mend: str, came: Sequence[Answer]) -> str:
    """The same for who takes more axes."""
    for x in came:
        if re.search(r"unpack \(expected [4-9]", str(x)):
            _, code = getattr(x, "own", (0, ""))
            arguments, more = BEHIND if re.search(CHANNELS, code) else WITHIN_AXES
            mend = mend.replace(f"({BLANK}))", f"({arguments}))") + more
    return mend


def turned(loss: Any, way: Way, mend: str) -> str:
    """The same for who takes logits (T, B, V) with ids (B, T)."""
    function = Function(instance(loss), replace(way, shape=SHAPES[1]))
    make, given = function.make, function.rows(*PROBES["batch"])
    answer = function.ask(*given, make=lambda x: make(x.swapaxes(0, 1).copy()))
    if isinstance(answer, Exception) or not taken_by(function, answer):
        return mend
    torch = way.framework.name == "PyTorch"
    o = "o.transpose(0, 1).contiguous()" if torch else "o.swapaxes(0, 1)"
    return mend.replace(f"({BLANK}))", "(o, t))").replace("(o, t", f"({o}, t", 1)
