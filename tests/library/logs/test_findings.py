"""Each finding in a small run that has it, and silence in runs that have not."""

import math

import numpy as np
import pytest

from runs import V, found, losses, printed
from xent_lib import read_log
from xent_lib.logs.findings import SURE, fit, jitter, say

RUN = losses(60)
LONG = losses(300)
EQUAL = math.log(V)
nan, inf = math.nan, math.inf
noise = np.random.default_rng(0).standard_normal


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("nats", {"ppl": np.exp}),
        ("nats", {"pplx": np.exp}),
        ("bits", {"ppl": np.exp2}),
        ("both", {"train_bpb": lambda y: y / math.log(2) / 4.3}),
        ("nats", {"nll_loss": lambda y: y - 0.5, "ppl": lambda y: math.exp(y - 0.5)}),
    ],
)
def test_a_perplexity_tells_the_unit(kind, columns):
    assert found(printed(RUN, **columns), "unit")[0] == [kind]


def test_bits_per_byte_tell_the_bytes_of_a_token():
    numbers = found(printed(RUN, bpb=lambda y: y / math.log(2) / 4.3), "unit")[1]
    assert numbers["bytes_per_token"] == pytest.approx(4.3, abs=0.001)


@pytest.mark.parametrize(
    ("y", "columns"),
    [
        (RUN, {}),
        (RUN, {"ppl": lambda y: math.exp(y) * (1 + 0.02 * math.sin(99 * y))}),
        (RUN, {"ppl": lambda y: 1.0}),
        (RUN, {"ppl": lambda y: 0.0}),
        (RUN, {"bpb": lambda y: y / 3 + 0.05 * math.sin(99 * y)}),
        (np.full(9, 2.5), {"bpb": lambda y: y / 3}),
    ],
)
def test_what_proves_no_unit_tells_none(y, columns):
    assert found(printed(y, **columns), "unit")[0] == []


def test_lines_of_another_number_are_no_pairs():
    text = "step 1 loss 2.5\nstep 2 loss 2.4\nstep 3 loss 2.3\nppl 12.18\nppl 11.02"
    assert found(text, "unit")[0] == []


@pytest.mark.parametrize(("scale", "kinds"), [(37, ["sum"]), (1, [])])
def test_a_loss_that_no_vocabulary_explains_may_be_a_sum(scale, kinds):
    assert found(printed(scale * RUN), "unit")[0] == kinds


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ({"aux_loss": lambda y: y / 100}, ["beside"]),
        ({"nll_loss": lambda y: y - 0.37}, ["inside"]),
        ({"nll_loss": lambda y: 0.9 * y}, []),
        ({"avg_loss": lambda y: y + 0.1}, []),
        ({"other_loss": lambda y: y - 0.37}, []),
    ],
)
def test_another_term_in_a_loss_or_beside_it(columns, kinds):
    assert found(printed(RUN, **columns), "auxiliary")[0] == kinds


def test_a_loss_with_a_term_inside_is_compared_with_no_guess():
    text = printed(RUN, nll_loss=lambda y: y - 0.37)
    assert found(text, "first-loss", V)[0] == []


@pytest.mark.parametrize(
    ("first", "kinds"),
    [(EQUAL, ["at"]), (1.02 * EQUAL, ["at"]), (1.4 * EQUAL, ["above"]), (5, ["below"])],
)
def test_the_first_loss_is_compared_with_a_blind_guess(first, kinds):
    kind, numbers = found(printed(np.r_[first, RUN[1:]]), "first-loss", V)
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
        printed(RUN).replace("step", "epoch"),  # a mean over an epoch, at
        "step 5000 loss 9.2\nstep 5010 loss 9.1",
        "step 10 loss 6.2\nstep 20 loss 5.1",  # a mean over ten steps, below
        "step 0 loss nan\nstep 1 loss 9.2",
        printed(50 * RUN),
    ],
)
def test_no_first_loss_where_none_is_shown(text):
    assert found(text, "first-loss", V)[0] == []


def test_the_first_step_may_count_within_an_epoch():
    text = "\n".join(
        f"epoch {i // 9} iter {i % 9} loss {x:.4f}" for i, x in enumerate(RUN)
    )
    assert found(text, "first-loss", V)[1]["at"] == "step 0"


def test_a_low_first_loss_is_not_called_better():
    """It may be divided, as by steps of accumulation."""
    text = "step 0 train loss 2.72 val loss 9.1\nstep 9 train loss 0.8 val loss 8.6"
    said = [one.words for one in read_log(text, V).findings if one.name == "first-loss"]
    assert "accumulation" in said[0]
    assert "better" not in said[0]


def test_a_sum_over_tokens_is_no_bad_guess():
    text = "step 1 loss 62.5\nstep 500 loss 57"
    assert found(text, "unit", V)[0] == ["sum"]
    assert found(text, "first-loss", V)[0] == []


def test_validation_that_is_a_sum_may_turn_like_a_mean():
    turns = {"valid_loss": lambda y: 3e4 * (y if y > 5 else 10 - y)}
    assert found(printed(RUN, **turns), "overfitting")[0] == [""]


