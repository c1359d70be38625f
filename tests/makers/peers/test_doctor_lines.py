"""The lines that the doctor shows, copied as they stand, beside the frameworks."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from xent_lib.doctor import diagnose


@pytest.fixture
def torch(peer):
    return peer("torch")


def copied(own, **names):
    """What the line that is shown for it finds."""
    [mend] = [one.mend for one in diagnose(own).findings]
    line = re.search(r"write (diagnose\(lambda .*?\))(?:, with|, where|$)", mend)[1]
    known = {"diagnose": diagnose, "np": np, "SimpleNamespace": SimpleNamespace}
    return eval(line, known | names)


def test_logits_may_be_cut_into_chunks(torch):
    class CEWithChunkedOutputLoss(torch.nn.Module):
        """As torchtune has it."""

        def __init__(self, num_output_chunks=8):
            super().__init__()
            self.num_output_chunks = num_output_chunks

        def forward(self, logits, labels):
            total = (labels != -100).sum()
            labels = labels.chunk(self.num_output_chunks, dim=1)
            losses = (
                torch.nn.functional.cross_entropy(
                    o.reshape(-1, o.size(-1)), t.reshape(-1), reduction="sum"
                )
                for o, t in zip(logits, labels, strict=True)
            )
            return sum(losses) / total

    own = CEWithChunkedOutputLoss(2)
    for loss in (own, own.forward, CEWithChunkedOutputLoss):
        found = copied(
            loss,
            your_loss=own,
            your_object=own,
            CEWithChunkedOutputLoss=CEWithChunkedOutputLoss,
        )
        assert found.healthy, found
        assert found.gradient


def test_places_may_come_first(torch):
    def loss(decoder_outputs, targets, target_lengths):
        T, B, V = decoder_outputs.shape
        mask = torch.arange(T)[:, None] < target_lengths[None]
        rows = decoder_outputs.view(T * B, V), targets.view(T * B)
        losses = torch.nn.functional.cross_entropy(*rows, reduction="none")
        return (losses.view(T, B) * mask).sum() / mask.sum()

    found = copied(loss, loss=loss)
    assert found.healthy, found
    assert found.gradient


def test_a_matrix_that_a_recipe_sets_may_be_the_identity(torch):
    class LinearCrossEntropyLoss(torch.nn.Module):
        """As torchtune has it."""

        def __init__(self):
            super().__init__()
            self.linear_projection = None

        def forward(self, outputs, targets):
            if self.linear_projection is None:
                raise AttributeError("forward called before update_model")
            chunks = outputs.tensor_split(2, dim=1), targets.tensor_split(2, dim=1)
            losses = (
                torch.nn.functional.cross_entropy(
                    self.linear_projection(o).flatten(0, 1), t.ravel(), reduction="sum"
                )
                for o, t in zip(*chunks, strict=True)
            )
            return sum(losses) / (targets != -100).sum()

    report = diagnose(LinearCrossEntropyLoss).findings[0].mend
    scope = {"LinearCrossEntropyLoss": LinearCrossEntropyLoss, "diagnose": diagnose}
    *before, last = report.splitlines()[1:]
    exec("\n".join(before), scope)
    found = eval(last, scope)
    assert found.healthy, found
    assert found.gradient


def test_an_array_that_is_written_into_is_of_the_framework(torch):
    def loss(out, logits, targets):
        rows = logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0]
        out += -rows

    found = copied(loss, loss=loss, torch=torch)
    assert found.healthy, found
    assert found.gradient


def test_a_mask_may_be_made_of_the_words_that_a_model_is_given(peer):
    jax = peer("jax")

    def lm_loss_fn(forward_fn, vocab_size, params, rng, data):
        """As Haiku has it."""
        logits = forward_fn(params, rng, data, True)
        y = jax.nn.one_hot(data["target"], vocab_size)
        assert logits.shape == y.shape
        mask = jax.numpy.greater(data["obs"], 0)
        loss = -jax.numpy.sum(y * jax.nn.log_softmax(logits), axis=-1)
        return jax.numpy.sum(loss * mask) / jax.numpy.sum(mask)

    found = copied(lm_loss_fn, lm_loss_fn=lm_loss_fn)
    assert found.healthy, found
    assert "a mask" in found.convention
    assert found.gradient


@pytest.mark.parametrize("made", [False, True])
def test_a_batch_may_have_one_id_more_in_rows_of_their_own(torch, made):
    class NMTLossCompute(torch.nn.Module):
        """As OpenNMT-py has it."""

        def __init__(self, criterion, generator):
            super().__init__()
            self.criterion, self.generator = criterion, generator

        def __call__(self, batch, output, attns, normalization=1.0, trunc_size=None):
            trunc_size = trunc_size or batch.tgt.size(0)
            target = batch.tgt[1:trunc_size, :, 0].view(-1)
            scores = self.generator(output.view(-1, output.size(2)))
            loss = self.criterion(scores, target)
            correct = scores.max(1)[1].eq(target).sum().item()
            return loss / float(normalization), {"correct": correct}

    own = NMTLossCompute(torch.nn.CrossEntropyLoss(), torch.nn.Identity())
    found = copied(
        own if made else NMTLossCompute,
        your_loss=own,
        NMTLossCompute=NMTLossCompute,
        torch=torch,
    )
    assert found.healthy, found
    assert found.gradient


def annotated(torch):
    """The two of the Annotated Transformer."""

    class LabelSmoothing(torch.nn.Module):
        def __init__(self, size, padding_idx, smoothing=0.0):
            super().__init__()
            self.criterion = torch.nn.KLDivLoss(reduction="sum")
            self.size, self.padding_idx = size, padding_idx
            self.smoothing = smoothing

        def forward(self, x, target):
            assert x.size(1) == self.size
            true_dist = x.data.clone()
            true_dist.fill_(self.smoothing / (self.size - 2))
            true_dist.scatter_(1, target.data.unsqueeze(1), 1 - self.smoothing)
            true_dist[:, self.padding_idx] = 0
            mask = torch.nonzero(target.data == self.padding_idx)
            if mask.dim() > 0:
                true_dist.index_fill_(0, mask.squeeze(), 0.0)
            return self.criterion(x, true_dist.clone().detach())

    class SimpleLossCompute:
        def __init__(self, generator, criterion):
            self.generator, self.criterion = generator, criterion

        def __call__(self, x, y, norm):
            x = self.generator(x)
            rows = x.contiguous().view(-1, x.size(-1))
            sloss = self.criterion(rows, y.contiguous().view(-1)) / norm
            return sloss.data * norm, sloss

    return SimpleLossCompute, LabelSmoothing


def test_what_is_trained_on_may_stand_behind_what_is_shown(torch):
    compute, smoothing = annotated(torch)

    def made(V):
        return compute(torch.nn.LogSoftmax(-1), smoothing(V, 0, 0.1))

    found = copied(made(4), made=made)
    assert found.healthy, found
    assert found.gradient
    assert found.names == ("smoothing-others",), "its padding is in the line"
    assert "mean loss, of its tuple’s [1]" in found.convention


def test_a_class_is_made_of_a_criterion_that_it_divides_once(torch):
    compute, _ = annotated(torch)
    [one] = diagnose(compute).findings
    line = one.mend.partition("such as ")[2]
    scope = {"diagnose": diagnose, "torch": torch, "SimpleLossCompute": compute}
    found = eval(line, scope)
    assert found.healthy, found
    assert 'CrossEntropyLoss(reduction="sum")' in line
    assert found.gradient


def test_a_number_for_each_sequence_is_no_part_of_a_tuple(torch):
    def by_sequence(logits, labels):
        losses = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), labels, reduction="none"
        )
        return losses.mean(-1)

    found = diagnose(by_sequence)
    assert found.healthy, found
    assert found.gradient


def test_a_tuple_of_few_rows_alone_is_none_of_many(torch):
    def loss(o, t):
        one = torch.nn.functional.cross_entropy(o, t)
        return one if len(o) > 100 else (one, 3)

    found = diagnose(loss)
    assert found.healthy, found


def test_a_step_of_several_layers_is_let_in_without_them(torch):
    nn = torch.nn

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.ln_f = nn.Embedding(9, 5), nn.LayerNorm(5)
            self.lm_head = nn.Linear(5, 9)

        def training_step(self, batch, batch_idx):
            x, y = batch
            logits = self.lm_head(self.ln_f(self.wte(x)))
            return nn.functional.cross_entropy(logits.flatten(0, -2), y.flatten())

    mend = diagnose(Small()).findings[0].mend
    layers, line = re.search(r"by (.*), and write (.*)$", mend).groups()
    scope = {"your_object": Small(), "torch": torch, "diagnose": diagnose}
    exec(layers, scope)
    assert eval(line, scope).healthy
