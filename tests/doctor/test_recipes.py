"""Each recipe, followed literally, lets a function in.

A report has the line to write. Where that says "…", the value to fill in is given here.
"""

import functools
import re
from types import SimpleNamespace  # noqa: F401 - for the lines

import numpy as np
import pytest

from xent_doctor import diagnose, diagnose_step  # noqa: F401 - for the lines
from xent_doctor.recipes import RECIPES
from xent_lib import cross_entropy, log_softmax, softmax


def mean(logits, labels):
    return cross_entropy(logits, labels).mean()


def batch(batch):
    return mean(batch["inputs"], batch["labels"])


def pair(batch, batch_idx):
    x, y = batch
    return mean(x, y)


def dicts(outputs, batch):
    return mean(outputs["logits"], batch["labels"])


def predictions(preds, batch):
    return mean(preds["logits"], batch["target"])


def output_and_batch(outputs, batch):
    return mean(outputs.logits, batch["input_ids"])


def masked_batch(logits, batch):
    losses, mask = cross_entropy(logits, batch["labels"]), batch["loss_mask"]
    return (losses * mask).sum() / mask.sum()


def batch_of_params(params, batch):
    return mean(batch["inputs"] @ params, batch["targets"])


def trainer(model, inputs):
    labels = inputs.pop("labels")
    return mean(model(**inputs)["logits"], labels)


def output(predicted, labels):
    return mean(predicted.logits, labels)


def calls_a_model(model, inputs):
    return mean(model(inputs).logits, inputs["labels"])


def hidden(hidden, weight, targets):
    return mean(hidden @ weight.T, targets)


def hidden_and_bias(hidden, weight, targets, bias):
    return mean(hidden @ weight.T + bias, targets)


def bias_before_targets(h, w, b, y):
    return mean(h @ w + b, y)


def by_keywords(*, x, weight, target):
    return mean(x @ weight.T, target)


def embedded(h, emb, y):
    assert h.ndim == 3
    return mean(h @ emb.T, y)


def of_a_pair(params, x, y):
    W, b = params
    return mean(x @ W + b, y)


def of_embeddings(embeddings, classifier_weight, labels):
    return mean(embeddings @ classifier_weight.T, labels)


def flax(state, batch, rng=None):
    return mean(state.apply_fn(state.params, batch["x"]), batch["y"])


def by_a_layer(hidden_states, lm_head, labels):
    return mean(lm_head(hidden_states), labels)


def by_its_weight(hidden_states, lm_head, labels):
    return mean(hidden_states @ lm_head.weight.T, labels)


class OwnLayer:
    def __init__(self):
        self.proj = functools.partial(np.dot, b=np.ones((16, 50)))

    def __call__(self, h, y):
        return mean(self.proj(h), y)


def matrix_first(W, X, y, reg):
    return mean(X @ W, y) + reg * (W * W).sum()


def of_300(logits, labels):
    return mean(logits.reshape(-1, 300), labels)


def per_byte(logits, labels, token_bytes):
    return cross_entropy(logits, labels).sum() / token_bytes[labels].sum()


def distilled(student_logits, teacher_logits):
    p = softmax(teacher_logits)
    return mean(student_logits, p.argmax(-1))


def of_two_logits(noised_logits, input_logits):
    ln_q, ln_p = log_softmax(noised_logits), log_softmax(input_logits)
    return (np.exp(ln_p) * (ln_p - ln_q)).sum(axis=-1).mean()


def heads(logits_list, labels):
    assert isinstance(logits_list, list)
    return sum(mean(one, labels) for one in logits_list) / len(logits_list)


def numbers(logits, labels):
    return np.array([mean(logits, labels)] * 5)


def start_and_end(start_logits, end_logits, start_positions, end_positions):
    return (mean(start_logits, start_positions) + mean(end_logits, end_positions)) / 2


def calls_with_a_pair(batch, model):
    x, y = batch
    return mean(model(x), y)


def unpacks(inputs, labels):
    logits, _ = inputs
    return mean(logits, labels)


def unpacks_one(outputs, labels):
    (logits,) = outputs
    return mean(logits, labels)


def unpacks_by_classes(inputs, labels, weight=None):
    logits, _ = inputs
    w = np.ones(logits.shape[-1]) if weight is None else weight
    return (w[labels] * cross_entropy(logits, labels)).sum() / w[labels].sum()


