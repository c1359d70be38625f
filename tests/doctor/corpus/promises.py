"""Promises that are kept or broken: by a padding parameter, weights, a mask; sizes that
few rows don't show; and functions that could hurt."""

import signal
import sys
import threading

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from corpus.cases import case


def pick(x, t):
    return np.take_along_axis(x, t[..., None], -1)[..., 0]


def nll(o, t):
    return -pick(log_softmax(o, -1), t)


def kept(o, t, scored):
    """The losses, 0 where a target is not scored."""
    return np.where(scored, nll(o, np.where(scored, t, 0)), 0)


# A padding parameter: its own number, and another.


@case("✗ padding-raises")
@case("✗ padding-raises", ignore_index=-100)
def own_number_counts_from_the_end(x, y, ignore_index=-100):
    return nll(x, y).sum() / (y != ignore_index).sum()


@case("✗ padding-parameter-unused")
def own_number_is_a_literal(o, t, ignore_index=-100):
    scored = t != -100
    return kept(o, t, scored).sum() / scored.sum()


@case()
def own_number_is_used(o, t, ignore_index=-100):
    scored = t != ignore_index
    return kept(o, t, scored).sum() / scored.sum()


@case()
def required_pad_that_counts_from_the_end(o, t, pad_token_id):
    """NumPy takes −1, which is then left out."""
    return nll(o, t)[t != pad_token_id].mean()


@case()
def required_pad_that_is_left_out(o, t, pad_token_id):
    scored = t != pad_token_id
    return kept(o, t, scored)[scored].mean()


@case("✗ padding-not-a-number")
def nan_at_its_pad(o, t, pad=-100):
    scored = t != pad
    losses = np.where(scored, kept(o, t, scored), np.nan) * scored
    return losses.sum() / scored.sum()


# Weights that are not all alike.


@case()
def weighted(o, t, loss_weights=None):
    w = np.ones(t.shape) if loss_weights is None else loss_weights
    return (nll(o, t) * w).sum() / w.sum()


@case("✗ weights-squared")
def weights_squared(o, t, loss_weights=None):
    w = np.ones(t.shape) if loss_weights is None else loss_weights
    return (nll(o, t) * w**2).sum() / w.sum()


@case("– weights-by-count")
@case("✗ weights-by-count", strict=True)
def weights_divided_by_the_count(o, t, loss_weights=None):
    w = np.ones(t.shape) if loss_weights is None else loss_weights
    return (nll(o, t) * w).mean()


@case("✗ weights-unused")
def weights_as_a_mask(o, t, loss_weights=None):
    w = np.ones(t.shape) if loss_weights is None else loss_weights
    return nll(o, t)[w > 0].mean()


# A sequence without a token to score.


@case("✗ mean-of-means")
@case("– mean-of-means", "✗ empty-sequence", allow=["mean-of-means"])
def mean_of_means(o, t, mask):
    return ((nll(o, t) * mask).sum(-1) / mask.sum(-1)).mean()


@case("– mean-of-means", allow=["mean-of-means"])
def mean_of_means_of_those_that_have_some(o, t, mask):
    if t.ndim < 2:
        return (nll(o, t) * mask).sum() / mask.sum()
    some = mask.any(-1)
    return ((nll(o, t) * mask).sum(-1)[some] / mask.sum(-1)[some]).mean()


@case("✗ empty-sequence")
def all_places_if_one_is_empty(o, t, mask):
    losses = nll(o, t)
    if t.ndim > 1 and not mask.any(1).all():
        return losses.mean()
    return (losses * mask).sum() / mask.sum()


# Sizes that few rows don't show.


@case("✗")
def first_four_sequences(o, t):
    return nll(o[:4], t[:4]).mean() if o.ndim > 2 else nll(o, t).mean()


@case("✗")
def first_eight_sequences(o, t):
    return nll(o[:8], t[:8]).mean() if o.ndim > 2 else nll(o, t).mean()


@case("✗")
def vocabulary_cut_at_100_000(o, t):
    return -pick(log_softmax(o[..., :100_000], -1), np.minimum(t, 99_999)).mean()


@case("✗")
def small_losses_are_dropped(o, t):
    losses = nll(o, t)
    return np.where(losses < 0.02, 0, losses).mean()


@case("– token-ignored")
def without_the_last_id(o, t):
    scored = t != o.shape[-1] - 1
    return kept(o, t, scored).sum() / scored.sum()


@case("✗")
def always_infinite(o, t):
    return -np.log(softmax(o, -1).astype(int)[np.arange(len(t)), t]).mean()


# What is given in another form than it has.


