"""DPO: ln p of a chosen and a rejected answer, by a policy and a reference."""

import numpy as np
from scipy.special import expit, log_expit

from corpus.cases import case

# Right, as people write it.


@case()
def dpo_loss(
    policy_chosen_logps,
    policy_rejected_logps,
    reference_chosen_logps,
    reference_rejected_logps,
    beta,
    label_smoothing=0.0,
    reference_free=False,
):
    """As DPO's authors do, with two further results."""
    pi_logratios = policy_chosen_logps - policy_rejected_logps
    ref_logratios = reference_chosen_logps - reference_rejected_logps
    if reference_free:
        ref_logratios = 0
    logits = beta * (pi_logratios - ref_logratios)
    losses = -log_expit(logits) * (1 - label_smoothing)
    losses -= log_expit(-logits) * label_smoothing
    chosen = beta * (policy_chosen_logps - reference_chosen_logps)
    rejected = beta * (policy_rejected_logps - reference_rejected_logps)
    return losses, chosen, rejected


@case()
def by_keywords(*, chosen_logps, rejected_logps, ref_chosen_logps, ref_rejected_logps):
    """With a β of its own."""
    of_reference = ref_chosen_logps, ref_rejected_logps
    return dpo_loss(chosen_logps, rejected_logps, *of_reference, 0.1)[0].mean()


@case()
def by_rewards(pi_w, pi_l, ref_w, ref_l, beta=0.1):
    chosen, rejected = beta * (pi_w - ref_w), beta * (pi_l - ref_l)
    return np.logaddexp(0, rejected - chosen).mean()


@case()
def preferred(
    model_preferred_logprob,
    model_dispreferred_logprob,
    ref_preferred_logprob,
    ref_dispreferred_logprob,
    beta=0.5,
):
    ahead = model_preferred_logprob - ref_preferred_logprob
    behind = model_dispreferred_logprob - ref_dispreferred_logprob
    return -log_expit(beta * (ahead - behind)).mean(), ahead.mean(), behind.mean()


@case()
def summed(chosen_logps, rejected_logps, ref_chosen_logps, ref_rejected_logps, beta):
    gaps = (chosen_logps - rejected_logps) - (ref_chosen_logps - ref_rejected_logps)
    return np.logaddexp(0, -beta * gaps).sum()


class DPO:
    """With a β of its own."""

    def __init__(self, beta=0.3):
        self.beta = beta

    def __call__(self, policy_chosen, policy_rejected, ref_chosen, ref_rejected):
        gaps = (policy_chosen - policy_rejected) - (ref_chosen - ref_rejected)
        return {"loss": np.logaddexp(0, -self.beta * gaps).mean(), "gap": gaps.mean()}


case.of(DPO, name="class")
case.of(DPO(0.05), name="made")


def by_place(a, b, c, d, e):
    return np.logaddexp(0, -e * ((a - b) - (c - d))).mean()


case.of(by_place, kind="dpo")
case.of(lambda b, a, d, c, e: by_place(a, b, c, d, e), "✗ pair-swapped", kind="dpo",
    name="by_place_swapped")  # fmt: skip


def written(margin, of=np.logaddexp):
    """DPO of another margin, or of another loss of it."""

    def loss(pi_w, pi_l, ref_w, ref_l, beta):
        ahead = margin(pi_w, pi_l, ref_w, ref_l, beta)
        return (of(0, -ahead) if of is np.logaddexp else of(ahead, beta)).mean()

    return loss


def gap(w, n, r_w, r_n, b):
    return b * (w - n - r_w + r_n)


def of(loss, *expected, name, **declared):
    case.of(written(gap, loss), *expected, name=name, **declared)


# Broken: the margin of a winner and one that is not.


def broken(*expected):
    def keep(margin):
        case.of(written(margin), *expected, name=margin.__name__)
        return margin

    return keep


@broken("✗ pair-swapped")
def backwards(w, n, r_w, r_n, b):
    return b * ((n - w) - (r_n - r_w))


@broken("✗ reference-missing")
def no_reference(w, n, r_w, r_n, b):
    return b * (w - n)


@broken("✗ reference-added")
def added(w, n, r_w, r_n, b):
    return b * (w - n + r_w - r_n)


@broken("✗ reference-added")
def crossed(w, n, r_w, r_n, b):
    return b * ((w - r_n) - (n - r_w))


