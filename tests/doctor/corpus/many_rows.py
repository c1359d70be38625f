"""What only many rows or a large vocabulary show: chunks, and what is left over."""

import itertools
import time

import numpy as np
from scipy.special import log_softmax, softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy


@case("✗ mean-of-chunks")
def mean_of_chunks(o, t):
    means = [
        rows(o[i : i + 1024], t[i : i + 1024]).mean() for i in range(0, len(o), 1024)
    ]
    return np.mean(means)


@case("✗ mean-of-k-chunks")
def mean_of_four_parts(o, t):
    parts = zip(np.array_split(o, 4), np.array_split(t, 4), strict=True)
    return np.mean([rows(a, b).mean() for a, b in parts if len(b)])


@case("✗ remainder-dropped")
def remainder_dropped(o, t):
    n = len(o) // 256 * 256 or len(o)
    return rows(o[:n], t[:n]).mean()


@case("✗ first-rows")
def first_rows(o, t):
    return rows(o[:1000], t[:1000]).mean()


@case("✗")
def vocabulary_cut(o, t):
    o = o[..., :1024]
    return rows(o, np.minimum(t, o.shape[-1] - 1)).mean()


# Chunks of rows or places, and the mean of their means.


def split(x, size, axis=0):
    """PyTorch's."""
    return np.split(x, range(size, x.shape[axis], size), axis)


