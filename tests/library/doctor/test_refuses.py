"""What is said to who is taken in no way."""

import re
import sys

import numpy as np
import pytest

from by_hand import said
from xent_lib import cross_entropy, softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._enter import enter
from xent_lib.doctor._refuses import first_of, lambda_for
from xent_lib.doctor._ways import FRAMEWORKS, NUMPY, Framework

PLAIN = {"to": None, "mask": None, "logits": None, "targets": None}


def entered(loss, **declared):
    functions, tried = enter(loss, PLAIN | declared, -100, ())
    return functions, first_of(tried)[0]


class Forward:
    def __init__(self, size):
        self.size = size

    def forward(self, o, t):
        return 0


def test_the_first_error_is_that_of_the_framework_that_is_meant(monkeypatch):
    def torch(o, t):
        raise AttributeError(type(o).__name__)

    class Tensor(np.ndarray):
        pass

    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(
        FRAMEWORKS, "torch", Framework("PyTorch", lambda x: np.asarray(x).view(Tensor))
    )
    functions, first = entered(lambda o, t: torch(o, t))
    assert functions == []
    assert str(first) == "Tensor"


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (max, "write diagnose(lambda o, t: max(…)), with o logits"),
        (np.float64(1), "write diagnose(lambda o, t: your_loss(…))"),
        (lambda o, t, z_loss: 0, "diagnose(lambda o, t: f(o, t, z_loss=…))"),
        (
            lambda o, t, eps: 0,
            "nobody says what it is: with a value in place of …, write diagnose(",
        ),
        (
            lambda o, t, a, b, c: 0,
            "`b` and `c` are required, and nobody says what they are: with values for",
        ),
        (lambda o, t, z_loss, pad_mask: 0, "lambda o, t, mask: f(o, t, z_loss=…, "),
        (lambda o, t: 0, "of one of the two it must give a number"),
        (lambda y, x, mask=None: 0, "It is called with o logits (N, V) or (B, T, V)"),
    ],
)
def test_the_line_that_would_let_it_in(loss, words):
    assert words in lambda_for(loss, NUMPY)
    assert "both arrays of NumPy" in lambda_for(loss, NUMPY)
    assert "both tensors of PyTorch" in lambda_for(loss, FRAMEWORKS["torch"])
    assert "both arrays of JAX" in lambda_for(loss, FRAMEWORKS["jax"])


def test_the_arrays_that_are_named_have_what_it_asks_of_them(monkeypatch):
    class Tensor(np.ndarray):
        def dim(self):
            return 9

    made = Framework("PyTorch", lambda x: np.asarray(x).view(Tensor))
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(FRAMEWORKS, "torch", made)
    for loss, framework in (
        (lambda o, t: o[t.dim()], made),
        (lambda o, t: o.sizes(), FRAMEWORKS["numpy"]),
    ):
        _, way = first_of(enter(loss, PLAIN, -100, ())[1])
        assert way.framework is framework
    report = " ".join(repr(diagnose(lambda lprobs, t, eps: lprobs[t.dim()])).split())
    assert "write diagnose(lambda o, t: f(o, t, eps=…))" in report
    assert "both tensors of PyTorch" in report
    assert "yours IndexError" in report


def test_who_wants_more_than_is_known_is_called_all_the_same():
    functions, first = entered(lambda state, batch, optimizer, rng: 0)
    assert functions == []
    assert "missing 2 required positional arguments" in str(first)


def test_the_line_has_a_mask_and_sequences():
    def loss(logits, labels, label_mask):
        raise RuntimeError(f"{logits.ndim} dimensions")

    report = " ".join(repr(diagnose(loss)).split())
    assert "diagnose(lambda o, t, mask: loss(…, label_mask=mask))" in report
    assert "with o logits (N, V) or (B, T, V) and t ids (N,) or (B, T)" in report
    assert "3 rows of 4 logits: yours RuntimeError: 2 dimensions" in report
    assert "two sequences of them: yours RuntimeError: 3 dimensions" in report


def test_of_a_lambda_of_ones_own_is_said_what_it_gave():
    own = lambda o, t: o[5, 5]  # noqa: E731
    report = " ".join(repr(diagnose(own)).split())
    assert "3 rows of 4 logits: yours IndexError" in report
    assert "two sequences of them: yours IndexError" in report
    assert "diagnose(lambda" not in report
    assert "It is called with o logits (N, V) or (B, T, V)" in report


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (
            lambda o, t: o.logits,
            "It asks for .logits: give it SimpleNamespace(logits=o)",
        ),
        (lambda o, t: {"x": t}["rows"], 'It asks for "rows", too: give it that key'),
        (lambda o, t: [0][9], "both arrays of NumPy: of one of the two it must give"),
    ],
)
def test_of_a_lambda_is_said_what_it_has_not_handed_over(own, words):
    report = said(diagnose(own))
    assert words in report
    assert ("It asks for" in report) == ("It asks for" in words)


