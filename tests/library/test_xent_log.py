"""The command `xent-log`: its input, its output, and how it ends."""

import io
import json
import sys
from importlib.metadata import version

import pytest

from runs import V, losses, printed
from xent_lib import _xent_log

HEALTHY = printed(losses(60))
BROKEN = f"{HEALTHY}\nstep 60 | loss nan"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command on a text, in a file or from standard input."""

    def call(text, *options, stdin=False):
        path = tmp_path / "run.log"
        path.write_text(text, encoding="utf8")
        stream = io.TextIOWrapper(io.BytesIO(text.encode()))
        monkeypatch.setattr(sys, "stdin", stream)
        with pytest.raises(SystemExit) as stop:
            _xent_log.main(["-" if stdin else str(path), *options])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.mark.parametrize("stdin", [False, True])
def test_it_prints_the_report(run, stdin):
    code, out, err = run(HEALTHY, "--vocabulary", str(V), stdin=stdin)
    assert (code, err) == (0, "")
    assert out.startswith("format      loss: 60 points")
    assert "first-loss" in out


def test_it_prints_json(run):
    _, out, _ = run(HEALTHY, "--json", "--steps-per-epoch", "20")
    report = json.loads(out)
    assert report["steps_per_epoch"] == 20
    assert [one["name"] for one in report["findings"]] == ["format"]


@pytest.mark.parametrize(
    ("text", "names", "code"),
    [
        (BROKEN, "spike,not-finite", 1),
        (BROKEN, "spike", 0),
        (HEALTHY, "not-finite", 0),
    ],
)
def test_it_fails_on_what_it_is_told_to(run, text, names, code):
    assert run(text, "--fail-on", names)[0] == code


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("accuracy 0.5", [], "xent-log: no loss found in log: its numbers are called"),
        (HEALTHY, ["--vocabulary", "1"], "vocabulary must be from 2 to"),
        (HEALTHY, ["--fail-on", "spikes"], "got 'spikes'"),
        (HEALTHY, ["--fail-on", ""], "expected a value"),
    ],
)
def test_an_error_is_a_line_and_a_code(run, text, options, words):
    code, out, err = run(text, *options)
    assert (code, out) == (2, "")
    assert words in err


def test_a_missing_file_is_named(capsys):
    with pytest.raises(SystemExit, match="2"):
        _xent_log.main(["/no/such.log"])
    assert "/no/such.log" in capsys.readouterr().err


def test_a_file_is_followed_until_the_finding(run, monkeypatch, tmp_path):
    grown = iter([f"{HEALTHY}\nstep 61 | loss 4.1 | ", "", BROKEN])
    path = tmp_path / "run.log"

    def wait(seconds):
        assert seconds == _xent_log.WAIT
        if text := next(grown):
            path.write_text(text, encoding="utf8")

    monkeypatch.setattr("time.sleep", wait)
    code, out, _ = run("step 0 starts", "--follow", "--fail-on", "not-finite")
    assert code == 1
    assert out.count("format") == 1  # the report once, then what is new
    assert out.splitlines()[-1].startswith("not-finite  loss is nan at step 60")


def test_an_interrupt_ends_it(run, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    assert run(HEALTHY, "--follow")[::2] == (130, "\n")


def test_standard_input_is_followed_as_it_grows(run):
    code, out, _ = run(BROKEN, "--follow", "--json", stdin=True)
    reports = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert 1 < len(reports) < 9  # one for each new finding, not for each line
    assert reports[-1]["findings"][-1]["name"] == "not-finite" or len(reports) > 1


def test_what_is_read_is_not_told_again_at_the_end(run):
    assert run("step 1 | loss 2.5", "--follow", stdin=True)[1].count("format") == 1


def test_another_error_ends_a_command_that_follows(run):
    assert run(HEALTHY, "--follow", "--vocabulary", "1", stdin=True)[0] == 2


def test_a_reader_that_closes_its_pipe_ends_it_quietly(run, monkeypatch):
    closed = []

    def broken(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr(_xent_log, "read_log", broken)
    monkeypatch.setattr("os.dup2", lambda *files: closed.append(files))
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1, raising=False)
    assert run(HEALTHY)[0] == 1
    assert len(closed) == 1


def test_it_says_its_version_and_its_codes(capsys):
    for option in ("--version", "--help"):
        with pytest.raises(SystemExit, match="0"):
            _xent_log.main([option])
    out = " ".join(capsys.readouterr().out.split())
    assert f"xent-log {version('xent_lib')}" in out
    assert "130 interrupted" in out
