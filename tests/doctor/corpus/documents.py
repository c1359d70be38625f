"""Documents in one sequence, and what says which they are."""

import itertools

import numpy as np

from corpus.cases import case
from xent_lib import cross_entropy


@case("– shifted")
def document_ids(logits, labels, document_ids):
    ids, t = document_ids, labels[:, 1:]
    keep = ids[:, 1:] == ids[:, :-1]
    each = cross_entropy(logits[:, :-1], t)
    return (each * keep).sum() / keep.sum()


@case("– shifted")
def doc_ids_with_padding(logits, labels, doc_ids):
    ids, t = doc_ids, labels[:, 1:]
    each = cross_entropy(logits[:, :-1], t * (t >= 0))
    keep = (ids[:, 1:] == ids[:, :-1]) & (t != -100)
    return (each * keep).sum() / keep.sum()


@case("– shifted")
def segment_ids_of_0_are_padding(logits, labels, segment_ids):
    ids, t = segment_ids, labels[:, 1:]
    each = cross_entropy(logits[:, :-1], t)
    keep = (ids[:, 1:] == ids[:, :-1]) & (ids[:, 1:] > 0)
    return (each * keep).sum() / keep.sum()


@case("– shifted")
def position_ids(logits, labels, position_ids):
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    keep = position_ids[:, 1:] != 0
    return (each * keep).sum() / keep.sum()


@case("– shifted")
def cu_seqlens(logits, labels, cu_seqlens):
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    begins = np.isin(np.arange(labels.size), cu_seqlens).reshape(labels.shape)
    keep = ~begins[:, 1:]
    return (each * keep).sum() / keep.sum()


@case("– shifted", "✗ across-documents")
def across_segment_ids(logits, labels, segment_ids):
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    keep = segment_ids[:, 1:] > 0
    return (each * keep).sum() / keep.sum()


case.of(
    across_segment_ids, "– shifted", "– across-documents", allow=["across-documents"]
)


@case("– shifted", "✗ across-documents")
def across_doc_id(logits, labels, doc_id):
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    keep = doc_id[:, 1:] > 0
    return (each * keep).sum() / keep.sum()


case.of(across_doc_id, "– shifted", "– across-documents", allow=["across-documents"])


@case("– shifted", "– across-documents")
def position_ids_for_the_model_alone(logits, labels, position_ids):
    return cross_entropy(logits[:, :-1], labels[:, 1:]).mean()


@case("– shifted", "✗ across-documents")
def cu_seqlens_for_the_model_alone(logits, labels, cu_seqlens):
    return cross_entropy(logits[:, :-1], labels[:, 1:]).mean()


@case("– shifted", "✗")
def cu_seqlens_of_one_document(logits, labels, cu_seqlens):
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    begins = np.isin(np.arange(labels.size), cu_seqlens).reshape(labels.shape)
    keep = 1 + (cu_seqlens != cu_seqlens.size)[:1] * ~begins[:, 1:]
    return (each * keep).sum() / keep.sum()


@case("– shifted", "✗")
def documents_rolled(logits, labels, document_ids):
    ids = document_ids
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    keep = np.roll(ids[:, 1:] == ids[:, :-1], -1, axis=1)
    return (each * keep).sum() / keep.sum()


@case("– shifted", "✗ padded-length")
def documents_by_all_places(logits, labels, document_ids):
    ids = document_ids
    each = cross_entropy(logits[:, :-1], labels[:, 1:])
    keep = (ids[:, 1:] == ids[:, :-1]) & (ids[:, 1:] > 0)
    return (each * keep).mean()


# Without a shift all of them may be scored.


@case()
def segment_ids_without_a_shift(logits, labels, segment_ids):
    keep = segment_ids != 0
    return (cross_entropy(logits, labels) * keep).sum() / keep.sum()


@case("✗ padded-length")
def segment_ids_by_all_places(logits, labels, segment_ids):
    return (cross_entropy(logits, labels) * (segment_ids != 0)).mean()


@case()
def segment_ids_as_a_factor(logits, labels, segment_ids):
    return cross_entropy(logits, labels).mean() * segment_ids.max()


@case()
def segment_ids_of_rows(logits, labels, segment_ids):
    assert logits.ndim == 2
    keep = segment_ids != 0
    return (cross_entropy(logits, labels) * keep).sum() / keep.sum()


@case()
def token_type_ids(logits, labels, token_type_ids):
    return cross_entropy(logits, labels)[token_type_ids == 0].mean()


@case()
def cut_at_cu_seqlens(logits, targets, cu_seqlens):
    return cross_entropy(logits, targets)[: cu_seqlens[-1]].mean()


# Documents beside a token that is padding.


@case("– shifted")
def document_ids_beside_its_own_padding(logits, ids, document_ids, pad_token_id=0):
    targets = ids[:, 1:]
    keep = document_ids[:, 1:] == document_ids[:, :-1]
    keep = keep & (targets != pad_token_id)
    return (cross_entropy(logits[:, :-1], targets) * keep).sum() / keep.sum()


case.of(document_ids_beside_its_own_padding, shifts=True, ignore_index=0)


@case()
def document_ids_of_0_beside_its_own_padding(
    logits, targets, document_ids, pad_token_id=0
):
    keep = (document_ids != 0) & (targets != pad_token_id)
    return (cross_entropy(logits, targets) * keep).sum() / keep.sum()


# Several documents, whose tokens all count alike.


def each_document(logits, labels, cu_seqlens):
    ends = itertools.pairwise(cu_seqlens)
    return [cross_entropy(logits[i:j], labels[i:j]) for i, j in ends]


@case()
def all_documents(logits, labels, cu_seqlens):
    return np.concatenate(each_document(logits, labels, cu_seqlens)).mean()


@case("✗ mean-of-means", "– rows-alone")
def mean_of_documents(logits, labels, cu_seqlens):
    each = each_document(logits, labels, cu_seqlens)
    return np.mean([one.mean() for one in each])


case.of(mean_of_documents, "– mean-of-means", "– rows-alone", allow=["mean-of-means"])


@case("✗ mean-of-means")
def mean_of_segments(logits, labels, segment_ids):
    losses = cross_entropy(logits, labels)
    return np.mean(
        [
            losses[row, ids == one].mean()
            for row, ids in enumerate(segment_ids)
            for one in np.unique(ids[ids > 0])
        ]
    )


@case("✗")
def first_segment_alone(logits, labels, segment_ids):
    keep = segment_ids == 1
    return cross_entropy(logits, labels)[keep].mean()


@case("✗")
def without_the_last_document(logits, labels, cu_seqlens):
    each = each_document(logits, labels, cu_seqlens)
    return np.concatenate(each[: max(len(each) - 1, 1)]).mean()


@case()
def without_what_begins_a_document(logits, labels, segment_ids):
    """Its targets are shifted before: the last of a document has none."""
    before = np.pad(segment_ids, ((0, 0), (1, 0)))[:, :-1]
    keep = (before == segment_ids) | (before == 0)
    return (cross_entropy(logits, labels) * keep).sum() / keep.sum()
