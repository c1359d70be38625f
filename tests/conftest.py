"""Hypothesis without deadlines or randomness: every run sees the same examples.

A peer that is not installed is skipped with a reason, or required by CI.
"""

import importlib
import os

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile(
    "xent_lib", deadline=None, derandomize=True, database=None, max_examples=50
)
settings.load_profile("xent_lib")


@pytest.fixture(scope="session")
def peer():
    """Imports a peer. With XENT_LIB_PEERS=required, one that is missing fails."""

    def find(name):
        try:
            return importlib.import_module(name)
        except ImportError:
            if os.environ.get("XENT_LIB_PEERS") == "required":
                raise
            return pytest.skip(f"{name} is not installed: see requirements-peers.txt")

    return find


SHAPES = [(1, 4), (7, 123), (3, 1000), (5, 32_001)]
BATCHES = [
    (shape, scale, dtype) for shape in SHAPES for scale in (1, 30) for dtype in "fd"
]


@pytest.fixture(params=BATCHES, ids=str)
def batch(request):
    """Logits (n, V) and targets (n,)."""
    (n, v), scale, dtype = request.param
    rng = np.random.default_rng(v)
    return rng.normal(0, scale, (n, v)).astype(dtype), rng.integers(0, v, n)


@pytest.fixture
def close(batch):
    """assert_allclose within what both sides promise for the dtype."""

    def check(got, expected):
        single = batch[0].dtype == np.float32
        np.testing.assert_allclose(
            np.asarray(got),
            np.asarray(expected),
            rtol=2e-6 if single else 1e-12,
            atol=2e-5 if single else 1e-14,
        )

    return check
