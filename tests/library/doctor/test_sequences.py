"""Sequences: their layout, and what is wrong with them."""

import numpy as np
import pytest
import scipy.special

from by_hand import said
from xent_lib import cross_entropy, softmax
from xent_lib.doctor import diagnose


def log_p(o, axis=-1):
    return scipy.special.log_softmax(o, axis)


@pytest.mark.parametrize(
    ("axis", "words"), [(-1, "sequences are (B, T, V)"), (1, "sequences are (B, V, T)")]
)
def test_the_layout_is_said(axis, words):
    assert words in diagnose(lambda o, t: cross_entropy(o, t, axis=axis)).convention


def test_a_softmax_over_axis_1_that_picks_from_the_last_is_right_in_no_layout():
    def loss(o, t):
        y = np.arange(o.shape[-1]) == t[..., None]
        o = o - o.max(axis=1, keepdims=True)
        return -(y * (o - np.log(np.exp(o).sum(1, keepdims=True)))).sum(-1).mean()

    found = diagnose(loss)
    assert "wrong-axis" in found.names
    assert "three sequences: yours 5.1356, once fixed 8.736" in said(found)
    assert 'if it is given rows alone, say allow=["wrong-axis"]' in said(found)
    assert diagnose(loss, allow=["wrong-axis"])


@pytest.mark.parametrize("divided", [False, True])
def test_it_is_no_second_fault(divided):
    """Of KLDivLoss, whose mean is that of the vocabulary, too."""

    def loss(o, t):
        y = np.arange(o.shape[-1]) == t[..., None]
        losses = -(y * log_p(o, axis=1))
        return losses.mean() if divided else losses.sum() / len(o)

    found = diagnose(loss)
    faults = [one.what for one in found.findings if one.kind == "fault"]
    assert faults == ["divided by the vocabulary, too"] * divided, found
    assert "– Takes rows alone: sequences (B, T, V) have another loss" in said(found)


def test_what_else_takes_rows_alone_says_nothing_of_a_softmax():
    def loss(o, t):
        y = np.arange(o.shape[-1]) == t[..., None]
        return -(y * log_p(o)).sum(1).mean()

    found = diagnose(loss)
    assert "Takes rows alone" in said(found)
    assert "axis 1" not in said(found)


def test_whoever_reshapes_means_sequences():
    def loss(logits, targets):
        if logits.ndim == 3:
            logits, targets = logits[:, 1:, :], targets[:, :-1] * 0
        return -np.take_along_axis(log_p(logits), targets[..., None], -1).mean()

    found = diagnose(loss)
    assert not found.healthy
    assert "three sequences: yours" in said(found)
    assert "never" not in said(found)


def test_sequences_alone_that_are_odd_are_a_fault():
    def loss(logits, targets):
        B, T, V = logits.shape
        return -np.take_along_axis(
            log_p(logits.reshape(B * T, V)), targets.reshape(-1, 1), -1
        ).mean() * (1 + (B > 2))

    found = diagnose(loss)
    assert found.names == ()
    assert "three sequences: yours 17.472, expected 8.736" in said(found)


def test_an_odd_number_of_sequences_that_is_refused_is_a_fault():
    def loss(logits, targets):
        _, _, V = logits.shape
        rows = logits.reshape(2, -1, V)
        return -np.take_along_axis(log_p(rows), targets.reshape(2, -1, 1), -1).mean()

    found = diagnose(loss)
    assert not found.healthy
    assert "ValueError" in said(found)


def test_who_takes_no_sequences_is_told_so():
    found = diagnose(lambda o, t: -log_p(o)[np.arange(len(t)), t].mean())
    assert found.healthy
    assert "Doesn’t take sequences" in said(found)


def gathered(x, index):
    """PyTorch’s x.gather(1, index), which takes as many of other axes as it needs."""
    cut = (slice(n if axis != 1 else None) for axis, n in enumerate(index.shape))
    return np.take_along_axis(x[tuple(cut)], index, 1)


def test_ids_that_are_taken_for_places_of_long_sequences_are_a_fault():
    found = diagnose(lambda o, t: -gathered(log_p(o), t[..., None]).mean())
    assert found.names == ("rows-alone",)
    assert not found.healthy
    assert "two sequences of 8: yours 3.4609, once fixed 3.685" in said(found)


def test_a_sum_by_sequences_is_told_with_what_makes_it_right():
    found = diagnose(lambda o, t: cross_entropy(o, t).sum() / len(t))
    assert found.names == ("per-sequence",)
    assert found.healthy
    assert "Right if a sequence’s loss is meant" in said(found)


def test_a_sum_by_sequences_explains_no_token_that_is_left_out():
    def loss(o, t):
        return np.where(t == 2, 0, cross_entropy(o, np.maximum(t, 0))).sum() / len(t)

    found = diagnose(loss)
    assert {*found.names} == {"padded-length", "token-ignored", "per-sequence"}
    assert not found.healthy
    assert "✗ The loss is divided by all places, the padding among them" in said(found)
    assert {*diagnose(loss, ignore_index=2).names} == {"per-sequence"}


