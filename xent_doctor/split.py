"""Does a training step depend on how its sequences are split?

Micro-batches and ranks are the same: parts, whose losses somebody puts together. The
right loss is a sum over all tokens divided by their number; each known fault weights
the tokens of a part differently.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from xent_lib import softmax

from .calls import quiet, watch
from .diagnose import check
from .explanation import fits
from .faults import Fault, by_name, check_names
from .faults.gradient import SCALED as GRADIENT_SCALED
from .faults.split import MEANT, SPLITS
from .gradient import SUBJECT, close
from .outputs import TooLong, as_numbers, loss_of, mark
from .probes import waves
from .recipes import still_running
from .reference import IGNORED, NEAR, Array, evaluate
from .report import GIVES, NO_LOSS, UNEXPLAINED, Diagnosis, Finding, Shown, judged, show
from .signature import root
from .subject import NUMPY, YOURS, Framework
from .ways_in import frameworks_of

V = 7
LENGTHS = (7, 2, 4, 1, 6, 3)  # tokens of the sequences
# Which sequences make a part: all; micro-batches of two; two ranks of unequal work.
SPLIT: dict[str, tuple[tuple[int, ...], ...]] = {
    "one batch": ((0, 1, 2, 3, 4, 5),),
    "micro-batches": ((0, 1), (2, 3), (4, 5)),
    "unequal ranks": ((0, 4, 5, 2), (1, 3)),
}
Part = tuple[Array, Array]
Asked = dict[str, list[Part]]
Came = tuple[Array, Array | None]  # the loss and the gradient
Right = Callable[[Callable[..., Array], list[Part], int], Array]
BOTH = "The loss, like its gradient, is"
OTHER_SPLIT = f"something other than that of one batch, {UNEXPLAINED}"
GIVEN = "it was given {}: if it takes others, say to=…, such as to=torch.tensor"
# What a factor may be, by the numbers of tokens and sequences, and the vocabulary.
FACTORS: tuple[tuple[str, Callable[..., float]], ...] = (
    ("the number of tokens: a sum in place of their mean", lambda n, b, V: n),
    (
        "1 by the number of tokens: their mean in place of a sum, or again",
        lambda n, b, V: 1 / n,
    ),
    ("the tokens of a sequence: a loss per sequence", lambda n, b, V: n / b),
    ("the number of sequences", lambda n, b, V: b),
    ("1 by the number of sequences: divided by it, too", lambda n, b, V: 1 / b),
    ("the size of the vocabulary", lambda n, b, V: V),
    ("1 by the size of the vocabulary: a mean over it", lambda n, b, V: 1 / V),
    ("1/ln 2: in bits", lambda n, b, V: 1 / math.log(2)),
)
OTHER_FACTOR = "a number of steps or machines, or AMP’s scale"


def diagnose_step(
    step: Callable[[list[Any]], Any],
    *,
    to: Callable[[Array], Any] | None = None,
    ignore_index: int = IGNORED,
    allow: Sequence[str] = (),
    time_limit: float = 30.0,
) -> Diagnosis:
    """Check whether a step's loss and gradient depend on how its sequences are split.

    It gets six sequences of different lengths as one batch, as three micro-batches, and
    as two ranks with different numbers of tokens, each part padded to its longest. The
    loss Σ −ln p / Σ tokens and its gradient (p − y) / Σ tokens are the same in all of
    them.

    Parameters
    ----------
    step : callable
        A function of a list of parts, each logits (B, T, V) and targets (B, T). It
        returns the loss, by itself or as "loss" in a dict, or the loss and a list of
        the parts' gradients. With PyTorch's tensors it may call `backward`, or not.
    to : callable, optional
        Converts to the step's own arrays, such as `torch.tensor`; logits then have a
        gradient. By default they are NumPy's; for a step that doesn't take those,
        PyTorch's or JAX's, if that is imported.
    ignore_index : int, optional
        The target that marks padding.
    allow : sequence of str, optional
        Names from `FAULTS` that are intended here.
    time_limit : float, optional
        How many seconds one call may take.

    Returns
    -------
    Diagnosis
        As in `diagnose`.

    Raises
    ------
    TypeError
        If the step cannot be called.
    ValueError
        If a name in `allow` is unknown.

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
    check_names(allow)
    check(to=to, ignore_index=ignore_index, time_limit=time_limit)
    asked = {name: padded(rows, ignore_index) for name, rows in SPLIT.items()}
    try:
        with watch.running(time_limit):
            framework, came = answers(step, asked, to)
    except TooLong as error:
        mark(error)
        return still_running(error, time_limit)
    if isinstance(came, Finding):
        return Diagnosis("", (came,))
    losses = {name: loss for name, (loss, _) in came.items()}
    meant = how_meant(losses, asked, ignore_index)
    found = explained(losses, asked, meant, loss_of_parts, ignore_index)
    tried = {name: one for name, (_, one) in came.items() if one is not None}
    slopes = explained(tried, asked, meant, gradient_of_parts, ignore_index)
    own = "" if to or framework is NUMPY else f" ({framework} in float32)"
    return Diagnosis(
        f"Takes a list of parts{own}, and gives the {meant}",
        tuple(judged(one, allow, False) for one in together(found, slopes)),
        () if tried else ("the gradient, since it gives none",),
        gradient=bool(tried),
    )