def test_a_mean_below_zero_is_no_cross_entropy():
    kinds, numbers = found(printed(RUN - RUN[20]), "other-loss")
    assert kinds == ["negative"]
    assert numbers["points"] == np.sum(RUN - RUN[20] < 0)


def test_a_policy_by_name_may_have_a_loss_of_zero():
    text = "\n".join(f"step {i} grpo_loss {0:.4f}" for i in range(9))
    assert found(text, "other-loss")[0] == ["policy"]
    assert found(text, "zero")[0] == []


def test_a_straight_line_has_the_error_of_its_digits():
    line = [5 - i / 100 for i in range(60)]
    assert found(printed(line), "still-falling")[1]["z"] < 1e6
    assert found(printed([2.5] * 60), "plateau")[1]["most"] > 1e-6


def test_the_first_loss_may_be_a_mean_of_few_steps():
    assert found(printed(RUN).replace("step 0 ", "step 0.5 "), "format")[0]
    text = "step 10 loss 9.2\nstep 20 loss 5.1"
    assert found(text, "first-loss", V)[0] == ["at"]


@pytest.mark.parametrize("place", ["step 5000", "epoch 1", "batch 200", "val"])
def test_a_loss_above_a_blind_guess_is_told_wherever_it_begins(place):
    text = f"{place} loss 12.2\n{place} loss 11.9"
    assert found(text, "first-loss", V)[0] == ["above"]


@pytest.mark.parametrize(
    ("factor", "kinds"), [(4, ["validation"]), (1, []), (2.5, []), (0.25, [])]
)
def test_training_that_is_a_whole_number_of_times_validation(factor, kinds):
    y = losses(120)
    text = printed(factor * y, y, every=10)
    kind, numbers = found(text, "factor")
    assert kind == kinds
    if kinds:  # at equal steps, and then nothing else is compared
        assert numbers["ratio"] == pytest.approx(4, rel=1e-4)
        assert found(text, "validation-below")[0] == []


def test_a_factor_is_seen_through_the_noise_of_single_steps():
    y = losses(120)
    text = printed(4 * (y + 0.12 * noise(120)), y, every=10)
    assert found(text, "factor")[0] == ["validation"]


FLOORS = {
    "ln 2": math.log(2),
    "ln V": EQUAL,
    "softmax twice": math.log(math.e + V - 1) - 1,
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
    ("y", "name", "kind", "all_points"),
    [
        ([-2.5, nan], "other-loss", "negative", 2),
        ([*RUN, 0, nan, 0, 0], "zero", "", 64),
    ],
)
def test_a_point_without_a_number_is_counted_as_one(y, name, kind, all_points):
    kinds, numbers = found(printed(y), name)
    assert (kinds, numbers["all"]) == ([kind], all_points)


def test_a_floor_is_no_end_where_numbers_are_lost():
    assert found(printed([*[math.log(2)] * 30, nan]), "floor")[0] == []


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([0, 0, 0, 2.5], "in 3 of 4 points, first at step 0:"),
        ([*RUN, 0, 0], "in 2 of 62 points, first at step 60:"),
    ],
)
def test_zeros_are_told_by_the_first_not_as_if_all_were_zero_since(y, words):
    report = read_log(printed(y))
    assert words in next(one.words for one in report.findings if one.name == "zero")


def test_the_logarithm_of_a_rounded_perplexity_is_no_zero_that_is_written():
    text = "step 1 ppl 1.00\nstep 2 ppl 1.01\nstep 3 ppl 1.00"
    assert found(text, "zero")[0] == []


def test_a_printed_zero_is_exact_or_below_half_of_its_last_digit():
    """It is exact where it has an exponent, as in 0.0000e+00."""
    said = [one.words for one in read_log(printed(np.zeros(3))).findings]
    assert "0, or below half" in said[1]


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


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        ("{i},{t:.4f},NaN\n{i},NaN,{v:.4f}", []),  # no number, where the other has one
        ("{i},{t:.4f},NaN,NaN\n{i},NaN,{v:.4f},NaN\n{i},NaN,NaN,{t:.4f}", []),
        ("{i},NaN,{v:.4f}", ["dead"]),
        ("{i},{t:.4f},{v:.4f}\n{i},NaN,{v:.4f}", ["dead"]),
    ],
)
def test_a_cell_of_a_table_that_is_empty_may_be_written_as_nan(row, kinds):
    rows = (row.format(i=i, t=t, v=t + 0.1) for i, t in enumerate(RUN))
    names = ["step", "train_loss", "val_loss", "train_loss_epoch"]
    head = ",".join(names[: row.partition("\n")[0].count(",") + 1])
    text = "\n".join([head, *rows])
    assert found(text, "not-finite")[0] == kinds


def test_a_part_of_a_loss_that_is_not_finite():
    part = np.r_[RUN[:30], nan, RUN[31:]]
    kinds, numbers = found(printed(RUN, loss_box=part), "not-finite")
    assert (kinds, numbers["loss"], numbers["at"]) == (["once"], "loss_box", "step 30")
    both = printed(part, loss_box=part, loss_cls=RUN)
    assert found(both, "not-finite")[1]["loss"] == "loss"


