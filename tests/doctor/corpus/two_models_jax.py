"""Distillation and DPO in JAX, with their gradients."""

import jax
import jax.numpy as jnp

from corpus.cases import case


@case()
def distilled(student_logits, teacher_logits, T=2.0):
    log_q = jax.nn.log_softmax(student_logits / T)
    log_p = jax.nn.log_softmax(teacher_logits / T)
    return T**2 * (jnp.exp(log_p) * (log_p - log_q)).sum(-1).mean()


@case("✗ no-gradient")
def student_stopped(student_logits, teacher_logits):
    return distilled(jax.lax.stop_gradient(student_logits), teacher_logits, 1.0)


def dpo(pi_w, pi_l, ref_w, ref_l, beta=0.1):
    ahead = (pi_w - pi_l) - (ref_w - ref_l)
    return -jax.nn.log_sigmoid(beta * ahead).mean()


case.of(dpo)
case.of(jax.jit(dpo), name="dpo_compiled")


@case("✗ no-gradient")
def rejected_stopped(pi_w, pi_l, ref_w, ref_l, beta=0.1):
    return dpo(pi_w, jax.lax.stop_gradient(pi_l), ref_w, ref_l, beta)
