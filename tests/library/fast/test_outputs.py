"""How outputs are computed: on which path, with what rounding, in which memory."""

import numpy as np
import pytest
from mpmath import mp

from reference import assert_close, exact_log_p
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    entropy,
    kl_divergence,
    log_softmax,
    logsumexp,
    softmax,
)
from xent_lib._compute import FEW
from xent_lib._fast import layout

pytestmark = pytest.mark.usefixtures("without_compiled_loop")
BLOCK, SMALL = layout.BLOCK, layout.SMALL


def loss(logits):
    return cross_entropy(logits, np.zeros(logits.shape[:-1], int))


def grad(logits):
    return cross_entropy_grad(logits, np.zeros(logits.shape[:-1], int))


def loss_of_two_thirds(logits):
    targets = np.zeros(logits.shape[:-1], int)
    targets.flat[::3] = -100
    return cross_entropy(logits, targets, ignore_index=-100)


def loss_of_distributions(logits):
    return cross_entropy(logits, np.broadcast_to(1 / logits.shape[-1], logits.shape))


EVERY = [loss, grad, logsumexp, softmax, log_softmax]


@pytest.fixture
def exps(monkeypatch):
    """How many exp NumPy is asked for, call by call."""
    sizes, exp = [], np.exp

    def counted(x, **options):
        sizes.append(np.size(x))
        return exp(x, **options)

    monkeypatch.setattr(np, "exp", counted)
    return sizes


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize(("dtype", "shift"), [
    ("f", 0), ("f", 100), ("f", -100), ("e", 0), ("e", 100), ("d", 0),
])  # fmt: skip
def test_exp_is_taken_of_every_logit_once(exps, f, dtype, shift, order):
    logits = np.random.default_rng(0).normal(shift, 1, (24, 20_000))
    f(logits.astype(dtype, order))
    assert logits.size <= sum(exps) < 1.05 * logits.size  # and of some row sums


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shift", [0, 100])
def test_log_softmax_of_float32_has_the_digits_of_its_result(shift, order):
    logits = np.random.default_rng(0).normal(shift, 3, (60, 20_000)).astype("f", order)
    exact = log_softmax(logits.astype(np.float64))
    unit = np.spacing(abs(exact).astype(np.float32))
    assert (abs(log_softmax(logits) - exact) <= np.maximum(1e-6, unit)).all()


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("far", [0, 100])
@pytest.mark.parametrize("v", [4, 20_000, BLOCK + 7])
def test_log_softmax_of_float16_is_rounded_once(v, far, order):
    logits = np.random.default_rng(v).normal(far, 3, (2, v)).astype(np.float16, order)
    exact = log_softmax(logits.astype(np.float64))
    units = abs(log_softmax(logits) - exact) / np.spacing(abs(exact).astype(np.float16))
    assert abs(units).max() <= 0.5 + 2**-10  # and a little, by the float32 before


def test_softmax_looks_for_the_largest_only_where_small_sums_lose_digits(spy):
    tops = spy("largest_logits")
    for shift, looks in [(-7, False), (40, False), (-8, True), (46, True)]:
        tops.clear()
        softmax(np.where(np.arange(9000), -30, shift).astype(np.float32))
        assert bool(tops) == looks
    tops.clear()
    logits = np.full((1, 9000), -20, np.float32)
    logits[0, 255] = -1
    softmax(logits)
    assert not tops
    logits[0, 255:257] = -20, -1
    softmax(logits)
    assert tops
    tops.clear()
    softmax(np.array([[0], [100]], np.float32).repeat(BLOCK, axis=1))  # two blocks
    assert len(tops) == 1


def whole(shape):
    return np.zeros(shape, np.float32)


BATCHES = {
    "rows": lambda: whole((32, 32_000)),
    "large logits": lambda: whole((32, 32_000)) + 100,
    "a cut": lambda: whole((2, 16, 32_000))[..., :-1],
    "rows in another order": lambda: whole((4, 8, 32_000)).transpose(1, 0, 2),
    "Fortran order": lambda: np.zeros((512, 4000), np.float32, "F"),
    "float64": lambda: np.zeros((16, 32_000)),
    "int64": lambda: np.tile([-1000, 1000], (16, 16_000)),
    "float16": lambda: np.zeros((48, 32_000), np.float16),
    "float16 in Fortran order": lambda: np.zeros((48, 32_000), np.float16, "F"),
    "many small pieces, turned round": lambda: whole((600, 4, 1000))[:, ::-1],
}