@broken("✗ answer-missing")
def chosen_alone(w, n, r_w, r_n, b):
    return b * (w - r_w)


@broken("✗ answer-missing")
def rejected_alone(w, n, r_w, r_n, b):
    return -b * (n - r_n)


@broken("✗ beta-on-one-side")
def beta_of_the_policy(w, n, r_w, r_n, b):
    return b * (w - n) - (r_w - r_n)


@broken("✗ beta-on-one-side")
def beta_of_the_reference(w, n, r_w, r_n, b):
    return (w - n) - b * (r_w - r_n)


@broken("✗ beta-on-one-side")
def beta_of_the_chosen(w, n, r_w, r_n, b):
    return b * (w - r_w) - (n - r_n)


@broken("✗ beta-divides")
def divided_by_beta(w, n, r_w, r_n, b):
    return gap(w, n, r_w, r_n, 1) / b


@broken("✗ parameter-unused")
def beta_unused(w, n, r_w, r_n, b):
    return 0.1 * gap(w, n, r_w, r_n, 1)


# Broken: what is made of it.

of(lambda ahead, beta: beta * np.logaddexp(0, -ahead / beta), "✗ beta-outside",
    name="beta_outside")  # fmt: skip
of(lambda ahead, beta: -expit(ahead), "✗ sigmoid-not-log", name="minus_sigmoid")
of(lambda ahead, beta: 1 - expit(ahead), "✗ sigmoid-not-log", name="one_minus_sigmoid")
of(lambda ahead, beta: log_expit(ahead), "✗ sign", name="without_minus")
of(lambda ahead, beta: -np.log(expit(ahead) + 1e-8), "✗ floor", name="capped")
of(lambda ahead, beta: -np.log(1 / (1 + np.exp(-ahead))), "– log-of-sigmoid",
    name="log_of_sigmoid")  # fmt: skip
of(lambda ahead, beta: np.log(1 + np.exp(-ahead)), "– log-of-sigmoid",
    name="log_of_exp")  # fmt: skip
of(lambda ahead, beta: np.logaddexp(0, ahead), "✗ pair-swapped", name="its_sign")

# Conventions, and other losses.

of(lambda ahead, beta: (ahead / beta - 1 / (2 * beta)) ** 2, "– ipo", name="ipo")
of(lambda ahead, beta: np.maximum(0, 1 - ahead), "– hinge", name="hinge")
of(lambda ahead, beta: np.maximum(0, 1 - ahead), "✗ hinge", name="strict_hinge",
    strict=True)  # fmt: skip
of(lambda ahead, beta: np.exp(-ahead), "?", name="exponential")
of(lambda ahead, beta: np.exp(-ahead), "✗", name="exponential_declared", kind="dpo")


def smoothed(pi_w, pi_l, ref_w, ref_l, beta=0.1, label_smoothing=0.0):
    ahead = gap(pi_w, pi_l, ref_w, ref_l, beta)
    one, other = np.logaddexp(0, -ahead), np.logaddexp(0, ahead)
    return ((1 - label_smoothing) * one + label_smoothing * other).mean()


case.of(smoothed)


@case("– robust-dpo")
def robust(pi_w, pi_l, ref_w, ref_l, beta=0.1, label_smoothing=0.0):
    ahead = gap(pi_w, pi_l, ref_w, ref_l, beta)
    one, other = np.logaddexp(0, -ahead), np.logaddexp(0, ahead)
    less = (1 - label_smoothing) * one - label_smoothing * other
    return (less / (1 - 2 * label_smoothing)).mean()


@case("✗ parameter-unused")
def not_smoothed(pi_w, pi_l, ref_w, ref_l, beta=0.1, label_smoothing=0.0):
    return smoothed(pi_w, pi_l, ref_w, ref_l, beta)


@case("✗")
def smoothed_otherwise(pi_w, pi_l, ref_w, ref_l, beta=0.1, label_smoothing=0.0):
    return smoothed(pi_w, pi_l, ref_w, ref_l, beta) + label_smoothing


case.of(written(no_reference), "– reference-missing", allow=["reference-missing"],
    name="no_reference")  # fmt: skip
case.of(lambda policy_chosen, policy_rejected: policy_chosen, "?", name="two_of_four")
