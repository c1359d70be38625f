"""Texts of any number and length, each token once."""

from itertools import count, pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from xent_lib import cross_entropy, next_token_pairs, smollm
from xent_lib.smollm import scoring

NEAR = {"rtol": 1e-5, "atol": 1e-5}  # as is promised, whatever stands beside it
LONG = "It is a truth universally acknowledged, that a cat sat on the mat. " * 20


def losses_of(model, ids):
    inputs, targets = next_token_pairs(ids)
    return cross_entropy(model.logits(inputs), targets)


def test_a_text_has_the_losses_of_its_logits(tiny):
    text = "The cat sat on the mat."
    [one] = smollm.score(tiny, [text])
    ids = tiny.encode(text)
    logits = tiny.logits(ids[:-1]).astype(float)
    assert one.text == text
    assert one.ids.tolist() == ids[1:].tolist()
    np.testing.assert_allclose(one.losses, losses_of(tiny, ids), **NEAR)
    assert one.best.tolist() == logits.argmax(axis=1).tolist()
    p = np.exp(-cross_entropy(logits, one.best))
    np.testing.assert_allclose(one.best_p, p, rtol=1e-5)


def test_texts_are_scored_in_their_order_each_as_if_alone(tiny):
    rng = np.random.default_rng(0)
    texts = [
        "".join(rng.choice(list("abc de,. "), n)) for n in rng.integers(1, 400, 60)
    ]
    found = list(smollm.score(tiny, texts))
    assert [one.text for one in found] == texts
    for one in found:
        [alone] = smollm.score(tiny, [one.text])
        assert one.losses.sum() == pytest.approx(alone.losses.sum(), rel=1e-6)
        np.testing.assert_allclose(one.losses, alone.losses, **NEAR)
        assert len(one.losses) == len(one.ids)


def test_a_first_result_waits_for_its_own_text_only(tiny):
    first = next(smollm.score(tiny, ["The cat.", LONG]))
    assert first.text == "The cat."


@pytest.mark.parametrize("n", [2, 3, 8, 9, 10, 12, 13, 14, 50])
@pytest.mark.parametrize(("window", "stride"), [(8, 4), (8, 1), (8, 7), (9, 3), (2, 1)])
def test_windows_score_each_token_once(n, window, stride):
    ids = np.arange(n) + 100
    scored = []
    for number, (part, first) in enumerate(scoring.windows(ids, window, stride)):
        assert part[0] == 100  # the start token
        assert len(part) <= window + 1
        assert (np.diff(part[1:]) == 1).all()
        assert first == (1 if number == 0 else 1 + window - stride)
        scored += part[first:].tolist()
    assert scored == ids[1:].tolist()


def test_windows_take_no_more_than_they_need():
    taken = []
    ids = (taken.append(i) or i for i in count())
    found = scoring.windows(ids, 8, 4)
    for end in (9, 13, 17):
        next(found)
        assert len(taken) == end


def test_a_long_text_is_read_in_windows(tiny):
    ids = tiny.encode(LONG)
    [one] = smollm.score(tiny, [LONG], window=32, stride=8)
    np.testing.assert_allclose(one.losses[:32], losses_of(tiny, ids[:33]), **NEAR)
    second = np.concatenate([ids[:1], ids[9:41]])  # 24 tokens again, and 8 more
    np.testing.assert_allclose(one.losses[32:40], losses_of(tiny, second)[-8:], **NEAR)
    assert len(one.losses) == len(ids) - 1


def test_the_window_is_the_context_and_the_stride_half_of_it(tiny):
    [default] = smollm.score(tiny, [LONG])
    [same] = smollm.score(tiny, [LONG], window=128, stride=64)
    assert default.losses.tolist() == same.losses.tolist()


def test_the_shortest_window_is_two_tokens_and_the_shortest_stride_one(tiny):
    ids = tiny.encode("The cat sat on the mat.")
    right = losses_of(tiny, ids[:3]).tolist()
    for pair in pairwise(ids[2:]):
        right.append(losses_of(tiny, [ids[0], *pair])[1])
    [one] = smollm.score(tiny, ["The cat sat on the mat."], window=2, stride=1)
    np.testing.assert_allclose(one.losses, right, **NEAR)


def test_a_window_may_be_longer_than_a_batch(tiny, monkeypatch):
    [right] = smollm.score(tiny, [LONG])
    monkeypatch.setattr(scoring, "BATCH", 10)
    [one] = smollm.score(tiny, [LONG])
    np.testing.assert_allclose(one.losses, right.losses, **NEAR)
    assert one.best.tolist() == right.best.tolist()


def test_bytes_are_counted_not_characters(tiny):
    [one] = smollm.score(tiny, ["naïve"])
    assert one.n_bytes == 6


