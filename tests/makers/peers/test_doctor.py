"""The doctor beside the frameworks: their own losses, and those that people write with
them, right and broken."""

import importlib
import re
from types import SimpleNamespace as Namespace

import numpy as np
import pytest

from xent_lib.doctor import diagnose, diagnose_step
from xent_lib.doctor._autograd import of_jax

PRECISION = {"from-zero", "masked-token", "per-sequence", "rows-alone"}


@pytest.fixture(params=["torch", "jax"])
def framework(request, peer, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    for name in ("torch", "jax", "optax", "keras"):
        peer(name)
    return request.param


MORE = {  # and those of the first
    "right_torch": "more_right_torch",
    "broken_torch": "more_broken_torch",
}


def of(kind, framework):
    name = f"{kind}_{framework}"
    module = importlib.import_module(MORE.get(name, name))
    return getattr(module, kind.upper())


def test_right_ones_are_never_blamed(framework):
    for loss, names, declared in of("right", framework):
        found = diagnose(loss, **declared)
        assert found.healthy, (loss, found)
        assert {*found.names} <= {*names, *PRECISION}, (loss, found)
        assert found.convention.startswith("Takes "), found


def test_broken_ones_are_named_or_shown(framework):
    for loss, names, declared in of("broken", framework):
        found = diagnose(loss, **declared)
        named = {*found.names} - PRECISION
        assert not found.healthy, (loss, found)
        assert named <= {*names}, (loss, found)
        assert named or "yours" in repr(found), (loss, found)


@pytest.fixture
def torch(peer):
    return peer("torch")


def test_a_layout_is_that_of_pytorch(torch):
    found = diagnose(torch.nn.functional.cross_entropy)
    assert "sequences are (B, V, T)" in found.convention
    assert found.not_tried == ()
    assert diagnose(torch.nn.CrossEntropyLoss(), to=torch.tensor).healthy


@pytest.mark.parametrize("library", ["fairseq", "transformers"])
def test_the_line_of_who_calls_a_model_works_when_copied(torch, library):
    class OfFairseq:
        def compute_loss(self, model, net_output, sample, reduce=True):
            log_p = model.get_normalized_probs(net_output, log_probs=True)
            target = model.get_targets(sample, net_output).view(-1)
            log_p = log_p.view(-1, log_p.size(-1))
            return torch.nn.functional.nll_loss(log_p, target, reduction="sum")

    class OfTransformers:
        def compute_loss(self, model, inputs, return_outputs=False):
            labels = inputs.pop("labels")
            logits = model(**inputs).logits
            rows = logits.view(-1, logits.size(-1)), labels.view(-1)
            return torch.nn.functional.cross_entropy(*rows)

    own = OfFairseq() if library == "fairseq" else OfTransformers()
    report = " ".join(repr(diagnose(own)).split())
    line = re.search(r"write diagnose\((lambda .*?)\), with", report)[1]
    found = diagnose(eval(line, {"your_object": own, "SimpleNamespace": Namespace}))
    assert found.healthy, found
    assert found.gradient, found


def test_the_gradient_may_be_on(torch):
    def loss(o, targets):
        return torch.nn.functional.cross_entropy(o.clone().requires_grad_(), targets)

    assert diagnose(loss).healthy


def test_who_calls_backward_is_given_logits_that_have_a_gradient(torch):
    def step(o, t):
        loss = torch.nn.functional.cross_entropy(o, t)
        loss.backward()
        return loss.item()

    [line] = re.findall(r"write (diagnose\(.*\))$", diagnose(step).findings[0].mend)
    found = eval(line, {"diagnose": diagnose, "step": step})
    assert found.healthy, found


def test_a_loss_that_is_infinite_may_have_a_gradient(peer):
    jax = peer("jax")
    zeros, infinite = jax.numpy.zeros((2, 3)), jax.numpy.inf
    slope = of_jax(lambda o: o.sum() + infinite, zeros, 1.0, "logits", -1)
    assert (slope == 1).all()


def test_scikit_learn_takes_probabilities(peer):
    log_loss = peer("sklearn.metrics").log_loss

    def loss(p, t):
        return log_loss(t, p, labels=range(p.shape[-1]))

    found = diagnose(loss)
    assert found.healthy, found
    assert "Takes probabilities (N, V)" in found.convention


# A step of training, in PyTorch.


def mean(torch, o, t, reduction="mean"):
    return torch.nn.functional.cross_entropy(
        o.flatten(0, 1), t.flatten(), reduction=reduction
    )


def test_a_step_of_pytorch_that_does_not_depend_on_the_split(torch):
    def step(parts):
        """As transformers does since 4.48: all parts by the tokens of all."""
        tokens = sum((t != -100).sum() for _, t in parts)
        total = 0.0
        for o, t in parts:
            loss = mean(torch, o, t, "sum") / tokens
            loss.backward()
            total += loss.detach()
        return total

    found = diagnose_step(step, to=torch.tensor)
    assert found.healthy, found
    assert found.not_tried == ()


def test_a_step_of_pytorch_that_does(torch):
    def step(parts):
        """As many did before: each part by its own tokens, then by their number."""
        losses = [mean(torch, o, t) / len(parts) for o, t in parts]
        for loss in losses:
            loss.backward()
        return sum(losses).detach()

    found = diagnose_step(step, to=torch.tensor)
    assert found.names == ("mean-of-parts",)
    assert "✗ The loss, like its gradient, is" in repr(found)


def test_a_step_may_leave_the_backward_to_the_doctor(torch):
    def step(parts):
        return sum(mean(torch, o, t) for o, t in parts)

    for to in (torch.tensor, None):  # it takes no other arrays
        assert diagnose_step(step, to=to).names == ("sum-of-parts",)


def test_a_step_of_jax_gives_its_gradients(peer):
    jax, optax = peer("jax"), peer("optax")

    def step(parts):
        logits = [jax.numpy.asarray(o) for o, _ in parts]

        def loss(logits):
            rows = [
                optax.softmax_cross_entropy_with_integer_labels(
                    o, np.maximum(t, 0), where=None
                )
                * (t != -100)
                for o, (_, t) in zip(logits, parts, strict=True)
            ]
            return sum(one.sum() for one in rows) / sum(
                (t != -100).sum() for _, t in parts
            )

        return jax.value_and_grad(loss)(logits)

    assert diagnose_step(step).healthy


@pytest.mark.parametrize("healthy", [True, False])
def test_the_line_of_a_fused_linear_loss_works_when_copied(torch, healthy):
    class Fused(torch.autograd.Function):
        """As Liger's: it makes its gradient on the way forward."""

        @staticmethod
        def forward(ctx, _input, weight, target, bias=None):
            o = _input @ weight.T
            y = torch.nn.functional.one_hot(target, len(weight))
            ctx.save_for_backward((o.softmax(-1) - y) @ weight / len(target))
            return torch.nn.functional.cross_entropy(o, target)

        @staticmethod
        def backward(ctx, from_above):
            [slope] = ctx.saved_tensors
            return slope * (from_above if healthy else 1), None, None, None

    [mend] = [one.mend for one in diagnose(Fused.apply).findings]
    line = re.search(r"write diagnose\((lambda .*?\))\), with", mend)[1]
    found = diagnose(eval(line, {"Fused": Fused, "torch": torch}))
    assert found.names == (() if healthy else ("gradient-upstream",)), found
    assert found.gradient == healthy


def test_the_line_of_who_takes_a_model_and_ids_works_when_copied(torch):
    def loss(model, batch, lengths):
        logits, targets = model(batch[:, :-1]), batch[:, 1:]
        steps = torch.arange(1, targets.shape[1] + 1)
        mask = (steps >= lengths[:, :1]) & (steps <= lengths[:, 1:])
        rows = logits.transpose(1, 2), targets
        losses = torch.nn.functional.cross_entropy(*rows, reduction="none")
        return (losses * mask).sum() / mask.sum(), mask.sum()

    [mend] = [one.mend for one in diagnose(loss).findings]
    line = re.search(r"write diagnose\((lambda .*)\)$", mend)[1]
    found = diagnose(eval(line, {"loss": loss, "torch": torch}))
    assert found.healthy, found
    assert found.gradient
