"""Padding by a mask: one that need not be given, and where it stands."""

import numpy as np
import pytest

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


def named(code, name):
    """A function whose mask has this name, None by default."""
    scope = {"np": np, "rows": rows, "rows_of_zeros": rows_of_zeros}
    body = code.replace("KEEP", name)
    exec(f"def loss(logits, tokens, {name}=None):\n {body}", scope)
    return scope["loss"]


WHOLE = "KEEP = np.ones(tokens.shape) if KEEP is None else KEEP"
LOSSES = "losses = rows(logits, tokens)"
NAMES = "mask", "valid", "loss_mask", "attention_mask", "padding_mask"
WEIGHTS = "weights", "sample_weight"


MEAN = "(losses * KEEP).sum() / KEEP.sum()"
OF_MEANS = "((losses * KEEP).sum(-1) / KEEP.sum(-1)).mean()"


@pytest.mark.parametrize(
    ("name", "result", "names"),
    [
        *((name, MEAN, ()) for name in (*NAMES, *WEIGHTS)),
        *((name, "losses * KEEP", ()) for name in ("valid", "weights")),
        *((x, OF_MEANS, ("mean-of-means",)) for x in ("padding_mask", "weights")),
    ],
)
def test_an_optional_mask_is_found(name, result, names):
    loss = named(f"{WHOLE}; {LOSSES}; return {result}", name)
    found = diagnose(loss)
    assert found.names == names, found
    assert found.healthy == (not names)
    assert "a mask" in found.convention
    assert "padding out before" not in said(found)
    if names:  # unless that is meant
        words = "if each sequence is meant to count equally, say allow=["
        assert words in said(found)
        assert diagnose(loss, allow=names).healthy


@pytest.mark.parametrize("name", NAMES)
def test_an_optional_mask_leaves_out_of_the_divisor_too(name):
    found = diagnose(named(f"{WHOLE}; {LOSSES}; return (losses * KEEP).mean()", name))
    assert found.names == ("padded-length",)


@pytest.mark.parametrize("name", WEIGHTS)
def test_optional_weights_need_not(name):
    """As Keras has them."""
    loss = named(f"{WHOLE}; {LOSSES}; return (losses * KEEP).mean()", name)
    found = diagnose(loss)
    assert found.healthy, found
    assert "a mask" not in found.convention
    assert f"Given a mask as its `{name}`, it gives 6.2946, where the loss" in said(
        found
    )
    assert diagnose(loss, mask=name).names == ("padded-length",)


@pytest.mark.parametrize("name", WEIGHTS)
def test_beside_optional_weights_is_said_what_a_number_does(name):
    """As Keras has them, of which −100 is no padding and raises nothing."""
    losses = "losses = rows_of_zeros(logits, tokens)"
    loss = named(f"{WHOLE}; {losses}; return (losses * KEEP).mean()", name)
    found = diagnose(loss)
    assert found.healthy, found
    assert f"Given a mask as its `{name}`, it gives 6.2946, where the loss" in said(
        found
    )
    assert "of targets of −100 it gives 6.2946, and without them 8.5836" in said(found)
    assert "Where every target" not in said(found)
    assert said(found).count(f"`{name}`") == 1


def test_an_optional_mask_may_be_1_where_nothing_is_scored():
    code = "keep = np.ones(tokens.shape) if KEEP is None else 1 - KEEP"
    result = "((losses * keep).sum(-1) / keep.sum(-1)).mean()"
    found = diagnose(named(f"{code}; {LOSSES}; return {result}", "padding_mask"))
    assert found.names == ("mean-of-means",)
    assert "a mask, 1 where nothing is scored" in found.convention


@pytest.mark.parametrize(
    "result",
    [
        "losses.mean()",
        "(losses if KEEP is None else losses * (1 + KEEP)).mean()",
        "(losses if KEEP is None else losses * np.ones(128)[KEEP]).mean()",
    ],
)
def test_what_turns_out_to_be_no_mask_is_told_and_not_blamed(result):
    found = diagnose(named(f"{LOSSES}; return {result}", "weight"))
    assert found.healthy, found
    assert found.names == ()
    assert "Not tried: its `weight`; if it is a mask, say mask='weight'" in said(found)
    assert "padding out before" not in said(found)


