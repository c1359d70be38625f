"""The order of steps and epochs: overlap, repeats, stairs."""

import numpy as np
import pytest

from runs import found, losses, printed

RUN = losses(300)


def at(x, y):
    pairs = zip(x, y, strict=True)
    return "\n".join(f"step {i} loss {v:.4f}" for i, v in pairs)


@pytest.mark.parametrize(
    ("x", "times"),
    [
        ([*range(200), *range(180, 280)], 1),
        (np.repeat(np.arange(150), 2), 150),
        ([*range(200), *range(100)], 1),  # a second run, at the end of the first
        (np.tile(np.arange(100), 3), None),  # a counter in each epoch
        (range(300), None),
    ],
)
def test_steps_that_go_back(x, times):
    assert found(at(x, RUN), "overlap")[1].get("times") == times


def test_a_resumed_run_is_told_by_its_steps():
    numbers = found(at([*range(200), *range(180, 280)], RUN), "overlap")[1]
    assert (numbers["x"], numbers["to"]) == (199, 180)


def test_numbers_that_come_twice():
    y = RUN.copy()
    y[200:220] = y[100:120]
    numbers = found(printed(y), "repeats")[1]
    assert (numbers["at"], numbers["again"]) == ("step 100", "step 200")


@pytest.mark.parametrize(
    "y",
    [
        RUN,
        np.full(300, 2.5),
        np.random.default_rng(0).integers(0, 9, 300) / 10,
        [np.nan, *RUN[:60], *RUN[:60]],
        RUN[:9],
    ],
)
def test_numbers_that_may_be_equal_by_chance(y):
    assert found(printed(y), "repeats")[0] == []


def epochs(same, noise=0.01, n=100):
    """Three epochs of n steps, the texts in the same order or not."""
    draw = np.random.default_rng(0).standard_normal
    texts = 0.1 * draw(n)
    own = np.concatenate([texts if same else 0.1 * draw(n) for _ in range(3)])
    return np.r_[9.0, losses(3 * n, noise=0) + own + noise * draw(3 * n)]


@pytest.mark.parametrize(("same", "kinds"), [(True, ["order"]), (False, [])])
def test_an_epoch_in_the_order_of_the_one_before(same, kinds):
    assert found(printed(epochs(same)), "repeats", None, 100)[0] == kinds


@pytest.mark.parametrize(
    ("y", "steps"),
    [
        (epochs(True), None),
        (epochs(True)[:105], 100),  # too little of the second epoch
        ([9.0, *np.tile([2.5, 2.4], 150)], 100),  # shifted, they are alike, too
        (np.full(301, 2.5), 100),
    ],
)
def test_no_order_where_none_is_shown(y, steps):
    assert "order" not in found(printed(y), "repeats", None, steps)[0]


def with_stairs(height, n=100):
    return (
        losses(3 * n)
        - height * (np.arange(3 * n) > n)
        - height * (np.arange(3 * n) > 2 * n)
    )


@pytest.mark.parametrize(
    ("y", "steps", "kinds"),
    [
        (with_stairs(0.3), 100, [""]),
        (with_stairs(-0.3), 100, []),
        (with_stairs(0), 100, []),
        (with_stairs(0.3), None, []),
        (with_stairs(0.3), 30, []),  # too few points in half an epoch
        (np.full(300, 2.5), 100, []),
    ],
)
def test_stairs_where_epochs_end(y, steps, kinds):
    assert found(printed(y), "stairs", None, steps)[0] == kinds


def test_no_stairs_in_steps_that_go_back():
    x = [*range(200), *range(180, 280)]
    assert found(at(x, with_stairs(0.3)), "stairs", None, 100)[0] == []


def test_the_log_may_have_the_steps_of_an_epoch():
    y = with_stairs(0.3)
    rows = (
        f'{{"step": {i}, "loss": {v:.4f}, "epoch": {i / 100}}}' for i, v in enumerate(y)
    )
    numbers = found("\n".join(rows), "stairs")[1]
    assert (numbers["at"], numbers["first"]) == (
        "step 200",
        pytest.approx(0.3, abs=0.05),
    )
