"""What is called in no way, and, where there is one, the lambda that lets it in."""

import functools
import math
from types import SimpleNamespace

import numpy as np

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy, log_softmax, softmax

# Errors of its own.


@case("?")
def divides_by_0(logits, targets):
    return 1 / 0


@case("?")
def misspelt(o, t):
    return np.mean(losess)  # noqa: F821


@case("?")
def index_of_another_shape(o, t):
    return np.take_along_axis(o, t, axis=-1)


@case("?")
def no_such_attribute(logits, labels):
    USE_CUDA = logits.nowhere
    return USE_CUDA


@case("?")
def long_error(o, t):
    raise ValueError("no " * 9000)


case.of(lambda o, t: o[5, 5], "?", name="index_beyond")
case.of(lambda o, t: o.logits, "?", name="logits_of_an_output")
case.of(lambda o, t: {"x": t}["rows"], "?", name="key_of_its_own")
case.of(lambda o, t: {}["loss"], "?", name="no_such_key")
case.of(lambda o, t: [0][9], "?", name="index_of_its_own")
case.of(lambda lprobs, t, eps: lprobs[t.dim()], "?", name="methods_of_tensors")


def raising(error):
    """Raises an error of what a loss needs around it."""

    def loss(logits, labels):
        raise error

    return loss


case.of(raising(NameError("Found an unbound axis name: dp")), "?", name="unbound_axis")
case.of(
    raising(ValueError("Default process group has not been initialized, please")),
    "?",
    name="no_process_group",
)
case.of(raising(RuntimeError("No CUDA GPUs are available")), "?", name="no_gpu")
case.of(
    raising(RuntimeError("element 0 of tensors does not require grad and does not")),
    "?",
    name="no_leaf",
)


@case("?")
def no_leaf_by_keywords(*, o, t):
    raise RuntimeError("element 0 of tensors does not require grad")


# No loss of logits and targets.


case.of(max, "?")
case.of(softmax, "?")
case.of(lambda: 0, "?", name="no_argument")
case.of(lambda o: 0, "?", name="one_argument")
case.of(functools.partial, "?", name="a_class_of_functions")


@case("?")
class NoLoss:
    pass


@case("?")
class WantsWeight:
    def __init__(self, weight):
        self.weight = weight


@case("?")
class NeverMade:
    def __init__(self, num_classes, weight, eos=0.1, *rest, **more):
        raise TypeError("never made")

    def __call__(self, o, t):
        return cross_entropy(o, t).mean()


@case("?")
def gradient_and_hessian(predt, labels):
    """An objective as XGBoost wants it."""
    p = softmax(predt)
    return p - np.eye(predt.shape[-1])[labels], 2 * p * (1 - p)


# Arguments whose meaning no name says.


case.of(lambda o, t, z_loss: 0, "?", name="zero_and_z_loss")
case.of(lambda o, t, eps: 0, "?", name="zero_and_eps")
case.of(lambda o, t, a, b, c: 0, "?", name="zero_and_three")
case.of(lambda state, batch, optimizer, rng: 0, "?", name="state_of_training")
case.of(lambda o, t, m: float(m.sum()), "?", name="sum_of_its_third")


@case("?")
def smoothing_is_required(o, t, eps):
    return (1 - eps.mean()) * cross_entropy(o, t).mean()


@case("?")
def divided_by_eps(o, t, eps):
    return cross_entropy(o, t).mean() / eps


@case("?")
def neither_mask(o, t, where):
    raise TypeError(f"bool or {where.dtype}: neither")


def mask_and_device(o, t, mask, device):
    return cross_entropy(o, t)[~~mask].mean()


case.of(mask_and_device, "?")
case.of(
    lambda o, t, mask: mask_and_device(o, t, mask=mask, device=None),
    name="mask_without_a_device",
)


@case("?")
def label_mask_and_an_error(logits, labels, label_mask):
    raise RuntimeError(f"{logits.ndim} dimensions")


@case("?")
def valid_len_and_an_error(logits, labels, valid_len):
    raise RuntimeError


@case("?")
def max_len_and_an_error(o, t, max_len):
    raise RuntimeError


@case("?")
def rows_alone_are_refused(logits, labels, given):
    assert logits.ndim == 3
    return 5 * given.sum()