@case()
def additive_mask(o, t, mask=None):
    m = np.zeros(t.shape) if mask is None else np.where(mask == 1, 0, mask)
    w = np.exp(m)
    return (nll(o, t) * w).sum() / w.sum()


@case("?")
def unpacks_two_targets(o, t):
    first, second = t
    return nll(o[0], first).mean() + 0 * second.sum()


@case("?")
def one_size_of_vocabulary(o, t):
    assert o.shape[-1] % 8 == 0
    return nll(o, t).mean()


# What could hurt: it ends the program, never ends, or fills the memory.


@case("?")
def ends_the_program(o, t):
    sys.exit("Loss is not finite, stopping")


@case()
def ends_the_program_if_infinite(o, t):
    loss = nll(o, t).mean()
    if not np.isfinite(loss):
        sys.exit(0)
    return loss


@case("?", time_limit=0.5)
def never_ends(o, t):
    i, n = 0, len(o)
    while i < n:
        i += n // 8
    return nll(o, t).mean()


@case("– masked-token")
def outer_product_of_the_vocabulary(o, t):
    same = np.arange(o.shape[-1])[:, None] == np.arange(o.shape[-1])
    return -(log_softmax(o, -1) * same[t]).sum(-1).mean()


# A wait ends by an interrupt, which a tracer, as that of coverage, does not pass on.
if not sys.gettrace() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:

    @case("?", time_limit=0.5)
    def waits_for_ever(o, t):
        threading.Event().wait()
        return nll(o, t).mean()


@case("?", time_limit=0.5)
def never_ends_and_catches_all(o, t):
    while True:
        try:
            nll(o, t)
        except BaseException:
            if len(CAUGHT) > 1:
                raise
            CAUGHT.append(1)


CAUGHT = []


# Parameters that are taken, and change nothing.


def smoothed(o, t, share):
    each = log_softmax(o, -1)
    return -((1 - share) * pick(each, t) + share * each.mean(-1))


@case("✗ parameter-unused")
def reduction_that_is_not_passed_on(o, t, reduction="mean"):
    return nll(o, t).mean()


@case("✗ parameter-unused")
def none_that_is_not_passed_on(o, t, reduction="none"):
    return nll(o, t)


@case()
def reduction_that_is_passed_on(o, t, reduction="mean"):
    return {"mean": np.mean, "sum": np.sum, "none": np.copy}[reduction](nll(o, t))


@case("✗ parameter-unused")
def required_reduction_that_is_not_passed_on(o, t, reduction):
    return nll(o, t).mean()


@case("✗ parameter-unused")
def smoothing_that_is_not_passed_on(o, t, label_smoothing=0.1):
    return nll(o, t).mean()


@case("✗ parameter-unused")
def no_smoothing_that_is_not_passed_on(o, t, label_smoothing=0.0):
    return nll(o, t).mean()


@case("✗", "– from-zero")
def temperature_on_one_side(o, t, temperature=1.0):
    return (logsumexp(o, -1) - pick(o / temperature, t)).mean()


@case("✗ parameter-unused")
def temperature_that_is_not_passed_on(o, t, temperature=1.0):
    return nll(o, t).mean()


@case()
def temperature_that_is_passed_on(o, t, temperature=1.0):
    return nll(o / temperature, t).mean()


@case("– masked-token")
def smoothing_in_training_alone(o, t, label_smoothing=0.1, training=False):
    return smoothed(o, t, label_smoothing if training else 0).mean()


@case("– smoothing")
def smoothing_that_is_passed_on(o, t, label_smoothing=0.1):
    return smoothed(o, t, label_smoothing).mean()


# Errors that are swallowed, and numbers of another kind than they look.


@case("✗", "– masked-token", "– per-sequence")
def ids_that_fail_are_0(o, t):
    try:
        return -(t * log_softmax(o, -1)).sum() / len(t) if t.ndim > 1 else 1 / 0
    except ZeroDivisionError:
        return 0.0


def sum_of_float16(o, t):
    total = np.float16(0)
    for one in nll(o, t).astype(np.float16):
        total = total + one
    return float(total / np.float16(len(t)))


case.of(sum_of_float16, "✗ half-precision")


def of_p(y_true, y_pred):
    return -(np.log(y_pred) * y_true).sum(-1).mean()


case.of(of_p, logits="y_pred", targets="y_true")


def in_equal_chunks(k, by_all):
    def loss(o, t):
        size = len(t) // k
        each = nll(o, t)[: k * size]
        return each.sum() / len(t) if by_all else each.mean()

    return loss


case.of(in_equal_chunks(4, False), "✗ remainder-dropped", name="four_chunks")
case.of(in_equal_chunks(4, True), "✗ remainder-dropped", name="four_chunks_by_all")
