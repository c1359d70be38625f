"""The compiled loop, alone and as the library uses it."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reference import assert_close, exact_loss
from xent_lib import cross_entropy, linear_cross_entropy, log_softmax, logsumexp

without_numba = importlib.util.find_spec("numba") is None


@pytest.mark.skipif(without_numba, reason="numba not installed")
@pytest.mark.parametrize("max_first", [False, True])
def test_numba_sums_relative_to_zero_or_to_the_largest(max_first):
    sum_exps = importlib.import_module("xent_lib._fast.compiled").sum_exps
    logits = np.random.default_rng(0).normal(0, 9, (5, 700)).astype(np.float32)
    rows, top, total = np.array([3, 1]), np.empty(2, np.float32), np.empty(2)
    sum_exps(logits, rows, max_first, top, total)
    largest = logits[rows].max(axis=1) if max_first else np.zeros(2)
    assert_array_equal(top, largest)
    exact = np.exp(logits[rows].astype(np.float64) - largest[:, None]).sum(axis=1)
    assert_close(total, exact, relative="1e-6")


@pytest.mark.skipif(without_numba, reason="numba not installed")
def test_every_nan_is_a_nan_to_the_compiled_loop(monkeypatch):
    monkeypatch.setenv("XENT_LIB_NUMBA", "1")
    logits = np.zeros((1025, 1000), np.float32)
    logits.view(np.uint32)[:512, 999] = 0x7FC00000 + np.arange(512)
    logits.view(np.uint32)[512:1024, 3] = 0xFFFFFE00 + np.arange(512)
    losses = cross_entropy(logits, [0] * 1025)
    assert_array_equal(np.isnan(losses), [True] * 1024 + [False])
    logits[::2] = np.inf
    found = logsumexp(logits)[:1024]
    assert_array_equal(found, np.tile([np.inf, np.nan], 512))


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_nothing_imports_numba_before_there_is_work_for_it():
    code = (
        "import sys, numpy as np, xent_lib as x; x.cross_entropy([0.0, 1.0], 0);"
        "x.cross_entropy(np.zeros((9, 99_999), 'd'), [0] * 9);"
        "before = 'numba' in sys.modules;"
        "x.cross_entropy(np.zeros((9, 99_999), 'f'), [0] * 9);"
        "print(before, 'numba' in sys.modules)"
    )
    assert run(code, XENT_LIB_NUMBA="0") == "False False\n"
    assert run(code, XENT_LIB_NUMBA="1") == f"False {not without_numba}\n"


@pytest.mark.parametrize("numba", ["0", "1"])
@pytest.mark.parametrize("dtype", "efd")
def test_no_loss_of_a_sure_model_is_negative(monkeypatch, dtype, numba):
    """With it and without."""
    monkeypatch.setenv("XENT_LIB_NUMBA", numba)
    logits = np.zeros((300, 1000), dtype)
    logits[:, 4] = np.linspace(15, 44, 300)
    losses = cross_entropy(logits, [4] * 300)
    assert losses.min() >= 0
    assert log_softmax(logits).max() <= 0
    assert cross_entropy(logits, np.eye(1000)[[4] * 300]).min() >= 0
    exact = [exact_loss(row, 4) for row in logits]
    assert_close(losses, exact, relative=0, absolute="1e-6")
    weight = np.zeros((9000, 2), dtype)
    weight[4] = 20
    assert linear_cross_entropy(np.ones((3, 2), dtype), weight, [4] * 3).min() >= 0
