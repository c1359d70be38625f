"""How a function is called, and where its loss is: orders, classes, results."""

from types import SimpleNamespace

import numpy as np
from scipy.special import log_softmax, softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import cross_entropy

# The order of its arguments.


@case()
def targets_first(y, x):
    return cross_entropy(x, y).mean()


@case()
def targets_first_by_letters(t, o):
    return cross_entropy(o, t)


@case("– floor")
def clipped_y_pred(y_true, y_pred):
    """A clip at 1 would leave nothing of ln p."""
    p = np.clip(y_pred, 1e-15, 1)
    return -(np.eye(p.shape[-1])[y_true] * np.log(p)).sum(-1).mean()


@case("– floor")
def clipped_probs(y_true, probs):
    p = np.clip(probs, 1e-7, 1)
    return -(np.eye(p.shape[-1])[y_true] * np.log(p)).sum(-1).mean()


@case("✗ by-vocabulary", "– floor")
def clipped_probs_by_all(y_true, probs):
    p = np.clip(probs, 1e-15, 1)
    return -(np.eye(p.shape[-1])[y_true] * np.log(p)).mean()


@case("✗ by-vocabulary", "– floor")
def clipped_y_pred_by_all(y_true, y_pred):
    p = np.clip(y_pred, 1e-7, 1)
    return -(np.eye(p.shape[-1])[y_true] * np.log(p)).mean()


# Sequences with ids are meant before rows with one-hot targets: of rows there are as
# many targets as logits, where both are in one axis.


@case("– per-sequence", "✗ temperature")
def temperature_by_sequences(o, t):
    x, t = o.reshape(-1, *o.shape[2:]) / 0.8, t.reshape(-1)
    if t.shape == x.shape:  # as PyTorch's
        return -(t * log_softmax(x, -1)).sum() / len(o)
    return cross_entropy(x, t).sum() / len(o)


@case("– per-sequence", "✗ softmax-twice")
def softmax_twice_by_sequences(o, t):
    x, t = softmax(o.reshape(-1, *o.shape[2:]), -1), t.reshape(-1)
    if t.shape == x.shape:
        return -(t * log_softmax(x, -1)).sum() / len(o)
    return cross_entropy(x, t).sum() / len(o)


case.of(
    lambda a, b: temperature_by_sequences(b, a),
    "– per-sequence",
    "✗ temperature",
    name="temperature_targets_first",
)
case.of(
    lambda a, b: softmax_twice_by_sequences(b, a),
    "– per-sequence",
    "✗ softmax-twice",
    name="twice_targets_first",
)


# Ids, or one-hot targets.


def by_either(of_ids):
    """It takes one-hot targets, or ids."""

    def loss(o, t):
        log_p = log_softmax(o, -1)
        if t.ndim == o.ndim:
            return -(t * log_p).sum(-1).mean()
        return of_ids(-pick(log_p, t))

    return loss


case.of(by_either(np.mean), name="by_either")
case.of(
    by_either(lambda each: each[:-1].mean()),
    "– masked-token",
    "✗",
    name="by_either_without_the_last",
)
case.of(
    by_either(lambda each: each.mean() ** 1.1),
    "– masked-token",
    name="by_either_to_a_power_of_ids",
)
case.of(
    lambda o, t: by_either(np.mean)(o, t) * o[..., 0].size / t.size,
    name="by_either_as_a_sum_by_numel",
)


@case("– shifted", "✗")
def shifted_of_ids_alone(o, t):
    if t.ndim != o.ndim:
        o, t = o[..., :-1, :], t[..., 1:]
    return by_either(np.mean)(o, t)


@case("✗")
def shifted_of_one_hot_alone(o, t):
    if t.ndim == o.ndim:
        o, t = o[..., :-1, :], t[..., 1:, :]
    return by_either(np.mean)(o, t)


@case("– shifted")
def shifted_of_either(o, t):
    t = t[..., 1:, :] if t.ndim == o.ndim else t[..., 1:]
    return by_either(np.mean)(o[..., :-1, :], t)


@case("– masked-token")
def one_hot_taken_by_accident(o, t):
    y = t[:, None] == np.arange(o.shape[-1])
    return -(y * log_softmax(o, -1)).sum(-1).mean()


