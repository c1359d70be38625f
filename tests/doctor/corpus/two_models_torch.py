"""Distillation, DPO and ln p in PyTorch, with their gradients."""

import torch
import torch.nn.functional as F
from torch import nn

from corpus.cases import case

# Distillation.


@case("– per-sequence")
def batchmean(student_logits, teacher_logits, T=2.0):
    log_q = F.log_softmax(student_logits / T, -1)
    p = F.softmax(teacher_logits / T, -1)
    return F.kl_div(log_q, p, reduction="batchmean") * T * T


@case()
def batchmean_of_tokens(student_logits, teacher_logits, T=2.0):
    V = student_logits.shape[-1]
    return batchmean(student_logits.reshape(-1, V), teacher_logits.reshape(-1, V), T)


@case("– per-sequence")
def log_target(student_logits, teacher_logits, temperature):
    log_q, log_p = (
        F.log_softmax(x / temperature, -1) for x in (student_logits, teacher_logits)
    )
    kl = F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
    return kl * temperature**2


@case("✗ by-vocabulary")
def default_reduction(student_logits, teacher_logits):
    return F.kl_div(F.log_softmax(student_logits, -1), F.softmax(teacher_logits, -1))


@case("✗ log-missing", "– per-sequence")
def student_not_in_logs(student_logits, teacher_logits):
    q, p = F.softmax(student_logits, -1), F.softmax(teacher_logits, -1)
    return F.kl_div(q, p, reduction="batchmean")


@case("✗ teacher-in-logs")
def teacher_in_logs(student_logits, teacher_logits):
    log_q, log_p = F.log_softmax(student_logits, -1), F.log_softmax(teacher_logits, -1)
    return F.kl_div(log_q, log_p, reduction="batchmean")


@case("✗ kl-reversed")
def arguments_swapped(student_logits, teacher_logits):
    log_p, q = F.log_softmax(teacher_logits, -1), F.softmax(student_logits, -1)
    return F.kl_div(log_p, q, reduction="none").sum(-1).mean()


@case("✗ log-of-softmax")
def log_of_softmax(student_logits, teacher_logits):
    p, q = student_logits.softmax(-1), teacher_logits.softmax(-1)
    return (q * (q.log() - p.log())).sum(-1).mean()


@case("✗ no-gradient")
def student_detached(student_logits, teacher_logits):
    return batchmean_of_tokens(student_logits.detach(), teacher_logits, 1.0)


@case()
def teacher_detached(student_logits, teacher_logits):
    return batchmean_of_tokens(student_logits, teacher_logits.detach(), 1.0)


class KnowledgeDistillation(nn.Module):
    def __init__(self, alpha=0.7, temperature=4.0):
        super().__init__()
        self.alpha, self.T = alpha, temperature

    def forward(self, student_logits, teacher_logits, labels):
        V = student_logits.shape[-1]
        student, teacher = student_logits.view(-1, V), teacher_logits.view(-1, V)
        keep = labels.reshape(-1) != -100
        soft = batchmean(student[keep], teacher[keep], self.T)
        hard = F.cross_entropy(student, labels.reshape(-1))
        return self.alpha * soft + (1 - self.alpha) * hard


case.of(KnowledgeDistillation, name="module")


@case("✗ t-squared-forgotten", "✗ padding-scored")
def with_labels(student_logits, teacher_logits, labels, T, alpha):
    V = student_logits.shape[-1]
    student, teacher = student_logits.view(-1, V), teacher_logits.view(-1, V)
    soft = batchmean(student, teacher, T) / T**2
    return alpha * soft + (1 - alpha) * F.cross_entropy(student, labels.view(-1))


@case("✗ by-vocabulary", "– padding-scored")
def of_classes(outputs, labels, teacher_outputs, alpha, T):
    """Of (N, V) alone: cross_entropy takes no sequences, and leaves −100 out."""
    log_q, p = F.log_softmax(outputs / T, dim=1), F.softmax(teacher_outputs / T, dim=1)
    soft = nn.KLDivLoss()(log_q, p) * (alpha * T * T)
    return soft + F.cross_entropy(outputs, labels) * (1 - alpha)


