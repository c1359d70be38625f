"""What is said to who takes other axes: more of them, or places before sequences; or
a list."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ._answers import Answer
from ._case import fits
from ._enter import instance
from ._function import REDUCTIONS, Function
from ._probes import PROBES
from ._stand_in import BLANK
from ._steps import evaluate
from ._ways import SHAPES, Way
from ._written import call_of

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
IN_A_LIST = "It takes logits in a list: write diagnose(lambda o, t: {})"


def with_axes(mend: str, came: Sequence[Answer]) -> str:
    """The same for who takes more axes."""
    for x in came:
        if re.search(r"unpack \(expected [4-9]", str(x)):
            _, code = getattr(x, "own", (0, ""))
            arguments, more = BEHIND if re.search(CHANNELS, code) else WITHIN_AXES
            mend = mend.replace(f"({BLANK}))", f"({arguments}))") + more
    return mend


def in_a_list(loss: Any, way: Way) -> str:
    """The line for who takes logits in a list, as of several heads; "" of others."""
    function = Function(instance(loss), replace(way, shape=SHAPES[0]))
    make, given = function.make, function.rows(*PROBES["batch"])
    answer = function.ask(*given, make=lambda x: [make(x), make(x)])
    one_each = [np.asarray(evaluate(*given, (), how)) for how in REDUCTIONS]
    if not any(fits(answer, x) or fits(answer, 2 * x) for x in one_each):
        return ""
    return IN_A_LIST.format(re.sub(r"\bo\b", "[o, o]", call_of(loss)))