@case("✗ padding-as-token-0")
def ids_taken_by_accident(o, y):
    return -log_softmax(o, -1)[np.arange(len(o)), y.argmax(-1)].mean()


@case()
def soft_targets_beside_ln_p(log_p, weights):
    return -(weights * log_p).sum(-1).mean()


# Where the loss is.


@case()
def third_of_a_tuple(o, t):
    return 1, 2, cross_entropy(o, t).mean()


@case()
def loss_in_a_dict(o, t):
    return {"loss": cross_entropy(o, t)}


@case()
def plain_number_of_a_row(o, t):
    return float(cross_entropy(o, t))


@case("✗ half-precision")
def in_float16(o, t):
    return np.float16(cross_entropy(o, t).mean())


@case()
def logits_and_loss(o, t):
    return o, cross_entropy(o, t).mean()


@case()
def loss_and_size(o, t):
    return cross_entropy(o, t).mean(), t.size


@case()
def loss_of_a_row_and_half_of_it(o, t):
    return float(cross_entropy(o, t)), o / 2


# Classes and methods.


@case()
class Layer:
    """As in Deep Learning from Scratch: it has a forward, and no __call__."""

    def forward(self, xs, ts):
        return cross_entropy(xs, ts).mean()


case.of(Layer(), name="layer_made")
case.of(Layer().forward, name="forward_of_a_layer")


@case()
class OfLayers:
    """No framework keeps a list of strings under this name."""

    def __init__(self):
        self._modules = ["softmax"]

    def __call__(self, o, t):
        return cross_entropy(o, t)


class KerasModel:
    def __call__(self, x, training=False):
        raise TypeError("of inputs")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return rows(y_pred, y).mean()


case.of(KerasModel().compute_loss, name="keras_compute_loss")


class AllGiven(KerasModel):
    def compute_loss(self, x, y, y_pred, sample_weight, training=True):
        y = np.arange(y_pred.shape[-1]) == y[..., None]
        losses = -(y * log_softmax(y_pred, -1)).sum(-1) * sample_weight
        return losses.sum() / sample_weight.sum()


case.of(AllGiven().compute_loss, "– masked-token", name="keras_compute_loss_of_all")


class InBits(KerasModel):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return rows(y_pred, y).mean() / np.log(2)


case.of(InBits().compute_loss, "– base-2", name="keras_compute_loss_in_bits")


# The size of a vocabulary that is kept.


class Smoothed:
    """As many people write it in PyTorch."""

    def __init__(self, classes, smoothing=0.1, factor=1):
        self.cls, self.smoothing, self.factor = classes, smoothing, factor

    def __call__(self, o, t):
        y = np.full(o.shape, self.smoothing / (self.cls - 1))
        np.put_along_axis(y, t[..., None], 1 - self.smoothing, -1)
        return -self.factor * (y * log_softmax(o, -1)).sum(-1).mean()


for V, smoothing in ((4, 0.1), (5, 0.3), (10, 0.1), (128, 0.3)):
    case.of(
        Smoothed(V, smoothing),
        "– smoothing-others",
        name=f"smoothed_for_{V}_by_{smoothing}",
    )
case.of(Smoothed(5, 0), "– masked-token", name="smoothed_for_5_by_0")
case.of(
    Smoothed(5, factor=2),
    "– smoothing-others",
    "✗ scaled",
    name="smoothed_for_5_and_doubled",
)


class Ignoring(Smoothed):
    """The first number that it keeps is no size."""

    def __init__(self, classes):
        self.ignore_class = -100
        super().__init__(classes)


case.of(
    Ignoring(5),
    "– smoothing-others",
    "✗ padding-raises",
    name="ignoring_and_smoothed_for_5",
)


class OtherOfFive:
    classes = 5

    def __call__(self, o, t):
        return np.abs(log_softmax(o, -1)).mean() + 0 * self.classes


case.of(OtherOfFive(), "✗", name="another_loss_of_five")


def weighted(V, of=np.array):
    weights = of((V * [1.0, 2.0, 0.5, 1.0, 3.0])[:V])

    def loss(o, t):
        if len(weights) != o.shape[-1]:
            raise RuntimeError(f"weight of shape {len(weights)}")
        w = np.asarray(weights)[t]
        return (w * cross_entropy(o, t)).sum() / w.sum()

    return loss


