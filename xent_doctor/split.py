"""Does a training step depend on how its sequences are split?

Micro-batches and ranks are the same: parts, whose losses somebody puts together. The
right loss is a sum over all tokens divided by their number; each known fault weights
the tokens of a part differently.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from xent_lib import cross_entropy_grad

from .calls import quiet, watch
from .diagnose import check
from .faults import by_name, check_names
from .faults.split import MEANT, SPLITS
from .gradient import SUBJECT, close
from .outputs import TooLong, as_numbers, loss_of, mark
from .probes import waves
from .recipes import still_running
from .reference import IGNORED, Array, evaluate
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
Run = Callable[..., Any]  # what it multiplies the losses of each part by
BOTH = "The loss, like its gradient, is"
OTHER_SPLIT = f"something other than that of one batch, {UNEXPLAINED}"
GIVEN = "it was given {}: if it takes others, say to=…, such as to=torch.tensor"
# What the number may be is seen from these.
TIMES = (
    f"{{:.4g}} times what it should be, however it is split: by "
    f"{sum(LENGTHS)} tokens in {len(LENGTHS)} sequences, and V = {V}"
)


class Split:
    """Sequences in parts, each filled up to its own longest."""

    def __init__(self, rows: Sequence[Sequence[int]], ignored: int):
        self.ignored, self.parts = ignored, []
        for some in map(list, rows):
            longest = max(LENGTHS[row] for row in some)
            targets = np.full((len(some), longest), ignored)
            for place, row in enumerate(some):
                length = LENGTHS[row]
                targets[place, :length] = (3 * row + np.arange(length) ** 2) % V
            o = waves(len(LENGTHS), max(LENGTHS), V)[some, :longest]
            self.parts.append((o, targets))

    def one_each(self) -> "Split":
        """The same sequences, each a part of its own."""
        other = Split((), self.ignored)
        pairs = (pair for part in self.parts for pair in zip(*part, strict=True))
        other.parts = [(o[np.newaxis], t[np.newaxis]) for o, t in pairs]
        return other

    def factors(self, run: Run) -> Array:
        scored = [t != self.ignored for _, t in self.parts]
        three = ([x.sum() for x in scored], map(len, scored), [x.size for x in scored])
        return np.broadcast_to(run(*(np.array([*x]) for x in three)), len(scored))

    def loss(self, run: Run) -> Array:
        sums = [evaluate(o, t, (), "sum", self.ignored) for o, t in self.parts]
        return np.array([self.factors(run) @ np.array(sums)])

    def gradient(self, run: Run) -> Array:
        """Of all parts, in a row."""
        slopes = [
            times * cross_entropy_grad(o, t, ignore_index=self.ignored).ravel()
            for times, (o, t) in zip(self.factors(run), self.parts, strict=True)
        ]
        return np.concatenate(slopes)


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
        the parts' gradients. With PyTorch's tensors it may or may not call `backward`.
    to : callable, optional
        Converts to the step's own arrays, such as `torch.tensor`. By default they are
        NumPy's or, if it takes none of those, PyTorch's or JAX's.
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
    check_names(allow)
    check(to=to, ignore_index=ignore_index, time_limit=time_limit)
    asked = {name: Split(rows, ignore_index) for name, rows in SPLIT.items()}
    try:
        with watch.running(time_limit):
            framework, came = answers(step, asked, to)
    except TooLong as error:
        mark(error)
        return still_running(error, time_limit)
    if isinstance(came, Finding):
        return Diagnosis("", (came,))
    losses = {name: loss for name, (loss, _) in came.items()}
    slopes = {name: slope for name, (_, slope) in came.items() if slope is not None}
    [whole, *_] = SPLIT
    meant = next(
        (x for x in MEANT if is_same(losses[whole], asked[whole].loss(MEANT[x]))),
        "mean",
    )
    found = explained(losses, asked, Split.loss, MEANT[meant])
    found += explained(slopes, asked, Split.gradient, MEANT[meant])
    if len(found) > 1 and found[0].what == found[1].what:
        found = [replace(found[0], subject=BOTH)]
    own = "" if to or framework is NUMPY else f" ({framework} in float32)"
    return Diagnosis(
        f"Takes a list of parts{own}, and gives the {meant}",
        tuple(judged(one, allow, False) for one in found),
        () if slopes else ("the gradient, since it gives none",),
        gradient=bool(slopes),
    )


def is_same(seen: Array, right: Array) -> bool:
    return seen.shape == right.shape and close(seen, right)


def explained(
    answers: dict[str, Array],
    asked: dict[str, Split],
    right: Callable[[Split, Run], Array],
    meant: Run,
) -> list[Finding]:
    """The known fault that gives these losses, or gradients; or that none does."""
    expected = {name: right(asked[name], meant) for name in answers}
    wrong = [x for x in answers if not is_same(answers[x], expected[x])]
    if not wrong:
        return []
    shown = [Shown.of(name, answers[name], expected[name]) for name in wrong]
    subject = SUBJECT if right is Split.gradient else "The loss is"
    for fault in SPLITS:
        each = fault.shows_in == "sequences"
        given = {x: one.one_each() if each else one for x, one in asked.items()}
        if all(is_same(answers[x], right(given[x], fault.run)) for x in answers):
            return [Finding.of(replace(fault, subject=subject), *shown)]
    seen, wanted = (np.concatenate([*some.values()]) for some in (answers, expected))
    if seen.shape == wanted.shape and np.isfinite(seen).all():
        times = float(seen @ wanted / (wanted @ wanted))
        if times > 0 and close(seen, times * wanted):
            [fault, *_] = by_name("gradient-scaled" if subject == SUBJECT else "scaled")
            fault = replace(fault, what=TIMES, subject=subject).of(times)
            return [Finding.of(fault, *shown[:1])]
    return [Finding(OTHER_SPLIT, tuple(shown), subject=subject)]


Came = tuple[Array, Array | None]  # the loss, and the gradient if it gives one


def answers(
    step: Callable[[list[Any]], Any], asked: dict[str, Split], to: Any
) -> tuple[Framework, dict[str, Came] | Finding]:
    """What it gives of NumPy's arrays, else of the first others that it takes; or that
    it gives no loss."""
    likely = [Framework(YOURS, to)] if to else frameworks_of(step)
    failed = {}
    for framework in sorted(likely, key=lambda one: one is not NUMPY):
        came: dict[str, Came] = {}
        for name, split in asked.items():
            try:
                came[name] = answer(step, split.parts, framework)
            except (Exception, SystemExit) as error:
                failed[framework] = Shown(name, show(mark(error)), "a loss")
                break
        else:
            return framework, came
    fix = "" if to else GIVEN.format(likely[0])
    shown = (failed[likely[0]],)
    return likely[0], Finding(NO_LOSS, shown, fix=fix, subject=GIVES)


def answer(
    step: Callable[[list[Any]], Any], given: list[Part], framework: Framework
) -> Came:
    make, dtype = framework.make, framework.dtype
    made = [(make(o.astype(dtype)), make(t.copy())) for o, t in given]
    leaves = [o for o, _ in made] if root(type(made[0][0])) == "torch" else []
    for leaf in leaves:
        leaf.requires_grad_()
    with quiet(), watch.call():
        result = step(made)
        both = isinstance(result, tuple)
        loss, slopes = result if both else (loss_of(result, ())[1], None)
        if leaves and slopes is None:
            if all(leaf.grad is None for leaf in leaves):
                loss.backward()
            slopes = [x.detach() * 0 if x.grad is None else x.grad for x in leaves]
    if slopes is None:
        return as_numbers(loss).ravel(), None
    flat = [as_numbers(one).ravel() for one in slopes]
    return as_numbers(loss).ravel(), np.concatenate(flat)