def test_the_norm_of_a_gradient_that_is_not_finite():
    norm = [1.0, nan, *np.ones(58)]
    kinds, numbers = found(printed(RUN, grad_norm=norm), "not-finite")
    assert (kinds, numbers["at"]) == (["gradient"], "step 1")
    dead = printed([*RUN[:59], nan], grad_norm=norm)
    assert found(dead, "not-finite")[0] == ["dead"]


def risen(at, by, over=10):
    y = LONG.copy()
    y[at : at + over] += by
    return y


@pytest.mark.parametrize(
    ("y", "kinds"),
    [
        (risen(150, 3), ["recovered"]),
        (risen(150, 3, over=150), ["open"]),
        (risen(150, 3, over=2), ["recovered"]),
        (risen(150, 90, over=1), []),  # a single point may be noise
        (risen(150, 0.3), []),  # far beyond the noise, but small
        (LONG, []),
        ([6.937, 14.77, 8.13, 6.6, 6.9, 7.6, 6.6, 6.3, 6.2, 6.1], ["recovered"]),
        ([3.6, 63.4, 33.4, 0.9], ["recovered"]),
        ([3.6, 63.4, 0.9], []),  # a single one
        ([3.6, 3.5, 63.4], ["open"]),
        ([3.6, 63.4, 0.0], ["open"]),  # no recovery
        ([1.6, 1.5, 3.3, 6.4, 5.5], ["open"]),  # in two steps
        ([2.5, 1.1, 2.9, 1.4, 2.2, 0.9, 2.1, 1.6, 2.6, 1.3], []),
        ([6.4, 13.1, 15.3, 8.4, 15.1, 7.3, 26.5, 5.3, 20.1, 3.5, 18.9], []),  # noise
        ([2.5, 1.25], []),
        ([0.0, 0.0, 2.9], []),
        ([2.5], []),
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


def test_noise_near_zero_whose_scale_is_a_factor_is_no_spike():
    """Of a model that knows its texts by heart."""
    known = np.tile(np.geomspace(0.0005, 0.02, 12), 5)
    y = np.r_[LONG, known, 0.2, 0.19, 0.001, 0.002]
    assert found(printed(y), "spike")[0] == []


def test_sums_over_texts_rise_with_their_lengths():
    y = 40 * LONG + 1300 * (np.arange(300) > 200)
    assert found(printed(y), "spike")[0] == []


def test_a_table_in_any_order_has_no_spikes():
    text = "| rate | loss |\n|---|---|\n| 0.1 | 2.5 |\n| 0.2 | 99.5 |\n| 0.3 | 2.5 |"
    assert found(text, "spike")[0] == []


@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_a_long_spike_is_seen_through_the_noise_of_single_points(noise):
    y = losses(2000, noise=noise)
    y[1200:1400] += np.linspace(4, 2, 200)
    kinds, numbers = found(printed(y), "spike")
    assert kinds == ["recovered"]
    step = int(numbers["until"].removeprefix("step ").replace(",", ""))
    assert 1399 < step < 1432


@pytest.mark.parametrize("seed", range(9))
def test_means_of_noise_are_no_spike(seed):
    tails = np.random.default_rng(seed).standard_t(3, 3000)
    assert found(printed(5 + 0.3 * tails), "spike")[0] == []
    alike = np.convolve(noise(3019), np.ones(20), "valid")
    assert found(printed(5 + 0.1 * alike), "spike")[0] == []


def at_steps(x, y):
    return "\n".join(f"step {i} loss {v:.4f}" for i, v in zip(x, y, strict=True))


OTHER = losses(80, seed=1)


@pytest.mark.parametrize(
    ("x", "y", "runs"),
    [
        ([*range(60), *range(50, 70)], OTHER, 2),  # resumed
        ([*range(60), *range(59, 79)], OTHER, 2),  # by a single step
        ([*range(30), *range(20, 50), *range(45, 65)], OTHER, 3),
        ([*range(40), *range(40)], OTHER, 2),  # from the first step on
        ([*range(60), *range(60, 80)], OTHER, None),
        ([*range(79), 78], OTHER, None),  # a last line that sums up
        ([*range(60), *range(59, 79)], [*OTHER[:60], *OTHER[59:79]], None),  # twice
        ([*range(60), *range(59, 79)], [*OTHER[:60], nan, *OTHER[60:79]], None),
    ],
)
def test_steps_that_go_back(x, y, runs):
    assert found(at_steps(x, y), "overlap")[1].get("runs") == runs


IN_TURN = {
    "ranks": np.repeat(np.arange(20), 4),
    "runs": [i // 2 + 40 * (i % 2) for i in range(80)],
    "eight ranks": np.repeat(np.arange(10), 8),
    "three runs": [i // 3 + 90 * (i % 3) for i in range(80)],
    "runs of other speeds": [i // 4 + 60 if i % 4 == 0 else i for i in range(80)],
}


@pytest.mark.parametrize("name", IN_TURN)
def test_of_several_writers_only_a_part_is_read(name):
    """Not even that two runs around other levels are noisy, or fall, is said."""
    y = OTHER - 2 * (np.arange(80) % 2)
    report = read_log(at_steps(IN_TURN[name], y), None, 20)
    assert [one.name for one in report.findings] == ["format", "overlap"]
    numbers = report.findings[1].numbers
    assert numbers["runs"] > 16
    assert numbers["longest"] == len(report.log.train) < 5


def test_several_may_write_epochs_or_batches_in_turn():
    rows = at_steps(IN_TURN["runs"], OTHER).replace("step", "epoch")
    assert found(rows, "overlap")[1]["runs"] == 40
    rows = at_steps(IN_TURN["ranks"], OTHER).replace("step", "batch")
    assert found(rows, "overlap")[1]["runs"] == 61
    rows = at_steps(np.repeat(np.arange(20), 4), OTHER).replace("step", "epoch")
    assert found(rows, "overlap")[0] == []  # rounded, or means of parts


def test_of_several_writers_one_may_lose_its_numbers():
    y = [*OTHER[:70], *np.full(10, nan)]
    report = read_log(at_steps(IN_TURN["ranks"], y))
    assert [one.name for one in report.findings][1:] == ["not-finite", "overlap"]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.repeat(np.arange(40), 2), np.repeat(OTHER[:40], 2)),  # each line twice
        (np.full(80, 7), OTHER),
    ],
)
def test_steps_that_stand_are_no_writers_in_turn(x, y):
    assert found(at_steps(x, y), "overlap")[0] == []


def test_a_number_that_is_lost_in_a_part_that_is_not_read_is_told():
    y = [*RUN[:30], nan, *RUN[31:40], *OTHER]
    numbers = found(at_steps([*range(40), *range(80)], y), "not-finite")[1]
    assert (numbers["at"], numbers["all"]) == ("step 30", 120)


def test_an_overlap_is_told_by_its_steps():
    numbers = found(at_steps([*range(30), *range(20, 70)], OTHER), "overlap")[1]
    assert numbers == {
        "loss": "loss",
        "at": "step 29",
        "to": "step 20",
        "runs": 2,
        "longest": 50,
    }


def test_steps_may_count_within_an_epoch():
    rows = at_steps([*range(40), *range(40)], OTHER).splitlines()
    text = "\n".join(f"epoch {1 + i // 40} {row}" for i, row in enumerate(rows))
    assert found(text, "overlap")[0] == []
    headed = ["Epoch 1", *rows[:40], "Epoch 2", *rows[40:]]
    assert found("\n".join(headed), "overlap")[0] == []
    same = text.replace("epoch 2", "epoch 1")
    assert found(same, "overlap")[1]["runs"] == 2


def test_a_bar_may_end_an_epoch_at_the_same_step():
    """As Keras' does, whose last line has validation."""
    rows = []
    for epoch in range(3):
        rows += [f"Epoch {epoch + 1}/3"]
        losses = (4 - epoch - i / 99 for i in range(20))
        rows += [f"{i}/20 - ETA: 5s - loss: {y:.4f}" for i, y in enumerate(losses, 1)]
        rows += [f"20/20 - 5s - loss: {3.7 - epoch} - val_loss: {3.6 - epoch}"]
    assert found("\n".join(rows), "overlap")[0] == []


def test_batches_count_within_an_epoch():
    text = at_steps([*range(40), *range(40)], OTHER).replace("step", "batch")
    assert found(text, "overlap")[0] == []


def test_nothing_is_drawn_across_the_border_of_two_runs():
    """The first is longer by a line, and its last evaluation, at step 60, its own."""
    first = [*printed(losses(61), losses(61), every=20).splitlines()]
    text = "\n".join([*first, "step 60 | val loss 4.5", *first[:-1]])
    report = read_log(text, V)
    assert [(len(one), one.x[-1]) for one in report.log.main] == [(61, 60), (4, 60)]
    assert {one.name for one in report.findings} == {
        "format",
        "first-loss",
        "overlap",
    }


def test_epochs_that_go_back_are_another_run():
    text = at_steps([*range(9), *range(9)], [*LONG[:9], *LONG[:9]])
    assert found(text.replace("step", "epoch"), "overlap")[1]["to"] == "epoch 0"


def test_a_line_that_names_an_epoch_hides_no_other_run():
    rows = at_steps([*range(1, 51), *range(49, 79)], OTHER).replace("step", "Epoch")
    first, second = rows.splitlines()[:50], rows.splitlines()[50:]
    text = "\n".join([*first, "Resumed from last.pth, starting at epoch 48", *second])
    assert found(text, "overlap")[1]["to"] == "epoch 49"


def epochs(order, noises=0.02):
    """Three epochs of 40 steps; how hard each text is counts in all, by its place."""
    hard = np.random.default_rng(2).standard_normal(40)
    return losses(120, noise=noises) + 0.3 * hard[np.array(order).ravel()]


IN_ORDER = [range(40)] * 3
MIXED = [np.random.default_rng(i).permutation(40) for i in range(3)]


@pytest.mark.parametrize(
    ("y", "steps", "kinds"),
    [
        (epochs(IN_ORDER), 40, [""]),
        (epochs(MIXED), 40, []),
        (epochs(IN_ORDER), 39, []),
        (epochs(IN_ORDER), None, []),
        (epochs(IN_ORDER), 5, []),  # too few changes
        (losses(120, noise=0), 40, []),  # a course without noise is alike, too
        (np.full(120, 2.5), 40, []),
        (4 + 0.1 * noise(120) + 9 * (np.arange(120) % 40 == 7), 40, []),  # outliers
    ],
)
def test_an_epoch_in_the_order_of_the_first(y, steps, kinds):
    assert found(printed(y), "repeats", None, steps)[0] == kinds


def on_grid(y, bits):
    step = 2.0 ** (np.floor(np.log2(y)) + 1 - bits)
    return np.rint(y / step) * step


@pytest.mark.parametrize(
    ("y", "bits"),
    [
        (on_grid(RUN, 8), 8),
        (on_grid(RUN, 11), 11),
        (on_grid(RUN, 13), None),
        (RUN, None),
        (RUN.round(1), None),  # as many digits as the grid has
        (np.full(60, 2.5), None),
        (np.zeros(60), None),
    ],
)
def test_numbers_on_the_grid_of_a_half_precision(y, bits):
    assert found(printed(y), "rounding")[1].get("bits") == bits


@pytest.mark.parametrize("level", [1, 12])
def test_a_whole_number_is_no_floor_that_it_could_be_rounded_to(level):
    y = [level + 2.0, level + 1.0, *[float(level)] * 20]
    assert found(printed(y), "floor")[0] == []


@pytest.mark.parametrize("level", [5, -5])
def test_a_rise_is_a_share_of_a_loss_below_0_too(level):
    y = level + np.linspace(0, 0.1, 400) + 0.001 * noise(400)
    kinds = {one.name for one in read_log(printed(y)).findings}
    assert "diverged" not in kinds


ENDS = "still-falling", "plateau", "diverged"


def test_a_held_out_loss_of_0_says_nothing_of_where_training_ends():
    lines = [f"step {i} loss {5 - i / 50:.3f}" for i in range(100)]
    lines[9::10] = [f"{line} val_loss 0.0" for line in lines[9::10]]
    names = {one.name for one in read_log("\n".join(lines)).findings}
    assert {"zero", "still-falling"} <= names


@pytest.mark.parametrize(
    ("y", "name"),
    [
        (9 - np.arange(300) / 100 + 0.1 * np.sin(np.arange(300) ** 2), "still-falling"),
        (4 + 0.001 * np.sin(np.arange(300) ** 2), "plateau"),
        (10.9 - 2.2 * (np.arange(61) > 0) + np.arange(61) / 10, "diverged"),
        (np.full(300, 2.5), "plateau"),
        (LONG + np.maximum(0, np.arange(300) - 180) / 40, "diverged"),
        (4 + np.arange(300) / 1000 + 0.001 * np.sin(np.arange(300) ** 2), None),
        (losses(300, noise=0.5), None),
        (losses(40), None),
        (risen(150, 3, over=150), None),
        (np.full(300, math.log(2)), None),
    ],
)
def test_the_end_falls_or_rises_or_is_flat(y, name):
    text = printed(y)
    assert [n for n in ENDS if found(text, n)[0]] == [n for n in [name] if n]


FALLS = 4 * 0.85 ** np.arange(9)


@pytest.mark.parametrize(
    ("y", "at"),
    [
        (np.r_[FALLS, FALLS[-1] * 1.2 ** np.arange(1, 8)], "step 8"),
        (2 + np.arange(16) / 9, "step 0"),
        (np.r_[FALLS, FALLS[-1] * 1.01 ** np.arange(1, 8)], None),  # by far less
        (np.r_[FALLS, FALLS[-2:-8:-1] / 2 + 0.5], None),  # less than half of its fall
        (np.r_[FALLS, 1, 4, 2, 3, 1, 4], None),
        (np.r_[np.linspace(4, 3.5, 9), np.linspace(3.6, 4.5, 9)], None),  # as noise may
        (np.r_[0, np.arange(15) / 9 - 1], None),  # below 0, and so no cross-entropy
    ],
)
def test_a_short_run_that_turns_is_told_by_its_lowest_point(y, at):
    assert found(printed(y), "diverged")[1].get("at") == at


@pytest.mark.parametrize("ramp", [20, 40, 100])
@pytest.mark.parametrize("stays", [15, 60, 100])
def test_a_long_run_that_rises_and_stays_there_is_told_too(ramp, stays):
    y = np.r_[3 + 3 * np.exp(-np.arange(60) / 8), np.full(60, 3), np.full(stays, 6)]
    y = np.insert(y, 120, np.linspace(3, 6, ramp))
    y += 0.03 * np.random.default_rng(1).standard_normal(len(y))
    kinds, numbers = found(printed(y), "diverged")
    low = int(np.argmin(y))
    assert kinds == ["back"]
    assert (numbers["at"], numbers["points"]) == (f"step {low}", len(y) - 1 - low)
    assert found(printed(y[::-1]), "diverged")[0] == []
    batches = (f"epoch {i // 9} batch {i % 9} loss {v}" for i, v in enumerate(y))
    assert found("\n".join(batches), "diverged")[0] == ["back"]


def test_a_late_rise_is_told_by_its_halves():
    y = (
        4
        + 0.01 * np.sin(np.arange(300) ** 2)
        + np.maximum(0, np.arange(300) - 240) / 99
    )
    numbers = found(printed(y), "diverged")[1]
    assert numbers["late"] - numbers["early"] == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("slope", [-0.5, 0, 0.5])
def test_a_plateau_is_told_by_the_largest_change_that_fits(slope):
    y = 3.3 + slope * np.arange(3000) / 1e5 + 0.01 * noise(3000)
    most = found(printed(y), "plateau")[1]["most"]  # from a half of 600 to the other
    assert 0.003 * abs(slope) < most < 0.01


def test_a_plateau_tells_a_difference_of_its_halves_not_the_whole_change():
    """A straight fall changes by twice as much as its halves differ."""
    y = 3 + 0.002 * np.random.default_rng(1).standard_normal(300)
    y[-60:] -= np.linspace(0, 0.004, 60)
    report = read_log(printed(y))
    plateau = next(one for one in report.findings if one.name == "plateau")
    told, (rises, error) = plateau.numbers, fit(y[-60:].round(4), np.arange(60) / 60)
    assert told["most"] == pytest.approx((abs(rises) + SURE * error) / 2, abs=1e-5)
    assert told["most"] > abs(told["early"] - told["late"])
    assert "apart at most" in plateau.words


def test_a_fall_is_told_by_its_halves():
    y = 9 - np.arange(600) / 100 + 0.01 * np.sin(np.arange(600) ** 2)
    numbers = found(printed(y), "still-falling")[1]
    assert numbers["points"] == 120
    assert numbers["early"] - numbers["late"] == pytest.approx(0.6, abs=0.01)


def with_stairs(height, n=100):
    steps = np.arange(3 * n)
    return losses(3 * n) - height * (1.0 * (steps > n) + (steps > 2 * n))


@pytest.mark.parametrize(
    ("y", "steps", "kinds"),
    [
        (with_stairs(0.3), 100, [""]),
        (with_stairs(-0.3), 100, []),
        (with_stairs(0), 100, []),
        (with_stairs(0.3), None, []),
        (with_stairs(0.6, 30), 30, [""]),
        (with_stairs(0.3, 18), 18, []),  # too few points in half an epoch
        # A first epoch that falls steeply hides none, nor does a last one of zeros.
        (with_stairs(0.5) + 6 * np.exp(-np.arange(300) / 30), 100, [""]),
        (np.r_[with_stairs(0.3)[:280], np.zeros(140)], 100, [""]),
        (np.full(300, 2.5), 100, []),
    ],
)
def test_stairs_where_epochs_end(y, steps, kinds):
    assert found(printed(y), "stairs", None, steps)[0] == kinds


def test_a_log_that_counts_no_steps_has_stairs_by_its_points():
    text = "\n".join(f"batch loss: {v:.4f}" for v in with_stairs(0.3))
    assert found(text, "stairs", None, 100)[1]["at"] == "point 200"


def test_stairs_are_those_of_the_longest_part():
    x = [*range(200), *range(180, 280)]
    rows = (f"step {i} loss {y:.4f}" for i, y in zip(x, with_stairs(0.3), strict=True))
    numbers = found("\n".join(rows), "stairs", None, 100)[1]
    assert (numbers["at"], numbers["ends"]) == ("step 100", 1)  # of the longer part


@pytest.mark.parametrize("digits", [2, 6])
def test_the_steps_of_an_epoch_are_found_in_rounded_epochs(digits):
    rows = "\n".join(
        f"{{'loss': {y:.4f}, 'step': {i}, 'epoch': {round(i / 3137, digits)}}}"
        for i, y in zip(range(10, 7001, 10), losses(700), strict=True)
    )
    report = read_log(rows)
    assert report.log.steps_per_epoch == 3137
    assert not any("steps_per_epoch" in one for one in report.needs)


def test_steps_per_epoch_are_not_asked_where_epochs_are_shown():
    rows = at_steps(range(60), RUN).splitlines()
    text = "\n".join(f"{row} epoch {i // 20}" for i, row in enumerate(rows))
    assert not any("steps_per_epoch" in one for one in read_log(text).needs)


def test_the_log_may_have_the_steps_of_an_epoch():
    rows = (
        f'{{"step": {i}, "loss": {v:.4f}, "epoch": {i / 100}}}'
        for i, v in enumerate(with_stairs(0.3))
    )
    numbers = found("\n".join(rows), "stairs")[1]
    assert (numbers["at"], numbers["first"]) == (
        "step 200",
        pytest.approx(0.3, abs=0.05),
    )


QUIET = losses(300, noise=0.02, end=0.1)
AFTER = np.maximum(0, np.arange(300) - 150) / 150  # the second half


@pytest.mark.parametrize(
    ("y", "validation", "kinds"),
    [
        (QUIET, QUIET + 0.1 + 2 * AFTER, [""]),
        (QUIET, QUIET + 0.1, []),
        (QUIET + 2 * AFTER, QUIET + 0.1 + 2 * AFTER, []),  # both rise
        (QUIET, QUIET + 0.1 + 2 * (np.arange(300) > 295), []),  # the last alone
    ],
)
def test_validation_that_turns(y, validation, kinds):
    assert found(printed(y, validation, every=20), "overfitting")[0] == kinds


def test_an_untrained_evaluation_does_not_hide_a_turn():
    y = np.r_[9.2, 8.2 + 0.9 * np.linspace(0, 1, 14) ** 0.5]
    falls = 9.2 * np.exp(-np.arange(15) / 2)
    rows = (
        f"step {500 * i} loss {a:.4f} val_loss {b:.4f}"
        for i, (a, b) in enumerate(zip(falls, y, strict=True))
    )
    assert found("\n".join(rows), "overfitting")[1]["at"] == "step 500"


def test_training_beside_a_turn_is_told_by_its_halves():
    """It may have stopped, or rise again, and is still lower than at the turn."""
    train = [3, 2.4, 1.9, 1.1, *[0.6] * 5, 0.66, 0.7, 0.74]
    valid = [3, 2.7, 2.4, *np.linspace(2.5, 3.3, 9)]
    numbers = found(printed(train, valid, every=1), "overfitting")[1]
    assert (numbers["at"], numbers["since"]) == ("step 2", "step 1")
    assert numbers["early"] == pytest.approx(np.mean(train[1:7]))
    assert numbers["late"] == pytest.approx(np.mean(train[7:]))


def test_a_long_turn_may_be_uneven():
    y = np.r_[1.1, 1.1 + 1.5 * np.linspace(0, 1, 29) ** 0.5]
    y[[20, 21]] -= 0.6
    falls = np.exp(-np.arange(30) / 3)
    rows = (
        f"step {400 * i + 400} loss {a:.4f} val_loss {b:.4f}"
        for i, (a, b) in enumerate(zip(falls, y, strict=True))
    )
    assert found("\n".join(rows), "overfitting")[1]["points"] == 28


def test_a_turn_is_seen_through_noise():
    """That of single evaluations is as large as half of the rise."""
    noisy = 1.05 + 0.2 * np.linspace(0, 1, 96) + 0.04 * noise(96)
    validation = np.r_[1.3, 1.2, 1.1, 0.9, noisy]
    falls = 0.7 + 0.6 * np.exp(-np.arange(100) / 30)
    text = printed(falls, validation, every=1)
    assert found(text, "overfitting")[1]["at"] == "step 3"
    assert found(printed(falls, validation[::-1], every=1), "overfitting")[0] == []


def test_higher_at_all_since_means_since_the_last_of_equals():
    validation = np.r_[1.3, 1.1, 1.0, 1.05, 1.0, np.linspace(1.1, 2, 10)]
    falls = 0.7 + np.exp(-np.arange(15) / 5)
    numbers = found(printed(falls, validation, every=1), "overfitting")[1]
    assert (numbers["at"], numbers["points"]) == ("step 4", 10)


def test_a_validation_of_zero_is_compared_with_nothing():
    text = printed(RUN, 0 * RUN, every=6)
    assert found(text, "zero")[0] == [""]
    assert found(text, "factor")[0] == []


def test_the_turn_is_told():
    numbers = found(printed(QUIET, QUIET + 2 * AFTER, every=20), "overfitting")[1]
    assert numbers["at"] == "step 159"


@pytest.mark.parametrize(
    ("gap", "every", "kinds"),
    [
        (-0.5, 20, [""]),
        (-0.5, 50, [""]),
        (-0.5, 100, []),  # three evaluations are too few
        (0.1, 20, []),
        (-0.5 * (np.arange(300) % 40 == 19), 20, []),  # at every other one
        (0.1 - 0.6 * (np.arange(300) < 220), 20, [""]),  # at the first, clearly
    ],
)
def test_validation_below_training(gap, every, kinds):
    text = printed(QUIET, QUIET + gap, every=every)
    assert found(text, "validation-below")[0] == kinds


@pytest.mark.parametrize(("gap", "kinds"), [(1.5, [""]), (0.05, [])])
def test_validation_below_training_in_a_short_table(gap, kinds):
    """By far more than noise, even of a long memory, in few points."""
    y = losses(12, noise=0.02)
    validation = y + 0.05 * np.sin(np.arange(12) ** 2) - gap
    assert found(printed(y, validation, every=1), "validation-below")[0] == kinds


def test_validation_below_training_in_a_table_of_fifty_epochs():
    """Whose training rises for a while, as where a rate was raised."""
    y = losses(50, noise=0.02) + 0.3 * np.exp(-((np.arange(50) - 38.0) ** 2) / 6)
    text = printed(y, y - 1.2 + 0.05 * noise(50), every=1)
    assert found(text, "validation-below")[0] == [""]


def test_validation_is_compared_with_a_mean_and_said_to_be():
    """Of training until halfway to the next evaluation; its first point is lower."""
    steps = np.arange(48)
    y = np.where(steps % 8 == 0, 2.7, 3.1)
    report = read_log(printed(y, np.full(48, 2.75), every=8))
    below = next(one for one in report.findings if one.name == "validation-below")
    assert below.numbers["gap"] == pytest.approx(3 - 2.75)
    assert "mean" in below.words


def test_evaluations_after_the_last_step_are_compared_with_nothing(recwarn):
    rows = [f"step {i} | val loss 2.5" for i in range(60, 70)]
    text = "\n".join([printed(RUN), *rows])
    assert [found(text, n)[0] for n in ("factor", "validation-below")] == [[], []]
    assert not recwarn.list


def test_places_may_be_those_in_the_log():
    """Where training counts steps, and validation epochs."""
    text = printed(QUIET, QUIET - 0.5, every=20)
    rows = text.replace("step 19 | val", "step 20 | val").splitlines()
    other = [
        f"epoch {i} {row[7:]}" if "val" in row else row for i, row in enumerate(rows)
    ]
    assert found("\n".join(other), "validation-below")[0] == [""]


def test_the_noise_of_a_point_is_that_without_its_trend():
    assert jitter(noise(9999) + 0.5 * np.arange(9999)) == pytest.approx(1, abs=0.03)
    assert jitter(np.ones(3)) == inf


@pytest.mark.parametrize("kind", ["normal", "of heavy tails", "alike, three in a row"])
def test_lines_in_noise_rise_as_seldom_as_is_stated(kind):
    """Of 2,000 stretches none goes beyond what a normal law exceeds once in 10,000."""
    y = noise((2000, 60))
    if "heavy" in kind:
        y = np.random.default_rng(0).standard_t(3, (2000, 60))
    if "alike" in kind:
        y = y[:, 2:] + y[:, 1:-1] + y[:, :-2]
    rises, error = np.array([fit(one, np.arange(len(one))) for one in y]).T
    assert (np.abs(rises) / error).max() < SURE


def test_what_is_estimated_is_told_with_few_digits_and_kept_with_all():
    told = {"first": 0.2475832, "error": 0.0507283, "z": 6.31571}
    curve = read_log("loss 2.5").log.train
    finding = say("stairs", curve, **told, at="step 1,872", ends=3)
    assert "0.248 ± 0.051" in finding.words
    assert "step 1,872" in finding.words
    assert "all 3 ends by 6.3 standard errors" in finding.words
    assert finding.numbers == {"loss": "loss", **told, "at": "step 1,872", "ends": 3}


@pytest.mark.parametrize("epochs", [2, 5])
def test_a_second_run_may_count_its_epochs_by_another_name(epochs):
    """As fine-tuning does, after which no point is dropped without a word."""
    first = [f"Epoch {i} | Train Loss: {3 - i / 9:.4f}" for i in range(epochs)]
    more = [f"Fine-Tune Epoch {i} | Train Loss: {2 - i / 9:.4f}" for i in range(2)]
    numbers = found("\n".join([*first, *more]), "overlap")[1]
    assert (numbers["at"], numbers["to"]) == (f"epoch {epochs - 1}", "epoch 0")


def test_a_last_line_that_is_left_out_is_so_of_both_curves():
    rows = (f"Epoch {i} | Train Loss: {2 - i} | Val Loss: {3 - i}" for i in (0, 1, 0))
    log = read_log("\n".join(rows)).log
    assert [one.y.tolist() for one in log.main] == [[2, 1], [3, 2]]


def test_a_sum_needs_no_steps():
    text = "\n".join(f"lr: 0.1, loss: {y:.3f}" for y in 37 * RUN)
    assert found(text, "unit")[0] == ["sum"]


def test_a_logarithm_has_the_digits_of_its_perplexity():
    said = read_log("PPL: 1.0010\nPPL: 1.0012\nPPL: 1.0015").findings[0].words
    assert "0.001 to 0.0015" in said
    y = read_log("PPL: 10404.57\nPPL: 1.25\nPPL: 1.0\nPPL: inf").log.train.y
    assert y.tolist() == [9.2500004, 0.223, 0, inf]


def test_a_fall_that_is_proved_is_no_plateau():
    """However small it is beside the loss, as where a rate ends at 0."""
    y = 3.3 - 0.009 * np.arange(3000) / 300 + 0.005 * noise(3000)
    y[:2400] = 3.3
    text = printed(y)
    assert found(text, "still-falling")[1]["z"] > SURE
    assert found(text, "plateau")[0] == []


def test_a_loss_that_is_low_in_another_part_is_no_sum():
    text = at_steps([1, 2, 3, 1, 2], [44.5, 41, 40, 11, 10])
    assert found(text, "unit")[0] == []
    assert found(at_steps([1, 2, 3, 1, 2], [44.5, 41, 40, 31, 30]), "unit")[0] == [
        "sum"
    ]


def test_two_writers_are_apart_at_the_end_of_an_epoch_too():
    places = [(epoch, batch) for epoch in (1, 2) for batch in (10, 20)]
    losses = [(4.5, 4.62), (4.2, 4.3), (3.63, 3.7), (3.5, 3.6)]
    rows = [
        f"[RANK {rank}] | epoch {epoch} | {batch}/ 20 batches | loss {y[rank]}"
        for (epoch, batch), y in zip(places, losses, strict=True)
        for rank in (0, 1)
    ]
    assert found("\n".join(rows), "overlap")[1]["runs"] == 5


def test_a_perplexity_that_names_no_set_is_that_of_the_loss_whose_power_it_is():
    rows = [
        f"step {i}: train loss {y - 0.2:.4f}, val loss {y:.4f}, "
        f"perplexity {np.exp(y):.2f}"
        for i, y in enumerate(np.linspace(2.6, 1.9, 12))
    ]
    kinds, numbers = found("\n".join(rows), "unit")
    assert (kinds, numbers["loss"], numbers["agree"]) == (["nats"], "val loss", 12)
    neither = [row.rpartition(" ")[0] + " 3.00" for row in rows]
    assert found("\n".join(neither), "unit")[0] == []
