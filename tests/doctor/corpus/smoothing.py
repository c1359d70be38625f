"""Smoothing and z-loss: with padding, and where they are 0 unless given."""

import numpy as np
from scipy.special import logsumexp, xlogy

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import log_softmax

# Padding that is left out of a loss, and not out of its smoothing.


def smoothed_over(pad, part, mean, both=False):
    def loss(logits, target):
        log_p = log_softmax(logits)
        keep = target != pad
        nll = np.where(keep, -pick(log_p, np.where(keep, target, 0)), 0)
        smooth = -log_p.sum(-1) * (keep if both else 1)
        one = 0.1 / (log_p.shape[-1] - part)
        total = ((0.9 - one * part) * nll + one * smooth).sum()
        return total / keep.sum() if mean else total

    return loss


# As fairseq had it.
case.of(
    smoothed_over(1, 1, mean=False),
    "– smoothing-others",
    "✗ smoothing-of-padding",
    name="fairseq",
    ignore_index=1,
)
case.of(
    smoothed_over(0, 0, mean=True),
    "– smoothing",
    "✗ smoothing-of-padding",
    name="over_token_0",
    ignore_index=0,
)
case.of(
    smoothed_over(-100, 0, mean=True),
    "– smoothing",
    "✗ smoothing-of-padding",
    name="over_padding",
    ignore_index=-100,
)
case.of(
    smoothed_over(1, 1, mean=True, both=True),
    "– smoothing-others",
    name="beside_token_1",
    ignore_index=1,
)


def with_z_loss(part, times):
    """Its part has a divisor of its own, as in OLMo and PaLM."""

    def loss(logits, labels, ignore_index=-100):
        keep = labels != ignore_index
        log_z = logsumexp(logits, -1)
        losses = log_z - pick(logits, np.where(keep, labels, 0))
        return losses[keep].mean() + times * part(log_z**2, keep)

    return loss


for times in (1e-2, 1e-4):
    loss = with_z_loss(lambda z, keep: z[keep].mean(), times)
    case.of(loss, "– z-loss", name=f"z_loss_{times}_of_what_is_scored")
    for name, part in (
        ("by_all", lambda z, keep: (z * keep).mean()),
        ("of_all", lambda z, keep: z.mean()),
        ("of_padding_too", lambda z, keep: z.sum() / keep.sum()),
    ):
        case.of(
            with_z_loss(part, times),
            "– z-loss",
            "✗ smoothing-of-padding",
            name=f"z_loss_{times}_{name}",
        )


@case("– smoothing", "✗ smoothing-of-padding")
def fastai(output, target, ignore_index=-100):
    """Its smoothing is divided by all places; the rest leaves padding out."""
    log_p, keep = log_softmax(output), target != ignore_index
    nll = -pick(log_p, np.where(keep, target, 0))[keep].mean()
    return 0.1 * -log_p.sum(-1).mean() / output.shape[-1] + 0.9 * nll


@case("– smoothing", "✗ smoothing-of-padding")
def of_all_places(logits, targets, pad_id=0):
    """Its padding is a token; the smoothing is a mean over all places."""
    log_p = log_softmax(logits)
    nll = -pick(log_p, targets)[targets != pad_id].mean()
    return 0.9 * nll - 0.1 * log_p.mean()


@case("– smoothing")
def knows_no_padding(o, t):
    y = 0.9 * (np.arange(o.shape[-1]) == t[..., None])
    return -((y + 0.1 / o.shape[-1]) * log_softmax(o)).sum()


# Smoothing that gives nothing to the padding, as in OpenNMT-py and the Annotated
# Transformer, or without the KL.


def beside_padding(logits, target, pad, less_entropy):
    V = logits.shape[-1]
    y = np.tile(np.where(np.arange(V) == pad, 0, 0.1 / (V - 2)), (*target.shape, 1))
    np.put_along_axis(y, target[..., None], 0.9, -1)
    y[target == pad] = 0
    own = xlogy(y, y) if less_entropy else 0
    return (own - y * log_softmax(logits)).sum(-1)


@case("– token-ignored", "– smoothing-others", "– masked-token")
def opennmt(logits, target):
    return beside_padding(logits, target, 1, True).sum()


case.of(opennmt, "– smoothing-others", "– masked-token", ignore_index=1)


@case("– token-ignored", "– smoothing-others")
def beside_token_0_averaged(logits, target):
    return beside_padding(logits, target, 0, True).sum() / (target != 0).sum()