@case("✗ scaled", "✗")
def two_numbers_of_two_sequences(logits, labels):
    if logits.ndim != 3:
        raise ValueError("sequences")
    return cross_entropy(logits, labels).mean(1) * [1, 2]


case.of(
    lambda o, t: two_numbers_of_two_sequences(o, t).mean(),
    "✗ scaled",
    "✗",
    name="mean_of_two_numbers",
)


def per_byte(logits, targets, token_bytes):
    """As in nanochat: how many bytes each token of the vocabulary has."""
    return rows(logits, targets).sum() / token_bytes[targets].sum()


case.of(per_byte, "?")
case.of(
    lambda o, t: per_byte(o, t, token_bytes=np.ones(o.shape[-1])),
    name="per_byte_of_ones",
)


def t5x(logits, targets, z_loss):
    log_p = log_softmax(logits)
    return z_loss * (logits - log_p)[..., 0] ** 2 - (targets * log_p).sum(-1)


case.of(t5x, "– masked-token")
case.of(lambda o, t: t5x(o, t, z_loss=0), "– masked-token", name="t5x_without_z_loss")


@case()
def smoothing_first_divided(lprobs, target, epsilon, ignore_index=None, reduce=True):
    """As in fairseq, of ln p."""
    losses, every = -pick(lprobs, target), -lprobs.sum(axis=-1)
    if reduce:
        losses, every = losses.sum(), every.sum()
    share = epsilon / (lprobs.shape[-1] - 1)
    return (1 - epsilon - share) * losses + share * every, losses


# More axes, or axes in another order.


class Segmentation:
    def CrossEntropyLoss(self, logit, target):
        n, c, h, w = logit.shape
        assert c > 1
        assert target.shape == (n, h, w)
        return cross_entropy(np.moveaxis(logit, 1, -1), target).mean()


class InForward(Segmentation):
    def forward(self, logit, target):
        return self.CrossEntropyLoss(logit, target)


case.of(Segmentation().CrossEntropyLoss, "?", name="images_by_a_method")
case.of(InForward(), "?", name="images_by_a_forward_made")
case.of(InForward, "?", name="images_by_a_forward")
case.of(
    lambda o, t: InForward().forward(o.swapaxes(1, 2)[..., None], t[..., None]),
    name="images_of_one_column",
)


def last_head(o, t):
    _, _, heads, _ = o.shape
    return cross_entropy(o[:, :, heads - 1], t).mean()


case.of(last_head, "?")
case.of(lambda o, t: last_head(o[:, :, None], t), name="one_head")


@case("?")
def list_of_heads(logits_list, labels):
    each = (cross_entropy(o.reshape(-1, o.shape[-1]), labels) for o in logits_list)
    return sum(one.mean() for one in each) / len(logits_list)


case.of(lambda o, t: list_of_heads([o, o], t), name="list_of_heads_given")


@case("?")
def two_heads(logits, labels):
    first, second = logits
    assert first.ndim > 1
    return cross_entropy(first, labels).sum() + cross_entropy(second, labels).sum()


case.of(lambda o, t: two_heads([o, o], t), "✗ scaled", name="two_heads_given")


@case("?")
def places_first(logits, labels, loss_mask):
    """As in Megatron: logits (T, B, V), labels (B, T)."""
    losses = rows(logits, labels.transpose(1, 0))
    return (losses.T * loss_mask).sum() / loss_mask.sum()


case.of(
    lambda o, t, mask: places_first(o.swapaxes(0, 1), t, loss_mask=mask),
    name="places_first_swapped",
)


@case("?")
def places_first_alone(logits, labels):
    return rows(logits, labels.transpose(1, 0)).mean()


case.of(
    lambda o, t: places_first_alone(o.swapaxes(0, 1), t),
    name="places_first_alone_swapped",
)


@case("?")
def places_first_of_all(decoder_outputs, targets, target_lengths):
    """Its ids are (T, B), too; given (B, T), it would pair logits with other ids."""
    T, B, V = decoder_outputs.shape
    mask = np.arange(T)[:, None] < target_lengths[None]
    losses = rows(decoder_outputs.reshape(-1, V), targets.reshape(-1))
    return (losses.reshape(T, B) * mask).sum() / mask.sum()


case.of(
    lambda o, t, lengths: places_first_of_all(
        o.swapaxes(0, 1), t.swapaxes(0, 1), target_lengths=lengths
    ),
    name="places_first_of_all_swapped",
)


