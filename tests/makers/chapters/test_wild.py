"""`make wild`, on a repository of our own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = """
import package_that_nobody_has
from package_that_nobody_has import checked, np
import numpy as np

unused = package_that_nobody_has.setting + 1
AXIS = -1


@checked(shapes=True)
def per_sequence(logits: Logits, targets, mask):
    o = logits - logits.max(AXIS, keepdims=True)
    right = np.take_along_axis(o, targets[..., None], AXIS)[..., 0]
    each = np.log(np.exp(o).sum(AXIS)) - right
    return ((each * mask).sum(AXIS) / mask.sum(AXIS)).mean()
"""
REPORT = """# A title

```python
import numpy as np
from loss import per_sequence


def test_of_all_tokens():
    one = np.zeros((1, 1), int)
    assert np.isclose(per_sequence(np.zeros((1, 1, 4)), one, 1 - one), {})
```
"""
FOUND = {"on": "three sequences, padding at the end", "gives": "7.6125"}
FOUND |= {"right": "8.5836", "finds": ["✗ mean-of-means"]}


@pytest.fixture
def examine(tmp_path, monkeypatch):
    """The program, and a function in a clone, with its entry of the table."""
    monkeypatch.syspath_prepend(ROOT / "tests/makers/wild")
    import examine

    clone = tmp_path / "somebody+losses"
    clone.mkdir()
    (clone / "loss.py").write_text(CODE)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-01-02T03:04:05Z")
    git = ["git", "-C", clone, "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in ("init --quiet", "add .", "commit --quiet --message=first"):
        subprocess.run([*git, *words.split()], check=True)
    asked = [*git, "rev-parse", "HEAD"]
    commit = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    monkeypatch.setenv("WILD", str(tmp_path))
    place = {"repository": "somebody/losses", "commit": commit.strip()}
    return examine, place | {"path": "loss.py", "object": "per_sequence"}


def test_a_function_is_examined_without_what_it_does_not_need(examine):
    program, one = examine
    said = program.in_a_process(one)
    assert said["finds"] == FOUND["finds"]
    assert program.differences(one | FOUND, said) == []


def test_a_commit_tells_its_day(examine):
    program, one = examine
    assert program.made_on(one) == "2020-01-02"


@pytest.mark.parametrize(
    "other", [{"finds": []}, {"gives": "7.7125"}, {"right": "8.5"}, {"on": "example"}]
)
def test_what_the_table_has_otherwise_is_said(examine, other):
    program, one = examine
    shown = [[FOUND["on"], FOUND["gives"], FOUND["right"]]]
    said = {"finds": FOUND["finds"], "shown": shown, "passed": [], "unfixed": []}
    assert program.differences(one | FOUND | other, said)


def test_a_function_that_is_not_there_is_said_to_be(examine):
    program, one = examine
    (found,) = program.in_a_process(one | {"object": "per_token"})["finds"]
    assert found == "! NameError: name 'per_token' is not defined"


@pytest.mark.parametrize(("right", "passed"), [("0", False), ("np.log(4)", True)])
def test_the_test_of_a_report_must_fail(examine, tmp_path, monkeypatch, right, passed):
    program, one = examine
    monkeypatch.setattr(program, "REPORTS", tmp_path)
    (tmp_path / "mean.md").write_text(REPORT.format(right))
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    one = one | {"report": "mean"}
    outcome = program.tested(one, program.loaded(one))
    assert outcome == {"test_of_all_tokens": passed}


BY_TOKENS = "(each * mask).sum() / mask.sum()"


@pytest.mark.parametrize(
    ("fix", "right", "left"),
    [
        (BY_TOKENS, "np.log(4)", []),
        (BY_TOKENS, "0", ["test_of_all_tokens"]),
        ("(each * mask).mean()", "np.log(4)", ["✗ padded-length"]),
    ],
)
def test_a_fix_is_tried(examine, tmp_path, monkeypatch, fix, right, left):
    program, one = examine
    monkeypatch.setattr(program, "REPORTS", tmp_path)
    (tmp_path / "mean.md").write_text(REPORT.format(right))
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    wrong = "((each * mask).sum(AXIS) / mask.sum(AXIS)).mean()"
    assert program.unfixed(one | {"report": "mean", "fix": [[wrong, fix]]}) == left


def test_a_fix_of_other_words_is_said(examine):
    program, one = examine
    with pytest.raises(ValueError, match=r"'\.max\(\)' is 0 times in loss.py"):
        program.unfixed(one | {"fix": [[".max()", ".min()"]]})
