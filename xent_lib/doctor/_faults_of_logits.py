"""The known faults of logits before their softmax."""

from collections.abc import Callable

import numpy as np

from .._softmax import softmax
from ._steps import Array, Fault

# What holds logits below a number.
CAPS: tuple[tuple[str, Callable[[float, Array], Array]], ...] = (
    ("{:.3g} · tanh(o / {:.3g})", lambda cap, o: cap * np.tanh(o / cap)),
    ("{:.3g} · o / √(o² + {:.3g}²)", lambda cap, o: cap * (o / np.hypot(o, cap))),
)
LOGITS = (
    Fault(
        "softmax-twice",
        "of a softmax taken twice",
        "give the function logits, or take one softmax away",
        7,
        "logits",
        softmax,
    ),
    Fault(
        "temperature",
        "of logits divided by {:.3g}, a temperature",
        "leave the temperature to sampling",
        13,
        "logits",
        lambda T, o: o / T,
        may_be_meant=True,
        between=(0.05, 20),
        none_at=1,
    ),
    *(
        Fault(
            "soft-cap",
            f"of logits bent by {bend}",
            "leave the cap to the model, whose last step it is",
            13,
            "logits",
            run,
            may_be_meant=True,
            between=(2, 2000),
            shown_by="far target",
        )
        for bend, run in CAPS
    ),
    Fault(
        "clipped",
        "of logits clipped at ±{:.3g}",
        "take the largest logit away before exp, and clip nothing",
        11,
        "logits",
        lambda end, o: np.clip(o, -end, end),
        between=(2, 4999),
        shown_by="far target",
    ),
)
