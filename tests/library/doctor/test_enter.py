"""Finding the way in."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, log_softmax, softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._enter import asked, enter, instance
from xent_lib.doctor._refuses import first_of
from xent_lib.doctor._ways import FRAMEWORKS, Framework, Way

PLAIN = {"to": None, "mask": None, "logits": None, "targets": None}


def entered(loss, **declared):
    functions, tried = enter(loss, PLAIN | declared, -100, ())
    return functions, first_of(tried)[0]


def test_who_is_right_in_one_way_is_called_so():
    [function, *_], _ = entered(lambda y, x: cross_entropy(x, y).mean())
    assert [role for _, role in function.way.roles] == ["targets", "logits"]
    assert function.way.kinds == ("logits",)


@pytest.mark.parametrize(
    ("of", "names", "least", "name"),
    [
        ("sum(-1).mean()", (), 1e-15, "y_pred"),
        ("sum(-1).mean()", (), 1e-7, "probs"),
        ("mean()", ("by-vocabulary",), 1e-15, "probs"),
        ("mean()", ("by-vocabulary",), 1e-7, "y_pred"),
    ],
)
def test_who_clips_what_it_takes_takes_probabilities(name, least, of, names):
    """Of ln p a clip to 1 leaves nothing, of ln p and 1 neither."""
    code = (
        f"def loss(y_true, {name}):\n"
        f" p = np.clip({name}, {least}, 1)\n"
        f" return -(np.eye(p.shape[-1])[y_true] * np.log(p)).{of}"
    )
    exec(code, scope := {"np": np})
    found = diagnose(scope["loss"])
    assert {*found.names} - {"floor"} == {*names}, found
    assert "Takes probabilities" in found.convention


def test_who_normalises_takes_no_log_probabilities():
    [function, *_], _ = entered(lambda o, t: cross_entropy(o, t).mean() + 0.1)
    assert function.way.kinds == ("logits",)
    [function, *_], _ = entered(lambda o, t: cross_entropy(2 * o - o.max(), t))
    assert function.way.kinds == ("logits",)
    [function, *_], _ = entered(lambda o, t: cross_entropy(np.tanh(o), t).mean())
    assert function.way.kinds == ("logits", "probabilities")
    [function, *_], _ = entered(lambda o, t: -o[np.arange(len(t)), t].mean())
    assert function.way.kinds == ("log-probabilities",)


def test_who_gives_arrays_of_a_framework_gets_them(monkeypatch):
    class Array(np.ndarray):
        __module__ = "jax"

    made = Framework("JAX", lambda x: np.asarray(x).view(Array))
    monkeypatch.setitem(FRAMEWORKS, "jax", made)
    [function, *_], _ = entered(
        lambda o, t: np.asarray(cross_entropy(np.asarray(o), np.asarray(t))).view(Array)
    )
    assert function.way.framework is made

    def of_numpy_alone(o, t):
        if isinstance(o, Array):
            raise TypeError
        return np.asarray(cross_entropy(o, t)).view(Array)

    [function, *_], _ = entered(of_numpy_alone)
    assert function.way.framework.name == "NumPy"


def test_a_class_is_made_if_it_needs_nothing():
    class Loss:
        def __call__(self, o, t):
            return 1.0

    class NoLoss:
        pass

    class Wants:
        def __init__(self, more):
            pass

    assert isinstance(instance(Loss), Loss)
    assert instance(NoLoss) is NoLoss
    assert instance(Wants) is Wants
    assert instance(max) is max


def test_what_one_framework_takes_is_asked_of_no_other(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(FRAMEWORKS, "torch", Framework("PyTorch", lambda x: 1 / 0))
    functions, _ = entered(lambda o, t: cross_entropy(o, t).mean() + 0.1)
    assert {one.way.framework.name for one in functions} == {"NumPy"}


def test_a_third_argument_may_be_a_mask_but_nothing_else():
    def masked(o, t, m):
        return (cross_entropy(o, t) * m).sum() / m.sum()

    def inverse(logits, labels, padding_mask):
        keep = padding_mask == 0
        return cross_entropy(logits[keep], labels[keep]).mean()

    def smoothed(o, t, eps):
        return (1 - eps.mean()) * cross_entropy(o, t).mean()

    [function, *_], _ = entered(masked)
    assert function.way.masked == "guess"
    [function, *_], _ = entered(inverse)
    assert function.way.left_out
    assert entered(smoothed)[0] == []


def test_a_mask_may_have_to_be_one_of_booleans():
    def loss(o, t, where):
        return cross_entropy(o, t)[where].mean()

    def optional(o, t, where=None):
        return loss(o, t, np.ones(t.shape, bool) if where is None else where)

    def inverted(o, t, mask):
        """Whose error says nothing of booleans."""
        return cross_entropy(o, t)[~~mask].mean()

    for one in (loss, optional, inverted):
        found = diagnose(one)
        assert found.healthy, found
        assert "a boolean mask" in found.convention


def test_a_third_argument_may_be_a_weight_of_a_loss_with_a_floor():
    def policy(action_logits, actions, advantages):
        p = np.take_along_axis(softmax(action_logits), actions[..., None], -1)[..., 0]
        return (-np.log(p + 1e-5) * advantages).mean()

    found = diagnose(policy, ignore_index=None)
    assert found.names == ("floor",)
    assert "a mask" in found.convention


@pytest.mark.parametrize(
    ("of_logits", "name"),
    [(lambda o: o / 0.8, "temperature"), (softmax, "softmax-twice")],
)
@pytest.mark.parametrize("first", [0, 1])
def test_sequences_with_ids_are_meant_before_rows_with_one_hot_targets(
    of_logits, name, first
):
    """Of rows there are as many targets as logits, where both are in one axis."""

    def loss(*given):
        o, t = given[first], given[1 - first]
        rows, t = of_logits(o.reshape(-1, *o.shape[2:])), t.reshape(-1)
        if t.shape == rows.shape:  # as PyTorch’s
            return -(t * log_softmax(rows)).sum() / len(o)
        return cross_entropy(rows, t).sum() / len(o)

    found = diagnose(loss)
    assert {*found.names} == {name, "per-sequence"}
    assert found.convention.startswith("Takes logits (B, T, V) and ids")


@pytest.mark.parametrize("share", [0, 1])
def test_of_a_number_for_each_sequence_the_mean_is_taken(share):
    def loss(logits, labels, mask):
        losses = cross_entropy(logits, labels) * mask
        losses = losses.sum(1) / (mask.sum(1) + share)
        return losses if share else (losses, "each")

    found = diagnose(loss)
    assert "a mask), and gives" in found.convention
    assert "the mean of a number for each sequence" in found.convention
    assert not found.healthy
    assert ("mean-of-means" in found.names) == (not share)


def test_who_gives_numbers_that_have_no_mean_is_not_taken():
    def loss(logits, labels):
        assert logits.ndim == 3
        return [*cross_entropy(logits, labels).mean(1)]

    assert "two sequences of 3 rows: yours 2.8227, 2.8227" in said(diagnose(loss))


def by_either(of_ids):
    """Of one-hot targets, or of ids."""

    def loss(o, t):
        log_p = log_softmax(o)
        if t.ndim == o.ndim:
            return -(t * log_p).sum(-1).mean()
        return of_ids(-np.take_along_axis(log_p, t[..., None], -1)[..., 0])

    return loss


def test_who_takes_one_hot_targets_too_is_asked_for_ids():
    found = diagnose(by_either(lambda losses: losses[:-1].mean()))
    assert found.names == ("sequence-dropped",), found
    assert "and ids, and gives" in said(found)
    assert diagnose(by_either(np.mean)).names == ()
    unknown = said(diagnose(by_either(lambda losses: losses.mean() ** 1.1)))
    assert "Of ids it gives 3.1314, not 2.8227: fix it, if it takes ids" in unknown


@pytest.mark.parametrize("shifted", [0, 1])
def test_a_shift_of_ids_alone_or_of_one_hot_targets_alone_is_a_fault(shifted):
    def loss(o, t):
        one_hot = t.ndim == o.ndim
        if one_hot == shifted:
            o, t = o[..., :-1, :], (t[..., 1:, :] if one_hot else t[..., 1:])
        return by_either(np.mean)(o, t)

    found = diagnose(loss)
    assert not found.healthy
    assert "✗ The loss is not the same of ids as of one-hot targets" in said(found)
    numbers = ("2.3198", "2.8227")[:: -1 if shifted else 1]
    both = "batch: yours {} of ids, and {} of one-hot targets".format(*numbers)
    assert both in said(found)


def test_a_shift_of_ids_and_of_one_hot_targets_is_the_same():
    def loss(o, t):
        there = t[..., 1:, :] if t.ndim == o.ndim else t[..., 1:]
        return by_either(np.mean)(o[..., :-1, :], there)

    assert diagnose(loss).names == ("shifted",)
    assert diagnose(loss).healthy


def test_one_hot_targets_that_are_taken_by_accident_are_no_fault():
    def loss(o, t):
        y = t[:, None] == np.arange(o.shape[-1])
        return -(y * log_softmax(o)).sum(-1).mean()

    assert "of ids as of" not in said(diagnose(loss))
    mean = by_either(np.mean)
    by_size = diagnose(lambda o, t: mean(o, t) * o[..., 0].size / t.size)
    assert by_size, f"as PyTorch’s sum, by t.numel(): {by_size}"


def test_ids_that_are_taken_by_accident_are_no_fault():
    def loss(o, y):
        log_p = log_softmax(o)
        return -log_p[np.arange(len(o)), y.argmax(-1)].mean()

    found = diagnose(loss)
    assert found.healthy, found
    assert "of rows of zeros it gives " in said(found)


class Tensor(np.ndarray):
    """As PyTorch’s."""

    __module__ = "torch"

    def requires_grad_(self):
        return self


def test_of_a_tuple_of_pytorch_it_is_asked_what_is_trained_on():
    def loss(o, t):
        one = cross_entropy(np.asarray(o), np.asarray(t)).mean()
        return one, 2 * one

    torch = SimpleNamespace(tensor=lambda x: np.asarray(x, float).view(Tensor))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", torch)
        way = Way(Framework("PyTorch", np.asarray))
        function, _ = asked(loss, way, "logits", -100)
    assert function.part == function.picked


TORCH = """
import numpy as np

class Tensor(np.ndarray):
    def dim(self):
        return self.ndim

    def gather(self, dim, index):
        return np.take_along_axis(self, index, dim)

def tensor(x):
    return np.asarray(x).view(Tensor)
"""


def by_methods(lprobs, target):
    """As fairseq has it, in a file that does not import torch."""
    if target.dim() == lprobs.dim() - 1:
        target = target[..., None]
    return -np.asarray(lprobs.gather(dim=-1, index=target)).mean()


@pytest.mark.parametrize("wrap", [lambda f: f, lambda f: lambda o, t: f(o, t)])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (TORCH, "(arrays of PyTorch in float32)"),
        ("raise ImportError", "It takes tensors: write diagnose({}, to=torch.tensor)"),
    ],
)
def test_who_calls_methods_of_tensors_gets_them(
    tmp_path, monkeypatch, wrap, code, words
):
    (tmp_path / "torch.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    del sys.modules["torch"]  # it is imported by need
    loss = wrap(by_methods)
    name = loss.__name__.replace("<lambda>", "f")
    assert words.format(name) in said(diagnose(loss))
