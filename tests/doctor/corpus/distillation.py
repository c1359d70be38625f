"""A student and its teacher: KL, and the cross-entropy beside it."""

import numpy as np
from scipy.special import log_softmax, rel_entr, softmax

from corpus.cases import case
from corpus.shared import rows
from xent_lib import cross_entropy, entropy, kl_divergence

# Right, as people write it.


@case("– log-of-softmax")
def by_definition(student_logits, teacher_logits):
    p, q = softmax(teacher_logits, -1), softmax(student_logits, -1)
    return (p * np.log(p / q)).sum(-1).mean()


@case()
def by_scipy(student_logits, teacher_logits, temperature=2.0):
    p = softmax(teacher_logits / temperature, -1)
    log_q = log_softmax(student_logits / temperature, -1)
    log_p = log_softmax(teacher_logits / temperature, -1)
    return (p * (log_p - log_q)).sum(-1).mean() * temperature**2


def optional(divided):
    """Its mask need not be given."""

    def loss(student_logits, teacher_logits, mask=None):
        log_p, log_q = log_softmax(teacher_logits, -1), log_softmax(student_logits, -1)
        each = (np.exp(log_p) * (log_p - log_q)).sum(-1)
        return each.mean() if mask is None else divided(each * mask, mask)

    return loss


case.of(optional(lambda x, m: x.sum() / m.sum()), name="optional_mask")
case.of(optional(lambda x, m: x.mean()), "✗ padded-length", name="of_all_places")


@case()
def optional_targets(student_logits, teacher_logits, labels=None):
    log_p, log_q = log_softmax(teacher_logits, -1), log_softmax(student_logits, -1)
    each = (np.exp(log_p) * (log_p - log_q)).sum(-1)
    return each.mean() if labels is None else each[labels != -100].mean()


@case("– log-of-softmax")
def by_rel_entr(student_logits, teacher_logits):
    return rel_entr(softmax(teacher_logits, -1), softmax(student_logits, -1)).sum(-1)


@case()
def by_the_library(student_logits, teacher_logits, T):
    p = softmax(teacher_logits / T, -1)
    soft = cross_entropy(student_logits / T, p) - entropy(p)
    return T * T * soft.mean()


@case("– log-of-softmax")
def by_its_divergence(logits_s, logits_t):
    return kl_divergence(softmax(logits_t, -1), softmax(logits_s, -1)).mean()


@case()
def summed(student, teacher):
    log_p, log_q = log_softmax(teacher, -1), log_softmax(student, -1)
    return (np.exp(log_p) * (log_p - log_q)).sum()


@case()
def of_log_probs(student_log_probs, teacher_log_probs):
    p = np.exp(teacher_log_probs)
    return (p * (teacher_log_probs - student_log_probs)).sum(-1).mean()


@case()
def of_probabilities(student_logits, teacher_probs, T=3.0):
    log_q = log_softmax(student_logits / T, -1)
    floor = np.finfo(float).tiny
    log_p = np.log(np.maximum(teacher_probs, floor))
    return T**2 * (teacher_probs * (log_p - log_q)).sum(-1).mean()


class Distiller:
    """With a temperature and weights of its own."""

    def __init__(self, T=4.0, alpha=0.9):
        self.T, self.alpha = T, alpha

    def soft(self, student, teacher):
        log_p, log_q = (log_softmax(x / self.T, -1) for x in (teacher, student))
        return (np.exp(log_p) * (log_p - log_q)).sum(-1)

    def __call__(self, y_s, y_t):
        return self.soft(y_s, y_t).mean() * self.T**2


case.of(Distiller(), name="distiller_made")
case.of(Distiller, name="distiller")
case.of(Distiller(2.5), name="distiller_of_2.5")


def beside(soft_share, hard_share, power=2, both=False):
    """Both parts, with weights of its own."""

    def loss(student_logits, teacher_logits, labels, T):
        soft = Distiller(T).soft(student_logits, teacher_logits).mean() * T**power
        hard = rows(student_logits, labels).mean() * (T**2 if both else 1)
        return soft_share * soft + hard_share * hard

    return loss


