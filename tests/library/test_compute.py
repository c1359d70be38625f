"""NumPy's settings: no change is visible outside, however a computation ends."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import xent_lib
from xent_lib import (
    cross_entropy,
    cross_entropy_grad,
    dataset_loss,
    entropy,
    kl_divergence,
    linear_cross_entropy,
    linear_cross_entropy_grad,
    log_softmax,
    logsumexp,
    perplexity,
    softmax,
)
from xent_lib._compute import quiet

FOLDER = str(Path(xent_lib.__file__).parent)
LOGITS = np.array([[3.2, 1.0, -0.5, 2.5], [0.0, np.nan, np.inf, 1.0]])
MANY = np.zeros((3, 8000), np.float32)
CALLS = {
    "logsumexp": lambda: logsumexp(LOGITS),
    "softmax": lambda: softmax(LOGITS),
    "log_softmax": lambda: log_softmax(LOGITS),
    "cross_entropy": lambda: cross_entropy(LOGITS, [0, 3], reduction="sum"),
    "cross_entropy_grad": lambda: cross_entropy_grad(LOGITS, [0, 3]),
    "linear_cross_entropy": lambda: linear_cross_entropy(LOGITS, LOGITS, [0, 1]),
    "linear_cross_entropy_grad": lambda: linear_cross_entropy_grad(
        LOGITS, LOGITS, [0, 1]
    )[0],
    "dataset_loss": lambda: dataset_loss([(LOGITS, [0, 3])]).total,
    "entropy": lambda: entropy([0.5, 0.5]),
    "kl_divergence": lambda: kl_divergence([0.5, 0.5], [1.0, 0.0]),
    "perplexity": lambda: perplexity(1e4),
    "many logits": lambda: cross_entropy(MANY, [0, 1, 2]),
    "many logits, large": lambda: softmax(MANY + 100),
    "many logits, gradient": lambda: cross_entropy_grad(MANY, [0, 1, 2]),
}


def settings():
    return np.geterr(), np.getbufsize()


def interrupted_at(line, call):
    """Whether the call had so many lines of ours, the last of which was interrupted."""
    before, lines = sys.gettrace(), 0

    def trace(frame, event, _):
        nonlocal lines
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if event == "line":
            lines += 1
            if lines == line:
                raise KeyboardInterrupt
        return trace

    try:
        sys.settrace(trace)
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_interrupt_at_any_line_leaves_the_settings_as_they_were(monkeypatch, call):
    monkeypatch.setenv("XENT_LIB_NUMBA", "0")
    before, expected, line = settings(), call(), 1
    while interrupted_at(line, call):
        assert settings() == before, f"after line {line}"
        line += 1
    assert line > 5
    assert_allclose(call(), expected, rtol=1e-12)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_settings_from_outside_are_neither_used_nor_changed(call):
    expected = call()
    with np.errstate(all="raise"):
        np.setbufsize(4096)
        before = settings()
        assert_allclose(call(), expected, rtol=1e-12)
        assert settings() == before


def test_threads_compute_side_by_side_each_with_its_own_settings():
    results, barrier = [], threading.Barrier(4)

    def work():
        barrier.wait()
        with np.errstate(all="raise"):
            results.append((softmax(LOGITS)[0].sum(), settings()[0]["over"]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(1.0, "raise")] * 4


def test_what_runs_quietly_may_be_stopped_by_anything():
    def stop():
        np.seterr(all="print")
        raise SystemExit

    before = settings()
    with pytest.raises(SystemExit):
        quiet().run(stop)
    assert settings() == before
