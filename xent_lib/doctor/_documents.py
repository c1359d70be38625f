"""Documents in a sequence: whether the first target of one is predicted by another."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ._case import Case, fits
from ._faults import where
from ._match import Seen, first_fit, with_more
from ._padding import padding
from ._padding_known import counts
from ._padding_places import IN_PADDING, padded
from ._probes import SEQUENCES, TOKENS
from ._report import Finding, Shown, show
from ._roles import PACKED, SCORED
from ._steps import IGNORED, Array, Fault

DOCUMENTS = np.array([[1, 1, 2, 2, 2], [1, 1, 1, 2, 2], [1, 2, 2, 3, 3]])
NAME = "three sequences of documents"
ONE = {"prompts": "prompts", **dict.fromkeys(SCORED, "fewer places")}
NOTHING = (
    f"Several documents, by {{}}, change nothing: of {NAME} it gives {{}}, not {{}}, "
    f"since the first token of one is scored, predicted by another ({where(3)})"
)
ALONE = "; it shows only where documents are several"
ACROSS = Fault(
    "across-documents",
    "scored across documents, too: the first token of one is predicted by another",
    "leave out each target that is in another document than what predicts it",
    3,
    may_be_meant=True,
)


def documents(case: Case, axis: int | None) -> Seen:
    """What several documents show, of who is told which token is in which."""
    told = case.function.way.named
    named = {role: name for name, role in told if role in PACKED}
    if not named:
        ones = (f"{ONE[role]}, by its `{name}`" for name, role in told if role in ONE)
        return Seen(not_tried=[*ones])
    o, t, given = asked(axis)
    seen = replace(case, function=case.function.packed(given)).seen(o, t, axis)
    first = np.diff(given, prepend=given[..., :1]) != 0
    each, apart, before = (
        case.right(o, np.where(left_out, IGNORED, t))
        for left_out in (False, first, np.roll(first, -1, axis=-1))
    )
    shifts = "align" in case.steps and case.reduction != "none"
    if fits(seen, apart) or (not shifts and (fits(seen, each) or fits(seen, before))):
        return Seen()
    shown = (Shown.of(NAME, seen, apart),)
    names = " and ".join(f"its `{name}`" for name in named.values())
    if shifts and fits(seen, each):  # what a model needs may be no word to its loss
        if not {"positions", "bounds"} & {*named}:
            return Seen([Finding.of(ACROSS, shown)])
        return Seen(notes=[NOTHING.format(names, show(seen), show(apart))])
    if shifts and not isinstance(seen, Exception) and "bounds" not in named:
        known = with_more(case, IN_PADDING, two=False)
        fit = first_fit(seen, known, o, np.where(first, IGNORED, t), NAME)
        return fit or Seen([case.unknown(shown, ALONE)])
    return Seen(not_tried=[f"more than one document, by {names}"])


def asked(axis: int | None) -> tuple[Array, Array, Array]:
    """Logits, targets and documents; of who takes rows, all in a row."""
    if axis is not None:
        return SEQUENCES, TOKENS, DOCUMENTS
    begins = np.diff(DOCUMENTS, prepend=0) != 0
    return (
        SEQUENCES.reshape(-1, SEQUENCES.shape[-1]),
        TOKENS.ravel(),
        np.cumsum(begins.ravel()),
    )


def padding_of_documents(case: Case, axis: int | None, ignored: Sequence[int]) -> Seen:
    """What padded sequences show of who is told documents: 0 is padding; or all are in
    one, and a number is."""
    seen = padded(case, axis, IGNORED)
    if seen and (seen == Seen() or counts(seen)):
        return seen
    one = replace(case, function=case.function.giving("documents", "document"))
    seen = padding(one, axis, ignored)
    return replace(seen, case=seen.case or one)
