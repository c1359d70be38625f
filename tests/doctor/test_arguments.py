"""What the doctor says of arguments that it can't take."""

import pytest

from xent_doctor import diagnose, diagnose_step
from xent_lib import cross_entropy


@pytest.mark.parametrize("role", ["mask", "logits", "targets"])
def test_a_declared_name_must_be_that_of_a_parameter(role):
    with pytest.raises(ValueError, match=f"{role} must be the name of a parameter"):
        diagnose(cross_entropy, **{role: "nope"})


@pytest.mark.parametrize("allow", ["softmax_twice", ["softmax_twice"], [7], None])
def test_what_is_allowed_is_a_list_of_known_names(allow):
    with pytest.raises(ValueError, match="allow must"):
        diagnose(cross_entropy, allow=allow)


@pytest.mark.parametrize("examine", [diagnose, diagnose_step])
def test_what_is_no_function_is_an_error(examine):
    with pytest.raises(TypeError, match=r"must be a function of .* got 0\.49"):
        examine(0.49)


def test_an_interrupt_is_not_swallowed():
    def interrupted(o, t):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        diagnose(interrupted)
