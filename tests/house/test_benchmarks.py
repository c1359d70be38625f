"""The tables of benchmarks/README.md say what was measured."""

import json
import runpy
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_tables_are_those_of_the_stored_results():
    text, results = (
        (BENCHMARKS / name).read_text(encoding="utf8")
        for name in ("README.md", "results.json")
    )
    filled = runpy.run_path(str(BENCHMARKS / "tables.py"))["filled"]
    assert text == filled(text, json.loads(results))
