"""Of what a class is made, and of what vocabulary, as somebody may write it."""

import contextlib
import inspect
import itertools
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from ._enter import instance
from ._held import own_padding
from ._keys import lambda_of
from ._lines import RIGHT, level, run
from ._probes import PROBES
from ._roles import FIXED, required_by, role_of
from ._stand_in import BLANK, CODES
from ._steps import IGNORED
from ._written import call_of, name_of

# What is tried in turn, by a name.
PARTS = (
    (
        r"criterion|^loss(_fn|_func)?$",
        [f"torch.nn.CrossEntropyLoss({x})" for x in ("", 'reduction="sum"')],
    ),
    (r"generator|head|proj", ["torch.nn.Identity()"]),
    (
        r"^(n|num|number_of)_?(class(es)?|labels)$|^class(es)?(_num)?$|^size$",
        [CODES["size"]],
    ),
)
OF_ROLE = {role: [one.code] for role, one in FIXED.items()} | {
    "size": [CODES["size"]],
    "ignored": ["-100", "0"],
    "zero": [FIXED["zero"].code, "0.1"],
}

REPEATED = ", with its weights, if it has any, repeated and cut to V"
OF_MATRIX = (
    ". The matrix that makes its logits is then the identity, such as torch.eye(V), "
    "and so is that of each layer before it"
)


def wants(loss: Any) -> list[str]:
    """What a class requires to be made."""
    return required_by(partial(loss)) if inspect.isclass(loss) else []


def best_made(loss: Any) -> str:
    """A class made of what is right, else of what is taken, else of the first."""
    names = wants(loss)
    best, most = "", -1
    for codes in itertools.product(*map(codes_for, names)):
        made = f"{loss.__name__}({', '.join(map('{}={}'.format, names, codes))})"
        found = level(run, loss, line_of(loss, made))
        if found > most:
            best, most = made, found
        if found == RIGHT:
            break
    return best


def codes_for(name: str) -> Sequence[str]:
    found = (codes for words, codes in PARTS if re.search(words, name))
    return next(found, OF_ROLE.get(role_of(name, {}), [BLANK]))


def made_of(loss: Any, made: str) -> Any:
    """What is called of it, for the vocabulary of the first probe; None if it is not
    made of these."""
    with contextlib.suppress(Exception):
        own = instance(run(loss, f"lambda o: {made}")(PROBES["batch"][0]))
        return own if callable(own) else None


def line_of(loss: Any, made: str) -> str:
    """An instance; of who is made for a vocabulary, its call for each."""
    if CODES["size"] not in made:
        return made
    call = call_of(made_of(loss, made) or loss)
    return lambda_of(in_place(call.replace(name_of(loss), made), made))


def in_place(text: str, made: str) -> str:
    """The same, with what makes the object in place of its name."""
    return re.sub(r"\byour_(loss|object)\b", made, text)


def for_each_size(loss: Any, V: int, made_with: str = REPEATED) -> str:
    """The line that lets in who is made for one vocabulary."""
    given = call_of(loss).removeprefix(name_of(loss))
    line = lambda_of(f"made(o.shape[-1]){given}")
    # A lambda has no padding of its own.
    own = {*own_padding(instance(loss)).values()} - {IGNORED}
    line += "".join(map(", ignore_index={}".format, own))
    return (
        f"Of rows of {V:,} logits it gives a number, and other vocabularies are asked "
        f"for, too: write diagnose({line}), where made(V) makes it for V tokens"
        f"{made_with}"
    )
