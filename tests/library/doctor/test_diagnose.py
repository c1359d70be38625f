"""The doctor: right functions never blamed, broken ones never called healthy."""

import itertools
import pickle
import re

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from by_hand import said
from planted import as_keras_divides
from xent_lib import cross_entropy, logsumexp, softmax
from xent_lib.doctor import assert_healthy, diagnose

STYLES = {
    "log_softmax": lambda o, t: -pick(scipy.special.log_softmax(o, -1), t),
    "log-sum-exp": lambda o, t: scipy.special.logsumexp(o, -1) - pick(o, t),
    "shifted by hand": lambda o, t: by_hand(o - o.max(-1, keepdims=True), t),
    "one-hot": lambda o, t: (
        -(np.eye(o.shape[-1])[t] * scipy.special.log_softmax(o, -1)).sum(-1)
    ),
}


def pick(x, t):
    return np.take_along_axis(x, t[..., None], -1)[..., 0]


def by_hand(o, t):
    return np.log(np.exp(o).sum(-1)) - pick(o, t)


@settings(max_examples=20, deadline=None)
@given(
    style=st.sampled_from([*STYLES]),
    reduction=st.sampled_from(["none", "mean", "sum"]),
    ignoring=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
    out=st.sampled_from([lambda x: x, lambda x: x.tolist()]),
)
def test_right_ones_of_any_style_are_healthy(style, reduction, ignoring, dtype, out):
    def plain(o, t):
        rows = STYLES[style](o.astype(dtype), t)
        return out(rows if reduction == "none" else getattr(rows, reduction)())

    found = diagnose(ignores(plain, reduction) if ignoring else plain)
    assert found.healthy, found


def ignores(plain, reduction):
    def loss(o, t):
        scored = t != -100
        if reduction == "none":
            return np.where(scored, plain(o, np.where(scored, t, 0)), 0)
        return plain(o[scored], t[scored])

    return loss


def test_what_is_meant_may_be_said():
    def shifts(o, t):
        return cross_entropy(o[..., :-1, :], t[..., 1:]).mean()

    assert diagnose(shifts).names == ("shifted",)
    assert diagnose(shifts, shifts=True).names == ()
    assert not diagnose(shifts, shifts=False).healthy
    never = diagnose(lambda o, t: cross_entropy(o, t).mean(), shifts=True)
    assert never.names == ("not-shifted",)
    assert "if the data are, leave shifts=True out" in said(never)

    def back(o, t, reduction="mean"):
        return cross_entropy(o[..., 1:, :], t[..., :-1], reduction=reduction)

    found = diagnose(back, shifts=True)
    assert found.names == ("shifted-back",)
    assert "batch: yours 0.68917, once fixed 2.3198" in said(found)
    scored = diagnose(lambda o, t: back(o, np.maximum(t, 0), "none"), shifts=True)
    assert scored.names == ("shifted-back",)
    rolled = diagnose(lambda o, t: cross_entropy(o, np.roll(t, -1, -1)), shifts=True)
    assert "rolled" in rolled.names

    def bits(o, t):
        return cross_entropy(o, t) / np.log(2)

    assert diagnose(bits).healthy
    assert not diagnose(bits, strict=True).healthy
    assert diagnose(bits, strict=True, allow=["base-2"]).healthy

    def capped(o, t):
        return cross_entropy(30 * np.tanh(o / 30), t)

    assert not diagnose(capped)
    assert diagnose(capped, allow=["soft-cap"])


@pytest.mark.parametrize("allow", ["soft-cap", ["soft"], [1]])
def test_what_is_allowed_is_a_list_of_known_names(allow):
    with pytest.raises(ValueError, match="allow must be a list of names in xent_lib"):
        diagnose(cross_entropy, allow=allow)


def test_arguments_of_any_name_may_be_named():
    def loss(*, gold, there, scores):
        return (cross_entropy(scores, gold) * there).sum() / there.sum()

    found = diagnose(loss, logits="scores", targets="gold", mask="there")
    assert found.healthy, found
    assert "a mask" in found.convention


def test_the_argument_that_is_named_gets_logits():
    def keras(y_true, y_pred):
        return as_keras_divides(y_pred, y_true)

    assert diagnose(keras).healthy
    found = diagnose(keras, logits="y_pred")
    assert found.names == ("scores-as-probabilities",)
    assert "example: yours 0.6614, once fixed 0.48987" in said(found)
    of_p = diagnose(lambda p, t: cross_entropy(np.log(p), t), logits="p")
    assert of_p.healthy
    assert "Takes probabilities" in of_p.convention


