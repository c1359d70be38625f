"""Sums over a stream: the whole's, wherever it was stopped, in little memory."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from xent_book.streams import running_totals
from xent_lib import LossTotals, cross_entropy

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 5, (1000, 7))
TARGETS = RNG.integers(0, 7, 1000)


@pytest.mark.parametrize("block", [1, 7, 64, 1000, 5000])
def test_the_sums_are_those_of_the_whole(tmp_path, block):
    *_, totals = running_totals(LOGITS, TARGETS, tmp_path / "sums", block=block)
    assert totals.n_tokens == 1000
    assert totals.n_sequences == 1
    right = cross_entropy(LOGITS, TARGETS, reduction="sum")
    assert totals.total == pytest.approx(right, rel=1e-14)


@pytest.mark.parametrize("blocks", range(0, 17, 2))
def test_who_begins_again_counts_no_row_twice_and_loses_none(tmp_path, blocks):
    *_, right = running_totals(LOGITS, TARGETS, tmp_path / "whole", block=64)
    stream = running_totals(LOGITS, TARGETS, tmp_path / "sums", block=64)
    for _ in range(blocks + 1):
        next(stream)
    stream.close()  # as an interrupt would
    sums = [*running_totals(LOGITS, TARGETS, tmp_path / "sums", block=64)]
    assert sums[0].n_tokens == min(64 * blocks, 1000)
    assert sums[-1] == right
    assert (
        LossTotals.load(tmp_path / "sums")._rest
        == LossTotals.load(tmp_path / "whole")._rest
    )


def test_an_interrupt_in_a_block_loses_that_block_alone(tmp_path):
    class Torn(np.ndarray):
        def __getitem__(self, rows):
            if isinstance(rows, slice) and rows.start == 640:
                raise KeyboardInterrupt
            return np.asarray(self)[rows]

    with pytest.raises(KeyboardInterrupt):
        list(running_totals(LOGITS.view(Torn), TARGETS, tmp_path / "sums", block=64))
    assert LossTotals.load(tmp_path / "sums").n_tokens == 640


@pytest.mark.parametrize("block", [0, -1])
def test_a_block_has_a_row(tmp_path, block):
    with pytest.raises(ValueError, match=f"block must be a row at least, got {block}"):
        next(running_totals(LOGITS, TARGETS, tmp_path / "sums", block=block))


def test_the_sums_of_more_rows_than_there_are_are_refused(tmp_path):
    LossTotals(1.0, 1, 1001).save(tmp_path / "sums")
    with pytest.raises(ValueError, match="has the sums of 1001 rows, logits has 1000"):
        next(running_totals(LOGITS, TARGETS, tmp_path / "sums"))


LIMITED = """
import json, resource, sys
from pathlib import Path
import numpy as np
from xent_book.streams import running_totals
folder = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (300 * 2**20,) * 2)
logits = np.load(folder / "logits.npy", mmap_mode="r")
*_, totals = running_totals(logits, np.arange(len(logits)), folder / "sums", block=64)
try:
    np.array(logits)
    print("the limit is none")
except MemoryError:
    print(json.dumps([totals.total, totals.n_tokens]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory to set")
def test_a_file_of_600_mib_takes_less_than_300(tmp_path):
    V, n = 2**16, 4800
    shape = np.lib.format.open_memmap(tmp_path / "logits.npy", "w+", np.float16, (n, V))
    row = np.random.default_rng(0).normal(0, 3, V).astype(np.float16)
    for i in range(0, n, 400):
        shape[i : i + 400] = row
    shape.flush()
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    total, n_tokens = json.loads(run.stdout)
    one = cross_entropy(np.broadcast_to(row, (n, V))[:1], [0])[0] + float(row[0])
    assert n_tokens == n
    assert total == pytest.approx(n * one - row[:n].astype(float).sum(), rel=1e-9)
