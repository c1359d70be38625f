"""The gradient: of NumPy by a second function, of frameworks by their own."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import said
from planted import AS_WRITTEN
from right_numpy import cs231n_softmax_loss
from xent_lib import cross_entropy, cross_entropy_grad, log_softmax, softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._autograd import OF


def mean(o, t):
    return cross_entropy(o, t, reduction="mean", ignore_index=-100)


def p_less_y(o, t):
    return cross_entropy_grad(o, t, reduction="mean", ignore_index=-100)


def y(o, t):
    return np.arange(o.shape[-1]) == t[..., None]


@pytest.mark.parametrize(
    ("gradient", "names", "healthy"),
    [
        (p_less_y, (), True),
        (lambda o, t: (1.0, p_less_y(o, t)), (), True),
        (lambda o, t: -p_less_y(o, t), ("gradient-sign",), False),
        (lambda o, t: t.size * p_less_y(o, t), ("gradient-scaled",), False),
        (lambda o, t: 0 * o, ("no-gradient",), False),
        (lambda o, t: softmax(o) / t.size, ("gradient-without-target",), False),
        (lambda o, t: -1.0 * y(o, t) / t.size, ("gradient-without-softmax",), False),
        (
            lambda o, t: (softmax(o) - y(o, t)) / (t >= 0).sum(),
            ("gradient-of-padding",),
            False,
        ),
        (lambda o, t: np.abs(p_less_y(o, t)), (), False),
        (lambda o, t: p_less_y(o, t)[:, :1], (), False),
        (lambda o, t: 1 / 0, (), False),
    ],
)
def test_of_numpy_it_is_a_second_function(gradient, names, healthy):
    found = diagnose(mean, gradient=gradient)
    assert found.names == names
    assert found.healthy == healthy
    if names:
        assert "Room\N{NO-BREAK SPACE}14" in repr(found)


def test_what_is_wrong_in_an_unknown_way_has_its_numbers():
    found = diagnose(mean, gradient=lambda o, t: np.abs(p_less_y(o, t)))
    assert "✗ The gradient is something other than that of the loss" in said(found)
    assert "batch: yours" in said(found)
    raised = diagnose(mean, gradient=lambda o, t: 1 / 0)
    assert "✗ It gives no gradient" in said(raised)
    assert not raised.healthy


def test_of_another_loss_the_gradient_is_not_said_to_be_another():
    """Ids in bfloat16, of which no more than 256 are exact."""

    def loss(o, t):
        return mean(o, t // 7 * 7 if o.shape[-1] > 1000 else t)

    def gradient(o, t):
        return np.abs(p_less_y(o, t))

    found = diagnose(loss, gradient=gradient)
    assert "✗ The loss is something other than cross-entropy" in said(found)
    assert "gradient is another" not in said(found)


def test_loss_and_gradient_of_one_function():
    for declared in ({}, {"gradient": cs231n_softmax_loss}):
        found = diagnose(cs231n_softmax_loss, **declared)
        assert found.healthy, found
        assert "✓ Nothing wrong was found, nor in its gradient" in said(found)


def test_the_row_that_differs_is_shown():
    def gradient(o, t):
        return (softmax(o) - y(o, t)) / (t >= 0).sum()

    [found] = diagnose(mean, gradient=gradient).findings
    [shown] = found.shown
    assert shown.probe == "batch, one ignored, row 2"
    assert shown.expected == "0, 0, 0, 0"
    assert "0" not in shown.seen.split(", ")


def test_of_a_rounded_loss_it_is_rounded_too():
    def rounded(x):
        return (np.asarray(x, np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)

    loss = AS_WRITTEN["bfloat16"]
    right = diagnose(loss, gradient=lambda o, t: rounded(p_less_y(o, t)))
    assert right.names == ("bfloat16",)
    assert "gradient is" not in said(right)
    wrong = diagnose(loss, gradient=lambda o, t: 1.1 * p_less_y(o, t))
    assert "gradient-scaled" in wrong.names


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_it_is_scaled_by_the_reduction(reduction):
    def loss(o, t):
        return cross_entropy(o, t, reduction=reduction)

    def of_sum(o, t):
        return cross_entropy_grad(o, t, reduction="sum")

    found = diagnose(loss, gradient=of_sum)
    assert found.names == (("gradient-scaled",) if reduction == "mean" else ())


def test_a_block_of_a_large_vocabulary_without_one_is_seen():
    def gradient(o, t):
        found = p_less_y(o, t)
        found[..., found.shape[-1] // 1024 * 1024 or found.shape[-1] :] = 0
        return found

    found = diagnose(mean, gradient=gradient)
    where = "a large vocabulary, row 1, tokens 69,632 to 69,998 of 69,999"
    assert f"{where}: yours 0, 0, 0, 0, …, expected" in said(found)


def test_what_is_no_plain_loss_has_the_gradient_of_what_it_is():
    def smoothed(o, t):
        return 0.9 * cross_entropy(o, t).mean() - 0.1 * log_softmax(o).mean()

    def gradient(o, t):
        return (
            0.9 * cross_entropy_grad(o, t) / t.size
            + 0.1 * (softmax(o) - 1 / o.shape[-1]) / t.size
        )

    found = diagnose(smoothed, gradient=gradient)
    assert found.healthy, found
    assert not diagnose(smoothed, gradient=p_less_y).healthy


def test_what_padding_does_to_the_others_is_seen():
    def gradient(o, t):
        found = p_less_y(o, t)
        return np.abs(found) if (t == -100).any() else found

    found = diagnose(mean, gradient=gradient)
    assert "batch, one ignored: yours" in said(found)
    assert found.names == ()


def test_who_knows_no_padding_is_not_blamed_for_its_gradient():
    """A one-hot of it is a row of zeros; p − 0 is what is left."""

    def loss(o, t, weights=None):
        return -(y(o, t) * log_softmax(o)).sum()

    found = diagnose(loss, gradient=lambda o, t: softmax(o) - y(o, t))
    assert found.healthy, found
    assert "raises nothing: targets of −100 have no loss, but a gradient" in said(found)
    assert "✓ Nothing wrong was found, nor in its gradient" in said(found)
    assert "Not tried: its `weights`; if it is a mask, say mask='weights'" in said(
        found
    )
    declared = diagnose(
        loss, gradient=lambda o, t: softmax(o) - y(o, t), ignore_index=-100
    )
    assert "gradient-of-padding" in declared.names


def test_without_padding_none_is_asked_for():
    found = diagnose(mean, gradient=p_less_y, ignore_index=None)
    assert found.healthy


def test_a_row_has_one_too():
    def one(o, t):
        return float(cross_entropy(o, t))

    assert diagnose(one).healthy


# A framework in small, whose gradient is by differences.


class Array(np.ndarray):
    __module__ = "jax"


def grad(loss):
    def measure(o):
        found = np.zeros(o.shape)
        for at in np.ndindex(o.shape):
            step = np.zeros(o.shape)
            step[at] = 1e-4
            more, less = ((o + sign * step).view(Array) for sign in (1, -1))
            found[at] = (float(loss(more)) - float(loss(less))) / 2e-4
        return found

    return measure


def vjp(loss, o):
    return loss(o), lambda above: [above * grad(loss)(o)]


@pytest.fixture
def jax(monkeypatch):
    """Arrays of 64 bits: differences need them."""
    nn = SimpleNamespace(
        softmax=lambda o, axis: softmax(o, axis=axis),
        log_softmax=lambda o, axis: log_softmax(o, axis=axis),
    )
    made = SimpleNamespace(
        numpy=SimpleNamespace(
            asarray=lambda x: np.asarray(x, dtype(x)).view(Array),
            ones_like=np.ones_like,
        ),
        nn=nn,
        vjp=vjp,
    )
    monkeypatch.setitem(sys.modules, "jax", made)
    return made


def dtype(x):
    return np.float64 if np.asarray(x).dtype.kind == "f" else int


def few(loss):
    """Refuses what takes long by differences."""

    def fewer(o, t):
        if o.size > 10_000:
            raise MemoryError
        return loss(o, t)

    return fewer


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (lambda o, t: cross_entropy(o, t).mean(), ()),
        (lambda o, t: cross_entropy(o, t), ()),
        (lambda log_p, t: -np.take_along_axis(log_p, t[..., None], -1).mean(), ()),
        (lambda p, t: -np.log(np.take_along_axis(p, t[..., None], -1)).mean(), ()),
        (lambda o, t: float(np.asarray(cross_entropy(o, t))), ()),
    ],
)
def test_the_framework_gives_it(jax, loss, names):
    asarray = jax.numpy.asarray
    found = diagnose(few(loss), to=asarray)
    assert found.names == names
    assert found.healthy, found


def test_what_comes_from_above_is_asked_for(jax, monkeypatch):
    """A backward of its own that knows the loss alone."""

    def loss(o, t):
        return cross_entropy(o, t).mean()

    def of_jax(loss, logits, times, kind, axis):
        return grad(loss)(logits)

    monkeypatch.setitem(OF, "jax", of_jax)
    found = diagnose(few(loss), to=jax.numpy.asarray)
    assert found.names == ("gradient-upstream",)


@pytest.mark.parametrize(
    ("divides", "after", "name"),
    [
        (1, lambda times: 1, "gradient-upstream"),
        (2, lambda times: 1, "gradient-upstream"),
        (1, lambda times: times, "gradient-scaled"),
    ],
)
@pytest.mark.parametrize("sequences", [False, True])
def test_of_a_mean_what_comes_from_above_is_1_by_n(
    jax, monkeypatch, divides, after, name, sequences
):
    """A backward of its own of each token’s loss, of which a mean is taken after it."""

    def loss(o, t):
        assert np.ndim(t) > sequences
        return cross_entropy(o, t).mean()

    def of_jax(loss, logits, times, kind, axis):
        n = np.asarray(logits)[..., 0].size
        return n / divides * after(times) * grad(loss)(logits)

    monkeypatch.setitem(OF, "jax", of_jax)
    found = diagnose(few(loss), to=jax.numpy.asarray)
    assert found.names == (name,)
    assert ("grad_output" in said(found)) == (name == "gradient-upstream")


class Tensor(np.ndarray):
    """As PyTorch’s, whose backward leaves what is set."""

    __module__ = "torch"
    leaves: tuple = ()
    left = None

    def detach(self):
        return self

    def clone(self):
        made = self.copy()
        Tensor.leaves = (made,)
        return made

    def cpu(self):
        return self

    def double(self):
        return np.asarray(self, float)

    def requires_grad_(self):
        self.grad = None
        return self

    def backward(self):
        if isinstance(Tensor.left, str):
            raise RuntimeError(Tensor.left)
        if Tensor.left is not None:
            Tensor.leaves[0].grad = Tensor.left


@pytest.fixture
def torch(monkeypatch):
    made = SimpleNamespace(
        tensor=lambda x: np.asarray(x).view(Tensor),
        softmax=None,
        log_softmax=None,
        Tensor=Tensor,
        as_tensor=lambda x, dtype: np.asarray(x, dtype),
    )
    monkeypatch.setitem(sys.modules, "torch", made)
    return made


def of_torch(o, t):
    return np.asarray(cross_entropy(np.asarray(o), np.asarray(t)).mean()).view(Tensor)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, "✗ The gradient is none"),
        ("element 0 does not require grad", "✗ The gradient is none"),
        (
            "modified by an inplace operation",
            "✗ The gradient is none that can be taken: backward raises batch: yours "
            "RuntimeError: modified by an inplace operation",
        ),
        (np.ones((3, 4)), "✗ The gradient is something other"),
    ],
)
def test_what_backward_leaves_is_held_against_it(torch, monkeypatch, left, words):
    monkeypatch.setattr(Tensor, "left", left)
    assert words in said(diagnose(of_torch, to=torch.tensor))


def test_who_says_that_it_has_none_is_not_blamed(torch, monkeypatch):
    monkeypatch.setattr(Tensor, "left", "element 0 does not require grad")

    def no_grad(o, t):
        return of_torch(o, t)

    found = diagnose(lambda o, t: no_grad(o, t), to=torch.tensor)
    assert found.healthy
    assert "Gives no gradient, as its code says" in said(found)


def test_a_plain_number_has_none(torch):
    found = diagnose(lambda o, t: float(of_torch(o, t)), to=torch.tensor)
    assert found.healthy, found


def test_a_gradient_is_held_as_closely_as_the_loss():
    """One entry is off by a thousandth of the largest."""

    def off(o, t):
        found = p_less_y(o, t)
        found[0, 0] += 1e-3 * np.abs(found).max()
        return found

    found = diagnose(mean, gradient=off)
    assert not found.healthy
    assert "The gradient is something other than that of the loss" in said(found)
