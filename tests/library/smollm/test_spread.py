"""Standard errors, compared with what means of simulated texts do."""

import numpy as np
import pytest

from xent_lib.smollm.spread import LEAST, Units, deviations, standard_error

TRIES = 400


def correlated(rng, n, rho):
    """Losses that remember: each pulls those after it."""
    noise = rng.exponential(size=(TRIES, n + 100))
    for i in range(1, n + 100):
        noise[:, i] += rho * noise[:, i - 1]
    return noise[:, 100:]


def assert_right(errors, means):
    """Their squares are right on average, and 95 of 100 means within two of them."""
    squares = np.square(errors).mean()
    assert squares == pytest.approx(np.var(means, ddof=1), rel=0.15)
    off = np.abs(means - np.mean(means))
    assert 0.92 < (off < 2 * np.array(errors)).mean() < 0.98


@pytest.mark.parametrize("n", [1300, 5000])
def test_the_error_of_one_text_is_that_of_its_mean(n):
    """An error over tokens would be half as large."""
    losses = correlated(np.random.default_rng(n), n, 0.6)
    errors = []
    for one in losses:
        blocks = Units(40)
        for i in range(0, n, 32):
            blocks.add(np.array([one[i : i + 32].sum(), len(one[i : i + 32])]))
        errors.append(standard_error(deviations(*blocks.columns())))
        assert 20 < blocks.columns().shape[1] <= 40
    assert_right(errors, losses.mean(axis=1))
    naive = losses.std(axis=1).mean() / n**0.5
    assert naive < 0.6 * np.mean(errors)


def test_the_error_of_several_texts_is_that_of_all_their_tokens():
    """Texts of any length, each with a level of its own."""
    rng = np.random.default_rng(0)
    errors, means = [], []
    for _ in range(TRIES):
        n = rng.integers(5, 60, 60)
        total = n * rng.normal(3, 0.5, 60) + n**0.5 * rng.normal(0, 2, 60)
        errors.append(standard_error(deviations(total, n)))
        means.append(total.sum() / n.sum())
    assert_right(errors, means)


def test_of_equal_counts_it_is_the_usual_one():
    x = np.random.default_rng(0).normal(size=30)
    right = x.std(ddof=1) / 30**0.5
    assert standard_error(deviations(x, np.ones(30))) == pytest.approx(right, rel=1e-3)


def test_of_few_there_is_none():
    x = np.arange(LEAST)
    assert standard_error(deviations(x, x + 1)) > 0
    assert standard_error(deviations(x, x + 1)[1:]) is None


@pytest.mark.parametrize(("n", "size", "units"), [(8, 1, 8), (9, 2, 5), (31, 4, 8)])
def test_of_many_units_neighbours_are_added_up(n, size, units):
    rows = np.arange(2 * n).reshape(n, 2)
    some = Units(8)
    for row in rows:
        some.add(row)
    found = some.columns().T
    assert len(found) == units
    right = [rows[i : i + size].sum(axis=0).tolist() for i in range(0, n, size)]
    assert found.tolist() == right
