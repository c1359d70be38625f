"""A function in a way: what it is given, and what comes of it."""

import numpy as np
import pytest

from xent_lib.doctor._function import Function, mark
from xent_lib.doctor._probes import PROBES
from xent_lib.doctor._ways import SHAPES, Framework, Way

LOGITS = np.arange(12.0).reshape(3, 4)
IDS = np.array([3, 1, 2])


def asked(loss, **way):
    return Function(loss, Way(**way)).ask(LOGITS, IDS)


@pytest.mark.parametrize(
    ("shape", "o", "t"),
    [
        ("(N, V)", (3, 4), (3,)),
        ("(V, N)", (4, 3), (3,)),
        ("(1, V)", (1, 4), (1,)),
        ("(V,)", (4,), ()),
    ],
)
def test_the_shape_that_it_is_given(shape, o, t):
    [one] = [one for one in SHAPES if one.name == shape]
    seen = []
    asked(lambda o, t: seen.append((np.shape(o), np.shape(t))) or 1.0, shape=one)
    assert seen[0] == (o, t)
    assert len(seen) == (3 if one.by_rows else 1)


def test_sequences_are_the_rows_twice():
    function = Function(lambda o, t: o.sum(), Way(shape=SHAPES[1]))
    o, t = function.rows(LOGITS, IDS)
    assert (o.shape, t.shape) == ((2, 3, 4), (2, 3))
    assert function.ask(o, t) == 2 * LOGITS.sum()


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "is a return missing"),
        ("2.5", "and no number"),
        (1 + 1j, "and no number"),
        (object(), "and no number"),
    ],
)
def test_what_is_no_loss(result, message):
    seen = asked(lambda o, t: result)
    assert isinstance(seen, TypeError)
    assert message in str(seen)


def test_a_row_has_one_loss():
    assert "4 numbers for one row" in str(asked(lambda o, t: o, shape=SHAPES[3]))


def test_one_hot_and_masked_targets():
    way = Way(one_hot=True)
    assert (
        Function(lambda o, t: (o * t).sum(), way).ask(LOGITS, IDS)
        == LOGITS[range(3), IDS].sum()
    )
    roles = (("", "logits"), ("", "targets"), ("*keep", "mask"), ("*n", "size"))
    function = Function(lambda o, t, keep, n: (t * keep).sum() + n, Way(roles=roles))
    assert function.ask(LOGITS, np.array([3, -100, 2])) == 5 + 4
    assert function.ignoring(0).ask(LOGITS, np.array([0, -1, 2])) == 1 + 4
    assert function.ignoring(-100) is function


def test_what_it_writes_into_is_noted():
    def loss(o, t):
        o -= 1
        return 0.0

    function = Function(loss, Way())
    function.ask(LOGITS, IDS)
    assert function.changed == {"logits"}
    assert LOGITS[0, 0] == 0, "a copy of the caller’s"


def test_an_error_says_whether_it_was_raised_on_purpose():
    def refuses(o, t):
        raise ValueError("too large")

    def asserts(o, t):
        assert len(o) > 100

    mark(ValueError("raised nowhere"))
    installed = {"__name__": "somebodys"}
    text = "def loss(o, t): raise ValueError('too large')"
    exec(compile(text, "/lib/site-packages/somebodys.py", "exec"), installed)
    for loss in (refuses, asserts, installed["loss"]):
        assert asked(loss).by_choice
    assert not asked(lambda o, t: 1 / 0).by_choice
    assert not asked(lambda o, t: np.take_along_axis(o, t, 1)).by_choice


def test_it_prints_nothing(capsys):
    asked(lambda o, t: print("here") or 1.0)
    assert capsys.readouterr().out == ""


def test_a_gradient_is_an_array_like_the_logits():
    function = Function(lambda o, t: (1.0, o), Way(shape=SHAPES[4]))
    np.testing.assert_array_equal(function.whole(LOGITS, IDS), LOGITS)
    with pytest.raises(ValueError, match="no array of the logits"):
        Function(lambda o, t: 1.0, Way()).whole(LOGITS, IDS)


def test_arrays_of_its_own_may_be_of_any_kind():
    class Box:
        def __init__(self, held):
            self.held = held

    way = Way(Framework("yours", Box))
    function = Function(lambda o, t: o.held.sum(), way)
    assert function.ask(LOGITS, IDS) == LOGITS.sum()
    assert function.changed == set()


def test_its_precision_is_that_of_what_it_takes():
    function = Function(lambda o, t: o.sum(), Way())
    function.ask(*PROBES["batch"])
    function.ask(*PROBES["batch"], make=np.float16)
    assert function.precision == "float64"
