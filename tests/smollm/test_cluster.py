"""Scores by a Dask cluster: those of one process, and what is said if there is none."""

import contextlib
import socket
import sys
import threading
from concurrent.futures import CancelledError
from types import SimpleNamespace

import distributed
import numpy as np
import pytest
from distributed import LocalCluster
from distributed.comm.core import CommClosedError

from xent_lib.book.recorded import lines
from xent_lib.smollm import TINY, cluster, load, score
from xent_lib.smollm.__main__ import main

TEXTS = [" ".join(lines()[i : i + 20]) for i in range(0, 1200, 20)]


def test_parts_hold_all_texts_in_their_order():
    found = list(cluster.parts(TEXTS))
    assert [text for part in found for text in part] == TEXTS
    assert 1 < len(found) < len(TEXTS)
    assert max(sum(map(len, part)) for part in found) <= cluster.PART
    long = ["é" * cluster.PART, "b"]
    assert list(cluster.parts(long)) == [[long[0]], [long[1]]]
    assert list(cluster.parts([])) == []


@pytest.fixture
def here():
    """The address of a scheduler with a worker, both in this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as started:
        yield started.scheduler_address


def test_the_command_takes_an_address(here, capsys, tmp_path):
    for k, text in enumerate(TEXTS[:3]):
        (tmp_path / f"{k}.txt").write_text(text)
    main(["--tiny", "--files", str(tmp_path)])
    alone = capsys.readouterr().out
    main(["--tiny", "--files", str(tmp_path), "--scheduler", here])
    assert capsys.readouterr().out == alone


def test_it_yields_what_one_process_does(here):
    alone = score(load(TINY), TEXTS)
    for found, right in zip(
        cluster.score_on(here, TEXTS, tiny=True), alone, strict=True
    ):
        assert found.text == right.text
        np.testing.assert_array_equal(found.ids, right.ids)
        np.testing.assert_allclose(found.losses, right.losses, atol=1e-4)


def test_what_a_worker_meets_is_said(here):
    with pytest.raises(ValueError, match=r"texts\[0\] has no token to score"):
        list(cluster.score_on(here, [""], tiny=True))
    with pytest.raises(ValueError, match="window must be 2 to 128, got 500"):
        list(cluster.score_on(here, TEXTS[:1], tiny=True, window=500))


def test_an_address_where_nobody_answers_is_named(monkeypatch, capsys):
    monkeypatch.setattr(cluster, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(SystemExit) as stop:
        main(["--tiny", "A dog.", "--scheduler", address])
    assert stop.value.code == 2
    assert address in capsys.readouterr().err


def test_without_distributed_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit):
        main(["--tiny", "A dog.", "--scheduler", "tcp://127.0.0.1:1"])
    assert 'pip install "xent_lib[cluster]"' in capsys.readouterr().err


LAST = SimpleNamespace(address="tcp://10.0.0.7:1")


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (
            distributed.KilledWorker("a part", LAST, 3),
            "lost, again and again: .*a part",
        ),
        (CancelledError("a part"), "tcp://127.0.0.1:1 answers no longer: a part"),
        (TimeoutError("of the worker"), "of the worker"),
        (CommClosedError("reset"), "tcp://127.0.0.1:1 answers no longer: reset"),
    ],
)
def test_what_is_lost_is_an_error(monkeypatch, lost, message):
    class Future:
        def result(self, timeout):
            raise lost

        def done(self):
            return True

    class Client(contextlib.nullcontext):
        def __init__(self, *arguments, **options):
            super().__init__(self)

        def map(self, function, parts, **options):
            return [Future() for _ in parts]

    monkeypatch.setattr(distributed, "Client", Client)
    with pytest.raises(OSError, match=message):
        list(cluster.score_on("tcp://127.0.0.1:1", TEXTS))


@pytest.mark.parametrize("address", ["foo", "tcp://host", "8786", ""])
def test_what_is_no_address_is_named(address):
    with pytest.raises(ValueError, match=r"such as tcp://10\.0\.0\.1:8786, got"):
        next(cluster.score_on(address, TEXTS, tiny=True))


@pytest.mark.parametrize("lost_after", [0, 1])
def test_without_a_worker_it_waits_and_says_so(monkeypatch, capsys, lost_after):
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    options = {"threads_per_worker": 1, "processes": False, "dashboard_address": ":0"}
    with LocalCluster(n_workers=lost_after, **options) as started:
        address = started.scheduler_address
        scores = cluster.score_on(address, TEXTS, tiny=True, progress=True)
        found = [next(scores) for _ in range(lost_after)]
        started.scale(0)
        threading.Timer(1, started.scale, [1]).start()
        found += scores
    assert [one.text for one in found] == TEXTS
    assert capsys.readouterr().err.count(f"{address} has no worker: waiting") == 1
