"""What each parameter is given: by its name, or by its place."""

import pytest

from xent_lib.doctor._roles import kinds_of, parameters_of, roles_of


def roles(loss, **declared):
    return next(roles_of(loss, declared))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda logits, targets: 0, "logits targets"),
        (lambda y_true, y_pred: 0, "targets logits"),
        (lambda a, b: 0, "logits targets"),
        (lambda x, y, weights: 0, "logits targets mask"),
        (lambda x, y, something: 0, "logits targets guess"),
        (lambda vocab_parallel_logits, target: 0, "logits targets"),
        (lambda logits, labels, vocab_size: 0, "logits targets size"),
        (lambda logits, labels, vocab_size, more=1: 0, "logits targets size"),
        (lambda step, logits, labels: 0, "zero logits targets"),
        (lambda tokens, logits: 0, "targets logits"),
        (lambda o, t, reduction="mean": 0, "logits targets"),
        (lambda logits, targets=None: 0, "logits targets"),
        (lambda a, b, logit_scale: 0, "logits targets guess"),
        (lambda x, y, y_pred, sample_weight: 0, "inputs targets logits mask"),
        (lambda x=None, y=None, y_pred=None: 0, "targets logits"),
        (lambda self, y=None, y_pred=None: 0, "logits targets"),
        (max, "logits targets"),  # without a signature
    ],
)
def test_what_each_parameter_takes(loss, expected):
    assert [role for _, role in roles(loss)] == expected.split()


def test_both_orders_are_tried():
    orders = [
        [role for _, role in one] for one in roles_of(lambda labels, logits: 0, {})
    ]
    assert orders == [["targets", "logits"], ["logits", "targets"]]


def test_what_is_by_name_is_given_by_name():
    def loss(*, gold, scores):
        return 0

    assert roles(loss) == (("*gold", "targets"), ("*scores", "logits"))
    [*_, asked] = roles_of(lambda one, two, keep=None: 0, {"mask": "keep"})
    assert ("*keep", "mask") in asked
    assert roles(lambda a, b: 0, logits="b", targets="a") == (
        ("*a", "targets"),
        ("*b", "logits"),
    )


def test_a_mask_that_is_wanted_is_found_by_its_name():
    def loss(logits, targets, loss_mask=None):
        return 0

    assert [role for _, role in roles(loss)] == ["logits", "targets"]
    assert [role for _, role in roles(loss, mask=True)] == ["logits", "targets", "mask"]


@pytest.mark.parametrize(
    "loss", [lambda: 0, lambda o: 0, lambda a, b, c, d: 0, lambda *args: 0]
)
def test_who_takes_fewer_or_more_is_called_with_two_or_not_at_all(loss):
    found = list(roles_of(loss, {}))
    assert all(len(one) == 2 for one in found)


@pytest.mark.parametrize(
    ("name", "first", "n"),
    [
        ("logits", "logits", 1),
        ("o", "logits", 3),
        ("log_probs", "log-probabilities", 3),
        ("probs", "probabilities", 3),
    ],
)
def test_the_name_says_what_logits_are(name, first, n):
    kinds = kinds_of(((name, "logits"), ("t", "targets")))
    assert (kinds[0], len(kinds)) == (first, n)


def test_what_is_called_says_its_names_before_a_forward():
    """As PyTorch gives one to each module, which takes anything."""

    class Module:
        def forward(self, *given):
            raise NotImplementedError

    class Called(Module):
        def __call__(self, output, target):
            return 0

    assert [one.name for one in parameters_of(Called())] == ["output", "target"]
    assert parameters_of(Module()) == []
