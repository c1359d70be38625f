"""What the tests of the command share, and the tiny model."""

import pytest

from printed import TEXT
from xent_lib import smollm
from xent_lib.smollm.__main__ import main


@pytest.fixture(scope="session")
def tiny():
    return smollm.load(smollm.TINY)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        main(["--tiny", *map(str, arguments)])
        return capsys.readouterr().out

    return run


@pytest.fixture
def fails(capsys):
    def fails(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["--tiny", *map(str, arguments)])
        assert stop.value.code == 2
        return capsys.readouterr().err

    return fails


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for k in range(8):
        (folder / f"{k}.txt").write_text(f"{k}. {TEXT} " * (k + 1))
    return folder
