"""Score texts on the workers of a Dask cluster, one batch of windows at a time.

Dask assigns the batches, and repeats those of a lost worker; the losses of each batch
arrive once. Workers need this package and their own copy of the model. With each batch
they return their losses of a fixed sentence, which reveal another model or version.
"""

import asyncio
import contextlib
import logging
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .llama import Llama
from .scoring import (
    Bar,
    Batch,
    Piece,
    Score,
    batches,
    check_sizes,
    encoded,
    run,
    score,
    score_by,
)
from .weights import TINY, digest, load

AHEAD = 2**10  # batches in flight: a quarter of a million tokens
TIMEOUT = 10  # seconds to wait for an answer of the scheduler
PATIENCE = 3  # seconds without a result, after which we check that there are workers
SENTENCE = "The cat sat on the mat."  # every worker scores it, for comparison
NEAR = 1e-3  # nats per token: processors differ by less, models by more


class Scorer(NamedTuple):
    """What must be the same on all workers, or their losses can't be added."""

    version: str  # of this package
    model: str  # the sha256 of its file
    losses: np.ndarray  # of SENTENCE


def score_on(
    address: str,
    model: Llama,
    texts: Iterable[str],
    *,
    window: int | None = None,
    stride: int | None = None,
    bar: Bar | None = None,
) -> Iterator[Score]:
    """As `score`, computed by the workers of a Dask scheduler.

    If no worker is left, it waits for one.

    Parameters
    ----------
    address : str
        The address that `dask scheduler` prints, such as tcp://host:8786.
    model, texts, window, stride, bar
        As in `score`; the windows of a long text are distributed, too.

    Yields
    ------
    Score
        One per text, in their order.

    Raises
    ------
    ModuleNotFoundError
        If Dask's `distributed` is not installed.
    OSError
        If no scheduler answers at the address, or it stops answering, or several
        workers were lost with the same batch.
    ValueError
        If the address is malformed; if a worker lacks this package or the model, has
        another version or other losses than `model`, or fails; and as in `score`.
    """
    sizes = check_sizes(model, window, stride)
    compute_there = partial(compute, address, model, bar is not None)
    given = encoded(model, texts)
    yield from score_by(compute_there, model.tokenizer, given, *sizes, bar)


def compute(
    address: str, model: Llama, told: bool, pieces: Iterable[Piece]
) -> Iterator[np.ndarray]:
    """What `run` returns for each piece, computed on the workers. If `told`, print a
    message when there is no worker to wait for."""
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError
    except ModuleNotFoundError as error:
        message = f"a Dask scheduler needs {error.name}: pip install distributed"
        raise ModuleNotFoundError(message, name=error.name) from None
    if not re.fullmatch(r"inproc://.+|\w+://.+:\d+", address):
        raise ValueError(
            f"an address must look like tcp://10.0.0.1:8786, got {address!r}"
        )
    ask(address)
    right = scorer_of(model)
    asked = model.sha256, str(model.path), model.start
    with (
        unlogged(),
        Client(address, timeout=TIMEOUT, set_as_default=False) as client,  # type: ignore[no-untyped-call]
    ):

        def result(part: Any) -> list[np.ndarray]:
            found, scores = wait_for(part, client, told)
            if wrong := difference(found, right):
                [workers] = client.who_has([part]).values()
                raise ValueError(f"the worker {', '.join(workers)} has {wrong}")
            return scores

        try:
            check_workers(client)
            under_way: deque[Any] = deque()  # results are dropped once they are yielded
            for batch in batches(pieces):
                part = client.submit(score_part, batch, asked, pure=False)
                under_way.append(part)
                while under_way and (len(under_way) == AHEAD or under_way[0].done()):
                    yield from result(under_way.popleft())
            while under_way:
                yield from result(under_way.popleft())
        except KilledWorker as error:
            raise OSError(f"workers keep getting lost: {error}") from None
        except (CancelledError, asyncio.CancelledError, CommClosedError) as error:
            raise OSError(f"{address} no longer answers: {error}") from None


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Silence Dask's logs: it logs a lost scheduler as tracebacks, before our error."""
    loggers = [logging.getLogger(f"distributed.{x}") for x in ("client", "batched")]
    before = [one.disabled for one in loggers]
    try:
        for one in loggers:
            one.disabled = True
        yield
    finally:
        for one, was in zip(loggers, before, strict=True):
            one.disabled = was


