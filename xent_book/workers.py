"""Worker processes of Dask on this machine, which say nothing but what they compute."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import dask
from distributed import Client, LocalCluster


@contextlib.contextmanager
def workers(n: int = 2) -> Iterator[Any]:
    """Dask computes with `n` processes of one thread each, until this ends.

    There is no dashboard, and neither its logs nor its warnings stand among what a
    notebook prints. In a script it goes under `if __name__ == "__main__":`, since each
    process reads the file.

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
