"""The arrows: what their figure shows without a script."""

import re

import numpy as np
import pytest

from golden import stored
from parts import config, labels
from xent_book import example
from xent_book._html import number
from xent_book.parts import Arrows
from xent_book.parts.arrows import ORIGIN, UNIT
from xent_lib import softmax


def test_the_losses_are_those_of_exact_arithmetic():
    exact = stored("arrows")["the example"]["losses"]
    losses = [state.loss for state in Arrows(10).states]
    np.testing.assert_allclose(losses, exact, rtol=1e-13)


def test_a_step_goes_against_the_differences_of_the_loss():
    before, after = Arrows(1).states
    g = softmax(before.tokens @ before.h) - np.eye(4)[example.target]
    np.testing.assert_allclose(after.h, before.h - 0.1 * before.tokens.T @ g)
    np.testing.assert_allclose(
        after.tokens, before.tokens - 0.1 * np.outer(g, before.h)
    )


@pytest.mark.parametrize("steps", [0, 3, 30])
def test_the_figure_has_the_last_arrows_and_all_losses(steps):
    part = Arrows(steps)
    text, last = part._repr_html_(), part.states[-1]
    assert {"h", *example.vocabulary} <= set(labels(part))
    full = text[text.index('class="x-full"') : text.index('class="x-marks"')]
    tips = np.array(re.findall(rf"M{ORIGIN[0]} {ORIGIN[1]}L(\S+) (\S+)M", full), float)
    where = (tips - ORIGIN) / [UNIT, -UNIT]
    np.testing.assert_allclose(where, [last.h, *last.tokens], atol=1e-3)
    spoken = ", ".join(number(state.loss) for state in part.states)
    assert f"The loss: {spoken}" in text.replace("\n", " ")
    assert number(last.loss) in labels(part)
    assert f"{steps} steps at learning rate 0.1" in text


@pytest.mark.parametrize("steps", [0, 30])
def test_nothing_is_drawn_outside(steps):
    text = Arrows(steps)._repr_html_()
    tips = np.array(re.findall(r"L(\S+) ([^M\"]+)", text), float)
    assert (tips > 0).all()
    assert (tips < [320, 200]).all()


def test_only_the_word_that_came_has_the_targets_colour():
    text = Arrows()._repr_html_()
    full = text[text.index('class="x-full"') : text.index('class="x-marks"')]
    colours = re.findall(r"var\(--xent-(\w+)", full)
    assert colours[:4] == [
        "target" if word == example.answer else "quiet" for word in example.vocabulary
    ]


def test_the_script_is_given_the_example():
    given = config(Arrows())
    assert given["h"] == list(example.h)
    assert given["tokens"] == [list(token) for token in example.tokens]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": -1}, "steps must be from 0 to 30, got -1"),
        ({"steps": 31}, "steps must be from 0 to 30, got 31"),
        ({"size": 0}, "size must be above 0 and at most 1, got 0"),
        ({"size": float("nan")}, "size must be above 0 and at most 1, got nan"),
    ],
)
def test_what_is_not_a_step_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Arrows(**arguments)
