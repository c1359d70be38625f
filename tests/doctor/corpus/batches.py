"""How the losses of a batch are put together: means, sums, factors."""

import numpy as np
from scipy.special import log_softmax, softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy


@case("✗ by-vocabulary", "– masked-token")
def mean_over_the_vocabulary_too(o, t):
    y = np.eye(o.shape[-1])[t]
    return -(y * log_softmax(o, -1)).mean()


@case("✗ perplexity")
def perplexity(o, t):
    return np.exp(rows(o, t).mean())


@case("✗ mean-of-perplexities")
def mean_of_perplexities(o, t):
    return np.exp(rows(o, t)).mean()


@case("✗")
def log_of_mean(o, t):
    return -np.log(pick(softmax(o, -1), t).mean())


@case("✗ scaled")
def accumulated(o, t):
    return 4 * rows(o, t).mean()


@case("✗ scaled")
def amp(o, t):
    return rows(o, t).mean() * 65536.0


@case("✗")
def median(o, t):
    return np.median(rows(o, t))


def mean(o, t):
    return cross_entropy(o, t, reduction="mean", ignore_index=-100)


def total(o, t):
    return cross_entropy(o, t, reduction="sum", ignore_index=-100)


def sequences(loss):
    """The same loss, which takes no rows."""

    def of_sequences(o, t):
        assert t.ndim == 2
        return loss(o, t)

    return of_sequences


# Divided twice.


@case("✗ divided-twice")
def divided_by_its_places(o, t):
    return mean(o, t) / t.size


case.of(divided_by_its_places, "✗ divided-twice", ignore_index=None)
of_sequences = sequences(divided_by_its_places)
case.of(of_sequences, "✗ divided-twice", name="sequences_divided_by_their_places")
case.of(
    of_sequences,
    "✗ divided-twice",
    name="sequences_divided_by_their_places",
    ignore_index=None,
)


@case("✗ divided-twice")
def divided_by_its_tokens(o, t):
    return mean(o, t) / (t != -100).sum()


case.of(divided_by_its_tokens, "✗ divided-twice", ignore_index=None)
of_sequences = sequences(divided_by_its_tokens)
case.of(of_sequences, "✗ divided-twice", name="sequences_divided_by_their_tokens")
case.of(
    of_sequences,
    "✗ divided-twice",
    name="sequences_divided_by_their_tokens",
    ignore_index=None,
)


@case("✗")
def divided_by_its_places_squared(o, t):
    """1/9 of three rows, which most probes have."""
    return mean(o, t) / t.size**2


# Factors beside a number of sequences.


case.of(
    sequences(lambda o, t: mean(o, t) / len(t)),
    "✗ divided-twice",
    name="mean_by_sequences",
)
case.of(sequences(lambda o, t: mean(o, t) / 2), "✗ scaled", name="mean_halved")
case.of(sequences(lambda o, t: mean(o, t) / 16), "✗ scaled", name="mean_by_16")
case.of(
    sequences(lambda o, t: mean(o, t) / len(t) * 8),
    "✗ scaled",
    "✗",
    name="mean_by_sequences_times_8",
)
case.of(
    sequences(lambda o, t: total(o, t) / len(t)),
    "– per-sequence",
    name="sum_by_sequences",
)
case.of(
    sequences(lambda o, t: total(o, t) / len(t) * 8),
    "✗ scaled",
    "✗",
    name="sum_by_sequences_times_8",
)
case.of(sequences(lambda o, t: total(o, t) * 8), "✗ scaled", name="sum_times_8")
case.of(
    sequences(lambda o, t: 3 * cross_entropy(o, t)), "✗ scaled", name="losses_times_3"
)


@case("✗ scaled")
def a_quarter(o, t):
    return mean(o, t) / 4


def times(factor):
    return lambda o, t: factor * rows(o, t).mean()


case.of(times(1.0005), "✗ scaled", name="times_1.0005")
case.of(times(0.9993), "✗ scaled", name="times_0.9993")


@case("– per-sequence")
def per_sequence(o, t):
    return cross_entropy(o, t).sum() / len(t)


@case("✗ by-vocabulary")
def by_the_vocabulary(o, t):
    return mean(o, t) / o.shape[-1]


# Other sums and means.


@case("✗ perplexity")
def perplexity_of_all(o, t):
    return np.exp(mean(o, t))


@case("✗ sequence-dropped", "✗")
def another_of_four_rows(o, t):
    """Without the last row, and doubled for four rows."""
    each = cross_entropy(o[:-1], t[:-1])
    return each.mean() * (1 + (len(t) == 4))