def test_no_texts_have_no_scores(tiny):
    assert list(smollm.score(tiny, [])) == []


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"texts": ["a", ""]}, ValueError, r"texts\[1\] has no token to score"),
        ({"texts": [b"ab"]}, TypeError, r"texts\[0\] must be a str, got b'ab'"),
        ({"texts": ["a", "\ud800"]}, ValueError, r"texts\[1\] has half a character"),
        (
            {"texts": ["a"], "window": 8.0},
            TypeError,
            "window must be an integer, got 8.0",
        ),
        (
            {"texts": ["a"], "stride": "4"},
            TypeError,
            "stride must be an integer, got '4'",
        ),
        (
            {"texts": "a"},
            TypeError,
            "texts must be an iterable .*, got a str",
        ),
        (
            {"texts": ["a"], "window": 129},
            ValueError,
            "window must be 2 to 128, got 129",
        ),
        ({"texts": ["a"], "window": 1}, ValueError, "window must be 2 to 128, got 1"),
        (
            {"texts": ["a"], "stride": 128},
            ValueError,
            "stride must be 1 to 127, got 128",
        ),
        ({"texts": ["a"], "stride": 0}, ValueError, "stride must be 1 to 127, got 0"),
    ],
)
def test_wrong_arguments_are_named(tiny, arguments, error, words):
    with pytest.raises(error, match=words):
        list(smollm.score(tiny, **arguments))


def test_wrong_sizes_are_named_at_the_call(tiny):
    with pytest.raises(ValueError, match="window must be 2 to 128, got 1"):
        smollm.score(tiny, ["a"], window=1)


def test_a_bar_is_moved_by_bytes(tiny):
    moved, cleared = [], []
    bar = SimpleNamespace(update=moved.append, clear=lambda: cleared.append(len(moved)))
    list(smollm.score(tiny, [LONG, "naïve"], bar=bar))
    assert sum(moved) == pytest.approx(len(LONG) + 6)
    assert len(moved) > 8
    assert cleared == [len(moved) - 1, len(moved)]


def test_texts_are_taken_as_they_are_needed(tiny):
    taken = []

    def texts():
        for k in range(1000):
            taken.append(k)
            yield "The cat sat on the mat."

    scores = smollm.score(tiny, texts())
    for k in range(40):
        next(scores)
        assert len(taken) < k + scoring.BATCH // 6


def test_a_long_text_takes_as_many_steps_as_it_has_windows(tiny, monkeypatch):
    """What its windows gave is counted once each, not anew after each window."""

    class Part:
        asked = 0

        def __init__(self, n):
            self.n = n

        @property
        def shape(self):
            Part.asked += 1
            return 3, self.n

        def __array__(self, dtype=None, copy=None):
            return np.zeros((3, self.n))

    def run(_, batch, *more):
        return [Part(len(ids) - first) for ids, first in batch]

    monkeypatch.setattr(scoring, "run", run)
    [one] = smollm.score(tiny, ["A dog. " * 300], window=2, stride=1)
    assert len(one.losses) == len(one.ids) > 700
    assert Part.asked < 4 * len(one.ids)


def test_texts_may_come_from_a_generator_and_sizes_from_numpy(tiny):
    texts = [LONG, "The cat."]
    sizes = {"window": np.uint8(100), "stride": np.uint8(50)}
    found = list(smollm.score(tiny, (text for text in texts), **sizes))
    right = list(smollm.score(tiny, texts, window=100, stride=50))
    assert [x.losses.tolist() for x in found] == [x.losses.tolist() for x in right]


def test_no_sequences_are_no_batches():
    assert list(scoring.batches([])) == []


def test_batches_are_small(tiny):
    sequences = [np.zeros(50, int)] * 20 + [np.zeros(400, int)]
    pieces = (one for ids in sequences for one in scoring.windows(ids, 128, 64))
    sizes = [sum(len(part) for part, _ in batch) for batch in scoring.batches(pieces)]
    assert max(sizes) <= scoring.BATCH
    assert len(sizes) > 1


def test_a_long_context_is_not_read_at_once(tiny, monkeypatch):
    """The scores of attention would grow with its square."""
    assert scoring.WINDOW == 2048
    monkeypatch.setattr(scoring, "WINDOW", 32)  # of the 128 that it could read
    ids = tiny.encode(LONG)
    right = losses_of(tiny, ids[:33]).tolist()
    for at in range(33, len(ids), 16):  # the start token, 16 again, and 16 more
        part = np.concatenate([ids[:1], ids[at - 16 : at + 16]])
        right += losses_of(tiny, part)[16:].tolist()
    [one] = smollm.score(tiny, [LONG])
    np.testing.assert_allclose(one.losses, right, **NEAR)
    [at_once] = smollm.score(tiny, [LONG], window=128)
    assert abs(one.losses - at_once.losses).max() > 0.1
