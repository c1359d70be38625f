import pytest

from xent_lib import smollm


@pytest.fixture(scope="session")
def tiny():
    return smollm.load(smollm.TINY)
