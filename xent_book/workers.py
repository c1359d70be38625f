"""Dask worker processes on this machine, without their log output."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import dask
from distributed import Client, LocalCluster


@contextlib.contextmanager
def workers(n: int = 2) -> Iterator[Any]:
    """Run Dask with `n` processes of one thread each inside a `with` block.

    There is no dashboard, and logs and warnings stay out of the notebook's output. In
    a script, use it under `if __name__ == "__main__":`, since each process imports the
    script.

    Examples
    --------
    >>> with workers(1) as client:
    ...     client.submit(sum, [1, 2, 3]).result()
    6
    """
    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    logging.disable(logging.CRITICAL)
    try:
        with (
            dask.config.set({"distributed.nanny.environ.PYTHONWARNINGS": "ignore"}),
            LocalCluster(n_workers=n, threads_per_worker=1, **quiet) as cluster,  # type: ignore[no-untyped-call]
            Client(cluster) as client,  # type: ignore[no-untyped-call]
        ):
            yield client
    finally:
        logging.disable(logging.NOTSET)
