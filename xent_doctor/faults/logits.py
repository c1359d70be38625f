"""Faults of the step “logits”: it takes the logits, and returns them as they are."""

import numpy as np

from xent_lib import softmax

from .fault import TRAINED_WITH, at_step

logit = at_step("logits")

# fmt: off
LOGITS = (
    logit("softmax-twice", "computed from a softmax taken twice",
        "pass logits to the loss, or remove one softmax", softmax, room=7),
    logit("temperature", "computed from logits divided by a temperature of {:.3g}",
        "divide by a temperature only when sampling", lambda T, o: o / T,
        may_be_meant=True, between=(0.05, 20), none_at=1),
    *(
        logit("soft-cap", f"computed from logits bent by a soft cap, {bend}",
            "leave the cap to the model, whose last step it is", run,
            between=(2, 2000), shown_by="far target", **TRAINED_WITH)
        for bend, run in (
            ("{:.3g} · tanh(o / {:.3g})", lambda c, o: c * np.tanh(o / c)),
            ("{:.3g} · o / √(o² + {:.3g}²)", lambda c, o: c * (o / np.hypot(o, c))),
        )
    ),
    logit("clipped", "computed from logits clipped at ±{:.3g}",
        "subtract the largest logit before exp, and clip nothing",
        lambda end, o: np.clip(o, -end, end),
        room=11, between=(2, 4999), shown_by="far target"),
)
