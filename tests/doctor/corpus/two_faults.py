"""Two faults at once: a loss in steps, of which two are done differently."""

import numpy as np
from scipy.special import logsumexp

from corpus.cases import case
from corpus.shared import pick
from xent_lib import log_softmax, softmax


def nll(o, log_p, ids):
    return -pick(log_p, ids)


def mean(each, keep, n, V):
    return each[keep].sum() / n


def total(each, keep, n, V):
    return each[keep].sum()


def for_each_token(each, keep, n, V):
    return np.where(keep, each, 0)


RIGHT = {
    "align": lambda o, t: (o, t),
    "ids": lambda ids, V: ids,
    "keep": lambda t: t != -100,
    "count": np.sum,  # of what is scored
    "counted": lambda before, after: after,  # before or after it is aligned
    "logits": lambda o: o,
    "log_p": log_softmax,
    "losses": nll,
    "more": lambda o: 0,
    "unit": lambda each: each,
    "reduce": mean,
}


def loss_with(*changes):
    steps = RIGHT.copy()
    for change in changes:
        steps |= change

    def loss(o, t):
        before = steps["keep"](t)
        o, t = steps["align"](o, t)
        keep = steps["keep"](t)
        V = o.shape[-1]
        ids = steps["ids"](np.where(keep, np.maximum(t, 0), 0), V)
        o = steps["logits"](o)
        each = steps["losses"](o, steps["log_p"](o), ids) + steps["more"](o)
        each = steps["unit"](each)
        n = steps["count"](steps["counted"](before, keep))
        return steps["reduce"](each, keep, n, V)

    return loss


# Each fault as the steps that it changes.


def floor(o, log_p, ids):
    return -np.log(pick(np.exp(log_p), ids) + 1e-9)


def smoothing(size=0.1):
    def losses(o, log_p, ids):
        return -(1 - size) * pick(log_p, ids) - size * log_p.mean(-1)

    return {"losses": losses}


def smoothing_others(o, log_p, ids):
    picked, V = pick(log_p, ids), log_p.shape[-1]
    return -0.9 * picked - 0.1 * (log_p.sum(-1) - picked) / (V - 1)


def focal(o, log_p, ids):
    picked = pick(log_p, ids)
    return -((1 - np.exp(picked)) ** 2) * picked


def z_loss(size=1e-3):
    return {"more": lambda o: size * logsumexp(o, -1) ** 2}


def temperature(size=1.7):
    return {"logits": lambda o: o / size}


def scaled(size=0.25):
    return {"unit": lambda each: size * each}


def plain_softmax(o):
    return np.log(np.exp(o) / np.exp(o).sum(-1, keepdims=True))


def no_shift(o):
    return o - np.log(np.exp(o).sum(-1, keepdims=True))


def shared_maximum(o):
    return no_shift(o - o.max())


def half(o):
    o = o.astype(np.float16)
    o = o - o.max(-1, keepdims=True)
    total = np.exp(o).sum(-1, keepdims=True, dtype=np.float16)
    return (o - np.log(total)).astype(float)


def over_the_batch(o):
    return log_softmax(o, axis=-1 if o.ndim < 3 else 0)


def in_uint8(o, t):
    return o, np.where(t == -100, t, t.astype(np.uint8))


def shift(o, t):
    return o[..., :-1, :], t[..., 1:]


def shift_back(o, t):
    return o[..., 1:, :], t[..., :-1]


def roll(o, t):
    return o, np.roll(t, -1, -1)


def mean_of_means(each, keep, n, V):
    if each.ndim == 1:
        return each[keep].mean()
    return np.mean([losses[kept].mean() for losses, kept in zip(each, keep)])


def running_mean(each, keep, n, V):
    total = np.float32(0)
    for loss in each[keep].astype(np.float32):
        total += loss
    return total / n


def mean_of_chunks(each, keep, n, V):
    chunks = range(0, len(each), 1024)
    return np.mean([each[i : i + 1024][keep[i : i + 1024]].mean() for i in chunks])


def perplexity(each, keep, n, V):
    return np.exp(each[keep].sum() / n)


def mean_over_the_vocabulary(each, keep, n, V):
    return each[keep].sum() / n / V


def by_sequences(each, keep, n, V):
    return each[keep].sum() / len(each)


def mean_of_perplexities(each, keep, n, V):
    return np.exp(each[keep]).sum() / n


