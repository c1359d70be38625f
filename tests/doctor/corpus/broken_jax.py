"""Broken losses in JAX and optax, each with the name of its fault."""

import itertools

import jax
import jax.numpy as jnp
import optax

from corpus.cases import case


def losses(o, t):
    return optax.softmax_cross_entropy_with_integer_labels(o, t)


case.of(
    lambda o, t: losses(jax.nn.softmax(o), t).mean(),
    "✗ softmax-twice",
    name="softmax_twice",
)
case.of(
    lambda o, t: optax.sigmoid_binary_cross_entropy(
        o, jax.nn.one_hot(t, o.shape[-1])
    ).mean(),
    "✗ binary-mean",
    "– masked-token",
    name="binary",
)
case.of(
    lambda o, t: -jnp.log(jax.nn.softmax(o))[jnp.arange(len(t)), t].mean(),
    "✗ log-of-softmax",
    name="log_of_softmax",
)
case.of(
    lambda o, t: -jax.nn.log_softmax(o, axis=0)[jnp.arange(len(t)), t].mean(),
    "✗ wrong-axis",
    name="softmax_over_rows",
)
case.of(
    jax.jit(lambda o, t: jnp.exp(losses(o, t).mean())),
    "✗ perplexity",
    "– from-zero",
    name="perplexity",
)
case.of(lambda o, t: -losses(o, t).mean(), "✗ sign", "– from-zero", name="no_minus")
case.of(
    lambda o, t: -jax.nn.log_softmax(o)[:, t].mean(),
    "✗ every-pair",
    "– rows-alone",
    name="every_pair",
)
case.of(
    lambda o, t: -jax.nn.log_softmax(o).max(-1).mean(), "✗ likeliest", name="likeliest"
)
case.of(
    lambda o, t: -(jax.nn.one_hot(t, o.shape[-1]) * jax.nn.log_softmax(o)).mean(),
    "✗ by-vocabulary",
    "– masked-token",
    name="by_vocabulary",
)
case.of(
    lambda o, t: losses(o, t.astype(jnp.uint8)).mean(),
    "– from-zero",
    "✗ ids-cut",
    name="ids_in_uint8",
)
case.of(
    lambda o, t: jnp.where(t == -100, 0, losses(o, jnp.maximum(t, 0))).mean(),
    "✗ padded-length",
    "– from-zero",
    name="padded_length",
)
case.of(
    lambda o, t: (
        jax.lax.stop_gradient(jax.nn.logsumexp(o, -1))
        - jnp.take_along_axis(o, t[..., None], -1)[..., 0]
    ).mean(),
    "– from-zero",
    "✗ gradient-without-softmax",
    name="normaliser_stopped",
)


SEEDS = itertools.count()


@case("✗ random")
def noise(o, t):
    more = jax.random.normal(jax.random.key(next(SEEDS)), o.shape)
    return losses(o + more, t).mean()


case.of(
    lambda o, t: (losses(o, t) + 1e-4 * jax.nn.logsumexp(o, -1) ** 2).mean(),
    "– z-loss",
    name="z_loss",
)
case.of(
    lambda o, t: ((1 - jnp.exp(-losses(o, t))) ** 2 * losses(o, t)).mean(),
    "– focal",
    "– from-zero",
    name="focal",
)


@case("– from-zero", "✗ no-gradient")
def stopped(o, t):
    return losses(jax.lax.stop_gradient(o), t).mean()


@jax.custom_vjp
def fused(logits, targets):
    return losses(logits, targets).mean()


def forward(logits, targets):
    return fused(logits, targets), (logits, targets)


def backward(kept, above):
    logits, targets = kept
    grad = jax.nn.softmax(logits) - jax.nn.one_hot(targets, logits.shape[-1])
    return above * grad, None


fused.defvjp(forward, backward)
case.of(
    lambda o, t: fused(o, t), "– from-zero", "✗ gradient-scaled", name="fused_undivided"
)


@jax.custom_vjp
def fused_of_a_typo(logits, targets):
    return losses(logits, targets).mean()


fused_of_a_typo.defvjp(forward, lambda kept, above: (above * kept.probs, None))
case.of(
    lambda o, t: fused_of_a_typo(o, t),
    "– from-zero",
    "✗ no-gradient",
    name="fused_of_a_typo",
)


@case("✗ mean-of-means")
def easylm(logits, tokens, valid=None):
    """cross_entropy_loss_and_accuracy, without the accuracy."""
    if valid is None:
        valid = jnp.ones(tokens.shape[:2])
    valid = valid.astype(jnp.float32)
    length = jnp.maximum(jnp.sum(valid, axis=-1), 1e-10)
    log_p = jnp.take_along_axis(
        jax.nn.log_softmax(logits, axis=-1), jnp.expand_dims(tokens, -1), axis=-1
    ).squeeze(-1)
    log_p = jnp.where(valid > 0.0, log_p, jnp.array(0.0))
    return -jnp.mean(jnp.sum(log_p, axis=-1) / length)


def t5x(logits, targets, weights=None, label_smoothing=0.1):
    V, sure = logits.shape[-1], 1 - label_smoothing
    low = (1 - sure) / (V - 1)
    soft = jax.nn.one_hot(targets, V) * (sure - low) + low
    least = sure * jnp.log(sure) + (V - 1) * low * jnp.log(low + 1e-20)
    each = -(soft * jax.nn.log_softmax(logits)).sum(-1) + least
    n = float(targets.size)
    if weights is not None:
        each, n = each * weights, weights.sum()
    return each.sum(), n


def mask_times_logits(logits, targets, mask):
    return losses(logits * mask[..., None], targets).sum() / mask.sum()


case.of(t5x, "– smoothing-others")
case.of(mask_times_logits, "✗ logits-masked", "– from-zero")
