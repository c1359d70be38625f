"""What calls do beside a loss: chance, memory, and arguments that change."""

import itertools

import numpy as np

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy


@case("✗ random")
class Smooth:
    """The loss as a progress bar shows it."""

    def __init__(self):
        self.value = None

    def __call__(self, o, t):
        loss = rows(o, t).mean()
        before = loss if self.value is None else self.value
        self.value = 0.9 * before + 0.1 * loss
        return self.value


@case("✗ random")
class Meter:
    """Never reset."""

    def __init__(self):
        self.total = 0.0

    def __call__(self, o, t):
        self.total += rows(o, t).mean()
        return self.total


@case("✗ random")
def dropout(o, t):
    keep = np.random.default_rng().random(o.shape) > 0.1
    return rows(o * keep, t).mean()


@case("✗ random")
def label_noise(o, t):
    noisy = np.random.default_rng().random(t.shape) < 0.01
    return rows(o, np.where(noisy, (t + 1) % o.shape[-1], t)).mean()


@case("✗ in-place")
def in_place(o, t):
    o -= o.max(-1, keepdims=True)
    return (np.log(np.exp(o).sum(-1)) - pick(o, t)).mean()


@case("?")
def no_return(o, t):
    rows(o, t).mean()


RNG = np.random.default_rng(0)


@case("✗ random")
def dropout_of_one_generator(o, t):
    return cross_entropy(o * (RNG.random(o.shape) > 0.1), t).mean()


@case("✗ random")
def noise_of_few_labels(o, t):
    noise = RNG.random(t.shape) < 0.01
    return cross_entropy(o, np.where(noise, 0, t)).mean()


TURNS = itertools.count()


@case("✗ random")
def two_by_turns(o, t):
    return (1 + next(TURNS) % 2) * cross_entropy(o, t).mean()


CALLS = itertools.count(1)


@case("✗ random")
def an_error_now_and_then(o, t):
    n = next(CALLS)
    if n % 7 == 0:
        raise RuntimeError("now and then")
    return cross_entropy(o, t).mean() + 1e-3 * (n % 2)


def running_average(momentum):
    kept = []

    def loss(o, t):
        now = cross_entropy(o, t).mean()
        kept.append(momentum * kept[-1] + (1 - momentum) * now if kept else now)
        return kept[-1]

    return loss


for momentum in (0.5, 0.9, 0.99):
    case.of(
        running_average(momentum),
        "✗ random",
        name=f"running_average_{momentum}",
    )


TOTAL = [0.0]


@case("✗ random")
def never_reset(o, t):
    TOTAL[0] += cross_entropy(o, t).mean()
    return TOTAL[0]


@case("✗ in-place", "✗ padding-as-token-0")
def writes_into_both(o, t):
    o -= o.max(-1, keepdims=True)
    t[t == -100] = 0
    return cross_entropy(o, t).mean()


@case("✗ in-place")
def writes_into_its_targets(logits, labels, pad_id=0):
    labels[labels == pad_id] = -100
    keep = labels != -100
    return cross_entropy(logits[keep], labels[keep]).mean()


@case("✗ in-place")
def writes_into_scores_and_gold(scores, gold):
    scores -= scores.max(-1, keepdims=True)
    gold += 1
    return cross_entropy(scores, gold - 1).mean()


case.of(writes_into_scores_and_gold, "– in-place", allow=["in-place"])


@case("✗ in-place", "✗")
def writes_and_is_another(o, t):
    o -= 1
    return cross_entropy(o, t).mean() + 0.1


@case("✗")
def seven_of_any_batch(o, t):
    if o.shape == (3, 4):
        raise IndexError
    return cross_entropy(o, t) if o.ndim == 1 else np.float64(7)


@case("?")
def divides_by_0_of_any_batch(o, t):
    if len(o) > 1:
        return 1 / 0
    return cross_entropy(o, t).mean()


@case("?")
def broadcast_that_fails_of_a_batch(o, t):
    o = o - o.max(-1)
    return (np.log(np.exp(o).sum(-1)) - o[range(len(t)), t]).mean() + 1


@case("?")
def error_of_more_lines(o, t):
    return cross_entropy(
        o,
        t[:1],
    )


# Flags that are not given.


@case("– per-sequence", "– sign", "– shifted")
def log_p_of_labels(logits, labels, average=False, is_encoder_decoder=False):
    """As in TRL: its labels may be the inputs, and it writes into them."""
    if not is_encoder_decoder:
        logits, labels = logits[:, :-1], labels[:, 1:].copy()
    mask = labels != -100
    labels[~mask] = 0
    found = -rows(logits, labels) * mask
    return found.sum(-1) / mask.sum(-1) if average else found.sum(-1)


@case()
def right_until_not_normalised(logits, targets, normalised=True):
    each = rows(logits, targets)
    return each.mean() if normalised else each.sum() * 3


@case()
def right_until_in_place(logits, targets, in_place=False):
    each = rows(logits, targets)
    if in_place:
        logits[:] = 0
    return each.mean()


@case()
def right_until_weighted(logits, targets, weighted=False, importance=None):
    each = rows(logits, targets)
    return (each * importance).mean() if weighted else each.mean()


@case()
def right_until_padding_is_kept(logits, targets, keep=False):
    scored = targets >= 0
    each = rows(logits, targets * scored) * (scored | keep)
    return each.sum() / scored.sum()


@case()
def flags_of_the_same_loss(
    logits, targets, reduce=True, return_outputs=False, verbose=True
):
    each = rows(logits, targets)
    each = each.mean() if reduce else each
    return (each, {"logits": logits}) if return_outputs else each


# Averages and errors between two calls.


def running_in(dtype, momentum):
    kept = []

    def loss(o, t):
        now = dtype(cross_entropy(o, t).mean())
        if kept:
            now = dtype(dtype(momentum) * kept[-1] + dtype(1 - momentum) * now)
        kept.append(now)
        return now

    return loss


for momentum in (0.01, 0.9):
    case.of(
        running_in(np.float32, momentum),
        "✗ random",
        name=f"running_average_{momentum}_in_float32",
    )


@case("✗ random")
class MeanOfAllCalls:
    """An AverageMeter whose average is returned."""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def __call__(self, o, t):
        self.total += cross_entropy(o, t).mean()
        self.count += 1
        return self.total / self.count


@case("✗ random")
class RaisesNowAndThen:
    def __init__(self):
        self.calls = itertools.count(1)

    def __call__(self, o, t):
        if next(self.calls) % 4 == 0:
            raise RuntimeError("CUDA error: device-side assert triggered")
        return cross_entropy(o, t).mean()
