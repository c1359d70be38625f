"""What few rows don't show: many rows, a large vocabulary, narrow types, −∞ at another
token, a long sum; and what is good to know besides.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from time import process_time

import numpy as np

from .explanation import Explanation, fits
from .faults import BESIDE, LOSS_FAULTS, by_name, room_in_words
from .faults.ignored import TOKEN_IGNORED
from .hypotheses import sizes
from .outputs import is_finite, refused
from .parameters import count_beside_sum, count_given, temperatures, unused, weights
from .probes import BEYOND, LARGE_VOCABULARY, MANY_ROWS, WIDE
from .reference import Array
from .report import Diagnosis, Finding, Seen, Shown, show
from .rows import shows, unknown
from .search import explain
from .subject import REDUCTIONS, Subject

[FROM_ZERO], [LONG_SUM] = by_name("from-zero"), by_name("float32-sum")
EXTREMES = {BEYOND: FROM_ZERO, "a logit of −∞": BESIDE["masked-token"]}
EXTREMES["a loss of 0"] = BESIDE["zeros-uncounted"]
N, MOST = len(MANY_ROWS[1]), 2**14
MANY = "a vocabulary of 128"  # whose probe has more than three rows
BEFORE_FIXED = "sequences and padding, before this is fixed"
INTEGERS = {"NumPy": "bhilqBHILQ", "PyTorch": "il", "JAX": "il"}
# How many tokens come first, and by how much the other one leads, there and after them:
# one of the two at least spoils a running sum.
ORDERS = ((500, 20, -3), (1000, 3, -5))
TOO_SLOW = 0.005  # seconds, of a vocabulary of 3,999


# Many rows: chunks and what is left over, of the usual sizes, and of those it keeps.


IN_MANY_ROWS = [
    one
    for fault in LOSS_FAULTS
    if fault.shows_in == "many rows" and fault.name != LONG_SUM.name
    for one in sizes(fault)
]
CHUNKS = [one for one in LOSS_FAULTS if one.among and one.step == "reduce"]


def many_rows(case: Explanation) -> Seen:
    """3,001 unlike rows; and half as many more than any larger size that it keeps. Of a
    sum in 16 bits nothing could be told."""
    if case.subject.way.shape.by_rows or case.exact != case:
        return Seen()
    usual, found = [one for one in IN_MANY_ROWS if one.step == "reduce"], []
    held = sorted(x for x in case.subject.held if 1 < x <= MOST)
    few = [x for x in held if x <= N]
    for n, some in [(N, few), *((x + x // 2, [x]) for x in held if x > N)]:
        o, t = (np.resize(x, (n, *x.shape[1:])) for x in MANY_ROWS)
        rows = case.subject.laid("3,001 rows") if n == N else case.subject.rows(o, t)
        known = [one.of(x) for one in CHUNKS for x in some] + usual * (n == N)
        found.append(shows(case, f"{n:,} rows", rows, known))
    return min((x for x in found if x != Seen()), key=is_unnamed, default=Seen())


def is_unnamed(seen: Seen) -> bool:
    return not any(one.name for one in seen.findings)


def scores_few_as_0(subject: Subject) -> Diagnosis | None:
    """What is said of a function that scores whole chunks, and nothing of few rows."""
    few = [x for name, x in subject.first_answers.items() if name != MANY]
    if any(isinstance(x, Exception) or np.nan_to_num(x).any() for x in few):
        return None
    cases = (Explanation(subject, subject.form, how) for how in REDUCTIONS)
    seen = min(map(many_rows, cases), key=is_unnamed)
    unsure = is_unnamed(seen) and not all(map(is_finite, few))
    if unsure or not seen.findings:
        return None
    return Diagnosis("", tuple(seen.findings), (BEFORE_FIXED,))


def large_vocabulary(case: Explanation) -> Seen:
    """Ids that narrow integers cannot hold, and blocks of tokens."""
    o, targets = large(case)
    name = f"a vocabulary of {o.shape[-1]:,}"
    seen = case.seen(o, targets)
    held = () if is_finite(seen) else case.subject.held
    for V in sorted(x for x in held if 1 < x < o.shape[-1]):
        inside = np.minimum(targets, V - 1)
        if fits(case.seen(o, inside), case.predicted(o[..., :V], inside), case.near):
            told = f"{show(seen)}; it scores the first {V:,} tokens alone"
            return Seen(notes=[f"Of {name}: {told}"])
    known = [x for x in IN_MANY_ROWS if x.step != "reduce"]
    return shows(case, name, (o, targets), known, seen)


def large(case: Explanation) -> tuple[Array, Array]:
    """The largest vocabulary that is asked of it: 3,999 tokens, the last among them, if
    it makes a square of that, which takes long."""
    o, targets = LARGE_VOCABULARY
    last = np.arange(WIDE - 1, WIDE - 1 - len(targets), -1)
    wide = case.subject.rows(o[:, np.r_[: WIDE - 1, -1]], np.minimum(targets, last))

    def seconds() -> float:
        start = process_time()  # of the processor: a busy machine lets calls wait
        case.seen(*wide)
        return process_time() - start

    # The first call compiles in JAX; one that is fast tells that it makes no square.
    fast = any(seconds() < TOO_SLOW for _ in range(3))
    return case.subject.laid("a vocabulary of 269,999") if fast else wide


def extremes(case: Explanation) -> Seen:
    """Two equal logits of 10⁸, where nobody trains; a logit of −∞ at a token that did
    not come: 0 · ∞ in a product with one-hot; and a target so sure that it costs 0."""
    found = []
    for name, fault in EXTREMES.items() if case.form == "logits" else ():
        asked = case.subject.laid(name)
        seen, right = case.seen(*asked), case.predicted(*asked)
        odd = isinstance(seen, Exception) or "log_p" in case.steps
        if (name == BEYOND and odd) or refused(seen) or not is_finite(right):
            continue
        if fits(seen, right, case.near):
            continue
        of_two = fits(seen, 1.5 * right)  # of three
        no_number = not (isinstance(seen, Exception) or is_finite(seen))
        if name == BEYOND or (of_two if name == "a loss of 0" else no_number):
            found.append(Finding.of(fault, Shown.of(name, seen, right)))
        else:
            found.append(unknown(case, name, seen, right))
    return Seen(found)


def integer_types(case: Explanation) -> Seen:
    """Targets of every type of integer: refused, or the same loss."""
    way, (o, targets) = case.subject.way, case.subject.laid("batch")
    plain = not (way.shape.by_rows or way.one_hot)
    for code in INTEGERS.get(way.framework.name, "") if plain else "":
        seen = case.seen(o, targets.astype(code))
        if not (isinstance(seen, Exception) or case.fits_answer(seen, o, targets)):
            return shows(case, f"targets of {np.dtype(code)}", (o, targets), seen=seen)
    return Seen()


def long_sum(case: Explanation) -> Seen:
    """Rows in an order that spoils a running sum in float32, and no other."""
    if case.reduction == "none":
        return Seen()
    running, shown = case.having(LONG_SUM), []
    for (first, lead, then), turn in itertools.product(ORDERS, (1, -1)):
        o = np.full(MANY_ROWS[0].shape, -1e3)  # this shape JAX has compiled
        o[:, 0], o[:, 1] = 0, -lead
        o[first:, 0], o[first:, 1] = then, 0
        asked = case.subject.rows(o[::turn], np.ones(len(o), int))
        seen, right = case.seen(*asked), case.predicted(*asked)
        if not fits(seen, running.predicted(*asked), LONG_SUM.near):
            return Seen()
        if not fits(seen, right, LONG_SUM.near):
            shown.append(Shown.of(f"{asked[1].size:,} tokens", seen, right))
    return Seen([Finding.of(LONG_SUM, *shown[:1])] if shown else [])


def both_targets(case: Explanation) -> Seen:
    """Of a function that takes ids and one-hot targets: the same loss."""
    way, (o, targets) = case.subject.way, case.subject.laid("batch")
    right = case.predicted(o, targets)
    faults = tuple(one for one in case.faults if one.step != "ignore")
    # Of one-hot targets no id is left out.
    every = replace(case, faults=faults).predicted(o, targets)
    other = case.subject.by(one_hot=not way.one_hot, forms=(case.form,))
    seen = other.ask(o, targets)
    if isinstance(seen, Exception) or fits(seen, right) or fits(seen, every):
        return Seen()
    known, left = explain([other], case.declared)
    swallowed = way.one_hot and not seen.any()
    conventions = all(one.kind == "convention" for one in known.faults)
    if not swallowed and (left != [] or not (conventions or way.one_hot)):
        return Seen()
    what = "not the same of ids as of one-hot targets"
    fix = "treat both alike, or raise an error for those that it doesn’t take"
    return Seen([Finding(what, (Shown.of("batch", seen, right),), fix=fix)])


def asides(case: Explanation) -> Seen:
    """An id outside the vocabulary; and a mean over padding alone."""
    way, notes = case.subject.way, []
    outside = case.seen(*case.subject.with_targets(0, 4, 0))
    if not isinstance(outside, Exception) and not way.one_hot:
        says = "A target outside the vocabulary raises no error: it gives"
        notes.append(f"{says} {show(outside)}")
    token = case.named(TOKEN_IGNORED.name)
    ignored = token.size if token and token.size is not None else case.subject.ignored
    no_number = way.one_hot and not way.left_out_by_argument
    if case.reduction == "mean" and ignored is not None and not no_number:
        seen = case.seen(*case.subject.with_targets(*[int(ignored)] * 3))
        if not isinstance(seen, Exception):
            says = f"Where all is padding, it gives {show(seen)} ({room_in_words(6)})"
            notes.append(says)
    return Seen(notes=notes)


CHECKS: tuple[Callable[[Explanation], Seen], ...] = (
    large_vocabulary,
    extremes,
    integer_types,
    long_sum,
    count_beside_sum,
    count_given,
    unused,
    temperatures,
    weights,
    both_targets,
    asides,
)
