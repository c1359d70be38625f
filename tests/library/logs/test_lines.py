"""Every program's lines give the curves that were printed, and no other numbers."""

import pytest

from runs import FORMS, HELD_OUT, TRAIN, as_printed
from xent_lib import read_log
from xent_lib.logs import lines


@pytest.mark.parametrize("name", FORMS)
def test_the_lines_of_a_program_are_read(name):
    log = read_log(as_printed(name)).log
    assert log.train.y.tolist() == TRAIN
    if FORMS[name].get("both"):
        assert log.valid.y.tolist() == HELD_OUT
    else:
        assert log.valid is None


@pytest.mark.parametrize(
    ("name", "unit", "x"),
    [
        ("nanoGPT", "step", [0, 1, 2, 3, 4]),
        ("Megatron", "step", [1, 2, 3, 4, 5]),
        ("Keras", "epoch", [1, 2, 3, 4, 5]),
        ("Hugging Face", "epoch", [0.01, 0.02, 0.03, 0.04, 0.05]),
        ("OLMo", "step", [0, 1, 2, 3, 4]),
        ("one column", "", [1, 2, 3, 4, 5]),
        ("char-rnn", "step", [1, 2, 3, 4, 5]),
        ("Hugging Face, its card", "step", [100, 200, 300, 400, 500]),
    ],
)
def test_each_point_has_its_place(name, unit, x):
    train = read_log(as_printed(name)).log.train
    assert (train.unit, train.x.tolist()) == (unit, x)


@pytest.mark.parametrize("name", FORMS)
def test_lines_read_at_once_give_what_lines_read_in_turn_give(name, monkeypatch):
    """In chunks of a line each, and of all lines."""
    text = "\n".join([as_printed(name)] * 3)
    whole = read_log(text).to_dict()
    monkeypatch.setattr(lines, "CHUNK", 0)
    assert read_log(text).to_dict() == whole


def test_a_layout_that_a_date_shares_gives_no_number():
    text = "step 1 loss 3.5\nstep 2026-01-02 loss 3.25\nstep 3 loss 3.0"
    assert read_log(text).log.train.x.tolist() == [1, 3]


def test_text_without_a_layout_takes_no_memory(monkeypatch):
    monkeypatch.setattr(lines, "MOST", 2)
    other = "\n".join(f"{'x' * i} {i} words" for i in range(9))
    text = f"{other}\nstep 1 loss 2.5\n{other}\nstep 2 loss 2.25"
    assert read_log(text).log.train.y.tolist() == [2.5, 2.25]


def test_a_line_longer_than_any_log_has_is_left_out():
    text = f"step 1 loss 2.5\n{'loss 9.9 ' * 9999}\nstep 2 loss 2.25"
    assert read_log(text).log.train.y.tolist() == [2.5, 2.25]


def test_a_dictionary_that_is_no_json_is_read_as_text():
    text = "{'a': {'b': tensor(1)}, 'loss': tensor(2.5, device='cuda:0'), 'step': 3}"
    assert read_log(text).log.train.y.tolist() == [2.5]


def test_a_table_ends_where_its_rows_end():
    text = "step,loss\n1,2.5\nepoch 1 done, saved\n2,9.9\n"
    assert read_log(text).log.train.y.tolist() == [2.5]


def test_windows_ends_of_lines_are_none_of_the_numbers():
    text = as_printed("two columns").replace("\n", "\r\n")
    assert read_log(text).log.train.y.tolist() == TRAIN
