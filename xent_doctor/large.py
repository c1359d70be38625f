"""What few rows don't show: many rows, a large vocabulary, narrow types, −∞ at another
token, a long sum; and what is good to know besides.
"""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import process_time

import numpy as np

from .explanation import Explanation, fits, gap, nothing_scored
from .faults import LOSS_FAULTS, Fault, by_name, room_in_words
from .faults.ignored import TOKEN_IGNORED
from .faults.score import MASKED_TOKEN
from .outputs import Answer, is_finite, is_memory, refused
from .parameters import (
    count_beside_sum,
    count_given,
    flags,
    weights,
)
from .probes import (
    BEYOND,
    LARGE_VOCABULARY,
    MANY_ROWS,
    MASKED,
    PROBES,
    SEQUENCES,
    TOKENS,
    WIDE,
)
from .reference import Array
from .report import Diagnosis, Finding, Seen, Shown, number, show
from .rows import shows, unknown
from .search import explain, extended, sizes
from .signature import integers_of
from .subject import REDUCTIONS, Subject, imported

[FROM_ZERO], [LONG_SUM] = by_name("from-zero"), by_name("float32-sum")
N, MOST = len(MANY_ROWS[1]), 2**14
BESIDE_CHUNKS = "sequences and padding, before this is fixed"
INTEGERS = {"NumPy": "bhilqBHILQ", "PyTorch": "il", "JAX": "il"}
# How many tokens come first, and by how much the other one leads, there and after them:
# one of the two at least spoils a running sum.
ORDERS = ((500, 20, -3), (1000, 3, -5))
OF_BFLOAT16 = 0.05  # what its rounding may change
TOO_MUCH = 10_000_000  # bytes, of a vocabulary of 4,000
TOO_SLOW = 0.005  # seconds of the processor, of the same


# Many rows: chunks and what is left over, of the usual sizes, and of those it keeps.


def with_rest(fault: Fault, n: int = N) -> Fault:
    """Of a remainder that is dropped, each size that drops as much, and how much."""
    if not fault.whole or fault.size is None:
        return fault
    few, rest = len(PROBES["a vocabulary of 128"][1]), n % int(fault.size)
    alike = [f"{x:,}" for x in fault.among if n % x == rest and x >= few]
    what = fault.what.replace("{:.0f}", " or ".join(alike))
    return replace(fault, what=f"{what}: {rest:,} of {n:,}")


IN_MANY_ROWS = [
    with_rest(one)
    for fault in LOSS_FAULTS
    if fault.shows_in == "many rows" and fault.name != LONG_SUM.name
    for one in sizes(fault)
]
OF_ROWS = [one for one in IN_MANY_ROWS if one.step == "reduce"]