case.of(weighted(4), "– class-weights", name="weights_of_4_classes")
case.of(weighted(4, list), "– class-weights", name="weights_of_4_classes_in_a_list")


@case("– smoothing-others")
def smoothed_by_a_row_of_the_vocabulary(o, t):
    """As in OpenNMT: the smoothed rest of each target is a row of V entries."""
    V = o.shape[-1]
    y = np.repeat(np.full((1, V), 0.1 / (V - 1)), len(t), 0)
    np.put_along_axis(y, t[:, None], 0.9, 1)
    return -(y * log_softmax(o, -1)).sum()


# What is handed over beside logits and targets, and changes nothing.


@case()
def batch_idx(logits, labels, batch_idx):
    return (cross_entropy(logits, labels)).mean()


@case()
def global_step(logits, labels, global_step):
    return cross_entropy(logits, labels).mean()


@case("– masked-token")
def reg(logits, labels, reg):
    return (reg * (logits**2).sum() + cross_entropy(logits, labels)).mean()


@case()
def label_smoothing(logits, labels, label_smoothing):
    return (cross_entropy(logits, labels) + label_smoothing).mean()


@case()
def temperature(logits, labels, temperature):
    return cross_entropy(logits / temperature, labels).mean()


@case()
def model(logits, labels, model):
    return cross_entropy(model(logits), labels).mean()


@case()
def reduction(logits, labels, reduction):
    return {"mean": cross_entropy(logits, labels)}[reduction].mean()


@case()
def ctx(logits, labels, ctx):
    return cross_entropy(logits, labels).mean()


@case("– from-zero")
def temperature_of_a_row(logits, target, temperature):
    o = logits / temperature
    assert o.ndim == 1
    return np.log(np.exp(o - o.max()).sum()) + o.max() - o[target]


@case()
def bert(logits, masked_lm_positions, masked_lm_ids, masked_lm_weights):
    """All places of each sequence are given."""
    o = np.take_along_axis(logits, masked_lm_positions[..., None], 1)
    losses = cross_entropy(o, masked_lm_ids) * masked_lm_weights
    return losses.sum() / masked_lm_weights.sum()


@case()
def flat_positions(logits, labels, masked_positions):
    o = logits.reshape(-1, logits.shape[-1])[masked_positions]
    return cross_entropy(o, labels.ravel()[masked_positions]).mean()


case.of(
    lambda o, positions, labels: flat_positions(o, labels, positions) / np.log(10),
    "✗ base-10",
    name="flat_positions_base_10",
)
case.of(
    lambda o, positions, labels: (
        bert(o, positions, labels, np.ones(labels.shape)) / np.log(10)
    ),
    "✗ base-10",
    name="bert_base_10",
)


# Teachers and pairs that need not be given.


case.of(lambda similarity, labels: rows(similarity, labels).mean(), name="similarity")
case.of(lambda chosen, t: rows(chosen, t).mean(), name="chosen")
case.of(
    lambda image_logits, text_ids: rows(image_logits, text_ids).mean(),
    name="images",
)
case.of(lambda query, answer: rows(query, answer).mean(), name="query_and_answer")
case.of(
    lambda chosen_logits, rejected_targets: cross_entropy(
        chosen_logits, rejected_targets
    ),
    name="chosen_and_rejected",
)
case.of(
    lambda logits, targets, teacher_logits=None: rows(logits, targets).mean(),
    name="optional_teacher",
)
case.of(lambda y_p, y_t: rows(y_p, y_t).mean(), name="y_p_and_y_t")


# The identity in place of a model or a matrix.


@case("– masked-token")
def fused_by_the_identity(o, t):
    weight = np.eye(o.shape[-1])
    return cross_entropy(o @ weight.T, t).mean()


@case()
class AutogradOfLogits:
    """Like PyTorch's autograd.Function: it is applied to positional arguments."""

    @classmethod
    def apply(cls, *given):
        return cls.forward(None, *given)

    @staticmethod
    def forward(ctx, logits, target, label_smoothing=0.0):
        return cross_entropy(logits, target).mean()

    def backward(ctx, grad_output):
        """Not needed here."""


