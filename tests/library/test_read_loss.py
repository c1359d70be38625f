"""read_loss in real situations: what it must say of a number, and what it must not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from reference import assert_close
from xent_lib import read_loss
from xent_lib._read_loss import show

nan, inf = math.nan, math.inf
GPT2 = 50_257

# The situation: what read_loss is given, what it must say, and what it must not.
SITUATIONS = {
    "a log says 3.02, and no more": (
        [3.02],
        ["p = 0.0488", "20.49 equally likely", "text and the tokenizer"],
        ["ln V", "Above", "Low", "softmax", "perplexity"],
    ),
    "GPT-2 in the middle of its training": (
        [3.02, GPT2],
        ["which pays ln V = 10.82", "still untrained"],
        ["Near", "Low", "softmax", "At 0.990"],
    ),
    "the same with the bytes of its tokens": (
        [3.02, GPT2, 4.4],
        ["At 0.990 bits per byte", "on the same text"],
        ["With the bytes per token", "Low", "More than 8"],
    ),
    "an untrained model, by logits of 0": ([math.log(GPT2), GPT2], ["Near"], ["Above"]),
    "nanoGPT's first loss": ([10.9886, GPT2], ["Near ln V"], ["Above", "Better"]),
    "nanoGPT's first loss on characters": (
        [4.285, 65],
        ["Near ln V = 4.17"],
        ["Above"],
    ),
    "bytes before any training": (
        [math.log(256), 256, 1],
        ["Near ln V = 5.55", "next to nothing"],
        ["More than 8", "compared"],
    ),
    "a start with too large logits": (
        [31.4, GPT2],
        ["Above", "its logits are too large"],
        ["Near", "bits", "equally likely"],
    ),
    "the shift done twice, after training": ([12.3, GPT2], ["wrong targets"], ["Near"]),
    "the sum of a batch": ([24_737.0, GPT2], ["a sum was taken"], ["bits"]),
    "a sum beyond every perplexity": ([1e6, GPT2], ["a sum was taken"], ["perplexity"]),
    "a perplexity in place of the loss": (
        [20.49, GPT2],
        ["If it is a perplexity, the loss is its logarithm, 3.02."],
        ["bits"],
    ),
    "a perplexity, and no vocabulary": (
        [20.49],
        ["Above ln 1,000,000 = 13.82", "its logarithm, 3.02"],
        ["ln V", "all V"],
    ),
    "a perplexity of characters": ([4.35, 65], ["its logarithm, 1.47"], ["Near"]),
    "a perplexity that a loss could be": ([8.3, GPT2], ["Better"], ["perplexity"]),
    "an untrained model in bits": (
        [15.617, GPT2],
        ["If these are bits, the loss is 10.82 nats."],
        ["Near"],
    ),
    "bits that a loss in nats could be": ([4.36, GPT2], ["Better"], ["bits, the loss"]),
    "the example with its softmax taken twice": (
        [1.052, 4],
        ["softmax taken twice cannot bring it below 0.744", "if it levels off"],
        ["Near", "still untrained"],
    ),
    "softmax twice, at its floor": (
        [0.7437, 4],
        ["cannot bring it below 0.744"],
        ["still untrained"],
    ),
    "softmax twice in GPT-2": ([9.83, GPT2], ["below 9.82"], ["Near", "Above"]),
    "below that floor": ([9.7, GPT2], ["still untrained"], ["softmax"]),
    "the example of the book": (
        [0.489875, 4],
        ["p = 0.613", "1.63 equally likely", "which pays ln V = 1.39"],
        ["Low", "softmax"],
    ),
    "Shakespeare by characters": ([1.47, 65, 1.0], ["2.12 bits per byte"], ["Low"]),
    "a base model on web text": (
        [2.388, 32_768, 4.8],
        ["0.718 bits per byte"],
        ["Low"],
    ),
    "chats, with their set phrases": ([0.97, 32_768, 4.7], ["0.298 bits"], ["Low"]),
    "the inputs hold the targets": (
        [0.011, GPT2],
        ["Low for text", "the inputs do not hold the targets"],
        ["Better", "softmax"],
    ),
    "tested on what it was trained on": (
        [0.31, GPT2, 4.4],
        ["Low", "the text was not trained on", "At 0.102 bits per byte"],
        ["Better"],
    ),
    "padding scored": ([0.35, GPT2], ["no padding is scored"], ["Better"]),
    "low, and no vocabulary": ([0.15], ["Low"], ["size of the vocabulary"]),
    "two classes, well told apart": ([0.1, 2], ["good classifier"], ["Low", "padding"]),
    "an epsilon's −ln": ([20.723, GPT2], ["It is −ln 1e-09", "log-sum-exp"], ["times"]),
    "Keras' epsilon": ([16.118, 32_000], ["It is −ln 1e-07"], ["1e-08"]),
    "near an epsilon's −ln": ([20.5, GPT2], ["Above"], ["It is −ln"]),
    "a floor below ln V": ([16.118, 10**9], ["It is −ln 1e-07"], ["Above"]),
    "twice ln V": ([21.65, GPT2], ["twice that", "2 accumulation steps"], ["3 times"]),
    "32 times ln V": ([32 * 10.825, GPT2], ["It is 32 times that"], ["16 times"]),
    "138 in 32 steps": ([138, 32_000], ["a sum was taken"], ["It is"]),
    "two classes, half learned": ([0.35, 2], ["softmax"], ["Low", "Near"]),
    "twelve words at equal chances": ([2.4849, 12], ["Near ln V = 2.48"], ["Better"]),
    "more than the bytes themselves": (
        [8.5, GPT2, 1.2],
        ["More than 8 bits per byte", "the number of bytes per token"],
        ["compared"],
    ),
    "every label ignored": ([nan], ["0/0", "Count the tokens"], ["leak", "p ="]),
    "every label ignored, with all arguments": ([nan, GPT2, 4.4], ["NaN"], ["ln V"]),
    "a logit of −∞ that came": (
        [inf, GPT2],
        ["p was 0", "−∞"],
        ["perplexity", "Above"],
    ),
    "every label ignored, as a calm 0": (
        [0.0, GPT2],
        ["Zero", "scored at all", "round the loss away"],
        ["Low", "Better"],
    ),
    "a zero with a sign": ([-0.0], ["Zero"], ["Below 0"]),
    "large equal logits in float32": ([np.float32(0)], ["large logits"], ["Low"]),
    "rounded below 0": ([-1.2e-7, 10], ["Zero"], ["Below 0", "sign"]),
    "a sign forgotten": ([-3.02, GPT2], ["Below 0", "Check the sign"], ["p ="]),
    "the logit without normalising": ([-3.2, 4], ["sum to 1"], ["ln V"]),
    "minus infinity": ([-inf], ["Below 0"], ["Infinite"]),
}


@pytest.mark.parametrize(
    ("given", "says", "never"), SITUATIONS.values(), ids=SITUATIONS
)
def test_a_situation(given, says, never):
    words = " ".join(read_loss(*given).words)
    for phrase in says:
        assert phrase in words
    for phrase in never:
        assert phrase not in words


def test_there_are_thirty_situations_at_least():
    assert len(SITUATIONS) >= 30


WHOLE = {
    (3.02,): [
        "As if every token that came had p = 0.0488: one of 20.49 equally likely "
        "tokens.",
        "If that is the size of the vocabulary, this is a blind guess, as before any "
        "training.",
        "Whether it is good depends on the text and the tokenizer. With the bytes per "
        "token, it can be compared across tokenizers, on the same text.",
    ],
    (3.02, GPT2, 4.4): [
        "As if every token that came had p = 0.0488: one of 20.49 equally likely "
        "tokens.",
        "Better than a blind guess among all V tokens, which pays ln V = 10.82. If the "
        "model is still untrained, that is suspicious: look for a wrong divisor, or "
        "for padding that costs nothing but is counted.",
        "At 0.990 bits per byte it can be compared across tokenizers, on the same "
        "text.",
    ],
    (1.052, 4, 0.1): [
        "As if every token that came had p = 0.349: one of 2.86 equally likely tokens.",
        "Better than a blind guess among all V tokens, which pays ln V = 1.39. A "
        "softmax taken twice cannot bring it below 0.744: if it levels off here, look "
        "for a second one.",
        "More than 8 bits per byte: the raw bytes would take less. Check the number "
        "of bytes per token.",
    ],
    (0.01, GPT2, 1000): [
        "As if every token that came had p = 0.990: one of 1.01 equally likely tokens.",
        "Low for text that the model has not seen. Check that the inputs do not hold "
        "the targets, that no padding is scored, and that the text was not trained on.",
        "At 1.4·10⁻⁵ bits per byte it can be compared across tokenizers, on the same "
        "text.",
    ],
    (10.9, GPT2): [
        "Near ln V = 10.82, the loss of a blind guess among all V tokens. An untrained "
        "model starts here. Later, it means that next to nothing has been learned."
    ],
    (15.617,): [
        "If it is a perplexity, the loss is its logarithm, 2.75.",
        "If these are bits, the loss is 10.82 nats.",
        "Above ln 1,000,000 = 13.82: worse than a blind guess among 1,000,000 tokens. "
        "A new model starts a little above it. If it starts much higher, its logits "
        "are too large, or a sum was taken where a mean belongs. Later in training, "
        "look for wrong targets, a flipped sign, or a model too sure of itself.",
    ],
    (nan,): [
        "NaN: a mean over no tokens (0/0, if every target was ignored), or a NaN or an "
        "infinity among the logits.",
        "Count the tokens that were scored, then look at the logits.",
    ],
    (inf,): [
        "Infinite: a token came whose p was 0, or something overflowed.",
        "Compute the loss from the logits with the log-sum-exp, then look for a logit "
        "of −∞.",
    ],
    (-1,): [
        "Below 0, which −ln p never is, since p is at most 1.",
        "Check the sign, whether the probabilities sum to 1, and what else is added to "
        "the loss.",
    ],
    (0,): [
        "Zero, or as good as zero, as if each token that came had p = 1.",
        "Hardly any new text is so certain. Check that tokens were scored at all, that "
        "the inputs do not hold the targets, and that large logits did not round the "
        "loss away.",
    ],
}


@pytest.mark.parametrize(("given", "words"), WHOLE.items(), ids=str)
def test_every_sentence(given, words):
    assert read_loss(*given).words == tuple(words)


EQUAL, TWICE = math.log(GPT2), math.log(math.e + GPT2 - 1) - 1


@pytest.mark.parametrize(
    ("at", "below", "above", "arguments"),
    [
        (1e-6, "Zero", "Low", [GPT2]),
        (-1e-6, "Below 0", "Zero", []),
        (0.25 * math.log(2), "Low", "size of the vocabulary", []),
        (0.25 * math.log(2) * 4.4, "Low", "Better than a blind guess", [GPT2, 4.4]),
        (0.05 * EQUAL, "Low", "Better than a blind guess", [GPT2]),
        (0.995 * TWICE, "still untrained", "softmax", [GPT2]),
        (0.97 * EQUAL, "softmax", "Near", [GPT2]),
        (1.03 * EQUAL, "Near", "Above", [GPT2]),
        (1.03 * math.log(10**6), "equally likely", "Above", []),
        (1.03 * EQUAL / math.log(2), "If these are bits", "perplexity", [GPT2]),
        (math.exp(1.03 * EQUAL), "perplexity", "Above", [GPT2]),
        (8 * 1.2 * math.log(2), "compared", "More than 8", [GPT2, 1.2]),
    ],
)
def test_where_it_begins_to_say_something_else(at, below, above, arguments):
    room = 1e-9 * abs(at)
    low, high = (" ".join(read_loss(at + by, *arguments).words) for by in (-room, room))
    assert low != high
    assert below in low
    assert above in high


def test_one_nat_is_no_perplexity_of_which_to_speak():
    """Two classes: 0.9 and 1 are above ln 2, and no logarithm of them is a loss."""
    for loss, said in [(0.9, False), (1.0, False), (1.1, True)]:
        assert ("perplexity" in " ".join(read_loss(loss, 2).words)) == said


@given(
    st.floats(1e-6, 700),
    st.integers(2, 10**9),
    st.floats(0.1, 1000),
)
def test_the_numbers_are_the_definitions_at_50_digits(loss, vocabulary, length):
    found = read_loss(loss, vocabulary, length)
    nats = mpf(loss)
    assert found.nats == loss
    assert_close(found.bits, nats / mp.log(2))
    assert_close(found.perplexity, mp.exp(nats))
    assert_close(found.p, mp.exp(-nats))
    assert_close(found.share, nats / mp.log(vocabulary))
    assert_close(found.bits_per_byte, nats / mp.log(2) / mpf(length))
    assert found.words


@given(st.floats(0, allow_infinity=False), st.none() | st.integers(2, 10**9))
def test_whatever_the_number_is_something_is_said(loss, vocabulary):
    found = read_loss(loss, vocabulary)
    assert 1 <= len(found.words) <= 4
    assert "nan" not in repr(found)
    assert "inf" not in repr(found)


@pytest.mark.parametrize("loss", [nan, -3.02, -inf])
def test_what_is_no_loss_has_no_other_units(loss):
    found = read_loss(loss, GPT2, 4.4)
    assert set(found.shown().values()) == {"–"}
    assert repr(found).startswith(found.words[0][:20])
    assert math.isnan(found.nats)


def test_what_is_not_given_is_not_shown():
    assert math.isnan(read_loss(1).share)
    assert math.isnan(read_loss(1, 4).bits_per_byte)
    assert "of ln V" not in repr(read_loss(1))
    assert math.copysign(1, read_loss(-0.0).bits) == 1


def test_it_is_read_in_a_terminal():
    assert repr(read_loss(3.02, GPT2, 4.4)).splitlines()[:4] == [
        "3.02 nats, 4.36 bits, perplexity 20.49, p 0.0488, 27.90% of ln V,",
        "0.990 bits per byte",
        "As if every token that came had p = 0.0488: one of 20.49 equally",
        "likely tokens.",
    ]


@pytest.mark.parametrize(
    ("loss", "perplexity", "p"),
    [
        (700, "1.0·10³⁰⁴", "9.9·10⁻³⁰⁵"),
        (700.1, "over 10³⁰⁰", "under 10⁻³⁰⁰"),
        (1e300, "over 10³⁰⁰", "under 10⁻³⁰⁰"),
        (inf, "∞", "0"),
    ],
)
def test_where_float64_ends(loss, perplexity, p):
    shown = read_loss(loss).shown()
    assert (shown["perplexity"], shown["p"]) == (perplexity, p)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0, "0"),
        (9.99e-4, "1.0·10⁻³"),
        (1e-3, "0.00100"),
        (0.0123, "0.0123"),
        (0.01, "0.0100"),
        (0.123, "0.123"),
        (0.1, "0.100"),
        (1, "1.00"),
        (2.125, "2.13"),
        (99.99, "99.99"),
        (100, "100"),
        (100.5, "101"),
        (50_257, "50,257"),
        (999_999, "999,999"),
        (1e6, "1.0·10⁶"),
        (1_250_000, "1.3·10⁶"),
        (5e-324, "4.9·10⁻³²⁴"),
        (nan, "–"),
        (inf, "∞"),
    ],
)
def test_a_number_has_three_digits_or_two_decimals(x, text):
    assert show(x) == text


class Tensor:
    """What a framework gives: an array of no axes."""

    def __array__(self, dtype=None, copy=None):
        return np.array(3.02, np.float32)


@pytest.mark.parametrize("loss", [np.float32(3.02), np.array(3.02), Tensor()])
def test_a_loss_comes_as_frameworks_give_it(loss):
    assert read_loss(loss).nats == pytest.approx(3.02)
