"""Which bug does this loss function have? The one way through the doctor.

The function is called in the way that it takes (`ways_in`, `subject`); its answers to
the probes, group by group, are compared with the steps of the right loss, such as ten
(`reference`), of which one or two are a known fault (`faults`, `search`); and what was
found is told (`report`). The loss is of one of four kinds (`kind`). The steps:
`find_ways`, `understand` and in it `explain`, then one function for each further group
of probes, and `together`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import NoneType
from typing import Any, Literal

import numpy as np

from . import two_models
from .explanation import Explanation, fits, is_same
from .faults import Fault, check_names
from .faults.batch_and_alignment import SHIFTED
from .faults.score import ROW_INDEX
from .gradient import OF_TWO, TWO
from .gradient import SUBJECT as OF_GRADIENT
from .gradient import gradient as gradient_of
from .large import BEFORE_FIXED, CHECKS, many_rows, scores_few_as_0
from .log_prob import LOG_PROB, negated
from .loss import LOSS
from .outputs import TooLong, mark, watch
from .padding import PER_SEQUENCE, USUAL, documents, padding
from .parameters import with_smoothing
from .probes import PROBES, SEQUENCES, TOKENS
from .recipes import by_chance, not_taken, of_one_size, refused_at_once, still_running
from .reference import IGNORED, Array, evaluate
from .report import UNEXPLAINED, Diagnosis, Finding, Seen, Shown, judged, number, show
from .rows import (
    BESIDE_WEIGHTS,
    difference,
    finding,
    is_tiny,
    understand,
    with_known_padding,
)
from .search import explain
from .sequences import LAYOUTS, sequences, with_sequences
from .signature import numbers_of, own_padding, parameters_of
from .split import Parts, Probe, splits
from .subject import OF_AXIS, SHAPES, Subject
from .two_models import OfTwo
from .ways_in import callable_of, find_ways

FUNCTION = ("a function or None", (Callable, NoneType))
KINDS = {"loss": LOSS, "log_prob": LOG_PROB, **two_models.KINDS_OF_TWO}
NAME = ("the name of a parameter or None", (str, NoneType))
# What each argument must be.
ARGUMENTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "time_limit": ("a number of seconds above 0", (float, int)),
    "ignore_index": ('an integer, None or "auto"', (int, np.integer, NoneType)),
    "shifts": ("True, False or None", (bool, NoneType)),
    "strict": ("True or False", (bool,)),
    "mask": ("the name of a parameter, True or None", (bool, str, NoneType)),
    **dict.fromkeys(("lengths", "logits", "targets"), NAME),
    **dict.fromkeys(("gradient", "to"), FUNCTION),
}
# What is not told beside one of these faults, which explains it.
EXPLAINED_BY = {
    "empty-sequence": PER_SEQUENCE,
    "weights-unused": {"padding-scored"},
    "weights-by-count": {"padded-length"},
}


def diagnose(
    loss: Callable[..., Any],
    *,
    kind: Literal["loss", "log_prob", "distillation", "dpo"] | None = None,
    gradient: Callable[..., Any] | None = None,
    ignore_index: int | Literal["auto"] | None = "auto",
    shifts: bool | None = None,
    mask: bool | str | None = None,
    lengths: str | None = None,
    logits: str | None = None,
    targets: str | None = None,
    to: Callable[[Array], Any] | None = None,
    allow: Sequence[str] = (),
    strict: bool = False,
    time_limit: float = 30.0,
) -> Diagnosis:
    """Name the faults of a loss function by calling it some two hundred times.

    It finds out how to call the function: in which layout, order, framework and class;
    with ids or one-hot targets, logits, probabilities or ln p; with a mask, lengths,
    documents or a count; and where the loss is in a tuple, a dict or `.loss`. Its
    answers are compared, to within 10⁻⁴ or closer, with the right loss, each known
    fault, and each pair of them; and so is its gradient, if there is one.

    What is written after pretraining has other references. ``kind="log_prob"`` is for
    a function of logits and targets that gives ln p, of each token or, as a sum, of
    each sequence. A distillation loss of the logits of student and teacher is compared
    with KL(teacher ‖ student) · T², and a DPO loss of four ln p with
    −ln σ(β · ((π_w − r_w) − (π_l − r_l))); both are known by the names of their
    parameters, such as ``teacher_logits`` or ``ref_rejected_logps``.

    A parameter that is named or declared as padding, a mask, lengths or weights is a
    promise, and a broken promise is a fault. Faults (✗) make the function unhealthy,
    and so does one that could not be examined (?). A – marks what somebody may mean,
    such as bits, and digits lost only where nobody trains.

    Parameters
    ----------
    loss : callable
        A function of logits and targets, or of what its `kind` takes.
    kind : {"loss", "log_prob", "distillation", "dpo"}, optional
        What it is, if the names don't say so. The arguments of a distillation loss are
        then, in their order, the logits of student and teacher and the targets; those
        of a DPO loss ln p of chosen and rejected by the policy, of chosen and rejected
        by the reference, and β.
    gradient : callable, optional
        A function of the same arguments that returns the gradient with respect to the
        logits, of two models the student’s, by itself or in a tuple. PyTorch and
        JAX compute it themselves.
    ignore_index : int or None, optional
        The target that marks padding, or None; it is handed to a parameter such as
        ``pad_id``, if there is one. By default it is taken from a parameter or
        attribute such as ``pad_id=0``. Otherwise −100, −1, 255 and the integers that
        the function keeps are tried; one that knows none of them is not faulted.
    shifts : bool, optional
        True: the targets are the inputs, and the function shifts them; False: it must
        not shift them.
    mask : bool or str, optional
        The name of its mask, or True for the parameter whose name says that it is one.
        The mask is 1 where a token is scored and 0 elsewhere, or booleans. A function
        that wants them the other way round has a fault, unless the name says padding.
    lengths, logits, targets : str, optional
        The names of these parameters, if the names don't say what they are. Lengths
        are the numbers of tokens of the sequences.
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
        If another argument is not what it should be.

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
    if kind not in (None, *KINDS):
        known = ", ".join(f'"{one}"' for one in KINDS)
        raise ValueError(f"kind must be one of {known}, or None, got {kind!r}")
    roles = {"mask": mask or None, "lengths": lengths}
    roles |= {"logits": logits, "targets": targets}
    auto = ignore_index == "auto"
    check(ignore_index=None if auto else ignore_index, time_limit=time_limit)
    check(gradient=gradient, to=to, shifts=shifts, strict=strict, **roles)
    own, said = own_padding(called) if ignore_index == "auto" else ("", ignore_index)
    unsaid = auto and not own
    of_caller = not auto and ignore_index is not None
    shifted = (SHIFTED,) if shifts else ()
    of_names = kind or two_models.kind_of(called)
    of = KINDS[of_names or "loss"]
    by_names = of in two_models.KINDS_OF_TWO.values()
    check_roles(called, roles)
    if by_names:
        check_unsaid(of_names, roles | {"shifts": shifts or None})
    try:
        with watch.running(time_limit):
            meant = shifted + of.declared
            ignored = IGNORED if unsaid else said
            if by_names:
                subjects, refused = two_models.find(called, of, kind, to, ignored)
            elif kind or (refused := refused_at_once(loss)) is None:
                declared = roles | {"to": to, "kind": of, "number": of_caller}
                subjects, tried = find_ways(called, declared, ignored, meant)
                chance = not subjects or by_chance(subjects[0])
                refused = not_taken(loss, tried) if chance else None
            if refused is not None:
                return refused
            held = frozenset(numbers_of(called, int))
            for subject in subjects:
                subject.declared = of_caller
                subject.own, subject.held = own, held
            numbers = [*USUAL] if unsaid else [] if said is None else [said]
            found = examine(subjects, meant, numbers, gradient)
            if any(map(is_unknown, found.findings)):
                if of is LOG_PROB:
                    plain = [one.by(kind=LOSS) for one in subjects]
                    found = negated(examine(plain, shifted, numbers, gradient), found)
                elif not kind and of is LOSS:
                    found = two_models.kl_instead(called, to, ignored, found)
                elif not (kind or found.called):
                    found = two_models.another(loss, of, found)
    except TooLong as error:
        return still_running(mark(error.__context__ or error), time_limit)
    # The caller says that it must not shift, or what padding is: no token.
    not_meant = {"shifted"} if shifts is False else set()
    not_meant |= set() if own or auto else {"token-ignored"}
    findings = [judged(x, allow, strict or x.name in not_meant) for x in found.findings]
    faults = {x.name for x in findings if x.kind == "fault"}
    told = [x for x in findings if not faults & EXPLAINED_BY.get(x.name, set())]
    notes = [*found.notes]
    asked = own and subjects[0].way.has(["targets"])
    if asked and said is not None and said not in USUAL:
        notes.append(f"Its own {own}={number(said)} is taken for its padding")
    return replace(found, findings=tuple(told), notes=tuple(notes))


