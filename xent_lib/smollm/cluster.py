"""Texts scored by the workers of a Dask cluster, in parts.

Dask places the parts, and has what a lost worker had done again; a part's scores come
once. The workers have this package, and the model of their own; what they make of one
sentence comes with each part, so that no other model or version adds up unseen.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from .llama import Llama
from .scoring import Score, score
from .weights import TINY, load

PART = 2**12  # bytes of texts a part: a thousand tokens, so some seconds of work
TIMEOUT = 10  # seconds until a scheduler that does not answer is given up
PATIENCE = 3  # seconds without a result, until it is asked whether there is a worker
SENTENCE = "The cat sat on the mat."  # which each worker shows how it scores
NEAR = 1e-3  # nats a token: processors differ by less, models by more


class Scorer(NamedTuple):
    """What must be the same wherever texts of one sum are scored."""

    version: str  # of this package
    model: str  # the sha256 of its file
    losses: np.ndarray  # of SENTENCE


def score_on(
    address: str,
    model: Llama,
    texts: Sequence[str],
    *,
    window: int | None = None,
    stride: int | None = None,
    progress: bool = False,
) -> Iterator[Score]:
    """What `score` yields, computed by the workers of a scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, as `dask scheduler` prints it: tcp://host:8786.
    model, texts, window, stride, progress
        As in `score`; each text is scored by one worker, with its own copy of the
        model.

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
        No address of a scheduler; a worker with another version of this package or
        another model, or one that finds other losses than `model`.
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
    options = {"model": model.sha256, "window": window, "stride": stride}
    right = scorer_of(model)
    with (
        Client(address, timeout=TIMEOUT, set_as_default=False) as client,  # type: ignore[no-untyped-call]
        tqdm(total=total, unit="B", unit_scale=True, disable=quiet, leave=False) as bar,
    ):
        futures = client.map(score_part, list(parts(texts)), **options)
        try:
            while futures:  # what is told is kept no longer
                part = futures.pop(0)
                found, scores = wait_for(part, client, progress)
                if wrong := difference(found, right):
                    [workers] = client.who_has([part]).values()
                    raise ValueError(f"the worker {', '.join(workers)} has {wrong}")
                for one in scores:
                    bar.update(one.n_bytes)
                    bar.clear()  # who prints the score has the line
                    yield one
        except KilledWorker as error:
            raise OSError(f"workers were lost, again and again: {error}") from None
        except (CancelledError, CommClosedError) as error:
            raise OSError(f"{address} answers no longer: {error}") from None


def wait_for(part: Any, client: Any, progress: bool) -> tuple[Scorer, list[Score]]:
    """What a future has; where there is no worker to compute it, that is said."""
    patience = PATIENCE
    while True:
        try:
            result: tuple[Scorer, list[Score]] = part.result(patience)
        except TimeoutError:
            if part.status == "error":  # what a worker met
                raise
            patience *= 2  # what is done may take as long to come
            if progress and not client.nthreads():
                address = client.scheduler.address
                print(f"{address} has no worker: waiting for one", file=sys.stderr)
                progress = False  # once
        else:
            return result


def difference(found: Scorer, right: Scorer) -> str | None:
    """What a worker has that is not ours, in words."""
    if found.version != right.version:
        return f"version {found.version} of xent_lib, not {right.version}"
    if found.model != right.model:
        return f"a model with the sha256 {found.model}, not {right.model}"
    off = float(np.abs(found.losses - right.losses).max())
    if not off <= NEAR:
        return f"other losses for {SENTENCE!r}: up to {off:.3g} nats"
    return None


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
    texts: Sequence[str], *, model: str, window: int | None, stride: int | None
) -> tuple[Scorer, list[Score]]:
    """The scores of texts by the model with this sha256, and who found them."""
    own, scorer = own_model(model)
    return scorer, list(score(own, texts, window=window, stride=stride))


@cache
def own_model(sha256: str) -> tuple[Llama, Scorer]:
    """Loaded once a worker."""
    tiny = load(TINY)
    own = tiny if tiny.sha256 == sha256 else load()
    return own, scorer_of(own)


def scorer_of(model: Llama) -> Scorer:
    [one] = score(model, [SENTENCE])
    return Scorer(version("xent_lib"), model.sha256, one.losses)
