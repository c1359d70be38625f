"""What a function is asked once its rows are understood: a check for each question."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ._answers import Answer, finite
from ._case import Case, empty, fits, refused
from ._counted import beside_sum, optional_count
from ._explain import explain
from ._faults import OF_LOSSES, where
from ._faults_of_batches import TOKEN_IGNORED
from ._flags import optional_flags
from ._held import sizes_held
from ._many_rows import IN_MANY_ROWS, found_by
from ._match import Seen, number, unknown
from ._probes import (
    BEYOND,
    FEWER,
    LARGE_VOCABULARY,
    MANY_ROWS,
    MASKED_TOKEN,
    PROBES,
)
from ._report import Finding, Shown, show
from ._steps import Array, Fault
from ._unlike import unlike_weights
from ._ways import imported
from ._words import words_of

[LONG_SUM] = [fault for fault in OF_LOSSES if fault.name == "float32-sum"]
[FROM_ZERO] = [fault for fault in OF_LOSSES if fault.name == "from-zero"]
INTEGERS = {"NumPy": "bhilqBHILQ", "PyTorch": "il", "JAX": "il"}
# How many tokens come first, and by how much the other one leads, there and after them:
# one of the two at least spoils a running sum.
ORDERS = ((500, 20, -3), (1000, 3, -5))
EYE = {"eye", "identity"}
OF_BFLOAT16 = 0.05  # what its rounding may change
MASKED = Fault(
    "masked-token",
    "no number where another token’s logit is −∞: 0 · ∞, as of one-hot targets, or of "
    "a term with weight 0",
    "pick the target’s ln p by its id, and leave out what has weight 0",
    11,
    kind="precision",
)

TWO_LOSSES = Finding(
    "not the same of ids as of one-hot targets",
    mend="To fix it, treat both alike, or make ids of one-hot targets first",
)


def precision(case: Case) -> Seen:
    """Two equal logits of 10⁸, where nobody trains."""
    seen = case.function.of(case.kind).get(BEYOND)
    if seen is None or "log_p" in case.steps or case.too_few(BEYOND):
        return Seen()
    right = case.foreseen(BEYOND)
    if fits(seen, right, case.near) or empty(seen, right):
        return Seen()
    if isinstance(seen, Exception):
        return Seen(notes=[f"Of logits of 10⁸: {show(seen)}"])
    shown = (Shown.of(BEYOND, seen, right),)
    return Seen([Finding.of(FROM_ZERO, shown)])


def large_vocabulary(case: Case) -> Seen:
    """Of 69,999 tokens: ids that narrow integers cannot hold, and blocks of tokens."""
    o, targets = large(case)
    name, seen = f"a vocabulary of {o.shape[-1]:,}", case.seen(o, targets)
    if V := own_vocabulary(case, seen, o, targets):
        told = f"Of {name}: {show(seen)}; it scores the first {V:,} tokens alone"
        return Seen(notes=[told])
    known = [one for one in IN_MANY_ROWS if one.step != "reduce"]
    return found_by(case, seen, o, targets, name, known)


def own_vocabulary(case: Case, seen: Answer, o: Array, targets: Array) -> int:
    """The size that it holds, beyond which an id has no loss; otherwise 0."""
    for V in () if finite(seen) else sizes_held(case.function.loss):
        inside = np.minimum(targets, V - 1)
        if fits(case.seen(o, inside), case.right(o[..., :V], inside), case.near):
            return V
    return 0


def large(case: Case) -> tuple[Array, Array]:
    """Fewer for who makes a square of the vocabulary."""
    o, targets = LARGE_VOCABULARY
    if EYE & words_of(case.function.loss):
        o, targets = o[:, :FEWER], np.minimum(targets, FEWER - 1 - np.arange(4))
    return case.function.rows(o, targets)


def masked_token(case: Case) -> Seen:
    """A logit of −∞ at a token that did not come: 0 · ∞ in a product with one-hot."""
    o, targets = case.function.rows(*MASKED_TOKEN)
    right = case.right(o, targets)
    if case.kind != "logits" or not np.isfinite(right).all():
        return Seen()
    seen = case.seen(o, targets)
    if fits(seen, right, case.near) or refused(seen) or by_matrix(case, o, targets):
        return Seen()
    shown = (Shown.of("a logit of −∞", seen, right),)
    if isinstance(seen, Exception) or np.isfinite(seen).all():
        return Seen([case.unknown(shown)])
    return Seen([Finding.of(MASKED, shown)])


def by_matrix(case: Case, o: Array, targets: Array) -> bool:
    """Whether it is that of the identity in place of a matrix: that makes no number of
    the target’s own −∞, either, of which one-hot targets make ∞."""
    own = case.seen(o, 0 * targets + 1)
    none = not isinstance(own, Exception) and bool(np.isnan(own).all())
    return none and bool(EYE & words_of(case.function.loss))


def integer_types(case: Case) -> Seen:
    """Targets of every type of integer: refused, or the same loss."""
    way = case.function.way
    if way.shape.by_rows or way.one_hot:
        return Seen()
    o, targets = case.function.rows(*PROBES["batch"])
    right = case.right(o, targets)
    for code in INTEGERS.get(way.framework.name, ""):
        seen = case.seen(o, targets.astype(code))
        if not isinstance(seen, Exception) and not fits(seen, right, case.near):
            return Seen([unknown(case, f"targets of {np.dtype(code)}", seen, right)])
    return Seen()


def bfloat16(case: Case) -> Seen:
    """PyTorch’s logits in bfloat16, as a model gives them."""
    if case.function.way.framework.name != "PyTorch" or case.kind != "logits":
        return Seen()
    torch = imported("torch")
    o, targets = case.function.rows(*PROBES["batch"])
    seen = case.function.ask(o, targets, make=lambda x: torch.tensor(x).bfloat16())
    rounded = torch.tensor(o).bfloat16().double().numpy()
    right = case.right(rounded, targets)
    if isinstance(seen, Exception) or fits(seen, right, OF_BFLOAT16):
        return Seen()
    return Seen([unknown(case, "logits in bfloat16", seen, right)])


def long_sum(case: Case) -> Seen:
    """Of all sums a running float32 one alone hangs on which tokens come first."""
    if case.reduction == "none" or case.steps & {"reduce", "align", "batch"}:
        return Seen()
    running, orders = case.having(LONG_SUM), list(map(ordered, ORDERS))
    ratios = [turned(case, case.seen, o) for o in orders]
    if max(map(wrong, ratios)) <= LONG_SUM.near:
        return Seen()
    foreseen = [turned(running, running.right, o) for o in orders]
    told = zip(foreseen, ratios, orders, strict=True)
    other, ratio, o = max(told, key=lambda one: wrong(one[0]))
    if not abs(ratio - other) < LONG_SUM.near < abs(ratio - 1):
        return Seen()
    o, targets = case.function.rows(o, np.ones(len(o), int))
    seen, right = case.seen(o, targets), case.right(o, targets)
    shown = Shown.of(f"{targets.size:,} tokens", seen, right)
    return Seen([Finding.of(LONG_SUM, (shown,))])


def ordered(order: tuple[int, float, float]) -> Array:
    """As many rows as before, of as many tokens: JAX compiles nothing anew."""
    first, lead, then = order
    o = np.full(MANY_ROWS[0].shape, -1e3)
    o[:, 0], o[:, 1] = 0, -lead
    o[first:, 0], o[first:, 1] = then, 0
    return o


def wrong(ratio: float) -> float:
    return float(np.nan_to_num(abs(ratio - 1)))


def turned(case: Case, gives: Callable[[Array, Array], Answer], o: Array) -> float:
    """What it gives of these rows, by what it gives of them in reverse."""
    targets = np.ones(len(o), int)
    forth = gives(*case.function.rows(o, targets))
    back = gives(*case.function.rows(o[::-1], targets))
    if isinstance(forth, Exception) or isinstance(back, Exception):
        return np.nan
    with np.errstate(all="ignore"):
        return float(forth.sum() / back.sum())


def both_targets(case: Case) -> Seen:
    """Ids and one-hot targets, of who takes both; what comes of one by accident is no
    loss that somebody means."""
    way, (o, targets) = case.function.way, case.function.rows(*PROBES["batch"])
    right = case.right(o, targets)
    other = case.function.by(one_hot=not way.one_hot, kinds=(case.kind,))
    seen = other.ask(o, targets)
    if isinstance(seen, Exception) or fits(seen, right):
        return Seen()
    known, left = explain([other], case.declared)
    if left == [] and all(one.kind == "convention" for one in known.faults):
        of_ids, of_one_hot = map(show, (right, seen)[:: -1 if way.one_hot else 1])
        both = f"{of_ids} of ids, and {of_one_hot} of one-hot targets"
        return Seen([replace(TWO_LOSSES, shown=(Shown("batch", both, "the same"),))])
    if not way.one_hot or seen.size != right.size:
        return Seen()
    gives = f"Of ids it gives {show(seen)}, not {show(right)}"
    return Seen(notes=[f"{gives}: fix it, if it takes ids"])


def asides(case: Case) -> Seen:
    """What is no fault, but good to know."""
    rows, (o, _) = case.function.rows, PROBES["batch"]
    answers = case.function.of(case.kind)
    by_error: dict[str, list[str]] = {}
    for name, x in answers.items():
        if refused(x):
            by_error.setdefault(show(x), []).append(name)
    told = [f"Refuses {', '.join(of)}: {error}" for error, of in by_error.items()]
    if case.too_few("two tokens") and not refused(answers["two tokens"]):
        told.append(f"Doesn’t take a vocabulary of 2: {show(answers['two tokens'])}")
    outside = case.seen(*rows(o, np.array([0, 4, 0])))
    if not isinstance(outside, Exception) and not case.function.way.one_hot:
        gives = show(outside)
        told.append(
            f"A target outside the vocabulary raises no error: it gives {gives}"
        )
    return Seen(notes=[*told, *nothing_scored(case)])


def nothing_scored(case: Case) -> Iterator[str]:
    """What a mean over no tokens is, of who knows padding."""
    way, ignored = case.function.way, left_out(case)
    no_number = way.one_hot and not way.left_out_by
    if case.reduction != "mean" or ignored is None or no_number:
        return
    what = "length is 0" if way.by_length else f"target is {number(ignored)}"
    what = "document is 0" if way.by_documents else what
    every = f"every {what}"
    if way.masked:
        every = f"the mask is all {way.left_out if way.booleans else int(way.left_out)}"
    o, _ = PROBES["batch"]
    seen = case.seen(*case.function.rows(o, np.full(3, ignored)))
    if not isinstance(seen, Exception):
        yield f"Where {every}, it gives {show(seen)} ({where(6)})"


def left_out(case: Case) -> int | None:
    """The number of its padding, if it has one: a token, or no token."""
    tokens = [one.size for one in case.faults if one.name == TOKEN_IGNORED.name]
    return next((int(one) for one in tokens if one is not None), case.function.ignored)


CHECKS = (
    precision,
    large_vocabulary,
    masked_token,
    integer_types,
    bfloat16,
    long_sum,
    beside_sum,
    optional_count,
    unlike_weights,
    optional_flags,
    both_targets,
    asides,
)
