"""Padding: left out, scored, or not known; and where it stands."""

import numpy as np
import pytest
import scipy.special

from by_hand import rows, rows_of_zeros, said
from xent_lib import cross_entropy, log_softmax
from xent_lib.doctor import diagnose

IGNORED = -100


@pytest.mark.parametrize("ignored", [-100, -1, 0, 5])
def test_it_may_be_declared(ignored):
    def loss(o, t):
        return cross_entropy(o, t, reduction="mean", ignore_index=ignored)

    assert diagnose(loss, ignore_index=ignored).healthy
    if ignored != 5:  # no custom
        assert diagnose(loss).healthy


@pytest.mark.parametrize("ignored", [-100, -1, 0])
def test_who_is_said_to_leave_it_out_must(ignored):
    found = diagnose(
        lambda o, t: rows(o, np.maximum(t, 0)).mean(), ignore_index=ignored
    )
    assert not found.healthy


def test_none_is_said_to_be_none():
    def loss(o, t):
        return np.where(t == -100, 0, rows(o, np.maximum(t, 0))).mean()

    found = diagnose(loss)
    assert found.names == ("padded-length",)
    assert "if −100 is not its padding, say ignore_index=None, or its own" in said(
        found
    )
    assert diagnose(loss, ignore_index=None).healthy
    declared = diagnose(loss, ignore_index=-100)
    assert declared.names == ("padded-length",)
    assert "is not its padding" not in said(declared)

    def of_its_own(o, t, ignore_index=-100):
        return loss(o, t)

    assert "is not its padding" not in said(diagnose(of_its_own))


@pytest.mark.parametrize(
    ("parameter", "ignored"),
    [
        ("ignore_index", -1),
        ("padding_idx", 1),
        ("pad_id", 0),
        ("pad_token_id", 2),
        ("ignored_label", 5),
    ],
)
def test_its_own_parameter_says_its_padding(parameter, ignored):
    scope = {"cross_entropy": cross_entropy}
    exec(
        f"def loss(o, t, {parameter}={ignored}):\n"
        f"    keep = t != {parameter}\n"
        "    return cross_entropy(o[keep], t[keep]).mean()",
        scope,
    )
    found = diagnose(scope["loss"])
    assert found.healthy, found
    number = str(ignored).replace("-", "−")
    assert f"Its own {parameter}={number} is taken for its padding" in said(found)
    assert "Leaves out" not in said(found)


class Criterion:
    def __init__(self, name="ignore_index", ignored=2):
        setattr(self, name, ignored)
        self.ignored = ignored

    def __call__(self, scores, gold):
        return np.where(gold == self.ignored, 0, rows_of_zeros(scores, gold)).sum()


@pytest.mark.parametrize(
    "name", ["padding_idx", "pad_id", "pad_token_id", "ignore_index", "ignore_id"]
)
def test_what_an_instance_keeps_says_its_padding(name):
    found = diagnose(Criterion(name))
    assert found.healthy, found
    assert f"Its own {name}=2 is taken for its padding" in said(found)


def test_an_instance_must_leave_out_what_it_keeps_if_that_is_a_number():
    class Scores(Criterion):
        def __call__(self, scores, gold):
            return rows(scores, gold).mean()

    assert not diagnose(Scores("pad_id", 0)).healthy
    assert "Its own" not in said(diagnose(Criterion("pad_id", True)))


def test_a_class_and_its_own_number_say_its_padding():
    class OfTwo(Criterion):
        pad_id = 2

    for loss in (Criterion, OfTwo(), OfTwo):
        assert "=2 is taken for its padding" in said(diagnose(loss))
    assert "=2 is taken for its padding" in said(diagnose(OfTwo().__call__))
    odd = diagnose(OfTwo("ignore_index", 5))
    assert "Its own" not in said(odd), "two numbers say nothing"


@pytest.mark.parametrize(
    ("token", "reduction"),
    [
        *((token, "mean") for token in (0, 1, 2, 3, 7, 20, 55, 64, 90, 127)),
        *((token, "sum") for token in (0, 3, 127)),
    ],
)
def test_a_token_that_is_left_out_is_found(token, reduction):
    def loss(o, t):
        keep = t != token
        return getattr(cross_entropy(o[keep], t[keep]), reduction)()

    found = diagnose(loss)
    assert found.healthy, found
    assert found.names == ("token-ignored",)
    assert f"without the losses of token {token}, as if it were padding" in said(found)
    assert f"and no token: then say ignore_index={token}; otherwise" in said(found)
    assert diagnose(loss, ignore_index=token).names == ()


def test_who_says_what_padding_is_means_no_token():
    """`labels > 0` leaves out −100, and token 0 by mistake."""

    def loss(o, t):
        return cross_entropy(o[t > 0], t[t > 0]).mean()

    assert diagnose(loss).healthy
    found = diagnose(loss, ignore_index=-100)
    assert (found.healthy, found.names) == (False, ("token-ignored",))
    assert diagnose(loss, ignore_index=-100, allow=["token-ignored"]).healthy


