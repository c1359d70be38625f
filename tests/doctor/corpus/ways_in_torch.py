"""How a function of PyTorch is called, what refuses, and the lambda that lets it in."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from corpus.cases import case

case.of(nn.CrossEntropyLoss(), name="criterion", to=torch.tensor)


@case()
def logits_are_made_leaves(o, targets):
    return F.cross_entropy(o.clone().requires_grad_(), targets)


@case("?")
def calls_backward(o, t):
    loss = F.cross_entropy(o, t)
    loss.backward()
    return loss.item()


case.of(lambda o, t: calls_backward(o.requires_grad_(), t), name="calls_backward_leaf")


@case()
def a_number_for_each_sequence(logits, labels):
    losses = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
    return losses.mean(-1)


@case()
def tuple_of_few_rows_alone(o, t):
    loss = F.cross_entropy(o, t)
    return loss if len(o) > 100 else (loss, 3)


@case()
def gathered_by_methods(lprobs, target):
    """As in fairseq; nothing in it says torch."""
    if target.dim() == lprobs.dim() - 1:
        target = target[..., None]
    return -lprobs.gather(dim=-1, index=target).mean()


class InChunks(nn.Module):
    """As in torchtune: a list of logits, and ids that it cuts itself."""

    def __init__(self, num_output_chunks=8):
        super().__init__()
        self.num_output_chunks = num_output_chunks

    def forward(self, logits, labels):
        total = (labels != -100).sum()
        labels = labels.chunk(self.num_output_chunks, dim=1)
        losses = (
            F.cross_entropy(o.reshape(-1, o.size(-1)), t.reshape(-1), reduction="sum")
            for o, t in zip(logits, labels, strict=True)
        )
        return sum(losses) / total


case.of(InChunks(2), "?", name="in_chunks")
case.of(lambda o, t: InChunks(2)(o.chunk(2, dim=1), t), name="in_chunks_cut")


@case("?")
def places_first(decoder_outputs, targets, target_lengths):
    T, B, V = decoder_outputs.shape
    mask = torch.arange(T)[:, None] < target_lengths[None]
    rows = decoder_outputs.reshape(T * B, V), targets.reshape(T * B)
    losses = F.cross_entropy(*rows, reduction="none")
    return (losses.view(T, B) * mask).sum() / mask.sum()


case.of(
    lambda o, t, lengths: places_first(o.transpose(0, 1), t.transpose(0, 1), lengths),
    name="places_first_swapped",
)


@case("?")
class LinearCrossEntropyLoss(nn.Module):
    """As in torchtune: a recipe sets its matrix."""

    def __init__(self):
        super().__init__()
        self.linear_projection = None

    def forward(self, outputs, targets):
        if self.linear_projection is None:
            raise AttributeError("forward called before update_model")
        chunks = outputs.tensor_split(2, dim=1), targets.tensor_split(2, dim=1)
        losses = (
            F.cross_entropy(
                self.linear_projection(o).flatten(0, 1), t.ravel(), reduction="sum"
            )
            for o, t in zip(*chunks, strict=True)
        )
        return sum(losses) / (targets != -100).sum()


def by_the_identity(o, t):
    loss = LinearCrossEntropyLoss()
    loss.linear_projection = nn.Identity()
    return loss(o, t)


case.of(by_the_identity)


@case("?")
def written_out(out, logits, targets):
    out += -logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0]


def written_out_and_returned(o, t):
    out = torch.zeros(t.shape)
    written_out(out, o, t)
    return out


case.of(written_out_and_returned)


class Trainer:
    """As in transformers."""

    def compute_loss(self, model, inputs, return_outputs=False):
        labels = inputs.pop("labels")
        logits = model(**inputs)
        return F.cross_entropy(logits.view(-1, logits.size(-1)), labels.view(-1))


case.of(Trainer().compute_loss, "?", name="trainer_compute_loss")
case.of(
    lambda o, t: Trainer().compute_loss(lambda *_, **__: o, {"labels": t}),
    name="trainer_compute_loss_given",
)


class Fused(torch.autograd.Function):
    """Like Liger's: it computes its gradient on the way forward."""

    @staticmethod
    def forward(ctx, _input, weight, target, bias=None):
        o = _input @ weight.T
        y = F.one_hot(target, len(weight))
        ctx.save_for_backward((o.softmax(-1) - y) @ weight / len(target))
        return F.cross_entropy(o, target)

    @staticmethod
    def backward(ctx, from_above):
        [slope] = ctx.saved_tensors
        return slope * from_above, None, None, None


