"""Padding by lengths: how many tokens each sequence has, and where they are tried."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


def of_lengths(divide, name="valid_len"):
    """As the d2l book has it."""

    def loss(pred, label, lengths):
        B, T, V = pred.shape
        kept = np.arange(T)[None, :] < lengths[:, None]
        losses = cross_entropy(pred.reshape(-1, V), label.ravel()).reshape(B, T)
        return divide(losses * kept, kept)

    scope = {"loss": loss}
    exec(f"def by_length(pred, label, {name}): return loss(pred, label, {name})", scope)
    return scope["by_length"]


@pytest.mark.parametrize("declared", [{}, {"ignore_index": None}])
@pytest.mark.parametrize("name", ["valid_len", "lengths", "seq_lens"])
@pytest.mark.parametrize(
    ("divide", "names"),
    [
        (lambda losses, kept: losses.sum() / kept.sum(), ()),
        (lambda losses, kept: losses.mean(), ("padded-length",)),
    ],
)
def test_padding_is_tried_by_lengths(divide, names, name, declared):
    found = diagnose(of_lengths(divide, name), **declared)
    assert found.names == names
    assert found.healthy == (not names)
    assert "ids (lengths)" in said(found)
    assert "Where every length is 0, it gives" in said(found)
    assert "ignore_index" not in said(found)


@pytest.mark.parametrize("by", ["kept", "lengths"])
def test_a_length_is_no_index_of_the_last(by):
    def loss(logits, labels, lengths):
        kept = np.arange(labels.shape[-1]) <= lengths[:, None]
        n = kept.sum() if by == "kept" else lengths.sum()
        return (cross_entropy(logits, labels) * kept).sum() / n

    found = diagnose(loss)
    assert found.names == ("length-too-long",), found
    assert not found.healthy
    assert "use the places < length, not <= length" in said(found)


def test_of_a_number_for_each_sequence_the_mean_is_taken():
    by_length = of_lengths(lambda losses, kept: losses.mean(-1))
    found = diagnose(by_length)
    assert "the mean of a number for each sequence" in found.convention
    written = diagnose(lambda o, t, lengths: by_length(o, t, valid_len=lengths).mean())
    assert found.names == written.names == ("padded-length",)


def test_so_it_is_of_a_module():
    class Module:
        def forward(self, pred, label, valid_len):
            return of_lengths(lambda losses, kept: losses.mean(-1))(
                pred, label, valid_len
            )

        def __call__(self, *given, **named):
            return self.forward(*given, **named)

    assert diagnose(Module).names == ("padded-length",)


def test_the_line_of_who_is_not_taken_has_lengths():
    def loss(logits, labels, valid_len):
        raise RuntimeError

    line = "diagnose(lambda o, t, lengths: loss(…, valid_len=lengths))"
    assert line in said(diagnose(loss))


def test_of_rows_lengths_say_nothing():
    def loss(o, t, lengths):
        assert o.ndim == 2
        return cross_entropy(o, t).sum() / lengths

    assert "padding by its lengths, since" in said(diagnose(loss))


def test_a_length_at_most_is_none():
    def loss(o, t, max_len):
        raise RuntimeError

    assert "max_len=…" in said(diagnose(loss))


def by_shares(divide, lengths=True):
    """As SpeechBrain has them, its longest sequence 1."""

    def loss(log_p, targets, length):
        losses = -np.take_along_axis(log_p, targets[..., None], -1)[..., 0]
        if length is None:
            return losses.mean()
        T = targets.shape[1]
        kept = np.arange(T)[None] < np.round(length * T)[:, None]
        return divide(losses * kept, kept)

    if lengths:
        return loss
    return lambda log_p, targets, length=None: loss(log_p, targets, length)


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize(
    ("divide", "names"),
    [
        (lambda losses, kept: losses.sum() / kept.sum(), ()),
        (lambda losses, kept: losses.mean(), ("padded-length",)),
    ],
)
def test_lengths_may_be_shares_and_need_not_be_given(divide, names, lengths):
    found = diagnose(by_shares(divide, lengths))
    assert found.names == names, found
    assert found.healthy == (not names)
    assert "ids (lengths as shares of the longest)" in said(found)


def test_lengths_that_need_not_be_given_are_tried():
    def loss(logits, targets, lengths=None):
        T = targets.shape[-1]
        kept = True if lengths is None else np.arange(T) < lengths[:, None]
        losses = cross_entropy(logits, targets)
        return (losses * kept).sum() / (np.ones(losses.shape) * kept).sum()

    found = diagnose(loss)
    assert found.healthy, found
    assert "ids (lengths)" in said(found)


@pytest.mark.parametrize("declared", [{}, {"ignore_index": None}])
@pytest.mark.parametrize("of", [lambda n, T: n, lambda n, T: np.round(n * T)])
def test_one_place_too_many_is_seen_of_lengths_that_need_not_be_given(of, declared):
    def loss(logits, targets, lengths=None):
        T = targets.shape[-1]
        kept = True if lengths is None else np.arange(T) <= of(lengths, T)[:, None]
        losses = cross_entropy(logits, np.maximum(targets, 0))
        return (losses * kept).sum() / (np.ones(losses.shape) * kept).sum()

    found = diagnose(loss, **declared)
    assert found.names == ("length-too-long",), found


@pytest.mark.parametrize("ignore_index", ["auto", None])
def test_a_mask_that_need_not_be_given_is_tried_of_who_has_no_number(ignore_index):
    def loss(logits, targets, mask=None):
        losses = cross_entropy(logits, np.maximum(targets, 0))
        kept = np.ones(losses.shape) if mask is None else mask
        return (losses * kept).mean()

    found = diagnose(loss, ignore_index=ignore_index)
    assert found.names == ("padded-length",), found


def test_lengths_that_change_nothing_are_told():
    found = diagnose(lambda o, t, lengths: cross_entropy(o, t, reduction="mean"))
    assert found.names == ("padding-scored",)
    assert "its length changes nothing" in said(found)


@pytest.mark.parametrize("rows_alone", [True, False])
def test_lengths_that_need_not_be_given_may_be_none(rows_alone):
    def loss(logits, targets, lengths=None):
        if rows_alone and logits.ndim > 2:
            raise ValueError
        return cross_entropy(logits, targets, reduction="mean")

    found = diagnose(loss)
    assert found.healthy, found
    assert "length" not in said(found)
