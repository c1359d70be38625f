"""Which bug does this loss function have? The one way through the doctor.

The function is called in the way that it takes (`ways_in`, `subject`); its answers to
the probes, group by group, are compared with the loss in ten steps (`reference`) of
which one or two are a known fault (`faults`, `search`); and what was found is told
(`report`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import ismethod
from typing import Any, Literal

from .behavior import changes, rows_alone, same_again
from .calls import quiet, watch
from .explanation import Explanation
from .faults import Fault, check_names
from .faults.batch_and_alignment import SHIFTED
from .faults.promises import EMPTY_SEQUENCE, WEIGHTS_UNUSED
from .gradient import gradient as gradient_of
from .gradient import is_other_slope
from .large import CHECKS, in_chunks, many_rows, scores_few_as_0
from .outputs import TooLong, mark
from .padding import PER_SEQUENCE, USUAL, padding
from .parameters import documents, padding_of_documents, with_smoothing
from .recipes import kept_out, of_one_size, refuse, still_running
from .reference import IGNORED, Array
from .report import Diagnosis, Finding, Seen, first_of_each, judged, number, once
from .rows import (
    BESIDE_WEIGHTS,
    UNKNOWN,
    difference,
    finding,
    is_tiny,
    understand,
)
from .search import explain
from .sequences import LAYOUTS, given_sequences, sequences, with_sequences
from .signature import own_padding, parameters_of, required_by, role_of
from .subject import Subject
from .ways_in import METHODS, callable_of, find_ways

GIVES = {
    "none": "a loss for each token",
    "mean": "the mean loss",
    "sum": "the sum of the losses",
}


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
    time_limit: float = 30.0,
) -> Diagnosis:
    """Name the faults of a loss function by calling it about a hundred times.

    It finds out how to call the function: logits (N, V) and ids (N,), or (B, T, V),
    (B, V, T), (V, N), or one row; targets first or one-hot; probabilities or ln p; by
    keyword; with a mask, lengths, a count or documents; in NumPy, PyTorch, JAX or
    Keras; a class or its `forward`; a model's output; a tuple, a dict, `.loss`. Its
    answers are compared, to 10⁻⁴ or closer, with the right loss, with each known fault,
    and with each pair of them. So is its gradient, if the framework computes one, or
    the function returns one.

    A parameter that is named or declared as padding, a mask, lengths or weights is a
    promise: it is given values that tell, and what breaks it is a fault. Faults (✗)
    make the function unhealthy, and so does one that could not be examined (?).
    Conventions that are not the book's, such as bits or label smoothing, and digits
    that are lost only where nobody trains, are marked with a –.

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
        and the integers that the function keeps; a function that knows none of them is
        not faulted.
    shifts : bool, optional
        True: the targets are the inputs, and it shifts them; False: it must not.
    mask : bool or str, optional
        The name of its mask, or True for the parameter that is named like one. The
        mask is 1 where a token is scored and 0 elsewhere, or booleans. A function that
        wants 0 and 1 exchanged has a fault, unless it calls that mask padding.
    logits, targets : str, optional
        The names of these arguments, if the names don't say what they are.
    to : callable, optional
        Converts NumPy arrays to the function's own.
    allow : sequence of str, optional
        Names from `xent_doctor.FAULTS` that are intended here.
    strict : bool, optional
        Count conventions and lost precision as faults, too.
    time_limit : float, optional
        How many seconds one call may take.

    Returns
    -------
    Diagnosis
        True if `healthy`; has `findings`, their `names`, `called` and `notes`. Its
        `repr` is the report.

    Raises
    ------
    TypeError
        If the loss cannot be called.
    ValueError
        If a name in `allow` is unknown, or `mask`, `logits` or `targets` names no
        parameter.

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
    called = callable_of(loss)
    if not callable(called):
        raise TypeError(f"loss must be a function of logits and targets, got {loss!r}")
    check_names(allow)
    declared = {"to": to, "mask": mask, "logits": logits, "targets": targets}
    check_declared(called, declared)
    own = own_padding(called) if ignore_index == "auto" else {}
    for name in required_by(called) if ignore_index == "auto" else ():
        if role_of(name) == "ignored":
            own = {name: -1}  # any number but PyTorch's default
    said = next(iter(own.values()), ignore_index)
    meant = (SHIFTED,) if shifts else ()
    try:
        with quiet(), watch.running(time_limit):
            ignored = IGNORED if said == "auto" else said
            subjects, tried = find_ways(called, declared, ignored, meant)
            if kept_out(subjects, called):
                return refuse(loss, called, tried)
            for subject in subjects:
                subject.declared = ignore_index not in ("auto", None)
                subject.own = next(iter(own), "")
            numbers = [*USUAL] if said == "auto" else [said] if said is not None else []
            found = examine(subjects, meant, numbers, gradient)
    except TooLong as error:
        mark(error)
        return still_running(error, time_limit)
    not_meant = {"shifted"} if shifts is False else set()
    if not own and ignore_index != "auto":  # the caller says what padding is: no token
        not_meant.add("token-ignored")
    findings = [judged(x, allow, strict or x.name in not_meant) for x in found.findings]
    if any(x.name in PER_SEQUENCE and x.kind == "fault" for x in findings):
        findings = [x for x in findings if x.name != EMPTY_SEQUENCE.name]
    if any(x.name == "padding-scored" for x in findings):
        findings = [x for x in findings if x.name != WEIGHTS_UNUSED.name]
    notes = [*found.notes]
    for name, value in own.items():
        if value not in USUAL:
            notes.append(f"Its own {name}={number(value)} is taken for its padding")
    return replace(found, findings=tuple(findings), notes=tuple(notes))


