"""Right losses in JAX, optax and Keras, as people write them."""

import jax
import jax.numpy as jnp
import keras
import optax

RIGHT = []


def right(*names, **declared):
    return lambda loss: RIGHT.append((loss, names, declared)) or loss


right()(optax.softmax_cross_entropy_with_integer_labels)
right()(optax.softmax_cross_entropy)
right()(optax.losses.safe_softmax_cross_entropy)
right()(keras.losses.SparseCategoricalCrossentropy(from_logits=True))
right()(keras.losses.CategoricalCrossentropy(from_logits=True))
right("floor")(keras.losses.SparseCategoricalCrossentropy())
right("floor")(keras.losses.SparseCategoricalCrossentropy)
right("floor")(keras.losses.sparse_categorical_crossentropy)
right("smoothing")(
    keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
)
right()(keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-100))


@right()
def optax_mean(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


@right()
@jax.jit
def optax_one_hot(logits, labels):
    one_hot = jax.nn.one_hot(labels, num_classes=logits.shape[-1])
    return optax.softmax_cross_entropy(logits=logits, labels=one_hot).mean()


@right()
def optax_where(logits, labels):
    """An average over what is scored."""
    mask = labels >= 0
    losses = optax.softmax_cross_entropy_with_integer_labels(
        logits, jnp.where(mask, labels, 0)
    )
    return jnp.sum(losses * mask) / jnp.sum(mask)


@right()
def flax_mnist(logits, labels):
    one_hot = jax.nn.one_hot(labels, logits.shape[-1])
    return -jnp.mean(jnp.sum(one_hot * jax.nn.log_softmax(logits), axis=-1))


@right()
def vmapped(logits, labels):
    def one(row, y):
        return jax.nn.logsumexp(row) - row[y]

    return jax.vmap(one)(logits, labels).mean()


@right()
def gathered(logits, targets):
    log_p = jax.nn.log_softmax(logits, axis=-1)
    return -jnp.take_along_axis(log_p, targets[..., None], axis=-1).squeeze(-1).mean()


@right()
def indexed(logits, y):
    log_p = logits - jax.nn.logsumexp(logits, axis=-1, keepdims=True)
    return -log_p[jnp.arange(y.shape[0]), y].mean()


@right()
def t5x_weights(logits, targets, weights=None):
    """A sum of losses and of weights."""
    logits = logits - jax.lax.stop_gradient(logits.max(axis=-1, keepdims=True))
    losses = jnp.log(jnp.exp(logits).sum(-1)) - jnp.take_along_axis(
        logits, targets[..., None], -1
    ).squeeze(-1)
    weights = jnp.ones(targets.shape) if weights is None else weights
    return (losses * weights).sum(), weights.sum()


@right()
def maxtext(logits, targets, targets_segmentation):
    """One-hot, the segmentation for a mask."""
    one_hot = jax.nn.one_hot(targets, logits.shape[-1])
    xent = -jnp.sum(one_hot * jax.nn.log_softmax(logits, -1), axis=-1)
    xent = xent * (targets_segmentation != 0)
    return jnp.sum(xent) / jnp.sum(targets_segmentation != 0)


@right()
def scanned(logits, targets):
    """A scan over rows, its sum in parts."""

    def step(total, row):
        o, y = row
        return total, jax.nn.logsumexp(o) - o[y]

    return jax.lax.scan(step, 0.0, (logits, targets))[1].mean()


@right("shifted")
def causal(logits, tokens):
    log_p = jax.nn.log_softmax(logits[:, :-1], axis=-1)
    return -jnp.take_along_axis(log_p, tokens[:, 1:, None], axis=-1).mean()


@right()
def keras_ops(y_true, y_pred):
    return keras.ops.mean(
        keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    )


@right()
class Custom(keras.losses.Loss):
    def call(self, y_true, y_pred):
        log_p = keras.ops.log_softmax(y_pred, axis=-1)
        one_hot = keras.ops.one_hot(y_true, keras.ops.shape(y_pred)[-1])
        return -keras.ops.sum(one_hot * log_p, axis=-1)


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
right()(lambda logits, targets: fused(logits, targets))


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


@right()
def t5x_one_hot(logits, targets, weights=None):
    """A one-hot of padding is a row of zeros, and its gradient is p."""
    y = jax.nn.one_hot(targets, logits.shape[-1])
    losses = cross_entropy_with_logits(logits, y)
    return jnp.sum(losses if weights is None else losses * weights)


@right()
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


@right()
def with_where(logits, labels, where):
    """Of booleans."""
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    return jnp.mean(losses, where=where)


def without_void(y_true, y_pred, void):
    valid = keras.ops.cast(y_true != void, "float32")
    y = keras.ops.where(y_true != void, y_true, 0)
    losses = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
    return keras.ops.sum(losses * valid) / keras.ops.sum(valid)


@right()
def void_of_its_code(y_true, y_pred):
    """As segmentation has it, whose classes are bytes."""
    return without_void(y_true, y_pred, 255)


@right()
class VoidOfAnInstance:
    def __init__(self, void=255):
        self.void = void

    def __call__(self, y_true, y_pred):
        return without_void(y_true, y_pred, self.void)


@right("smoothing")
def smoothed_by_keras(y_true, y_pred):
    """A one-hot of −100 is a row of zeros, which is smoothed, too."""
    y = keras.ops.one_hot(y_true, y_pred.shape[-1])
    how = {"from_logits": True, "label_smoothing": 0.1}
    return keras.ops.mean(keras.losses.categorical_crossentropy(y, y_pred, **how))


@right()
def below_the_size(y_true, y_pred):
    there = y_true < y_pred.shape[-1]
    valid = keras.ops.cast(there, "float32")
    y = keras.ops.where(there, y_true, 0)
    losses = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
    return keras.ops.sum(losses * valid) / keras.ops.sum(valid)