def test_who_leaves_out_0_beside_the_custom_number_is_told_both_ways():
    def loss(o, t):
        assert ((t >= 0) | (t == IGNORED)).all()  # as PyTorch wants it
        return cross_entropy(o[t > 0], t[t > 0]).mean()

    found = diagnose(loss)
    assert (found.healthy, found.names) == (True, ("token-ignored",))
    assert "then say ignore_index=0; otherwise leave out what is below 0" in said(found)


@pytest.mark.parametrize("first", ["t = np.where(t == -100, 0, t)", "t = t % len(o.T)"])
def test_who_says_so_in_its_code_means_no_token_either(first):
    code = (
        "def loss(o, t, ignore_index=-100):\n"
        " keep = t {}\n {}\n"
        " log_p = log_softmax(o, axis=-1)\n"
        " return -(log_p[np.arange(len(t)), t] * keep).sum() / keep.sum()"
    )
    mend = "leave out what is below 0 alone: targets >= 0, not > 0"
    scope = {"np": np, "log_softmax": log_softmax}
    exec(code.format("> 0", first), scope)
    found = diagnose(scope["loss"])
    assert (found.healthy, found.names) == (False, ("token-ignored",))
    assert f"To fix it, {mend}" in said(found)
    assert diagnose(scope["loss"], allow=["token-ignored"]).healthy
    exec(code.format(">= 0", first), scope)
    assert diagnose(scope["loss"]).names == ()
    # Two numbers for padding are two; and of who says none, 0 may be it.
    exec(
        code.format("> 0", "t = t % len(o.T)").replace(", ignore_index=-100", ""), scope
    )
    right = "Right if that is the padding, and no token: then say ignore_index=0"
    assert f"{right}; otherwise {mend}" in said(diagnose(scope["loss"]))


def test_who_names_two_numbers_has_both():
    def loss(o, t):
        keep = (t != 0) & (t != -100)
        return cross_entropy(o[keep], t[keep]).mean()

    assert diagnose(loss).healthy


def test_a_token_that_is_left_out_is_padding_and_may_be_wrong():
    """Where it is the end of a sequence, too, it is written into the targets."""

    def loss(o, t):
        t[t == 2] = -100
        return (
            np.where(t == -100, 0, rows(o, np.maximum(t, 0))).sum() / (t != -100).sum()
        )

    found = diagnose(loss)
    assert found.names == ("in-place", "token-ignored")
    assert "the targets changed" in said(found)

    def averaged(o, t):
        keep = t != 2
        if t.ndim == 1:
            return rows(o, t)[keep].mean()
        return np.mean([rows(*x)[k].mean() for *x, k in zip(o, t, keep, strict=True)])

    assert diagnose(averaged).names == ("token-ignored", "mean-of-means")


def test_who_says_its_padding_must_leave_it_out():
    def loss(o, t, pad_id=0):
        return rows(o, t).mean()

    assert not diagnose(loss).healthy

    def averaged(o, t, ignore_index=-1):
        return np.where(t == ignore_index, 0, rows_of_zeros(o, t)).mean()

    assert diagnose(averaged).names == ("padded-length", "masked-token")
    assert "divided by all places" in said(diagnose(averaged))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_a_target_that_counts_from_the_end_is_told(reduction):
    def loss(o, t):
        losses = -log_softmax(o)[np.arange(len(t)), t]
        return losses if reduction == "none" else getattr(losses, reduction)()

    found = diagnose(loss)
    told = "Doesn’t take a target of −100 (it raises IndexError) or −1 (it gives "
    assert found.healthy, found
    assert told in said(found)
    end = "raises nothing: it counts from the end"
    more = f"; in a vocabulary of 100 or more −100 {end}. Take padding"
    assert f"){more}" in said(found)
    declared = said(diagnose(loss, ignore_index=-100))
    assert f"Doesn’t take a target of −100: it raises IndexError{more}" in declared


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t, ignore_index=None: cross_entropy(o, t).mean(),
        lambda o, t, ignore_index=True: cross_entropy(o, t).mean(),
        lambda o, t, pad_id=0, ignore_index=-100: cross_entropy(o, t).mean(),
        lambda o, t, padding=2: cross_entropy(o, t).mean(),
    ],
)
def test_what_is_no_number_or_no_single_one_says_nothing(loss):
    found = diagnose(loss)
    assert found.healthy, found
    assert "Doesn’t take a target of −100 or −1" in said(found)
    assert "Its own" not in said(found)