@case("– shifted")
def of_language_models(student_logits, teacher_logits, labels, T=2.0, alpha=0.5):
    """Shifted, without padding, and divided by the tokens that are left."""
    student, teacher = student_logits[..., :-1, :], teacher_logits[..., :-1, :]
    labels = labels[..., 1:]
    keep = labels != -100
    soft = batchmean(student[keep], teacher[keep], T)
    return alpha * soft + (1 - alpha) * F.cross_entropy(student[keep], labels[keep])


@case("– soft-cross-entropy")
def soft_targets(student_logits, teacher_logits):
    V = student_logits.shape[-1]
    p = F.softmax(teacher_logits, -1).reshape(-1, V)
    return F.cross_entropy(student_logits.reshape(-1, V), p)


# DPO.


def ahead_by(chosen, rejected, ref_chosen, ref_rejected):
    return (chosen - rejected) - (ref_chosen - ref_rejected)


@case()
def dpo(
    policy_chosen_logps,
    policy_rejected_logps,
    reference_chosen_logps,
    reference_rejected_logps,
    beta=0.1,
    label_smoothing=0.0,
):
    pi = policy_chosen_logps - policy_rejected_logps
    logits = pi - (reference_chosen_logps - reference_rejected_logps)
    return (
        -F.logsigmoid(beta * logits) * (1 - label_smoothing)
        - F.logsigmoid(-beta * logits) * label_smoothing,
        beta * (policy_chosen_logps - reference_chosen_logps).detach(),
        beta * (policy_rejected_logps - reference_rejected_logps).detach(),
    )


@case("✗ log-of-sigmoid")
def log_of_sigmoid(chosen_logps, rejected_logps, ref_chosen_logps, ref_rejected_logps):
    ahead = ahead_by(chosen_logps, rejected_logps, ref_chosen_logps, ref_rejected_logps)
    return -torch.log(torch.sigmoid(0.1 * ahead)).mean()


@case("✗ no-gradient")
def rejected_detached(pi_w, pi_l, ref_w, ref_l, beta):
    return -F.logsigmoid(beta * ahead_by(pi_w, pi_l.detach(), ref_w, ref_l)).mean()


@case("✗ pair-swapped")
def swapped(pi_w, pi_l, ref_w, ref_l, beta):
    return -F.logsigmoid(beta * ahead_by(pi_l, pi_w, ref_l, ref_w)).mean()


class Preference(nn.Module):
    def __init__(self, beta=0.2):
        super().__init__()
        self.beta = beta

    def forward(self, chosen, rejected, reference_chosen, reference_rejected):
        ahead = ahead_by(chosen, rejected, reference_chosen, reference_rejected)
        return -F.logsigmoid(self.beta * ahead).mean()


case.of(Preference(), name="module_of_pairs")


@case("✗ gradient-scaled")
def gradient_halved(pi_w, pi_l, ref_w, ref_l, beta):
    loss = -F.logsigmoid(beta * ahead_by(pi_w, pi_l, ref_w, ref_l)).mean()
    return loss.detach() / 2 + loss / 2


# ln p.


def get_batch_logps(logits, labels, average_log_prob=False):
    labels, logits = labels[:, 1:].clone(), logits[:, :-1, :]
    loss_mask = labels != -100
    labels[labels == -100] = 0
    index = labels.unsqueeze(2)
    each = torch.gather(logits.log_softmax(-1), dim=2, index=index).squeeze(2)
    if average_log_prob:
        return (each * loss_mask).sum(-1) / loss_mask.sum(-1)
    return (each * loss_mask).sum(-1)


case.of(get_batch_logps, "– shifted", kind="log_prob")


@case("– log-prob-averaged", "✗ empty-sequence", "– shifted", kind="log_prob")
def averaged(logits, labels):
    return get_batch_logps(logits, labels, average_log_prob=True)


@case("✗ shifted-twice", kind="log_prob")
def shifted_twice(logits, labels):
    return get_batch_logps(logits[:, :-1], labels[:, 1:])
