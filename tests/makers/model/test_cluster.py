"""SmolLM2 on two workers, separate processes, one of which is lost half-way."""

import contextlib
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from xent_book.recorded import lines
from xent_lib import smollm
from xent_lib.smollm import cluster, scoring

TEXTS = [" ".join(lines()[i : i + 3]) for i in range(0, 36, 3)]


@contextlib.contextmanager
def programs(n_workers=2):
    """A scheduler and workers as programs of their own: its address, and they."""
    started = []

    def start(*arguments):
        run = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
        started.append(run)
        return run

    try:
        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        address = read_until(scheduler, r"(tcp://\S+)")
        workers = [
            start("worker", address, "--nthreads", "1", "--no-nanny")
            for _ in range(n_workers)
        ]
        for worker in workers:
            read_until(worker, "Registered to: +(tcp)")
        yield address, workers
    finally:
        for run in reversed(started):
            run.kill()
            run.communicate()


def read_until(run, pattern):
    said = ""
    while line := run.stdout.readline():
        said += line
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError(said)


def test_a_worker_is_lost_half_way_and_the_total_stands(real, monkeypatch):
    monkeypatch.setattr(scoring, "BATCH", 1)  # a text each
    alone = list(smollm.score(real, TEXTS))
    with programs() as (address, (first, second)):
        scores = cluster.score_on(address, real, TEXTS)
        found = [next(scores)]
        first.kill()
        found += scores
        assert first.wait() == -signal.SIGKILL
        assert second.poll() is None
    assert [one.text for one in found] == TEXTS
    for one, right in zip(found, alone, strict=True):
        np.testing.assert_array_equal(one.ids, right.ids)
        np.testing.assert_allclose(one.losses, right.losses, rtol=1e-5, atol=1e-5)
    total, right = (sum(x.losses.sum() for x in both) for both in (found, alone))
    assert total == pytest.approx(right, rel=1e-6)