PREDICTS = "mask[..., :-1]"


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize(
    ("result", "names"),
    [
        (f"(losses * {PREDICTS}).sum() / {PREDICTS}.sum()", ()),
        (f"(losses * {PREDICTS}).mean()", ("padded-length",)),
        ("(losses * mask[..., 1:]).sum() / mask[..., 1:].sum()", None),
    ],
)
def test_a_mask_may_be_that_of_the_places_that_predict(result, names, optional):
    default = "=None" if optional else ""
    scope = {"rows": rows, "np": np}
    exec(
        f"def loss(logits, ids, mask{default}):\n"
        "    mask = np.ones(ids.shape) if mask is None else mask\n"
        "    losses = rows(logits[..., :-1, :], ids[..., 1:])\n"
        f"    return {result}",
        scope,
    )
    for declared in ({}, {"shifts": True}):
        found = diagnose(scope["loss"], **declared)
        assert found.healthy == (not names), found
        ahead = () if names is None else ("mask-ahead",)
        shifted = () if declared else ("shifted",)
        assert {*found.names} == {*shifted, *ahead, *(names or ())}
        told = "a mask of the places that predict" in found.convention
        assert told == (names is not None)
    both = {"shifts": True, "mask": "mask"}
    assert diagnose(scope["loss"], **both).healthy == (names is None)
    allow = ["mask-ahead", *(names or ())]
    assert diagnose(scope["loss"], **both, allow=allow).healthy


@pytest.mark.parametrize(
    ("name", "healthy"),
    [
        ("loss_mask", True),  # as verl has it, made for the places that predict
        ("attention_mask", False),  # 1 at each token that is no padding
        ("response_mask", False),
        ("assistant_masks", False),
        ("labels_mask", False),
    ],
)
def test_a_mask_that_is_named_by_its_targets_is_theirs(name, healthy):
    code = f"{WHOLE}; KEEP = KEEP[..., :-1]"
    losses = "losses = rows(logits[..., :-1, :], tokens[..., 1:])"
    result = "(losses * KEEP).sum() / KEEP.sum()"
    found = diagnose(named(f"{code}; {losses}; return {result}", name))
    assert found.names == ("shifted", "mask-ahead")
    assert found.healthy == healthy
    assert ('say allow=["mask-ahead"]' in said(found)) != healthy


def test_a_mask_is_not_asked_for_where_a_number_is_known():
    code = "keep = tokens != -100 if KEEP is None else KEEP"
    losses = "losses = rows(logits, np.maximum(tokens, 0)) * keep"
    found = diagnose(
        named(f"{code}; {losses}; return losses.sum() / keep.sum()", "mask")
    )
    assert found.healthy
    assert "mask" not in found.convention
    assert found.not_tried == ()


KNOWS = "losses = rows(logits, np.maximum(tokens, 0)) * (tokens != -100)"
COUNTED = "KEEP = tokens != -100 if KEEP is None else KEEP"


@pytest.mark.parametrize(
    ("result", "names", "not_tried"),
    [
        ("(losses * KEEP).sum() / KEEP.sum()", (), False),
        ("losses.sum() / KEEP.sum()", (), True),
        (
            "(losses * KEEP).sum() / (tokens != -100).sum()",
            ("padded-length",),
            False,
        ),
    ],
)
def test_a_mask_is_tried_beside_a_number(result, names, not_tried):
    found = diagnose(named(f"{KNOWS}; {COUNTED}; return {result}", "loss_mask"))
    assert found.names == names
    told = "its `loss_mask`; if it is a mask, say mask='loss_mask'" in found.not_tried
    assert told == not_tried
    assert ("a mask" in found.convention) == bool(names)
    own = diagnose(
        named(f"{KNOWS}; {COUNTED}; return {result}", "loss_mask"), ignore_index=-100
    )
    assert (own.names, own.not_tried) == (found.names, found.not_tried)


def test_weights_of_classes_are_not_missed():
    code = f"{KNOWS}; return losses.sum() / (tokens != -100).sum()"
    assert diagnose(named(code, "class_weights")).not_tried == ()
    assert diagnose(named(code, "weights")).not_tried != ()