def test_what_is_unknown_is_shown_by_what_has_numbers():
    """Of logits its logarithms have none."""

    def loss(a, y):
        each = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(-1)
        return each.mean() ** 1.1

    found = diagnose(loss)
    assert "Takes probabilities (N, V) and ids (one-hot targets)" in said(found)
    assert "NaN" not in said(found)


def test_a_fault_beside_an_unknown_one_is_named():
    def loss(o, t):
        return np.minimum(2 * cross_entropy(o, t), 30).mean()  # none of the known ones

    found = diagnose(loss)
    assert not found.healthy


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: np.round(cross_entropy(o, t).mean(), 2),
        lambda o, t: (cross_entropy(o, t) + 1e-3 * logsumexp(o)).mean(),
        lambda o, t: np.square(o - np.eye(o.shape[-1])[t]).sum(-1).mean(),
    ],
)
def test_no_fault_is_named_for_being_near(loss):
    found = diagnose(loss)
    assert found.names == ()
    assert not found.healthy


def test_what_no_fault_explains_is_shown():
    found = diagnose(lambda o, t: cross_entropy(o, t).mean() + 0.1)
    assert found.names == ()
    assert "none of the known faults explains it" in said(found)
    assert "example: yours 0.58987, expected 0.48987" in said(found)
    assert 'Its rows: xent_lib.doctor.PROBES["example"]' in said(found)
    assert found.convention == "Takes logits (N, V) and ids, and gives a number"
    assert said(found).count("yours") == 4, "the first ones say enough"
    assert "and 4 more: two tokens, logits + 1,000, rare target" in said(found)


def test_who_cannot_be_called_gets_the_line_to_write():
    def my_loss(logits, targets):
        return 1 / 0

    found = diagnose(my_loss)
    assert not found.healthy
    first, line, *_ = repr(found).split("\n")
    assert first == "? It could not be examined as it is"
    assert line.startswith("    If it takes something else, write diagnose(lambda")
    assert "write diagnose(lambda o, t: my_loss(…)), with o logits" in said(found)
    came = "as your training does 3 rows of 4 logits: yours ZeroDivisionError: "
    assert came in said(found)
    assert "expected" not in said(found)
    of_a_lambda = said(diagnose(lambda o, t: 1 / 0))
    assert "of one of the two it must give a number" in of_a_lambda


def test_an_error_of_its_own_has_its_line():
    def misspelt(o, t):
        return np.mean(losess)  # noqa: F821

    def in_numpy(o, t):
        return np.take_along_axis(o, t, axis=-1)

    found = said(diagnose(misspelt))
    line = misspelt.__code__.co_firstlineno + 1
    assert f"(your line {line}: return np.mean(losess)" in found
    assert f"To fix it, correct your line {line} 3 rows of" in found
    assert "lambda" not in found
    found = said(diagnose(in_numpy))
    assert f"(your line {line + 3}: return np.take_along_axis(o, t, axis=-1))" in found
    exec("def loss(o, t):\n  return 1 / 0", scope := {})
    assert "division by zero (your line 2)" in said(diagnose(scope["loss"]))


def test_an_error_of_a_batch_alone_has_its_line():
    def loss(o, t):
        o = o - o.max(-1)
        return (np.log(np.exp(o).sum(-1)) - o[range(len(t)), t]).mean() + 1

    found = said(diagnose(loss))
    assert "✗ It gives no loss of a batch 3 rows of 4 logits: yours ValueErr" in found
    assert "o = o - o.max(-1))" in found


class Layer:
    """As in Deep Learning from Scratch: no function, but its forward."""

    def forward(self, xs, ts):
        return cross_entropy(xs, ts).mean()


def test_who_is_called_by_a_method_is_so():
    for loss in (Layer, Layer(), Layer().forward):
        found = diagnose(loss)
        assert found.healthy, found
        assert "and ids, by its forward, and gives the mean loss" in found.convention


def test_an_error_is_short():
    def loss(o, t):
        raise ValueError("no " * 9000)

    assert len(repr(diagnose(loss))) < 1500


def test_a_class_that_needs_more_is_not_made():
    class Loss:
        def __init__(self, weight):
            self.weight = weight

    assert not diagnose(Loss).healthy

    class NoLoss:
        pass

    assert not diagnose(NoLoss).healthy


