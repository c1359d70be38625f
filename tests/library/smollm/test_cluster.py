"""Scores by a Dask cluster: the same as by one process, and its errors."""

import asyncio
import contextlib
import io
import logging
import socket
import sys
import threading
from concurrent.futures import CancelledError
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import distributed
import numpy as np
import pytest
from distributed import LocalCluster
from distributed.comm.core import CommClosedError
from tqdm import tqdm

from printed import assert_alike
from xent_book.recorded import lines
from xent_lib import smollm
from xent_lib.smollm import cluster, score
from xent_lib.smollm.__main__ import main

TEXTS = [" ".join(lines()[i : i + 20]) for i in range(0, 400, 20)]


@pytest.fixture
def here():
    """The address of a scheduler with a worker, both in this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as started:
        yield started.scheduler_address


@pytest.fixture
def loop():
    """What a client fetches results by, beside the test."""
    made = asyncio.new_event_loop()
    beside = threading.Thread(target=made.run_forever)
    beside.start()
    yield SimpleNamespace(asyncio_loop=made)
    made.call_soon_threadsafe(made.stop)
    beside.join()
    made.close()


def test_the_command_takes_an_address(here, capsys, tmp_path):
    for k, text in enumerate(TEXTS[:3]):
        (tmp_path / f"{k}.txt").write_text(text)
    main(["--model", "tiny", "--files", str(tmp_path)])
    alone = capsys.readouterr().out
    main(["--model", "tiny", "--files", str(tmp_path), "--scheduler", here])
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


def test_what_is_wrong_is_said_as_without_workers(here, tiny):
    with pytest.raises(ValueError, match=r"texts\[0\] has no token to score"):
        list(cluster.score_on(here, tiny, [""]))
    with pytest.raises(ValueError, match="window must be 2 to 128, got 500"):
        list(cluster.score_on(here, tiny, TEXTS[:1], window=500))


def test_few_texts_are_under_way_at_once(here, tiny, monkeypatch):
    monkeypatch.setattr(cluster, "AHEAD", 3)
    taken = []

    def texts():
        for text in TEXTS:
            taken.append(text)
            yield text * 3

    scores = cluster.score_on(here, tiny, texts())
    for k in range(10):
        next(scores)
        assert len(taken) <= k + 3
    scores.close()


def test_a_worker_without_the_package_is_named(here, tiny, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(cluster, "version", missing)
    monkeypatch.setattr(cluster, "scorer_of", lambda model: None)
    with pytest.raises(ValueError, match=f"the worker {WORKER} has no xent_lib"):
        next(cluster.score_on(here, tiny, TEXTS))


def test_a_worker_without_the_model_is_named(here, tiny, monkeypatch):
    def missing(*_):
        raise FileNotFoundError("it is not here")

    monkeypatch.setattr(cluster, "own_model", missing)
    said = f"the worker {WORKER} has no scores: FileNotFoundError: it is not here"
    with pytest.raises(ValueError, match=said):
        next(cluster.score_on(here, tiny, TEXTS))


class OfItsOwn(Exception):
    """What no other process can read."""

    def __init__(self, words):
        super().__init__(words)
        self.lock = threading.Lock()


def test_what_fails_on_a_worker_is_an_error_that_names_it(here, tiny, monkeypatch):
    def fail(*_):
        raise OfItsOwn("it failed")

    monkeypatch.setattr(cluster, "run", fail)
    said = f"the worker {WORKER} has no scores: OfItsOwn: it failed"
    with pytest.raises(ValueError, match=said):
        next(cluster.score_on(here, tiny, TEXTS))


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
    monkeypatch.setattr(cluster, "own_model", lambda *_: (tiny, own._replace(**other)))
    with pytest.raises(ValueError, match=f"the worker {WORKER} has {said}"):
        next(cluster.score_on(here, tiny, TEXTS))


def test_a_model_whose_losses_are_nan_is_not_blamed_on_a_worker(
    here, tiny, monkeypatch
):
    """The command names the token."""
    model = replace(tiny, output=np.full_like(tiny.output, np.nan))
    own = model, cluster.scorer_of(model)
    monkeypatch.setattr(cluster, "own_model", lambda *_: own)
    [one] = cluster.score_on(here, model, ["A dog."])
    assert np.isnan(one.losses).all()


WORKER = r"inproc://[\d./]+"


def test_a_worker_takes_the_model_that_is_asked_for(tiny, monkeypatch, tmp_path):
    load_anew = cluster.own_model.__wrapped__
    found, scorer = load_anew(tiny.sha256, "none", 3)
    assert (found.path, found.start) == (smollm.TINY, 3)
    assert not np.allclose(scorer.losses, cluster.scorer_of(tiny).losses)
    (tmp_path / "own.gguf").write_bytes(smollm.TINY.read_bytes() + b"0")
    own = smollm.load(tmp_path / "own.gguf")
    assert load_anew(own.sha256, str(own.path), 0)[0].path == own.path
    monkeypatch.setattr(cluster, "load", lambda path: replace(tiny, name=f"{path}"))
    assert load_anew("b179", str(own.path), 0)[0].name == "None"  # SmolLM2


def silent(server):
    """An address that takes a call, and says nothing."""
    return f"tcp://127.0.0.1:{server.getsockname()[1]}", "not within 0.5 seconds"


def away(server):
    server.close()
    return "tcp://127.0.0.1:1", ""


def encrypted(server):
    return f"tls://127.0.0.1:{server.getsockname()[1]}", "TLS expects"


@pytest.mark.parametrize("kind", [silent, away, encrypted])
def test_an_address_where_no_scheduler_answers_is_named(monkeypatch, capsys, kind):
    monkeypatch.setattr(cluster, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address, why = kind(server)
        with pytest.raises(SystemExit) as stop:
            main(["--model", "tiny", "A dog.", "--scheduler", address])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert f"no scheduler answers at {address}: " in said
    assert why in said


def test_the_address_of_a_worker_is_named(here, tiny):
    with distributed.Client(here, set_as_default=False) as client:
        [worker] = client.nthreads()
    with pytest.raises(OSError, match=f"answers at {worker}: it is a worker"):
        next(cluster.score_on(worker, tiny, TEXTS))


def test_without_distributed_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit):
        main(["--model", "tiny", "A dog.", "--scheduler", "tcp://127.0.0.1:1"])
    assert (
        "a Dask scheduler needs distributed: pip install distributed"
        in capsys.readouterr().err
    )


LAST = SimpleNamespace(address="tcp://10.0.0.7:1")


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (
            distributed.KilledWorker("a part", LAST, 3),
            "keep getting lost: .*a part",
        ),
        (CancelledError("a part"), "tcp://127.0.0.1:1 no longer answers: a part"),
        (TimeoutError("of the worker"), "of the worker"),
        (CommClosedError("reset"), "tcp://127.0.0.1:1 no longer answers: reset"),
    ],
)
def test_what_is_lost_is_an_error_and_no_traceback(
    monkeypatch, tiny, loop, caplog, lost, message
):
    class Client(contextlib.nullcontext):
        def __init__(self, *arguments, **options):
            super().__init__(self)
            self.loop = loop

        def submit(self, function, batch, sha256, **options):
            return SimpleNamespace(done=lambda: True)

        async def gather(self, part, asynchronous):
            for name in ("distributed.client", "distributed.batched"):
                logging.getLogger(name).error("a traceback")
            raise lost

        def run(self, function, *arguments, **options):
            return {}

    monkeypatch.setattr(cluster, "ask", lambda address: None)
    monkeypatch.setattr(distributed, "Client", Client)
    with pytest.raises(OSError, match=message):
        list(cluster.score_on("tcp://127.0.0.1:1", tiny, TEXTS))
    assert caplog.text == ""
    logging.getLogger("distributed.client").error("another")
    assert "another" in caplog.text


@pytest.mark.parametrize("address", ["foo", "tcp://host", "8786", ""])
def test_what_is_no_address_is_named(tiny, address):
    with pytest.raises(ValueError, match=r"like tcp://10\.0\.0\.1:8786, got"):
        next(cluster.score_on(address, tiny, TEXTS))


def test_a_result_that_is_long_in_coming_is_fetched_once(monkeypatch, loop, capsys):
    """A fetch that is given up may take back what the next one waits for."""
    monkeypatch.setattr(cluster, "PATIENCE", 0.01)
    looked, fetched = [], []

    def nthreads():
        looked.append(1)
        return {"a worker": 1}

    async def gather(part, asynchronous):
        fetched.append(part)
        while len(looked) < 4:
            await asyncio.sleep(0.001)
        return "scores"

    calls = {"nthreads": nthreads, "run": lambda *_, **__: {}, "gather": gather}
    client = SimpleNamespace(loop=loop, **calls)
    assert cluster.wait_for("a part", client, True) == "scores"
    assert fetched == ["a part"]
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
        scores = cluster.score_on(address, tiny, TEXTS, bar=tqdm(disable=True))
        found = [next(scores) for _ in range(lost_after)]
        started.scale(0)
        found += scores
    assert [one.text for one in found] == TEXTS
    assert said.getvalue().count(f"{address} has no worker: waiting") == 1