def together(losses: list[Finding], gradients: list[Finding]) -> Iterator[Finding]:
    """What both show is one finding."""
    both = {one.what for one in losses} & {one.what for one in gradients}
    for one in losses:
        yield replace(one, subject=BOTH) if one.what in both else one
    yield from (one for one in gradients if one.what not in both)


def how_meant(losses: dict[str, Array], asked: Asked, ignored: int) -> str:
    """What it gives of one batch, of which nothing is split."""
    name = next(iter(SPLIT))
    fit = (
        x
        for x, run in MEANT.items()
        if fits(losses[name], loss_of_parts(run, asked[name], ignored))
    )
    return next(fit, next(iter(MEANT)))


def explained(
    answers: dict[str, Array], asked: Asked, meant: str, right: Right, ignored: int
) -> list[Finding]:
    """The known fault that gives these losses, or gradients; or that none does."""

    def off(run: Callable[..., Array], asked: Asked) -> list[str]:
        return [
            name
            for name, seen in answers.items()
            if not is_same(seen, right(run, asked[name], ignored))
        ]

    wrong = off(MEANT[meant], asked)
    if not wrong:
        return []
    expected = {name: right(MEANT[meant], asked[name], ignored) for name in answers}
    shown = [Shown.of(name, answers[name], expected[name]) for name in wrong]
    subject = SUBJECT if right is gradient_of_parts else "The loss is"
    each = {name: one_each(given) for name, given in asked.items()}
    for fault in SPLITS:
        if not off(fault.run, each if fault.shows_in == "sequences" else asked):
            return [Finding.of(replace(fault, subject=subject), *shown)]
    if times := factor([*answers.values()], [*expected.values()]):
        return [Finding.of(scaled(times, subject), *shown[:1])]
    return [Finding(OTHER_SPLIT, tuple(shown), subject=subject)]


def is_same(seen: Array, right: Array) -> bool:
    return fits(seen, right) if right.size == 1 else close(seen, right)


def factor(seen: Sequence[Array], right: Sequence[Array]) -> float | None:
    """By which all answers are what is right, each entry; None if no one is."""
    answers, others = (np.concatenate([x.ravel() for x in xs]) for xs in (seen, right))
    if answers.shape != others.shape or not np.isfinite(answers).all():
        return None
    times = float(answers @ others / (others @ others))
    off = np.abs(answers - times * others)
    largest = abs(times) * np.abs(others).max()
    return times if times > 0 and (off <= NEAR * largest).all() else None


def scaled(times: float, subject: str) -> Fault:
    """What is said of such a factor."""
    numbers = (sum(LENGTHS), len(LENGTHS), V)
    known = (x for x, of in FACTORS if math.isclose(of(*numbers), times, rel_tol=NEAR))
    [of_loss] = by_name("scaled")
    fault = GRADIENT_SCALED if subject == SUBJECT else of_loss
    what = f"{times:.4g} times what it should be, however it is split"
    what = f"{what} ({next(known, OTHER_FACTOR)})"
    return replace(fault, what=what, subject=subject)