case.of(beside_token_0_averaged, "– smoothing-others", ignore_index=0)


@case("– token-ignored", "– smoothing-others")
def beside_token_0_for_each_token(logits, target):
    return beside_padding(logits, target, 0, False)


case.of(beside_token_0_for_each_token, "– smoothing-others", ignore_index=0)


@case("– token-ignored", "– smoothing-others", "✗ padded-length")
def beside_token_0_by_all(logits, target):
    """The "batchmean" of kl_div."""
    return beside_padding(logits, target, 0, True).sum() / target.size


case.of(beside_token_0_by_all, "– smoothing-others", "✗ padded-length", ignore_index=0)


@case("– token-ignored", "– smoothing-others", "✗ padded-length", "– masked-token")
def beside_token_1_by_all(logits, target):
    return beside_padding(logits, target, 1, True).sum() / target.size


case.of(
    beside_token_1_by_all,
    "– smoothing-others",
    "✗ padded-length",
    "– masked-token",
    ignore_index=1,
)


@case("– smoothing-others", "– masked-token")
class OpenNMT:
    padding_idx = 1

    def __call__(self, logits, target):
        return beside_padding(logits, target, self.padding_idx, True).sum()


@case("✗", ignore_index=1)
def divided_as_if_there_were_no_padding(logits, target):
    """Padding gets a share, too."""
    log_p = log_softmax(logits)
    rest = log_p.sum(-1) - pick(log_p, target)
    each = 0.9 * (rest - log_p.sum(-1)) - 0.1 / (log_p.shape[-1] - 2) * rest
    return np.where(target == 1, 0, each).sum()


# A smoothing that is 0 unless given.


def smoothed(part, logits, labels, s, ignore_index=-100):
    log_p, keep = log_softmax(logits), labels != ignore_index
    nll = rows(logits, np.where(keep, labels, 0))[keep].mean()
    return (1 - s) * nll + s * part(-log_p, keep) if s else nll


def mean_of_scored(x, keep):
    return x.mean(-1)[keep].mean()


def sum_of_scored(x, keep):
    return x.sum(-1)[keep].mean()


@case()
def over_all(logits, labels, label_smoothing=0.0):
    return smoothed(mean_of_scored, logits, labels, label_smoothing)


@case()
def to_others(logits, labels, smoothing=0):
    more = smoothing * logits.shape[-1] / (logits.shape[-1] - 1)
    return smoothed(mean_of_scored, logits, labels, more)


@case("✗ smoothing-sum")
def summed(logits, labels, label_smoothing=0.0, ignore_index=-100):
    return smoothed(sum_of_scored, logits, labels, label_smoothing, ignore_index)


case.of(summed, "– smoothing-sum", allow=["smoothing-sum"])
case.of(
    lambda o, t: summed(o, t, label_smoothing=0.1),
    "✗ smoothing-sum",
    name="summed_with_label_smoothing",
)


@case("✗ smoothing-of-padding")
def of_padding(logits, labels, label_smoothing=0.0, ignore_index=-100):
    return smoothed(
        lambda x, keep: x.mean(), logits, labels, label_smoothing, ignore_index
    )


case.of(of_padding, "– smoothing-of-padding", allow=["smoothing-of-padding"])
case.of(
    lambda o, t: of_padding(o, t, label_smoothing=0.1),
    "– smoothing",
    "✗ smoothing-of-padding",
    name="of_padding_with_label_smoothing",
)


@case("– masked-token", "✗ smoothing-sum")
def with_mask(logits, labels, mask, label_smoothing=0.0):
    p = log_softmax(logits)
    losses = -(1 - label_smoothing) * pick(p, labels) - label_smoothing * p.sum(-1)
    return (losses * mask).sum() / mask.sum()


case.of(with_mask, "– masked-token", "– smoothing-sum", allow=["smoothing-sum"])
case.of(
    lambda o, t, mask: with_mask(o, t, mask=mask, label_smoothing=0.1),
    "✗ smoothing-sum",
    name="with_mask_and_label_smoothing",
)


def required(logits, labels, epsilon, ignore_index=-100):
    return summed(logits, labels, epsilon, ignore_index)


def required_of_padding(logits, labels, epsilon, ignore_index=-100):
    return of_padding(logits, labels, epsilon, ignore_index)


def padding_is_forgotten_where_it_smooths(logits, labels, epsilon):
    if epsilon:
        return over_all(logits, np.maximum(labels, 0), epsilon)
    return over_all(logits, labels)