case.of(beside(0.9, 0.1), name="nine_tenths")
case.of(beside(1, 1), name="added_up")
case.of(beside(0.5, 1), name="half_of_it_beside")
case.of(beside(0.5, 0.5, 0), "✗ t-squared-forgotten", name="half_without_t_squared")
case.of(beside(0.5, 0.5, 1), "✗ t-squared-forgotten", name="half_by_t")
case.of(beside(0.7, 0.3, both=True), "✗ t-squared-on-both", name="both_by_t_squared")


def mixed(student_logits, teacher_logits, labels, alpha=0.5, T=2.0):
    soft = Distiller(T).soft(student_logits, teacher_logits).mean() * T * T
    return alpha * soft + (1 - alpha) * rows(student_logits, labels).mean()


case.of(mixed)


@case()
def mixed_the_other_way(student_logits, teacher_logits, labels, alpha=0.1, T=2.0):
    return mixed(student_logits, teacher_logits, labels, 1 - alpha, T)


@case()
def by_weight_of_the_hard(student_logits, teacher_logits, labels, ce_weight, T):
    return mixed(student_logits, teacher_logits, labels, 1 - ce_weight, T)


@case("✗ weights-swapped")
def swapped(student_logits, teacher_logits, labels, soft_weight, T):
    return mixed(student_logits, teacher_logits, labels, 1 - soft_weight, T)


@case("✗ weights-swapped")
def swapped_hard(student_logits, teacher_logits, labels, hard_weight):
    return mixed(student_logits, teacher_logits, labels, hard_weight, 1.0)


@case()
def weighted_alone(student_logits, teacher_logits, kd_weight=0.5):
    return kd_weight * Distiller(1).soft(student_logits, teacher_logits).mean()


def causal(soft_shifted):
    """Of language models: the labels are the inputs."""

    def loss(student_logits, teacher_logits, labels):
        student, teacher = student_logits, teacher_logits
        hard = rows(student[:, :-1], labels[:, 1:]).mean()
        if soft_shifted:
            student, teacher = student[:, :-1], teacher[:, :-1]
        return 0.5 * Distiller(1).soft(student, teacher).mean() + 0.5 * hard

    return loss


case.of(causal(True), "– shifted", name="causal")
case.of(causal(False), "– shifted", name="causal_in_the_hard_part")
case.of(causal(True), "✗ shifted", name="causal", shifts=False)


def scored(student_logits, teacher_logits, labels):
    """Padding is left out of both parts."""
    keep = labels != -100
    soft = Distiller(1).soft(student_logits, teacher_logits)
    hard = rows(student_logits, np.where(keep, labels, 0))
    return ((soft + hard) * keep).sum() / keep.sum() / 2


case.of(scored)


@case()
def masked(student_logits, teacher_logits, mask):
    soft = Distiller(1).soft(student_logits, teacher_logits)
    return (soft * mask).sum() / mask.sum()


# Once there were no references for these.


def distilled(student_logits, teacher_logits, T=2.0):
    p, log_q = softmax(teacher_logits / T, -1), log_softmax(student_logits / T, -1)
    return (p * (np.log(p) - log_q)).sum(-1).mean() * T * T


case.of(distilled, "– log-of-softmax")


@case("– log-of-softmax")
def distilled_with_labels(student_logits, teacher_logits, labels, T, alpha):
    soft = distilled(student_logits, teacher_logits, T)
    return alpha * soft + (1 - alpha) * rows(student_logits, labels).mean()


@case("– log-of-softmax")
class DistillKL:
    def __init__(self, T=4):
        self.T = T

    def __call__(self, y_s, y_t):
        return distilled(y_s, y_t, self.T)


# With a gradient by the student's logits, written by hand.


def mean_kl(student_logits, teacher_logits):
    return Distiller(1).soft(student_logits, teacher_logits).mean()


def slope(student_logits, teacher_logits):
    q, p = softmax(student_logits, -1), softmax(teacher_logits, -1)
    return (q - p) / q[..., 0].size


def turned(student_logits, teacher_logits):
    return -slope(student_logits, teacher_logits)


case.of(mean_kl, gradient=slope)
case.of(mean_kl, "✗ gradient-sign", gradient=turned)


# Conventions.


