"""Padding that is a token of the vocabulary, and the divisor that counts it."""

import numpy as np
import pytest
import scipy.special

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose

BOTH = {"token-ignored", "padded-length"}


def by_all(o, t, pad):
    losses = -np.take_along_axis(scipy.special.log_softmax(o, -1), t[..., None], -1)
    return (losses[..., 0] * (t != pad)).mean()


def of_pad(pad):
    """Bare; by its own parameter; of ids (B, T) alone; and as Keras has it."""

    def own(o, t, pad_id=pad):
        return by_all(o, t, pad_id)

    def sequences(logits, labels):
        B, T, V = logits.shape
        return by_all(logits.reshape(B * T, V), labels.reshape(B * T), pad)

    def keras(y_true, y_pred):
        return by_all(y_pred, y_true, pad)

    return {"bare": lambda o, t: by_all(o, t, pad), "own": own} | {
        "sequences": sequences,
        "keras": keras,
    }


@pytest.mark.parametrize(
    ("written", "pad"),
    [
        *(("bare", pad) for pad in (0, 1, 2, 90)),
        *(("own", pad) for pad in (0, 90)),
        ("sequences", 1),
        ("sequences", 90),
        ("keras", 0),
        ("keras", 2),
    ],
)
def test_divided_by_all_places_it_has_both_names(written, pad):
    loss = of_pad(pad)[written]
    found = diagnose(loss)
    assert not found.healthy
    assert {*found.names} == (BOTH if written != "own" else {"padded-length"}), found
    assert "divided by all" in said(found)
    assert "is not its padding" not in said(found), "it leaves the token out"
    declared = diagnose(loss, ignore_index=pad)
    assert (declared.healthy, declared.names) == (False, ("padded-length",))


@pytest.mark.parametrize("declared", [{}, {"shifts": True}, {"ignore_index": 0}])
def test_shifted_too_it_has_all_three(declared):
    def loss(logits, labels):
        return by_all(logits[..., :-1, :], labels[..., 1:], 0)

    found = diagnose(loss, **declared)
    meant = {"shifts": {"shifted"}, "ignore_index": {"token-ignored"}}
    [but] = [meant[name] for name in declared] or [set()]
    assert {*found.names} == {"shifted", *BOTH} - but, found
    assert not found.healthy


def test_in_bits_and_with_a_pad_of_its_own_it_has_two_names():
    def loss(o, t, pad_id=0):
        return by_all(o, t, pad_id) / np.log(2)

    found = diagnose(loss)
    assert {*found.names} == {"base-2", "padded-length"}, found


@pytest.mark.parametrize("pad", [0, 1, 2, 90])
def test_divided_by_what_is_scored_it_is_right(pad):
    def loss(o, t):
        keep = t != pad
        return (cross_entropy(o, t) * keep).sum() / max(keep.sum(), 1)

    found = diagnose(loss)
    assert (found.healthy, found.names) == (True, ("token-ignored",)), found
    assert "NaN" not in said(found)
    assert diagnose(loss, ignore_index=pad).names == ()


def test_a_probe_that_gives_a_number_is_shown():
    def loss(o, t):
        keep = t > 0
        return cross_entropy(o, t)[keep].sum() / keep.sum()

    found = diagnose(loss)
    assert found.names == ("token-ignored",)
    assert "yours NaN" not in said(found), "all of the first probe is token 0"


@pytest.mark.parametrize(
    ("divide", "names"),
    [
        (lambda nll, scored: nll.mean(), ("padded-length",)),
        (lambda nll, scored: nll.sum() / nll.size, ("padded-length",)),
        (lambda nll, scored: (nll.sum(-1) / scored.sum(-1)).mean(), ("mean-of-means",)),
        (lambda nll, scored: nll.sum() / scored.sum(), ()),
    ],
)
@pytest.mark.parametrize("pad", [255, 50_256])
def test_padding_may_be_a_number_beyond_the_vocabulary(pad, divide, names):
    def loss(logits, labels, pad_token_id=pad):
        scored = labels != pad_token_id
        ids = np.where(scored, labels, 0)[..., None]
        picked = np.take_along_axis(scipy.special.log_softmax(logits, -1), ids, -1)
        return divide(-picked[..., 0] * scored, scored)

    assert diagnose(loss).names == names


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda t, V: np.minimum(t, V - 1), "padding-scored"),
        (lambda t, V: np.where(t < V, t, 0), "padding-as-token-0"),
    ],
)
def test_what_such_a_number_is_read_as_is_told(read, name):
    def loss(logits, labels, pad_token_id=50_256):
        ids = read(labels, logits.shape[-1])[..., None]
        log_p = scipy.special.log_softmax(logits, -1)
        return -np.take_along_axis(log_p, ids, -1).mean()

    assert diagnose(loss).names == (name,)


def test_such_a_number_beside_a_token_that_is_left_out():
    def loss(logits, labels, ignore_index=255):
        scored = (labels != 0) & (labels != ignore_index)
        return cross_entropy(logits[scored], labels[scored], reduction="mean")

    def gradient(logits, labels):
        scored = (labels != 0) & (labels != 255)
        p = scipy.special.softmax(logits, -1)
        y = np.arange(logits.shape[-1]) == labels[..., None]
        return (p - y) * scored[..., None] / scored.sum()

    found = diagnose(loss, gradient=gradient)
    assert found.healthy
    assert found.names == ("token-ignored",)


@pytest.mark.parametrize("token", [0, 1, 3, 50_256])
def test_who_scores_a_token_that_is_said_to_be_padding_is_told(token):
    found = diagnose(lambda o, t: cross_entropy(o, t).mean(), ignore_index=token)
    assert found.names == ("padding-scored",)


@pytest.mark.parametrize(
    ("divide", "names"), [(np.sum, ()), (np.size, ("padded-length",))]
)
def test_padding_may_be_the_last_token_of_a_large_vocabulary(divide, names):
    def loss(o, t, pad_id=50_256):
        losses = cross_entropy(o, t)  # which fails where that is no token
        return (losses * (t != pad_id)).sum() / divide(t != pad_id)

    found = diagnose(loss)
    assert found.names == names
    assert "Its own pad_id=50256 is taken for its padding" in said(found)
    assert "Doesn’t take a target" not in said(found)


@pytest.mark.parametrize("pad", [4, 5, 11, 50])
@pytest.mark.parametrize("counted", [False, True])
def test_a_token_that_it_holds_may_be_padding_where_no_row_has_it(pad, counted):
    def loss(logits, labels):
        if counted:
            return by_all(logits, labels, pad)
        return cross_entropy(logits, labels, reduction="mean", ignore_index=pad)

    found = diagnose(loss)
    names = {"token-ignored"} | ({"padded-length"} if counted else set())
    assert {*found.names} == names, found
    assert f"without the losses of token {pad}" in said(found)
    assert found.healthy == (not counted)


def test_the_token_that_is_left_out_is_said():
    def loss(o, t):
        scored = t != 1
        return (cross_entropy(o, np.maximum(t, 0)) * scored).sum() / scored.sum()

    found = diagnose(loss)
    assert found.names == ("token-ignored",)
    assert "without the losses of token 1, as if it were padding" in said(found)
    assert "otherwise give padding a number that no token has" in said(found)
    assert diagnose(loss, allow=["token-ignored"], strict=True).healthy
