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
    """Name the faults of a loss function, by a few small calls.

    It finds its way in: logits (N, V) and ids (N,), or (B, T, V), (B, V, T), (V, N), or
    one row; targets first or one-hot; probabilities or ln p; by keyword; with a mask,
    lengths, a count or documents; of NumPy, PyTorch, JAX or Keras; a class or its
    `forward`; what a model gives; a tuple, a dict, `.loss`. Its answers are compared,
    to 10⁻⁴ or closer, with the right loss, with each known fault and with every two; so
    is its gradient, each entry to 10⁻⁴ of the largest, where the framework has one, or
    the function itself: beside its loss, or by `backward`. It is given up to 3,001
    rows, or half as many more than a size that it holds. The first line of the report
    says how it was called. What is compiled for each shape, as by JAX, takes up to a
    minute once (its JAX_COMPILATION_CACHE_DIR keeps it).

    A fault (✗) makes it unhealthy; so it is where it could not be examined (?), and
    the report says what to write. Told as – are a convention that is not the book's,
    such as bits, a shift inside, smoothing or 0 for padding, with what makes it right;
    and what is lost at sizes nobody trains with.

    Parameters
    ----------
    loss : callable
        Of logits and targets.
    gradient : callable, optional
        Of the same arguments: the gradient by the logits, alone or in a tuple. PyTorch
        and JAX give it themselves.
    ignore_index : int or None, optional
        The number of padding: one that it says it leaves out, or None for none. By
        default it is that of its own parameter or attribute, such as
        ``ignore_index=-1`` or ``pad_id=0``; else −100 and −1 are tried, then 255 and
        the integers that it holds, and no one is blamed who knows none of them. A mask
        is tried in any case.
    shifts : bool, optional
        True: targets are the inputs, and it shifts them; False: it must not.
    mask : bool or str, optional
        The name of its mask, or True for the parameter that is named like one. It is
        given 1 where a token is scored and 0 where not; 0 and 1 the other way round if
        it is right of that alone, as the first line then says: a fault of a name that
        means 1, such as ``attention_mask``. Who takes no numbers gets booleans in their
        place. A mask that it requires is found; one whose default is None, where it
        knows no number of padding. Who says ``shifts=True``, too, has a mask of the
        targets.
    logits, targets : str, optional
        The names of these arguments, where they do not say what they are; the first
        gets logits, unless its name is that of a p.
    to : callable, optional
        Makes the function's own arrays of NumPy's.
    allow : sequence of str, optional
        Names of `xent_lib.doctor.FAULTS` that are meant here.
    strict : bool, optional
        Conventions and precision are faults, too.

    Returns
    -------
    Diagnosis
        True if `healthy`; `findings`, their `names`, `convention`, `notes`; its `repr`
        is the report.

    Raises
    ------
    TypeError
        A loss that cannot be called.
    ValueError
        A name in `allow` that is not known.

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
    """Raise an AssertionError with the whole report unless `diagnose` finds it healthy.

    Takes what `diagnose` takes.

    Examples
    --------
    >>> from xent_lib import cross_entropy
    >>> assert_healthy(cross_entropy)
    """
    __tracebackhide__ = True  # pytest then shows the report alone
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
    odd = any(one.what.startswith(("another", "no loss")) for one in findings)
    odd |= any(role == "ones" for _, role in case.function.way.roles)
    return tuple(interpreted(case.function)) if odd else ()