def diagnose_step(
    step: Callable[[list[Any]], Any],
    *,
    to: Callable[[Array], Any] | None = None,
    ignore_index: int = IGNORED,
    allow: Sequence[str] = (),
    time_limit: float = 30.0,
) -> Diagnosis:
    """Check whether a step's loss and gradient depend on how its sequences are split.

    A step that gets one part is a loss of sequences, and is examined like any other.
    Then it gets three sequences of different lengths as two parts with different
    numbers of tokens, and as three, each part padded to its longest. The loss
    Σ −ln p / Σ tokens and its gradient (p − y) / Σ tokens are the same in all of them.

    Parameters
    ----------
    step : callable
        A function of a list of parts, each logits (B, T, V) and targets (B, T). It
        returns the loss, by itself or as "loss" in a dict, or the loss and a list of
        the parts' gradients. With PyTorch's tensors it may or may not call `backward`.
    to : callable, optional
        Converts to the step's own arrays, such as `torch.tensor`. By default they are
        those that its code refers to, or the first that it takes.
    ignore_index : int, optional
        The target that marks padding.
    allow, time_limit
        As in `diagnose`, whose `Diagnosis` it returns.

    Examples
    --------
    >>> from xent_lib import cross_entropy
    >>> def step(parts):
    ...     means = [cross_entropy(o, t, reduction="mean", ignore_index=-100)
    ...              for o, t in parts]
    ...     return sum(means) / len(means)
    >>> diagnose_step(step).names
    ('mean-of-parts',)
    """
    if not callable(step):
        raise TypeError(f"step must be a function of a list of parts, got {step!r}")
    return diagnose(
        Parts(step, ignore_index),
        to=to,
        ignore_index=ignore_index,
        allow=allow,
        time_limit=time_limit,
    )