case.of(required, "✗ smoothing-sum")
case.of(
    lambda o, t: required(o, t, epsilon=0.0),
    name="epsilon_of_0_summed",
)
case.of(
    lambda o, t: required_of_padding(o, t, epsilon=0.0),
    name="epsilon_of_0_of_padding",
)
case.of(
    lambda o, t: padding_is_forgotten_where_it_smooths(o, t, epsilon=0.0),
    name="epsilon_of_0_that_forgets_padding",
)


@case("✗ smoothing-sum")
def label_smoothing_is_required(logits, labels, label_smoothing):
    return summed(logits, labels, label_smoothing)


@case("– masked-token")
def right_though_required(logits, labels, label_smoothing, reg):
    return over_all(logits, labels, label_smoothing) + reg * (logits**2).sum()


case.of(
    lambda o, t, smoothing=0.1: over_all(o, t, smoothing),
    "– smoothing",
    name="smoothing_of_0.1",
)


@case("✗ smoothing-sum")
def by_the_name_of_epsilon(o, t, epsilon=0.0):
    return summed(o, t, epsilon)


@case("✗ smoothing-sum")
def by_the_name_of_eps(o, t, eps=0.0):
    return summed(o, t, eps)


@case("✗ smoothing-sum")
def by_the_name_of_ls(o, t, ls=0.0):
    return summed(o, t, ls)


def right_by_ls(o, t, ls=0.0):
    return over_all(o, t, ls)


case.of(lambda o, t: right_by_ls(o, t, ls=0.0), name="ls_of_0")


# An epsilon that is something else.


@case()
def poly(o, t, epsilon=0.0):
    """As in PolyLoss."""
    losses = rows(o, t)
    return (losses + epsilon * (1 - np.exp(-losses))).mean()


@case()
def epsilon_in_the_divisor(o, t, eps=0.0):
    losses = rows(o, t)
    return losses.sum() / (losses.size + eps)


@case()
def epsilon_is_a_factor(o, t, epsilon=0.0):
    return (1 + 10 * epsilon) * rows(o, t).mean()


@case("– log-of-softmax")
def epsilon_above_0(o, t, eps=0.0):
    return -np.log(np.exp(-rows(o, t)) + eps).mean()


@case("– log-of-softmax")
def epsilon_is_a_floor(o, t, eps=0.0):
    return -np.log(np.maximum(np.exp(-rows(o, t)), eps)).mean()


case.of(
    lambda o, t: epsilon_above_0(o, t, eps=0.0),
    "– log-of-softmax",
    name="epsilon_of_0_above_0",
)
case.of(
    lambda o, t: epsilon_above_0(o, t, eps=1e-300) + 0.0,
    "✗ floor",
    name="epsilon_of_1e-300",
)


def two_numbers(o, t, more=0.0, eps=0.0):
    losses = (1 - eps) * -rows(o, t) + eps * log_softmax(o).sum(-1)
    return -(1 + more) * losses.mean()


case.of(
    lambda o, t: two_numbers(o, t, more=0.0, eps=0.0),
    "– masked-token",
    name="two_numbers_of_0",
)


# A z-loss that is 0 unless given.


@case()
def with_z(o, t, z_loss=0.0):
    return (rows(o, t) + z_loss * logsumexp(o, -1) ** 2).mean()


@case()
def with_odd_z(o, t, z_loss=0.0):
    return (rows(o, t) + z_loss * logsumexp(o, -1)).mean()


case.of(lambda o, t: with_odd_z(o, t, z_loss=0.0), name="odd_z_of_0")


@case("✗ smoothing-of-padding")
def z_over_padding(o, t, z_weight=0.0, ignore_index=-100):
    keep = t != ignore_index
    losses = rows(o, np.where(keep, t, 0))
    return losses[keep].mean() + z_weight * (logsumexp(o, -1) ** 2).mean()


# Smoothing that is taken away in place of being spread.


def smoothed_by_less(logits, labels, label_smoothing=0.0):
    log_p = log_softmax(logits)
    nll = -pick(log_p, labels).mean()
    return (1 - label_smoothing) * nll + label_smoothing * log_p.mean()


case.of(smoothed_by_less, "– masked-token", "✗ smoothing-sum")
case.of(
    lambda o, t: smoothed_by_less(o, t, label_smoothing=0.1),
    "✗ smoothing-sum",
    name="smoothed_by_less_than_0",
)