def test_what_may_be_meant_says_how_to_allow_it():
    def capped(o, t):
        return cross_entropy(30 * np.tanh(o / 30), t).mean()

    words = "its model has that cap, and gives its logits before it"
    assert f'if {words}, say allow=["soft-cap"]' in said(diagnose(capped))
    allowed = said(diagnose(capped, allow=["soft-cap"]))
    assert "– The loss is of logits bent by 30 · tanh(o / 30)" in allowed
    root = diagnose(lambda o, t: cross_entropy(15 * o / np.hypot(o, 15), t).sum())
    assert root.names == ("soft-cap",)
    assert "bent by 15 · o / √(o² + 15²)" in said(root)
    assert "mend" not in allowed
    assert "meant" not in allowed
    assert "if it is meant" not in said(diagnose(lambda o, t: -cross_entropy(o, t)))

    def of_softmax(o, t):
        return -np.log(softmax(o)[np.arange(len(t)), t]).mean()

    def in_float32(o, t):
        return of_softmax(np.float32(o), t)

    never = 'if logits are never so far apart, say allow=["log-of-softmax"]'
    assert never in said(diagnose(in_float32))
    assert never in said(diagnose(of_softmax, strict=True))
    assert diagnose(in_float32, allow=["log-of-softmax"])
    bits = diagnose(lambda o, t: in_float32(o, t) / np.log(2))
    assert "softmax: from 104 nats on" in said(bits)


def test_a_logarithm_of_a_softmax_in_float64_is_lost_where_nobody_trains():
    def loss(o, t):
        return -np.log(softmax(o)[np.arange(len(t)), t]).mean()

    found = diagnose(loss)
    assert found.healthy, found
    assert "– The loss is infinite where p is too small" in said(found)
    assert "the logarithm of a softmax: from 745 nats on" in said(found)
    assert "To fix it, use the log-sum-exp of the logits" in said(found)


def test_what_is_another_loss_is_not_said_to_be_right():
    def writes(o, t):
        o -= 1
        return cross_entropy(o, t).mean() + 0.1

    report = said(diagnose(writes))
    assert "✗ Its arguments are not the same afterwards" in report
    assert "something other than cross-entropy" in report
    assert "right" not in report


def test_a_fault_is_named_once():
    def loss(o, t):
        return softmax(o).max(-1).mean()

    names = diagnose(loss).names
    assert len({*names}) == len(names)


def test_what_is_no_function_is_an_error():
    with pytest.raises(TypeError, match=r"loss must be a function .* got 0\.49"):
        diagnose(0.49)


def test_an_interrupt_is_not_swallowed():
    def loss(o, t):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        diagnose(loss)


ANSWERS = st.one_of(
    st.floats(), st.none(), st.text(max_size=3), st.lists(st.floats(), max_size=4),
    st.just(np.zeros((0,))), st.just(1 + 1j), st.just({}),
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=5))
def test_nonsense_is_survived_and_never_healthy(answers):
    turn = itertools.cycle(answers)
    found = diagnose(lambda o, t: next(turn))
    assert not found.healthy
    assert re.search("^[✗?] ", repr(found), re.MULTILINE)


# In daily use.


def test_a_diagnosis_is_true_if_healthy():
    assert diagnose(cross_entropy)
    assert not diagnose(lambda o, t: -cross_entropy(o, t))


def test_it_pickles():
    found = diagnose(lambda o, t: -cross_entropy(o, t))
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert repr(again) == repr(found)


def test_assert_healthy_raises_the_whole_report():
    assert_healthy(cross_entropy)
    with pytest.raises(AssertionError) as raised:
        assert_healthy(lambda o, t: -cross_entropy(o, t))
    assert "To fix it, flip the sign (bug" in str(raised.value)
    assert_healthy(lambda o, t: -cross_entropy(o, t), allow=["sign"])


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: cross_entropy(o[..., :-1, :], t[..., 1:]).sum() / t.size,
        lambda o, t: cross_entropy(o, np.roll(t, -1, -1)).mean(),
        lambda o, t: cross_entropy(o[..., 1:, :], t[..., :-1]).mean(),
        lambda o, t: cross_entropy(o, np.append(t[..., 1:], 0 * t[..., :1], -1)).mean(),
    ],
)
@pytest.mark.parametrize("sequences", [False, True])
def test_once_fixed_the_shift_is_there(loss, sequences):
    def strict(o, t):
        assert o.ndim == 3
        return loss(o, t)

    found = diagnose(strict if sequences else loss)
    assert "once fixed 2.3198" in said(found), "as it is of the fixed one"


def test_the_fixed_shift_gives_what_is_foreseen():
    fixed = diagnose(lambda o, t: cross_entropy(o[..., :-1, :], t[..., 1:]).mean())
    assert "batch: yours 2.3198" in said(fixed)
