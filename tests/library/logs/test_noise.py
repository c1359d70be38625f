"""The stated rate of false alarms, by formulas and by noise of several laws."""

import math

import numpy as np
import pytest

from xent_lib.logs.noise import ALARM, fall, far, jitter, stretch, student, sure


def test_the_noise_of_a_point_is_that_without_its_trend():
    noise = np.random.default_rng(0).standard_normal(9999)
    assert jitter(noise + 0.5 * np.arange(9999)) == pytest.approx(1, abs=0.03)
    assert jitter(noise[:3]) == np.inf


@pytest.mark.parametrize("in_a_row", [1, 2, 3])
def test_points_in_a_row_have_the_stated_chance(in_a_row):
    chance = 1.11 / far(1000, in_a_row) ** 3  # of one, by Student's t
    assert chance**in_a_row * 1000 == pytest.approx(ALARM)


def test_the_tail_is_no_lighter_than_students():
    for x in (2, 5, 50):
        u = x / math.sqrt(3)
        beyond = 0.5 - (u / (1 + u * u) + math.atan(u)) / math.pi
        assert beyond <= 1.11 / x**3


def test_students_quantile_is_near_the_exact_one():
    assert sure() == pytest.approx(3.719, abs=0.001)
    for n, exact in ((5, 13.034), (9, 6.442), (30, 4.254)):  # SciPy's t.isf
        assert student(n) == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize("kind", ["normal", "cauchy", "walk of 3"])
def test_ranks_fall_as_often_as_they_may(kind):
    """Of 2,000 stretches that do not fall, none or one in a hundred beyond 2.33."""
    draw = np.random.default_rng(0)
    y = (
        draw.standard_cauchy((2000, 40))
        if kind == "cauchy"
        else draw.normal(size=(2000, 40))
    )
    if "walk" in kind:
        y = y[:, 2:] + y[:, 1:-1] + y[:, :-2]
    z = np.array([fall(one) for one in y])
    assert np.mean(z > 2.33) < 0.015
    assert z.max() < sure() + 1


def test_errors_are_larger_where_neighbours_are_alike():
    noise = np.random.default_rng(0).standard_normal(2000)
    assert stretch(noise) == pytest.approx(1, abs=0.1)
    assert stretch(noise[1:] + noise[:-1]) == pytest.approx(3**0.5, abs=0.1)
    assert stretch(np.full(9, 2.5)) < 2
