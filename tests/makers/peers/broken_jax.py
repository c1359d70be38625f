"""Broken losses in JAX, optax and Keras, each with the name of its fault."""

import jax
import jax.numpy as jnp
import keras
import optax

BROKEN = []


def broken(*names, **declared):
    return lambda loss: BROKEN.append((loss, names, declared)) or loss


def losses(o, t):
    return optax.softmax_cross_entropy_with_integer_labels(o, t)


broken("softmax-twice")(lambda o, t: losses(jax.nn.softmax(o), t).mean())
broken("binary", "binary-mean")(
    lambda o, t: optax.sigmoid_binary_cross_entropy(
        o, jax.nn.one_hot(t, o.shape[-1])
    ).mean()
)
broken("log-of-softmax")(
    lambda o, t: -jnp.log(jax.nn.softmax(o))[jnp.arange(len(t)), t].mean()
)
broken("wrong-axis")(
    lambda o, t: -jax.nn.log_softmax(o, axis=0)[jnp.arange(len(t)), t].mean()
)
broken("perplexity")(jax.jit(lambda o, t: jnp.exp(losses(o, t).mean())))
broken("sign")(lambda o, t: -losses(o, t).mean())
broken("every-pair")(lambda o, t: -jax.nn.log_softmax(o)[:, t].mean())
broken("likeliest")(lambda o, t: -jax.nn.log_softmax(o).max(-1).mean())
broken("by-vocabulary")(
    lambda o, t: -(jax.nn.one_hot(t, o.shape[-1]) * jax.nn.log_softmax(o)).mean()
)
broken("ids-cut")(lambda o, t: losses(o, t.astype(jnp.uint8)).mean())
broken("padded-length")(
    lambda o, t: jnp.where(t == -100, 0, losses(o, jnp.maximum(t, 0))).mean()
)
broken("gradient-without-softmax")(
    lambda o, t: (
        jax.lax.stop_gradient(jax.nn.logsumexp(o, -1))
        - jnp.take_along_axis(o, t[..., None], -1)[..., 0]
    ).mean()
)
broken("random")(
    lambda o, t: losses(
        o + jax.random.normal(jax.random.key(id(object()) % 1000), o.shape), t
    ).mean()
)
broken("z-loss")(
    lambda o, t: (losses(o, t) + 1e-4 * jax.nn.logsumexp(o, -1) ** 2).mean()
)
broken("focal")(lambda o, t: ((1 - jnp.exp(-losses(o, t))) ** 2 * losses(o, t)).mean())
broken("softmax-twice")(
    lambda y_true, y_pred: keras.losses.sparse_categorical_crossentropy(
        y_true, keras.ops.softmax(y_pred), from_logits=True
    )
)
broken("floor")(
    lambda logits, y: keras.losses.sparse_categorical_crossentropy(
        y, keras.ops.softmax(logits)
    )
)


broken("scores-as-probabilities", logits="y_pred")(
    keras.losses.SparseCategoricalCrossentropy()
)


@broken("scores-as-probabilities")
def from_logits_forgotten(logits, targets):
    return keras.losses.SparseCategoricalCrossentropy()(targets, logits)


@broken("no-gradient")
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
broken("gradient-scaled")(lambda o, t: fused(o, t))


@jax.custom_vjp
def fused_of_a_typo(logits, targets):
    return losses(logits, targets).mean()


fused_of_a_typo.defvjp(forward, lambda kept, above: (above * kept.probs, None))
broken("no-gradient")(lambda o, t: fused_of_a_typo(o, t))


@broken("mean-of-means")
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


@broken("token-ignored", "padded-length")
def weighed_by_keras(y_true, y_pred):
    """Its weights are left out of the divisor."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return loss(y_true, y_pred, sample_weight=keras.ops.not_equal(y_true, 0))
