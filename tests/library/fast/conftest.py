"""Helpers for the tests of the fast code: they watch its calls and its memory."""

import inspect
import tracemalloc

import numpy as np
import pytest

from xent_lib._fast import layout, log_sums, outputs


@pytest.fixture
def spy(monkeypatch):
    """The arguments, by name, of every call of a function of `_fast`."""

    def watch(name):
        calls, modules = [], (layout, log_sums, outputs)
        function = next(getattr(m, name) for m in modules if hasattr(m, name))

        def spied(*arguments, **options):
            calls.append(signature.bind(*arguments, **options).arguments)
            return function(*arguments, **options)

        signature = inspect.signature(function)
        for module in modules:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, spied)
        return calls

    return watch


@pytest.fixture
def memory_beyond_the_result(monkeypatch):
    """How many bytes a function takes, at the most, less those of its result."""

    def measure(f, *arguments):
        f(*arguments)
        monkeypatch.setattr(layout, "SPARE", [])  # what it keeps, it has taken
        tracemalloc.start()
        result = f(*arguments)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - result.nbytes

    return measure


@pytest.fixture
def as_compiled():
    """What the compiled loop does, in NumPy."""

    def loop(o, rows, max_first, top, total):
        top[:] = o[rows].max(axis=1) if max_first else 0
        total[:] = np.exp(o[rows] - top[:, None]).sum(axis=1)

    return loop


@pytest.fixture
def without_compiled_loop(monkeypatch):
    monkeypatch.setenv("XENT_LIB_NUMBA", "0")
