"""Texts scored by the workers of a Dask cluster, a batch of windows at a time.

Dask places the batches, and has what a lost worker had done again; a batch's losses
come once. The workers have this package, and the model of their own; what they make of
one sentence comes with each batch, so that no other model or version adds up unseen.
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
    run,
    score,
    score_by,
)
from .weights import TINY, digest, load

AHEAD = 2**10  # batches under way: a quarter of a million tokens
TIMEOUT = 10  # seconds until a scheduler that does not answer is given up
PATIENCE = 3  # seconds without a result, until it is asked what workers there are
SENTENCE = "The cat sat on the mat."  # which each worker shows how it scores
NEAR = 1e-3  # nats per token: processors differ by less, models by more


class Scorer(NamedTuple):
    """What must be the same wherever texts of one sum are scored."""

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
    """What `score` yields, computed by the workers of a scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, as `dask scheduler` prints it: tcp://host:8786.
    model, texts, window, stride, bar
        As in `score`; the windows of a long text are shared, too.

    Yields
    ------
    Score
        One a text, in their order.

    Raises
    ------
    ModuleNotFoundError
        Dask's `distributed` is not installed.
    OSError
        No scheduler answers at the address, or no longer; or a batch was lost with
        several workers. With none left, another is waited for.
    ValueError
        No address; a worker without this package or its model, with others, with other
        losses than `model` finds, or with an error; and what `score` raises.
    """
    sizes = check_sizes(model, window, stride)
    compute_there = partial(compute, address, model, bar is not None)
    yield from score_by(compute_there, model, texts, *sizes, bar)


def compute(
    address: str, model: Llama, told: bool, pieces: Iterable[Piece]
) -> Iterator[np.ndarray]:
    """What `run` finds of each, on the workers; if they are waited for, it is told."""
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError
    except ModuleNotFoundError as error:
        message = f"a scheduler needs {error.name}: pip install distributed"
        raise ModuleNotFoundError(message, name=error.name) from None
    if not re.fullmatch(r"inproc://.+|\w+://.+:\d+", address):
        raise ValueError(f"an address is such as tcp://10.0.0.1:8786, got {address!r}")
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
            under_way: deque[Any] = deque()  # what has come is kept no longer
            for batch in batches(pieces):
                part = client.submit(score_part, batch, asked, pure=False)
                under_way.append(part)
                while under_way and (len(under_way) == AHEAD or under_way[0].done()):
                    yield from result(under_way.popleft())
            while under_way:
                yield from result(under_way.popleft())
        except KilledWorker as error:
            raise OSError(f"workers were lost, again and again: {error}") from None
        except (CancelledError, asyncio.CancelledError, CommClosedError) as error:
            raise OSError(f"{address} answers no longer: {error}") from None


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """A client logs a lost scheduler as tracebacks, before we say what is lost."""
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
    """An error, soon, where no scheduler answers."""
    from distributed.core import rpc

    async def kind() -> str:
        async with rpc(address) as there:  # type: ignore[no-untyped-call]
            return (await there.identity())["type"]

    async def in_time() -> str:
        return await asyncio.wait_for(kind(), TIMEOUT)

    with ThreadPoolExecutor(1) as beside:  # a loop may run in this thread, in Jupyter
        try:
            found = beside.submit(asyncio.run, in_time()).result()
        except Exception as error:  # of many kinds
            why = str(error) or f"not within {TIMEOUT} seconds"
            raise OSError(f"no scheduler answers at {address}: {why}") from None
    if found != "Scheduler":
        raise OSError(f"no scheduler answers at {address}: it is a {found.lower()}")


def check_workers(client: Any) -> None:
    """An error for a worker without the package, which would die of its task."""
    for worker, found in client.run(version, "xent_lib", on_error="return").items():
        if isinstance(found, PackageNotFoundError):
            raise ValueError(f"the worker {worker} has no xent_lib: install it there")


def wait_for(part: Any, client: Any, told: bool) -> tuple[Scorer | str, list[Any]]:
    """What a future has; where there is no worker to compute it, that is said."""
    # Fetched once: part.result(PATIENCE) would take back what the next one waits for.
    fetch = client.gather(part, asynchronous=True)
    coming = asyncio.run_coroutine_threadsafe(fetch, client.loop.asyncio_loop)
    while not wait([coming], PATIENCE).done:
        check_workers(client)
        if told and not client.nthreads():
            address = client.scheduler.address
            print(f"{address} has no worker: waiting for one", file=sys.stderr)
            told = False  # once
    result: tuple[Scorer | str, list[Any]] = coming.result()
    return result


def difference(found: Scorer | str, right: Scorer) -> str | None:
    """What a worker has that is not ours, in words."""
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
    """What `run` finds by the model that is asked for, and who found it, or why nobody
    did, in words: not every error can be read by another process."""
    try:
        own, scorer = own_model(*asked)
        return scorer, run(own, batch)
    except Exception as error:  # of any kind
        return f"{type(error).__name__}: {error}", []


@cache
def own_model(sha256: str, path: str, start: int) -> tuple[Llama, Scorer]:
    """Loaded once a worker: the tiny one, one at the same path as there, or SmolLM2."""
    paths = (one for one in (TINY, Path(path)) if one.is_file())
    own = load(next((one for one in paths if digest(one) == sha256), None))
    own = replace(own, start=start)
    return own, scorer_of(own)


def scorer_of(model: Llama) -> Scorer:
    [one] = score(model, [SENTENCE])
    return Scorer(version("xent_lib"), model.sha256, one.losses)
