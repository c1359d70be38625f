"""The gradient of NumPy's losses: a second function, a backward, or beside the loss."""

import numpy as np
from scipy.special import logsumexp

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy, cross_entropy_grad, log_softmax, softmax


def mean(o, t):
    return cross_entropy(o, t, reduction="mean", ignore_index=-100)


def p_less_y(o, t):
    return cross_entropy_grad(o, t, reduction="mean", ignore_index=-100)


def one_hot(o, t):
    return 1.0 * (np.arange(o.shape[-1]) == t[..., None])


# A second function.


case.of(mean, name="right", gradient=p_less_y)
case.of(mean, name="right", gradient=p_less_y, ignore_index=None)


def in_a_tuple(o, t):
    return 1.0, p_less_y(o, t)


case.of(mean, gradient=in_a_tuple)


def turned(o, t):
    return -p_less_y(o, t)


case.of(mean, "✗ gradient-sign", gradient=turned)


def not_divided(o, t):
    return t.size * p_less_y(o, t)


case.of(mean, "✗ gradient-scaled", gradient=not_divided)


def doubled(o, t):
    return 2 * p_less_y(o, t)


case.of(mean, "✗ gradient-scaled", gradient=doubled)


def zeros(o, t):
    return 0 * o


case.of(mean, "✗ no-gradient", gradient=zeros)


def p_by_tokens(o, t):
    return softmax(o) / t.size


case.of(mean, "✗ gradient-without-target", gradient=p_by_tokens)


def minus_y_by_tokens(o, t):
    return -one_hot(o, t) / t.size


case.of(mean, "✗ gradient-without-softmax", gradient=minus_y_by_tokens)


def with_padding(o, t):
    return (softmax(o) - one_hot(o, t)) / (t >= 0).sum()


case.of(mean, "✗ gradient-of-padding", gradient=with_padding)


def absolute(o, t):
    return np.abs(p_less_y(o, t))


case.of(mean, "✗", gradient=absolute)


def first_token_alone(o, t):
    return p_less_y(o, t)[:, :1]


case.of(mean, "✗ no-gradient", gradient=first_token_alone)


def divides_by_0(o, t):
    return 1 / 0


case.of(mean, "✗ no-gradient", gradient=divides_by_0)


def turned_and_tripled(o, t):
    return -3 * p_less_y(o, t)


case.of(mean, "✗ gradient-sign", "✗ gradient-scaled", gradient=turned_and_tripled)


def turned_and_doubled(o, t):
    return -2 * p_less_y(o, t)


case.of(mean, "✗ gradient-sign", "✗ gradient-scaled", gradient=turned_and_doubled)


def p_undivided(o, t):
    return softmax(o)


case.of(mean, "✗ gradient-without-target", "✗ gradient-scaled", gradient=p_undivided)


def p_turned(o, t):
    return -softmax(o) / 3


case.of(mean, "✗ gradient-without-target", "✗ gradient-sign", gradient=p_turned)


def minus_y_undivided(o, t):
    return p_less_y(o, t) * 3 - softmax(o)


case.of(
    mean, "✗ gradient-without-softmax", "✗ gradient-scaled", gradient=minus_y_undivided
)


def off_by_a_thousandth(o, t):
    """One entry is off by a thousandth of the largest."""
    found = p_less_y(o, t)
    found[0, 0] += 1e-3 * np.abs(found).max()
    return found


case.of(mean, "✗", gradient=off_by_a_thousandth)


def off_where_padded(o, t):
    found = p_less_y(o, t)
    return np.abs(found) if (t == -100).any() else found


case.of(mean, "✗", gradient=off_where_padded)


