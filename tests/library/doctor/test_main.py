"""python -m xent_lib.doctor package.module:function"""

import runpy
import sys

import pytest

from xent_lib.doctor.__main__ import main

BROKEN = """
import numpy as np
from xent_lib import cross_entropy
def loss(o, t):
    return -cross_entropy(o, t)
def bits(o, t):
    return cross_entropy(o, t) / np.log(2)
def padded(o, t):
    return cross_entropy(o, t, reduction="mean", ignore_index=-1)
def step(parts):
    return cross_entropy(*parts[0], reduction="mean", ignore_index=-100)
number = 3
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "their_loss.py").write_text(BROKEN, encoding="utf8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield "their_loss"
    sys.modules.pop("their_loss", None)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["their_loss:loss"], 1, "✗ The loss is negative"),
        (["their_loss:loss", "--allow", "sign"], 0, "– The loss is negative"),
        (["their_loss:bits"], 0, "– The loss is in bits"),
        (["their_loss:bits", "--strict"], 1, "✗ The loss is in bits"),
        (["their_loss:padded", "--ignore-index", "-1"], 0, "✓"),
        (["their_loss:padded", "--ignore-index", "none"], 0, "✓"),
        (
            ["their_loss:step", "--step"],
            1,
            "✗ The loss is something other than that of",
        ),
        (["xent_lib:cross_entropy"], 0, "✓ Nothing wrong was found"),
    ],
)
def test_the_exit_code_says_whether_it_is_healthy(
    module, capsys, arguments, code, says
):
    assert main(arguments) == code
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("their_loss", "name it package.module:function"),
        ("their_loss:none", "no attribute 'none'"),
        ("their_loss:number", "is no function"),
        ("no_such_module:f", "No module named"),
        ("their_loss:loss --allow=x", "allow must be a list"),
        ("their_loss:step --step --strict", "--step takes --allow alone"),
        ("their_loss:step --step --ignore-index=0", "--step takes --allow alone"),
    ],
)
def test_what_is_not_there_is_said(module, capsys, name, says):
    with pytest.raises(SystemExit) as left:
        main(name.split())
    assert left.value.code == 2
    assert says in capsys.readouterr().err


def test_it_is_a_program(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "xent_lib.doctor.__main__")
    monkeypatch.setattr(sys, "argv", ["doctor", "xent_lib:softmax"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("xent_lib.doctor", run_name="__main__")
    assert left.value.code == 1
    assert "? It could not be examined as it is" in capsys.readouterr().out
