"""Losses of pairs and of a teacher are others, which the doctor says."""

import re

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import xent_lib
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
    (lambda logits: rows(logits, np.arange(len(logits))).mean(), "`logits`"),
    (lambda scores, T=0.07: rows(scores / T, np.arange(len(scores))), "`scores`"),
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
    words = f"? It is another loss, which compares pairs ({names}): no job for the "
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


def test_whose_targets_need_not_be_given_compares_no_pairs():
    def loss(logits, temperature=1, labels=None):
        return rows(logits / temperature, labels[np.arange(len(logits))]).mean()

    assert "compares pairs" not in said(diagnose(loss))


def test_what_is_named_like_logits_beside_two_that_are_not_is_guessed():
    """Once it made two logits, which nothing took."""

    def loss(features, classes, logit_scale):
        return rows(features, classes).mean() * np.mean(logit_scale)

    found = diagnose(loss)
    assert "a mask as its `logit_scale`" in said(found), found


def kl(o, teacher):
    p, log_q = softmax(teacher, -1), log_softmax(o, -1)
    return (p * (np.log(p) - log_q)).sum(-1).mean()


def distilled(student_logits, teacher_logits, T=2.0):
    return kl(student_logits / T, teacher_logits / T) * T * T


def with_labels(student_logits, teacher_logits, labels, T, alpha):
    soft = distilled(student_logits, teacher_logits, T)
    return alpha * soft + (1 - alpha) * rows(student_logits, labels).mean()


def outputs(outputs, labels, teacher_outputs, params=None, temperature=3, alpha=0.1):
    return with_labels(outputs, teacher_outputs, labels, temperature, alpha)


def of_p(logits, teacher_probs):
    return -(teacher_probs * log_softmax(logits, -1)).sum(-1).mean()


def of_log_p(logits, teacher_log_probs):
    return of_p(logits, np.exp(teacher_log_probs))


class DistillKL:
    def __init__(self, T=4):
        self.T = T

    def __call__(self, y_s, y_t):
        return distilled(y_s, y_t, self.T)


@pytest.mark.parametrize(
    ("loss", "teacher", "halves"),
    [
        (distilled, "teacher_logits", False),
        (with_labels, "teacher_logits", True),
        (outputs, "teacher_outputs", True),
        (of_p, "teacher_probs", False),
        (of_log_p, "teacher_log_probs", False),
        (DistillKL, "y_t", False),
    ],
)
def test_who_has_a_teacher_is_told_how_it_is_a_cross_entropy(loss, teacher, halves):
    found = said(diagnose(loss))
    assert f"? It is another loss, against what a teacher gives (`{teacher}`)" in found
    assert ("alpha=0 and alpha=1 tell its halves apart" in found) == halves
    line = re.search(r"write (diagnose\(lambda o, t: .*?\))(;|$)", found)[1]
    written = eval(line, globals())
    assert written.healthy, line


def test_the_line_of_a_broken_one_names_its_fault():
    def loss(student_logits, teacher_logits):
        return kl(student_logits, teacher_logits) / student_logits.shape[-1]

    line = said(diagnose(loss)).partition("write ")[2]
    found = eval(line, globals() | {"loss": loss})
    assert "by-vocabulary" in found.names, found


@pytest.mark.parametrize(
    "loss",
    [
        lambda logits, targets, teacher_logits=None: rows(logits, targets).mean(),
        lambda y_p, y_t: rows(y_p, y_t).mean(),
    ],
)
def test_who_needs_no_teacher_is_asked(loss):
    assert diagnose(loss).healthy


def test_who_is_given_losses_gets_a_line_that_gives_them():
    """As Megatron has it."""

    def loss_func(loss_mask, output_tensor, model=None):
        losses, mask = output_tensor.ravel(), loss_mask.ravel()
        return (losses * mask).sum() / mask.sum(), {"tokens": mask.sum()}

    line = (
        "lambda o, t, mask: loss_func(loss_mask=mask, "
        "output_tensor=xent_lib.cross_entropy(o, t))"
    )
    report = said(diagnose(loss_func))
    assert f"as `output_tensor` Give it those: write diagnose({line})" in report
    found = diagnose(eval(line, {"loss_func": loss_func, "xent_lib": xent_lib}))
    assert found.healthy, found
    assert "a mask" in found.convention


def of_loss_mat(loss_mat, loss_mask, loss_agg_mode="token-mean"):
    return (loss_mat * loss_mask).sum() / loss_mask.sum()


def of_logps(per_token_logps, completion_mask):
    return -(per_token_logps * completion_mask).mean()


@pytest.mark.parametrize(
    ("loss", "what", "given", "name"),
    [
        (of_loss_mat, "loss", "loss_mat=xent_lib", ()),
        (of_logps, "ln p", "per_token_logps=-xent_lib", ("padded-length",)),
    ],
)
def test_what_is_given_each_tokens_ln_p_is_no_loss_of_logits(loss, what, given, name):
    """As verl has it; once the mask was taken for one-hot targets."""
    report = said(diagnose(loss))
    assert f"it is given each token’s {what}, as `" in report
    assert f"{given}.cross_entropy(o, t)" in report
    line = re.search(r"write diagnose\((.*)\)", report)[1]
    assert diagnose(eval(line, globals())).names == name


def test_soft_targets_beside_ln_p_are_no_mask():
    found = diagnose(lambda log_p, weights: -(weights * log_p).sum(-1).mean())
    assert "one-hot targets" in found.convention