class CappedHead:
    """As in nanochat: hidden states come in, and the logits are capped."""

    def __init__(self):
        self.lm_head = lambda x: x

    def __call__(self, x, targets):
        return rows(15 * np.tanh(self.lm_head(x) / 15), targets).mean()


case.of(CappedHead(), "– soft-cap", name="capped_head_that_changes_nothing")


class Tensor:
    """A tensor class as people write it, with some of PyTorch's methods."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def log_softmax(self):
        return Tensor(log_softmax(self.data, -1))

    def mean(self):
        return Tensor(self.data.mean())


@case(to=Tensor)
def tensors_of_its_own(logits, targets):
    o, t = logits.log_softmax().data, targets.data
    return Tensor(-pick(o, t)).mean()


def of_an_output(model, batch):
    logits = model(batch["input_ids"]).logits
    return cross_entropy(logits, batch["input_ids"]).mean()


case.of(
    lambda o, t: of_an_output(lambda _: SimpleNamespace(logits=o), {"input_ids": t}),
    "✗ not-shifted",
    name="scores_what_its_model_reads",
    shifts=True,
)


# Weights of classes, which must be given.


@case()
def class_weights(logits, targets, class_weights):
    w = class_weights[targets]
    return (w * rows(logits, targets)).sum() / w.sum()


@case()
def weight_of_each_class(input, target, weight):
    assert len(weight) == input.shape[-1]
    return class_weights(input, target, weight)


@case("– weights-by-count")
def class_weights_by_count(logits, targets, class_weights):
    return (class_weights[targets] * rows(logits, targets)).mean()


@case("✗ weights-unused")
def class_weights_unused(logits, targets, class_weights):
    return rows(logits, targets).mean()


# Lengths whose name does not say so, and prompts.


def by_n(logits, targets, n):
    scored = np.arange(targets.shape[1]) < n[:, None]
    return (cross_entropy(logits, targets) * scored).sum() / scored.sum()


case.of(by_n, lengths="n")
case.of(
    lambda logits, targets, n_valid: by_n(logits, targets, n_valid),
    name="lengths_by_another_name",
    lengths="n_valid",
)
case.of(
    lambda logits, targets, n: by_n(logits, targets, n + 1),
    "✗ length-too-long",
    name="one_longer",
    lengths="n",
)


@case("✗ prompt-scored")
def prompt_len_ignored(logits, labels, prompt_lens):
    return cross_entropy(logits, labels).mean()


@case()
def prompt_len(logits, labels, prompt_lens):
    scored = np.arange(labels.shape[1]) >= prompt_lens[:, None]
    return (cross_entropy(logits, labels) * scored).sum() / scored.sum()


@case("– shifted")
def prompt_len_and_shifted(logits, labels, prompt_lens):
    scored = np.arange(labels.shape[1])[1:] >= prompt_lens[:, None]
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    return (each * scored).sum() / scored.sum()


@case("– shifted", "✗ prompt-scored")
def prompt_len_ignored_and_shifted(logits, labels, prompt_lens):
    return cross_entropy(logits[:, :-1], labels[:, 1:]).mean()


@case("– shifted", "✗ prompt-off-by-one")
def prompt_len_and_one_more(logits, labels, prompt_lens):
    scored = np.arange(labels.shape[1])[1:] > prompt_lens[:, None]
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    return (each * scored).sum() / scored.sum()


# Beside the loss, what is only measured.


@case()
def accuracy_before_the_loss(logits, labels):
    right = (logits.argmax(-1) == labels).mean()
    return right, cross_entropy(logits, labels).mean()


@case()
def perplexity_before_the_loss(logits, labels):
    mean = cross_entropy(logits, labels).mean()
    return {"perplexity": np.exp(mean), "nll": mean}


@case("✗ mean-of-means")
def accuracy_before_a_mean_of_means(logits, labels, mask):
    right = ((logits.argmax(-1) == labels) * mask).sum() / mask.sum()
    losses = cross_entropy(logits, labels) * mask
    return right, (losses.sum(1) / mask.sum(1)).mean()


@case("✗ accuracy")
def accuracy_and_how_many(logits, labels):
    return (logits.argmax(-1) == labels).mean(), labels.size
