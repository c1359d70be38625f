"""The line that lets in who is called otherwise, which was tried as it stands."""

import re

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib.doctor import diagnose
from xent_lib.doctor._lines import with_given


def places_first(logits, labels, loss_mask):
    """As Megatron has it: logits (T, B, V), labels (B, T)."""
    losses = rows(logits, labels.transpose(1, 0))
    return (losses.T * loss_mask).sum() / loss_mask.sum()


def places_first_alone(logits, labels):
    return rows(logits, labels.transpose(1, 0)).mean()


def places_first_of_all(decoder_outputs, targets, target_lengths):
    """Its ids are (T, B), too: of (B, T) it would take those of others."""
    T, B, V = decoder_outputs.shape
    mask = np.arange(T)[:, None] < target_lengths[None]
    losses = rows(decoder_outputs.reshape(-1, V), targets.reshape(-1))
    return (losses.reshape(T, B) * mask).sum() / mask.sum()


def bits(logits, labels):
    return places_first_alone(logits, labels) / np.log(2) + 1


class InChunks:
    """As torchtune has it: a list of logits, and ids that it cuts itself."""

    def __init__(self, num_output_chunks=2):
        self.num_output_chunks = num_output_chunks
        self.chunk_name = "of places"

    def compute(self, logits, labels):
        assert isinstance(logits, list)
        labels = np.array_split(labels, self.num_output_chunks, axis=1)
        pairs = zip(logits, labels, strict=True)
        return sum(rows(o, t).sum() for o, t in pairs) / sum(t.size for t in labels)

    __call__ = compute


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (
            places_first,
            "lambda o, t, mask: places_first(o.swapaxes(0, 1), t, loss_mask=mask)",
        ),
        (places_first_alone, "lambda o, t: places_first_alone(o.swapaxes(0, 1), t)"),
        (
            places_first_of_all,
            "lambda o, t, lengths: places_first_of_all(o.swapaxes(0, 1), "
            "t.swapaxes(0, 1), target_lengths=lengths)",
        ),
        (InChunks, "lambda o, t: InChunks()(np.array_split(o, 2, axis=1), t)"),
        (InChunks(3), "lambda o, t: your_loss(np.array_split(o, 3, axis=1), t)"),
        (
            InChunks(3).compute,
            "lambda o, t: your_object.compute(np.array_split(o, 3, axis=1), t)",
        ),
    ],
)
def test_the_line_works_when_copied(loss, line):
    report = said(diagnose(loss))
    assert f": write diagnose({line}) 3 rows" in report
    names = {"your_loss": loss, "your_object": InChunks(3)}
    found = diagnose(eval(line, globals() | names))
    assert found.healthy, found


def test_who_takes_places_first_and_is_wrong_is_shown_how():
    report = said(diagnose(bits))
    line = re.search(r"places before sequences: write diagnose\((.*?\))\) 3 r", report)[
        1
    ]
    found = diagnose(eval(line, globals()))
    assert "none of the known faults" in said(found)


def o(o, t, V):
    """Has the name of its logits."""


def test_what_is_given_stands_in_place_of_what_was():
    line = "lambda o, t: o(O, T, V=o.shape[-1])"
    assert with_given(o, o="O", t="T") == line