def test_what_a_guess_was_given_stands_with_what_came():
    report = said(diagnose(lambda o, t, eps: cross_entropy(o, t).mean() / eps))
    assert "3 rows of 4 logits, ones as its `eps`: yours 2.8227, 2.8227" in report


def test_the_same_error_is_said_once():
    report = repr(diagnose(lambda o, t: {}["loss"]))
    assert report.count("KeyError") == 1


def test_numbers_of_two_sequences_that_differ_are_said_to_be_two():
    def loss(logits, labels):
        if logits.ndim != 3:
            raise ValueError("sequences")
        return cross_entropy(logits, labels).mean(1) * [1, 2]

    report = said(diagnose(loss))
    assert "two sequences of 3 rows: yours 2.8227, 5.6455, expected a number" in report
    assert "write diagnose(lambda o, t: loss(o, t).mean()), with" in report
    assert "ValueError" not in report


def test_the_line_that_is_printed_gets_a_mask_of_booleans_too():
    def loss(o, t, mask, device):
        return cross_entropy(o, t)[~~mask].mean()

    printed = re.search(
        r"diagnose\(.*?device=None\)\)", " ".join(repr(diagnose(loss)).split())
    ).group()
    scope = {"diagnose": diagnose, "loss": loss}
    found = eval(printed, scope)
    assert found.healthy, found
    assert "a boolean mask" in found.convention


def test_who_takes_neither_mask_says_why_of_the_first():
    def loss(o, t, where):
        raise TypeError(f"bool or {where.dtype}: neither")

    assert "bool or float" in str(diagnose(loss))


def test_who_gives_a_number_is_not_asked_for_a_number():
    report = " ".join(repr(diagnose(lambda o, t, m: float(m.sum()))).split())
    assert "yours 3, expected the loss, or near it" in report
    assert "expected a number" not in report


def test_a_class_that_wants_more_is_said_to_want_it():
    class Criterion:
        def __init__(self, num_classes, weight, eos=0.1, *rest, **more):
            raise TypeError("never made")

        def __call__(self, o, t):
            return cross_entropy(o, t).mean()

    report = " ".join(repr(diagnose(Criterion)).split())
    assert "wants num_classes, weight: make an instance" in report
    made = "Criterion(num_classes=o.shape[-1], weight=…)"
    assert f"diagnose(lambda o, t: {made}(o, t))" in report
    assert "yours" not in report


class Segmentation:
    def __init__(self, times=1):
        self.times = times

    def CrossEntropyLoss(self, logit, target):
        n, c, h, w = logit.shape
        assert c > 1
        assert target.shape == (n, h, w)
        return self.times * cross_entropy(np.moveaxis(logit, 1, -1), target).mean()


class InForward(Segmentation):
    def forward(self, logit, target):
        return self.CrossEntropyLoss(logit, target)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (Segmentation().CrossEntropyLoss, "your_object.CrossEntropyLoss"),
        (InForward(), "your_object.forward"),
        (InForward, "InForward().forward"),
    ],
)
def test_of_a_method_the_line_has_its_object_and_the_axes_of_an_image(loss, name):
    report = said(diagnose(loss))
    line = f"{name}(o.swapaxes(1, 2)[..., None], t[..., None])"
    assert f"write diagnose(lambda o, t: {line})" in report
    assert "(B, V, T, 1)" in report
    scope = {"your_object": InForward(), "InForward": InForward}
    assert diagnose(eval(f"lambda o, t: {line}", scope)).healthy


def test_two_logits_beside_ids_are_not_taken_for_targets():
    """Of two models, which the caller gives."""

    def distilled(own_logits, other_logits, labels, alpha=0.5):
        y = softmax(other_logits)
        soft = -(y * np.log(softmax(own_logits))).sum(-1).mean()
        hard = -(labels * np.log(softmax(own_logits))).sum(-1).mean()
        return (1 - alpha) * hard + alpha * soft

    def without(own_logits, other_logits, labels):
        return cross_entropy(own_logits, labels).mean() + 0 * np.sum(other_logits)

    for loss in (distilled, without):
        report = " ".join(repr(diagnose(loss)).split())
        line = f"diagnose(lambda o, t: {loss.__name__}(o, other_logits=…, labels=t))"
        assert line in report


def test_who_takes_hidden_states_and_a_matrix_is_given_the_identity():
    """Of logits (V, N), one-hot targets and a mask it gives a number, by chance."""

    def fused(hidden, weight, labels):
        hidden, labels = hidden.reshape(-1, hidden.shape[-1]), labels.ravel()
        total = 0
        for i in range(0, len(hidden), 2):
            y = labels[i : i + 2]
            log_p = np.log(softmax(hidden[i : i + 2] @ weight.T))
            by_p = y.dtype.kind == "f"
            total -= np.vdot(log_p, y) if by_p else log_p[np.arange(len(y)), y].sum()
        return total / labels.size

    report = said(diagnose(fused))
    assert "3 rows of 4 logits: yours ValueError" in report
    line = "diagnose(lambda o, t: fused(o, weight=np.eye(o.shape[-1]), labels=t))"
    assert f"If it takes hidden states and a matrix, write {line}" in report


