"""The tables of benchmarks/README.md say what was measured."""

import runpy
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_tables_are_those_of_the_stored_results():
    text = (BENCHMARKS / "README.md").read_text(encoding="utf8")
    tables = runpy.run_path(str(BENCHMARKS / "tables.py"))
    assert text == tables["filled"](text, tables["stored"]())