def many_rows(case: Explanation) -> Seen:
    """3,001 unlike rows; and half as many more than any larger size that it keeps."""
    if case.subject.way.shape.by_rows:
        return Seen()
    held = sorted(x for x in integers_of(case.subject.loss) if 1 < x <= MOST)
    few = [x for x in held if x <= N]
    asked = [(N, [*of_sizes(few, N), *OF_ROWS])]
    asked += [(x + x // 2, of_sizes([x], x + x // 2)) for x in held[len(few) :]]
    found = [seen for one in asked if (seen := of_rows(case, *one)) != Seen()]
    return min(found, key=is_unnamed, default=Seen())


def is_unnamed(seen: Seen) -> bool:
    return not any(one.name for one in seen.findings)


def of_sizes(held: Sequence[int], n: int) -> list[Fault]:
    """The chunks and remainders of these sizes, of so many rows."""
    known = [one for one in LOSS_FAULTS if one.among and one.step == "reduce"]
    alone = (replace(one, among=tuple(held)).of(x) for one in known for x in held)
    return [with_rest(one, n) for one in alone]


def of_rows(case: Explanation, n: int, known: Sequence[Fault]) -> Seen:
    o, targets = (np.resize(x, (n, *x.shape[1:])) for x in MANY_ROWS)
    return nearest(case, f"{n:,} rows", *case.subject.rows(o, targets), known)


def scores_few_as_0(subject: Subject) -> Diagnosis | None:
    """What is said of a function that scores whole chunks, and nothing of few rows."""
    few = [*subject.answers_to_probes(subject.kind).values()]
    if any(isinstance(x, Exception) or np.nan_to_num(x).any() for x in few):
        return None
    cases = (Explanation(subject, subject.kind, how) for how in REDUCTIONS)
    seen = min(map(many_rows, cases), key=is_unnamed)
    unsure = is_unnamed(seen) and not all(map(is_finite, few))
    if unsure or not seen.findings:
        return None
    return Diagnosis("", tuple(seen.findings), (BESIDE_CHUNKS,))


def in_chunks(case: Explanation, many: Seen) -> Seen | None:
    """What is said where the rows of three sequences show the same, too."""
    rows = SEQUENCES.reshape(-1, SEQUENCES.shape[-1])
    given = case.subject.rows(rows, TOKENS.ravel())
    odd = many.findings and not fits(case.seen(*given), case.right(*given))
    return Seen(not_tried=[BESIDE_CHUNKS]) if case.few_rows_show_chunks or odd else None


def nearest(
    case: Explanation, name: str, o: Array, targets: Array, known: Sequence[Fault]
) -> Seen:
    """What a large probe shows: of many chunks all means are alike, so the fault whose
    prediction is nearest is meant."""
    seen = case.seen(o, targets)
    if refused(seen) or is_memory(seen):
        return Seen(notes=[f"Of {name}: {show(seen)}"])
    right = case.right(o, targets)
    if fits(seen, right, case.near_for(o)):
        return Seen()
    others = [one for one in extended(case, known, two=False) if one is not case]
    predictions = [one.right(o, targets) for one in others]
    gaps = [gap(seen, one) for one in predictions]
    at = int(np.argmin(gaps)) if gaps else 0
    if not others or not fits(seen, predictions[at], others[at].near_for(o)):
        return Seen([unknown(case, name, seen, right)])
    found = Finding.of(others[at].faults[-1], Shown.of(name, seen, right))
    return Seen([found], explanation=others[at])


# A large vocabulary.


def large_vocabulary(case: Explanation) -> Seen:
    """Ids that narrow integers cannot hold, and blocks of tokens; given up in time by a
    function that makes a square of its vocabulary."""
    given = large(case)
    name = f"a vocabulary of {given[0].shape[-1]:,}"
    seen = case.seen(*given)
    if V := own_vocabulary(case, seen, *given):
        told = f"Of {name}: {show(seen)}; it scores the first {V:,} tokens alone"
        return Seen(notes=[told])
    return nearest(case, name, *given, [x for x in IN_MANY_ROWS if x.step != "reduce"])


def large(case: Explanation) -> tuple[Array, Array]:
    """The largest vocabulary that is asked of it."""
    o, targets = LARGE_VOCABULARY
    if makes_a_square(case):
        o, targets = (
            o[:, :WIDE],
            np.minimum(targets, WIDE - 1 - np.arange(len(targets))),
        )
    return case.subject.rows(o, targets)


def makes_a_square(case: Explanation) -> bool:
    """Whether it takes much memory, or long, of a vocabulary of 4,000 already."""
    o, targets = LARGE_VOCABULARY
    given = case.subject.rows(o[:, :WIDE], np.minimum(targets, WIDE - 1))
    case.seen(*given)  # JAX compiles
    start = process_time()
    case.seen(*given)
    if process_time() - start > TOO_SLOW:
        return True
    if tracemalloc.is_tracing() or case.subject.way.framework.name != "NumPy":
        return False
    tracemalloc.start()
    case.seen(*given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak > TOO_MUCH


def own_vocabulary(case: Explanation, seen: Answer, o: Array, targets: Array) -> int:
    """The size that it keeps, beyond which an id has no loss; otherwise 0."""
    held = integers_of(case.subject.loss) if not is_finite(seen) else ()
    for V in sorted(x for x in held if 1 < x < o.shape[-1]):
        inside = np.minimum(targets, V - 1)
        if fits(case.seen(o, inside), case.right(o[..., :V], inside), case.near):
            return V
    return 0


# Types and infinities.


def huge_logits(case: Explanation) -> Seen:
    """Two equal logits of 10⁸, where nobody trains."""
    seen = case.subject.answers_to_probes(case.kind).get(BEYOND)
    if seen is None or "log_p" in case.steps or case.too_few(BEYOND):
        return Seen()
    right = case.predicted(BEYOND)
    if fits(seen, right, case.near) or nothing_scored(seen, right):
        return Seen()
    if isinstance(seen, Exception):
        return Seen(notes=[f"Of logits of 10⁸: {show(seen)}"])
    return Seen([Finding.of(FROM_ZERO, Shown.of(BEYOND, seen, right))])


def masked_token(case: Explanation) -> Seen:
    """A logit of −∞ at a token that did not come: 0 · ∞ in a product with one-hot."""
    o, targets = case.subject.rows(*MASKED)
    right = case.right(o, targets)
    if case.kind != "logits" or not np.isfinite(right).all():
        return Seen()
    seen = case.seen(o, targets)
    if fits(seen, right, case.near) or refused(seen):
        return Seen()
    if isinstance(seen, Exception) or np.isfinite(seen).all():
        return Seen([unknown(case, "a logit of −∞", seen, right)])
    return Seen([Finding.of(MASKED_TOKEN, Shown.of("a logit of −∞", seen, right))])


def integer_types(case: Explanation) -> Seen:
    """Targets of every type of integer: refused, or the same loss."""
    way = case.subject.way
    if way.shape.by_rows or way.one_hot:
        return Seen()
    o, targets = case.subject.rows(*PROBES["batch"])
    for code in INTEGERS.get(way.framework.name, ""):
        seen = case.seen(o, targets.astype(code))
        if not isinstance(seen, Exception):
            found = shows(case, f"targets of {np.dtype(code)}", seen, o, targets)
            if found.findings:
                return found
    return Seen()


def bfloat16(case: Explanation) -> Seen:
    """PyTorch's logits in bfloat16, as a model gives them."""
    if case.subject.way.framework.name != "PyTorch" or case.kind != "logits":
        return Seen()
    torch = imported("torch")
    o, targets = case.subject.rows(*PROBES["batch"])
    seen = case.subject.ask(o, targets, make=lambda x: torch.tensor(x).bfloat16())
    rounded = torch.tensor(o).bfloat16().double().numpy()
    right = case.right(rounded, targets)
    if isinstance(seen, Exception) or fits(seen, right, OF_BFLOAT16):
        return Seen()
    return Seen([unknown(case, "logits in bfloat16", seen, right)])


# Of all sums, only a running one in float32 depends on which tokens come first.


def long_sum(case: Explanation) -> Seen:
    if case.reduction == "none" or case.steps & {"reduce", "align", "batch"}:
        return Seen()
    running, orders = case.having(LONG_SUM), list(map(ordered, ORDERS))
    ratios = [forth_by_back(case, case.seen, o) for o in orders]
    if max(map(off_1, ratios)) <= LONG_SUM.near:
        return Seen()
    predicted = [forth_by_back(running, running.right, o) for o in orders]
    every = zip(predicted, ratios, orders, strict=True)
    other, ratio, o = max(every, key=lambda one: off_1(one[0]))
    if not abs(ratio - other) < LONG_SUM.near < abs(ratio - 1):
        return Seen()
    o, targets = case.subject.rows(o, np.ones(len(o), int))
    shown = Shown.of(
        f"{targets.size:,} tokens", case.seen(o, targets), case.right(o, targets)
    )
    return Seen([Finding.of(LONG_SUM, shown)])


def ordered(order: tuple[int, float, float]) -> Array:
    """As many rows as before, of as many tokens: JAX compiles nothing new."""
    first, lead, then = order
    o = np.full(MANY_ROWS[0].shape, -1e3)
    o[:, 0], o[:, 1] = 0, -lead
    o[first:, 0], o[first:, 1] = then, 0
    return o


def off_1(ratio: float) -> float:
    return float(np.nan_to_num(abs(ratio - 1)))


def forth_by_back(
    case: Explanation, gives: Callable[[Array, Array], Answer], o: Array
) -> float:
    """What it gives of these rows, by what it gives of them in reverse."""
    targets = np.ones(len(o), int)
    forth = gives(*case.subject.rows(o, targets))
    back = gives(*case.subject.rows(o[::-1], targets))
    if isinstance(forth, Exception) or isinstance(back, Exception):
        return np.nan
    with np.errstate(all="ignore"):
        return float(forth.sum() / back.sum())


# Ids and one-hot targets; and what is no fault, but good to know.


def both_targets(case: Explanation) -> Seen:
    """Of a function that takes ids and one-hot targets: the same loss."""
    way, (o, targets) = case.subject.way, case.subject.rows(*PROBES["batch"])
    right = case.right(o, targets)
    other = case.subject.by(one_hot=not way.one_hot, kinds=(case.kind,))
    seen = other.ask(o, targets)
    if isinstance(seen, Exception) or fits(seen, right):
        return Seen()
    known, left = explain([other], case.declared)
    if left == [] and all(one.kind == "convention" for one in known.faults):
        of_ids, of_one_hot = map(show, (right, seen)[:: -1 if way.one_hot else 1])
        both = f"{of_ids} of ids, and {of_one_hot} of one-hot targets"
        what = "not the same of ids as of one-hot targets"
        fix = "treat both alike, or make ids of one-hot targets first"
        return Seen([Finding(what, (Shown("batch", both, "the same"),), fix=fix)])
    if not way.one_hot or seen.size != right.size:
        return Seen()
    gives = f"Of ids it gives {show(seen)}, not {show(right)}"
    return Seen(notes=[f"{gives}: fix it, if it takes ids"])


def asides(case: Explanation) -> Seen:
    rows, (o, _) = case.subject.rows, PROBES["batch"]
    answers = case.subject.answers_to_probes(case.kind)
    by_error: dict[str, list[str]] = {}
    for name, x in answers.items():
        if refused(x):
            by_error.setdefault(show(x), []).append(name)
    notes = [f"Refuses {', '.join(of)}: {error}" for error, of in by_error.items()]
    if case.too_few("two tokens") and not refused(answers["two tokens"]):
        notes.append(f"Doesn’t take a vocabulary of 2: {show(answers['two tokens'])}")
    outside = case.seen(*rows(o, np.array([0, 4, 0])))
    if not isinstance(outside, Exception) and not case.subject.way.one_hot:
        gives = show(outside)
        notes.append(
            f"A target outside the vocabulary raises no error: it gives {gives}"
        )
    return Seen(notes=[*notes, *with_nothing_scored(case)])


def with_nothing_scored(case: Explanation) -> Iterator[str]:
    """What a mean over no tokens is, of a function that knows padding."""
    way, ignored = case.subject.way, padding_of(case)
    no_number = way.one_hot and not way.left_out_by_argument
    if case.reduction != "mean" or ignored is None or no_number:
        return
    what = "length is 0" if way.by_length else f"target is {number(ignored)}"
    what = "document is 0" if way.by_documents else what
    every = f"every {what}"
    if way.mask_role:
        one = way.left_out if way.booleans else int(way.left_out)
        every = f"the mask is all {one}"
    o, _ = PROBES["batch"]
    seen = case.seen(*case.subject.rows(o, np.full(3, ignored)))
    if not isinstance(seen, Exception):
        yield f"Where {every}, it gives {show(seen)} ({room_in_words(6)})"


def padding_of(case: Explanation) -> int | None:
    """The number of its padding, if it has one: a token, or no token."""
    token = case.named(TOKEN_IGNORED.name)
    if token and token.size is not None:
        return int(token.size)
    return case.subject.ignored


CHECKS: tuple[Callable[[Explanation], Seen], ...] = (
    huge_logits,
    large_vocabulary,
    masked_token,
    integer_types,
    bfloat16,
    long_sum,
    count_beside_sum,
    count_given,
    weights,
    flags,
    both_targets,
    asides,
)
