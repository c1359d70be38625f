"""Flags that a function has, and that nobody gave."""

from by_hand import rows, said
from xent_lib.doctor import diagnose


def log_p_of_labels(logits, labels, average=False, is_encoder_decoder=False):
    """As TRL has it, whose labels are inputs or not, and are written into."""
    if not is_encoder_decoder:
        logits, labels = logits[:, :-1], labels[:, 1:].copy()
    mask = labels != -100
    labels[~mask] = 0
    found = -rows(logits, labels) * mask
    return found.sum(-1) / mask.sum(-1) if average else found.sum(-1)


def test_what_a_flag_makes_another_loss_is_not_tried():
    found = diagnose(log_p_of_labels)
    assert found.healthy
    assert (
        "– Not tried: its `average=True` and `is_encoder_decoder=True`; to have the "
        "first tried, write diagnose(lambda o, t: log_p_of_labels(o, t, average=True))"
    ) in said(found)


def test_it_may_be_right_until_it_is_turned():
    def loss(logits, targets, normalised=True):
        each = rows(logits, targets)
        return each.mean() if normalised else each.sum() * 3

    [line] = diagnose(loss).not_tried
    assert line == (
        "its `normalised=False`; to have it tried, write diagnose(lambda o, t: "
        "loss(o, t, normalised=False))"
    )


def test_it_may_be_what_is_written_into():
    def loss(logits, targets, in_place=False):
        each = rows(logits, targets)
        if in_place:
            logits[:] = 0
        return each.mean()

    found = diagnose(loss)
    [line] = found.not_tried
    assert "in_place=True" in line
    assert found.healthy, "as it is where it is not turned"


def test_it_may_be_an_error():
    def loss(logits, targets, weighted=False, importance=None):
        each = rows(logits, targets)
        return (each * importance).mean() if weighted else each.mean()

    [line] = diagnose(loss).not_tried
    assert "weighted=True" in line


def test_it_may_tell_of_padding_alone():
    def loss(logits, targets, keep=False):
        scored = targets >= 0
        each = rows(logits, targets * scored) * (scored | keep)
        return each.sum() / scored.sum()

    [line] = diagnose(loss).not_tried
    assert "keep=True" in line


def test_of_what_is_the_same_loss_nothing_is_said():
    def loss(logits, targets, reduce=True, return_outputs=False, verbose=True):
        each = rows(logits, targets)
        each = each.mean() if reduce else each
        return (each, {"logits": logits}) if return_outputs else each

    found = diagnose(loss)
    assert found.healthy
    assert not found.not_tried
