"""Whole steps of training, as one batch, as micro-batches, as ranks of unequal work."""

import numpy as np

from corpus.cases import case
from xent_lib import cross_entropy, cross_entropy_grad, softmax


def sums(parts):
    return [cross_entropy(o, t, reduction="sum", ignore_index=-100) for o, t in parts]


def counts(parts):
    return [(t != -100).sum() for _, t in parts]


def means(parts):
    return np.divide(sums(parts), counts(parts))


def slopes(parts, times):
    """The gradient of each part's sum, times a number or one for each."""
    pairs = zip(np.broadcast_to(times, len(parts)), parts)
    return [k * cross_entropy_grad(o, t, ignore_index=-100) for k, (o, t) in pairs]


# Steps that do not depend on the split.


@case()
def right(parts):
    return sum(sums(parts)) / sum(counts(parts))


@case()
def summed(parts):
    return sum(sums(parts))


@case("– per-sequence")
def by_sequences(parts):
    return sum(sums(parts)) / sum(len(t) for _, t in parts)


@case()
def right_with_its_gradient(parts):
    return right(parts), slopes(parts, 1 / sum(counts(parts)))


@case()
def loss_in_a_dict(parts):
    """As in Lightning."""
    return {"log": {}, "loss": right(parts)}


@case()
def writes_into_its_parts(parts):
    for o, _ in parts:
        o += 1
    return right(parts)


# Steps that do.


@case("✗ mean-of-parts")
def mean_of_parts(parts):
    return means(parts).mean()


@case("✗ sum-of-parts")
def sum_of_parts(parts):
    return means(parts).sum()


@case("✗ parts-by-sequences")
def parts_by_sequences(parts):
    return np.average(means(parts), weights=[len(t) for _, t in parts])


@case("✗ padded-length")
def parts_by_places(parts):
    return sum(sums(parts)) / sum(t.size for _, t in parts)


@case("✗ divided-twice")
def divided_twice(parts):
    return right(parts) / len(parts)


@case("✗ parts-summed")
def parts_summed(parts):
    return sum(sums(parts)) / len(parts)


@case("✗")
def last_part(parts):
    return means(parts)[-1]


@case("✗")
def last_part_by_all_tokens(parts):
    return sums(parts)[-1] / sum(counts(parts))


@case("✗ average-count")
def average_count(parts):
    return right(parts) * len(parts)


@case("✗")
def first_count(parts):
    return sum(sums(parts)) / counts(parts)[0]


@case("✗")
def first_count_and_parts(parts):
    return sum(sums(parts)) / counts(parts)[0] / len(parts)


@case("✗ scaled")
def scaled(parts):
    return 8 * right(parts)


@case("✗")
def by_a_root_of_parts(parts):
    return right(parts) * len(parts) ** 0.5


@case("✗")
def one_more(parts):
    return right(parts) + 1


@case("?")
def second_part(parts):
    return parts[1]


@case("?")
def methods_of_tensors(parts):
    return sum(o.size(-1) for o, _ in parts)


case.of(methods_of_tensors, "?", to=np.asarray)


@case("✗ mean-of-means")
def mean_of_means(parts):
    """Each sequence is a part of its own."""
    each = [(o[[i]], t[[i]]) for o, t in parts for i in range(len(t))]
    times = 1 / np.array(counts(each)) / len(each)
    slope = iter(slopes(each, times))
    return means(each).mean(), [
        np.concatenate([next(slope) for _ in t]) for _, t in parts
    ]


case.of(mean_of_means, "– mean-of-means", "✗ empty-sequence", allow=["mean-of-means"])
case.of(
    lambda parts: mean_of_means(parts)[0], "✗ mean-of-means", name="mean_of_means_alone"
)


# Steps with a loss that is wrong in one part, too.


def of_softmax(step):
    return lambda parts: step([(softmax(o), t) for o, t in parts])


case.of(of_softmax(right), "✗ softmax-twice", name="softmax_twice")
case.of(
    of_softmax(mean_of_parts),
    "✗ softmax-twice",
    "✗ mean-of-parts",
    name="softmax_twice_and_mean_of_parts",
)


# Their gradients.


def with_slopes(loss, times):
    """A step whose gradient has other weights than its loss."""
    return lambda parts: (loss(parts), slopes(parts, times(parts)))


case.of(
    with_slopes(right, lambda parts: 1 / np.array(counts(parts)) / len(parts)),
    "✗ mean-of-parts",
    name="gradient_by_parts",
)


def of_both(times):
    """A step whose loss and gradient weigh the parts alike."""

    def step(parts):
        each = times(np.array(counts(parts)))
        return each @ np.array(sums(parts)), slopes(parts, each)

    return step


case.of(of_both(lambda n: 1 / (n * len(n))), "✗ mean-of-parts", name="both_by_parts")
case.of(
    of_both(lambda n: 8 / (n * len(n))),
    "✗ scaled",
    "✗ mean-of-parts",
    name="both_by_parts_times_8",
)
case.of(of_both(lambda n: 8 / n.sum() + 0 * n), "✗ scaled", name="both_times_8")
case.of(
    with_slopes(mean_of_parts, lambda parts: 1.0 / counts(parts)[0]),
    "✗ mean-of-parts",
    "✗ gradient-of-rest",
    "✗ gradient-scaled",
    name="mean_of_parts_and_gradient_by_the_first_count",
)


def scaled_gradient(times):
    return with_slopes(right, lambda parts: times / sum(counts(parts)))


case.of(scaled_gradient(23), "✗ gradient-scaled", name="gradient_times_its_tokens")
case.of(scaled_gradient(6), "✗ gradient-scaled", name="gradient_times_its_sequences")
case.of(scaled_gradient(1 / 6), "✗ gradient-scaled", name="gradient_by_its_sequences")
case.of(scaled_gradient(7), "✗ gradient-scaled", name="gradient_times_its_vocabulary")
case.of(scaled_gradient(1 / np.log(2)), "✗ gradient-scaled", name="gradient_in_bits")
case.of(scaled_gradient(8), "✗ gradient-scaled", name="gradient_times_8")


# Steps that give too little, or nothing.


@case("✗")
def gradient_of_the_first_part_alone(parts):
    loss, slope = right_with_its_gradient(parts)
    return loss, slope[:1]


@case("?")
def ends_the_program(parts):
    raise SystemExit("the loss is not finite")


@case("?", time_limit=0.3)
def never_ends(parts):
    while True:
        pass