class FusedWithoutAbove(Fused):
    @staticmethod
    def backward(ctx, from_above):
        return *ctx.saved_tensors, None, None, None


case.of(Fused.apply, "?", name="fused")
case.of(
    lambda o, t: Fused.apply(o, torch.eye(o.size(-1)), t),
    "– masked-token",
    name="fused_by_identity",
)
case.of(
    lambda o, t: FusedWithoutAbove.apply(o, torch.eye(o.size(-1)), t),
    "– masked-token",
    "✗ gradient-upstream",
    name="fused_without_what_comes_from_above",
)


def one_id_more(model, batch, lengths):
    logits, targets = model(batch[:, :-1]), batch[:, 1:]
    steps = torch.arange(1, targets.shape[1] + 1)
    mask = (steps >= lengths[:, :1]) & (steps <= lengths[:, 1:])
    losses = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    return (losses * mask).sum() / mask.sum(), mask.sum()


case.of(one_id_more, "?")
case.of(
    lambda o, t, lengths: one_id_more(lambda _: o, F.pad(t, (1, 0)), lengths),
    name="one_id_more_given",
)


class LabelSmoothing(nn.Module):
    """The Annotated Transformer's."""

    def __init__(self, size, padding_idx, smoothing=0.0):
        super().__init__()
        self.criterion = nn.KLDivLoss(reduction="sum")
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
        """It returns what is shown, then what is trained on."""
        x = self.generator(x)
        rows = x.contiguous().view(-1, x.size(-1))
        sloss = self.criterion(rows, y.contiguous().view(-1)) / norm
        return sloss.data * norm, sloss


def annotated(V):
    return SimpleLossCompute(nn.LogSoftmax(-1), LabelSmoothing(V, 0, 0.1))


case.of(SimpleLossCompute, "?")
case.of(annotated(4), "?", name="annotated_transformer_for_4")
case.of(
    lambda o, t: annotated(o.size(-1))(o, t, norm=(t != 0).sum()),
    "– smoothing-others",
    name="annotated_transformer",
    ignore_index=0,
)


class Small(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self.layers(x).flatten(0, -2), y.flatten())


case.of(
    Small(nn.Embedding(9, 5), nn.LayerNorm(5), nn.Linear(5, 9)),
    "?",
    name="training_step",
)
case.of(
    lambda o, t: Small(nn.Identity()).training_step((o, t), 0),
    name="training_step_without_layers",
)


# Weights of classes, which must be given.


@case()
def class_weights(logits, targets, class_weights):
    return F.cross_entropy(logits, targets, weight=class_weights)


@case()
def weight_as_in_pytorch(input, target, weight):
    w = weight[target]
    return (w * F.cross_entropy(input, target, reduction="none")).sum() / w.sum()


@case("– weights-by-count")
def class_weights_by_count(logits, targets, class_weights):
    return F.cross_entropy(
        logits, targets, weight=class_weights, reduction="none"
    ).mean()


@case()
def hands_on_its_ignore_index(scores, target, ignore_index=None, reduction="mean"):
    ln_p = F.log_softmax(scores, -1, dtype=torch.float32)
    return F.nll_loss(ln_p, target, ignore_index=ignore_index, reduction=reduction)


@case("?")
def divergence_from_logits_of_another_model(logits, target_logits):
    q = F.softmax(target_logits, -1)
    return F.kl_div(F.log_softmax(logits, -1), q, reduction="none").sum(-1)


@case("?")
def preference(ref_log_probs, policy_log_probs, mask, beta):
    gain = ((policy_log_probs - ref_log_probs) * mask).sum(-1)
    chosen, rejected = gain.chunk(2)
    return -F.logsigmoid(beta * (chosen - rejected)).mean()


def compiles(graph, inputs):
    raise RuntimeError("compiled, for each shape anew")


case.of(torch.compile(F.cross_entropy, backend=compiles), name="compiled")
case.of(torch.compile(nn.CrossEntropyLoss(), backend=compiles), name="compiled_module")


@case("?")
def labels_and_mask(output, labels):
    """As in GPT-NeoX: its labels are a pair."""
    labels, mask = labels[0], labels[1]
    losses = F.cross_entropy(output.flatten(0, 1), labels.flatten(), reduction="none")
    return (losses * mask.flatten()).sum() / mask.sum()
