"""Functions that are to give ln p: of tokens, or of sequences."""

import numpy as np
from scipy.special import log_softmax

from corpus.cases import case
from corpus.shared import pick, rows
from xent_lib import log_prob, softmax


def given(*expected, **declared):
    return case(*expected, kind="log_prob", **declared)


def get_batch_logps(logits, labels, average_log_prob=False):
    """As DPO's authors do."""
    labels, logits = labels[:, 1:].copy(), logits[:, :-1, :]
    loss_mask = labels != -100
    labels[labels == -100] = 0
    each = pick(log_softmax(logits, -1), labels)
    if average_log_prob:
        return (each * loss_mask).sum(-1) / loss_mask.sum(-1)
    return (each * loss_mask).sum(-1)


case.of(get_batch_logps, "– shifted", kind="log_prob")


@given()
def of_tokens(logits, index):
    return pick(log_softmax(logits, -1), index)


@given()
def of_sequences(logits, ids):
    return of_tokens(logits, ids).sum(-1)


@given("– shifted")
def masked(logits, ids, completion_mask):
    each = of_tokens(logits[:, :-1], ids[:, 1:])
    return (each * completion_mask[:, 1:]).sum(-1)


case.of(log_prob, kind="log_prob")


@given("– log-prob-averaged", "✗ empty-sequence", "– shifted")
def averaged(logits, labels):
    return get_batch_logps(logits, labels, average_log_prob=True)


@given("– log-prob-averaged")
def averaged_over_all(logits, labels):
    return of_tokens(logits, labels).mean()


@given("– log-prob-averaged", "– shifted", allow=["log-prob-averaged"])
def averaged_on_purpose(logits, labels):
    return of_tokens(logits[:, :-1], labels[:, 1:]).mean(-1)


@given("✗ shifted-twice")
def shifted_twice(logits, labels):
    return get_batch_logps(logits[:, :-1], labels[:, 1:])


@given("✗ not-shifted", shifts=True)
def not_shifted(logits, input_ids):
    return of_tokens(logits, input_ids).sum(-1)


@given("✗ padding-scored", "– shifted", ignore_index=-100)
def padding_scored(logits, labels):
    return of_tokens(logits[:, :-1], labels[:, 1:] % logits.shape[-1]).sum(-1)


@given("✗ padding-scored", "– shifted")
def mask_unused(logits, labels, loss_mask):
    return of_tokens(logits[:, :-1], labels[:, 1:]).sum(-1)


@given("✗ prompt-scored", "– shifted")
def prompt_scored(logits, labels, prompt_lens):
    return of_tokens(logits[:, :-1], labels[:, 1:]).sum(-1)


@given("✗ no-logarithm")
def probabilities(logits, labels):
    return pick(softmax(logits), labels)


@given("✗ not-normalised")
def logits_alone(logits, labels):
    return pick(logits, labels)


@given("✗ temperature", "– shifted")
def softened(logits, labels):
    return of_tokens(logits[:, :-1] / 0.7, labels[:, 1:])


@given("✗ log-prob-negated")
def negated(logits, labels):
    return rows(logits, labels)


@given("✗ log-prob-negated", "– per-sequence", "– shifted")
def negated_of_sequences(logits, labels):
    return -get_batch_logps(logits, labels)


@given("✗")
def something_else(logits, labels):
    return np.square(of_tokens(logits, labels))
