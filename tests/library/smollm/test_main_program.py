"""The command as a separate process: signals, terminal, pipes."""

import contextlib
import functools
import importlib
import os
import runpy
import signal
import subprocess
import sys

import pytest

from printed import TEXT, assert_alike
from xent_lib.smollm.__main__ import main


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_an_interrupt_keeps_what_is_done(run, folder, tmp_path):
    for k in range(4):  # lines of more than a pipe holds, so that it cannot end
        (folder / f"{k}.txt").write_text(f"{k}. {TEXT} " * 60)
    saved = tmp_path / "saved"
    options = ["--files", str(folder), "--save", str(saved)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # What runs in the background of a shell has been told to ignore the signal.
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with command(*options, "--json", preexec_fn=hear, **pipes) as going:
        going.stdout.readline()
        going.send_signal(signal.SIGINT)
        _, said = going.communicate()
    assert said.decode() == f"\nstopped: the same command continues from {saved}\n"
    assert going.returncode == 130
    assert 1 <= len(saved.read_text().splitlines()) < 4
    assert_alike(run(*options), run("--files", folder))


def command(*arguments, **options):
    """The command as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "xent_lib.smollm", "--model", "tiny", *arguments],
        **options,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
def test_a_bar_leaves_the_lines_to_what_is_printed(tmp_path):
    import pty
    import termios

    for name in "ab":
        (tmp_path / name).write_text(TEXT * 200)
    main_end, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    run = command("--files", tmp_path / "a", tmp_path / "b", stdout=end, stderr=end)
    os.close(end)
    written = b""
    with contextlib.suppress(OSError):  # the terminal is gone with the program
        while part := os.read(main_end, 4096):
            written += part
    os.close(main_end)
    assert run.wait() == 0
    assert b"B/s" in written
    lines = [line.rpartition("\r")[2] for line in written.decode().split("\r\n")]
    assert [line.partition(":")[0] for line in lines if line][:2] == [
        str(tmp_path / name) for name in "ab"
    ]


def test_another_encoding_of_the_output_is_utf_8():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = command("naïve", env=environment, stdout=subprocess.PIPE)
    assert "−ln p" in run.communicate()[0].decode("utf8")
    assert run.returncode == 0


def test_who_reads_no_further_gets_no_error():
    with command(TEXT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_who_has_closed_an_output_gets_the_other(closed, monkeypatch, capsys, tmp_path):
    saved = tmp_path / "saved"
    arguments = ["--model", "tiny", "--skip", "--files", "away.txt", "--save"]
    monkeypatch.setattr(sys, closed, None)
    with pytest.raises(SystemExit) as stop:
        main([*arguments, str(saved), "--", TEXT])
    assert stop.value.code == 3
    getattr(sys, closed).close()
    assert len(saved.read_text().splitlines()) == 1
    out, err = capsys.readouterr()
    assert (out == "") == (closed == "stdout")
    assert ("away.txt" in err) == (closed == "stdout")
    assert "away.txt" not in out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk to write to")
def test_an_output_that_is_full_is_named_once():
    with open("/dev/full", "w") as full:
        run = command(TEXT, stdout=full, stderr=subprocess.PIPE)
        said = run.communicate()[1].decode()
    assert said == "xent: [Errno 28] No space left on device\n"
    assert run.returncode == 2


def test_an_interrupt_is_no_traceback(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("xent_lib.smollm.__main__.load", interrupted)
    with pytest.raises(SystemExit) as stop:
        main([TEXT])
    assert stop.value.code == 130
    assert capsys.readouterr().err == "\n"


def test_where_memory_is_too_small_it_says_so(monkeypatch, fails):
    def full(*_):
        raise MemoryError("Unable to allocate 3. GiB")

    monkeypatch.setattr("xent_lib.smollm.__main__.load", full)
    assert fails(TEXT) == "xent: Unable to allocate 3. GiB\n"


def test_what_is_left_unread_is_not_written_at_the_end(monkeypatch):
    def closed(*values, **options):
        raise BrokenPipeError

    turned = []
    monkeypatch.setattr("builtins.print", closed)
    monkeypatch.setattr("os.dup2", lambda *ends: turned.append(ends))
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1)
    with pytest.raises(SystemExit) as stop:
        main(["--model", "tiny", TEXT])
    assert stop.value.code == 1
    assert [end for _, end in turned] == [1]


def test_it_runs_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["smollm", "--model", "tiny", TEXT])
    monkeypatch.delitem(sys.modules, "xent_lib.smollm.__main__")  # as nobody has it
    runpy.run_module("xent_lib.smollm", run_name="__main__")
    assert capsys.readouterr().out.startswith("token ")


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "regex", None)
    for name in [name for name in sys.modules if name.startswith("xent_lib.smollm")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match="regex: pip install gguf regex"):
        importlib.import_module("xent_lib.smollm")