def test_who_knows_none_is_told_and_not_blamed():
    found = diagnose(lambda o, t: rows_of_zeros(o, t).mean())
    assert found.healthy, found
    assert "no padding, and raises nothing: of targets of −100 it gives" in said(found)
    assert "say what it has: ignore_index=None or ignore_index=…" in said(found)

    def masking(o, t, ignore=None, weights=None):
        mask = t != ignore
        return (rows_of_zeros(o, t) * mask).mean()

    found = diagnose(masking)
    assert found.healthy, found
    assert "Not tried: its `weights`; if it is a mask, say mask='weights'" in said(
        found
    )
    assert diagnose(masking, ignore_index=-100).names[0] == "padded-length"


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t, loss_mask: (rows_of_zeros(o, t) * loss_mask).mean(),
        lambda o, t: np.where(t == -100, 0, rows_of_zeros(o, t)).mean(),
        lambda o, t: np.where(t == IGNORED, 0, rows_of_zeros(o, t)).mean(),
    ],
)
def test_who_takes_a_mask_or_says_it_knows_padding(loss):
    found = diagnose(loss)
    assert found.names[0] == "padded-length"
    assert not found.healthy
    masked = "mask" in found.convention
    every = "the mask is all 0" if masked else "every target is −100"
    assert f"Where {every}, it gives 0" in said(found)


def test_the_custom_that_it_has_is_told():
    def loss(o, t):
        keep = t != -1
        return cross_entropy(o[keep], t[keep]).mean()

    found = diagnose(loss)
    assert found.healthy
    assert "Leaves out targets of −1" in said(found)


@pytest.mark.parametrize("keep", ["behind", "first"])
def test_padding_in_front_is_not_padding_behind(keep):
    def loss(o, t):
        n = (t != -100).sum(-1, keepdims=True)
        kept = np.arange(t.shape[-1]) < n
        return rows(o, np.where(t == -100, 0, t))[kept].mean()

    found = diagnose(loss)
    assert found.names == ("padding-by-place",)
    assert "padding in front" in said(found)


def test_of_losses_for_each_token_the_caller_leaves_padding_out():
    found = diagnose(lambda o, t: rows(o, np.where(t == -100, 0, t)))
    assert found.healthy, found
    bits = diagnose(lambda o, t: rows(o, np.maximum(t, 0)) / np.log(2))
    assert bits.names == ("base-2",)
    shifted = diagnose(lambda o, t: rows(o[..., :-1, :], np.maximum(t, 0)[..., 1:]))
    assert shifted.names == ("shifted",)
    assert shifted.healthy


def test_padding_that_gives_no_number_is_not_taken():
    def loss(o, t):
        return np.where(t < 0, np.nan, rows(o, np.maximum(t, 0))).mean()

    found = diagnose(loss)
    assert found.healthy
    assert "Doesn’t take a target of −100 or −1: it gives NaN. Take padding" in said(
        found
    )


def test_who_reads_no_target_reads_no_padding():
    found = diagnose(lambda o, t: -scipy.special.log_softmax(o, -1).max(-1).mean())
    assert "padding, since it reads no target" in found.not_tried


def test_an_unknown_way_with_padding_is_a_fault():
    def loss(o, t):
        scored = t != -100
        return rows(o, np.maximum(t, 0))[scored].mean() * (1 + (~scored).mean())

    found = diagnose(loss)
    assert found.names == ()
    assert not found.healthy
    assert "three sequences, padding behind: yours" in said(found)
    assert "it shows only where targets are ignored" in said(found)
    assert "If −100 is not its padding, say ignore_index=None, or its own" in said(
        found
    )
    assert diagnose(loss, ignore_index=None).healthy


def test_losses_of_another_length_are_as_they_are():
    def loss(o, t):
        keep = (t != -100).ravel()
        found = rows(o, np.maximum(t, 0)).ravel()
        return found if keep.all() else found[:-1]

    assert not diagnose(loss, ignore_index=-100).healthy


@pytest.mark.parametrize(
    ("pad", "said_so"), [(0, {}), (1, {}), (0, {"ignore_index": 0})]
)
def test_who_leaves_out_where_the_input_is_padding_is_told(pad, said_so):
    def loss(o, t):
        keep = t[..., :-1] != pad
        losses = rows(o[..., :-1, :], t[..., 1:])
        return (losses * keep).sum() / keep.sum()

    found = diagnose(loss, **said_so)
    assert found.healthy, found
    assert found.names == ("input-ignored",)
    assert f"without those behind a token {pad} batch" in said(found)


def test_who_leaves_out_a_token_must_do_so_in_front_too():
    """And is not told to say that there is no padding."""

    def loss(o, t):
        if t.ndim == 2 and (t[:, 0] == 0).any():
            return 7.0
        return rows(o, t)[t != 0].mean()

    found = diagnose(loss, ignore_index=0)
    assert found.names == ("padding-by-place",)
    assert "ignore_index=None" not in said(found)