def unpacks_both(input, target):
    """Of two sequences it makes a number."""
    (one, other), (its_target, others_target) = input, target
    return (mean(one, its_target) + mean(other, others_target)) / 2


def images(scores, labels):
    assert scores.ndim == 4
    return mean(np.moveaxis(scores, 1, -1), labels)


def images_by_unpacking(x, h_labels):
    n, c, h, w = x.shape
    return mean(np.moveaxis(x, 1, -1).reshape(n * h * w, c), h_labels.ravel())


def images_that_say_so(logits, masks, weight=None):
    if logits.ndim != 4:
        raise ValueError(f"expected (N, C, H, W), got {logits.shape}")
    return images(logits, masks)


def images_of_masks(pred, masks):
    b, k, y, x = pred.shape
    return images(pred.reshape(b, k, y * x, 1), masks.reshape(b, y * x, 1))


def parts(micro_batches):
    each = [(cross_entropy(o, t, ignore_index=-100).sum(), (t != -100).sum())
            for o, t in micro_batches]  # fmt: skip
    total, tokens = np.sum(each, axis=0)
    return total / tokens


def of_losses(loss_matrix, mask):
    return (loss_matrix * mask).sum() / mask.sum()


def of_log_probs(per_token_logps, loss_mask):
    return of_losses(-per_token_logps, loss_mask)


class Step:
    model = None

    def training_step(self, batch, batch_idx):
        x, y = batch
        return mean(self.model(x), y)


class StepBySelf:
    """It calls itself, and so its forward, as Lightning's modules do."""

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        return x @ np.ones((8, 4))

    def training_step(self, batch, batch_idx):
        x, y = batch
        return mean(self(x), y)


class Made:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, logits, labels):
        return mean(logits * self.factor, labels)


class StepByKeys:
    """It calls its layer by another name, with the ids of the batch."""

    def __init__(self):
        self.net, self.name = np.negative, "step"

    def training_step(self, batch, batch_idx):
        inputs, labels = batch["input_ids"], batch["labels"]
        return {"loss": mean(self.net(inputs), labels)}


PUT_TOGETHER = "np.r_[policy_chosen, policy_rejected], np.r_[ref_chosen, ref_rejected]"


def dpo_of_both(policy_logps, ref_logps, beta=0.1):
    ahead = np.subtract(*np.split(policy_logps - ref_logps, 2))
    return np.logaddexp(0, -beta * ahead).mean()


CASES = [
    ("batch", batch, {}),
    ("batch", pair, {}),
    ("dicts", dicts, {}),
    ("dicts", predictions, {}),
    ("dicts", masked_batch, {}),
    ("dicts", batch_of_params, {}),
    ("output", output, {}),
    ("two logits", of_two_logits, {}),
    ("dicts", output_and_batch, {}),
    ("model", calls_a_model, {}),
    ("model", trainer, {}),
    ("hidden", hidden, {}),
    ("hidden", hidden_and_bias, {}),
    ("hidden", bias_before_targets, {}),
    ("hidden", by_keywords, {}),
    ("hidden", embedded, {}),
    ("hidden", by_a_layer, {}),
    ("hidden", of_a_pair, {}),
    ("hidden", of_embeddings, {}),
    ("model", flax, {}),
    ("hidden", by_its_weight, {}),
    ("hidden", matrix_first, {}),
    ("own layer", OwnLayer, {}),
    ("vocabulary", of_300, {"V": "300"}),
    ("arguments", per_byte, {"=…": "=np.ones(o.shape[-1])"}),
    ("teacher", distilled, {}),
    ("heads", heads, {}),
    ("two heads", start_and_end, {}),
    ("model", calls_with_a_pair, {}),
    ("unpacked", unpacks, {}),
    ("unpacked", unpacks_one, {}),
    ("unpacked", unpacks_by_classes, {}),
    ("unpacked", unpacks_both, {}),
    ("images", images, {}),
    ("images", images_by_unpacking, {}),
    ("images", images_that_say_so, {}),
    ("images", images_of_masks, {}),
    ("parts", parts, {}),
    ("numbers", numbers, {}),
    ("token losses", of_losses, {}),
    ("token losses", of_log_probs, {}),
    ("step", Step, {}),
    ("step", StepByKeys().training_step, {}),
    ("step", StepBySelf().training_step, {}),
    ("dpo", dpo_of_both, {"(…)": f"({PUT_TOGETHER})"}),
    ("class", Made, {"factor=…": "factor=1"}),
]


