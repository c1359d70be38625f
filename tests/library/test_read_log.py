"""read_log: what it is given, what it returns, and errors that name what it found."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runs import TRAIN, V, as_printed, losses, printed
from xent_lib import read_log

HEALTHY = printed(losses(300), losses(300, seed=1) + 0.05, every=30)
FACTS = {"format", "first-loss", "still-falling", "plateau"}


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_run_is_left_in_peace(seed):
    y, validation = losses(300, seed=seed), losses(300, seed=100 + seed) + 0.05
    report = read_log(printed(y, validation, every=30), V, 100)
    assert {one.name for one in report.findings} <= FACTS


def test_a_path_is_a_file_and_a_text_is_a_text(tmp_path):
    path = tmp_path / "run.log"
    path.write_text(HEALTHY, encoding="utf8")
    assert read_log(path).to_dict() == read_log(HEALTHY).to_dict()
    with pytest.raises(
        ValueError, match=r"no loss found in log: it begins with 'run\.log'"
    ):
        read_log("run.log")
    with pytest.raises(FileNotFoundError):
        read_log(Path("run.log"))


@pytest.mark.parametrize(
    "data",
    [
        as_printed("nanoGPT").encode("utf16"),
        as_printed("nanoGPT").encode("utf-16-le"),  # without its mark
        as_printed("nanoGPT").encode("utf-8-sig"),
        b"na\xefve \xff\xfe\n" + as_printed("nanoGPT").encode(),
    ],
)
def test_encodings_may_be_mixed(tmp_path, data):
    path = tmp_path / "run.log"
    path.write_bytes(data)
    assert read_log(path).log.train.y.tolist() == TRAIN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("no numbers\nat all", "it begins with 'no numbers at all'"),
        ("accuracy: 0.5\naccuracy: 0.6", "its numbers are called accuracy"),
        ("step,accuracy\n1,0.5\n2,0.6", "its numbers are called step, accuracy"),
        ('{"acc": [0.5, 0.6]}', "its numbers are called acc"),
        ("{" * 5000, "it begins with"),
    ],
)
def test_a_text_without_a_loss_is_named(text, words):
    with pytest.raises(ValueError, match=f"no loss found in log: {words}"):
        read_log(text)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((b"loss 2.5",), TypeError, "log must be a text or a Path, got bytes"),
        (("loss 2.5", 2.5), TypeError, "vocabulary must be an integer or None"),
        (("loss 2.5", 1), ValueError, "vocabulary must be from 2"),
        (("loss 2.5", 9, "2"), TypeError, "steps_per_epoch must be a number"),
        (("loss 2.5", 9, 0.5), ValueError, "steps_per_epoch must be from 1"),
    ],
)
def test_a_wrong_argument_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        read_log(*arguments)


def test_one_point_is_a_curve():
    report = read_log("step 1 | loss 2.5")
    assert "loss: 1 point, step 1 to 1" in repr(report)
    assert [one.name for one in report.findings] == ["format"]


def test_the_report_prints_in_a_screen():
    y = losses(300)
    y[150:160] += 3
    lines = repr(read_log(printed(y, y, every=20, ppl=np.exp), V, 100)).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    assert lines[0].split()[:4] == ["format", "loss:", "300", "points,"]
    assert any("▁" in line and line.endswith("  loss") for line in lines)
    assert any(line.startswith("spike ") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        ([], ["vocabulary", "steps_per_epoch", "a perplexity"]),
        ([V, 100], ["a perplexity"]),
    ],
)
def test_it_says_what_it_needs_for_more(arguments, needs):
    report = read_log(HEALTHY, *arguments)
    assert len(report.needs) == len(needs)
    assert all(words in repr(report) for words in needs)
    for ppl in (np.exp, lambda y: 9.0):  # it has one, whatever it proves
        assert "needs" not in repr(read_log(printed(losses(60), ppl=ppl), V, 100))


def test_nothing_helps_where_several_write_in_turn():
    rows = (
        f"step {i} | loss {9 - i / 99 + rank}" for i in range(60) for rank in (0, 1)
    )
    assert read_log("\n".join(rows)).needs == ()


def test_the_report_is_json():
    y = losses(5000)
    y[1234], y[2345], y[4000] = math.nan, math.inf, 99
    report = read_log(printed(y), V).to_dict()
    curve = report["curves"][0]
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert (curve["name"], curve["unit"], curve["points"]) == ("loss", "step", 5000)
    assert len(curve["x"]) == len(curve["y"]) <= 2000
    kept = dict(zip(curve["x"], curve["y"], strict=True))
    assert (kept[1234], kept[2345], kept[4000]) == (None, None, 99)
    assert report["vocabulary"] == V
    assert {"format", "not-finite"} <= {one["name"] for one in report["findings"]}


def test_a_curve_without_numbers_is_drawn_by_crosses():
    report = read_log("loss nan\nloss inf\nloss 1e308\nloss 1e308")
    assert "××▁▁" in repr(report)
    assert "×" in repr(read_log("loss nan"))


def test_plot_draws_the_main_curves_and_ln_v():
    pytest.importorskip("matplotlib")
    axes = read_log(HEALTHY, V).plot()
    assert [line.get_label() for line in axes.lines] == ["loss", "val loss", "ln V"]
    assert len(read_log("loss 2.5\nloss 2.4").plot().lines) == 1


def test_plot_without_matplotlib_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        read_log(HEALTHY).plot()


def test_what_it_needs_is_imported_at_a_call():
    """Nobody who only takes a loss waits for it; see also tests/house."""
    program = "import sys, xent_lib; print('xent_lib.logs' in sys.modules)"
    told = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert told.strip() == "False"