@case("– soft-cross-entropy")
def soft_cross_entropy(student_logits, teacher_logits):
    return cross_entropy(student_logits, softmax(teacher_logits, -1)).mean()


@case("– soft-cross-entropy")
def soft_targets(logits, teacher_probs):
    return -(teacher_probs * log_softmax(logits, -1)).sum(-1).mean()


@case("– per-sequence")
def by_batch(student_logits, teacher_logits):
    each = Distiller(1).soft(student_logits, teacher_logits)
    return each.sum() / len(student_logits)


@case("– jensen-shannon")
def jensen_shannon(student_logits, teacher_logits):
    log_p, log_q = log_softmax(teacher_logits, -1), log_softmax(student_logits, -1)
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    one, other = (np.exp(x) * (x - log_m) for x in (log_p, log_q))
    return (one + other).sum(-1).mean() / 2


@case("– t-squared-forgotten", "– jensen-shannon")
def of_gkd(student_logits, teacher_logits, labels=None, beta=0.5, temperature=1.0):
    """As GKD's trainers have it: no other loss is added, and none is multiplied."""
    two = (x / temperature for x in (student_logits, teacher_logits))
    log_q, log_p = (log_softmax(x, -1) for x in two)
    log_m = np.logaddexp(log_q + np.log(1 - beta), log_p + np.log(beta))
    one, other = ((np.exp(x) * (x - log_m)).sum(-1) for x in (log_p, log_q))
    losses = beta * one + (1 - beta) * other
    scored = np.ones(losses.shape, bool) if labels is None else labels != -100
    return losses[scored].sum() / scored.sum()


def swapped_models(student_logits, teacher_logits):
    return Distiller(1).soft(teacher_logits, student_logits).mean()


case.of(swapped_models, "✗ kl-reversed")
case.of(swapped_models, "– kl-reversed", allow=["kl-reversed"])


@case("– kl-reversed")
def reverse_kl(student_logits, teacher_logits):
    return swapped_models(student_logits, teacher_logits)


# As public code has it.


@case("– soft-cross-entropy")
def forward_kl_of_valid_tokens(student_logits, teacher_logits, labels):
    """Summed over what the labels don't mask, and divided by their number."""
    p = softmax(teacher_logits, -1)
    x = (p * log_softmax(student_logits, -1)).sum(-1).ravel()
    keep = labels.ravel() != -100
    return -(x * keep).sum() / keep.sum()


@case("– soft-cross-entropy")
def of_draft_and_target(student_logits, teacher_logits, loss_mask):
    """Of speculative decoding, masked."""
    p = softmax(teacher_logits, -1)
    each = -(p * log_softmax(student_logits, -1)).sum(-1)
    return (each * loss_mask).sum() / max(loss_mask.sum(), 1e-5)


@case("– per-sequence", kind="distillation")
def of_noisy_input(input, target):
    """By batchmean, of a model's forecasts of clean and of noisy input."""
    log_p, log_q = log_softmax(target, -1), log_softmax(input, -1)
    return (np.exp(log_p) * (log_p - log_q)).sum() / len(input)


# Broken.


@case("✗ t-squared-forgotten")
def without_t_squared(student_logits, teacher_logits, T):
    return Distiller(T).soft(student_logits, teacher_logits).mean()


@case("✗ t-squared-forgotten")
def without_its_own_t_squared(student_logits, teacher_logits):
    return Distiller(4.0).soft(student_logits, teacher_logits).mean()


@case("✗ temperature-on-one-side")
def teacher_alone_softened(student_logits, teacher_logits, T):
    return T * T * Distiller(1).soft(student_logits, teacher_logits / T).mean()


@case("✗ temperature-on-one-side")
def student_alone_softened(student_logits, teacher_logits, T=2.0):
    return T * T * Distiller(1).soft(student_logits / T, teacher_logits).mean()


@case("✗ by-vocabulary")
def mean_of_all(student_logits, teacher_logits):
    log_p, log_q = log_softmax(teacher_logits, -1), log_softmax(student_logits, -1)
    return (np.exp(log_p) * (log_p - log_q)).mean()


