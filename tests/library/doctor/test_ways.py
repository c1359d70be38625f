"""The ways into a function: what its signature and its words leave open."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from xent_lib.doctor._ways import FRAMEWORKS, NUMPY, Way, frameworks_of, ways


def test_the_framework_that_is_meant_comes_first(monkeypatch):
    torch, jax = ModuleType("torch"), ModuleType("jax")
    for name in FRAMEWORKS:
        if name != "numpy":
            monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "jax", jax)

    def plain(o, t):
        return o

    def by_jax(o, t):
        return jax

    scope = {"losses": ModuleType("losses")}
    scope["losses"].nll = by_jax
    by_its_module = eval("lambda o, t: losses.nll(o, t)", scope)
    assert next(frameworks_of(by_its_module)).name == "JAX"
    assert [one.name for one in frameworks_of(plain)] == ["NumPy", "PyTorch", "JAX"]
    assert next(frameworks_of(by_jax)).name == "JAX"
    by_jax.__module__ = "sklearn.metrics"  # whose code names the arrays of all
    assert next(frameworks_of(by_jax)).name == "NumPy"


def test_arrays_are_made_by_who_is_imported(monkeypatch):
    made = SimpleNamespace(
        tensor=lambda x: ("torch", x),
        numpy=SimpleNamespace(asarray=lambda x: ("jax", x)),
        ops=SimpleNamespace(convert_to_tensor=lambda x: ("keras", x)),
        convert_to_tensor=lambda x: ("tensorflow", x),
    )
    for name, framework in FRAMEWORKS.items():
        if framework is not NUMPY:
            monkeypatch.setitem(sys.modules, name, made)
            assert framework.make(1) == (name, 1)


def test_ways_say_how_they_call():
    shown = [str(way) for way in ways(lambda y_true, y_pred: 0, {"to": np.array})]
    assert shown[0] == "your own arrays in float32, the targets first"
    assert "your own arrays in float32, one-hot targets" in shown
    masked = [str(way) for way in ways(lambda o, t, mask: 0, {})]
    assert masked[0] == "a mask"
    assert "a mask, 1 where nothing is scored" in masked
    assert str(Way()) == ""


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "a mask"),
        ({"booleans": True}, "a boolean mask"),
        ({"left_out": True}, "a mask, 1 where nothing is scored"),
        (
            {"left_out": True, "booleans": True},
            "a boolean mask, True where nothing is scored",
        ),
        ({"ahead": True}, "a mask of the places that predict"),
    ],
)
def test_a_mask_is_told_plainly(how, words):
    roles = (("", "logits"), ("", "targets"), ("", "mask"))
    assert str(Way(roles=roles, **how)) == words
