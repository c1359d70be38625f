"""Scores by a Dask cluster: those of one process, and what is said if there is none."""

import contextlib
import io
import socket
import sys
from concurrent.futures import CancelledError
from types import SimpleNamespace

import distributed
import numpy as np
import pytest
from distributed import LocalCluster
from distributed.comm.core import CommClosedError

from printed import assert_alike
from xent_book.recorded import lines
from xent_lib.smollm import cluster, score
from xent_lib.smollm.__main__ import main

TEXTS = [" ".join(lines()[i : i + 20]) for i in range(0, 400, 20)]


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
    assert_alike(capsys.readouterr().out, alone)


def test_it_yields_what_one_process_does(here, tiny):
    found = list(cluster.score_on(here, tiny, TEXTS))
    alone = list(score(tiny, TEXTS))
    for one, right in zip(found, alone, strict=True):
        assert one.text == right.text
        np.testing.assert_array_equal(one.ids, right.ids)
        np.testing.assert_allclose(one.losses, right.losses, rtol=1e-5, atol=1e-5)
    total, right = (sum(one.losses.sum() for one in both) for both in (found, alone))
    assert total == pytest.approx(right, rel=1e-6)


def test_what_a_worker_meets_is_said(here, tiny):
    with pytest.raises(ValueError, match=r"texts\[0\] has no token to score"):
        list(cluster.score_on(here, tiny, [""]))
    with pytest.raises(ValueError, match="window must be 2 to 128, got 500"):
        list(cluster.score_on(here, tiny, TEXTS[:1], window=500))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"version": "0.0.9"}, "version 0.0.9 of xent_lib, not "),
        ({"model": "b179"}, "a model with the sha256 b179, not "),
        ({"losses": 2.0}, "other losses for 'The cat sat on the mat.': up to "),
        ({"losses": np.nan}, "other losses for 'The cat sat on the mat.': up to nan"),
    ],
)
def test_a_worker_that_scores_otherwise_is_named(here, tiny, monkeypatch, other, said):
    own = cluster.scorer_of(tiny)
    if "losses" in other:
        other = {"losses": other["losses"] * own.losses}
    monkeypatch.setattr(cluster, "own_model", lambda _: (tiny, own._replace(**other)))
    with pytest.raises(ValueError, match=f"the worker {WORKER} has {said}"):
        next(cluster.score_on(here, tiny, TEXTS))


WORKER = r"inproc://[\d./]+"


def test_a_worker_takes_the_model_that_is_asked_for(tiny, monkeypatch):
    monkeypatch.setattr(cluster, "load", lambda path=None: path or "SmolLM2")
    monkeypatch.setattr(cluster, "scorer_of", lambda model: model)
    monkeypatch.setattr(cluster, "TINY", tiny)
    load_anew = cluster.own_model.__wrapped__
    assert load_anew(tiny.sha256) == (tiny, tiny)
    assert load_anew("b179") == ("SmolLM2", "SmolLM2")


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
def test_what_is_lost_is_an_error(monkeypatch, tiny, lost, message):
    class Future:
        status = "error"

        def result(self, timeout):
            raise lost

    class Client(contextlib.nullcontext):
        def __init__(self, *arguments, **options):
            super().__init__(self)

        def map(self, function, parts, **options):
            return [Future() for _ in parts]

    monkeypatch.setattr(distributed, "Client", Client)
    with pytest.raises(OSError, match=message):
        list(cluster.score_on("tcp://127.0.0.1:1", tiny, TEXTS))


@pytest.mark.parametrize("address", ["foo", "tcp://host", "8786", ""])
def test_what_is_no_address_is_named(tiny, address):
    with pytest.raises(ValueError, match=r"such as tcp://10\.0\.0\.1:8786, got"):
        next(cluster.score_on(address, tiny, TEXTS))


def test_a_result_that_is_long_in_coming_is_waited_for(capsys):
    """It is done, and each second try to fetch it takes longer than we would wait."""
    waited = []

    class Slow:
        status = "finished"

        def result(self, patience):
            waited.append(patience)
            if len(waited) < 4:
                raise TimeoutError
            return "scores"

    client = SimpleNamespace(nthreads=lambda: {"a worker": 1})
    assert cluster.wait_for(Slow(), client, True) == "scores"
    assert waited == [cluster.PATIENCE * 2**i for i in range(4)]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("lost_after", [0, 1])
def test_without_a_worker_it_waits_and_says_so(monkeypatch, tiny, lost_after):
    monkeypatch.setattr(cluster, "PATIENCE", 0.1)
    said = io.StringIO()
    options = {"threads_per_worker": 1, "processes": False, "dashboard_address": ":0"}
    with LocalCluster(n_workers=lost_after, **options) as started:

        class Listener(io.StringIO):
            """Brings a worker once it is said that there is none."""

            def write(self, text):
                if "has no worker" in text:
                    started.scale(1)
                return said.write(text)

        monkeypatch.setattr("sys.stderr", Listener())
        address = started.scheduler_address
        scores = cluster.score_on(address, tiny, TEXTS, progress=True)
        found = [next(scores) for _ in range(lost_after)]
        started.scale(0)
        found += scores
    assert [one.text for one in found] == TEXTS
    assert said.getvalue().count(f"{address} has no worker: waiting") == 1
