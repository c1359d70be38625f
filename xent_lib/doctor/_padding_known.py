"""Whether a function knows padding at all, and what is said of who need not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ._case import Case, fits
from ._explain import IN_SEQUENCES
from ._faults_of_batches import TOKEN_IGNORED
from ._faults_of_padding import SMOOTHED
from ._match import Seen, number, says
from ._probes import PROBES
from ._report import Finding
from ._roles import optional
from ._steps import IGNORED, Fault, Kind
from ._words import meant, words_of

PER_SEQUENCE = {one.name for one in IN_SEQUENCES if one.seen_in == "sequences"}
# What the code of who means padding says.
WORDS = ("ignore", "mask", "pad", "valid", "-100")
CUSTOM = (IGNORED, -1)  # what padding is by custom
NOT_PADDING = "{} is not its padding, say ignore_index=None, or its own"
NO_MASK = "its `{}` is no mask, say ignore_index=None"
ABOVE_0 = "leave out what is below 0 alone: targets >= 0, not > 0"
BY_PLACES = "padded-length"  # which is right of weights


def counts(seen: Seen | None) -> bool:
    """Whether it is left out, and divided by all the same."""
    names = {one.name for one in seen.findings} if seen else set()
    return bool(names) and names <= PER_SEQUENCE | {BY_PLACES}


def targets_of(case: Case, ignored: int) -> str:
    """In words: of one-hot targets no number is given."""
    if case.function.way.one_hot:
        return "rows of zeros"
    return f"targets of {number(ignored)}"


def says_custom(case: Case) -> bool:
    return str(IGNORED) in words_of(case.function.loss)


def means_padding(case: Case, found: list[Finding]) -> bool:
    """Whether the caller says so, its code does, or what it takes and refuses does."""
    names = {one.name for one in found}
    accident = by_accident(case)
    odd = names <= {"", SMOOTHED.name}
    if accident and (names == {BY_PLACES} or (odd and by_itself(case))):
        return False
    way = case.function.way
    sure = case.function.sure or way.by_length or way.masked == "mask"
    own = case.function.padding not in CUSTOM
    if sure or own or names & PER_SEQUENCE or says(case, WORDS, of=meant):
        return True
    of_numpy = way.framework.name == "NumPy"  # which takes no −100 itself
    if odd and not of_numpy and by_itself(case):
        return False
    o, _ = PROBES["batch"]
    outside = case.seen(*case.function.rows(o, np.array([0, 4, 0])))
    strict = isinstance(outside, Exception) or not np.isfinite(outside).all()
    scored = names != {BY_PLACES}
    if of_numpy:
        return strict or (scored and not ({"targets"} & case.steps or way.one_hot))
    return strict and scored


def by_accident(case: Case) -> bool:
    """Whether padding is to it as any number that no token has: a one-hot of both is a
    row of zeros. Who says that it knows padding knows it."""
    function = case.function
    if function.sure or function.way.masked or says_custom(case):
        return False
    o, _ = PROBES["batch"]
    outside, ignored = (
        case.seen(*function.rows(o, np.array([0, id, 0])))
        for id in (4, function.padding)
    )
    return not isinstance(ignored, Exception) and fits(outside, ignored)


def by_itself(case: Case) -> bool:
    """Whether a target that is padding changes nothing but what is added: of two, both
    are what each is. Of who counts what is scored they are not."""
    o, targets = PROBES["batch"]
    sums = []
    for left in ([0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]):
        given = np.where(left, case.function.padding, targets)
        seen = case.seen(*case.function.rows(o, given))
        if isinstance(seen, Exception):
            return False
        sums.append(seen.sum())
    none, one, other, both = sums
    return fits(none + both, one + other)


def unless_none(case: Case, found: Finding, ignored: int) -> Finding:
    """With what makes it healthy; who leaves out a token, has a mask, or says what its
    padding is, does so in any case: a default of its own other than the custom, such as
    −1, may be none."""
    way, own = case.function.way, case.function.own and ignored != IGNORED
    surely = way.surely_masked or (case.function.sure and not own)
    if ignored >= 0 or surely or found.kind != "fault":
        return found
    mend = f"{found.mend}; if" if found.mend else "If"
    other = (
        NO_MASK.format(way.mask) if way.mask else NOT_PADDING.format(number(ignored))
    )
    other = other.removesuffix(", or its own") if own else other
    return replace(found, mend=f"{mend} {other}")


def named(case: Case, fault: Fault) -> Finding:
    """A fault of rows. Who leaves out token 0 and the custom number may mean either: if
    it leaves out all below and says what its padding is, it surely means that."""
    found = case.finding(fault)
    if fault.name != TOKEN_IGNORED.name:
        return found
    o, _ = PROBES["batch"]
    zero, *others = (
        case.seen(*case.function.rows(o, np.array([3, id, 2])))
        for id in (0, -2, IGNORED)
    )
    below, custom = (not isinstance(x, Exception) and fits(zero, x) for x in others)
    if (below or custom) and fault.size == 0:
        sure = below and (says_custom(case) or case.function.own)
        kind: Kind = "fault" if sure else fault.kind
        fault = replace(fault, kind=kind, mend=ABOVE_0, may_be_meant=True)
    if fault.kind != "fault":
        fault = replace(
            fault, if_=f"{fault.if_}: then say ignore_index={fault.size:.0f}"
        )
    return Finding.of(fault, found.shown)


def masks(case: Case, role: str = "mask") -> list[str]:
    """The parameters that may be a mask, or lengths, and need not be given."""
    if case.function.way.left_out_by:
        return []
    return optional(case.function.loss, role)


def not_tried(names: Sequence[str]) -> list[str]:
    return [f"its `{name}`; if it is a mask, say mask='{name}'" for name in names]


def knows_none(case: Case, what: str) -> Seen:
    """A note, with the words in which the caller says otherwise."""
    note = (
        f"Knows no padding, and raises nothing: {what}. Leave them out before, or say "
        "what it has: ignore_index=None or ignore_index=…"
    )
    return Seen([], not_tried(masks(case)), [note], case=without(case))


def without(case: Case) -> Case:
    """The case as of who has no padding."""
    return replace(case, function=case.function.ignoring(None))


def said_by(own: dict[str, int]) -> Iterator[str]:
    """What it says of its padding, where it is not the custom."""
    for name, ignored in own.items():
        if ignored != IGNORED:
            yield f"Its own {name}={number(ignored)} is taken for its padding"