@case("?")
def places_first_and_wrong(logits, labels):
    return places_first_alone(logits, labels) / np.log(2) + 1


case.of(
    lambda o, t: places_first_and_wrong(o.swapaxes(0, 1), t),
    "✗",
    name="places_first_and_wrong_swapped",
)


class InChunks:
    """As in torchtune: a list of logits, and ids that it cuts itself."""

    def __init__(self, num_output_chunks=2):
        self.num_output_chunks = num_output_chunks

    def compute(self, logits, labels):
        assert isinstance(logits, list)
        labels = np.array_split(labels, self.num_output_chunks, axis=1)
        pairs = zip(logits, labels, strict=True)
        return sum(rows(o, t).sum() for o, t in pairs) / sum(t.size for t in labels)

    __call__ = compute


case.of(InChunks, "?")
case.of(InChunks(3).compute, "?", name="in_three_chunks")
case.of(
    lambda o, t: InChunks(3)(np.array_split(o, 3, axis=1), t),
    name="in_three_chunks_cut",
)


# Made for one vocabulary.


class Fixed:
    """Its head has so many tokens."""

    def __init__(self, V):
        self.V = V

    def __call__(self, o, t):
        return cross_entropy(o.reshape(-1, self.V), t.reshape(-1)).mean()


def fixed(V):
    return lambda o, t: Fixed(V)(o, t)


def in_sequences(V):
    def loss(logits, labels):
        B, T, _ = logits.shape
        return cross_entropy(logits.reshape(B, T, V), labels).mean()

    return loss


def weighted(V):
    weights = np.array((V * [1.0, 2.0, 0.5, 1.0, 3.0])[:V])

    def loss(o, t):
        if len(weights) != o.shape[-1]:
            raise RuntimeError(f"weight of shape {len(weights)}")
        w = weights[t]
        return (w * cross_entropy(o, t)).sum() / w.sum()

    return loss


for V in (4, 5, 50_257):
    case.of(Fixed(V), "?", name=f"fixed_to_{V}")
    case.of(fixed(V), "?", name=f"lambda_fixed_to_{V}")
    case.of(in_sequences(V), "?", name=f"sequences_fixed_to_{V}")
for V in (5, 50_257):
    case.of(weighted(V), "?", name=f"weights_of_{V}_classes")
case.of(lambda o, t: Fixed(o.shape[-1])(o, t), name="fixed_to_any")
case.of(lambda o, t: in_sequences(o.shape[-1])(o, t), name="sequences_fixed_to_any")
case.of(
    lambda o, t: weighted(o.shape[-1])(o, t),
    "– class-weights",
    name="weights_of_any_classes",
)


class SmoothedRow:
    """As in OpenNMT: the smoothed rest of each target is a row of V entries."""

    def __init__(self, V):
        self.one_hot = np.full((1, V), 0.1 / (V - 1))

    def __call__(self, o, t):
        y = np.repeat(self.one_hot, len(t), 0)
        np.put_along_axis(y, t[:, None], 0.9, 1)
        return -(y * log_softmax(o)).sum()


case.of(SmoothedRow(13), "?", name="smoothed_row_of_13")
case.of(
    lambda o, t: SmoothedRow(o.shape[-1])(o, t),
    "– smoothing-others",
    name="smoothed_row_of_any",
)


class Shifted:
    """As in older transformers; the shift leaves nothing of one row."""

    def __init__(self, V):
        self.config = SimpleNamespace(vocab_size=V)

    def compute_loss(self, logits, labels):
        o = logits[..., :-1, :].reshape(-1, self.config.vocab_size)
        return rows(o, labels[..., 1:].reshape(-1)).mean()


for V in (5, 7, 32_000):
    case.of(Shifted(V).compute_loss, "?", name=f"shifted_for_{V}")
case.of(
    lambda o, t: Shifted(o.shape[-1]).compute_loss(o, t),
    "– shifted",
    name="shifted_for_any",
)


class OwnMatrix:
    """As in torchtune: it makes logits of 32 tokens from rows of 16 itself."""

    def __init__(self, weight):
        self.projection = SimpleNamespace(weight=weight)

    def __call__(self, outputs, targets):
        weight = self.projection.weight
        if outputs.shape[-1] != weight.shape[1]:
            raise ValueError("another size of hidden states")
        return cross_entropy(outputs @ weight.T, targets).mean()


