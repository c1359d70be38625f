"""Scores by a Dask cluster: those of one process, and what is said if there is none."""

import contextlib
import socket
import sys
import threading
from types import SimpleNamespace

import distributed
import pytest
from distributed import LocalCluster

from xent_lib.book.recorded import lines
from xent_lib.smollm import cluster
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


def test_workers_that_are_lost_again_and_again_are_an_error(monkeypatch):
    class Future:
        def result(self):
            last = SimpleNamespace(address="tcp://10.0.0.7:1")
            raise distributed.KilledWorker("a part", last, 3)

    class Client(contextlib.nullcontext):
        def __init__(self, *arguments, **options):
            super().__init__(self)

        def map(self, function, parts, **options):
            return [Future() for _ in parts]

    monkeypatch.setattr(distributed, "Client", Client)
    with pytest.raises(OSError, match="workers were lost, again and again"):
        list(cluster.score_on("tcp://127.0.0.1:1", TEXTS))


@pytest.mark.parametrize("address", ["foo", "tcp://host", "8786", ""])
def test_what_is_no_address_is_named(address):
    with pytest.raises(ValueError, match=r"such as tcp://10\.0\.0\.1:8786, got"):
        next(cluster.score_on(address, TEXTS, tiny=True))


def test_a_scheduler_without_a_worker_is_waited_for_and_that_is_said(capsys):
    options = {"threads_per_worker": 1, "processes": False, "dashboard_address": ":0"}
    with LocalCluster(n_workers=0, **options) as empty:
        scores = cluster.score_on(
            empty.scheduler_address, TEXTS[:1], tiny=True, progress=True
        )
        threading.Timer(1, empty.scale, [1]).start()
        assert next(scores).text == TEXTS[0]
        scores.close()
    assert "has no worker yet: waiting for one" in capsys.readouterr().err
