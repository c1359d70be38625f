"""Losses that compare pairs are no job for the doctor, which says so."""

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


def of_square(o):
    t = np.arange(len(o))
    return (rows(o, t).mean() + rows(o.T, t).mean()) / 2


class CLIP:
    def forward(self, image_features, text_features, logit_scale):
        return of_square(logit_scale * image_features @ text_features.T)


COMPARE = (
    (CLIP(), "`image_features`, `text_features`"),
    (
        lambda logits_per_image, logits_per_text: of_square(logits_per_image),
        "`logits_per_image`, `logits_per_text`",
    ),
    (lambda similarity: of_square(similarity), "`similarity`"),
    (lambda similarity, temperature=0.07: of_square(similarity), "`similarity`"),
    (
        lambda chosen, rejected: np.logaddexp(0, rejected - chosen).mean(),
        "`chosen`, `rejected`",
    ),
    (
        lambda policy_rejected_logps, policy_chosen_logps, reference_logps: 0,
        "`policy_chosen_logps`, `policy_rejected_logps`",
    ),
    (
        lambda pos_scores, neg_scores: np.logaddexp(0, neg_scores - pos_scores).mean(),
        "`pos_scores`, `neg_scores`",
    ),
    (
        lambda anchor, positive, margin=1: np.square(anchor - positive).mean(),
        "`anchor`, `positive`",
    ),
    (lambda query, keys: of_square(query @ keys.T), "`query`, `keys`"),
    (lambda z_i, z_j: of_square(z_i @ z_j.T), "`z_i`, `z_j`"),
)


@pytest.mark.parametrize(("loss", "names"), COMPARE)
def test_who_compares_pairs_is_told_that_it_is_another_loss(loss, names):
    found = diagnose(loss)
    words = f"✗ It is another loss, which compares pairs ({names}): no job for the "
    assert said(found).startswith(words), found
    assert "The doctor knows losses of logits and the ids that came" in said(found)
    assert "PROBES" not in repr(found)


@pytest.mark.parametrize(
    "loss",
    [
        lambda similarity, labels: rows(similarity, labels).mean(),
        lambda chosen, t: rows(chosen, t).mean(),
        lambda image_logits, text_ids: rows(image_logits, text_ids).mean(),
        lambda query, answer: rows(query, answer).mean(),
        lambda chosen_logits, rejected_targets: cross_entropy(
            chosen_logits, rejected_targets
        ),
    ],
)
def test_who_has_targets_is_asked(loss):
    assert diagnose(loss).healthy


def test_what_is_named_like_logits_beside_two_that_are_not_is_guessed():
    """Once it made two logits, which nothing took."""

    def loss(features, classes, logit_scale):
        return rows(features, classes).mean() * np.mean(logit_scale)

    found = diagnose(loss)
    assert "a mask as its `logit_scale`" in said(found), found
