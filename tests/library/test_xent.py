"""The command is there, with what it needs and without."""

import sys

import pytest

import xent_lib.smollm.__main__  # all that is put back
from xent_lib._xent import main


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """As in a process of its own: nothing of it is imported yet."""
    for name in [name for name in sys.modules if name.startswith("xent_lib.smollm")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(xent_lib, "smollm")  # else the new one stays


def test_it_says_its_version(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["xent", "--version"])
    with pytest.raises(SystemExit, match=r"^0$"):
        main()
    assert capsys.readouterr().out.startswith("xent ")


def test_an_interrupt_while_it_loads_is_no_traceback(monkeypatch):
    class Interrupted:
        @staticmethod
        def find_spec(name, *_):
            if name == "xent_lib.smollm.__main__":
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "meta_path", [Interrupted, *sys.meta_path])
    with pytest.raises(SystemExit, match=r"^130$"):
        main()


def test_without_what_it_needs_it_ends_with_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "regex", None)
    said = r"^xent: a real model needs regex: pip install gguf regex tqdm$"
    with pytest.raises(SystemExit, match=said):
        main()