def test_a_mask_that_stands_at_neither_place_is_shown():
    def loss(logits, ids, mask):
        losses = rows(logits[..., :-1, :], ids[..., 1:]) * mask[..., 1:]
        return losses.sum() / mask[..., 1:].sum() * mask.mean()

    found = diagnose(loss)
    assert found.names == ("shifted",)
    assert not found.healthy
    assert "three sequences, padding behind: yours" in said(found)


@pytest.mark.parametrize("declared", [{}, {"ignore_index": None}])
@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (lambda o, t, mask: (rows(o, t) * mask).sum() / mask.sum(), ()),
        (lambda o, t, mask: (rows(o, t) * mask).mean(), ("padded-length",)),
        (
            lambda o, t, mask: ((rows(o, t) * mask).sum(-1) / mask.sum(-1)).mean(),
            ("mean-of-means",),
        ),
    ],
)
def test_who_takes_a_mask_has_padding_of_any_number(loss, names, declared):
    found = diagnose(loss, **declared)
    assert found.names == names
    assert found.healthy == (not names)
    assert "ignore_index" not in said(found)
    assert "Where the mask is all 0" in said(found)


def in_the_logits(o, t, mask):
    """Of a row of −∞ the softmax is 0 / 0."""
    losses = rows(np.where(mask[..., None] > 0, o, -np.inf), t)
    return (losses * mask).sum() / mask.sum()


def in_p(o, t, mask=None):
    """ln 0, times 0."""
    mask = np.ones(t.shape) if mask is None else mask
    return (-np.log(np.exp(-rows(o, t)) * mask) * mask).sum() / mask.sum()


def by_lengths(o, t, lengths):
    mask = np.arange(t.shape[-1]) < lengths[:, None]
    losses = rows(np.where(mask[..., None], o, -np.inf), t)
    return (losses * mask).sum() / lengths.sum()


def of_a_number(o, t):
    losses = np.where(t == -100, np.nan, rows(o, np.maximum(t, 0)))
    return (losses * (t != -100)).sum() / (t != -100).sum()


@pytest.mark.parametrize(
    ("loss", "declared"),
    [
        (in_the_logits, {}),
        (in_p, {}),
        (by_lengths, {}),
        (of_a_number, {"ignore_index": -100}),
    ],
)
def test_no_number_of_what_is_left_out_is_a_fault(loss, declared):
    found = diagnose(loss, **declared)
    assert not found.healthy
    assert "The loss is no number where a target is left out: 0 · " in said(found)
    assert "padding behind: yours NaN, expected 8.58" in said(found)
    assert "Doesn’t take a target of" not in said(found)


def test_a_mask_that_may_not_leave_out_is_told_and_not_blamed():
    def loss(o, t, mask):
        return rows(o, t).mean() if mask.all() else np.linalg.inv(np.zeros((2, 2)))

    found = diagnose(loss)
    assert found.healthy, found
    told = "Doesn’t take a mask that leaves a target out: it raises LinAlgError"
    assert told in said(found)
    assert "Take padding out" not in said(found)

    def weighted(o, t, weights):
        return (rows(o, t) / weights).mean()

    found = diagnose(weighted, allow=["weights-inverted"])
    assert found.healthy, found
    assert "Doesn’t take a mask that leaves a target out: it gives ∞" in said(found)


@pytest.mark.parametrize(
    ("loss", "names", "words"),
    [
        (
            lambda o, t, mask: (
                (rows(o, t).reshape(-1, 1) * mask.ravel()).sum() / mask.sum()
            ),
            {"padding-scored"},
            "its mask changes nothing",
        ),
        (
            lambda o, t, mask: rows(o, t).mean(),
            {"padding-scored"},
            "its mask changes nothing",
        ),
        (
            lambda o, t, mask: rows(o, t).sum() / mask.sum() / np.log(2),
            {"padding-scored", "base-2"},
            "its mask is in the divisor alone",
        ),
        (
            lambda o, t, lengths: rows(o, t).sum() / lengths.sum(),
            {"padding-scored"},
            "its length is in the divisor alone",
        ),
        (
            lambda o, t, mask: rows(o * mask[..., None], t).sum() / mask.sum(),
            set(),
            "three sequences, padding behind: yours",
        ),
    ],
)
def test_a_mask_that_leaves_nothing_out_has_no_number(loss, names, words):
    found = diagnose(loss)
    assert not found.healthy
    assert {*found.names} == names, found
    assert words in said(found)
    assert "token 0" not in said(found)