def padded(split: Sequence[Sequence[int]], ignored: int) -> list[Part]:
    """The parts of a split, each filled up to its own longest sequence."""
    o = waves(len(LENGTHS), max(LENGTHS), V)
    given = []
    for rows in split:
        longest = max(LENGTHS[row] for row in rows)
        targets = np.full((len(rows), longest), ignored)
        for i, row in enumerate(rows):
            targets[i, : LENGTHS[row]] = (3 * row + np.arange(LENGTHS[row]) ** 2) % V
        given.append((o[list(rows), :longest], targets))
    return given


def one_each(given: list[Part]) -> list[Part]:
    """The same sequences, each a part of its own."""
    return [(o[i : i + 1], t[i : i + 1]) for o, t in given for i in range(len(t))]


def answers(
    step: Callable[[list[Any]], Any], asked: Asked, to: Any
) -> tuple[Framework, dict[str, Came] | Finding]:
    """What it gives of NumPy's arrays, else of the first others that it takes; or that
    it gives no loss."""
    likely = [Framework(YOURS, to)] if to else frameworks_of(step)
    failed = {}
    for framework in sorted(likely, key=lambda one: one is not NUMPY):
        came: dict[str, Came] = {}
        try:
            for name, given in asked.items():
                came[name] = answer(step, given, framework)
        except (Exception, SystemExit) as error:
            mark(error)
            seen = error if isinstance(error, Exception) else RuntimeError(str(error))
            failed[framework] = Shown(name, show(seen), "a loss")
        else:
            return framework, came
    fix = "" if to else GIVEN.format(likely[0])
    shown = (failed[likely[0]],)
    return likely[0], Finding(NO_LOSS, shown, fix=fix, subject=GIVES)


def answer(
    step: Callable[[list[Any]], Any], given: list[Part], framework: Framework
) -> Came:
    """The loss, and the gradient of all parts in a row, if it gives one."""
    make, dtype = framework.make, framework.dtype
    made = [(make(o.astype(dtype)), make(t.copy())) for o, t in given]
    by_torch = root(type(made[0][0])) == "torch"
    for o, _ in made if by_torch else ():
        o.requires_grad_()
    with quiet(), watch.call():
        result = step(made)
        both = isinstance(result, tuple)
        loss, gradients = result if both else (loss_of(result, ())[1], None)
        if by_torch and gradients is None:
            gradients = of_leaves(loss, [o for o, _ in made])
    if gradients is None:
        return as_numbers(loss), None
    found = [as_numbers(one).ravel() for one in gradients]
    return as_numbers(loss), np.concatenate(found)


def of_leaves(loss: Any, leaves: list[Any]) -> list[Any]:
    """What PyTorch's backward, called by the step or here, has left in the logits."""
    if all(o.grad is None for o in leaves):
        loss.backward()
    return [o.detach() * 0 if o.grad is None else o.grad for o in leaves]


def factors(run: Callable[..., Array], given: list[Part], ignored: int) -> Array:
    """What a token's loss of each part is multiplied by."""
    tokens = np.array([(t != ignored).sum() for _, t in given])
    sequences = np.array([len(t) for _, t in given])
    places = np.array([t.size for _, t in given])
    return run(tokens, sequences, places)


def loss_of_parts(run: Callable[..., Array], given: list[Part], ignored: int) -> Array:
    sums = [evaluate(o, t, (), "sum", ignored) for o, t in given]
    return np.asarray(factors(run, given, ignored) @ np.array(sums))


def gradient_of_parts(
    run: Callable[..., Array], given: list[Part], ignored: int
) -> Array:
    """Of all parts, in a row."""
    found = []
    for (o, t), times in zip(given, factors(run, given, ignored), strict=True):
        y = np.arange(V) == t[..., np.newaxis]
        p_minus_y = np.where((t != ignored)[..., np.newaxis], softmax(o) - y, 0)
        found.append(times * p_minus_y.ravel())
    return np.concatenate(found)