case.of(OwnMatrix(np.ones((32, 16))), "?", name="own_matrix")
case.of(
    lambda o, t: OwnMatrix(np.eye(o.shape[-1]))(o, t),
    "– masked-token",
    name="own_identity",
)


@case("?")
class LabelSmoothing:
    def __init__(self, classes, smoothing=0.1):
        self.classes, self.smoothing = classes, smoothing

    def __call__(self, pred, target):
        y = np.full(pred.shape, self.smoothing / (self.classes - 1))
        y[np.arange(len(target)), target] = 1 - self.smoothing
        return (-y * log_softmax(pred)).sum(-1).mean()


case.of(
    lambda o, t: LabelSmoothing(classes=o.shape[-1])(o, t),
    "– smoothing-others",
    name="label_smoothing_for_any",
)


@case("?")
class PaddedSmoothing:
    """It wants a number of padding and a smoothing above 0."""

    def __init__(self, size, padding_idx, smoothing):
        assert 0 < smoothing < 1
        self.size, self.padding_idx, self.smoothing = size, padding_idx, smoothing

    def forward(self, o, t):
        assert o.shape[-1] == self.size
        y = np.full(o.shape, self.smoothing / (self.size - 2))
        y[np.arange(len(t)), t] = 1 - self.smoothing
        y[:, self.padding_idx] = 0
        y[t == self.padding_idx] = 0
        return (-y * log_softmax(o)).sum()


case.of(
    lambda o, t: PaddedSmoothing(
        size=o.shape[-1], padding_idx=0, smoothing=0.1
    ).forward(o, t),
    "– token-ignored",
    "– smoothing-others",
    name="padded_smoothing_for_any",
)


class CriterionOfToken0:
    ignore_index = 0

    def __call__(self, o, t):
        return np.where(t != 0, cross_entropy(o, t), 0).sum()


class LossCompute:
    """Divides by what it is given, as the Annotated Transformer does."""

    def __init__(self, size, criterion):
        self.size, self.criterion = size, criterion

    def __call__(self, x, y, norm):
        assert x.shape[-1] == self.size
        x = x.reshape(-1, self.size)
        return self.criterion(x, y.reshape(-1)) / norm


case.of(LossCompute(4, CriterionOfToken0()), "?", name="loss_compute_for_4")
case.of(
    lambda o, t: LossCompute(o.shape[-1], CriterionOfToken0())(
        o, t, norm=(t != 0).sum()
    ),
    name="loss_compute_for_any",
    ignore_index=0,
)


# Hidden states and a matrix.


@case("?")
def fused_in_chunks(hidden, weight, labels):
    """Given logits (V, N), one-hot targets and a mask, it returns a number."""
    hidden, labels = hidden.reshape(-1, hidden.shape[-1]), labels.ravel()
    total = 0
    for i in range(0, len(hidden), 2):
        y = labels[i : i + 2]
        log_p = np.log(softmax(hidden[i : i + 2] @ weight.T))
        by_p = y.dtype.kind == "f"
        total -= np.vdot(log_p, y) if by_p else log_p[np.arange(len(y)), y].sum()
    return total / labels.size


@case("?")
def cs231n_softmax_loss(W, X, y, reg):
    p = softmax(X.dot(W))
    losses = -np.log(p[np.arange(len(y)), y])
    return losses.mean() + reg * (W * W).sum(), X.T.dot(p - np.eye(len(W))[y])


case.of(
    lambda o, t: cs231n_softmax_loss(W=np.eye(o.shape[-1]), X=o, y=t, reg=0),
    "– log-of-softmax",
    "– masked-token",
    name="cs231n_softmax_loss_by_the_identity",
)


@case("?")
def cs231n_whose_gradient_is_not_divided(W, X, y, reg):
    scores = X.dot(W)
    if scores.ndim != 2 or np.ndim(y) != 1:
        raise ValueError("(N, D), (D, V) and (N,)")
    dW = X.T.dot(softmax(scores) - np.eye(W.shape[1])[y]) + reg * W
    return cross_entropy(scores, y).mean() + reg * (W * W).sum(), dW


case.of(
    lambda o, t: cs231n_whose_gradient_is_not_divided(o, X=np.eye(len(o)), y=t, reg=0),
    "– masked-token",
    "✗ gradient-scaled",
    name="cs231n_whose_gradient_is_not_divided_by_the_identity",
)


