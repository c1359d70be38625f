"""What is told of a mean over no tokens: of who knows padding, and of its number."""

import numpy as np
import pytest
import scipy.special

from by_hand import rows, rows_of_zeros, said
from xent_lib.doctor import diagnose


def nan_outside(o, t):
    """As an index of JAX’s that is out of bounds."""
    inside = (t >= 0) & (t < o.shape[-1])
    return np.where(inside, rows(o, np.where(inside, t, 0)), np.nan).mean()


@pytest.mark.parametrize(
    ("loss", "said_before"),
    [
        (nan_outside, "Doesn’t take a target of −100"),
        (lambda o, t: rows_of_zeros(o, t).mean(), "Knows no padding"),
        (lambda o, t: -(t * scipy.special.log_softmax(o, -1)).sum(-1).mean(), ""),
    ],
)
def test_who_knows_no_padding_has_no_such_mean(loss, said_before):
    found = diagnose(loss)
    assert said_before in said(found)
    assert "Where every target" not in said(found)


def test_who_says_that_it_has_none_has_no_such_mean():
    found = diagnose(lambda o, t: rows_of_zeros(o, t).mean(), ignore_index=None)
    assert found.healthy
    assert "Where every target" not in said(found)


@pytest.mark.parametrize("pad", [0, 1])
@pytest.mark.parametrize(
    ("divide", "gives"),
    [(np.sum, "NaN"), (np.size, "0"), (lambda x: x.sum() or 1, "0")],
)
def test_of_a_token_that_is_left_out_it_is_told(pad, divide, gives):
    def loss(o, t):
        scored = t != pad
        return (rows_of_zeros(o, t) * scored).sum() / divide(scored)

    told = said(diagnose(loss))
    assert f"Where every target is {pad}, it gives {gives}" in told
    assert "Where every target is −100" not in told


INVERTED = "keep = 1 - MASK; return (rows(logits, labels) * keep).sum() / keep.sum()"
OPTIONAL = f"MASK = np.zeros(labels.shape) if MASK is None else MASK; {INVERTED}"


def masked(name, body=INVERTED, default=""):
    """A function whose mask has this name."""
    scope = {"rows": rows, "np": np}
    code = body.replace("MASK", name)
    exec(f"def loss(logits, labels, {name}{default}): {code}", scope)
    return scope["loss"]


@pytest.mark.parametrize("name", ["attention_mask", "loss_mask", "response_mask"])
@pytest.mark.parametrize(("body", "default"), [(INVERTED, ""), (OPTIONAL, "=None")])
def test_a_mask_whose_name_says_1_of_tokens_may_not_be_the_other_way(
    name, body, default
):
    loss = masked(name, body, default)
    found = diagnose(loss)
    assert found.names == ("mask-inverted",)
    assert not found.healthy
    report = said(found)
    assert f"✗ The loss is of the tokens where its `{name}` is 0" in report
    assert "padding behind: yours 6.7911, once fixed 8.5836" in report
    assert "if yours is 1 at padding, say allow=" in report
    assert diagnose(loss, allow=["mask-inverted"]).healthy


def test_beside_another_fault_it_is_one_too():
    by_all = "return (rows(logits, labels) * (1 - MASK)).mean()"
    found = diagnose(masked("attention_mask", by_all))
    assert {*found.names} == {"mask-inverted", "padded-length"}


@pytest.mark.parametrize("name", ["key_padding_mask", "padding_mask", "mask"])
def test_of_other_masks_it_is_told_in_the_first_line_alone(name):
    found = diagnose(masked(name))
    assert found.healthy, found
    assert found.names == ()
    assert "a mask, 1 where nothing is scored" in said(found)


def test_a_mask_whose_name_says_1_of_padding_is_told_where_it_scores():
    of_tokens = "return (rows(logits, labels) * MASK).sum() / MASK.sum()"
    found = diagnose(masked("key_padding_mask", of_tokens))
    assert (found.healthy, found.names) == (True, ("mask-inverted",))
    report = said(found)
    assert "– The loss is of the tokens where its `key_padding_mask` is 1" in report
    assert "padding behind: yours 6.7911, in the book 8.5836" in report
    assert (
        "Right if yours is 1 where a token is real; otherwise score where it" in report
    )
