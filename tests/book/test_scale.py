"""The stored measurements of "At scale": their memory is found again, and named what
depends on the machine."""

import json
import os
import runpy
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "xent_book/data"
STORED = json.loads((DATA / "scale.json").read_text(encoding="utf8"))


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.syspath_prepend(DATA)  # it imports what lies beside it
    monkeypatch.setenv(
        "OPENBLAS_NUM_THREADS", os.environ.get("OPENBLAS_NUM_THREADS", "")
    )
    return runpy.run_path(str(DATA / "scale.py"))


def test_the_memory_is_found_again(recipe):
    smallest = STORED["by_tokens"][0]
    found = recipe["layer"](smallest["tokens"], 4096)
    for way in ("full", "blocks", "product"):
        assert found[way]["seconds"] > 0
    assert found["full"]["bytes"] == pytest.approx(
        smallest["full"]["bytes"] * 4096 / smallest["vocabulary"], rel=0.1
    )
    for way in (
        "blocks",
        "product",
    ):  # of no more than a block, whatever the vocabulary
        assert found[way]["bytes"] == pytest.approx(smallest[way]["bytes"], rel=0.1)


def test_the_memory_that_the_chapter_prints_is_that_of_today(recipe):
    [printed] = [run for run in STORED["by_tokens"] if run["tokens"] == 2048]
    given = recipe["hidden"](2048, 4096)  # blocks are alike, whatever the vocabulary
    found = recipe["peak"](recipe["WAYS"]["blocks"], given)
    assert found == pytest.approx(printed["blocks"]["bytes"], rel=0.05)


def test_what_is_stored_is_whole_and_its_machine_is_named(recipe):
    assert set(STORED["machine"]) == {"processor", "numpy"}
    assert [run["tokens"] for run in STORED["by_tokens"]] == list(recipe["TOKENS"])
    sizes = [run["vocabulary"] for run in STORED["by_vocabulary"]]
    assert sizes == recipe["VOCABULARIES"]
    for run in STORED["by_tokens"] + STORED["by_vocabulary"]:
        assert run["blocks"]["bytes"] < run["full"]["bytes"]
    for way in ("alone", "shared"):
        assert min(STORED[way].values()) > 0