def check_declared(loss: Any, declared: dict[str, Any]) -> None:
    """Raise ValueError if a name is declared that no parameter has."""
    names = [one.name for one in parameters_of(loss)]
    for role in ("mask", "logits", "targets") if names else ():
        name = declared[role]
        if isinstance(name, str) and name not in names:
            raise ValueError(
                f"{role} must be the name of a parameter, one of {names}, got {name!r}"
            )


def assert_healthy(loss: Callable[..., Any], **declared: Any) -> None:
    """Raise an AssertionError with the whole report unless `diagnose` finds no fault.

    Takes the same arguments as `diagnose`. The first line of the message has the names.

    Examples
    --------
    >>> from xent_lib import cross_entropy
    >>> assert_healthy(cross_entropy)
    """
    __tracebackhide__ = True  # pytest then shows only the report
    found = diagnose(loss, **declared)
    if not found:
        raise AssertionError(f"{found.summary}\n{found!r}")


def examine(
    subjects: Sequence[Subject],
    meant: tuple[Fault, ...],
    numbers: Sequence[int],
    gradient: Callable[..., Any] | None,
) -> Diagnosis:
    """What is found of a function in the ways that it takes, group by group."""
    for subject in subjects[:2]:
        if unsteady := same_again(subject, subjects[0]):
            return Diagnosis("", (unsteady,))
    if (chunks := scores_few_as_0(subjects[0])) is not None:
        return chunks
    subjects = by_ids_if_known(subjects, meant)
    case, left, weights = understand(subjects, meant)
    if not weights and (fixed := of_one_size(subjects[0])) is not None:
        return fixed
    if left != []:  # what more it would show is of the same
        return unexplained(case, left, weights)
    rows = [finding(case, fault) for fault in case.faults]
    many = many_rows(case)
    case, axis, more = sequences_and_padding(case, numbers, many)
    more += [documents(case, axis), many, *(check(case) for check in CHECKS)]
    more.append(gradient_of(case, gradient, given_sequences(case, axis, more[0])))
    found = together(case, axis, rows, more)
    again = lambda one: examine([one], meant, numbers, None)  # noqa: E731
    return with_smoothing(case, found, again)


def by_ids_if_known(
    subjects: Sequence[Subject], meant: tuple[Fault, ...]
) -> Sequence[Subject]:
    """If it is right by one-hot targets and takes ids, with a known fault, that."""
    first, *rest = subjects
    ids = first.by(one_hot=False)
    takes = any(replace(x.way, kinds=ids.way.kinds) == ids.way for x in rest)
    known = first.way.one_hot and takes and explain([ids], meant)[1] == []
    return [ids] if known else subjects


