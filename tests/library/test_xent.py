"""The options of the command. As a command: test_xent_command.py."""

from importlib.metadata import version

import pytest

from xent_lib._xent import make_parser


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit) as stop:
        make_parser().parse_args(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"xent {version('xent_lib')}\n"


def test_its_help_says_what_is_left_out_and_how_it_ends(capsys):
    with pytest.raises(SystemExit):
        make_parser().parse_args(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in ("except hidden ones", "3 something was skipped", "*.jsonl"):
        assert words in said
