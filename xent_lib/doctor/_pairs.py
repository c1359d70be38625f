"""What is said of a loss that compares pairs, as of images and texts."""

import itertools
import re
from typing import Any

from ._enter import instance
from ._report import Finding
from ._roles import parameters_of, required, role_of

# What stands for each other in the names of two that are compared; and a matrix of all.
PAIRS = (
    r"^(.*)(?:image|img|vision)(.*)$ ^(.*)(?:text|txt|caption|audio)(.*)$",
    r"^(.*)(?:chosen|preferred|winner)(.*)$ ^(.*)(?:rejected|dispreferred|loser)(.*)$",
    r"^(.*)(?:pos|positive)(|_.*)$ ^(.*)(?:neg|negative)(|_.*)$",
    r"^(.*)(?:anchor)(|_.*)$ ^(.*)(?:positive)(|_.*)$",
    r"^(.*)(?:query|q)(|_.*)$ ^(.*)(?:keys?|k|passages?)(|_.*)$",
    r"^(z_?)(?:i|1|a)()$ ^(z_?)(?:j|2|b)()$",
)
MATRIX_OF_PAIRS = r"similarit|^sims?(_matrix)?$|^logits_per_(image|text)$"
OF_PAIRS = "another loss, which compares pairs ({}): no job for the doctor"
WITHIN = (
    "The doctor knows losses of logits and the ids that came. If a cross-entropy is "
    "within, give that alone: diagnose(lambda o, t: …), with o logits (N, V) and t ids "
    "(N,)"
)


def of_pairs(loss: Any) -> Finding | None:
    """That it is another loss, where its parameters say so."""
    names = ", ".join(f"`{one}`" for one in compared(instance(loss)))
    what = OF_PAIRS.format(names)
    return Finding(what, mend=WITHIN, subject="It is") if names else None


def compared(loss: Any) -> list[str]:
    """The parameters that by their names are compared with each other, as images with
    texts; none if one is called a target."""
    names = [*(required(loss, {}) or [one.name for one in parameters_of(loss)])]
    if "targets" in {role_of(name, {}) for name in names}:
        return []
    for words in PAIRS:
        a, b = words.split()
        for one, other in itertools.permutations(names, 2):
            left, right = re.match(a, one), re.match(b, other)
            if left and right and left.groups() == right.groups():
                return [one, other]
    return [name for name in names[:1] if re.search(MATRIX_OF_PAIRS, name)]
