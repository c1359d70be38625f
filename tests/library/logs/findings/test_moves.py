"""Level and noise: spike, diverged, still-falling, plateau; and silence."""

import math

import numpy as np
import pytest

from runs import found, losses, printed

RUN = losses(300)


def risen(at, by, over=10):
    y = RUN.copy()
    y[at : at + over] += by
    return y


@pytest.mark.parametrize(
    ("y", "kinds"),
    [
        (risen(150, 3), ["recovered"]),
        (risen(150, 3, over=150), ["open"]),
        (risen(150, 3, over=2), ["recovered"]),
        (risen(150, 1, over=1), []),  # a single point may be noise
        (risen(150, 90, over=1), ["recovered"]),
        (risen(150, 0.15), []),  # far beyond the noise, but small
        (RUN, []),
        ([6.937, 14.77, 8.13, 6.6, 6.9, 7.6, 6.6, 6.3, 6.2, 6.1], ["recovered"]),
        ([3.6, 63.4, 0.9], ["recovered"]),
        ([3.6, 3.5, 63.4], ["open"]),
        ([3.6, 3.5, 63.4, 63.1, 62.8], ["open"]),
        ([2.5, 1.1, 2.9, 1.4, 2.2, 0.9, 2.1, 1.6, 2.6, 1.3], []),
        ([1.1, 2.3, 1.2, 0.9, 1.3, 0.8, 2.2, 1.0, 0.9], []),
        ([2.5, 1.25], []),
        ([0.6, 1.4, 0.9, 1.3, 0.7, 1.2, 0.8, 1.1, 0.7, 1.0], []),  # a lucky first
        ([0.0, 0.0, 3.0], []),
    ],
)
def test_a_spike_and_whether_it_recovered(y, kinds):
    assert found(printed(y), "spike")[0] == kinds


def test_a_spike_is_told_by_its_level_and_top():
    numbers = found(printed(risen(150, np.linspace(4, 1, 10))), "spike")[1]
    assert numbers["at"] == "step 150"
    assert numbers["y"] - numbers["level"] == pytest.approx(4, abs=0.1)


def test_noise_with_heavy_tails_is_no_spike():
    heavy = np.random.default_rng(1).standard_t(3, 300)
    assert found(printed(5 + 0.05 * heavy), "spike")[0] == []


def test_a_spike_in_a_long_run_is_found():
    y = np.tile(RUN[200:], 2500)
    y[200_000:200_010] += np.linspace(4, 1, 10)
    assert found("\n".join(f"{v:.4f}" for v in y), "spike")[1]["at"] == "point 200,001"


def test_each_run_of_a_table_is_looked_at():
    rows = zip(RUN, risen(150, 3), strict=True)
    lines = (f"{i},{a:.4f},{b:.4f}" for i, (a, b) in enumerate(rows))
    text = "\n".join(["Step,one - loss,two - loss", *lines])
    assert found(text, "spike")[1]["loss"] == "two - loss"


@pytest.mark.parametrize(
    ("y", "kinds"),
    [
        (RUN + np.maximum(0, np.arange(300) - 180) / 40, [""]),
        (RUN, []),
        ([*RUN[:20], 12, 12.5, 13], [""]),
        ([*RUN[:20], 4.6, 4.7, 4.8], []),
        (np.r_[RUN[:200], RUN[:100] * 0], []),
    ],
)
def test_an_end_above_an_earlier_stretch(y, kinds):
    assert found(printed(y), "diverged")[0] == kinds


def test_a_spike_that_stays_is_not_told_twice():
    assert found(printed(risen(150, 3, over=150)), "diverged")[0] == []


def test_sums_over_texts_rise_with_their_lengths():
    y = 40 * RUN + 300 * (np.arange(300) > 200)
    assert found(printed(y), "spike")[0] == []


@pytest.mark.parametrize(
    ("y", "name"),
    [
        (9 - np.arange(300) / 100 + 0.1 * np.sin(np.arange(300) ** 2), "still-falling"),
        (4 + 0.001 * np.sin(np.arange(300) ** 2), "plateau"),
        (losses(300, noise=0.5), None),
        (losses(40), None),
        (risen(150, 3, over=150), None),
        (np.full(300, math.log(2)), None),
    ],
)
def test_the_end_falls_or_is_flat(y, name):
    text = printed(y)
    told = [n for n in ("still-falling", "plateau") if found(text, n)[0]]
    assert told == [n for n in [name] if n]


def test_a_fall_is_told_by_its_halves():
    y = 9 - np.arange(600) / 100 + 0.01 * np.sin(np.arange(600) ** 2)
    numbers = found(printed(y), "still-falling")[1]
    assert numbers["points"] == 60
    assert numbers["early"] - numbers["late"] == pytest.approx(0.3, abs=0.01)