def test_a_shift_along_the_batch_is_no_shift_of_tokens():
    found = diagnose(lambda o, t: cross_entropy(o[:-1], t[1:]).mean())
    assert found.names == ("shifted-sequences",)
    assert not found.healthy


@pytest.mark.parametrize("ask", [np.ndim, lambda o: len(o.shape)])
def test_one_token_of_each_is_a_fault_even_where_rows_are_right(ask):
    """As PyTorch’s dim(), which is no word of sequences."""

    def last(o, t):
        if ask(o) == 3:
            o, t = o[:, -1], t[:, -1]
        return cross_entropy(o, t).mean()

    found = diagnose(last)
    assert found.names == ("last-token",)
    assert not found.healthy
    assert "✗ The loss is of the last token of each sequence alone" in said(found)
    assert "if only that has a target, say allow=" in said(found)
    assert diagnose(last, allow=["last-token"]).healthy


@pytest.mark.parametrize("declared", [{}, {"shifts": True}])
def test_a_shift_goes_along_each_sequence_and_not_from_one_to_the_next(declared):
    def joined(o, t):
        """As of transformers, but flattened before."""
        o, t = o.reshape(-1, o.shape[-1]), t.reshape(-1)
        return cross_entropy(o[:-1], t[1:]).mean()

    found = diagnose(joined, **declared)
    assert found.names == ("sequences-joined",)
    assert not found.healthy
    assert "shift before you flatten" in said(found)


def each_by_itself(losses):
    return np.mean([np.exp(one.mean()) for one in losses])


@pytest.mark.parametrize("made", [False, True])
@pytest.mark.parametrize(
    "reduce", [lambda losses: np.exp(losses.mean(-1)).mean(), each_by_itself]
)
def test_perplexities_of_sequences_are_no_perplexity(reduce, made):
    def loss(o, t):
        assert not made or o.ndim == 3
        return reduce(-np.take_along_axis(log_p(o), t[..., None], -1)[..., 0])

    found = diagnose(loss)
    assert found.names == ("mean-of-perplexities",)
    assert "✗ The loss is a mean of the sequences’ perplexities" in said(found)
    shifted = diagnose(lambda o, t: loss(o[..., :-1, :], t[..., 1:]))
    assert {*shifted.names} == {"shifted", "mean-of-perplexities"}
    assert "the sequences’ perplexities" in said(shifted)


@pytest.mark.parametrize("top", ["0", "o.max()", "o.max(0)", "o.max(-1)[..., None]"])
def test_a_softmax_over_the_batch_is_named(top):
    code = (
        "def loss(o, t):\n"
        " B, T, V = o.shape\n"
        f" e = np.exp(o - {top})\n"
        " p = np.take_along_axis(e / e.sum(0), t[..., None], -1)\n"
        " return -np.log(p).mean()"
    )
    exec(code, scope := {"np": np})
    assert diagnose(scope["loss"]).names == ("batch-axis",)


