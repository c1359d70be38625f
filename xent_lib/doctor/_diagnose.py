"""Which bug does this loss function have? It is asked small questions, and its answers
are held against those of the right loss and of all known faults."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from ._calls import alone, changes, same_again, spares_last
from ._case import UNKNOWN, Case
from ._checks import CHECKS
from ._documents import documents, padding_of_documents
from ._enter import applied, enter, instance
from ._explain import explain
from ._faults_of_pairs import SHIFTED
from ._first_line import first_line
from ._function import Function, quiet
from ._gradient import OTHER_SLOPE
from ._gradient_beside import gradient as gradient_of
from ._held import own_padding
from ._known import check_names
from ._many_rows import in_chunks, many_rows, of_few
from ._match import Seen
from ._own_size import explained
from ._padding import as_a_mask, beside_number, padding
from ._padding_known import CUSTOM, named, said_by
from ._refuses import interpreted, kept_out, misnamed, of_one_size, refuses
from ._report import Diagnosis, Finding, allowed, once, once_each
from ._sequences import as_seen, as_sequences, find_layout
from ._smoothed import with_0_1
from ._steps import IGNORED, Array, Fault
from ._unshifted import unshifted
from ._weights import BESIDE_WEIGHTS, class_weights


def diagnose(
    loss: Callable[..., Any],
    *,
    gradient: Callable[..., Any] | None = None,
    ignore_index: int | Literal["auto"] | None = "auto",
    shifts: bool | None = None,
    mask: bool | str | None = None,
    logits: str | None = None,
    targets: str | None = None,
    to: Callable[[Array], Any] | None = None,
    allow: Sequence[str] = (),
    strict: bool = False,
) -> Diagnosis:
    """Name the faults of a loss function by calling it a few times.

    It finds out how to call the function: logits (N, V) and ids (N,), or (B, T, V),
    (B, V, T), (V, N), or one row; targets first or one-hot; probabilities or ln p; by
    keyword; with a mask, lengths, a count or documents; in NumPy, PyTorch, JAX or
    Keras; a class or its `forward`; a model's output; a tuple, a dict, `.loss`. Its
    answers are compared, to 10⁻⁴ or closer, with the right loss, each known fault, and
    each pair of them. So is its gradient, each entry to 10⁻⁴ of the largest, if the
    framework computes one or the function returns one, with its loss or from
    `backward`. The function is called with up to 3,001 rows, or one and a half times
    any size that it stores. The first line of the report says how it was called. A
    function that is compiled for each shape, as by JAX, takes up to a minute once
    (JAX_COMPILATION_CACHE_DIR caches that).

    A fault (✗) makes it unhealthy, and so does a function that could not be examined
    (?); the report then says what to write. Marked – are conventions that are not the
    book's, such as bits, a shift inside, smoothing, or 0 for padding, with what makes
    them right, and errors that appear only at sizes nobody trains with.

    Parameters
    ----------
    loss : callable
        A function of logits and targets.
    gradient : callable, optional
        A function of the same arguments that returns the gradient with respect to the
        logits, by itself or in a tuple. PyTorch and JAX compute it themselves.
    ignore_index : int or None, optional
        The target that marks padding, which the function says it leaves out, or None.
        By default it is taken from a parameter or attribute such as
        ``ignore_index=-1`` or ``pad_id=0``. Otherwise −100 and −1 are tried, then 255
        and the integers that the function stores, and a function that knows none of
        them is not faulted. A mask is tried in any case.
    shifts : bool, optional
        True: the targets are the inputs, and it shifts them; False: it must not.
    mask : bool or str, optional
        The name of its mask, or True for the parameter that is named like one. The
        mask is 1 where a token is scored and 0 elsewhere. If the function is right only
        with 0 and 1 exchanged, the first line says so; with a name that means 1, such
        as ``attention_mask``, that is a fault. A function that takes no numbers gets
        booleans in their place. A required mask is found; so is one whose default is
        None, if the function knows no target for padding. If you also say
        ``shifts=True``, the mask is that of the targets.
    logits, targets : str, optional
        The names of these arguments, if the names don't say what they are; the first
        gets logits, unless it is named like probabilities.
    to : callable, optional
        Converts NumPy arrays to the function's own.
    allow : sequence of str, optional
        Names from `xent_lib.doctor.FAULTS` that are intended here.
    strict : bool, optional
        Count conventions and lost precision as faults, too.

    Returns
    -------
    Diagnosis
        True if `healthy`; has `findings`, their `names`, `convention` and `notes`. Its
        `repr` is the report.

    Raises
    ------
    TypeError
        If the loss cannot be called.
    ValueError
        If a name in `allow` is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> def my_loss(logits, targets):
    ...     p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    ...     return -np.log2(p[np.arange(len(targets)), targets]).mean()
    >>> diagnose(my_loss).names
    ('base-2', 'plain-softmax')

    >>> from xent_lib import cross_entropy
    >>> assert diagnose(cross_entropy)
    """
    called = instance(loss := applied(loss))
    if not callable(called):
        raise TypeError(f"loss must be a function of logits and targets, got {loss!r}")
    check_names(allow)
    declared = {"to": to, "mask": mask, "logits": logits, "targets": targets}
    own = own_padding(called) if ignore_index == "auto" else {}
    ignore_index = next(iter(own.values()), ignore_index)
    ignored = IGNORED if ignore_index == "auto" else ignore_index
    meant = (SHIFTED,) if shifts else ()
    paddings = CUSTOM if ignore_index == "auto" else [ignore_index]
    numbers = [one for one in paddings if one is not None]
    with quiet():
        functions, tried = enter(called, declared, ignored, meant)
        if kept_out(functions, called):
            return refuses(loss, tried)
        for function in functions:
            function.sure, function.own = ignore_index not in ("auto", None), bool(own)
        found = examine(functions, meant, numbers, gradient)
    not_meant = {"shifted"} if shifts is False else set()
    if not own and ignore_index != "auto":  # who says what padding is means no token
        not_meant.add("token-ignored")
    judged = (allowed(x, allow, strict or x.name in not_meant) for x in found.findings)
    notes = (*found.notes, *said_by(own), *(() if found else misnamed(mask)))
    notes += tuple(unshifted(loss, found)) if shifts is None else ()
    return replace(found, findings=tuple(judged), notes=notes)


def assert_healthy(loss: Callable[..., Any], **declared: Any) -> None:
    """Raise an AssertionError with the whole report unless `diagnose` finds no fault.

    Takes the same arguments as `diagnose`.

    Examples
    --------
    >>> from xent_lib import cross_entropy
    >>> assert_healthy(cross_entropy)
    """
    __tracebackhide__ = True  # pytest then shows only the report
    found = diagnose(loss, **declared)
    if not found:
        raise AssertionError(f"\n{found!r}")


def examine(
    functions: Sequence[Function],
    meant: tuple[Fault, ...],
    paddings: Sequence[int],
    gradient: Callable[..., Any] | None,
) -> Diagnosis:
    """What is found of a function in the ways that it takes."""
    for function in functions[:2]:
        if unsteady := same_again(function, functions[0]):
            return Diagnosis("", (unsteady,))
    if (chunks := of_few(functions[0])) is not None:
        return chunks
    case, left, weights = understand(functions, meant)
    if not weights and (fixed := of_one_size(functions[0])) is not None:
        return fixed
    if left != []:  # what more it would show is of the same
        return unexplained(case, left, weights)
    rows = [named(case, fault) for fault in case.faults]
    many = many_rows(case)
    case, axis, more = sequences(case, paddings, many)
    more += [documents(case, axis), many, *(check(case) for check in CHECKS)]
    more += [gradient_of(case, gradient, as_sequences(case, axis, more[0]))]
    found = together(case, axis, rows, more)
    return with_0_1(case, found, lambda one: examine([one], meant, paddings, None))


def together(
    case: Case, axis: int | None, rows: Sequence[Finding], more: Sequence[Seen]
) -> Diagnosis:
    """What rows have shown, unless it was withdrawn, and all that more has."""
    withdrawn = {name for seen in more for name in seen.instead}
    findings = [one for one in rows if one.name not in withdrawn]
    findings += [one for seen in more for one in seen.findings]
    if any(one.what.startswith(UNKNOWN) for one in findings):  # so is its gradient
        findings = [one for one in findings if one.what != OTHER_SLOPE]
    return Diagnosis(
        first_line(case, axis),
        once((*changes(case), *findings)),
        once_each([one for seen in more for one in seen.not_tried], withdrawn),
        (*beside(case, findings), *(one for seen in more for one in seen.notes)),
        any(seen.gradient for seen in more),
    )


def understand(
    functions: Sequence[Function], meant: tuple[Fault, ...]
) -> tuple[Case, list[str] | None, Finding | None]:
    """What it is by one fault, by the weights of classes, or by more, of which a shift
    may be a third; what that leaves; and the weights."""
    case, left = explained(functions, meant)
    if left is None and (weighted := class_weights(case)):
        return weighted[0], left, weighted[1]
    if left is None:
        case, left = explained(functions, meant, more=True)
    if left is None and not meant and spares_last(case):
        other, rest = explain(functions, (SHIFTED,), more=True)
        if rest == [] and "align" not in {one.step for one in other.faults}:
            return replace(other.having(SHIFTED), declared=()), rest, None
    return case, left, None


def unexplained(
    case: Case, left: list[str] | None, weights: Finding | None
) -> Diagnosis:
    """What is found of one of which something is left, or all: None."""
    if weights:
        found = (*changes(case), weights)
        return Diagnosis(first_line(case), found, (BESIDE_WEIGHTS,), beside(case))
    if left is None:
        numbers = case.function.numbers
        case = replace(case, kind=max(case.function.way.kinds, key=numbers))
    way = first_line(case, known=left is not None)
    odd = alone(case) if case.function.way.shape.kept else [case.differs(left)]
    findings = (*changes(case), *map(case.finding, case.faults), *odd)
    return Diagnosis(way, findings, (), beside(case, findings))


def sequences(
    case: Case, paddings: Sequence[int], many: Seen
) -> tuple[Case, int | None, list[Seen]]:
    """How it takes sequences, or more than a row; padding; what it is seen to be."""
    if case.function.way.shape.by_rows:
        return case, None, [Seen(alone(case))]
    if chunked := in_chunks(case, many):
        return case, None, [chunked]
    axis, seen = find_layout(case)
    more = [seen, *padding_of(case, axis, paddings, seen)]
    return [case, *(one.case for one in more if one.case)][-1], axis, more


def padding_of(
    case: Case, axis: int | None, paddings: Sequence[int], seen: Seen
) -> list[Seen]:
    """Padding, unless sequences have a fault already; with what they mean. Who takes a
    mask has padding, whatever its number; what may be none is told."""
    way = case.function.way
    if any(one.kind == "fault" for one in seen.findings):
        return []
    case = as_seen(case, seen)
    if not (paddings or way.left_out_by):
        return [beside_number(case, axis)]
    of = padding_of_documents if way.by_documents else padding
    found = of(case, axis, paddings or [IGNORED])
    return [found if paddings or way.surely_masked else as_a_mask(way.mask, found)]


def beside(case: Case, findings: Sequence[Finding] = ()) -> tuple[str, ...]:
    """What it was given, where nothing explains it."""
    odd = any(
        one.what.startswith(("something other", "another loss", "no loss"))
        for one in findings
    )
    odd |= any(role == "ones" for _, role in case.function.way.roles)
    return tuple(interpreted(case.function)) if odd else ()
