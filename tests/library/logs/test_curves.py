"""Which columns are curves, which of them are the main ones, and what they count."""

import numpy as np
import pytest

from runs import losses, printed
from xent_lib import read_log

RUN = [*enumerate(losses(9))]


@pytest.mark.parametrize(
    ("text", "main"),
    [
        ("step 1 loss 2.5 avg loss 2.4\nstep 2 loss 2.3 avg loss 2.4", "loss"),
        ("step 1 aux loss 0.1 loss 2.4\nstep 2 aux loss 0.1 loss 2.4", "loss"),
        ("step 1 nll_loss 2.5 loss 2.6", "loss"),
        ("step 1 loss 2.5\nstep 2 loss 2.4\nstep 2 train loss 2.6", "loss"),
        ("step 1 loss_cls: 0.9, loss_box: 0.3, loss: 1.2", "loss"),
        ("step 1 loss_cls: 0.9 total_loss: 1.2\nstep 2 loss_cls: 0.8", "loss_cls"),
        ("step 1 loss_box_reg: 0.3 total_loss: 1.2 loss_cls: 0.9", "total_loss"),
        ("step 1 train_reader_cost 0.3 loss 1.2", "loss (train)"),
        ("step 1 ppl 9.0\nstep 2 ppl 8.0", "ln ppl"),
        ("Loss 2.5\nloss 2.4", "loss"),
    ],
)
def test_the_main_curve_is_the_longest_loss(text, main):
    log = read_log(text).log
    assert log.train.name == main
    assert len(log.train) == max(
        len(one) for one in (*log.main, *log.others) if one.role != "epoch"
    )


def test_a_perplexity_alone_is_read_as_its_logarithm():
    train = read_log("step 1 ppl 9.25\nstep 2 ppl 0").log.train
    assert train.y.tolist() == [round(np.log(9.25), 4), -np.inf]


def test_rows_without_a_step_are_left_out_where_the_others_have_one():
    text = "step 1 val_loss 2.5\nstep 2 val_loss 2.4\nfinal val_loss 2.3"
    assert read_log(text).log.valid.y.tolist() == [2.5, 2.4]


def test_a_counter_that_stands_still_is_no_place():
    text = "\n".join(f"step 100 epoch {i} loss {3 - i / 9:.3f}" for i in range(5))
    assert read_log(text).log.train.unit == "epoch"


def test_columns_of_lines_next_to_each_other_belong_together():
    rows = (f"ppl = {2.0**y:.4f}, lr = 0.1\nloss = {y:.4f}, step = {i}" for i, y in RUN)
    assert [one.kind for one in read_log("\n".join(rows)).findings][1:] == ["bits"]


def test_the_digits_that_are_written_are_known():
    train = read_log(printed(losses(20))).log.train
    assert train.half == pytest.approx(5e-5)
    assert read_log("loss nan").log.train.half == 0.5


SOURCE = """loss = F.cross_entropy(logits.view(-1, 50257), targets)
assert logits_for_loss.view(-1) is not None
val_loss_every = 125  # every 125 steps, evaluate val loss? 0 for only at the end
"""


def test_the_source_of_a_program_is_no_curve():
    text = SOURCE + "\n".join(f"step {i} val_loss {9 - i}" for i in range(4))
    assert [one.name for one in read_log(text).curves] == ["val_loss"]


def test_one_value_is_a_curve_where_no_other_is_and_of_validation():
    rows = "step 1 loss 5.5\nstep 2 loss 4.5\nstep 2 val_loss 4.75\ntrain_loss 5.0"
    assert [one.name for one in read_log(rows).curves] == ["loss", "val_loss"]
    assert len(read_log("step 1 loss 5.5").curves) == 1


def test_a_unit_in_brackets_may_be_part_of_a_name():
    text = "step,loss (nats)\n1,5.5\n2,4.5"
    assert read_log(text).curves[0].name == "loss (nats)"


def test_a_value_that_a_bar_shows_again_is_one_point():
    """Of validation until the next, and of training before and after it counts."""
    rows = (
        f"Epoch {i // 12}: {i % 12 + j}/12 [00:01, 2.0it/s, loss={9 - i / 48:.3f}, "
        f"val_loss={8 - i // 12}]"
        for i in range(48)
        for j in (0, 1)
    )
    log = read_log("\r".join(rows)).log
    assert log.train.y.tolist() == [round(9 - i / 48, 3) for i in range(48)]
    assert log.valid.y.tolist() == [8, 7, 6, 5]
    stands = "\n".join(f"step {i} loss {y}" for i, y in enumerate([3, 2.5, *6 * [2]]))
    assert len(read_log(stands).log.train) == 8


