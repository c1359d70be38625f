"""Digits that are lost: in floats, in sums, in ids."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy


@case("✗ log-of-softmax")
def log_of_softmax(o, t):
    return -np.log(softmax(np.float32(o), axis=-1)[range(len(t)), t]).mean()


@case("✗ ids-cut")
def ids_in_uint8(o, t):
    return rows(o, t.astype(np.uint8)).mean()


@case("✗ ids-cut")
def ids_in_uint16(o, t):
    return rows(o, t.astype(np.uint16)).mean()


@case("✗")
def ids_in_float16(o, t):
    ids = np.minimum(t.astype(np.float16), 65504).astype(int)
    return rows(o, ids).mean()


@case("✗ float32-sum")
def running_sum(o, t):
    total = np.float32(0)
    for x in rows(o, t).ravel():
        total = np.float32(total + np.float32(x))
    return total / t.size


@case("✗ half-precision")
def half(o, t):
    o = o.astype(np.float16)
    o = o - o.max(-1, keepdims=True)
    return (np.log(np.exp(o).sum(-1, dtype=np.float16)) - pick(o, t)).mean()


@case("✗ floor")
def least_float32(o, t):
    p = softmax(o, -1).astype(np.float32)
    return -np.log(pick(p, t) + np.finfo(np.float32).eps).mean()


# What is kept or taken in float16 and bfloat16.


@case("✗ half-precision")
def mean_in_float16(o, t):
    return np.float16(rows(o, t).mean())


@case("✗ half-precision")
def sum_in_float16(o, t):
    return np.float16(rows(o, t).sum())


@case("✗ half-precision")
def losses_in_float16(o, t):
    return rows(o, t).astype(np.float16)


@case("✗ half-precision")
def losses_in_float16_before_their_mean(o, t):
    return rows(o, t).astype(np.float16).mean()


@case("✗ half-precision")
def losses_in_float16_before_their_sum(o, t):
    return rows(o, t).astype(np.float16).sum()


@case("✗ half-precision")
def losses_in_float16_made_float_again(o, t):
    return rows(o, t).astype(np.float16).astype(float).mean()


@case("✗ half-precision")
def logarithms_in_float16(o, t):
    return -pick(log_softmax(o, -1).astype(np.float16), t).mean()


@case("✗ half-precision")
def probabilities_in_float16(o, t):
    return -np.log(pick(softmax(o, -1).astype(np.float16), t)).mean()


def log_sum(x):
    """PyTorch takes it in float32, and rounds."""
    return np.float16(logsumexp(x.astype(float), -1))


def in_float16(loss, last):
    return lambda o, t: loss(o.astype(np.float16), t).astype(last).mean()


for name, loss in (
    ("log_sum_exp", lambda x, t: log_sum(x) - pick(x, t)),
    ("log_sum_exp_alone", lambda x, t: log_sum(x).astype(float) - pick(x, t)),
    ("exp", lambda x, t: np.log(np.exp(x).sum(-1)) - pick(x, t)),
    ("share", lambda x, t: -np.log(pick(np.exp(x), t) / np.exp(x).sum(-1))),
):
    case.of(in_float16(loss, np.float16), "✗ half-precision", name=f"{name}_in_float16")
    case.of(
        in_float16(loss, float), "✗ half-precision", name=f"{name}_in_float16_and_float"
    )


@case("✗ half-precision")
def all_in_float16(o, t):
    o = o.astype(np.float16)
    e = np.exp(o - o.max(-1, keepdims=True))
    p = np.log(e.sum(-1, dtype=np.float16))
    return (p - pick(o - o.max(-1, keepdims=True), t)).astype(float).mean()


def bfloat16(x):
    """float32 holds it in its upper half."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x8000) & 0xFFFF0000).view(np.float32)


@case("✗ bfloat16")
def logits_and_loss_in_bfloat16(o, t):
    return bfloat16(-pick(log_softmax(bfloat16(o).astype(float), -1), t)).mean()


@case("✗ bfloat16")
def loss_in_bfloat16(o, t):
    digits, power = np.frexp(rows(o, t))
    return np.ldexp(np.round(digits * 256) / 256, power).mean()


# Logarithms of a softmax.


@case("– log-of-softmax")
def log_of_softmax_in_float64(o, t):
    return -np.log(softmax(o, -1)[np.arange(len(t)), t]).mean()


case.of(log_of_softmax_in_float64, "✗ log-of-softmax", strict=True)


@case("✗ log-of-softmax")
def log_of_softmax_in_float32(o, t):
    return log_of_softmax_in_float64(np.float32(o), t)


case.of(log_of_softmax_in_float32, "– log-of-softmax", allow=["log-of-softmax"])


@case("– base-2", "✗ log-of-softmax")
def log_of_softmax_in_bits(o, t):
    return log_of_softmax_in_float32(o, t) / np.log(2)


@case("✗ floor")
def floor_of_64_digits(o, t):
    return -np.log(pick(softmax(o, -1), t) + 1e-9).mean()


# Logits beyond all digits.


@case("– from-zero")
def counted_from_zero(o, t):
    log_sums = np.log(np.exp(o - o.max(-1, keepdims=True)).sum(-1)) + o.max(-1)
    return (log_sums - o[np.arange(len(t)), t]).mean()


case.of(counted_from_zero, "✗ from-zero", strict=True)
case.of(counted_from_zero, "– from-zero", strict=True, allow=["from-zero"])