FAULTS = {
    "base-2": {"unit": lambda each: each / np.log(2)},
    "base-10": {"unit": lambda each: each / np.log(10)},
    "sign": {"unit": np.negative},
    "scaled": scaled(),
    "softmax-twice": {"logits": softmax},
    "temperature": temperature(),
    "soft-cap": {"logits": lambda o: 30 * np.tanh(o / 30)},
    "plain-softmax": {"log_p": plain_softmax},
    "log-of-softmax": {"log_p": lambda o: np.log(softmax(o))},
    "no-shift": {"log_p": no_shift},
    "shared-maximum": {"log_p": shared_maximum},
    "half-precision": {"log_p": half},
    "batch-axis": {"log_p": over_the_batch},
    "ids-cut": {"align": in_uint8},
    "shifted": {"align": shift},
    "shifted-back": {"align": shift_back},
    "rolled": {"align": roll},
    "counted-before-shift": {"align": shift, "counted": lambda before, after: before},
    "next-id": {"ids": lambda ids, V: (ids + 1) % V},
    "floor": {"losses": floor},
    "smoothing": smoothing(),
    "focal": {"losses": focal},
    "z-loss": z_loss(),
    "padding-as-token-0": {"keep": lambda t: np.full(t.shape, True)},
    "padded-length": {"count": np.size},
    "by-vocabulary": {"reduce": mean_over_the_vocabulary},
    "per-sequence": {"reduce": by_sequences},
    "mean-of-means": {"reduce": mean_of_means},
    "mean-of-chunks": {"reduce": mean_of_chunks},
    "float32-sum": {"reduce": running_mean},
    "perplexity": {"reduce": perplexity},
    "mean-of-perplexities": {"reduce": mean_of_perplexities},
}

CONVENTIONS = {"base-2", "shifted", "smoothing", "per-sequence", "log-of-softmax"}
CONVENTIONS |= {"z-loss", "soft-cap", "focal"}


def sign(name):
    return f"– {name}" if name in CONVENTIONS else f"✗ {name}"


# Two that people make together.
for one, others in {
    "base-10": "plain-softmax softmax-twice perplexity padded-length",
    "base-2": "plain-softmax mean-of-means padding-as-token-0 float32-sum",
    "sign": "floor temperature smoothing by-vocabulary shifted-back",
    "scaled": "plain-softmax softmax-twice mean-of-means padded-length",
    "floor": "temperature padded-length mean-of-means by-vocabulary perplexity",
    "smoothing": "z-loss soft-cap mean-of-means padded-length plain-softmax",
    "focal": "log-of-softmax by-vocabulary padding-as-token-0",
    "softmax-twice": "padded-length per-sequence perplexity",
    "temperature": "mean-of-means rolled shifted-back mean-of-perplexities",
    "plain-softmax": "mean-of-means padded-length rolled",
    "no-shift": "smoothing next-id mean-of-perplexities per-sequence",
    "half-precision": "mean-of-means perplexity shifted-back",
    "padding-as-token-0": "perplexity z-loss shared-maximum",
    "mean-of-chunks": "temperature sign",
    "ids-cut": "soft-cap base-10",
    "counted-before-shift": "base-2 padded-length",
    "batch-axis": "scaled",
    "float32-sum": "shifted counted-before-shift half-precision",
    "mean-of-perplexities": "padded-length shifted",
}.items():
    for other in others.split():
        loss = loss_with(FAULTS[one], FAULTS[other])
        case.of(loss, sign(one), sign(other), name=f"{one}_and_{other}")


# Two with a size each, of any reduction.


def sized(name, one, other, *expected):
    case.of(loss_with(one, other), *expected, name=name)
    summed = loss_with(one, other, {"reduce": total})
    case.of(summed, *expected, name=f"{name}_summed")
    each = loss_with(one, other, {"reduce": for_each_token})
    case.of(each, *expected, name=f"{name}_for_each_token")


TO_OTHERS, FOCAL = {"losses": smoothing_others}, {"losses": focal}
CAP, RUNNING = FAULTS["soft-cap"], FAULTS["float32-sum"]
sized("tempered_by_2", temperature(2), scaled(0.25), "✗ temperature", "✗ scaled")
sized("tempered_by_half", temperature(0.5), scaled(128), "✗ temperature", "✗ scaled")
sized("smoothed_0.1", smoothing(0.1), scaled(0.0625), "– smoothing", "✗ scaled")
sized("smoothed_0.3", smoothing(0.3), scaled(65536), "– smoothing", "✗ scaled")
sized("to_others", TO_OTHERS, scaled(2), "– smoothing-others", "✗ scaled")
sized("with_z_loss", z_loss(1e-4), scaled(8), "– z-loss", "✗ scaled")
sized("capped", CAP, scaled(0.25), "– soft-cap", "✗ scaled")
sized("tempered", temperature(2), smoothing(0.1), "✗ temperature", "– smoothing")
sized("focal", temperature(0.9), FOCAL, "✗ temperature", "– focal")
sized("tempered_z_loss", temperature(), z_loss(), "✗ temperature", "– z-loss")
for size in (0.02, 0.23):
    loss = loss_with(smoothing(size), RUNNING)
    case.of(loss, "– smoothing", "✗ float32-sum", name=f"running_sum_smoothed_{size}")


# The probe that shows the temperature has no other target than this one.
NOT_TOKEN_1 = {"keep": lambda t: t != 1}
of_few = loss_with(temperature(2), NOT_TOKEN_1)
case.of(of_few, "✗ temperature", name="tempered_without_token_1", ignore_index=1)
case.of(of_few, "– token-ignored", "✗ temperature", name="tempered_without_token_1")