def of_course(W, X, y, reg):
    """As CS231n has it, but that dW is not divided by how many there are."""
    scores = X.dot(W)
    if scores.ndim != 2 or np.ndim(y) != 1:
        raise ValueError("(N, D), (D, V) and (N,)")
    dW = X.T.dot(softmax(scores) - np.eye(W.shape[1])[y]) + reg * W
    return cross_entropy(scores, y).mean() + reg * (W * W).sum(), dW


def test_a_gradient_by_the_matrix_wants_logits_in_its_place():
    line = "diagnose(lambda o, t: of_course(o, X=np.eye(len(o)), y=t, reg=0))"
    assert f"write {line}" in said(diagnose(of_course))
    found = diagnose(lambda o, t: of_course(o, X=np.eye(len(o)), y=t, reg=0))
    assert found.names == ("gradient-scaled",)

    def with_scores(W, X, y, reg):
        return of_course(W, X, y, reg)[0], X.dot(W)

    told = said(diagnose(with_scores))
    assert "with_scores(W=np.eye(o.shape[-1]), X=o, y=t, reg=0)" in told


def test_weights_behind_the_targets_are_no_matrix():
    def loss(input, target, weight):
        raise ValueError("one for each class")

    assert "Its `weight` is required, and nobody says what" in said(diagnose(loss))
    few = diagnose(lambda x, y, w: loss(x, y, w))
    assert "Its `w` is required, and nobody says what" in said(few)

    def fused(x, weight, target):
        raise ValueError("(N, H) and (V, H)")

    assert "fused(…, weight=np.eye(o.shape[-1]), target=…)" in said(diagnose(fused))

    class Fused:
        def forward(self, hidden, weight, target):
            raise ValueError("(N, H) and (V, H)")

        def __init__(self, size=None):
            raise ValueError("of a size")

    assert "eye" not in said(diagnose(Fused))


def by_scores(scores, y):
    if scores.ndim != 2 or np.ndim(y) != 1 or np.asarray(y).dtype.kind == "f":
        raise ValueError("(N, V) and (N,)")
    return cross_entropy(scores, y).mean()


@pytest.mark.parametrize(
    ("loss", "arguments"),
    [
        (lambda W, X, y: by_scores(X.dot(W), y), "W=E, X=o, y=t"),
        (lambda X, W, y: by_scores(X.dot(W), y), "o, W=E, y=t"),
        (lambda X, y, theta: by_scores(X @ theta, y), "o, t, theta=E"),
        (lambda e, c, targets: by_scores(e @ c.T, targets), "o, c=E, targets=t"),
        (lambda x, w, y: by_scores(x @ w.T, y), "o, w=E, y=t"),
        (
            lambda lin_weight, _input, target: by_scores(_input @ lin_weight.T, target),
            "lin_weight=E, _input=o, target=t",
        ),
        (
            lambda wordVec, wordIdx, outsideVectors: by_scores(
                wordVec @ outsideVectors.T, wordIdx
            ),
            "o, t, outsideVectors=E",
        ),
        (
            lambda *, x, weight, target: by_scores(x @ weight.T, target),
            "x=o, weight=E, target=t",
        ),
    ],
)
def test_the_matrix_has_many_names_and_places(loss, arguments):
    line = f"lambda o, t: f({arguments.replace('E', 'np.eye(o.shape[-1])')})"
    assert f"If it takes hidden states and a matrix, write diagnose({line}), " in said(
        diagnose(loss)
    )
    assert diagnose(eval(line, {"f": loss, "np": np})).healthy


def test_what_arrays_have_themselves_is_no_key():
    """As the `t` of PyTorch’s, which turns them."""

    class Tensor(np.ndarray):
        def t(self):
            return self.T

    def make(x):
        return np.asarray(x).view(Tensor)

    found = diagnose(lambda x, w, y: by_scores(x @ w.t(), y), to=make)
    assert "? It could not be examined as it is" in said(found)
    assert "SimpleNamespace" not in said(found)


def test_a_number_for_each_logit_may_be_its_gradient():
    """As XGBoost wants an objective."""

    def objective(predt, labels):
        p = softmax(predt)
        return p - np.eye(predt.shape[-1])[labels], 2 * p * (1 - p)

    found = said(diagnose(objective))
    assert "It gives a number for each logit. If they add up to the loss, add" in found
    assert "write diagnose(your_loss, gradient=objective)" in found
