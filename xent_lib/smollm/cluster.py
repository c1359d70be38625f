"""Texts scored by the workers of a Dask cluster, in parts.

Dask places the parts, and has what a lost worker had done again; a part's scores come
once. The workers have this package, and the model of their own.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from functools import cache
from typing import Any

from tqdm import tqdm

from .llama import Llama
from .scoring import Score, score
from .weights import TINY, load

PART = 2**12  # bytes of texts a part: a thousand tokens, so some seconds of work
TIMEOUT = 10  # seconds until a scheduler that does not answer is given up
PATIENCE = 3  # seconds without a result, until it is asked whether there is a worker


def score_on(
    address: str,
    texts: Sequence[str],
    *,
    tiny: bool = False,
    window: int | None = None,
    stride: int | None = None,
    progress: bool = False,
) -> Iterator[Score]:
    """What `score` yields, computed by the workers of a scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, as `dask scheduler` prints it: tcp://host:8786.
    texts, window, stride, progress
        As in `score`; a text is scored by one worker.
    tiny : bool
        By the tiny model, in place of SmolLM2.

    Yields
    ------
    Score
        One a text, in their order.

    Raises
    ------
    ModuleNotFoundError
        Dask's `distributed` is not installed.
    OSError
        Nobody answers at the address, or no longer; or a part was lost with several
        workers. With none left, another is waited for.
    ValueError
        No address of a scheduler.
    FileNotFoundError, ValueError
        What a worker meets: weights that are not there, a text without a token.
    """
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError
    except ModuleNotFoundError as error:
        message = f'a scheduler needs {error.name}: pip install "xent_lib[cluster]"'
        raise ModuleNotFoundError(message, name=error.name) from None
    if not re.fullmatch(r"inproc://.+|\w+://.+:\d+", address):
        raise ValueError(f"an address is such as tcp://10.0.0.1:8786, got {address!r}")
    total = sum(len(text.encode()) for text in texts)
    quiet = None if progress else True  # None: but where nobody watches
    options = {"tiny": tiny, "window": window, "stride": stride}
    with (
        Client(address, timeout=TIMEOUT, set_as_default=False) as client,  # type: ignore[no-untyped-call]
        tqdm(total=total, unit="B", unit_scale=True, disable=quiet, leave=False) as bar,
    ):
        futures = client.map(score_part, list(parts(texts)), **options)
        try:
            while futures:  # what is told is kept no longer
                for one in wait_for(futures.pop(0), client, progress):
                    bar.update(one.n_bytes)
                    bar.clear()  # who prints the score has the line
                    yield one
        except KilledWorker as error:
            raise OSError(f"workers were lost, again and again: {error}") from None
        except (CancelledError, CommClosedError) as error:
            raise OSError(f"{address} answers no longer: {error}") from None


def wait_for(part: Any, client: Any, progress: bool) -> list[Score]:
    """A future's scores; where there is no worker to compute them, that is said."""
    while True:
        try:
            scores: list[Score] = part.result(PATIENCE)
        except TimeoutError:
            if part.done():  # what a worker met
                raise
            if progress and not client.nthreads():
                address = client.scheduler.address
                print(f"{address} has no worker: waiting for one", file=sys.stderr)
                progress = False  # once
        else:
            return scores


def parts(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in their order, some together."""
    part: list[str] = []
    size = 0
    for text in texts:
        if part and size + len(text.encode()) > PART:
            yield part
            part, size = [], 0
        part.append(text)
        size += len(text.encode())
    if part:
        yield part


def score_part(
    texts: Sequence[str], *, tiny: bool, window: int | None, stride: int | None
) -> list[Score]:
    return list(score(model(tiny), texts, window=window, stride=stride))


@cache
def model(tiny: bool) -> Llama:
    """Loaded once a worker."""
    return load(TINY if tiny else None)