@case("– from-zero")
def counted_from_zero_by_logsumexp(o, t):
    return (logsumexp(o, -1) - pick(o, t)).mean()


@case()
def refuses_huge_logits(o, t):
    if o.max() > 1e6:
        return 1 / 0
    return cross_entropy(o, t).mean()


@case("✗ maximum-at-target")
def maximum_added_again(o, t):
    return cross_entropy(o, t).mean() + o.max(-1)[t >= 0].mean()


# Masked tokens: a logit of −∞.


@case("– masked-token")
def masked_token_times_0(o, t):
    return -(np.eye(o.shape[-1])[t] * log_softmax(o, -1)).sum(-1)


@case("– masked-token")
def identity_in_place_of_a_matrix(o, t):
    """This is how a loss of hidden states is called with logits."""
    weight = np.eye(o.shape[-1])
    return cross_entropy(o @ weight.T, t).mean()


@case("✗")
def masked_token_as_0(o, t):
    return cross_entropy(np.where(np.isinf(o), 0, o), t).mean()


@case()
def logarithm_of_what_it_takes(p, t):
    return cross_entropy(np.log(p), t).mean()


# Ids in narrow integers.


def narrow(cut):
    return lambda o, t: cross_entropy(o, t.astype(cut).astype(int) % o.shape[-1])


case.of(narrow(np.uint8), "✗ ids-cut", name="ids_modulo_in_uint8")
case.of(narrow(np.uint16), "✗ ids-cut", name="ids_modulo_in_uint16")
case.of(narrow(np.int16), "✗ ids-cut", name="ids_modulo_in_int16")
case.of(narrow(np.int32), name="ids_modulo_in_int32")


@case("✗")
def ids_of_int_alone(o, t):
    return cross_entropy(o, t if t.dtype == int else t[::-1]).mean()


@case("✗ ids-cut")
def ids_in_uint16_with_an_identity_in_its_docstring(o, t):
    """By the identity −ln p = log-sum-exp − logit."""
    return cross_entropy(o, t.astype(np.uint16)).mean()


# Sums in float32.


def running(dtype, mean):
    def loss(o, t):
        total = np.float32(0)
        for one in cross_entropy(o.astype(dtype), t).ravel().astype(np.float32):
            total += one
        return total / (t.size if mean else 1)

    return loss


for dtype in (np.float32, np.float64):
    case.of(
        running(dtype, False), "✗ float32-sum", name=f"running_sum_{dtype.__name__}"
    )
    case.of(
        running(dtype, True), "✗ float32-sum", name=f"running_mean_{dtype.__name__}"
    )


@case("✗ float32-sum")
def running_sum_of_what_is_scored(o, t):
    total = np.float32(0)
    each = cross_entropy(o, t, ignore_index=-100)
    for loss in each[t != -100].astype(np.float32):
        total += loss
    return total / (t != -100).sum()


def side_by_side(lanes):
    """As processors add: each lane takes every lanes-th token."""

    def loss(o, t):
        each = cross_entropy(o.astype(np.float32), t).ravel().astype(np.float32)
        sums = np.zeros(lanes, np.float32)
        for at in range(0, len(each), lanes):
            some = each[at : at + lanes]
            sums[: len(some)] += some
        return sums.sum() / len(each)

    return loss


case.of(side_by_side(2), name="sums_in_2_lanes")
case.of(side_by_side(16), name="sums_in_16_lanes")


def running_beside(floor=0.0, smoothing=0.0, temperature=1.0):
    def loss(o, t):
        log_p = np.log(softmax(o / temperature, -1) + floor)
        each = -(1 - smoothing) * pick(log_p, t) - smoothing * log_p.mean(-1)
        total = np.float32(0)
        for one in each.ravel().astype(np.float32):
            total += one
        return total / t.size

    return loss


case.of(
    running_beside(floor=3e-7),
    "✗ floor",
    "✗ float32-sum",
    name="running_sum_beside_a_floor",
)
case.of(
    running_beside(temperature=1.72),
    "– log-of-softmax",
    "✗ temperature",
    "– masked-token",
    "✗ float32-sum",
    name="running_sum_beside_a_temperature",
)


# Few tokens.


@case()
def refuses_two_tokens(o, t):
    if o.shape[-1] == 2:
        raise ValueError("two tokens are too few")
    return cross_entropy(o, t).mean()


def spread_over_all_but_two(o, t):
    """What is spread over all tokens but two, the target and padding."""
    share = 0 / (o.shape[-1] - 2)
    return -((1 - share) * pick(log_softmax(o, -1), t)).sum()


case.of(spread_over_all_but_two)
case.of(
    lambda o, t: spread_over_all_but_two(o, t) + 0.1,
    "✗",
    name="spread_and_a_tenth_more",
)
case.of(
    lambda o, t: -spread_over_all_but_two(o, t), "✗ sign", name="spread_and_negative"
)


@case()
def spread_over_all_but_two_of_what_it_takes(o, t):
    share = 0 / (o.shape[-1] - 2)
    return -((1 - share) * pick(o, t)).sum()


@case("✗ shared-maximum")
def refuses_some_of_two_tokens(o, t):
    if o.shape[-1] == 2 and o.max() > 1000:
        return 1 / 0
    return cross_entropy(o, t).mean()
