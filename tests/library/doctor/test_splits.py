"""The whole step: as one batch, as micro-batches, as ranks of unequal work."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, cross_entropy_grad
from xent_lib.doctor import diagnose_step
from xent_lib.doctor._faults_of_splits import OF_SPLITS
from xent_lib.doctor._splits import SPLITS, gradient_of, padded


def sums(parts):
    return [cross_entropy(o, t, reduction="sum", ignore_index=-100) for o, t in parts]


def counts(parts):
    return [(t != -100).sum() for _, t in parts]


def means(parts):
    return np.divide(sums(parts), counts(parts))


def right(parts):
    return sum(sums(parts)) / sum(counts(parts))


def slopes(parts, times):
    each = np.broadcast_to(times, len(parts))
    return [
        k * cross_entropy_grad(o, t, ignore_index=-100)
        for k, (o, t) in zip(each, parts, strict=True)
    ]


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (lambda parts: means(parts).mean(), "mean-of-parts"),
        (lambda parts: means(parts).sum(), "sum-of-parts"),
        (
            lambda parts: np.average(means(parts), weights=[len(t) for _, t in parts]),
            "parts-by-sequences",
        ),
        (
            lambda parts: sum(sums(parts)) / sum(t.size for _, t in parts),
            "parts-by-places",
        ),
        (lambda parts: right(parts) / len(parts), "divided-twice"),
        (lambda parts: sum(sums(parts)) / len(parts), "parts-summed"),
        (lambda parts: means(parts)[-1], "last-part"),
        (lambda parts: sums(parts)[-1] / sum(counts(parts)), "last-part"),
        (lambda parts: right(parts) * len(parts), "average-count"),
        (lambda parts: sum(sums(parts)) / counts(parts)[0], "first-count"),
        (
            lambda parts: sum(sums(parts)) / counts(parts)[0] / len(parts),
            "first-count",
        ),
    ],
)
def test_a_loss_that_depends_on_the_split_is_named(step, name):
    found = diagnose_step(step)
    assert found.names == (name,)
    assert not found.healthy
    assert "unequal ranks: yours" in said(found)
    assert "the gradient, since it gives none" in said(found)


@pytest.mark.parametrize(
    ("step", "how"),
    [
        (right, "mean"),
        (lambda parts: sum(sums(parts)), "sum"),
        (
            lambda parts: sum(sums(parts)) / sum(len(t) for _, t in parts),
            "loss a sequence",
        ),
        (lambda parts: (right(parts), slopes(parts, 1 / sum(counts(parts)))), "mean"),
    ],
)
def test_what_does_not_is_healthy(step, how):
    found = diagnose_step(step)
    assert found.healthy, found
    assert found.convention == f"Takes a list of parts, and gives the {how}"


def one_each(parts):
    return [(o[[i]], t[[i]]) for o, t in parts for i in range(len(t))]


def test_a_mean_of_the_sequences_means_is_named_and_may_be_meant():
    def step(parts):
        each = one_each(parts)
        times = 1 / np.array(counts(each)) / len(each)
        slope = [x.ravel() for x in slopes(each, times)]
        return means(each).mean(), [np.concatenate(slope)]

    found = diagnose_step(step)
    assert found.names == ("mean-of-means",)
    assert "✗ The loss, like its gradient, is a mean of the sequences’ m" in said(found)
    assert diagnose_step(lambda parts: step(parts)[0]).names == found.names
    assert diagnose_step(step, allow=["mean-of-means"]).healthy
    with pytest.raises(ValueError, match="allow must be a list of names"):
        diagnose_step(step, allow=["mean-of-mean"])


def test_a_gradient_that_depends_on_it_is_named():
    def step(parts):
        return right(parts), slopes(parts, 1 / np.array(counts(parts)) / len(parts))

    found = diagnose_step(step)
    assert found.names == ("mean-of-parts",)
    assert "✗ The gradient is a mean of the parts’ means" in said(found)


@pytest.mark.parametrize(
    ("times", "what"),
    [
        (lambda n: 1 / (n * len(n)), "a mean of the parts’ means"),
        (lambda n: 8 / (n * len(n)), "something other than that of one batch"),
        (lambda n: 8 / n.sum() + 0 * n, "8 times what it should be"),
    ],
)
def test_what_loss_and_gradient_have_in_common_is_told_once(times, what):
    def step(parts):
        each = times(np.array(counts(parts)))
        return each @ np.array(sums(parts)), slopes(parts, each)

    found = diagnose_step(step)
    assert len(found.findings) == 1
    assert f"✗ The loss, like its gradient, is {what}" in said(found)


def test_what_they_have_not_is_told_of_each():
    def step(parts):
        return means(parts).mean(), slopes(parts, 1.0 / counts(parts)[0])

    found = diagnose_step(step)
    assert [one.subject for one in found.findings] == ["The loss is", "The gradient is"]


def test_what_no_fault_explains_has_its_numbers():
    found = diagnose_step(lambda parts: right(parts) * len(parts) ** 0.5)
    assert found.names == ()
    assert "micro-batches: yours" in said(found)
    found = diagnose_step(lambda parts: right(parts) + 1)
    assert "one batch: yours" in said(found)


def test_what_raises_is_told():
    found = diagnose_step(lambda parts: parts[1])
    assert "one batch: yours IndexError" in said(found)
    with pytest.raises(TypeError, match="step must be a function of a list of parts"):
        diagnose_step(1.5)


def test_parts_are_padded_to_their_own_longest():
    parts = padded(SPLITS["unequal ranks"], 0)
    assert [t.shape for _, t in parts] == [(4, 7), (2, 2)]
    tokens = {name: sum(counts(padded(rows, -100))) for name, rows in SPLITS.items()}
    assert set(tokens.values()) == {23}


def test_what_it_writes_into_is_a_copy():
    def step(parts):
        for o, _ in parts:
            o += 1
        return right(parts)

    assert diagnose_step(step).healthy


class Tensor(np.ndarray):
    """As PyTorch’s, whose backward leaves what is set."""

    __module__ = "torch"
    left = None
    leaves: tuple = ()

    def requires_grad_(self):
        self.grad = None

    def detach(self):
        return self

    def cpu(self):
        return self

    def double(self):
        return np.asarray(self, float)

    def backward(self):
        for leaf, one in zip(Tensor.leaves, Tensor.left or (), strict=False):
            leaf.grad = one.reshape(leaf.shape).view(Tensor)


@pytest.mark.parametrize("calls", [True, False])
@pytest.mark.parametrize("healthy", [True, False])
def test_of_tensors_it_is_what_backward_leaves(calls, healthy):
    def step(parts):
        given = [(np.asarray(o, float), np.asarray(t)) for o, t in parts]
        Tensor.leaves = tuple(o for o, _ in parts)
        times = 1 / sum(counts(given)) if healthy else 1.0 / counts(given)[0]
        Tensor.left = slopes(given, times) if healthy or len(parts) > 1 else None
        loss = np.asarray(right(given)).view(Tensor)
        if calls:
            loss.backward()
        return loss

    found = diagnose_step(step, to=lambda x: np.asarray(x).view(Tensor))
    assert found.healthy == healthy, found


def test_a_gradient_has_a_number_for_each_logit():
    given = padded(SPLITS["micro-batches"], -100)
    found = gradient_of(OF_SPLITS[0].run, given, -100)
    assert found.size == sum(o.size for o, _ in given)


def test_who_takes_no_arrays_of_numpy_is_told_of_to():
    def step(parts):
        return sum(o.size(-1) for o, _ in parts)

    assert "such as to=torch.tensor" in " ".join(repr(diagnose_step(step)).split())
    assert "such as to=" not in repr(diagnose_step(step, to=np.asarray))


@pytest.mark.parametrize("fails", [False, True])
def test_who_takes_no_arrays_of_numpy_is_given_those_that_it_names(monkeypatch, fails):
    def step(parts):
        """What it is called by."""
        if fails or not isinstance(parts[0][0], Tensor):
            raise TypeError(type(parts[0][0]).__name__)
        given = [(np.asarray(o, float), np.asarray(t)) for o, t in parts]
        Tensor.leaves = tuple(o for o, _ in parts)
        Tensor.left = slopes(given, 1 / sum(counts(given)))
        torch.tensor(right(given)).backward()
        return right(given)

    torch = SimpleNamespace(tensor=lambda x: np.asarray(x).view(Tensor))
    monkeypatch.setitem(sys.modules, "torch", torch)
    found = diagnose_step(step)
    report = " ".join(repr(found).split())
    if fails:
        assert "one batch: yours TypeError: Tensor" in report, "not that of NumPy's"
        assert "It was given arrays of PyTorch: if it takes others, say to=" in report
    else:
        assert found.convention == (
            "Takes a list of parts (arrays of PyTorch in float32), and gives the mean"
        )
        assert found.healthy, report
        assert found.gradient, report


def test_the_loss_may_stand_in_a_dict():
    """As Lightning has it."""
    found = diagnose_step(lambda parts: {"log": {}, "loss": right(parts)})
    assert found.healthy, found
    assert "gives the mean" in found.convention