def check(**given: Any) -> None:
    """Raise ValueError if an argument is of another kind than it must be."""
    for name, value in given.items():
        words, kinds = ARGUMENTS[name]
        fits = isinstance(value, kinds) and (type(value) is not bool or bool in kinds)
        if not fits or (name == "time_limit" and not value > 0):
            raise ValueError(f"{name} must be {words}, got {value!r}")


def check_roles(called: Any, roles: dict[str, Any]) -> None:
    """Raise ValueError if a role is given to what is no parameter."""
    names = [one.name for one in parameters_of(called)]
    for role, name in roles.items() if names else ():
        if isinstance(name, str) and name not in names:
            known = ", ".join(names)
            raise ValueError(f"{role} must be a parameter, of {known}, got {name!r}")


def check_unsaid(kind: str, declared: dict[str, Any]) -> None:
    """Raise ValueError if anything is declared of a loss of two models."""
    for name, value in declared.items():
        if value is not None:
            where = f"of a {kind} loss, whose parameters go by their names"
            called = f"; write lambda …, {name}: f(…, {value}={name})"
            called *= isinstance(value, str) and name in two_models.GIVEN
            raise ValueError(f"{name} must be None {where}, got {value!r}{called}")


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
    if isinstance(subjects[0].kind, OfTwo):
        return of_two_models(subjects, gradient)
    if (chunks := scores_few_as_0(subjects[0])) is not None:
        return chunks
    subjects, meant = with_known_padding(subjects, meant)
    case, left, weights = understand(subjects, meant)
    if not weights and (fixed := of_one_size(subjects[0])) is not None:
        return fixed
    if left is None and not weights:
        form = max(case.subject.way.forms, key=case.subject.numbers)
        case = replace(case, form=form)
    rows = [finding(case, fault) for fault in case.faults]
    if left != []:  # what more it would show is of the same
        other = weights or difference(case, left)
        seen = Seen([other], [BESIDE_WEIGHTS] if weights else [])
        line = first_line(case, None, known=left is not None or weights is not None)
        return together(case, line, rows, [seen])
    many = in_time(many_rows, case)
    case, axis, more = sequences_and_padding(case, numbers, many)
    more += [many, in_time(documents, case, axis)]
    more += [in_time(one, case) for one in CHECKS]
    right = not any(x.kind == "fault" for seen in more for x in seen.findings)
    of_parts, asked = splits(case, right)
    as_well = right and not (case.subject.way.shape.sequences or more[0].withdrawn)
    if axis is not None and as_well:  # it takes rows, and sequences
        two = replace(case, subject=case.subject.by(shape=OF_AXIS[axis]))
        asked.append(Probe(with_sequences(two, more[0]), TWO, OF_TWO))
    more += [of_parts, in_time(gradient_of, case, gradient, asked)]
    found = together(case, first_line(case, axis), rows, more)
    again = lambda one: examine([one], meant, numbers, None)  # noqa: E731
    return with_smoothing(case, found, again)


