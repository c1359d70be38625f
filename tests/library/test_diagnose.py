"""diagnose: the doctor's own, where it is installed."""

import sys

import pytest

import xent_doctor
from xent_lib import cross_entropy, diagnose


def test_it_is_the_doctors_with_all_that_is_declared():
    def mean(o, t):
        return cross_entropy(o, t, reduction="mean") / 2

    found = diagnose(mean, allow=["scaled"])
    assert isinstance(found, xent_doctor.Diagnosis)
    assert found.healthy
    assert found.names == ("scaled",)
    assert not diagnose(mean)


def test_without_the_doctor_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xent_doctor", None)
    with pytest.raises(ImportError, match="needs xent_doctor: pip install") as caught:
        diagnose(cross_entropy)
    assert caught.value.name == "xent_doctor"
