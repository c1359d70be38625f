"""What the doctor says of wrong arguments, and what it leaves alone."""

import re
import sys
import threading

import pytest

from xent_doctor import diagnose, diagnose_step
from xent_lib import cross_entropy


@pytest.mark.parametrize("role", ["mask", "lengths", "logits", "targets"])
def test_a_declared_name_must_be_that_of_a_parameter(role):
    with pytest.raises(ValueError, match=f"{role} must be a parameter, of "):
        diagnose(cross_entropy, **{role: "nope"})


@pytest.mark.parametrize("kind", ["DPO", "sft", 3])
def test_a_kind_is_one_of_those_that_are_known(kind):
    with pytest.raises(ValueError, match=f'kind must be one of "loss", .*{kind!r}'):
        diagnose(cross_entropy, kind=kind)


@pytest.mark.parametrize("allow", ["softmax_twice", ["softmax_twice"], [7], None])
def test_what_is_allowed_is_a_list_of_known_names(allow):
    with pytest.raises(ValueError, match="allow must"):
        diagnose(cross_entropy, allow=allow)


@pytest.mark.parametrize("examine", [diagnose, diagnose_step])
def test_what_is_no_function_is_an_error(examine):
    with pytest.raises(TypeError, match=r"must be a function of .* got 0\.49"):
        examine(0.49)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_limit", 0),
        ("time_limit", -1),
        ("time_limit", "30"),
        ("time_limit", float("nan")),
        ("ignore_index", "pad"),
        ("ignore_index", 1.5),
        ("ignore_index", True),
        ("shifts", "yes"),
        ("gradient", 3),
        ("mask", 3),
        ("lengths", True),
        ("logits", 0),
        ("targets", ["y"]),
        ("to", "torch"),
        ("strict", "no"),
    ],
)
def test_an_argument_of_another_kind_is_an_error(name, value):
    with pytest.raises(
        ValueError, match=f"{name} must be .*, got {re.escape(repr(value))}"
    ):
        diagnose(cross_entropy, **{name: value})
    if name in ("time_limit", "to"):
        with pytest.raises(
            ValueError, match=f"{name} must be .*, got {re.escape(repr(value))}"
        ):
            diagnose_step(sum, **{name: value})


def test_an_interrupt_is_not_swallowed():
    def interrupted(o, t):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        diagnose(interrupted)


def test_two_threads_leave_each_other_and_the_output_alone():
    """The first is held up in its first call until the second has come as far, or, if
    that waits for it, for a moment."""
    begun, reports, out = threading.Event(), {}, sys.stdout

    def first(o, t):
        if second.ident is None:
            second.start()
            begun.wait(0.2)
        return cross_entropy(o, t).mean()

    def never(o, t):
        begun.set()
        while True:
            pass

    def examine(loss, **given):
        reports[loss] = diagnose(loss, **given)

    second = threading.Thread(target=examine, args=[never], kwargs={"time_limit": 0.3})
    one = threading.Thread(target=examine, args=[first])
    one.start()
    one.join()
    second.join(20)
    assert reports[first].healthy
    assert "did not come back within 0.3 s" in repr(reports[never])
    assert sys.stdout is out