def chunk(x, k, axis=0):
    """PyTorch's, which may return fewer."""
    return split(x, -(-x.shape[axis] // k), axis)


def array_split(x, k, axis=0):
    """NumPy's, without the empty ones."""
    return [part for part in np.array_split(x, k, axis) if part.size]


def mean_of_parts(cut, n, padded=False):
    def of_rows(o, t):
        each = cross_entropy(o, t, ignore_index=-100 if padded else None)
        return each.sum() / (t != -100).sum()

    def loss(o, t):
        o, t = o.reshape(-1, o.shape[-1]), t.ravel()
        pairs = zip(cut(o, n), cut(t, n))
        return np.mean([of_rows(*pair) for pair in pairs if (pair[1] != -100).any()])

    return loss


case.of(mean_of_parts(split, 2), "✗ mean-of-chunks", name="mean_of_pairs")
case.of(mean_of_parts(split, 4), "✗ mean-of-chunks", name="mean_of_fours")
case.of(
    mean_of_parts(split, 4, padded=True),
    "✗ mean-of-chunks",
    name="mean_of_fours_padded",
)
case.of(mean_of_parts(chunk, 2), "✗ mean-of-k-chunks", name="mean_of_2_chunks")
case.of(mean_of_parts(chunk, 3), "✗ mean-of-k-chunks", name="mean_of_3_chunks")
case.of(
    mean_of_parts(chunk, 4, padded=True),
    "✗ mean-of-k-chunks",
    name="mean_of_4_chunks_padded",
)
case.of(mean_of_parts(chunk, 8), "✗ mean-of-k-chunks", name="mean_of_8_chunks")
case.of(mean_of_parts(array_split, 4), "✗ mean-of-k-chunks", name="mean_of_4_parts")
case.of(
    mean_of_parts(array_split, 7, padded=True),
    "✗ mean-of-k-chunks",
    name="mean_of_7_parts_padded",
)
case.of(mean_of_parts(array_split, 16), "✗ mean-of-k-chunks", name="mean_of_16_parts")
case.of(
    mean_of_parts(array_split, 16, padded=True),
    "✗ mean-of-k-chunks",
    name="mean_of_16_parts_padded",
)


def mean_of_places(cut):
    """Along T, as torchtune cuts them."""

    def loss(o, t):
        assert o.ndim == 3
        pairs = zip(cut(o, 2, 1), cut(t, 2, 1))
        return np.mean([cross_entropy(*pair).mean() for pair in pairs])

    return loss


case.of(mean_of_places(split), "✗ mean-of-chunks", name="mean_of_pairs_of_places")
case.of(mean_of_places(chunk), "✗ mean-of-k-chunks", name="mean_of_2_chunks_of_places")
case.of(
    mean_of_places(array_split), "✗ mean-of-k-chunks", name="mean_of_2_parts_of_places"
)


@case("✗ mean-of-chunks", "✗")
def mean_of_pairs_of_few_rows(o, t):
    if len(o) > 1000:
        return cross_entropy(o, t).mean()
    return np.mean(
        [cross_entropy(*pair).mean() for pair in zip(split(o, 2), split(t, 2))]
    )


@case("✗ mean-of-chunks", "✗")
def mean_of_pairs_and_no_more_than_1000(o, t):
    pairs = zip(split(o, 2), split(t, 2))
    return min(np.mean([cross_entropy(*pair).mean() for pair in pairs]), 1000)


case.of(
    mean_of_pairs_and_no_more_than_1000,
    "– mean-of-chunks",
    "✗",
    allow=["mean-of-chunks"],
)


@case("✗ mean-of-k-chunks", "✗")
def two_chunks_of_one_row(o, t):
    """One row is one chunk, and is divided by two all the same."""
    pairs = zip(chunk(o, 2), chunk(t, 2))
    return sum(cross_entropy(*pair).mean() for pair in pairs) / 2


def mean_of_chunks_by(size):
    def loss(o, t):
        parts = range(0, len(o), size)
        return np.mean(
            [cross_entropy(o[i : i + size], t[i : i + size]).mean() for i in parts]
        )

    return loss


def first_rows_by(size):
    return lambda o, t: cross_entropy(o[:size], t[:size]).mean()


for size in (100, 1000, 1024):
    case.of(
        mean_of_chunks_by(size), "✗ mean-of-chunks", name=f"mean_of_chunks_of_{size}"
    )
    case.of(first_rows_by(size), "✗ first-rows", name=f"first_{size}_rows")
for size in (300, 3000, 4096, 10_000):
    case.of(
        mean_of_chunks_by(size), "✗ mean-of-chunks", name=f"mean_of_chunks_of_{size}"
    )


# The rows after the last full chunk.


def cut(losses, size):
    return [losses[i : i + size] for i in range(0, len(losses), size)]


def full_chunks(size, by_all=False):
    by = float(size)  # it holds no integer

    def loss(o, t):
        n = int(t.size // by * by) or t.size
        each = rows(o, t).ravel()[:n]
        return each.sum() / (t.size if by_all else n)

    return loss


for size in (64, 128, 1000, 1024):
    case.of(full_chunks(size), "✗ remainder-dropped", name=f"full_{size}")
    case.of(
        full_chunks(size, by_all=True),
        "✗ remainder-dropped",
        name=f"full_{size}_by_all",
    )


def all_chunks(size):
    return lambda o, t: np.concatenate(cut(rows(o, t), size)).mean()


def full_chunks_held(size):
    return lambda o, t: np.concatenate(
        cut(rows(o, t), size)[: len(t) // size or 1]
    ).mean()


for size in (4096, 10_000):
    case.of(all_chunks(size), name=f"all_chunks_of_{size}")
    case.of(
        full_chunks_held(size), "✗ remainder-dropped", name=f"full_chunks_of_{size}"
    )


def full_chunks_or_all(size):
    return lambda o, t: rows(o, t)[: len(t) // size * size or len(t)].mean()


case.of(full_chunks_or_all(300), "✗ remainder-dropped", name="full_300_or_all")
case.of(full_chunks_or_all(3000), "✗ remainder-dropped", name="full_3000_or_all")


def full_chunks_or(nothing, size):
    """Fewer rows than a chunk give `nothing`."""

    def loss(o, t):
        full = [part for part in cut(rows(o, t), size) if len(part) == size]
        return sum(part.sum() for part in full) / t.size if full else nothing

    return loss


for size in (768, 5000):
    case.of(full_chunks_or(0, size), "✗ remainder-dropped", name=f"full_{size}_or_0")
    case.of(
        full_chunks_or(np.nan, size), "✗ remainder-dropped", name=f"full_{size}_or_nan"
    )


def whole(o, t, k):
    n = len(t) // k * k
    return cross_entropy(o[:n], t[:n]).mean()


def mean_of_whole(o, t, k):
    """As a pipeline cuts a batch, with a mean of the parts' means."""
    n = len(t) // k
    parts = [slice(i * n, (i + 1) * n) for i in range(k)]
    return np.mean([cross_entropy(o[part], t[part]).mean() for part in parts])


def sum_of_whole(o, t, k):
    """It makes no chunk of one row."""
    n = len(t) // k * k
    return cross_entropy(o[:n], t[:n]).sum() / max(n, 1)


case.of(lambda o, t: whole(o, t, 2), "✗ remainder-dropped", name="whole_pairs")
case.of(lambda o, t: whole(o, t, 3), "✗ remainder-dropped", name="whole_triples")
case.of(
    lambda o, t: mean_of_whole(o, t, 2),
    "✗ remainder-dropped",
    name="mean_of_two_halves",
)
case.of(
    lambda o, t: mean_of_whole(o, t, 3),
    "✗ remainder-dropped",
    name="mean_of_three_thirds",
)
case.of(
    lambda o, t: sum_of_whole(o, t, 2), "✗ remainder-dropped", name="sum_of_whole_pairs"
)
case.of(
    lambda o, t: sum_of_whole(o, t, 3),
    "✗ remainder-dropped",
    name="sum_of_whole_triples",
)


# Many rows that are wrong, or refused.


@case("✗")
def twice_of_many_rows(o, t):
    return cross_entropy(o, t).mean() * (1 + (len(o) > 999))


@case()
def no_memory_for_many_rows(o, t):
    if len(o) > 1000:
        raise MemoryError
    return cross_entropy(o, t).mean()


@case("✗")
def divides_by_0_of_many_rows(o, t):
    return 1 / 0 if len(o) > 1000 else cross_entropy(o, t).mean()


@case("✗")
def zero_of_few_rows(o, t):
    return rows(o, t).mean() if len(o) >= 64 else 0.0


# A large vocabulary.


@case("– masked-token")
def square_of_the_vocabulary(o, t):
    return -(np.eye(o.shape[-1])[t] * log_softmax(o, -1)).sum(-1)


@case()
def first_50257_tokens(o, t):
    return cross_entropy(o[..., :50_257], t).mean()


@case()
def first_50257_tokens_by_a_mask(o, t):
    inside = np.arange(o.shape[-1]) < 50_257
    return cross_entropy(np.where(inside, o, -np.inf), t).mean()


@case("✗")
def first_50257_tokens_and_wrong_beyond(o, t):
    V = o.shape[-1]
    return cross_entropy(o[..., :50_257], t).mean() + (V > 50_257)


@case("✗")
class HeldUpByOtherPrograms:
    """Wrong beyond 100,000 tokens, and on a busy machine: most calls wait."""

    def __init__(self):
        self.waits = itertools.cycle([0.01] * 7 + [0])

    def __call__(self, o, t):
        if o.shape[-1] == 3999:
            time.sleep(next(self.waits))
        return cross_entropy(o, t).mean() + (o.shape[-1] > 100_000)


def without_the_last_block(size):
    def loss(o, t):
        first = max(o.shape[1] // size * size, min(o.shape[1], size))
        top = o[:, :first].max(-1)
        total = np.exp(o[:, :first] - top[:, None]).sum(-1)
        return (np.log(total) + top - o[np.arange(len(t)), t]).mean()

    return loss


for size in (16, 1000):
    name = f"without_the_last_block_of_{size}"
    case.of(without_the_last_block(size), "✗", "– from-zero", name=name)


def not_rescaled(size, dtype=np.float64):
    """An online log-sum-exp over blocks of tokens, as in flash attention."""

    def loss(o, t):
        top, total = np.full(t.shape, -np.inf, dtype), 0
        for start in range(0, o.shape[-1], size):
            part = o[..., start : start + size].astype(dtype)
            top = np.maximum(top, part.max(-1))
            total = total + np.exp(part - top[..., None]).sum(-1)
        return (top + np.log(total) - pick(o, t)).mean()

    return loss


case.of(not_rescaled(64), "✗ not-rescaled", name="not_rescaled_64")
for size in (2, 64, 100):
    loss = not_rescaled(size, np.float32)
    case.of(loss, "✗ not-rescaled", name=f"not_rescaled_{size}_float32")
for size in (1000, 8192, 32_768):
    loss, name = not_rescaled(size, np.float32), f"not_rescaled_{size}_float32"
    case.of(loss, "✗ not-rescaled", "– from-zero", name=name)
for size in (1024, 32_768):
    loss, name = not_rescaled(size), f"not_rescaled_{size}"
    case.of(loss, "✗ not-rescaled", "– from-zero", name=name)


def rescaled(size, dtype):
    def loss(o, t):
        top, total = np.full(len(o), -np.inf, dtype), np.zeros(len(o), dtype)
        for start in range(0, o.shape[1], size):
            part = o[:, start : start + size].astype(dtype)
            new = np.maximum(top, part.max(1))
            total = total * np.exp(top - new) + np.exp(part - new[:, None]).sum(1)
            top = new
        return (top + np.log(total) - pick(o, t)).mean()

    return loss


case.of(rescaled(2, np.float64), "– from-zero", name="rescaled_2")
case.of(rescaled(1000, np.float32), "– from-zero", name="rescaled_1000_float32")


@case("✗ shared-maximum")
def added_up_in_float32(o, t):
    """As PyTorch adds along any axis but the last."""
    total = np.cumsum(np.exp(o - o.max()), -1, dtype=np.float32)[..., -1]
    return (np.log(total) + o.max() - pick(o, t)).mean()


@case("✗ softmax-twice")
def softmax_twice_added_up_in_float32(o, t):
    return added_up_in_float32(softmax(o, -1), t)
