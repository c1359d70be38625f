"""Helpers for the tests of the command, and the tiny model."""

from copy import copy
from dataclasses import replace

import pytest

from printed import TEXT
from xent_lib import smollm
from xent_lib.smollm.__main__ import main


@pytest.fixture(scope="session")
def tiny():
    return smollm.load(smollm.TINY)


@pytest.fixture
def without_4(tiny, monkeypatch):
    """The tiny model, but that its byte 4 has no token, as in SmolLM2."""
    tokenizer = copy(tiny.tokenizer)
    tokenizer.ids = {token: i for token, i in tokenizer.ids.items() if token != b"\4"}
    tokenizer._encode = tokenizer._encode_piece
    model = replace(tiny, tokenizer=tokenizer)
    monkeypatch.setattr("xent_lib.smollm.__main__.load", lambda *_: model)
    return model


@pytest.fixture
def run(capsys):
    def run(*arguments):
        main(["--model", "tiny", *map(str, arguments)])
        return capsys.readouterr().out

    return run


@pytest.fixture
def fails(capsys):
    def fails(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["--model", "tiny", *map(str, arguments)])
        assert stop.value.code == 2
        return capsys.readouterr().err

    return fails


@pytest.fixture
def skips(capsys):
    """What is printed with --skip, and what is said of what was skipped."""

    def skips(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["--model", "tiny", "--skip", *map(str, arguments)])
        assert stop.value.code == 3
        found = capsys.readouterr()
        *said, last = found.err.splitlines()
        assert last.endswith(f": {len(said)} skipped")
        assert all(line.startswith("xent: skipped: ") for line in said)
        return found.out.splitlines(), said

    return skips


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for k in range(8):
        (folder / f"{k}.txt").write_text(f"{k}. {TEXT} " * (k + 1))
    return folder
