"""Scores as lines: where they stand is never in memory, however many they are."""

import tracemalloc
from itertools import chain

import numpy as np
import pytest

from xent_lib.smollm import records
from xent_lib.smollm.__main__ import score_all
from xent_lib.smollm.records import Part, as_line, joined, saving, tables

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


def test_what_sqlite_has_of_them_is_on_the_disk(tmp_path, monkeypatch):
    """In memory it would have no room."""
    n = 20_000
    saved_ones = ((i, i + 1, part(i)._asdict()) for i in range(n))
    monkeypatch.setattr(records, "records_of", lambda *_: saved_ones)
    with tables() as sql:
        sql("PRAGMA hard_heap_limit = 2000000")  # bytes, of the whole process
        try:
            with saving(tmp_path / "saved", HOW) as saved:
                assert all(saved.find(part(7919 * i % n)) for i in range(n // 4))
                assert saved.others() == n - n // 4
        finally:
            sql("PRAGMA hard_heap_limit = 0")


def test_a_full_disk_is_told(tmp_path):
    def full():
        with saving(tmp_path / "saved", HOW) as saved:
            saved.sql("PRAGMA max_page_count = 1")
            saved.sql("CREATE TABLE more (x)")

    with pytest.raises(OSError, match=r"^a temporary file of SQLite's: .* full$"):
        full()