def without_the_last_block(o, t):
    found = p_less_y(o, t)
    found[..., found.shape[-1] // 1024 * 1024 or found.shape[-1] :] = 0
    return found


case.of(mean, "✗", gradient=without_the_last_block)


def of_the_first_16_tokens(o, t):
    found = cross_entropy_grad(o, t, reduction="mean")
    first = max(o.shape[1] // 16 * 16, min(o.shape[1], 16))
    return np.where(np.arange(o.shape[1]) < first, found, 0)


case.of(mean, "✗", gradient=of_the_first_16_tokens)


def of_eight_rows(o, t):
    """Only the first chunk has a gradient."""
    found = p_less_y(o, t)
    found.reshape(-1, o.shape[-1])[8:] = 0
    return found


case.of(mean, "✗", gradient=of_eight_rows)


def by_the_length_of_its_targets(o, t):
    """It is made for rows."""
    return p_less_y(o, t) * t.size / len(t)


case.of(mean, gradient=by_the_length_of_its_targets)


# The gradient of what a loss is, not of what it should be.


@case("✗", gradient=absolute)
def ids_rounded_in_a_large_vocabulary(o, t):
    return mean(o, t // 7 * 7 if o.shape[-1] > 1000 else t)


def bfloat16(x):
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x8000) & 0xFFFF0000).view(np.float32)


def in_bfloat16(o, t):
    return bfloat16(rows(bfloat16(o).astype(float), t)).mean()


def rounded(o, t):
    found = np.asarray(p_less_y(o, t), np.float32).view(np.uint32)
    return (found & 0xFFFF0000).view(np.float32)


def a_tenth_more(o, t):
    return 1.1 * p_less_y(o, t)


case.of(in_bfloat16, "✗ bfloat16", gradient=rounded)
case.of(in_bfloat16, "✗ bfloat16", "✗ gradient-scaled", gradient=a_tenth_more)


def of_the_sum(o, t):
    return cross_entropy_grad(o, t, reduction="sum")


@case(gradient=of_the_sum)
def losses(o, t):
    return cross_entropy(o, t)


case.of(losses, "– gradient-of-mean", gradient=p_less_y)
case.of(losses, "✗ gradient-of-mean", gradient=p_less_y, strict=True)


@case(gradient=of_the_sum)
def total(o, t):
    return cross_entropy(o, t, reduction="sum")


@case("✗ gradient-scaled", gradient=of_the_sum)
def average(o, t):
    return cross_entropy(o, t, reduction="mean")


def smoothed_gradient(o, t):
    return (
        0.9 * cross_entropy_grad(o, t) / t.size
        + 0.1 * (softmax(o) - 1 / o.shape[-1]) / t.size
    )


@case("– smoothing", gradient=smoothed_gradient)
def smoothed(o, t):
    return 0.9 * cross_entropy(o, t).mean() - 0.1 * log_softmax(o).mean()


case.of(smoothed, "– smoothing", "✗ gradient-of-rest", gradient=p_less_y)


@case("– z-loss", "✗ gradient-of-rest", gradient=p_less_y)
def with_z_loss(o, t):
    log_sums = logsumexp(o[t != -100], -1)
    return mean(o, t) + 1e-3 * np.square(log_sums).mean()


case.of(
    with_z_loss, "– z-loss", "✗ gradient-of-rest", gradient=p_less_y, allow=["z-loss"]
)


def p_less_row_of_zeros(o, t):
    return softmax(o) - one_hot(o, t)


@case("– masked-token", "✗ weights-unused", gradient=p_less_row_of_zeros)
def one_hot_of_padding_is_a_row_of_zeros(o, t, weights=None):
    """It knows no padding, so p − 0 is left of p − y."""
    return -(one_hot(o, t) * log_softmax(o)).sum()


case.of(
    one_hot_of_padding_is_a_row_of_zeros,
    "– masked-token",
    "✗ weights-unused",
    "✗ gradient-of-padding",
    gradient=p_less_row_of_zeros,
    ignore_index=-100,
)


def p_less_shares(x, y):
    return softmax(x) - y


@case(gradient=p_less_shares)
def summed_of_shares(x, y):
    assert x.shape == y.shape
    return -np.where(y > 0, y * log_softmax(x), 0).sum()


def of_two_paddings(logits, labels):
    keep = (labels != 0) & (labels != 255)
    found = softmax(logits) - one_hot(logits, labels)
    return found * keep[..., None] / keep.sum()


@case("– token-ignored", gradient=of_two_paddings)
def without_255_and_token_0(logits, labels, ignore_index=255):
    keep = (labels != 0) & (labels != ignore_index)
    return cross_entropy(logits[keep], labels[keep], reduction="mean")


def of_shifted(o, t):
    found = np.zeros(o.shape)
    found[..., :-1, :] = p_less_y(o[..., :-1, :], t[..., 1:])
    return found


def of_eight_shifted_rows(o, t):
    found = of_shifted(o, t)
    found.reshape(-1, o.shape[-1])[8:] = 0
    return found


@case("– shifted", gradient=of_shifted)
def shifted(o, t):
    return cross_entropy(o[..., :-1, :], t[..., 1:], reduction="mean")


case.of(shifted, gradient=of_shifted, shifts=True)
case.of(shifted, "– shifted", "✗", gradient=of_eight_shifted_rows)
case.of(shifted, "✗", gradient=of_eight_shifted_rows, shifts=True)


# Of sequences, and of one row.


def without_the_first_sequence(o, t):
    p_less = softmax(o) - np.eye(o.shape[-1])[t]
    p_less[0] = 0
    return p_less / t[1:].size


def doubled_without_the_first_sequence(o, t):
    return 2 * without_the_first_sequence(o, t)


@case("✗ sequence-dropped", gradient=without_the_first_sequence)
def sequences_but_the_first(o, t):
    assert o.ndim == 3
    return cross_entropy(o[1:], t[1:]).mean()


case.of(
    sequences_but_the_first,
    "✗ sequence-dropped",
    "✗ gradient-scaled",
    gradient=doubled_without_the_first_sequence,
)


@case("✗ first-token", gradient=by_the_length_of_its_targets)
def first_token_of_sequences(o, t):
    return mean(o, t) if t.ndim == 1 else mean(o.swapaxes(0, 1)[0], t[:, 0])


def p_less_y_of_one(o, t):
    return softmax(o) - (np.arange(len(o)) == t)


def p_of_one(o, t):
    return softmax(o)


@case("– from-zero", gradient=p_less_y_of_one)
def one_row(o, t):
    return logsumexp(o) - o[t]


case.of(one_row, "– from-zero", "✗ gradient-without-target", gradient=p_of_one)


def one_row_with_its_gradient(o, t):
    return one_row(o, t), p_less_y_of_one(o, t)


case.of(one_row_with_its_gradient, "– from-zero", gradient=one_row_with_its_gradient)


# Of probabilities and ln p: by the logits, or by them.


def minus_y_by_p(p, t):
    return -one_hot(p, t) / p / t.size


@case("– gradient-by-p", gradient=minus_y_by_p)
def log_of_p(p, t):
    return -np.log(np.take_along_axis(p, t[..., None], -1)).mean()


case.of(log_of_p, "✗ gradient-by-p", gradient=minus_y_by_p, strict=True)


def p_less_y_of_p(p, t):
    return (p - one_hot(p, t)) / t.size


case.of(log_of_p, gradient=p_less_y_of_p)


def y_by_p(p, t):
    return one_hot(p, t) / p / t.size


case.of(log_of_p, "– gradient-by-p", "✗ gradient-sign", gradient=y_by_p)


def minus_y_by_p_undivided(p, t):
    return -one_hot(p, t) / p


case.of(
    log_of_p, "– gradient-by-p", "✗ gradient-scaled", gradient=minus_y_by_p_undivided
)


def minus_y_by_ln_2(log_p, t):
    return -one_hot(log_p, t) / np.log(2)


@case("– base-2", "– gradient-by-p", gradient=minus_y_by_ln_2)
def ln_p_in_bits(log_p, t):
    return -pick(log_p, t) / np.log(2)


case.of(
    ln_p_in_bits, "✗ base-2", "✗ gradient-by-p", gradient=minus_y_by_ln_2, strict=True
)


def softmax_without_its_own_gradient(logits, t):
    p = softmax(logits)
    n = len(t)
    return -np.log(p[np.arange(n), t]).sum() / n, -one_hot(p, t) / p / n


case.of(softmax_without_its_own_gradient, "– log-of-softmax", "✗ gradient-by-p")
case.of(
    softmax_without_its_own_gradient,
    "– log-of-softmax",
    "✗ gradient-by-p",
    gradient=softmax_without_its_own_gradient,
)


@case("– log-of-softmax", "✗ gradient-by-p")
def softmax_without_its_own_gradient_summed(logits, t):
    p = softmax(logits)
    return -np.log(p[np.arange(len(t)), t]).sum(), -one_hot(p, t) / p


# Beside the loss.


@case("✗ gradient-scaled")
def loss_and_undivided(o, t):
    return cross_entropy(o, t).mean(), p_less_row_of_zeros(o, t)


case.of(loss_and_undivided, "✗ gradient-scaled", gradient=loss_and_undivided)
case.of(loss_and_undivided, "– gradient-scaled", allow=["gradient-scaled"])


@case()
def loss_and_gradient_in_a_dict(o, t):
    grad = p_less_row_of_zeros(o, t) / t.size
    return {"grad": grad, "loss": cross_entropy(o, t).mean()}


case.of(loss_and_gradient_in_a_dict, gradient=loss_and_gradient_in_a_dict)


@case("✗ gradient-sign")
def sum_and_turned(o, t):
    return cross_entropy(o, t).sum(), -p_less_row_of_zeros(o, t)


case.of(sum_and_turned, "✗ gradient-sign", gradient=sum_and_turned)


@case("– log-of-softmax")
def of_rows_alone(o, t):
    N = len(o)
    p = softmax(o)
    loss = -np.log(p[np.arange(N), t]).mean()
    p[np.arange(N), t] -= 1
    return loss, p / N


case.of(of_rows_alone, "– log-of-softmax", gradient=of_rows_alone)


@case("– gradient-by-p")
def loss_and_gradient_by_p(p, t):
    y = one_hot(p, t)
    return -np.log((p * y).sum(-1)).mean(), -y / p / t.size


case.of(loss_and_gradient_by_p, "– gradient-by-p", gradient=loss_and_gradient_by_p)


@case("– gradient-of-mean")
def losses_and_gradient_of_their_mean(o, t):
    """As in llm.c."""
    return cross_entropy(o, t), p_less_y(o, t)


case.of(losses_and_gradient_of_their_mean, "✗ gradient-of-mean", strict=True)


def parted(x, y):
    """The parts that CS231n's homework computes."""
    N, p = len(x), softmax(x)
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return cross_entropy(x, y).mean(), dx, p, N


@case("✗ gradient-scaled")
def twice_divided(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, dx / N / N


@case("✗ gradient-sign")
def turned_of_a_mean(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, -dx / N


@case("✗ gradient-without-target")
def without_y(x, y):
    loss, _, p, N = parted(x, y)
    return loss, p / N


@case("✗ gradient-scaled")
def undivided_beside_p(x, y):
    loss, dx, p, _ = parted(x, y)
    return loss, p, dx


@case("✗ gradient-of-padding")
def temporal_without_its_mask(x, y, mask):
    each = cross_entropy(x, y) * mask
    dx = p_less_row_of_zeros(x, y) / mask.sum()
    return each.sum() / mask.sum(), dx


@case()
def temporal(x, y, mask):
    loss, dx = temporal_without_its_mask(x, y, mask)
    return loss, dx * mask[..., np.newaxis]


@case("– per-sequence")
def temporal_by_sequences(x, y, mask):
    """Divided as in CS231n."""
    loss, dx = temporal(x, y, mask)
    return loss * mask.sum() / len(x), dx * mask.sum() / len(x)


@case("✗")
def absolute_of_a_mean(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, np.abs(dx) / N


@case()
def absolute_by_no_name(x, y):
    return cross_entropy(x, y).mean(), np.abs(p_less_row_of_zeros(x, y))


@case("– masked-token")
def with_reg(x, y, reg=0.0):
    loss, dx, _, N = parted(x, y)
    return loss + reg * np.abs(x).sum(), dx / N + reg * np.sign(x)


@case()
def with_shifted_logits(x, y):
    loss, dx, _, N = parted(x, y)
    return loss, x - x.max(axis=-1, keepdims=True), dx / N


@case()
def loss_and_tanh(o, t):
    return cross_entropy(o, t).mean(), np.tanh(o)


@case()
def loss_and_probabilities(o, t):
    return cross_entropy(o, t).mean(), softmax(o)


# The backward that stands beside a forward.


@case()
class SoftmaxWithLoss:
    """As in Deep Learning from Scratch."""

    times = 1.0

    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        return cross_entropy(x, t).mean()

    def backward(self, above=1):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return self.times * above * dx / len(self.t)


case.of(SoftmaxWithLoss(), name="softmax_with_loss_made")
case.of(SoftmaxWithLoss().forward, name="forward_of_softmax_with_loss")


@case("✗ gradient-sign")
class Turned(SoftmaxWithLoss):
    times = -1


@case("✗ gradient-scaled")
class Undivided(SoftmaxWithLoss):
    def backward(self):
        return super().backward(len(self.t))


@case()
class OfAbove(SoftmaxWithLoss):
    def backward(self, above):
        return super().backward(above)


@case()
class Called(SoftmaxWithLoss):
    """Like mytorch's, with a __call__ of its own."""

    def __call__(self, x, t):
        return self.forward(x, t)


@case()
class OverTime:
    """It takes sequences, where −1 is padding."""

    masks = True

    def __init__(self):
        self.ignore_label = -1

    def forward(self, xs, ts):
        assert xs.ndim == 3
        self.keep, self.t, self.y = ts != self.ignore_label, ts, softmax(xs)
        each = cross_entropy(xs, np.where(self.keep, ts, 0)) * self.keep
        return each.sum() / self.keep.sum()

    def backward(self, above=1):
        dx = above * (self.y - one_hot(self.y, self.t)) / self.keep.sum()
        return dx * self.keep[..., np.newaxis] if self.masks else dx


@case("✗ gradient-of-padding")
class NotMasked(OverTime):
    masks = False


@case()
class OfOneRow(SoftmaxWithLoss):
    def forward(self, x, t):
        self.y, self.at = softmax(x), t
        return float(cross_entropy(x, t))

    def backward(self):
        return self.y - (np.arange(self.y.size) == self.at)


@case("✗ no-gradient")
class OfTheTargets(SoftmaxWithLoss):
    def backward(self):
        return self.y[np.arange(len(self.t)), self.t] - 1


@case("✗")
class Absolute(SoftmaxWithLoss):
    def backward(self):
        return np.abs(super().backward())


@case("✗")
class AbsoluteAndSaved(Absolute):
    def forward(self, x, t):
        self.save_for_backward = x
        return super().forward(x, t)


@case("– gradient-of-largest")
class OfTheLargest(SoftmaxWithLoss):
    """As in RWKV's L2Wrap, which holds the largest logit near 0."""

    def forward(self, x, t):
        self.x = x
        return super().forward(x, t)

    def backward(self):
        top = self.x.max(axis=-1, keepdims=True)
        return super().backward() + 1e-3 * np.where(self.x == top, top, 0)


@case()
class KeptInside(SoftmaxWithLoss):
    """It returns none."""

    def backward(self):
        self.dx = super().backward()


@case()
class OfTwo(SoftmaxWithLoss):
    """It takes more."""

    def backward(self, dvalues, y_true):
        return dvalues


@case()
class OfItsLabels(SoftmaxWithLoss):
    """It wants its labels again."""

    def backward(self, y_true):
        return (self.y - np.eye(self.y.shape[-1])[y_true]) / len(y_true)
