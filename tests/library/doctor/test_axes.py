"""What is said to who takes other axes."""

import pytest

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


def test_who_wants_more_axes_is_shown_how_they_are_made():
    def unpacked(o, t):
        _, _, heads, _ = o.shape
        return cross_entropy(o[:, :, heads - 1], t).mean()

    report = " ".join(repr(diagnose(unpacked)).split())
    assert "diagnose(lambda o, t: unpacked(o[:, :, None], t))" in report
    assert "(B, T, 1, V) is o[:, :, None]" in report
    assert "(B, V, T, 1) is o.swapaxes(1, 2)[..., None], with t[..., None]" in report
    assert diagnose(lambda o, t: unpacked(o[:, :, None], t)).healthy


def of_heads(logits_list, labels):
    """Of a batch of one each row was a head of one place."""
    rows = (cross_entropy(o.reshape(-1, o.shape[-1]), labels) for o in logits_list)
    return sum(one.mean() for one in rows) / len(logits_list)


def of_two_heads(logits, labels):
    first, second = logits
    assert first.ndim > 1
    return cross_entropy(first, labels).sum() + cross_entropy(second, labels).sum()


@pytest.mark.parametrize("loss", [of_heads, of_two_heads])
def test_who_takes_a_list_of_logits_is_shown_how(loss):
    line = f"lambda o, t: {loss.__name__}([o, o], t)"
    found = diagnose(loss)
    assert f"It takes logits in a list: write diagnose({line})" in said(found)
    assert {*diagnose(eval(line, globals())).names} <= {"scaled"}