def test_what_counts_within_an_epoch_is_no_place():
    text = "\n".join(f"epoch {i // 4} iter {i % 4} loss {9 - i}" for i in range(8))
    train = read_log(text).log.train
    assert (train.unit, train.x.tolist()) == ("", [*range(1, 9)])


def test_a_wide_gap_ends_a_name():
    text = "\n".join(f"Batch {i}  1.62 updates/sec     loss {9 - i}" for i in range(4))
    assert read_log(text).curves[0].name == "loss"


WITHIN = "\n".join(
    f"epoch {e} | batch {100 * i} | loss {9 - e - i / 9:.3f}"
    for e in (1, 2)
    for i in range(9)
)


def test_curves_are_those_that_are_read_in_their_order():
    """Not as counted within an epoch: they are drawn, and findings are pinned there."""
    curve = read_log(WITHIN).to_dict()["curves"][0]
    assert (curve["unit"], curve["x"]) == ("", [*range(1, 19)])
    runs = "\n".join(f"step {i} loss {y:.3f}" for i, y in [*RUN, *RUN[1:]])
    curve = read_log(runs).to_dict()["curves"][0]
    assert (curve["points"], curve["x"]) == (9, [*range(9)])


@pytest.mark.parametrize(
    ("last", "points"),
    [("step 22 loss 4.8", 9), ("step 90 loss 4.8", 10), ("epoch 2 step 10 loss 4", 10)],
)
def test_a_last_line_that_goes_back_repeats_an_earlier_one(last, points):
    """As the best, after an early stop; where epochs go on, it is the next one's."""
    epoch = "epoch 1 " * last.startswith("epoch")
    rows = [f"{epoch}step {10 * i} loss {y:.4f}" for i, y in RUN]
    train = read_log("\n".join([*rows, last])).log.train
    assert len(train) == points


def test_a_name_keeps_its_apostrophe():
    text = "[1]\tvalid_0's multi_logloss: 2.5\n[2]\tvalid_0's multi_logloss: 2.25"
    assert read_log(text).curves[0].name == "valid_0's multi_logloss"


def test_a_name_may_stand_between_curly_quotes():
    text = "{‘loss’: 2.5, ‘epoch’: 1.0}\n{‘loss’: 2.25, ‘epoch’: 2.0}"
    assert read_log(text).curves[0].name == "loss"


def test_a_constant_held_out_loss_stays_a_curve():
    lines = [f"step {i} loss {3 - i / 100}" for i in range(200)]
    lines[::10] = [f"{line} val_loss 0.6931" for line in lines[::10]]
    assert len(read_log("\n".join(lines)).log.valid) == 20


def test_a_part_of_a_loss_is_not_the_main_one():
    text = "\n".join(
        f"box loss {0.5 - i / 20} | training loss {3 - i}" for i in range(3)
    )
    assert read_log(text).log.train.name == "training loss"


def test_batches_that_start_again_at_the_end_are_counted():
    lines = [f"epoch 1 batch {i + 1} loss {3 - i / 10}" for i in range(10)]
    log = read_log("\n".join([*lines, "epoch 2 batch 1 loss 1.9"])).log
    assert (log.train.unit, log.train.x[-1]) == ("", 11)


@pytest.mark.parametrize("first", [0, 1, 7])
def test_the_steps_of_an_epoch_are_read_wherever_steps_and_epochs_begin(first):
    steps = range(10, 310, 10)
    rows = [f"step {700 + s} | epoch {first + s / 100:.2f} | loss 2.5" for s in steps]
    assert read_log("\n".join(rows)).log.steps_per_epoch == 100


@pytest.mark.parametrize(
    "text",
    [
        "step 0 | epoch 0.7 | loss 2.5",
        "\n".join(f'{{"step": {i}, "loss": 3.5, "epoch": NaN}}' for i in range(5)),
    ],
)
def test_where_epochs_tell_no_steps_none_are_read(text):
    assert read_log(text).log.steps_per_epoch is None
