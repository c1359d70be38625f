"""Who is made for one vocabulary: the way out that is printed works."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib import cross_entropy, log_softmax
from xent_lib.doctor import diagnose


class Fixed:
    """Its head has so many tokens."""

    def __init__(self, V):
        self.V = V

    def __call__(self, o, t):
        return cross_entropy(o.reshape(-1, self.V), t.reshape(-1)).mean()


def fixed(V):
    return lambda o, t: Fixed(V)(o, t)


def weighted(V, of=np.array):
    weights = of((V * [1.0, 2.0, 0.5, 1.0, 3.0])[:V])

    def loss(o, t):
        if len(weights) != o.shape[-1]:
            raise RuntimeError(f"weight of shape {len(weights)}")
        w = np.asarray(weights)[t]
        return (w * cross_entropy(o, t)).sum() / w.sum()

    return loss


def of_list(V):
    return weighted(V, list)


def in_sequences(V):
    def loss(logits, labels):
        B, T, _ = logits.shape
        return cross_entropy(logits.reshape(B, T, V), labels).mean()

    return loss


class Smoothed:
    """As OpenNMT has it: what is left of each target is a row of V entries."""

    def __init__(self, V):
        self.one_hot = np.full((1, V), 0.1 / (V - 1))

    def __call__(self, o, t):
        y = np.repeat(self.one_hot, len(t), 0)
        np.put_along_axis(y, t[:, None], 0.9, 1)
        return -(y * log_softmax(o)).sum()


WEIGHTED = [weighted, of_list]
MADE = [Fixed, fixed, in_sequences, *WEIGHTED]


@pytest.mark.parametrize("made", WEIGHTED)
def test_weights_of_as_many_classes_as_the_first_rows_have_are_told(made):
    found = diagnose(made(4))
    assert found.healthy, found
    assert found.names == ("class-weights",)
    assert found.not_tried


@pytest.mark.parametrize(
    ("made", "V"),
    [
        (made, V)
        for made in MADE
        for V in (4, 5, 50_257)
        if V > 4 or made not in WEIGHTED
    ],
)
def test_who_is_made_for_one_vocabulary_is_shown_a_way_out(made, V):
    told = said(diagnose(made(V)))
    asked = "a vocabulary of 128" if V == 4 else "3 rows of 4 logits"
    assert f" {asked}: yours" in told
    assert f"Of rows of {V:,} logits it gives a number" in told
    printed = re.search(r"diagnose\(.*?\(o, t\)\)", told).group()
    found = eval(printed, {"diagnose": diagnose, "made": made})
    assert found.healthy, found
    assert found.names == (("class-weights",) if made in WEIGHTED else ())


def test_a_size_comes_before_places_that_a_row_alone_may_have():
    told = said(diagnose(Smoothed(13)))
    assert "where made(V) makes it" in told
    assert "places before sequences" not in told
    found = diagnose(lambda o, t: Smoothed(o.shape[-1])(o, t))
    assert found.names == ("smoothing-others",)


def test_what_raises_of_rows_alone_is_made_for_any():
    def loss(logits, labels, given):
        assert logits.ndim == 3
        return 5 * given.sum()

    told = said(diagnose(loss))
    assert "expected the loss, or near it" in told
    assert "made(V)" not in told


class Shifted:
    """As transformers had it: of one row the shift leaves nothing, of any size."""

    def __init__(self, V):
        self.config = SimpleNamespace(vocab_size=V)

    def compute_loss(self, logits, labels):
        o = logits[..., :-1, :].reshape(-1, self.config.vocab_size)
        return rows(o, labels[..., 1:].reshape(-1)).mean()


@pytest.mark.parametrize("V", [5, 7, 32_000])
def test_who_shifts_and_is_made_for_one_size_is_let_in(V):
    found = diagnose(Shifted(V).compute_loss)
    assert f"Of rows of {V:,} logits it gives a number" in said(found), found
    assert diagnose(lambda o, t: Shifted(o.shape[-1]).compute_loss(o, t)).healthy


def test_who_keeps_a_matrix_is_made_with_the_identity():
    """As torchtune has it: of rows of 16 it makes logits of 32 tokens itself."""

    class Linear:
        def __init__(self, weight):
            self.projection = SimpleNamespace(weight=weight)

        def __call__(self, outputs, targets):
            weight = self.projection.weight
            if outputs.shape[-1] != weight.shape[1]:
                raise ValueError("another size of hidden states")
            return cross_entropy(outputs @ weight.T, targets).mean()

    told = said(diagnose(Linear(np.ones((32, 16)))))
    assert "Of rows of 16 logits it gives a number" in told
    assert "makes it for V tokens. The matrix that makes its logits is then the" in told
    assert diagnose(lambda o, t: Linear(np.eye(o.shape[-1]))(o, t)).healthy
