"""Right losses in JAX and optax, as people write them, each with its conventions."""

import jax
import jax.numpy as jnp
import optax

from corpus.cases import case

case.of(optax.softmax_cross_entropy_with_integer_labels, "– from-zero", name="optax")
case.of(optax.softmax_cross_entropy, "– masked-token", name="optax_of_one_hot")
case.of(optax.losses.safe_softmax_cross_entropy, name="optax_safe")


@case("– from-zero")
def optax_mean(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


@case()
@jax.jit
def optax_one_hot(logits, labels):
    one_hot = jax.nn.one_hot(labels, num_classes=logits.shape[-1])
    return optax.softmax_cross_entropy(logits=logits, labels=one_hot).mean()


@case("– from-zero")
def optax_where(logits, labels):
    """An average over what is scored."""
    mask = labels >= 0
    losses = optax.softmax_cross_entropy_with_integer_labels(
        logits, jnp.where(mask, labels, 0)
    )
    return jnp.sum(losses * mask) / jnp.sum(mask)


@case("– masked-token")
def flax_mnist(logits, labels):
    one_hot = jax.nn.one_hot(labels, logits.shape[-1])
    return -jnp.mean(jnp.sum(one_hot * jax.nn.log_softmax(logits), axis=-1))


@case("– rows-alone", "– from-zero")
def vmapped(logits, labels):
    def one(row, y):
        return jax.nn.logsumexp(row) - row[y]

    return jax.vmap(one)(logits, labels).mean()


@case()
def gathered(logits, targets):
    log_p = jax.nn.log_softmax(logits, axis=-1)
    return -jnp.take_along_axis(log_p, targets[..., None], axis=-1).squeeze(-1).mean()


@case("– from-zero")
def indexed(logits, y):
    log_p = logits - jax.nn.logsumexp(logits, axis=-1, keepdims=True)
    return -log_p[jnp.arange(y.shape[0]), y].mean()


@case()
def t5x_weights(logits, targets, weights=None):
    """A sum of losses and of weights."""
    logits = logits - jax.lax.stop_gradient(logits.max(axis=-1, keepdims=True))
    losses = jnp.log(jnp.exp(logits).sum(-1)) - jnp.take_along_axis(
        logits, targets[..., None], -1
    ).squeeze(-1)
    weights = jnp.ones(targets.shape) if weights is None else weights
    return (losses * weights).sum(), weights.sum()


@case("– masked-token")
def maxtext(logits, targets, targets_segmentation):
    """One-hot targets, and the segmentation as a mask."""
    one_hot = jax.nn.one_hot(targets, logits.shape[-1])
    xent = -jnp.sum(one_hot * jax.nn.log_softmax(logits, -1), axis=-1)
    xent = xent * (targets_segmentation != 0)
    return jnp.sum(xent) / jnp.sum(targets_segmentation != 0)


@case("– rows-alone", "– from-zero")
def scanned(logits, targets):
    """A scan over rows."""

    def step(total, row):
        o, y = row
        return total, jax.nn.logsumexp(o) - o[y]

    return jax.lax.scan(step, 0.0, (logits, targets))[1].mean()


@case("– shifted")
def causal(logits, tokens):
    log_p = jax.nn.log_softmax(logits[:, :-1], axis=-1)
    return -jnp.take_along_axis(log_p, tokens[:, 1:, None], axis=-1).mean()


@jax.custom_vjp
def fused(logits, targets):
    return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()


def forward(logits, targets):
    return fused(logits, targets), (logits, targets)


def backward(kept, above):
    logits, targets = kept
    grad = jax.nn.softmax(logits) - jax.nn.one_hot(targets, logits.shape[-1])
    return above * grad / targets.size, None


fused.defvjp(forward, backward)
case.of(lambda logits, targets: fused(logits, targets), "– from-zero", name="fused")


@jax.custom_vjp
def cross_entropy_with_logits(logits, targets):
    return -jnp.sum(targets * jax.nn.log_softmax(logits), axis=-1)


def of_one_hot(logits, targets):
    return cross_entropy_with_logits(logits, targets), (logits, targets)


def to_logits(kept, above):
    logits, targets = kept
    grad = jax.nn.softmax(logits) - targets
    return jnp.expand_dims(above, -1) * grad, jnp.zeros_like(targets)


cross_entropy_with_logits.defvjp(of_one_hot, to_logits)


@case("– masked-token")
def t5x_one_hot(logits, targets, weights=None):
    """A one-hot of padding is a row of zeros, and its gradient is p."""
    y = jax.nn.one_hot(targets, logits.shape[-1])
    losses = cross_entropy_with_logits(logits, y)
    return jnp.sum(losses if weights is None else losses * weights)


@case("– masked-token")
def flax_wmt(logits, targets, weights=None, label_smoothing=0.0):
    """A sum, less the least that smoothing leaves (examples/wmt/train.py)."""
    vocab_size = logits.shape[-1]
    confidence = 1.0 - label_smoothing
    low = (1.0 - confidence) / (vocab_size - 1)
    soft = jax.nn.one_hot(targets, vocab_size) * (confidence - low) + low
    least = -confidence * jnp.log(confidence)
    least -= (vocab_size - 1) * low * jnp.log(low + 1e-20)
    loss = -jnp.sum(soft * jax.nn.log_softmax(logits), axis=-1) - least
    factor = targets.size
    if weights is not None:
        loss = loss * weights
        factor = weights.sum()
    return loss.sum(), factor


@case("– from-zero")
def with_where(logits, labels, where):
    """Its mask is of booleans."""
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    return jnp.mean(losses, where=where)


def haiku(forward_fn, vocab_size, params, rng, data):
    logits = forward_fn(params, rng, data, True)
    y = jax.nn.one_hot(data["target"], vocab_size)
    assert logits.shape == y.shape
    mask = jnp.greater(data["obs"], 0)
    loss = -jnp.sum(y * jax.nn.log_softmax(logits), axis=-1)
    return jnp.sum(loss * mask) / jnp.sum(mask)


case.of(
    lambda o, t, mask: haiku(
        lambda *_, **__: o, o.shape[-1], None, None, {"target": t, "obs": mask}
    ),
    "– masked-token",
    name="haiku",
)
