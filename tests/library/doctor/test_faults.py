"""The table of faults: each is what people write, in words, with a room of its own."""

import re
from collections import Counter

import numpy as np
import pytest

from by_hand import said
from planted import AS_WRITTEN, BESIDE, PLANTED
from xent_lib import cross_entropy, softmax
from xent_lib.doctor import FAULTS, diagnose
from xent_lib.doctor._faults import OF_LOSSES, ROOMS, anchor
from xent_lib.doctor._probes import (
    LARGE_VOCABULARY,
    MANY_ROWS,
    PADDED,
    PROBES,
    SEQUENCES,
    TOKENS,
)
from xent_lib.doctor._steps import IGNORED, STEPS, evaluate

# Some names have a second way, which the doctor finds as the first.
FIRST = {fault.name: fault for fault in reversed(PLANTED)}.values()


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", PROBES)
def test_without_a_fault_it_is_the_loss(name, reduction):
    o, targets = PROBES[name]
    right = cross_entropy(o, targets, reduction=reduction)
    np.testing.assert_allclose(evaluate(o, targets, (), reduction), right, rtol=1e-12)


@pytest.mark.parametrize("place", PADDED)
@pytest.mark.parametrize("ignored", [-100, -1, 0])
def test_without_a_fault_padding_is_ignored(place, ignored):
    targets = np.where(PADDED[place] == IGNORED, ignored, PADDED[place])
    right = cross_entropy(SEQUENCES, targets, reduction="mean", ignore_index=ignored)
    found = evaluate(SEQUENCES, targets, ignored=ignored)
    assert found == pytest.approx(right, rel=1e-12)


def test_nothing_need_be_padding():
    o, targets = PROBES["batch"]
    assert evaluate(o, targets, ignored=None) == evaluate(o, targets)


# The probes whose arithmetic a fault does as people write it; the others overflow in
# both, each in its own way.
@pytest.mark.parametrize("fault", FIRST, ids=lambda fault: fault.name)
def test_each_fault_is_what_people_write(fault):
    loss = AS_WRITTEN[fault.name]
    tried = 0
    for name, (o, targets) in PROBES.items():
        if len(o) > 1 or not fault.across:
            with np.errstate(all="ignore"):
                seen = loss(o, targets)
            right = evaluate(o, targets, [fault])
            if not np.isfinite(seen) and fault.step == "log_p":
                continue
            np.testing.assert_allclose(right, seen, fault.near, 1e-9, err_msg=name)
            tried += 1
    assert tried >= len(PROBES) - 4


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_each_fault_is_a_step_done_otherwise(fault):
    assert fault.step in STEPS
    inputs = {
        "rows": list(PROBES.values()),
        "sequences": [(SEQUENCES, PADDED["behind"]), (SEQUENCES, TOKENS)],
        "padding": [(SEQUENCES, PADDED["behind"])],
        "many rows": [MANY_ROWS, LARGE_VOCABULARY],
    }
    if fault.name == "from-zero":
        inputs["rows"] = [(np.full((9, 2), 1e17), np.ones(9, int))]
    if fault.name == "float32-sum":
        inputs["many rows"] = [(np.tile([0, 1.7], (2**17, 1)), np.zeros(2**17, int))]
    changed = [
        not np.array_equal(evaluate(*given, [fault]), evaluate(*given))
        for given in inputs[fault.seen_in]
    ]
    assert any(changed)


def test_each_fault_has_a_size_or_none():
    sized = (x.name for x in OF_LOSSES if x.between or x.among or x.size is not None)
    assert {*sized} == {fault.name for fault in PLANTED if fault.size is not None}