def of_two_models(
    subjects: Sequence[Subject], gradient: Callable[..., Any] | None
) -> Diagnosis:
    """What is found of a loss of two models."""
    case, left = explain(subjects, ())
    if left is None:
        return Diagnosis("", (difference(case, None),))
    rows = [finding(case, fault) for fault in case.faults]
    more = two_models.further(case, rows, gradient)
    return together(case, two_models.first_line(case), rows, more)


def same_again(subject: Subject, likeliest: Subject) -> Finding | None:
    """What it does when it is asked the same again, with others between; and with many
    rows, unless it takes them so by accident."""
    kind, shape = subject.kind, subject.way.shape
    alike = shape.axis == -1 and subject.way.roles == likeliest.way.roles
    long = not shape.by_rows and (subject is likeliest or alike)
    for name, times in kind.again if long else kind.again[:1]:
        first, *others = [subject.ask(*subject.laid(name)) for _ in range(times)]
        subject.ask(*subject.laid(kind.between))
        others.append(subject.ask(*subject.laid(name)))
        changed = [one for one in others if not is_same(one, first)]
        if changed:
            both = f"{show(first)}, then {show(changed[0])}"
            return Finding.of("random", Shown(name, both, "the same"))
    return None


def changes(case: Explanation) -> list[Finding]:
    """Whether it wrote into its arguments."""
    roles = {role for _, role in case.subject.way.named}
    changed = sorted(roles & case.subject.changed)
    probe, _ = case.subject.kind.again[0]
    shown = (Shown(probe, f"the {x} changed", "as they were") for x in changed)
    return [Finding.of("in-place", *shown)] if changed else []


def rows_alone(case: Explanation) -> list[Finding]:
    """It was asked row by row: a batch that it takes all the same is wrong."""
    way = case.subject.way
    batch = Subject(case.subject.loss, replace(way, shape=SHAPES[0]))
    o, targets = PROBES["square"]
    seen = batch.ask(o, targets, form=case.form)
    if isinstance(seen, Exception) or seen.size != 1:
        return []
    shown = Shown.of("square", seen, np.asarray(evaluate(o, targets)))
    if fits(seen, np.asarray(evaluate(o, targets, (ROW_INDEX,)))):
        return [Finding.of(ROW_INDEX, shown)]
    return [Finding("something other than cross-entropy, of a batch", (shown,))]


