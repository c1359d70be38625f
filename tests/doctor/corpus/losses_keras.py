"""Losses of Keras, right and broken."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

from corpus.cases import case

case.of(
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "– weights-by-count",
    name="sparse_of_logits",
)
case.of(
    keras.losses.CategoricalCrossentropy(from_logits=True),
    "– masked-token",
    "– weights-by-count",
    name="categorical_of_logits",
)
case.of(
    keras.losses.SparseCategoricalCrossentropy(),
    "– floor",
    "– weights-by-count",
    name="sparse_made",
)
case.of(
    keras.losses.SparseCategoricalCrossentropy,
    "– floor",
    "– weights-by-count",
    name="sparse",
)
case.of(keras.losses.sparse_categorical_crossentropy, "– floor", name="sparse_function")
case.of(
    keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    "– smoothing",
    "– weights-by-count",
    name="smoothed_of_logits",
)
case.of(
    keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-100),
    "– weights-by-count",
    name="sparse_ignoring_-100",
)


@case()
def keras_ops(y_true, y_pred):
    return keras.ops.mean(
        keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    )


@case("– masked-token")
class Custom(keras.losses.Loss):
    def call(self, y_true, y_pred):
        log_p = keras.ops.log_softmax(y_pred, axis=-1)
        one_hot = keras.ops.one_hot(y_true, keras.ops.shape(y_pred)[-1])
        return -keras.ops.sum(one_hot * log_p, axis=-1)


@case()
class MaskedMean(keras.losses.Loss):
    """Its `sample_weight` is Keras’s own, of losses for each token."""

    def __init__(self, pad_id=0):
        super().__init__(reduction=None)
        self.pad_id = pad_id

    def call(self, y_true, y_pred):
        return without_void(y_true, y_pred, self.pad_id)


def without_void(y_true, y_pred, void):
    valid = keras.ops.cast(y_true != void, "float32")
    y = keras.ops.where(y_true != void, y_true, 0)
    losses = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
    return keras.ops.sum(losses * valid) / keras.ops.sum(valid)


@case()
def void_of_its_code(y_true, y_pred):
    """As in segmentation, whose classes are bytes."""
    return without_void(y_true, y_pred, 255)


@case()
class VoidOfAnInstance:
    def __init__(self, void=255):
        self.void = void

    def __call__(self, y_true, y_pred):
        return without_void(y_true, y_pred, self.void)


@case("– smoothing")
def smoothed_by_keras(y_true, y_pred):
    """−100 becomes a row of zeros, which is smoothed, too."""
    y = keras.ops.one_hot(y_true, y_pred.shape[-1])
    how = {"from_logits": True, "label_smoothing": 0.1}
    return keras.ops.mean(keras.losses.categorical_crossentropy(y, y_pred, **how))


@case()
def below_the_size(y_true, y_pred):
    there = y_true < y_pred.shape[-1]
    valid = keras.ops.cast(there, "float32")
    y = keras.ops.where(there, y_true, 0)
    losses = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
    return keras.ops.sum(losses * valid) / keras.ops.sum(valid)


case.of(
    lambda y_true, y_pred: keras.losses.sparse_categorical_crossentropy(
        y_true, keras.ops.softmax(y_pred), from_logits=True
    ),
    "✗ softmax-twice",
    name="softmax_twice",
)
case.of(
    lambda logits, y: keras.losses.sparse_categorical_crossentropy(
        y, keras.ops.softmax(logits)
    ),
    "✗ floor",
    name="softmax_before",
)
case.of(
    keras.losses.SparseCategoricalCrossentropy(),
    "– floor",
    "– weights-by-count",
    name="scores_as_probabilities",
)


@case("✗ scores-as-probabilities")
def from_logits_forgotten(logits, targets):
    return keras.losses.SparseCategoricalCrossentropy()(targets, logits)


@case("– token-ignored", "✗ padded-length")
def weighed_by_keras(y_true, y_pred):
    """The divisor does not count its weights."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return loss(y_true, y_pred, sample_weight=keras.ops.not_equal(y_true, 0))
