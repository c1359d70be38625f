"""A pytest fixture: `pytest_plugins = ["xent_lib.doctor.fixture"]` in a conftest.py,
or `pytest -p xent_lib.doctor.fixture`."""

from collections.abc import Callable

import pytest

from ._diagnose import assert_healthy as check


@pytest.fixture
def assert_healthy() -> Callable[..., None]:
    """Fails with the doctor's whole report unless a loss function is healthy."""
    return check