def in_time(group: Callable[..., Seen], *given: Any) -> Seen:
    """What a group of probes shows, unless one call takes too long."""
    try:
        return group(*given)
    except TooLong:
        what = group.__name__.replace("_", " ")
        return Seen(not_tried=[f"{what}, which takes more than {watch.seconds:g} s"])


def sequences_and_padding(
    case: Explanation, numbers: Sequence[int], many: Seen
) -> tuple[Explanation, int | None, list[Seen]]:
    """How it takes sequences; padding, unless these have a fault already; and what it
    is then seen to be."""
    way = case.subject.way
    if way.shape.by_rows:
        return case, None, [Seen(rows_alone(case))]
    # Rows of three sequences may show chunks, too.
    rows = SEQUENCES.reshape(-1, SEQUENCES.shape[-1]), TOKENS.ravel()
    odd = many.findings and not case.fits(*case.subject.rows(*rows))
    if odd or any(x.among and x.step == "reduce" for x in case.faults):
        return case, None, [Seen(not_tried=[BEFORE_FIXED])]
    axis, seen = sequences(case, more=not many.findings)
    more, promises = [seen], bool(numbers) or way.promises_padding
    faulty = any(one.kind == "fault" for one in seen.findings)
    if not faulty and (promises or not way.left_out_by_argument):
        numbers = [IGNORED] if way.left_out_by_argument else numbers
        more.append(padding(with_sequences(case, seen), axis, numbers))
    return [case, *(x.explanation for x in more if x.explanation)][-1], axis, more


def together(
    case: Explanation, line: str, rows: Sequence[Finding], more: Sequence[Seen]
) -> Diagnosis:
    """What rows have shown, unless it was withdrawn, and all that the others have."""
    withdrawn = {name for seen in more for name in seen.withdrawn}
    findings = [one for one in rows if one.name not in withdrawn]
    findings += [one for seen in more for one in seen.findings]
    if any(map(is_unknown, findings)):  # so is its gradient
        findings = [one for one in findings if one.subject != OF_GRADIENT or one.name]
    once: dict[str, Finding] = {}
    for one in (*changes(case), *findings):
        once.setdefault(one.name or repr(one), one)
    not_tried = {x.partition(";")[0]: x for seen in more for x in seen.not_tried}
    found = Diagnosis(
        line,
        tuple(once.values()),
        tuple(not_tried.values()),
        tuple(one for seen in more for one in seen.notes),
        any(seen.gradient for seen in more),
    )
    return case.subject.kind.worded(case, found)


def is_unknown(found: Finding) -> bool:
    return UNEXPLAINED in found.what and found.subject != OF_GRADIENT


def first_line(case: Explanation, axis: int | None, known: bool = True) -> str:
    """How it was called, and what it gives, in one line."""
    way, subject = case.subject.way, case.subject
    how = f" ({way})" if str(way) else ""
    gives = subject.kind.gives[case.reduction] if known else "a number"
    gives += f", {subject.picked}" if subject.picked else ""
    gives += f" in {subject.precision}" if "float16" in subject.precision else ""
    gives += "" if axis is None or way.shape.sequences else LAYOUTS[axis]
    missing = case.form.replace("probabilities", "softmax").replace("-", "_")
    faulty = any(x.kind == "fault" and not is_tiny(case, x) for x in case.faults)
    if known and not faulty and case.form != "logits":
        gives += f". Right if it is given {case.form}; with logits a {missing} is"
        gives += " missing"
    parts = "a list of parts, each " * isinstance(subject.loss, Parts)
    return f"Takes {parts}{case.form} {way.shape.name} and ids{how}, and gives {gives}"
