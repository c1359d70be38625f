"""The gradient of sequences, where rows are taken, too."""

import numpy as np
import pytest

from by_hand import said
from test_gradient import few, grad, jax, mean, p_less_y
from xent_lib import cross_entropy, logsumexp, softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._autograd import OF

assert jax  # the framework in small


def in_rows(o, t):
    return mean(o, t)


def per_sequence(o, t):
    return cross_entropy(o, t).sum() / len(t)


def shifted(o, t):
    return cross_entropy(o[..., :-1, :], t[..., 1:]).mean()


def along_axis_1(o, t):
    return mean(o if o.ndim == 2 else np.moveaxis(o, 1, -1), t)


@pytest.mark.parametrize("loss", [in_rows, per_sequence, shifted, along_axis_1])
@pytest.mark.parametrize("wrong", [False, True])
def test_a_branch_of_its_own_that_detaches_is_seen(jax, monkeypatch, loss, wrong):
    def of_jax(loss, logits, times, kind, axis):
        found = grad(lambda o: (np.asarray(loss(o)) * times).sum())(logits)
        if wrong and found.ndim == 3:
            found[0] = 0  # the first sequence
        return found

    monkeypatch.setitem(OF, "jax", of_jax)
    found = diagnose(few(loss), to=jax.numpy.asarray)
    assert found.healthy != wrong, found
    assert ("two sequences: yours 0, 0, 0, 0, expected" in said(found)) == wrong
    assert found.healthy == ("nor in its gradient" in said(found))


def test_what_cannot_be_had_of_sequences_is_told(jax, monkeypatch):
    def of_jax(loss, logits, times, kind, axis):
        if np.ndim(logits) == 3 or np.size(logits) > 1000:
            raise MemoryError("of so many")
        return grad(lambda o: (np.asarray(loss(o)) * times).sum())(logits)

    monkeypatch.setitem(OF, "jax", of_jax)
    found = diagnose(in_rows, to=jax.numpy.asarray)
    told = "Not tried: the gradient of two sequences: MemoryError: of so many"
    assert told in said(found)
    assert "Not tried: the gradient of a large vocabulary: MemoryError" in said(found)
    assert "nor in its gradient" in said(found)


def by_len(o, t):
    return p_less_y(o, t) * t.size / len(t)


@pytest.mark.parametrize("gradient", [p_less_y, by_len])
def test_a_second_function_may_be_made_for_rows(gradient):
    found = diagnose(mean, gradient=gradient)
    assert found.healthy, found
    told = "The gradient is of rows alone: of two sequences it gives"
    assert (told in said(found)) == (gradient is by_len)


def test_of_sequences_that_are_wrong_none_is_asked_for():
    def loss(o, t):
        return mean(o, t) if t.ndim == 1 else mean(o.swapaxes(0, 1)[0], t[:, 0])

    found = diagnose(loss, gradient=by_len)
    assert not found.healthy
    assert "of rows alone" not in said(found)


def of_one_row(o, t):
    return logsumexp(o) - o[t]


def p_less_y_of_one(o, t):
    return softmax(o) - (np.arange(len(o)) == t)


def test_who_takes_one_row_is_asked_for_one_gradient_a_row():
    right = diagnose(of_one_row, gradient=p_less_y_of_one)
    assert right.healthy, right
    assert "nor in its gradient" in repr(right)
    both = diagnose(
        lambda o, t: (of_one_row(o, t), p_less_y_of_one(o, t)),
        gradient=lambda o, t: (of_one_row(o, t), p_less_y_of_one(o, t)),
    )
    assert both.healthy, both
    wrong = diagnose(of_one_row, gradient=lambda o, t: softmax(o))
    assert "gradient-without-target" in wrong.names
