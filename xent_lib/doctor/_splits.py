"""Does a training step depend on how its sequences are split?

Micro-batches and ranks are the same: parts, whose losses somebody puts together. The
right loss is a sum over all tokens by their number; each known fault weighs the tokens
of a part otherwise.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._softmax import softmax
from ._answers import as_numbers
from ._answers import loss_of as picked
from ._case import UNEXPLAINED, fits
from ._factor import factor, scaled
from ._faults_of_gradient import SUBJECT
from ._faults_of_splits import MEANT, OF_SPLITS
from ._function import quiet
from ._gradient import close
from ._known import check_names
from ._match import GIVES, NO_LOSS
from ._probes import waves
from ._report import Diagnosis, Finding, Shown, allowed, show
from ._steps import IGNORED, Array, evaluate
from ._ways import NUMPY, YOURS, Framework, frameworks_of
from ._words import root

V = 7
LENGTHS = (7, 2, 4, 1, 6, 3)  # tokens of the sequences
# Which sequences make a part: all; micro-batches of two; two ranks of unequal work.
SPLITS: dict[str, tuple[tuple[int, ...], ...]] = {
    "one batch": ((0, 1, 2, 3, 4, 5),),
    "micro-batches": ((0, 1), (2, 3), (4, 5)),
    "unequal ranks": ((0, 4, 5, 2), (1, 3)),
}
Part = tuple[Array, Array]
Asked = dict[str, list[Part]]
Answers = dict[str, Array]
Came = tuple[Array, Array | None]  # the loss and the gradient
Right = Callable[[Callable[..., Array], list[Part], int], Array]
BOTH = "The loss, like its gradient, is"
OTHER_SPLIT = f"something other than that of one batch, {UNEXPLAINED}"
GIVEN = "It was given {}: if it takes others, say to=…, such as to=torch.tensor"


def diagnose_step(
    step: Callable[[list[Any]], Any],
    *,
    to: Callable[[Array], Any] | None = None,
    ignore_index: int = IGNORED,
    allow: Sequence[str] = (),
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
    asked = {name: padded(rows, ignore_index) for name, rows in SPLITS.items()}
    framework, came = answers(step, asked, to)
    if isinstance(came, Finding):
        return Diagnosis("", (came,))
    losses = {name: loss for name, (loss, _) in came.items()}
    meant = how_meant(losses, asked, ignore_index)
    found = judged(losses, asked, meant, loss_of, ignore_index)
    tried = {name: one for name, (_, one) in came.items() if one is not None}
    slopes = judged(tried, asked, meant, gradient_of, ignore_index)
    more = () if tried else ("the gradient, since it gives none",)
    own = "" if to or framework is NUMPY else f" ({framework} in float32)"
    return Diagnosis(
        f"Takes a list of parts{own}, and gives the {meant}",
        tuple(allowed(one, allow, False) for one in together(found, slopes)),
        more,
        gradient=bool(tried),
    )


def together(losses: list[Finding], gradients: list[Finding]) -> Iterator[Finding]:
    """What both show is one finding."""
    both = {one.what for one in losses} & {one.what for one in gradients}
    for one in losses:
        yield replace(one, subject=BOTH) if one.what in both else one
    yield from (one for one in gradients if one.what not in both)


def how_meant(losses: Answers, asked: Asked, ignored: int) -> str:
    """What it gives of one batch, of which nothing is split."""
    name = next(iter(SPLITS))
    for how, run in MEANT.items():
        if fits(losses[name], loss_of(run, asked[name], ignored)):
            return how
    return next(iter(MEANT))


def judged(
    answers: Answers, asked: Asked, meant: str, right: Right, ignored: int
) -> list[Finding]:
    """The known fault that gives these losses, or gradients; or that none does."""

    def off(run: Callable[..., Array], asked: Asked) -> list[str]:
        return [
            name
            for name, seen in answers.items()
            if not same(seen, right(run, asked[name], ignored))
        ]

    wrong = off(MEANT[meant], asked)
    if not wrong:
        return []
    expected = {name: right(MEANT[meant], asked[name], ignored) for name in answers}
    shown = [Shown.of(name, answers[name], expected[name]) for name in wrong]
    subject = SUBJECT if right is gradient_of else "The loss is"
    each = {name: one_each(given) for name, given in asked.items()}
    for fault in OF_SPLITS:
        if not off(fault.run, each if fault.seen_in == "sequences" else asked):
            return [Finding.of(replace(fault, subject=subject), tuple(shown))]
    if times := factor([*answers.values()], [*expected.values()]):
        fault = scaled(times, subject, sum(LENGTHS), len(LENGTHS), V)
        return [Finding.of(fault, tuple(shown[:1]))]
    return [Finding(OTHER_SPLIT, tuple(shown), subject=subject)]


def same(seen: Array, right: Array) -> bool:
    if right.size == 1:
        return fits(seen, right)
    return close(seen, right)


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
    """What it gives of NumPy’s arrays, else of the first others that it takes; or that
    it gives no loss of those that it names."""
    likely = [Framework(YOURS, to)] if to else [*frameworks_of(step)]
    failed = {}
    for framework in sorted(likely, key=lambda one: one is not NUMPY):
        came: dict[str, Came] = {}
        try:
            for name, given in asked.items():
                came[name] = answer(step, given, framework)
        except Exception as error:
            failed[framework] = Shown(name, show(error), "a loss")
        else:
            return framework, came
    shown = (failed[likely[0]],)
    mend = "" if to else GIVEN.format(likely[0])
    return likely[0], Finding(NO_LOSS, shown, mend=mend, subject=GIVES)


def answer(
    step: Callable[[list[Any]], Any], given: list[Part], framework: Framework
) -> Came:
    """The loss, and the gradient of all parts in a row, if it gives one."""
    make, dtype = framework.make, framework.dtype
    made = [(make(o.astype(dtype)), make(t.copy())) for o, t in given]
    by_torch = root(type(made[0][0])) == "torch"
    for o, _ in made if by_torch else ():
        o.requires_grad_()
    with quiet():
        result = step(made)
        both = isinstance(result, tuple)
        loss, gradients = result if both else (picked(result, ())[1], None)
        if by_torch and gradients is None:
            gradients = of_leaves(loss, [o for o, _ in made])
    if gradients is None:
        return as_numbers(loss), None
    found = [as_numbers(one).ravel() for one in gradients]
    return as_numbers(loss), np.concatenate(found)


def of_leaves(loss: Any, leaves: list[Any]) -> list[Any]:
    """What PyTorch’s backward, called by the step or here, has left in the logits."""
    if all(o.grad is None for o in leaves):
        loss.backward()
    return [o.detach() * 0 if o.grad is None else o.grad for o in leaves]


def weights(run: Callable[..., Array], given: list[Part], ignored: int) -> Array:
    """What a token's loss of each part is multiplied by."""
    tokens = np.array([(t != ignored).sum() for _, t in given])
    sequences = np.array([len(t) for _, t in given])
    places = np.array([t.size for _, t in given])
    return run(tokens, sequences, places)


def loss_of(run: Callable[..., Array], given: list[Part], ignored: int) -> Array:
    sums = [evaluate(o, t, (), "sum", ignored) for o, t in given]
    return np.asarray(weights(run, given, ignored) @ np.array(sums))


def gradient_of(run: Callable[..., Array], given: list[Part], ignored: int) -> Array:
    """Of all parts, in a row."""
    found = []
    for (o, t), times in zip(given, weights(run, given, ignored), strict=True):
        y = np.arange(V) == t[..., np.newaxis]
        p_less_y = np.where((t != ignored)[..., np.newaxis], softmax(o) - y, 0)
        found.append(times * p_less_y.ravel())
    return np.concatenate(found)
