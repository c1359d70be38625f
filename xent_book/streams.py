"""Formula (16) over logits that need not fit into memory, a block at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from tqdm import tqdm

from xent_lib import LossTotals, cross_entropy

BLOCK = 1024  # rows at a time


def running_totals(
    logits: NDArray[Any], targets: NDArray[Any], saved: Path, *, block: int = BLOCK
) -> Iterator[LossTotals]:
    """The sums over the first rows: as saved, then a block further at a time.

    After each block the sums are saved, and with them how many rows they hold: a run
    that begins again with this file counts no row twice, and loses none. Where
    somebody watches, a bar tells how far it is.

    Parameters
    ----------
    logits : array (n, V), such as a memory-mapped file; one long sequence
    targets : integers (n,)
    saved : the file of the sums, which need not be there yet
    block : how many rows are read at once

    Raises
    ------
    ValueError : a file with the sums of more rows than there are; a block of no row

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> saved = Path(tempfile.mkdtemp()) / "sums.json"
    >>> logits, targets = np.zeros((4, 2)), np.array([0, 1, 1, 0])
    >>> for totals in running_totals(logits, targets, saved, block=3):
    ...     print(totals.n_tokens, f"{totals.total:.3f}")
    0 0.000
    3 2.079
    4 2.773
    """
    if block < 1:
        raise ValueError(f"block must be a row at least, got {block}")
    totals = LossTotals.load(saved) if saved.exists() else LossTotals()
    if totals.n_tokens > len(logits):
        raise ValueError(
            f"{saved} has the sums of {totals.n_tokens} rows, logits has {len(logits)}"
        )
    done, n = totals.n_tokens, len(logits)
    with tqdm(total=n, initial=done, unit=" rows", disable=None, leave=False) as bar:
        yield totals
        for start in range(done, n, block):
            rows = slice(start, start + block)
            losses = cross_entropy(logits[rows], targets[rows])
            totals += LossTotals(losses.sum(), int(start == 0), losses.size)
            totals.save(saved)
            bar.update(losses.size)
            yield totals
