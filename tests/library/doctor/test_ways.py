"""The ways into a function: what its signature and its words leave open."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from xent_lib.doctor._ways import (
    FRAMEWORKS,
    NUMPY,
    Way,
    frameworks_of,
    kinds_of,
    roles_of,
    ways,
)


def roles(loss, **declared):
    return next(roles_of(loss, declared))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda logits, targets: 0, "logits targets"),
        (lambda y_true, y_pred: 0, "targets logits"),
        (lambda a, b: 0, "logits targets"),
        (lambda x, y, weights: 0, "logits targets mask"),
        (lambda x, y, something: 0, "logits targets guess"),
        (lambda vocab_parallel_logits, target: 0, "logits targets"),
        (lambda logits, labels, vocab_size: 0, "logits targets size"),
        (lambda logits, labels, vocab_size, more=1: 0, "logits targets size"),
        (lambda o, t, reduction="mean": 0, "logits targets"),
        (lambda logits, targets=None: 0, "logits targets"),
        (max, "logits targets"),  # without a signature
    ],
)
def test_what_each_parameter_takes(loss, expected):
    assert [role for _, role in roles(loss)] == expected.split()


def test_both_orders_are_tried():
    orders = [
        [role for _, role in one] for one in roles_of(lambda labels, logits: 0, {})
    ]
    assert orders == [["targets", "logits"], ["logits", "targets"]]


def test_what_is_by_name_is_given_by_name():
    def loss(*, gold, scores):
        return 0

    assert roles(loss) == (("*gold", "targets"), ("*scores", "logits"))
    [*_, asked] = roles_of(lambda one, two, keep=None: 0, {"mask": "keep"})
    assert ("*keep", "mask") in asked
    assert roles(lambda a, b: 0, logits="b", targets="a") == (
        ("*a", "targets"),
        ("*b", "logits"),
    )


def test_a_mask_that_is_wanted_is_found_by_its_name():
    def loss(logits, targets, loss_mask=None):
        return 0

    assert [role for _, role in roles(loss)] == ["logits", "targets"]
    assert [role for _, role in roles(loss, mask=True)] == ["logits", "targets", "mask"]


@pytest.mark.parametrize(
    "loss", [lambda: 0, lambda o: 0, lambda a, b, c, d: 0, lambda *args: 0]
)
def test_who_takes_fewer_or_more_is_called_with_two_or_not_at_all(loss):
    found = list(roles_of(loss, {}))
    assert all(len(one) == 2 for one in found)


@pytest.mark.parametrize(
    ("name", "first", "n"),
    [
        ("logits", "logits", 1),
        ("o", "logits", 3),
        ("log_probs", "log-probabilities", 3),
        ("probs", "probabilities", 3),
    ],
)
def test_the_name_says_what_logits_are(name, first, n):
    kinds = kinds_of(((name, "logits"), ("t", "targets")))
    assert (kinds[0], len(kinds)) == (first, n)


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