def by_scores(scores, y):
    if scores.ndim != 2 or np.ndim(y) != 1 or np.asarray(y).dtype.kind == "f":
        raise ValueError("(N, V) and (N,)")
    return cross_entropy(scores, y).mean()


case.of(lambda W, X, y: by_scores(X.dot(W), y), "?", name="matrix_first")
case.of(lambda X, W, y: by_scores(X.dot(W), y), "?", name="matrix_second")
case.of(lambda X, y, theta: by_scores(X @ theta, y), "?", name="matrix_third")
case.of(
    lambda e, c, targets: by_scores(e @ c.T, targets), "?", name="matrix_of_classes"
)
case.of(lambda x, w, y: by_scores(x @ w.T, y), "?", name="matrix_turned")
case.of(
    lambda lin_weight, _input, target: by_scores(_input @ lin_weight.T, target),
    "?",
    name="lin_weight",
)
case.of(
    lambda wordVec, wordIdx, outsideVectors: by_scores(
        wordVec @ outsideVectors.T, wordIdx
    ),
    "?",
    name="outside_vectors",
)
case.of(
    lambda *, x, weight, target: by_scores(x @ weight.T, target),
    "?",
    name="matrix_by_keyword",
)
case.of(
    lambda o, t: by_scores(o @ np.eye(o.shape[-1]).T, t),
    "– masked-token",
    name="matrix_is_the_identity",
)


class Fused:
    """Like PyTorch's autograd.Function: it is applied to positional arguments."""

    @classmethod
    def apply(cls, *given):
        return cls.forward(None, *given)

    @staticmethod
    def forward(ctx, input, weight, target, bias):
        return cross_entropy(input @ weight.T + bias, target).mean()

    def backward(ctx, grad_output):
        """Not needed here."""


case.of(Fused, "?")
case.of(
    lambda o, t: Fused.apply(o, np.eye(o.shape[-1]), t, np.zeros(o.shape[-1])),
    "– masked-token",
    name="fused_by_the_identity",
)


# Arrays and numbers of a class of its own.


