"""The doctor from a shell, and from pytest's settings."""

import json
import sys

import pytest

from xent_doctor import pytest_plugin
from xent_doctor.__main__ import KINDS, main
from xent_doctor.diagnose import KINDS as KNOWN

RIGHT, BROKEN = "xent_lib:cross_entropy", "planted_in_a_file:summed_twice"
SOURCE = """
from xent_lib import cross_entropy

def summed_twice(o, t):
    return 2 * cross_entropy(o, t).mean()

def by_logps(a, b, c, d):
    return (a - b) - (c - d)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """One with a broken function, in which the doctor is called."""
    (tmp_path / "planted_in_a_file.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "planted_in_a_file", raising=False)
    return tmp_path


def test_its_exit_code_says_whether_a_function_is_healthy(capsys):
    assert main([RIGHT, "--shifts", "false", "--time-limit", "9"]) == 0
    assert main([BROKEN, "--ignore-index", "none"]) == 1
    assert "✗ The loss is 2 times what it should be" in capsys.readouterr().out
    assert main([BROKEN, "--allow", "scaled"]) == 0


def test_it_prints_json(capsys):
    main([BROKEN, "--json"])
    [found] = json.loads(capsys.readouterr().out)["findings"]
    assert (found["name"], found["kind"], found["room"]) == ("scaled", "fault", 2)


def test_it_takes_what_a_function_is(capsys):
    assert (*KNOWN,) == KINDS
    assert main(["xent_lib:log_prob", "--kind", "log_prob"]) == 0
    assert main(["planted_in_a_file:by_logps", "--kind", "dpo", "--json"]) == 1
    [found] = json.loads(capsys.readouterr().out.splitlines()[-1])["findings"]
    assert found["what"].startswith("The loss is something other than DPO’s")


def test_it_lists_the_faults(capsys):
    assert main(["--faults"]) == 0
    assert "✗ softmax-twice" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a function"),
        (["xent_lib"], "name it package.module:function, got 'xent_lib'"),
        (["xent_lib:__name__"], "is no function"),
        (["xent_lib:nope"], "has no attribute 'nope'"),
        ([RIGHT, "--gradient", "nope:f"], "No module named 'nope'"),
        ([RIGHT, "--allow", "nope"], "none is named 'nope'"),
        ([RIGHT, "--time-limit", "0"], "time_limit must be"),
        ([RIGHT, "--step", "--mask", "y", "--strict"], "not take --mask, --strict"),
    ],
)
def test_what_is_misused_is_told(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_pytest_tests_the_functions_that_its_settings_name(folder, request):
    settings = folder / "pyproject.toml"
    settings.write_text("[project]", encoding="utf-8")
    collect = pytest_plugin.pytest_collect_file
    assert collect(settings, request.session) is None
    assert collect(folder / "planted_in_a_file.py", request.session) is None
    lines = f'[tool.xent_doctor]\nfunctions = ["{RIGHT}", "{BROKEN}"]'
    settings.write_text(lines, encoding="utf-8")
    right, broken = collect(settings, request.session).collect()
    right.runtest()
    with pytest.raises(AssertionError) as raised:
        broken.runtest()
    assert broken.repr_failure(raised).startswith("✗ scaled")
    assert broken.reportinfo()[2] == f"xent_doctor: {BROKEN}"
    broken.allow = ["scaled"]
    broken.runtest()


def test_pytests_settings_say_what_a_function_is(folder, request):
    settings = folder / "pyproject.toml"
    lines = '[tool.xent_doctor]\nfunctions = ["xent_lib:log_prob", "xent_lib:log_prob"]'
    lines += '\n[tool.xent_doctor.kind]\n"xent_lib:log_prob" = "log_prob"'
    settings.write_text(lines, encoding="utf-8")
    item, _ = pytest_plugin.pytest_collect_file(settings, request.session).collect()
    item.runtest()
    item.kind = "dpo"
    with pytest.raises(AssertionError, match="does not say which"):
        item.runtest()
