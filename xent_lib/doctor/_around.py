"""What is said to who needs something around it, of which its error says the name."""

import re
from typing import Any

from ._answers import Answer
from ._keys import given_in
from ._report import show
from ._written import call_of, name_of

# What its error says that it needs around it, and how that is made.
AROUND = (
    (
        r"unbound axis name: (\w+)",
        "Its axis has a name: write diagnose(lambda o, t: jax.vmap({0}, "
        'axis_name="{1}")(o[None], t[None])[0])',
    ),
    (
        r"process group has not been initialized",
        "It runs among processes, of which one will do: before, call "
        'init_process_group("gloo", store=HashStore(), rank=0, world_size=1) of '
        "torch.distributed",
    ),
    (
        r"CUDA|NVIDIA",
        "It moves arrays to a device that is not here: let it take that of its logits, "
        "as in labels.to(logits.device)",
    ),
    (
        r"tensorflow.*: (?:import|from) keras",
        "Keras looks for TensorFlow, which is not installed: in the environment, set "
        "KERAS_BACKEND=torch (or jax)",
    ),
    (
        r"does not require grad",
        "It calls backward, which wants logits that have a gradient: write "
        "diagnose(lambda o, t: {call})",
    ),
)


def made_around(loss: Any, came: Answer) -> str:
    """What makes that for which its error asks; "" of another error."""
    call = call_of(loss)
    name = call.removesuffix("(o, t)")
    what = name if name.isidentifier() else f"lambda o, t: {call}"
    for words, line in AROUND:
        of = show if "import" in words else str  # with its line, or its words alone
        found = isinstance(came, Exception) and re.search(words, of(came))
        if found:
            given = call.removeprefix(name_of(loss))
            of_leaf = name_of(loss) + given_in(given, o="o.requires_grad_()")
            return line.format(what, *found.groups(), call=of_leaf)
    return ""
