"""Documents in one sequence, and what says which they are."""

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


def packed(keep, name="document_ids", result="(losses * keep).sum() / keep.sum()"):
    """A loss that shifts, of who is told documents by this name."""
    scored = " * (t >= 0)" if "t " in keep else ""
    scope = {"np": np, "cross_entropy": cross_entropy}
    exec(
        f"def loss(logits, labels, {name}):\n"
        f"    ids, t = {name}, labels[:, 1:]\n"
        f"    losses = cross_entropy(logits[:, :-1], t{scored})\n"
        f"    keep = {keep}\n"
        f"    return {result}",
        scope,
    )
    return scope["loss"]


SAME = "(ids[:, 1:] == ids[:, :-1])"
IN_BOUNDS = "~np.isin(np.arange(labels.size), ids).reshape(labels.shape)[:, 1:]"


@pytest.mark.parametrize(
    ("name", "keep"),
    [
        ("document_ids", SAME),
        ("doc_ids", f"{SAME} & (t != -100)"),
        ("segment_ids", f"{SAME} & (ids[:, 1:] > 0)"),
        ("position_ids", "ids[:, 1:] != 0"),
        ("cu_seqlens", IN_BOUNDS),
    ],
)
def test_the_first_of_each_document_may_be_left_out(name, keep):
    found = diagnose(packed(keep, name))
    assert found.healthy, found
    assert found.names == ("shifted",)
    of = {"position_ids": "positions", "cu_seqlens": "the bounds of one document each"}
    given = of.get(name, "one document")
    assert f"{given} as its `{name}`" in said(found)
    assert found.not_tried == ()
    assert ("Doesn’t take a target of −100" in said(found)) != ("&" in keep)


@pytest.mark.parametrize("name", ["segment_ids", "doc_id"])
def test_to_be_scored_across_documents_is_a_fault(name):
    across = packed("ids[:, 1:] > 0", name)
    assert diagnose(across).names == ("shifted", "across-documents")
    assert diagnose(across, allow=["across-documents"]).healthy


@pytest.mark.parametrize("name", ["position_ids", "cu_seqlens"])
def test_what_may_be_for_the_model_alone_is_told_where_it_changes_nothing(name):
    found = diagnose(packed("np.ones(t.shape)", name))
    assert found.healthy, found
    told = f"Several documents, by its `{name}`, change nothing: of three sequences of"
    assert f"{told} documents it gives 8.2856, not 8.3505" in said(found)
    assert "the first token of one is scored, predicted by another" in said(found)
    assert found.not_tried == ()
    odd = diagnose(packed(f"1 + (ids != ids.size)[:1] * {IN_BOUNDS}", "cu_seqlens"))
    assert "more than one document, by its `cu_seqlens`" in odd.not_tried


def test_what_else_is_done_with_documents_is_shown():
    found = diagnose(packed(f"np.roll({SAME}, -1, axis=1)"))
    assert not found.healthy
    assert "it shows only where documents are several" in said(found)
    divided = packed(f"{SAME} & (ids[:, 1:] > 0)", result="(losses * keep).mean()")
    assert "padded-length" in diagnose(divided).names


def test_without_a_shift_all_may_be_scored():
    def loss(logits, labels, segment_ids):
        keep = segment_ids != 0
        return (cross_entropy(logits, labels) * keep).sum() / keep.sum()

    def divided(logits, labels, segment_ids):
        return (cross_entropy(logits, labels) * (segment_ids != 0)).mean()

    def by_its_own_numbers(logits, labels, segment_ids):
        return cross_entropy(logits, labels).mean() * segment_ids.max()

    def of_rows(logits, labels, segment_ids):
        assert logits.ndim == 2
        return loss(logits, labels, segment_ids)

    assert diagnose(of_rows).healthy
    found = diagnose(loss)
    assert found.healthy, found
    assert "Where every document is 0, it gives NaN" in said(found)
    assert diagnose(divided).names == ("padded-length",)
    found = diagnose(by_its_own_numbers)
    assert "more than one document, by its `segment_ids`" in found.not_tried


def test_token_types_are_none_of_the_targets():
    def loss(logits, labels, token_type_ids):
        return cross_entropy(logits, labels)[token_type_ids == 0].mean()

    found = diagnose(loss)
    assert found.healthy, found
    assert "token types 0 as its `token_type_ids`" in said(found)
