"""What the code of a function says, and whose it is."""

import functools
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import scipy.special

from xent_lib.doctor import diagnose
from xent_lib.doctor._ways import FRAMEWORKS
from xent_lib.doctor._words import LIBRARIES, meant, of_modules, root, words_of


def test_words_are_those_of_what_it_calls_but_not_of_libraries():
    def inner(o):
        return o.secret

    def loss(o, t):
        return np.mean(inner(o)) if o.ndim == 3 else lambda: -100

    words = words_of(loss)
    assert {"secret", "ndim", "-100", "numpy", "mean"} <= words
    assert "secret" in words_of(functools.partial(loss, 1))
    assert "axis" not in words_of(np.mean)


def secret(o):
    return o.secret_mask


def test_an_attribute_or_a_local_is_no_global_of_its_name():
    """As keras.losses’ function beside one that a notebook has by the same name."""

    def loss(o, t):
        return o.secret(t)

    def local(o, secret):
        return secret(o)

    for one in (loss, local):
        assert "secret" in words_of(one)
        assert "secret_mask" not in words_of(one)
    assert "secret_mask" in words_of(lambda o, t: secret(o))
    assert "secret_mask" in words_of(lambda o, t: (lambda: secret(o))())


def test_the_file_of_a_function_is_none_of_its_words():
    scope = {}
    code = "def loss(o, t): return [x for x in (lambda: o)()]"
    exec(compile(code, "/eyes/mask.py", "exec"), scope)
    assert not any("eye" in word or "mask" in word for word in words_of(scope["loss"]))


def test_a_cell_that_is_empty_yet_is_passed_over():
    def loss(o):
        return later(o)

    assert "later" in words_of(loss)
    later = abs


def test_the_root_of_things():
    assert root(np) == root(np.linalg) == root(type(np.zeros(1))) == "numpy"
    assert root("torch.nn") == "torch"


def test_no_framework_is_somebodys_own():
    assert {*FRAMEWORKS} < LIBRARIES


def with_losses(code, loss):
    """A lambda whose module calls this by the name of another, or of an object."""
    module = ModuleType("losses")
    module.masked_nll = loss
    scope = {"losses": module, "own": SimpleNamespace(masked_nll=loss), "np": np}
    return eval(f"lambda o, t: {code}", scope | {"masked_nll": loss})


def test_what_a_module_holds_is_known_by_its_name():
    def loss(o, t):
        return o

    assert list(of_modules(with_losses("losses.masked_nll(o, t)", loss))) == [loss]
    assert list(of_modules(with_losses("np.log(o)", loss))) == []
    assert list(of_modules(with_losses("masked_nll(o, t)", loss))) == []
    assert list(of_modules(np.log)) == list(of_modules(max)) == []


def masked_nll(logits, labels, label_mask):
    """A target below 0 has no loss, as PyTorch has it; and nothing says so."""
    log_p = scipy.special.log_softmax(logits, -1)
    losses = -np.take_along_axis(log_p, np.maximum(labels, 0)[..., None], -1)[..., 0]
    kept = np.where(labels >= 0, losses, 0) * label_mask
    return kept.sum() / label_mask.sum()


@pytest.mark.parametrize("name", ["masked_nll", "losses.masked_nll", "own.masked_nll"])
@pytest.mark.parametrize("ones", ["np.ones_like(t)", "np.ones(t.shape)"])
@pytest.mark.parametrize("by", ["", "label_mask="])
def test_who_gives_ones_as_a_mask_knows_no_padding(name, ones, by):
    loss = with_losses(f"{name}(o, t, {by}{ones})", masked_nll)
    found = diagnose(loss, to=np.asarray)
    assert found.healthy, found
    assert "Knows no padding, and raises nothing" in repr(found)


@pytest.mark.parametrize(
    "mask",
    [
        "np.where(t < 0, 0, 1)",
        "np.ma.masked_less(np.ones_like(t), 0).filled(0)",
        "np.where(t == -100, 0, np.ones_like(t))",
    ],
)
def test_who_gives_another_mask_knows_it(mask):
    code = f"masked_nll(o, t, {mask})"
    wrong = f"{code} * {mask}.mean()"
    assert "Knows no padding" not in repr(diagnose(with_losses(code, masked_nll)))
    found = diagnose(with_losses(wrong, masked_nll), to=np.asarray)
    assert found.names == ("padded-length",), found


def test_a_number_of_padding_that_what_it_calls_has_is_meant():
    def ignoring(o, t, mask):
        return np.where(t == -100, 0, masked_nll(o, t, mask))

    loss = with_losses("masked_nll(o, t, np.ones_like(t))", ignoring)
    assert "-100" in meant(loss)


def test_a_wrapper_may_have_the_name_of_a_lambda_and_no_code():
    def ones(o, t):
        return o

    loss = with_losses("masked_nll(o, t, np.ones_like(t))", ones)
    wrapped = functools.wraps(loss)(functools.partial(loss))
    assert "masked_nll" in meant(wrapped)
    assert "masked_nll" not in meant(loss)
    assert list(of_modules(wrapped)) == []