@pytest.mark.parametrize("f", [*EVERY, loss_of_two_thirds], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("batch", "numba"), [
    *((batch, "0") for batch in BATCHES), ("rows", "1"), ("large logits", "1"),
])  # fmt: skip
def test_memory_beyond_the_result_is_a_block_and_not_a_copy(
    monkeypatch, memory_beyond_the_result, batch, f, numba
):
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    logits = BATCHES[batch]()
    copied = 2**19 if logits.shape == (600, 4, 1000) else 0  # a piece, and the next
    assert memory_beyond_the_result(f, logits) < 2**20 + copied


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("v", [1, 2])
def test_of_many_short_rows_a_few_are_looked_at_at_a_time(
    memory_beyond_the_result, f, order, v
):
    logits = np.zeros((4 * 10**5, v), np.float32, order)
    targets = 8 * len(logits) if f in (loss, grad) else 0
    assert memory_beyond_the_result(f, logits) < 2.5 * 2**20 + targets


@pytest.mark.parametrize("f", [softmax, grad], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", "fd")
def test_large_logits_become_probabilities_in_the_memory_of_the_result(
    memory_beyond_the_result, f, dtype
):
    logits = np.full((30, 20_000), 100, dtype)
    beyond = memory_beyond_the_result(f, logits)
    assert beyond < 2**18, "a block takes three times as much"


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("f", [loss, loss_of_two_thirds], ids=lambda f: f.__name__)
def test_a_third_of_the_targets_ignored_takes_no_more_memory(
    memory_beyond_the_result, f, order
):
    logits = np.zeros((256, 32_000), np.float32, order)
    assert memory_beyond_the_result(f, logits) < 2**20


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", "efd")
def test_distributions_take_some_blocks_and_no_copy(
    memory_beyond_the_result, dtype, order
):
    logits = np.zeros((64, 32_000), dtype, order)
    assert memory_beyond_the_result(loss_of_distributions, logits) < 2**22


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", "efd")
def test_the_gradient_of_distributions_takes_no_second_array(
    memory_beyond_the_result, dtype, order
):
    def grad(logits):
        return cross_entropy_grad(logits, np.broadcast_to(1 / 32_000, logits.shape))

    logits = np.zeros((64, 32_000), dtype, order)
    assert memory_beyond_the_result(grad, logits) < 2**20


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", "efd")
def test_entropy_and_divergence_take_some_blocks_and_no_copy(
    memory_beyond_the_result, dtype, order
):
    p = np.full((48, 32_000), 1 / 32_000, dtype, order)
    p[:, 7] += 1 - p[0].sum(dtype=np.float64)  # in float16 it is not 1
    assert memory_beyond_the_result(entropy, p) < 2**22
    assert memory_beyond_the_result(kl_divergence, p, p) < 2**22


def test_one_hot_distributions_in_a_batch_are_their_tokens():
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(3, 40, 64)), rng.integers(0, 64, (3, 40))
    assert logits.size > FEW
    y = np.eye(64)[targets]
    assert_close(cross_entropy(logits, y), cross_entropy(logits, targets))
    means = [
        cross_entropy_grad(logits, which, reduction="mean") for which in (y, targets)
    ]
    assert_close(*means)


@pytest.mark.parametrize("order", "CF")
def test_unaligned_logits_are_not_copied_where_some_are_ignored(
    memory_beyond_the_result, order
):
    memory = np.zeros(4 * 300 * 32_000 + 1, np.uint8)
    logits = np.ndarray((300, 32_000), np.float32, memory, offset=1, order=order)
    assert memory_beyond_the_result(loss_of_two_thirds, logits) < 2**20


def test_every_p_above_1e_34_has_its_digits():
    row = np.linspace(-7.9, -7.9 - 85, 5000, dtype=np.float32)  # no max is subtracted
    p, exact = softmax(row), [mp.exp(log_p) for log_p in exact_log_p(row)]
    sure = [i for i, x in enumerate(exact) if x > 1e-34]
    assert len(sure) > 4000
    assert_close(p[sure], [exact[i] for i in sure], relative="1e-5", absolute=0)