@case("✗ by-vocabulary", "– soft-cross-entropy", kind="distillation")
def soft_cross_entropy_of_all(predicts, targets):
    """Of logits, both; and .mean() divides by V, too."""
    return (-softmax(targets, -1) * log_softmax(predicts, -1)).mean()


@case("✗ softmax-twice", "– soft-cross-entropy")
def teacher_twice(student_logits, teacher_logits):
    p = softmax(softmax(teacher_logits, -1), -1)
    return cross_entropy(student_logits, p).mean()


@case("✗ softmax-twice", "– soft-cross-entropy")
def student_twice(student_logits, teacher_logits):
    q = softmax(student_logits, -1)
    return cross_entropy(q, softmax(teacher_logits, -1)).mean()


@case("✗ log-missing")
def without_log(student_logits, teacher_logits):
    p, q = softmax(teacher_logits, -1), softmax(student_logits, -1)
    return (p * (np.log(p) - q)).sum(-1).mean()


@case("– rows-alone")
def over_axis_1(student_logits, teacher_logits):
    log_p, log_q = (log_softmax(x, 1) for x in (teacher_logits, student_logits))
    return (np.exp(log_p) * (log_p - log_q)).sum(-1).mean()


@case("✗ wrong-axis")
def over_axis_0(student_logits, teacher_logits):
    log_p, log_q = (log_softmax(x, 0) for x in (teacher_logits, student_logits))
    return (np.exp(log_p) * (log_p - log_q)).sum(-1).mean()


@case("✗ sign")
def negative(student_logits, teacher_logits):
    return -Distiller(1).soft(student_logits, teacher_logits).mean()


@case("✗ hard-softened")
def hard_softened(student_logits, teacher_logits, labels, T, alpha):
    soft = Distiller(T).soft(student_logits, teacher_logits).mean() * T * T
    return alpha * soft + (1 - alpha) * rows(student_logits / T, labels).mean()


@case("✗ padding-scored")
def padding_in_the_soft_part(student_logits, teacher_logits, labels):
    keep = labels != -100
    hard = rows(student_logits, np.where(keep, labels, 0))
    soft = Distiller(1).soft(student_logits, teacher_logits).mean()
    return 0.5 * soft + 0.5 * (hard * keep).sum() / keep.sum()


@case("✗ padding-scored")
def mask_unused(student_logits, teacher_logits, mask):
    return Distiller(1).soft(student_logits, teacher_logits).mean()


@case("✗ padded-length")
def by_all_places(student_logits, teacher_logits, mask):
    return (Distiller(1).soft(student_logits, teacher_logits) * mask).mean()


@case("✗ floor")
def capped(student_logits, teacher_logits):
    p, q = softmax(teacher_logits, -1), softmax(student_logits, -1)
    return (p * (np.log(p + 1e-10) - np.log(q + 1e-10))).sum(-1).mean()


@case("✗ parameter-unused")
def temperature_unused(student_logits, teacher_logits, temperature):
    return Distiller(1).soft(student_logits, teacher_logits).mean()


NOISE = np.random.default_rng(0)


@case("✗ random")
def noisy(student_logits, teacher_logits):
    return Distiller(1).soft(student_logits, teacher_logits).mean() + NOISE.random()


@case("✗ in-place")
def softens_in_place(student_logits, teacher_logits, T):
    student_logits /= T
    return T * T * Distiller(1).soft(student_logits, teacher_logits / T).mean()


@case("✗ t-squared-forgotten", "✗ by-vocabulary")
def two_at_once(student_logits, teacher_logits, T):
    return Distiller(T).soft(student_logits, teacher_logits).mean() / 5


# Other losses, and what cannot be called.


@case("?")
def of_logits_alone(student_logits, teacher_logits):
    return np.square(student_logits - teacher_logits).mean()


case.of(of_logits_alone, "✗", kind="distillation")


@case("?")
def of_hidden_states(student_hidden, teacher_hidden):
    return np.square(student_hidden - teacher_hidden).mean()


@case("?", kind="distillation")
def one_model(logits):
    return logits.mean()


@case("?")
def raises(student_logits, teacher_logits):
    raise ValueError("not today")


@case(kind="loss")
def a_loss_by_declaration(student_logits, teacher_targets):
    return rows(student_logits, teacher_targets).mean()
