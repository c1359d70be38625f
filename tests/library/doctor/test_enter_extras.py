"""What is handed over beside logits, targets and a mask."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose

NAMES = "num_items_in_batch", "norm", "n_tokens", "denominator", "more"


def of(name, result):
    """A function of one more argument, which has this name."""
    scope = {"cross_entropy": cross_entropy, "shifted": shifted}
    exec(f"def loss(logits, labels, {name}): return {result}", scope)
    return scope["loss"]


def shifted(logits, labels):
    scored = labels[:, 1:] != -100
    return cross_entropy(logits[:, :-1], labels[:, 1:] * scored) * scored


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("result", "names"),
    [
        ("cross_entropy(logits, labels).sum() / {}", ()),
        ("shifted(logits, labels).sum() / {}", ("shifted",)),
        ("cross_entropy(logits.reshape(-1, {}), labels.reshape(-1)).mean()", ()),
    ],
)
def test_a_count_or_a_size_is_given_and_said(name, result, names):
    found = diagnose(of(name, result.format(name)))
    assert found.healthy, found
    assert found.names == names
    of_what = "the size of the vocabulary" if "-1" in result else "scored tokens"
    shift = " that a shift leaves" if names else ""
    assert f"{of_what}{shift} as its `{name}`" in said(found)


@pytest.mark.parametrize("name", ["norm", "more"])
def test_who_has_a_mean_and_divides_it_again_is_not_healthy(name):
    result = "cross_entropy(logits, labels).mean() / {}"
    found = diagnose(of(name, result.format(name)))
    assert not found.healthy
    value = "…" if name == "more" else "(t != -100).sum()"
    guessed = f"diagnose(lambda o, t: loss(o, t, {name}={value}))" in said(found)
    assert guessed == (name == "more")


def test_a_factor_is_no_count():
    found = diagnose(of("alpha", "alpha * cross_entropy(logits, labels).mean()"))
    assert "diagnose(lambda o, t: loss(o, t, alpha=…))" in said(found)


def test_the_line_that_lets_a_count_in_has_it():
    found = diagnose(of("norm", "logits.nowhere"))
    assert "diagnose(lambda o, t: loss(…, norm=(t != -100).sum()))" in said(found)


def test_prompts_and_bounds_are_no_lengths():
    def tuned(logits, tokens, prompt_lens):
        keep = np.arange(1, tokens.shape[1]) >= prompt_lens[:, None]
        losses = cross_entropy(logits[:, :-1], tokens[:, 1:])
        return (losses * keep).sum() / keep.sum()

    def packed(logits, targets, cu_seqlens):
        return cross_entropy(logits, targets)[: cu_seqlens[-1]].mean()

    for loss, not_tried in (
        (tuned, ("prompts, by its `prompt_lens`",)),
        (packed, ()),  # without a shift all documents may be scored
    ):
        found = diagnose(loss)
        assert found.healthy, found
        assert found.not_tried == not_tried


def test_of_what_nothing_explains_is_said_what_it_was_given():
    def tuned(logits, tokens, lens):  # of the prompts
        keep = np.arange(1, tokens.shape[1]) >= lens[:, None]
        losses = cross_entropy(logits[:, :-1], tokens[:, 1:])
        return (losses * keep).sum() / keep.sum()

    def by_their_mean(logits, targets, lengths):
        return cross_entropy(logits, targets).mean() * lengths.mean()

    for loss, name in ((tuned, "lens"), (by_their_mean, "lengths")):
        line = f"diagnose(lambda o, t: {loss.__name__}(o, t, {name}=…))"
        words = f"Called with lengths as its `{name}`; if that is something else, write"
        assert f"{words} {line}" in said(diagnose(loss))


def test_lengths_are_no_mask():
    def loss(logits, targets, length):
        keep = np.arange(targets.shape[1]) < length[:, None]
        return (cross_entropy(logits, targets) * keep).sum() / keep.sum()

    assert diagnose(loss).healthy
    words = "By its name `length` is given lengths, unless a mask is asked for"
    assert f"{words}: leave mask='length' out" in said(diagnose(loss, mask="length"))


@pytest.mark.parametrize(
    ("name", "result", "given"),
    [
        ("batch_idx", "cross_entropy(logits, labels)", "0"),
        ("global_step", "cross_entropy(logits, labels)", "0"),
        ("reg", "(reg * (logits**2).sum() + cross_entropy(logits, labels))", "0"),
        ("label_smoothing", "(cross_entropy(logits, labels) + label_smoothing)", "0"),
        (
            "temperature",
            "cross_entropy(logits / temperature, labels)",
            "1",
        ),
        (
            "model",
            "cross_entropy(model(logits), labels)",
            "a model that changes nothing",
        ),
        ("reduction", "{'mean': cross_entropy(logits, labels)}[reduction]", '"mean"'),
        ("ctx", "cross_entropy(logits, labels)", "ones"),
    ],
)
def test_what_changes_nothing_is_given(name, result, given):
    found = diagnose(of(name, f"{result}.mean()"))
    assert found.healthy, found
    assert f"{given} as its `{name}`" in said(found)


def test_what_leaves_nothing_out_is_no_mask():
    """Once padding was held against it, in an argument that it does not read."""
    found = diagnose(lambda ctx, logits, labels: cross_entropy(logits, labels).mean())
    assert found.healthy, found
    words = "Called with ones as its `ctx`; if that is something else, write diagnose("
    assert words in said(found)


def test_of_a_row_it_is_given_too():
    def loss(logits, target, temperature):
        o = logits / temperature
        assert o.ndim == 1
        return np.log(np.exp(o - o.max()).sum()) + o.max() - o[target]

    found = diagnose(loss)
    assert found.healthy, found
    assert "(V,) and an id (1 as its `temperature`)" in said(found)


def gathered(logits, masked_lm_positions, masked_lm_ids, masked_lm_weights):
    """As BERT has it."""
    o = np.take_along_axis(logits, masked_lm_positions[..., None], 1)
    losses = cross_entropy(o, masked_lm_ids) * masked_lm_weights
    return losses.sum() / masked_lm_weights.sum()


def flat(logits, labels, masked_positions):
    o = logits.reshape(-1, logits.shape[-1])[masked_positions]
    return cross_entropy(o, labels.ravel()[masked_positions]).mean()


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        (gathered, "all places of each sequence as its `masked_lm_positions`"),
        (flat, "all places as its `masked_positions`"),
    ],
)
def test_all_places_are_given(loss, given):
    found = diagnose(loss)
    assert found.healthy, found
    assert given in said(found)
    assert "Not tried: fewer places, by its `" in said(found)


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, positions, labels: flat(o, labels, positions) / np.log(10),
        lambda o, positions, labels: (
            gathered(o, positions, labels, np.ones(labels.shape)) / np.log(10)
        ),
    ],
)
def test_a_fault_of_these_is_named(loss):
    assert diagnose(loss).names == ("base-10",)


def test_a_weight_may_be_one_of_classes_which_is_none():
    """As F.cross_entropy has it, where it is required."""

    def loss(input, target, weight):
        each = np.ones(input.shape[-1]) if weight is None else weight
        assert each.shape == input.shape[-1:]
        return (cross_entropy(input, target) * each[target]).mean()

    found = diagnose(loss)
    assert found.healthy, found
    assert "ids (None as its `weight`)" in said(found)
