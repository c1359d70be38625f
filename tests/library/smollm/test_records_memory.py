"""Saved scores: memory doesn't grow with their number."""

import subprocess
import sys
import tracemalloc
from itertools import chain

import numpy as np
import pytest
from tqdm import tqdm

from xent_lib.smollm.__main__ import kept, score_all
from xent_lib.smollm.records import Part, as_line, joined, saving

HOW = {"model": "tiny", "sha256": "5f", "start": 0, "window": 128, "stride": 64}
SCORE = {"n_bytes": 1, "ids": [5], "tokens": ["a"], "losses": [1.5]}


def part(i, prefix="00"):
    return Part(f"a.jsonl:{i}", 0, True, prefix)


def resume(path, n, tiny):
    """One is new, and comes before half of those that are there, in another order; then
    come some that have changed; the others are not asked for."""
    half, most = n // 2, 3 * n // 4

    def order():
        return chain([n], (7919 * i % n for i in range(half)))

    def compute(pieces):
        """As of a batch that is never full: no score before the last is taken."""
        assert sum(1 for _ in pieces) == 1
        yield np.zeros((3, 1))

    with saving(path, HOW) as saved:
        parts = ((part(i), [(np.array([0, 5]), 1)]) for i in order())
        scored = score_all(compute, tiny, parts, saved, HOW)
        scored = kept(scored, saved, 0, tqdm(disable=True), pytest.fail)
        for i, (record, _) in zip(order(), scored, strict=True):
            assert record["name"] == part(i).name
        changed = (part(7919 * i % n, "01") for i in range(half, most))
        assert not any(map(saved.find, changed))
        assert saved.others() == n - most
    with path.open() as file:
        assert sum(1 for _ in file) == n + 1 - (most - half)


def join(path, n, tiny):
    assert sum(1 for _ in joined([path])) == n


@pytest.mark.parametrize("work", [resume, join])
def test_four_times_the_lines_take_the_same_memory(work, tiny, tmp_path):
    path, most = tmp_path / "saved", {}
    for n in (100, 500, 2000):  # the first has it load what it needs
        with path.open("w") as file:
            lines = (as_line(HOW | part(i)._asdict() | SCORE) for i in range(n))
            file.writelines(f"{line}\n" for line in lines)
        tracemalloc.start()
        work(path, n, tiny)
        most[n] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most[2000] - most[500] < 8 * 1500  # not a number for each


# The limit is one of the whole process, and is never raised again.
FEW_BYTES = """
import sys
from pathlib import Path
from xent_lib.smollm import records

n = 60_000
parts = [records.Part(f"a.jsonl:{i}", 0, True, "00") for i in range(n)]
records.records_of = lambda *_: ((i, i + 1, x._asdict()) for i, x in enumerate(parts))
with records.tables() as sql:
    sql("PRAGMA hard_heap_limit = 3000000")
    with records.saving(Path(sys.argv[1]), {}) as saved:
        print(all(saved.find(parts[7919 * i % n]) for i in range(n // 4)))
        print(saved.others())
"""


def test_what_sqlite_has_of_them_is_on_the_disk(tmp_path):
    """In memory they would take twice the room that there is."""
    command = [sys.executable, "-c", FEW_BYTES, str(tmp_path / "saved")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert printed.stdout.split() == ["True", "45000"]


def test_a_full_disk_is_told(tmp_path):
    def full():
        with saving(tmp_path / "saved", HOW) as saved:
            saved.sql("PRAGMA max_page_count = 1")
            saved.sql("CREATE TABLE more (x)")

    with pytest.raises(OSError, match=r"^SQLite's temporary file: .* full$"):
        full()
