"""What is handed over beside logits, targets and a mask."""

import pytest

from xent_lib import cross_entropy
from xent_lib.doctor import diagnose

NAMES = "num_items_in_batch", "norm", "n_tokens", "denominator", "more"


def said(found):
    return " ".join(repr(found).split())


def of(name, result):
    """A function of one more argument, which has this name."""
    scope = {"cross_entropy": cross_entropy, "shifted": shifted}
    exec(f"def loss(logits, labels, {name}): return {result}", scope)
    return scope["loss"]


def shifted(logits, labels):
    scored = labels[:, 1:] != -100
    return cross_entropy(logits[:, :-1], labels[:, 1:] * scored) * scored


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("result", "names"),
    [
        ("cross_entropy(logits, labels).sum() / {}", ()),
        ("shifted(logits, labels).sum() / {}", ("shifted",)),
        ("cross_entropy(logits.reshape(-1, {}), labels.reshape(-1)).mean()", ()),
    ],
)
def test_a_count_or_a_size_is_given_and_said(name, result, names):
    found = diagnose(of(name, result.format(name)))
    assert found.healthy, found
    assert found.names == names
    of_what = "the size of the vocabulary" if "-1" in result else "scored tokens"
    shift = " that a shift leaves" if names else ""
    assert f"{of_what}{shift} as its `{name}`" in said(found)


@pytest.mark.parametrize("name", ["norm", "more"])
def test_who_has_a_mean_and_divides_it_again_is_not_healthy(name):
    result = "cross_entropy(logits, labels).mean() / {}"
    found = diagnose(of(name, result.format(name)))
    assert not found.healthy
    value = "…" if name == "more" else "(t != -100).sum()"
    guessed = f"diagnose(lambda o, t: loss(o, t, {name}={value}))" in said(found)
    assert guessed == (name == "more")


def test_a_factor_is_no_count():
    found = diagnose(of("alpha", "alpha * cross_entropy(logits, labels).mean()"))
    assert "diagnose(lambda o, t: loss(o, t, alpha=…))" in said(found)


def test_the_line_that_lets_a_count_in_has_it():
    found = diagnose(of("norm", "logits.nowhere"))
    assert "diagnose(lambda o, t: loss(o, t, norm=(t != -100).sum()))" in said(found)
