"""What is said to who needs something around it."""

import sys

import pytest

from by_hand import said
from xent_lib.doctor import diagnose


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            NameError("Found an unbound axis name: dp"),
            'write diagnose(lambda o, t: jax.vmap(loss, axis_name="dp")(o[None], '
            "t[None])[0])",
        ),
        (
            ValueError("Default process group has not been initialized, please"),
            'call init_process_group("gloo", store=HashStore(), rank=0, world_size=1)',
        ),
        (RuntimeError("No CUDA GPUs are available"), "labels.to(logits.device)"),
        (
            RuntimeError("element 0 of tensors does not require grad and does not"),
            "write diagnose(lambda o, t: loss(o.requires_grad_(), t))",
        ),
    ],
)
def test_what_it_needs_around_it_is_told(error, words):
    def loss(logits, labels):
        raise error

    def more(logits, labels, axes):
        raise error

    report = said(diagnose(loss))
    assert words in report
    assert "To fix it, correct" not in report
    one_more = said(diagnose(more))
    assert ("lambda o, t: more(o, t, axes=…)" in one_more) == ("jax" in words)


def test_the_words_of_ones_own_line_need_nothing_around_it():
    def loss(logits, labels):
        USE_CUDA = logits.nowhere
        return USE_CUDA

    assert "a device that is not here" not in said(diagnose(loss))


def test_a_leaf_is_given_by_its_name():
    def loss(*, o, t):
        raise RuntimeError("element 0 of tensors does not require grad")

    line = "write diagnose(lambda o, t: loss(o=o.requires_grad_(), t=t))"
    assert line in said(diagnose(loss))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import keras", "in the environment, set KERAS_BACKEND=torch (or jax) 3 rows"),
        ("from tensorflow import keras", "To fix it, correct your line 2 3 rows"),
    ],
)
def test_keras_without_its_tensorflow_is_told_of_another(
    monkeypatch, tmp_path, line, words
):
    """As of its own, whose default is TensorFlow."""
    file = tmp_path / "keras.py"
    file.write_text("import tensorflow", encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    loss = tmp_path / "own.py"
    loss.write_text(f"def loss(o, t):\n    {line}", encoding="utf8")
    exec(compile(loss.read_text("utf8"), loss, "exec"), scope := {})
    assert words in said(diagnose(scope["loss"]))