def ask(address: str) -> None:
    """Raise an error soon if no scheduler answers."""
    from distributed.core import rpc

    async def kind() -> str:
        async with rpc(address) as there:  # type: ignore[no-untyped-call]
            return (await there.identity())["type"]

    async def in_time() -> str:
        return await asyncio.wait_for(kind(), TIMEOUT)

    with ThreadPoolExecutor(1) as beside:  # in Jupyter, this thread already has a loop
        try:
            found = beside.submit(asyncio.run, in_time()).result()
        except Exception as error:  # many kinds
            why = str(error) or f"not within {TIMEOUT} seconds"
            raise OSError(f"no scheduler answers at {address}: {why}") from None
    if found != "Scheduler":
        raise OSError(f"no scheduler answers at {address}: it is a {found.lower()}")


def check_workers(client: Any) -> None:
    """Raise an error for a worker without this package, which a task would crash."""
    for worker, found in client.run(version, "xent_lib", on_error="return").items():
        if isinstance(found, PackageNotFoundError):
            raise ValueError(f"the worker {worker} has no xent_lib: install it there")


def wait_for(part: Any, client: Any, told: bool) -> tuple[Scorer | str, list[Any]]:
    """The result of a future; if `told`, print a message when there is no worker."""
    # Gather once: calling part.result(PATIENCE) repeatedly would cancel each request.
    fetch = client.gather(part, asynchronous=True)
    coming = asyncio.run_coroutine_threadsafe(fetch, client.loop.asyncio_loop)
    while not wait([coming], PATIENCE).done:
        check_workers(client)
        if told and not client.nthreads():
            address = client.scheduler.address
            print(f"{address} has no worker: waiting for one", file=sys.stderr)
            told = False  # only once
    result: tuple[Scorer | str, list[Any]] = coming.result()
    return result


def difference(found: Scorer | str, right: Scorer) -> str | None:
    """How a worker's scorer differs from ours, in words."""
    if isinstance(found, str):
        return f"no scores: {found}"
    if found.version != right.version:
        return f"version {found.version} of xent_lib, not {right.version}"
    if found.model != right.model:
        return f"a model with the sha256 {found.model}, not {right.model}"
    losses = found.losses, right.losses  # a broken model has NaN in both
    if not np.allclose(*losses, rtol=0, atol=NEAR, equal_nan=True):
        off = np.abs(np.subtract(*losses)).max()
        return f"other losses for {SENTENCE!r}: up to {off:.3g} nats"
    return None


def score_part(
    batch: Batch, asked: tuple[str, str, int]
) -> tuple[Scorer | str, list[np.ndarray]]:
    """What `run` returns with the model asked for, and the worker's scorer. An error is
    returned in words, since other processes can't unpickle every exception."""
    try:
        own, scorer = own_model(*asked)
        return scorer, run(own, batch)
    except Exception as error:  # any kind
        return f"{type(error).__name__}: {error}", []


@cache
def own_model(sha256: str, path: str, start: int) -> tuple[Llama, Scorer]:
    """The worker's model, loaded once: tiny, the one at the same path, or SmolLM2."""
    paths = (one for one in (TINY, Path(path)) if one.is_file())
    own = load(next((one for one in paths if digest(one) == sha256), None))
    own = replace(own, start=start)
    return own, scorer_of(own)


def scorer_of(model: Llama) -> Scorer:
    [one] = score(model, [SENTENCE])
    return Scorer(version("xent_lib"), model.sha256, one.losses)