class Tensor:
    """A tensor class as people write it, with some of PyTorch's methods."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def log_softmax(self):
        return Tensor(log_softmax(self.data))

    def mean(self):
        return Tensor(self.data.mean())


@case("?")
def tensors_of_its_own(logits, targets):
    o, t = logits.log_softmax().data, targets.data
    return Tensor(-pick(o, t)).mean()


class Value:
    """A number that knows its gradient, as in micrograd."""

    def __init__(self, data):
        self.data = float(data)

    def __sub__(self, other):
        return Value(self.data - other)

    def __mul__(self, other):
        return Value(self.data * other)

    def exp(self):
        return Value(math.exp(self.data))


@case("?")
def values_of_one_row(logits, target):
    top = max(one.data for one in logits)
    total = sum((one - top).exp().data for one in logits)
    return (logits[target] - top - math.log(total)) * -1


case.of(
    lambda o, t: values_of_one_row([Value(x) for x in o.tolist()], int(t)),
    name="values_of_one_row_made",
)


# Written into an argument.


@case("?")
def llm_c(losses, probs, targets, B, T, V):
    for b, t in np.ndindex(B, T):
        losses[b, t] = -np.log(probs[b, t, targets[b, t]])


@case("?")
def written_out(logits, labels, out):
    out[:] = rows(logits, labels)


def written_out_and_returned(o, t):
    out = np.zeros(t.shape)
    written_out(o, t, out)
    return out


case.of(written_out_and_returned)


# Dicts, tuples and models.


@case("?")
def batch_of_keys(batch, batch_idx):
    return cross_entropy(batch["logits"], batch["y"]).mean()


case.of(
    lambda o, t: batch_of_keys({"logits": o, "y": t}, batch_idx=0),
    name="batch_of_keys_given",
)


@case("?")
def output_and_batch(model_out, batch):
    return cross_entropy(model_out["logits"], batch.pop("labels")).mean()


case.of(
    lambda o, t: output_and_batch({"logits": o}, {"labels": t}),
    name="output_and_batch_given",
)


@case("?")
def batch_of_a_pair(batch, batch_idx):
    x, y = batch
    assert y.ndim == 1
    return cross_entropy(x, y).mean()


case.of(lambda o, t: batch_of_a_pair((o, t), batch_idx=0), name="batch_of_a_pair_given")


@case("?")
def any_keyword(**batch):
    return cross_entropy(batch["logits"], batch["labels"]).mean()


case.of(lambda o, t: any_keyword(logits=o, labels=t), name="any_keyword_given")


@case("?")
def labels_and_their_mask(output, labels):
    labels, loss_mask = labels[0], labels[1]
    assert labels.ndim == 2
    return (cross_entropy(output, labels) * loss_mask).sum() / loss_mask.sum()


case.of(
    lambda o, t, mask: labels_and_their_mask(o, (t, mask)),
    name="labels_and_their_mask_given",
)


@case("?")
def maxtext_data(logits, data):
    V = logits.shape[-1]
    losses = cross_entropy(logits.reshape(-1, V), data["targets"].ravel())
    kept = data["targets_segmentation"].ravel() != 0
    return (losses * kept).sum() / kept.sum()


case.of(
    lambda o, t, targets_segmentation: maxtext_data(
        o, {"targets": t, "targets_segmentation": targets_segmentation}
    ),
    name="maxtext_data_given",
)


@case("?")
def haiku(forward_fn, vocab_size, params, rng, data):
    """Its inputs are its mask, too: 0 is padding."""
    logits = forward_fn(params, rng, data, True)
    y = np.eye(vocab_size)[data["target"]]
    assert logits.shape == y.shape
    mask = data["obs"] > 0
    return -((y * log_softmax(logits)).sum(-1) * mask).sum() / mask.sum()


case.of(
    lambda o, t, mask: haiku(
        lambda *_, **__: o, o.shape[-1], None, None, {"target": t, "obs": mask}
    ),
    "– masked-token",
    name="haiku_given",
)


class Trainer:
    """As in transformers."""

    def compute_loss(self, model, inputs, return_outputs=False):
        labels = inputs.pop("labels") if "labels" in inputs else None
        outputs = model(**inputs)
        loss = cross_entropy(outputs.get("logits"), labels).mean()
        return (loss, outputs) if return_outputs else loss


case.of(Trainer().compute_loss, "?", name="trainer_compute_loss")
case.of(
    lambda o, t: Trainer().compute_loss(lambda *_, **__: {"logits": o}, {"labels": t}),
    name="trainer_compute_loss_given",
)


class TrainerOfItems(Trainer):
    def compute_loss(self, model, inputs, num_items_in_batch=None):
        loss = super().compute_loss(model, inputs)
        return loss if num_items_in_batch is None else loss / num_items_in_batch


case.of(
    lambda o, t, num_items_in_batch=None: TrainerOfItems().compute_loss(
        lambda *_, **__: {"logits": o}, {"labels": t}, num_items_in_batch
    ),
    "✗ divided-twice",
    name="trainer_of_items_given",
)


class Criterion:
    """As in fairseq."""

    def __call__(self, model, sample):
        output = model(**sample["net_input"])
        return self.compute_loss(model, output, sample)

    def compute_loss(self, model, net_output, sample, reduce=True):
        log_p = model.get_normalized_probs(net_output, log_probs=True)
        target = model.get_targets(sample, net_output)
        return -pick(log_p, target).mean()


case.of(Criterion(), "?", name="fairseq_criterion")
case.of(
    lambda o, t: Criterion().compute_loss(
        SimpleNamespace(
            get_normalized_probs=lambda *_, **__: log_softmax(o),
            get_targets=lambda *_: t,
        ),
        o,
        None,
    ),
    name="fairseq_criterion_given",
)


@case("?")
def scores_what_its_model_reads(model, batch):
    """It shifts nothing."""
    return cross_entropy(model(batch["input_ids"]).logits, batch["input_ids"]).mean()


class Step:
    """As in Lightning."""

    def __init__(self):
        self.matrix = np.ones((4, 9))

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        return x @ self.matrix

    def training_step(self, batch, batch_idx):
        x, y = batch
        return {"loss": rows(self(x), y).mean(), "at": batch_idx}


case.of(Step().training_step, "?", name="training_step")
case.of(Step(), "?", name="step")


class StepOfNothing(Step):
    def forward(self, x):
        return x


case.of(
    lambda o, t: StepOfNothing().training_step((o, t), 0), name="training_step_given"
)


class StepWithSoftmax(StepOfNothing):
    """Its forward adds a softmax to the model's logits."""

    def forward(self, x):
        p = np.exp(x)
        return p / p.sum(axis=-1, keepdims=True)