def sequences_and_padding(
    case: Explanation, numbers: Sequence[int], many: Seen
) -> tuple[Explanation, int | None, list[Seen]]:
    """How it takes sequences; padding; and what it is then seen to be."""
    if case.subject.way.shape.by_rows:
        return case, None, [Seen(rows_alone(case))]
    if chunked := in_chunks(case, many):
        return case, None, [chunked]
    axis, seen = sequences(case, more=not many.findings)
    more = [seen, *padding_seen(case, axis, numbers, seen)]
    return [case, *(x.explanation for x in more if x.explanation)][-1], axis, more


def padding_seen(
    case: Explanation, axis: int | None, numbers: Sequence[int], seen: Seen
) -> list[Seen]:
    """Padding, unless sequences have a fault already."""
    way = case.subject.way
    if any(one.kind == "fault" for one in seen.findings):
        return []
    case = with_sequences(case, seen)
    may_be_none = not numbers and not way.promises_padding
    if may_be_none and way.left_out_by_argument:
        return []
    of = padding_of_documents if way.by_documents else padding
    if way.left_out_by_argument:
        numbers = numbers or [IGNORED]
    return [of(case, axis, numbers)]


def together(
    case: Explanation, axis: int | None, rows: Sequence[Finding], more: Sequence[Seen]
) -> Diagnosis:
    """What rows have shown, unless it was withdrawn, and all that the others have."""
    withdrawn = {name for seen in more for name in seen.withdrawn}
    findings = [one for one in rows if one.name not in withdrawn]
    findings += [one for seen in more for one in seen.findings]
    if any(one.what.startswith(UNKNOWN) for one in findings):  # so is its gradient
        findings = [one for one in findings if not is_other_slope(one)]
    return Diagnosis(
        first_line(case, axis),
        once((*changes(case), *findings)),
        first_of_each(one for seen in more for one in seen.not_tried),
        tuple(one for seen in more for one in seen.notes),
        any(seen.gradient for seen in more),
    )


def unexplained(
    case: Explanation, left: list[str] | None, weights: Finding | None
) -> Diagnosis:
    """What is found of one of which something is left, or all: None."""
    if weights:
        found = (*changes(case), weights)
        return Diagnosis(first_line(case), found, (BESIDE_WEIGHTS,))
    if left is None:
        kind = max(case.subject.way.kinds, key=case.subject.numbers)
        case = replace(case, kind=kind)
    alone = case.subject.way.shape.kept
    odd = rows_alone(case) if alone else [difference(case, left)]
    known = [finding(case, fault) for fault in case.faults]
    line = first_line(case, known=left is not None)
    return Diagnosis(line, (*changes(case), *known, *odd))


def first_line(case: Explanation, axis: int | None = None, known: bool = True) -> str:
    """How it was called, and what it gives, in one line."""
    way, subject = case.subject.way, case.subject
    ids = "an id" if way.shape.by_rows else "ids"
    how = f" ({way})" if str(way) else ""
    gives = "a token’s loss" if way.shape.by_rows else GIVES[case.reduction]
    gives = gives if known else "a number"
    of = f", {subject.picked}" if subject.picked else ""
    of += f" in {subject.precision}" if "float16" in subject.precision else ""
    name = getattr(subject.loss, "__name__", "")
    by = f", by its {name}," if ismethod(subject.loss) and name in METHODS else ""
    layout = "" if axis is None or way.shape.sequences else LAYOUTS[axis]
    takes = f"Takes {case.kind} {way.shape.name} and {ids}{how}{by or ','}"
    faulty = any(x.kind == "fault" and not is_tiny(case, x) for x in case.faults)
    right = right_if(case) if known and not faulty else ""
    return f"{takes} and gives {gives}{of}{layout}{right}"


def right_if(case: Explanation) -> str:
    """What it takes may be meant, or a softmax that is missing."""
    if case.kind == "logits":
        return ""
    missing = case.kind.replace("probabilities", "softmax").replace("-", "_")
    return f". Right if it is given {case.kind}; with logits a {missing} is missing"
