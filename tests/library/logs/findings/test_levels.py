"""Known levels: ln V, ln 2, the floors, 0, NaN, and the losses of rewards."""

import math

import numpy as np
import pytest

from runs import V, found, losses, printed

RUN = losses(60)
EQUAL = math.log(V)
nan, inf = math.nan, math.inf


def starting(y):
    return np.r_[y, RUN[1:]]


@pytest.mark.parametrize(
    ("first", "kinds"),
    [(EQUAL, ["at"]), (1.02 * EQUAL, ["at"]), (1.4 * EQUAL, ["above"]), (5, ["below"])],
)
def test_the_first_loss_is_compared_with_a_blind_guess(first, kinds):
    kind, numbers = found(printed(starting(first)), "first-loss", V)
    assert kind == kinds
    assert numbers["share"] == pytest.approx(first / EQUAL, abs=1e-5)


@pytest.mark.parametrize("size", ["vocab_size: 10000", "'n_vocab': 10000"])
def test_the_log_may_name_the_vocabulary(size):
    assert found(f"{size}\n{printed(RUN)}", "first-loss")[0] == ["at"]


@pytest.mark.parametrize(
    "size", ["vocab_size: 10000\nvocab_size: 20000", "vocab_size: 1", "tokens: 10000"]
)
def test_other_sizes_in_the_log_are_no_vocabulary(size):
    assert found(f"{size}\n{printed(RUN)}", "first-loss")[0] == []


def test_bits_are_compared_in_nats():
    text = printed(RUN / math.log(2), ppl=np.exp2)
    assert found(text, "first-loss", V)[0] == ["at"]


@pytest.mark.parametrize(
    "text",
    [
        printed(RUN).replace("step", "epoch"),  # a mean over an epoch
        "step 5000 loss 9.2\nstep 5010 loss 9.1",
        "step 10 loss 6.2\nstep 20 loss 5.1",  # a mean over ten steps, below
        "step 0 loss nan\nstep 1 loss 9.2",
        printed(50 * RUN),
        printed(RUN, ppl=lambda y: 2.5 + y / 100),
    ],
)
def test_no_first_loss_where_none_is_shown(text):
    assert found(text, "first-loss", V)[0] == []


def test_the_cross_entropy_alone_is_compared():
    text = printed(RUN + 0.5, cross_entropy=lambda y: y - 0.5)
    assert found(text, "first-loss", V)[1]["loss"] == "cross_entropy"


@pytest.mark.parametrize(("times", "kinds"), [(4, ["start"]), (2.35, []), (30, [])])
def test_a_start_at_a_multiple_of_a_blind_guess(times, kinds):
    assert found(printed(times * RUN), "factor", V)[0] == kinds


FLOORS = {
    "ln 2": math.log(2),
    "ln V": EQUAL,
    "softmax twice": math.log(math.e + V - 1) - 1,
    "smoothing": -0.90001 * math.log(0.90001) - 9999e-5 * math.log(1e-5),
    "epsilon": -math.log(1e-7),
}


@pytest.mark.parametrize("name", FLOORS)
def test_a_curve_that_stays_at_a_floor(name):
    numbers = found(printed(np.r_[RUN[:30], np.full(30, FLOORS[name])]), "floor", V)[1]
    assert numbers["value"] == pytest.approx(FLOORS[name], abs=1e-4)
    assert numbers["points"] == 30


@pytest.mark.parametrize(
    "y", [[*RUN, *4 * [EQUAL]], [*RUN, *30 * [4.321]], [*RUN, *29 * [EQUAL], 9.0]]
)
def test_a_curve_that_stays_elsewhere_or_leaves(y):
    assert found(printed(y), "floor", V)[0] == []


@pytest.mark.parametrize(
    ("y", "points"),
    [
        ([*RUN, 0, 0], 2),
        ([0, 0, 0], 3),
        ([0, 0, 0, 2.5], 3),
        ([*RUN, 0, 2.5], None),  # one step, and over
        ([*RUN, 0.1, 0.01, 0.001, 0], None),  # rounded
    ],
)
def test_a_loss_that_is_suddenly_zero(y, points):
    assert found(printed(y), "zero")[1].get("points") == points


@pytest.mark.parametrize(
    ("y", "columns", "kinds"),
    [
        (np.zeros(9), {"reward": np.arange(9)}, ["policy"]),
        (
            0.7 * RUN / RUN[0],
            {"rewards/chosen": abs, "rewards/rejected": abs},
            ["preferences"],
        ),
        (RUN, {"reward": np.arange(60)}, []),
        (np.full(9, nan), {"reward": np.arange(9)}, []),
        (RUN, {}, []),
    ],
)
def test_a_loss_beside_rewards_is_another(y, columns, kinds):
    text = printed(y, **columns)
    assert found(text, "other-loss")[0] == kinds
    if kinds:
        assert found(text, "zero")[0] == []
    if kinds == ["preferences"]:
        assert found(text, "first-loss", V)[0] == []
        assert found(printed(np.full(9, math.log(2)), **columns), "floor")[0] == []


@pytest.mark.parametrize(
    ("y", "kind", "points"),
    [
        ([*RUN, nan, nan], "dead", 2),
        ([*RUN, inf, 2.5], "once", 1),
        (np.full(9, nan), "dead", 9),
    ],
)
def test_a_loss_that_is_not_finite(y, kind, points):
    kinds, numbers = found(printed(y), "not-finite")
    assert (kinds, numbers["points"]) == ([kind], points)


def test_the_norm_of_a_gradient_that_is_not_finite():
    norm = [1.0, nan, *np.ones(58)]
    kinds, numbers = found(printed(RUN, grad_norm=norm), "not-finite")
    assert (kinds, numbers["at"]) == (["gradient"], "step 1")
    dead = printed([*RUN[:59], nan], grad_norm=norm)
    assert found(dead, "not-finite")[0] == ["dead"]