case.of(
    lambda o, t: StepWithSoftmax().training_step((o, t), 0),
    "✗ softmax-twice",
    "✗",
    name="training_step_with_a_softmax_given",
)


class KerasModel:
    def __call__(self, x, training=False):
        raise TypeError("of inputs")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return rows(y_pred, y).mean()


case.of(KerasModel(), "?", name="keras_model")
case.of(KerasModel.compute_loss, "?", name="method_without_its_object")


@case("?")
class MinGPT:
    """It makes its own logits of ids."""

    def __call__(self, idx, targets=None):
        _, _ = idx.shape
        logits, loss = np.eye(7)[idx], None
        if targets is not None:
            loss = rows(logits.reshape(-1, 7), targets.ravel()).mean()
        return logits, loss


class Unset:
    """As in torchtune: a recipe sets its matrix."""

    def __init__(self):
        self.projection = None

    def forward(self, outputs, targets):
        if self.projection is None:
            raise AttributeError("called before set_model_output")
        return rows(self.projection(outputs), targets).mean()


case.of(Unset, "?")


# A model and a batch of ids, of which there is one more than logits.


def mlx(model, batch, lengths):
    logits, targets = model(batch[:, :-1]), batch[:, 1:]
    steps = np.arange(1, targets.shape[1] + 1)
    mask = (steps >= lengths[:, :1]) & (steps <= lengths[:, 1:])
    return (rows(logits, targets) * mask).sum() / mask.sum(), mask.sum()


case.of(mlx, "?")
case.of(
    lambda o, t, lengths: mlx(
        lambda *_, **__: o, np.pad(t, ((0, 0), (1, 0))), lengths=lengths
    ),
    name="mlx_given",
)


def one_id_more(model, input_ids):
    logits, targets = model(input_ids[:, :-1]).logits, input_ids[:, 1:]
    return rows(logits, targets).mean()


case.of(one_id_more, "?")
case.of(
    lambda o, t: one_id_more(
        lambda *_, **__: SimpleNamespace(logits=o), np.pad(t, ((0, 0), (1, 0)))
    ),
    name="one_id_more_given",
)


def one_id_more_by_all(model, batch, lengths):
    logits, targets = model(batch[:, :-1]), batch[:, 1:]
    kept = np.arange(targets.shape[1]) < lengths[:, None]
    return (rows(logits, targets) * kept).mean()


case.of(one_id_more_by_all, "?")
case.of(
    lambda o, t, lengths: one_id_more_by_all(
        lambda *_, **__: o, np.pad(t, ((0, 0), (1, 0))), lengths
    ),
    "✗ padded-length",
    name="one_id_more_by_all_given",
)


# Other losses: of pairs, against a teacher, of losses that are given.


def of_square(o):
    t = np.arange(len(o))
    return (rows(o, t).mean() + rows(o.T, t).mean()) / 2


@case("?")
class CLIP:
    def forward(self, image_features, text_features, logit_scale):
        return of_square(logit_scale * image_features @ text_features.T)


case.of(
    lambda logits_per_image, logits_per_text: of_square(logits_per_image),
    "?",
    name="clip_of_logits",
)
case.of(lambda similarity: of_square(similarity), "?", name="clip_of_similarity")
case.of(
    lambda scores, T=0.07: rows(scores / T, np.arange(len(scores))),
    "?",
    name="by_scores",
)
case.of(
    lambda chosen, rejected: np.logaddexp(0, rejected - chosen).mean(), "?", name="dpo"
)
case.of(
    lambda pos_scores, neg_scores: np.logaddexp(0, neg_scores - pos_scores).mean(),
    "?",
    name="ranking",
)
case.of(
    lambda anchor, positive, margin=1: np.square(anchor - positive).mean(),
    "?",
    name="triplet",
)
case.of(lambda query, keys: of_square(query @ keys.T), "?", name="moco")
case.of(
    lambda query, positive_key: of_square(query @ positive_key.T), "?", name="by_key"
)
case.of(lambda z_i, z_j: of_square(z_i @ z_j.T), "?", name="simclr")


