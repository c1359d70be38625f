"""A document in parts, each of which becomes one saved line."""

import numpy as np
import pytest

from xent_lib.smollm import records
from xent_lib.smollm.records import cut


@pytest.fixture
def cut_8(monkeypatch):
    """Parts of a document whose windows are 8 tokens long, each 4 further on."""
    monkeypatch.setattr(records, "LEAST", 6)
    return lambda ids: list(cut("a.txt", np.asarray(ids), 8, 4))


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(3, [[2]]), (9, [[8]]), (10, [[8], [1]]), (22, [[8], [4, 4], [4, 1]])],
)
def test_a_document_is_cut_where_windows_end(cut_8, n, sizes):
    parts, pieces = zip(*cut_8(range(n)), strict=True)
    found = [[len(piece) - begin for piece, begin in some] for some in pieces]
    assert found == sizes
    ends = np.cumsum([sum(some) for some in sizes]).tolist()
    assert [part.first for part in parts] == [0, *ends[:-1]]
    assert [part.last for part in parts] == [end == n - 1 for end in ends]


def test_a_part_is_known_by_all_that_stands_before(cut_8):
    """Also where a document has grown, or has changed before its last window."""
    parts, grown, changed = (
        [part for part, _ in cut_8(ids)]
        for ids in (range(30), range(40), [0, 9, *range(2, 30)])
    )
    assert grown[:3] == parts[:3]
    assert not {part.prefix for part in parts} & {part.prefix for part in changed}
