"""The loss of a data set: the shift, and the sum."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mpmath import mp
from numpy.testing import assert_array_equal

from reference import assert_close, exact_loss, printed
from xent_lib import LossTotals, cross_entropy, dataset_loss, next_token_pairs

inf, nan = math.inf, math.nan


@st.composite
def datasets(draw):
    """Up to four sequences of one vocabulary: logits (m, V) and targets (m,)."""
    v = draw(st.integers(1, 5))
    return [
        (
            draw(arrays(np.float64, (m, v), elements=st.floats(-1e4, 1e4))),
            draw(arrays(np.int64, m, elements=st.integers(0, v - 1))),
        )
        for m in draw(st.lists(st.integers(0, 4), max_size=4))
    ]


# --- next_token_pairs -----------------------------------------------------------------


def test_every_token_is_predicted_from_the_one_before():
    inputs, targets = next_token_pairs(["The", "cat", "sat", "on", "the", "mat"])
    assert inputs.tolist() == ["The", "cat", "sat", "on", "the"]
    assert targets.tolist() == ["cat", "sat", "on", "the", "mat"]


@given(
    arrays(
        np.int64,
        array_shapes(min_dims=1, max_dims=3).map(
            lambda shape: (*shape[:-1], shape[-1] + 1)
        ),
    )
)
def test_the_pairs_are_the_tokens_without_the_last_and_without_the_first(tokens):
    before = tokens.copy()
    inputs, targets = next_token_pairs(tokens)
    assert inputs.shape == targets.shape == (*tokens.shape[:-1], tokens.shape[-1] - 1)
    assert_array_equal(inputs, np.delete(tokens, -1, axis=-1))
    assert_array_equal(targets, np.delete(tokens, 0, axis=-1))
    assert_array_equal(tokens, before)


def test_the_pairs_keep_the_dtype_and_copy_nothing():
    tokens = np.arange(6, dtype=np.uint16)
    for part in next_token_pairs(tokens):
        assert part.dtype == np.uint16
        assert np.shares_memory(part, tokens)


@pytest.mark.parametrize(
    "tokens", [[], [1], 5, "The cat", [[1]] * 3, [[]] * 3], ids=repr
)
def test_fewer_than_two_tokens_are_a_value_error_that_names_the_shape(tokens):
    with pytest.raises(
        ValueError, match=f"tokens .*at least two.*{re.escape(str(np.shape(tokens)))}"
    ):
        next_token_pairs(tokens)


@pytest.mark.parametrize(
    ("tokens", "odd"),
    [
        ([1, "a", 2], "1"),
        (["a", 2.5], "2.5"),
        ([["a", "b"], ["c", 2]], "2"),
        ([b"a", 1, 2], "1"),
    ],
)
def test_numbers_among_strings_are_refused_rather_than_made_strings(tokens, odd):
    with pytest.raises(TypeError, match=f"all ids or all strings, got {odd}"):
        next_token_pairs(tokens)


@pytest.mark.parametrize("tokens", [[1, 2.5], [2**53 + 1, 2**63], [1j, 2]])
def test_tokens_are_no_fractions(tokens):
    with pytest.raises(TypeError, match="tokens must be ids or strings, got dtype"):
        next_token_pairs(tokens)


@pytest.mark.parametrize("tokens", [[b"a", b"\0", b"\0\0"], ["a\0", "b", "c\0"]])
def test_zero_bytes_at_the_end_of_a_token_are_kept(tokens):
    inputs, targets = next_token_pairs(tokens)
    assert [*inputs, targets[-1]] == tokens


def test_tokens_that_are_strings_stay_strings():
    for part in next_token_pairs(["The", "cat", "sat"]):
        assert part.dtype.kind == "U"


def test_ragged_tokens_are_a_value_error():
    with pytest.raises(ValueError, match=r"tokens .*rectangular"):
        next_token_pairs([[1, 2, 3], [1, 2]])


# --- dataset_loss: Formula (16) -------------------------------------------------------


@given(datasets())
def test_the_loss_of_a_data_set_is_the_definition_at_50_digits(sequences):
    t = dataset_loss(sequences)
    total = mp.fsum(
        exact_loss(*pair)
        for logits, targets in sequences
        for pair in zip(logits, targets, strict=True)
    )
    m = sum(len(targets) for _, targets in sequences)
    assert (t.n_sequences, t.n_tokens) == (len(sequences), m)
    assert_close(t.total, total)
    if sequences:
        assert_close(t.per_sequence, total / len(sequences))
    if m:
        assert_close(t.per_token, total / m)


@given(datasets(), st.integers(0, 4))
def test_the_parts_of_a_data_set_add_up_to_the_whole(sequences, cut):
    parts = dataset_loss(sequences[:cut]) + dataset_loss(sequences[cut:])
    assert printed(parts) == printed(dataset_loss(sequences))


@given(datasets(), st.integers(0, 4))
def test_an_ignored_token_is_a_token_that_is_not_there(sequences, ignored):
    kept = [
        (logits[targets != ignored], targets[targets != ignored])
        for logits, targets in sequences
    ]
    with_mask, without = (
        dataset_loss(sequences, ignore_index=ignored),
        dataset_loss(kept),
    )
    assert_close(with_mask.total, without.total)
    assert (with_mask.n_sequences, with_mask.n_tokens) == (
        without.n_sequences,
        without.n_tokens,
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_total_is_that_of_the_losses_to_the_last_digit_however_a_text_is_cut(seed):
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(size=(10_000, 3)), rng.integers(0, 3, 10_000)
    for cut in (7, 100, 101, 1000, 10_000):
        pieces = [
            (logits[i : i + cut], targets[i : i + cut]) for i in range(0, 10_000, cut)
        ]
        losses = np.concatenate([cross_entropy(*piece) for piece in pieces])
        assert dataset_loss(pieces).total == math.fsum(losses)


def test_what_rounding_took_from_a_sequence_is_not_lost_to_the_next():
    pair = np.array([[0.0, -1e19], [0.0, -800.0]]), [1, 1]
    total = dataset_loss([pair, (pair[0][1:], [1])]).total
    assert total == math.fsum([1e19, 800, 800]) != 1e19 + 800 + 800


@pytest.mark.parametrize(
    "iterable", [list, tuple, iter, lambda pairs: (pair for pair in pairs)]
)
def test_any_iterable_is_read_once(iterable):
    pairs = [([[0.0, 0.0]], [1]), (np.zeros((3, 4), np.float32), np.zeros(3, np.uint8))]
    t = dataset_loss(iterable(pairs))
    assert (t.n_sequences, t.n_tokens) == (2, 4)
    assert_close(t.total, mp.log(2) + 3 * mp.log(4))


def test_a_sequence_with_nothing_scored_counts_as_a_sequence():
    row = [0.0, 0.0]
    t = dataset_loss(
        [([row], [1]), ([row], [-100]), (np.empty((0, 2)), [])], ignore_index=-100
    )
    assert (t.n_sequences, t.n_tokens) == (3, 1)
    assert_close(t.per_sequence, mp.log(2) / 3)
    assert_close(t.per_token, mp.log(2))


@pytest.mark.parametrize(
    "nothing", [[], (), iter([])], ids=["list", "tuple", "iterator"]
)
def test_the_loss_of_no_sequences_is_the_zero_of_addition(nothing):
    assert dataset_loss(nothing) == LossTotals() == LossTotals(0.0, 0, 0)


@pytest.mark.parametrize("shape", [(2, 3, 4), (4,), ()], ids=str)
def test_a_sequence_that_is_not_m_by_v_is_a_value_error(shape):
    with pytest.raises(
        ValueError, match=rf"(?s)\(m, V\).*{re.escape(str(shape))}.*sequences\[1\]"
    ):
        dataset_loss(
            [([[0.0, 0.0]], [1]), (np.zeros(shape), np.zeros(shape[:-1], int))]
        )


class NoArray:
    """As a tensor elsewhere."""

    def __init__(self, error):
        self.error = error

    def __array__(self, dtype=None, copy=None):
        raise self.error("on a GPU")


@pytest.mark.parametrize(
    ("error", "logits", "targets", "message"),
    [
        (IndexError, [[0.0, 0.0]] * 2, [0, -1], r"targets\[1\] is -1.*V = 2"),
        (IndexError, [[0.0, 0.0]] * 2, [2, 0], r"targets\[0\] is 2.*V = 2"),
        (ValueError, [[0.0, 0.0]] * 2, [0], r"\(2, 2\).*\(1,\)"),
        (ValueError, [[0.0], [0.0, 1.0]], [0, 0], "logits .*rectangular"),
        (ValueError, np.empty((2, 0)), [0, 0], r"vocabulary axis is empty.*\(2, 0\)"),
        (TypeError, [[0.0, 0.0]], [0.0], "targets .*dtype float64"),
        (TypeError, [[0j, 0.0]], [0], "logits .*dtype complex128"),
        (RuntimeError, NoArray(RuntimeError), [0], "on a GPU.*logits could not be"),
        (ValueError, NoArray(ValueError), [0], "on a GPU.*logits could not be"),
    ],
)
def test_an_error_names_the_sequence_as_well(error, logits, targets, message):
    with pytest.raises(error, match=rf"(?s){message}.*sequences\[1\]"):
        dataset_loss([([[0.0, 0.0]], [1]), (logits, targets)])


def test_a_generator_is_closed_when_one_of_its_items_is_refused():
    closed = []

    def sequences():
        try:
            yield [[0.0, 0.0]], [1]
            yield [[0.0, 0.0]], [2]
        finally:
            closed.append(True)

    generator = sequences()
    with pytest.raises(IndexError) as caught:  # whose traceback holds the generator
        dataset_loss(generator)
    assert closed, caught
    reader = iter([([[0.0, 0.0]], [2]), ([[0.0, 0.0]], [1])])
    with pytest.raises(IndexError):
        dataset_loss(reader)
    assert len(list(reader)) == 1


def test_infinite_losses_add_up_to_infinity_and_nan_to_nan_without_a_flag():
    infinite, undefined, fine = (
        ([[0.0, -inf]], [1]),
        ([[0.0, nan]], [1]),
        ([[0.0, -800.0]], [1]),
    )
    with np.errstate(all="raise"):
        assert dataset_loss([fine, infinite, infinite, fine]).total == inf
        assert math.isnan(dataset_loss([infinite, undefined, fine]).total)
        assert dataset_loss([fine, infinite]).perplexity == inf


def test_a_total_beyond_float64_is_inf_without_a_warning():
    row = [1e308, 0.0]
    assert dataset_loss([([row], [1])] * 2).total == inf
    assert dataset_loss([([row] * 2, [1, 1])]).total == inf


@pytest.mark.parametrize(
    ("item", "kind"),
    [(5, "int"), ([[0.0, 0.0]], "list"), (([[0.0]], [0], [0]), "tuple")],
)
def test_what_is_no_pair_is_named(item, kind):
    with pytest.raises(
        ValueError, match=rf"(?s)must be a pair .* got {kind}.*sequences\[0\]"
    ):
        dataset_loss([item])


@pytest.mark.parametrize("sequences", [None, 5])
def test_what_is_no_iterable_is_named(sequences):
    with pytest.raises(
        TypeError, match=f"sequences must be an iterable of pairs, got {sequences}"
    ):
        dataset_loss(sequences)