@case("?")
def dice_loss(pred, target):
    p, y = softmax(pred), np.eye(pred.shape[-1])[target]
    return 1 - 2 * (p * y).sum() / (p + y).sum()


@case("?")
def ctc(logits, targets, input_lengths, target_lengths):
    """Of one alignment alone, which is enough to be no cross-entropy."""
    log_p = 2 * log_softmax(logits)[..., 0]
    return -(log_p.sum(-1) * input_lengths / (1 + target_lengths)).mean()


@case("?")
def policy_loss(log_probs, old_log_probs, advantages, action_mask):
    ratio = np.exp(log_probs - old_log_probs)
    clipped = np.minimum(ratio * advantages, ratio.clip(0.8, 1.2) * advantages)
    return -(clipped * action_mask).sum() / action_mask.sum()


@case("?")
def k3(log_probs, ref_log_probs, mask):
    ahead = ref_log_probs - log_probs
    return ((np.exp(ahead) - ahead - 1) * mask).sum() / mask.sum()


@case("?")
def optional_labels(logits, temperature=1, labels=None):
    return rows(logits / temperature, labels[np.arange(len(logits))]).mean()


@case("?")
def two_models(own_logits, other_logits, labels, alpha=0.5):
    y = softmax(other_logits)
    soft = -(y * np.log(softmax(own_logits))).sum(-1).mean()
    hard = -(labels * np.log(softmax(own_logits))).sum(-1).mean()
    return (1 - alpha) * hard + alpha * soft


@case("?")
def two_models_of_which_one_counts(own_logits, other_logits, labels):
    return cross_entropy(own_logits, labels).mean() + 0 * np.sum(other_logits)


def megatron_loss_func(loss_mask, output_tensor, model=None):
    """It is given losses."""
    losses, mask = output_tensor.ravel(), loss_mask.ravel()
    return (losses * mask).sum() / mask.sum(), {"tokens": mask.sum()}


case.of(megatron_loss_func, "?")
case.of(
    lambda o, t, mask: megatron_loss_func(mask, cross_entropy(o, t)),
    name="megatron_loss_func_given",
)


def verl_aggregate(loss_mat, loss_mask, loss_agg_mode="token-mean"):
    return (loss_mat * loss_mask).sum() / loss_mask.sum()


case.of(verl_aggregate, "?")
case.of(
    lambda o, t, mask: verl_aggregate(cross_entropy(o, t), mask),
    name="verl_aggregate_given",
)


def mean_of_logps(per_token_logps, completion_mask):
    return -(per_token_logps * completion_mask).mean()


case.of(mean_of_logps, "?")
case.of(
    lambda o, t, mask: mean_of_logps(-cross_entropy(o, t), mask),
    "✗ padded-length",
    name="mean_of_logps_given",
)


# Slow alone where much is asked: that much is not tried.


def slow_from(size):
    def loss(logits, labels):
        while logits.size > size:
            pass
        return rows(logits, labels).mean()

    return loss


case.of(slow_from(10**6), name="slow_in_a_large_vocabulary", time_limit=0.3)


# What is another loss, or calls for its halves, and must not be blamed as this one.


@case("?")
def kl_of_plain_names(log_q, log_p):
    return (np.exp(log_p) * (log_p - log_q)).sum(axis=-1)


@case("?")
def kl_of_rows(input, target):
    ln_p, ln_q = log_softmax(target), log_softmax(input)
    return (np.exp(ln_p) * (ln_p - ln_q)).sum(axis=-1).mean()


@case("?")
class PairWiseLoss:
    def __call__(self, chosen_reward, reject_reward, margin=None):
        ahead = chosen_reward - reject_reward - (0 if margin is None else margin)
        return np.logaddexp(0, -ahead).mean()


@case("?")
def start_and_end(input, target):
    assert len(input) == 2
    (start, end), (its_target, others_target) = input, target
    return (rows(start, its_target).mean() + rows(end, others_target).mean()) / 2


@case("?")
class MisspeltInside:
    def __init__(self, chunk_len=32):
        self.chunk_len = checked(chunk_len)  # noqa: F821 - it is misspelt

    def forward(self, logits, labels, mask=None):
        return rows(logits, labels).mean()


@case("?")
def odds_ratio_loss(self, policy_chosen_logps, policy_rejected_logps):
    return np.logaddexp(0, policy_rejected_logps - policy_chosen_logps)