def test_names_are_names():
    names = [fault.name for fault in FAULTS]
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    others = {
        "floor": 1,  # added or clipped, it has one name
        "smoothing": 1,  # less its own entropy, or not
        "smoothing-others": 1,
        "smoothing-exchanged": 3,  # of each of those
        "smoothing-sum": 6,  # all, or the others, of V or V − 1; or a sum over all
        "focal": 1,  # of each token, or of the mean
        "remainder-dropped": 1,  # and what is left divided by its own, or by all
        "soft-cap": 1,  # by a tanh, or by a root
        "shared-maximum": 1,  # before ln, or after it
        "maximum-in-sum": 1,  # before ln, or after it
        "maximum-at-target": 2,  # and not lost in exp
        "binary": 7,  # of a sigmoid, twice, or of p, by three floors
        "binary-mean": 7,
        "wrong-axis": 5,  # after ln, by each of four shifts; of a log-sum-exp without
        "whole-array": 5,
        "divided-twice": 3,  # by tokens, places or sequences; and by parts
        "sequence-dropped": 1,  # the first, or the last
        "first-dropped": 1,  # of each sequence, or of all
        "last-dropped": 1,
        "reshaped": 1,  # to (B, V, T), or from it
        "bfloat16": 2,  # of a log-sum-exp, and of a softmax
        "batch-axis": 3,
        "no-gradient": 1,  # a graph that is cut, or a backward that raises
        "mean-of-perplexities": 1,  # of tokens, or of sequences
        "mean-of-means": 1,  # of a loss, or of a step
        "last-part": 1,  # divided by its own tokens, or by those of all
        "first-count": 1,  # and by the number of parts
        "mean-of-chunks": 1,  # of rows, or along the places
        "mean-of-k-chunks": 3,  # the same, as PyTorch cuts, or NumPy
        "weights-inverted": 1,  # divided by each, or of what each lacks of 1
    }
    assert Counter(names) - Counter({*names}) == others
    assert AS_WRITTEN.keys() == {fault.name for fault in OF_LOSSES}


def test_words_go_on():
    for fault in FAULTS:
        assert not re.search(r"[.!]$", fault.what)
        assert not re.search(r"[.!]$", fault.mend)


def test_rooms_have_anchors():
    assert anchor(7) == "room-7-softmax-twice"
    assert {fault.room for fault in FAULTS} <= {*ROOMS}


def test_each_can_be_printed_in_the_list_of_all():
    for fault in FAULTS:
        assert str(fault)
        assert "{" not in str(fault)


@pytest.mark.parametrize("top", ["0", "o.max()", "o.max(-1, keepdims=True)"])
def test_a_softmax_that_forgets_its_axis_is_named(top):
    code = (
        "def loss(o, t):\n"
        f" e = np.exp(o - {top})\n"
        " return -np.log((e / e.sum())[np.arange(len(t)), t]).mean()"
    )
    exec(code, scope := {"np": np})
    assert diagnose(scope["loss"]).names == ("whole-array",)


@pytest.mark.parametrize(("axis", "name"), [("", "whole-array"), ("0", "wrong-axis")])
def test_so_is_a_sum_of_exp_that_forgets_it(axis, name):
    code = (
        "def loss(o, t):\n"
        f" Z = np.exp(o).sum({axis})\n"
        f" return (np.log(Z){'[t]' if axis else ''} - o[np.arange(len(t)), t]).mean()"
    )
    exec(code, scope := {"np": np})
    found = diagnose(scope["loss"])
    assert found.names == (name,), found
    assert "and lost in exp" in said(found)


@pytest.mark.parametrize("of", ["softmax(o)", "1 / (1 + np.exp(-o))", "o"])
@pytest.mark.parametrize(
    ("how", "name", "least"),
    [("sum(-1).mean()", "binary", 0), ("mean()", "binary-mean", 1e-7)],
)
def test_a_binary_cross_entropy_of_p_is_named(of, least, how, name):
    code = (
        "def loss(o, t):\n"
        f" p = np.clip({of}, {least}, 1 - {least})\n"
        " y = np.eye(o.shape[-1])[t]\n"
        f" return -(y * np.log(p) + (1 - y) * np.log(1 - p)).{how}"
    )
    exec(code, scope := {"np": np, "softmax": softmax})
    found = diagnose(scope["loss"])
    assert {*found.names} - {*BESIDE, "log-of-softmax"} == {name}, found
    assert "none of the known faults" not in repr(found)
    assert ("Takes probabilities" in found.convention) == (of == "o")


def test_a_binary_cross_entropy_of_a_sigmoid_taken_twice_is_named():
    def loss(o, t):
        p = 1 / (1 + np.exp(-o))
        return (np.logaddexp(0, p) - p * np.eye(o.shape[-1])[t]).mean()

    found = diagnose(loss)
    assert {*found.names} - BESIDE == {"binary-mean"}, found
    assert "of a sigmoid taken twice, averaged" in repr(found).replace("\n    ", " ")
