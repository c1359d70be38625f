"""The reader of logs: what it draws and says is what `read_log` found."""

import math
from pathlib import Path

import numpy as np
import pytest

from parts import config
from xent_book.parts import Log
from xent_book.parts.log import EXAMPLES, MOST, reduced
from xent_lib import read_log


def test_the_examples_are_the_books_runs_and_each_shows_what_it_is_named_for():
    readings = config(Log())["readings"]
    assert [*readings] == [*EXAMPLES]
    for name, one in readings.items():
        found = [finding["name"] for finding in one["findings"]]
        assert name in found or name == "healthy"
        assert one["levels"] == [[pytest.approx(math.log(27), abs=1e-4), "ln V"]]
    found = [one["name"] for one in readings["healthy"]["findings"]]
    assert [*dict.fromkeys(found)] == ["format", "first-loss"]
    assert readings["stairs"]["epoch"] == 624
    [factor] = [x for x in readings["factor"]["findings"] if x["name"] == "factor"]
    assert factor["at"] == 125 * 19, "true of all 37 points: it is pinned in the middle"


def test_a_log_is_drawn_with_its_findings_in_their_places():
    log = "\n".join(f"step {i} | loss {3 - i / 50:.2f}" for i in range(1_000, 1_100))
    [one] = config(Log(f"{log}\nstep 1,100 | loss nan", 20))["readings"].values()
    [curve] = one["curves"]
    assert (curve["name"], curve["unit"]) == ("loss", "step")
    assert curve["x"] == [*range(1_000, 1_101)]
    assert curve["y"][:2] + curve["y"][-1:] == [-17.0, -17.02, None]
    [lost] = [found for found in one["findings"] if found["name"] == "not-finite"]
    assert lost["at"] == 1_100
    assert one["levels"] == [[2.9957, "ln V"]]


def test_what_is_true_of_all_points_has_no_place():
    rows = (
        f"step {i} | loss {3 - i / 50} | ppl {math.exp(3 - i / 50)}" for i in range(9)
    )
    [one] = config(Log("\n".join(rows)))["readings"].values()
    [unit] = [found for found in one["findings"] if found["name"] == "unit"]
    assert unit["at"] is None


def test_a_perplexity_is_drawn_as_its_logarithm():
    log = "\n".join(f"step {i} | ppl {100 / (1 + i):.6f}" for i in range(9))
    [one] = config(Log(log))["readings"].values()
    [curve] = one["curves"]
    assert curve["name"] == "ln ppl"
    assert curve["y"][0] == pytest.approx(math.log(100), abs=1e-3)


def test_validation_that_counts_otherwise_is_drawn_on_the_axis_of_training():
    """By the point of training above it; its words tell its own epochs."""
    falls = [5 - i / 50 for i in range(120)]
    rows = [f"step {100 * i} | loss {y:.3f}" for i, y in enumerate(falls)]
    for epoch in range(8, 0, -1):
        loss = 4 + abs(epoch - 3) / 2
        rows.insert(15 * epoch, f"end of epoch {epoch} | val loss {loss}")
    [one] = config(Log("\n".join(rows)))["readings"].values()
    train, valid = one["curves"]
    assert (train["unit"], valid["unit"]) == ("step", "step")
    assert valid["x"] == [1_500 * epoch - 100 for epoch in range(1, 9)]
    [turned] = [found for found in one["findings"] if found["name"] == "overfitting"]
    assert "at epoch 3" in turned["words"]
    assert (turned["on"], turned["at"]) == (valid["name"], 4_400)


def test_a_floor_is_a_line():
    log = "\n".join(f"step {i} | loss {math.log(2):.4f}" for i in range(20))
    [one] = config(Log(log))["readings"].values()
    assert [math.log(2), "floor"] in one["levels"]
    [floor] = [found for found in one["findings"] if found["name"] == "floor"]
    assert floor["at"] == 0  # where it begins to stay there


def test_of_many_points_the_least_and_the_largest_are_drawn_and_one_that_is_none():
    y = np.random.default_rng(0).normal(size=50_000)
    y[1_234], y[20_000], y[20_001] = 9.0, np.nan, np.inf
    kept = reduced(y)
    assert len(kept) <= 2 * MOST + 3
    assert {0, 1_234, len(y) - 1, int(np.nanargmin(y))} <= {*kept.tolist()}
    assert not np.isfinite(y[kept]).all()
    assert reduced(y[: 2 * MOST]).tolist() == [*range(2 * MOST)]


def test_all_that_is_drawn_may_be_lost():
    for vocabulary in (None, 10):
        shown = Log("step 1 | loss nan\nstep 2 | loss nan", vocabulary)._repr_html_()
        assert "<svg" in shown


def test_a_file_is_read_as_a_text_is(tmp_path):
    text = "loss 3.4\nloss 3.1\nloss nan"
    path = Path(tmp_path, "run.log")
    path.write_text(text, encoding="utf8")
    assert Log(path)._repr_html_() == Log(text)._repr_html_()


@pytest.mark.parametrize(
    "wrong", [("",), ("nothing here",), ("loss 3", 1), ("loss 3", None, 0), (3,)]
)
def test_what_the_library_refuses_is_refused_in_its_words(wrong):
    with pytest.raises((TypeError, ValueError)) as refused:
        read_log(*wrong)
    with pytest.raises(type(refused.value)) as same:
        Log(*wrong)
    assert str(same.value) == str(refused.value)
