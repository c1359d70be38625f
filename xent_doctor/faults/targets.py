"""Faults of the step “targets”: it takes targets and logits, returns the targets."""

import numpy as np

from ..reference import Array
from .fault import at_step

target = at_step("targets")


def as_float16(targets: Array, o: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.minimum(targets.astype(np.float16), 65_504).astype(int) % o.shape[-1]


# fmt: off
TARGETS = (
    target("likeliest", "that of the likeliest token, whatever the target is",
        "pick the p of the target, not the largest p",
        lambda targets, o: o.argmax(axis=-1), blind=True),
    target("counted-from-one", "that of the id below the target, as if ids began at 1",
        "count ids from 0", lambda targets, o: (targets - 1) % o.shape[-1]),
    target("next-id", "that of the id above the target, as if one more id came first",
        "number ids and logits alike, with nothing extra in front of either",
        lambda targets, o: (targets + 1) % o.shape[-1]),
    target("ids-cut", "computed from ids cut to {:.0f} bits, wrong from 2^{:.0f} on",
        "keep ids in int32 or int64",
        lambda bits, targets, o: targets % int(2**bits) % o.shape[-1],
        among=(8, 16), shows_in="many rows"),
    target("ids-float16", "computed from ids in float16, exact only up to 2,048",
        "keep ids in int32 or int64", as_float16, shows_in="many rows"),
)
