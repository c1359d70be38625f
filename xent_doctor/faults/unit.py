"""Faults of the step “unit”: it takes losses in nats, and returns them in nats."""

import numpy as np

from .fault import at_step
from .log_softmax import BFLOAT16, FLOAT16, rounding, to_bfloat16, to_float16

unit = at_step("unit", room=10)

# fmt: off
UNITS = (
    unit("base-2", "in bits: the logarithm has base 2",
        "use the natural logarithm, or multiply by ln 2 = 0.693",
        lambda losses: losses / np.log(2), kind="convention", right_if="you want bits"),
    unit("base-10", "computed with log10: 0.434 times the loss in nats",
        "use the natural logarithm", lambda losses: losses / np.log(10)),
    unit("sign", "negative: ln p without a minus sign",
        "return −ln p", lambda losses: -losses,
        room=13, right_if="you want ln p itself", may_be_meant=True),
    unit("mean-of-perplexities", "a mean of the tokens’ perplexities",
        "average the losses first, then exponentiate", np.exp, room=8),
    unit("scaled", "{:.6g} times what it should be, as if divided by a wrong number",
        "divide once, by the scored tokens of all steps and machines; undo the loss "
        "scale of mixed precision", lambda times, losses: times * losses,
        room=2, between=(1e-6, 1e6), none_at=1),
)
# Only the losses are rounded. Try this only on answers in such floats: right answers
# are near.
ROUNDED_LOSSES = (
    rounding(BFLOAT16, to_bfloat16, "unit"),
    rounding(FLOAT16, to_float16, "unit"),
)