def each_case():
    """With a mark for those whose recipe an earlier one has."""
    before = set()
    for name, *more in CASES:
        marks = [pytest.mark.repeats] if name in before else []
        before.add(name)
        yield pytest.param(name, *more, marks=marks)


@pytest.mark.parametrize(("name", "loss", "filled"), [*each_case()])
def test_a_recipe_lets_it_in(name, loss, filled):
    [refused] = diagnose(loss).findings
    told, line = re.fullmatch(
        r"Recipe “(.*)”, since .*: write (.*)", refused.fix
    ).groups()
    assert told == name, refused
    for old, new in filled.items():
        assert old in line, line
        line = line.replace(old, new)
    own = loss() if loss in (Step, OwnLayer) else getattr(loss, "__self__", None)
    scope = globals() | {"own": own}
    *first, last = line.split("; ")
    for one in first:
        exec(one, scope)
    found = eval(last, scope)
    assert found.healthy, found
    assert not found.names, found


def test_each_recipe_is_followed_here_or_needs_a_framework():
    followed = {name for name, *_ in CASES}
    assert {*RECIPES} - followed == {
        "another loss",
        "no targets",
        "ids",
        "around",
        "arrays",
        "chunks",
        "gpu",
        "assertion",
    }


def test_images_without_their_permute_are_found():
    """Of images of one pixel no mistake of axes would show."""

    def not_permuted(scores, labels):
        assert scores.ndim == 4
        return mean(scores.reshape(-1, scores.shape[1]), labels.reshape(-1))

    [refused] = diagnose(not_permuted).findings
    line = refused.fix.partition("write ")[2]
    assert not eval(line, globals() | {"not_permuted": not_permuted}).healthy


def test_what_asserts_another_dtype_is_told_how_to_leave_that_out():
    def of_float16(logits, targets):
        assert logits.dtype == np.float16
        return mean(logits, targets)

    [refused] = diagnose(of_float16).findings
    assert "python -O" in refused.fix


def test_a_class_is_made_in_its_recipe():
    class Both:
        def forward(self, inputs, targets):
            (one, other), (its_target, others_target) = inputs, targets
            return mean(one, its_target) + mean(other, others_target)

    [refused] = diagnose(Both).findings
    assert "Both().forward((o, o)," in refused.fix


def test_a_class_that_cannot_be_made_shows_why():
    class NeverMade:
        def __init__(self, size=32):
            self.size = checked(size)  # noqa: F821 - it is misspelt

        def forward(self, logits, labels):
            return mean(logits, labels)

    [refused] = diagnose(NeverMade).findings
    assert "NameError" in refused.shown[0].seen
    assert "Recipe" not in refused.fix


def test_an_axis_without_a_name_is_no_misspelt_name():
    """JAX raises a NameError, too."""

    def mean_of_devices(logits, labels):
        raise NameError("unbound axis name: batch")

    [refused] = diagnose(mean_of_devices).findings
    assert "Recipe “around”" in refused.fix


def test_what_is_no_loss_of_targets_is_told_so():
    def entropy(logits, response_mask):
        each = -(softmax(logits) * log_softmax(logits)).sum(axis=-1)
        return (each * response_mask).sum() / response_mask.sum()

    [refused] = diagnose(entropy).findings
    assert "no targets" in refused.fix


def test_a_misspelt_name_is_shown_before_other_errors():
    """It stands where sequences alone come."""

    def log_probs(logits, labels):
        if logits.ndim != 3:
            raise ValueError("sequences (B, T, V) are wanted")
        return pick_all(logits, labels)  # noqa: F821 - it is misspelt

    [refused] = diagnose(log_probs).findings
    assert "NameError" in refused.shown[0].seen


def test_a_model_is_told_that_it_has_no_logits():
    def forward(idx, targets=None):
        logits = np.eye(50)[idx] @ np.ones((50, 50))
        return logits if targets is None else mean(logits, targets)

    [refused] = diagnose(forward).findings
    assert "ids" in refused.fix
    assert "diagnose" not in refused.fix
