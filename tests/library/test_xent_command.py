"""The command runs with the packages it needs, and names them if they are missing."""

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import xent_lib.smollm.__main__  # all that is put back
from xent_command import log, main


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """As in a process of its own: nothing of it is imported yet."""
    for name in [name for name in sys.modules if name.startswith("xent_lib.smollm")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(xent_lib, "smollm")  # else the new one stays


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_an_interrupt_while_it_loads_ends_it_quietly(tmp_path):
    """Here when NumPy begins, which makes an error of its own of any exception."""
    interrupt = f"import os; os.kill(os.getpid(), {signal.SIGINT.value})"
    hidden = f"try: {interrupt}\nexcept BaseException: raise ImportError"
    (tmp_path / "numpy.py").write_text(hidden)
    command = [Path(sys.executable).with_name("xent"), "--model", "tiny", "A cat."]
    path = os.environ | {"PYTHONPATH": str(tmp_path)}
    # What runs in the background of a shell has been told to ignore the signal.
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    done = subprocess.run(command, env=path, capture_output=True, preexec_fn=hear)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.default_int_handler])
def test_an_interrupt_is_heard_again_or_still_ignored(monkeypatch, before):
    monkeypatch.setattr(sys, "argv", ["xent", "--version"])
    usual = signal.signal(signal.SIGINT, before)
    try:
        with pytest.raises(SystemExit, match=r"^0$"):
            main()
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, usual)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_without_what_a_model_needs_it_says_what_it_is(monkeypatch, capsys, option):
    monkeypatch.setattr(sys, "argv", ["xent", option])
    for name in ("gguf", "regex", "tqdm"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit, match=r"^0$"):
        main()
    assert "xent" in capsys.readouterr().out


def test_without_what_a_model_needs_it_ends_with_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["xent", "A cat."])
    monkeypatch.setitem(sys.modules, "regex", None)
    with pytest.raises(SystemExit, match=r"^2$"):
        main()
    said = "xent: xent_lib.smollm needs regex: pip install gguf regex tqdm\n"
    assert capsys.readouterr().err == said


def test_with_what_it_needs_it_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["xent", "--model", "tiny", "A cat."])
    main()
    assert capsys.readouterr().out.startswith("token ")


def test_the_command_for_logs_needs_no_model(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["xent-log", "--version"])
    for name in ("gguf", "regex", "tqdm"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit, match=r"^0$"):
        log()
    assert capsys.readouterr().out.startswith("xent-log ")