def test_a_softmax_over_axis_1_of_who_speaks_of_time_is_a_fault():
    def loss(logits, targets):
        seq_len = targets.shape[-1]
        total = np.take_along_axis(log_p(logits, 1), targets[..., None], -1).sum()
        return -total / (targets.size // seq_len * seq_len)

    found = diagnose(loss)
    assert found.names == ("wrong-axis",)
    assert not found.healthy


def test_a_number_for_each_sequence_is_not_tried():
    def loss(o, t):
        losses = cross_entropy(o, t)
        return losses.mean(-1) if o.ndim == 3 else losses.reshape(-1).mean()

    found = diagnose(loss)
    assert found.healthy, found
    told = "Not tried: sequences (B, T, V), of which it gives a number for each: add"
    assert told in said(found)
    assert diagnose(lambda o, t: loss(o, t).mean()).not_tried == ()


def rolled(o, t):
    return o, np.append(t[1:], -100 + 0 * t[:1], axis=0)


@pytest.mark.parametrize("shift", [lambda o, t: (o[:-1], t[1:]), rolled])
@pytest.mark.parametrize("shifts", [None, True])
def test_rows_that_are_one_sequence_may_be_shifted(shift, shifts):
    """Though axis 1 of its sequences may be the vocabulary, as in PyTorch."""

    def loss(o, t):
        how = {"axis": 1, "reduction": "mean", "ignore_index": -100}
        return cross_entropy(*shift(o, t), **how)

    found = diagnose(loss, shifts=shifts)
    assert found.healthy, found
    assert found.names == (() if shifts else ("shifted",))
    assert "Doesn’t take sequences (B, T, V): give it their rows" in said(found)


def test_who_shifts_rows_may_shift_sequences_in_another_layout():
    def loss(o, t):
        o = np.moveaxis(o, 1, -1).reshape(*t.shape, -1)[..., :-1, :]
        return cross_entropy(o, t[..., 1:], reduction="mean")

    found = diagnose(loss)
    assert found.healthy, found
    assert "sequences are (B, V, T)" in said(found)


@pytest.mark.parametrize("places", [(), (1,)])
def test_the_axis_of_the_vocabulary_is_not_laid_in_a_row(places):
    """As images (B, V, H, W), too, which are to be permuted before."""

    def images(o, t):
        return cross_entropy(o.reshape(-1, o.shape[1]), t.ravel()).mean()

    def sequences(o, t):
        B, T, V = o.shape
        return images(o.swapaxes(1, 2).reshape(B, V, T, *places), t)

    for loss in (images, sequences):
        found = diagnose(loss)
        assert found.names == ("reshaped",), found
        assert "(B, V, T) reshaped to (B·T, V)" in said(found)
    assert "sequences are (B, V, T)" in diagnose(images).convention


@pytest.mark.parametrize("shifts", [None, True])
def test_a_shift_by_two_is_one_too_many(shifts):
    """In any rows, and in sequences alone, whose places may be taken for classes."""

    def sequences(o, t):
        if t.ndim == o.ndim:  # as PyTorch takes what is no id
            return -(t[:, 2:] * log_p(o[:, :-2])).sum()
        return cross_entropy(o[:, :-2], t[:, 2:]).mean()

    for loss in (
        lambda o, t: cross_entropy(o[..., :-2, :], t[..., 2:]).mean(),
        sequences,
    ):
        found = diagnose(loss, shifts=shifts)
        assert found.names == ("shifted-twice",), found
        assert not found.healthy
        assert "logits (B, T, V) and ids, and" in said(found) or loss is not sequences


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (lambda o, t: cross_entropy(o, t), set()),
        (lambda o, t: cross_entropy(softmax(o), t).mean(), {"softmax-twice"}),
        (lambda o, t: cross_entropy(o[:-1], t[1:]).mean(), {"shifted-sequences"}),
    ],
)
def test_whoever_is_said_to_shift_and_does_not_is_told_so(loss, names):
    """Of sequences alone, of which rows are two alike."""

    def sequences(logits, labels):
        assert logits.ndim == 3
        return loss(logits, labels)

    assert {*diagnose(sequences, shifts=True).names} == {"not-shifted", *names}


def of_rows(o, t):
    return cross_entropy(o, t).mean()


def laid_in_a_row(o, t):
    return cross_entropy(o.reshape(-1, o.shape[-1]), t.reshape(-1)).mean()


def of_three_axes(o, t):
    assert o.ndim == 3
    return of_rows(o, t)


@pytest.mark.parametrize("loss", [of_rows, laid_in_a_row, of_three_axes])
@pytest.mark.parametrize(
    ("kept", "which"), [(slice(1, None), "first"), (slice(-1), "last")]
)
def test_a_sequence_that_is_dropped_is_no_token(loss, kept, which):
    found = diagnose(lambda o, t: loss(o[kept], t[kept]))
    assert found.names == ("sequence-dropped",), found
    assert not found.healthy
    assert f"without the {which} sequence of the batch" in said(found)
    of_rows_too = f"; of rows (N, V), without the {which} token" in said(found)
    assert of_rows_too == (loss is not of_three_axes), found
    assert len(found.findings) == 1


@pytest.mark.parametrize(
    ("kept", "which"), [(slice(1, None), "first"), (slice(-1), "last")]
)
def test_of_all_in_a_row_it_is_one_token(kept, which):
    def loss(o, t):
        return of_rows(o.reshape(-1, o.shape[-1])[kept], t.ravel()[kept])

    found = diagnose(loss)
    assert found.names == (f"{which}-dropped",), found
    assert f"without the {which} token of all" in said(found)
    assert len(found.findings) == 1


@pytest.mark.parametrize(
    ("kept", "name"), [(slice(1, None), "first-dropped"), (slice(-1), "last-dropped")]
)
def test_of_rows_alone_it_is_a_token(kept, name):
    def loss(o, t):
        assert o.ndim == 2
        return laid_in_a_row(o[kept], t[kept])

    assert diagnose(loss).names == (name,)


def test_of_sequences_alone_its_gradient_is_that_of_what_it_is():
    def loss(o, t):
        return of_three_axes(o[1:], t[1:])

    def gradient(o, t):
        p_less_y = scipy.special.softmax(o, -1) - np.eye(o.shape[-1])[t]
        p_less_y[0] = 0
        return p_less_y / t[1:].size

    assert diagnose(loss, gradient=gradient).names == ("sequence-dropped",)
    found = diagnose(loss, gradient=lambda o, t: 2 * gradient(o, t))
    assert found.names == ("sequence-dropped", "gradient-scaled")


def test_a_column_for_each_row_is_no_shape_of_sequences():
    def cost(AL, Y):
        return -np.sum(Y * np.log(AL)) / Y.shape[1]

    found = diagnose(cost)
    assert found.healthy, found
    assert "(V, N)" in found.convention
    assert "Doesn’t take sequences (B, T, V)" in said(found)
