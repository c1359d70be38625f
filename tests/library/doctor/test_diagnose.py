"""The doctor: each fault found, right functions never blamed, nonsense survived."""

import itertools
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planted import AS_WRITTEN, PLANTED
from xent_lib import cross_entropy, logsumexp
from xent_lib.doctor import diagnose
from xent_lib.doctor._faults import evaluate

REDUCTIONS = ("none", "mean", "sum")

# Pairs that no probe can tell from fewer or from others, and why.
BOUNDED = "a softmax of a softmax has no small p, and no large logit"
LIKELY = "the p that is picked is never too small for a number"
INFINITE = "what is infinite already is not more so"
BLIND = "it reads no target, so no padding either"
ALIKE = {
    **{
        frozenset(("softmax-twice", name)): BOUNDED
        for name in (
            "floor",
            "no-shift",
            "shared-maximum",
            "plain-softmax",
            "log-of-softmax",
            "from-zero",
        )
    },
    frozenset(("softmax-twice", "bfloat16")): "float16 rounds such small numbers alike",
    frozenset(
        ("softmax-twice", "not-normalised")
    ): "it is −p: the logarithm is missing",
    **{
        frozenset((one, other)): LIKELY
        for one in ("floor", "plain-softmax", "log-of-softmax")
        for other in ("likeliest", "counted-from-one", "next-id")
    },
    **{
        frozenset((one, other)): INFINITE
        for one in ("plain-softmax", "log-of-softmax")
        for other in ("perplexity", "mean-of-perplexities")
    },
    frozenset(("floor", "log-of-softmax")): "with a floor, no logarithm is infinite",
    **{
        frozenset((name, "log-of-softmax")): "p itself is shown, and no logarithm"
        for name in ("one-minus-p", "brier", "no-logarithm")
    },
    **{
        frozenset((name, "wrong-axis")): "the rows that would show it are all alike"
        for name in ("smoothing", "temperature")
    },
    **{
        frozenset(("temperature", name)): "the rounding hides the temperature’s digits"
        for name in ("half-precision", "bfloat16")
    },
    frozenset(("smoothing", "temperature")): "one probe for two unknowns",
    **{
        frozenset(("likeliest", name)): BLIND
        for name in (
            "mean-of-means",
            "padded-length",
            "padding-scored",
            "padding-as-token-0",
        )
    },
    **{
        frozenset((one, other)): "if all is scored, all lengths are one"
        for one in ("padding-scored", "padding-as-token-0")
        for other in ("mean-of-means", "padded-length")
    },
    **{
        frozenset(("token-0-ignored", name)): "a 0 that is counted, among plain rows"
        for name in ("per-sequence", "mean-of-means", "padded-length")
    },
    frozenset(("scaled", "not-normalised")): "a logit divided is that of a temperature",
    frozenset(("scaled", "temperature")): "one probe for two unknowns",
    **{
        frozenset(("float32-sum", name)): "the long row of one token hides it"
        for name in ("not-normalised", "shifted", "shifted-back")
    },
}


def said(found):
    return " ".join(repr(found).split())


def planted(*faults, reduction="mean"):
    return lambda o, targets: evaluate(o, targets, faults, reduction)


# A fault of reducing is the reduction; what is done with each token’s loss, and whether
# it is padding, the caller says.
@pytest.mark.parametrize(
    ("fault", "reduction"),
    [
        pytest.param(fault, reduction, id=f"{fault.name}-{reduction}")
        for fault in PLANTED
        for reduction in REDUCTIONS
        if reduction == "mean" or fault.step != "reduce"
        if reduction != "none" or fault.seen_in != "padding"
    ],
)
def test_each_fault_is_found_alone(fault, reduction):
    found = diagnose(planted(fault, reduction=reduction))
    assert found.names == (fault.name,)
    assert len(found.findings) == 1
    assert not found.healthy
    [shown] = found.findings[0].shown
    assert shown.seen != shown.expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", AS_WRITTEN)
def test_each_fault_is_found_as_people_write_it(name, dtype):
    found = diagnose(lambda o, t: AS_WRITTEN[name](o.astype(dtype), t))
    assert found.names == (name,)
    assert len(found.findings) == 1


@pytest.mark.parametrize("one", PLANTED, ids=lambda fault: fault.name)
def test_two_faults_are_found_together(one):
    for other in PLANTED[PLANTED.index(one) + 1 :]:
        if one.step == other.step:
            continue
        found = diagnose(planted(one, other))
        both = {one.name, other.name}
        told = set(found.names) == both and len(found.findings) == 2
        assert told == (frozenset(both) not in ALIKE), (both, found)
        assert not found.healthy
        for shown in itertools.chain(*(finding.shown for finding in found.findings)):
            assert shown.seen != shown.expected


def test_the_pairs_that_are_alike_are_pairs():
    steps = {fault.name: fault.step for fault in PLANTED}
    for pair in ALIKE:
        one, other = pair
        assert steps[one] != steps[other]


@pytest.mark.parametrize("size", [1e-5, 1e-12, 1e-20])
def test_the_size_of_a_floor_is_found(size):
    floor = next(fault for fault in PLANTED if fault.name == "floor")
    [found] = diagnose(planted(floor.of(size))).findings
    assert found.fault.parameter == pytest.approx(size, rel=1e-3)


@pytest.mark.parametrize("least", [1e-7, 3e-5])
def test_a_clip_is_a_floor(least):
    def loss(o, targets):
        p = np.clip(scipy.special.softmax(o, axis=-1), least, 1 - least)
        return -np.log(np.take_along_axis(p, targets[..., None], -1)).mean()

    found = diagnose(loss)
    assert found.names == ("floor",)
    assert "sequences are (B, T, V)" in found.convention


@pytest.mark.parametrize("least", [1e-7, 3e-7, 1e-5])
def test_a_clip_of_float32_probabilities_is_no_running_sum(least):
    def loss(p, targets):
        p = np.maximum(np.float32(p), np.float32(least))
        return -np.log(np.take_along_axis(p, targets[..., None], -1)).mean()

    assert diagnose(loss).names == ("floor",)


# Right functions, written as people write them

STYLES = {
    "log_softmax": lambda o, t: -np.take_along_axis(
        scipy.special.log_softmax(o, axis=-1), t[..., None], -1
    )[..., 0],
    "largest first": lambda o, t: (lambda b: (
        np.log(np.exp(b).sum(-1)) - np.take_along_axis(b, t[..., None], -1)[..., 0]
    ))(o - o.max(-1, keepdims=True)),
    "one-hot": lambda o, t: -np.where(
        np.arange(o.shape[-1]) == t[..., None], scipy.special.log_softmax(o, axis=-1), 0
    ).sum(-1),
    "gaps": lambda o, t: scipy.special.logsumexp(
        o - np.take_along_axis(o, t[..., None], -1), axis=-1
    ),
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    style=st.sampled_from(list(STYLES.values())),
    reduction=st.sampled_from(REDUCTIONS),
    dtype=st.sampled_from([np.float32, np.float64]),
    kind=st.sampled_from(["logits", "probabilities"]),
    axis=st.sampled_from([-1, 1]),
    ignores=st.booleans(),
    flat=st.booleans(),
    out=st.sampled_from([np.asarray, np.ndarray.tolist]),
)
def test_no_right_function_is_blamed(
    style, reduction, dtype, kind, axis, ignores, flat, out
):
    # A target that no token matches costs nothing, and is counted: a fault of padding.
    assume(ignores or style is not STYLES["one-hot"] or reduction != "mean")

    def loss(o, targets):
        o = np.moveaxis(np.asarray(o, dtype), axis, -1)
        if kind == "probabilities":
            o = np.log(o)
        if flat and o.ndim > 2:
            raise ValueError("two axes, please")
        scored = targets != -100 if ignores else np.ones(targets.shape, bool)
        losses = style(o, np.where(scored, targets, 0) if ignores else targets)
        losses = np.where(scored, losses, 0)
        if reduction == "sum":
            return losses.sum()
        return losses.sum() / scored.sum() if reduction == "mean" else out(losses)

    found = diagnose(loss)
    assert found.healthy, found
    assert found.convention.startswith(f"Takes {kind} (N, V)")


def test_the_library_is_healthy_in_each_reduction():
    for reduction in REDUCTIONS:
        for ignored in (None, -100):
            found = diagnose(
                lambda o, t, r=reduction, i=ignored: cross_entropy(
                    o, t, reduction=r, ignore_index=i
                )
            )
            assert found.healthy, found
            assert ("padding" in " ".join(found.not_tried)) == (ignored is None)


# What it says


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda o, t: cross_entropy(o, t), "Takes logits (N, V), and gives a loss for"),
        (lambda o, t: cross_entropy(o, t).mean(), "gives the mean loss"),
        (lambda o, t: cross_entropy(o, t).sum(), "gives the sum of the losses"),
        (lambda o, t: cross_entropy(o, t), "sequences are (B, T, V)"),
        (lambda o, t: cross_entropy(o, t, axis=1), "sequences are (B, V, T)"),
        (lambda p, t: cross_entropy(np.log(p), t), "Takes probabilities (N, V)"),
        (lambda o, t: float(cross_entropy(o, t)), "Takes logits (V,) and an id"),
    ],
)
def test_the_convention_is_said(loss, words):
    found = diagnose(loss)
    assert found.healthy, found
    assert words in found.convention


def test_the_report_is_for_people():
    def my_loss(logits, targets):
        p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        return -np.log2(p[np.arange(len(targets)), targets]).mean()

    report = repr(diagnose(my_loss))
    assert "✗ The loss is in bits: the logarithm is to the base 2" in report
    assert "example: yours 0.70674, with this mended 0.48987" in report
    assert "To mend it, take the natural logarithm" in report
    assert "the logarithm of a softmax without a shift" in report
    assert "Chapter\N{NO-BREAK SPACE}10, Room\N{NO-BREAK SPACE}11)" in report
    assert "– Not tried: sequences" in report
    assert max(map(len, report.splitlines())) <= 79
    shown = diagnose(my_loss)._repr_html_()
    assert shown.startswith("<div")
    assert "base 2</strong><br>example: yours" in shown
    assert (
        '(<a href="#room-11-lost-in-exp-and-ln">Chapter\N{NO-BREAK SPACE}10, Room'
        in shown
    )
    assert shown.count("<a ") == 2


def test_a_fault_beside_an_unknown_one_is_named():
    def loss(o, targets):
        rows = np.log2(np.exp(1)) * cross_entropy(o, targets)
        return np.minimum(rows, 30).mean()  # none of the known ones

    found = diagnose(loss)
    assert found.names == ("base-2",)
    assert "none of the known faults explains it" in said(found)
    assert "far target: yours 30, expected" in said(found)


def test_a_sum_by_sequences_shows_without_padding():
    def loss(o, targets):
        return STYLES["log_softmax"](o, targets).sum() / len(targets)

    found = diagnose(loss)
    assert found.names == ("per-sequence",)
    assert found.findings[0].shown[0].probe == "two sequences"


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: (cross_entropy(o, t) + 1e-4 * logsumexp(o) ** 2).mean(),
        lambda o, t: cross_entropy(30 * np.tanh(o / 30), t).mean(),
        lambda o, t: np.round(cross_entropy(o, t).mean(), 2),
        lambda o, t: cross_entropy(np.clip(o, -30, 30), t).mean(),
    ],
)
def test_no_fault_is_named_for_being_near(loss):
    found = diagnose(loss)
    assert found.names == ()
    assert not found.healthy


def test_what_no_fault_explains_is_shown():
    found = diagnose(lambda o, t: cross_entropy(o, t).mean() + 0.1)
    assert found.names == ()
    assert "none of the known faults explains it" in said(found)
    assert "example: yours 0.58987, expected 0.48987" in said(found)
    assert len(found.findings[0].shown) == 9
    assert said(found).count("yours") == 4, "the first ones say enough"
    assert "and 5 more" in said(found)


def test_an_error_is_a_finding():
    found = diagnose(lambda o, t: 1 / 0)
    assert not found.healthy
    assert "yours ZeroDivisionError: division by zero" in said(found)


def test_an_error_of_one_probe_is_shown():
    def loss(o, targets):
        if abs(o).max() > 100:
            raise OverflowError("too large")
        return cross_entropy(o, targets).mean()

    assert "yours OverflowError: too large" in said(diagnose(loss))


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (lambda o, t: one_maximum(o, t).mean(), ("shared-maximum",)),
        (
            lambda o, t: -scipy.special.softmax(o, -1)[range(len(t)), t].mean(),
            ("no-logarithm",),
        ),
        (lambda o, t: shifts_sequences(o, t), ("shifted",)),
    ],
)
def test_bugs_as_people_write_them_are_named(loss, names):
    assert diagnose(loss).names == names


def one_maximum(o, targets):
    below = o - o.max()
    log_sum = np.log(np.exp(below).sum(-1))
    return log_sum - np.take_along_axis(below, targets[..., None], -1)[..., 0]


def shifts_sequences(o, targets):
    """As if a model gave the logits of unshifted tokens, but only in a batch."""
    if o.ndim == 3:
        o, targets = o[:, :-1], targets[:, 1:]
    return cross_entropy(o, targets, reduction="mean", ignore_index=-100)


def test_sequences_that_are_wrong_in_another_way_are_told():
    def loss(o, targets):
        return cross_entropy(o, targets).sum(0).mean() / (
            o.shape[0] if o.ndim < 3 else 1
        )

    assert "of two (B, T, V) it gives" in diagnose(loss).not_tried[0]


def test_what_is_not_the_same_twice_is_told():
    rng = np.random.default_rng(0)

    def loss(o, targets):
        return cross_entropy(o * (rng.random(o.shape) > 0.1), targets).mean()

    assert "not the same twice" in said(diagnose(loss))


@pytest.mark.parametrize("wrap", [lambda x: (x, 3), lambda x: {"loss": x}])
def test_a_loss_among_other_things_is_to_be_picked(wrap):
    found = diagnose(lambda o, t: wrap(cross_entropy(o, t).mean()))
    assert "pick the loss of it" in said(found)


def test_nobody_who_needs_a_square_of_the_tokens_is_asked_for_many():
    asked = []

    def losses(o, targets):
        asked.append(len(o))
        return -np.diag(scipy.special.log_softmax(o, -1)[:, targets])

    assert diagnose(lambda o, t: losses(o, t).mean()).healthy
    running = diagnose(lambda o, t: np.cumsum(losses(o, t), dtype=np.float32)[-1])
    assert running.names == ("float32-sum",)
    assert max(asked) <= 2000


def test_another_loss_of_logits_is_not_said_to_take_probabilities():
    found = diagnose(lambda o, t: np.square(o - np.eye(o.shape[-1])[t]).sum(-1).mean())
    assert found.names == ()
    assert "none of the known faults explains it" in said(found)


def test_padding_that_only_a_large_vocabulary_takes_is_not_tried():
    def loss(o, targets):
        return -scipy.special.log_softmax(o, -1)[np.arange(len(o)), targets].mean()

    found = diagnose(loss)
    assert found.healthy
    assert any("−100" in what for what in found.not_tried)


def test_padding_that_gives_no_number_is_not_tried():
    def loss(o, targets):
        rows = cross_entropy(o, np.maximum(targets, 0))
        return np.where(targets < 0, np.nan, rows).mean()

    found = diagnose(loss)
    assert found.healthy
    assert "padding, since it gives no number" in found.not_tried[0]


def test_a_target_outside_the_vocabulary_is_noted():
    found = diagnose(
        lambda o, t: cross_entropy(o, np.minimum(t, o.shape[-1] - 1), ignore_index=-100)
    )
    assert found.healthy
    assert "outside the vocabulary is no error" in found.notes[0]
    assert found.notes[0] in said(found).replace("\n    ", " ")


def test_how_long_a_function_takes_does_not_matter(monkeypatch):
    """Each look at a clock is a second later than the last."""
    for name in ("time", "perf_counter", "monotonic", "process_time"):
        monkeypatch.setattr(time, name, itertools.count().__next__)
    assert diagnose(AS_WRITTEN["float32-sum"]).names == ("float32-sum",)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize("mean", [False, True])
def test_a_running_sum_is_found_however_its_losses_are_made(dtype, kind, mean):
    for style in STYLES.values():

        def loss(o, targets, style=style):
            assert (targets >= 0).all()
            o = o.astype(dtype)
            losses = style(np.log(o) if kind == "probabilities" else o, targets)
            total = np.float32(0)
            for one in losses.ravel().astype(np.float32):
                total += one
            return total / (losses.size if mean else 1)

        assert diagnose(loss).names == ("float32-sum",)


@pytest.mark.parametrize(
    ("name", "size"),
    [("floor", 3e-7), ("smoothing", 0.02), ("smoothing", 0.23), ("temperature", 1.72)],
)
def test_a_running_sum_is_found_beside_a_fault_of_any_size(name, size):
    faults = {fault.name: fault for fault in PLANTED}
    found = diagnose(planted(faults[name].of(size), faults["float32-sum"]))
    assert found.names == (name, "float32-sum")


@pytest.mark.parametrize("lanes", [2, 16])
def test_float32_sums_side_by_side_are_healthy(lanes):
    """As processors add: each takes one token of `lanes`."""

    def loss(o, targets):
        losses = STYLES["log_softmax"](o.astype(np.float32), targets).ravel()
        sums = np.zeros(lanes, np.float32)
        for at in range(0, len(losses), lanes):
            some = losses[at : at + lanes]
            sums[: len(some)] += some
        return sums.sum() / len(losses)

    assert diagnose(loss).healthy


def test_who_cuts_a_long_batch_is_not_said_to_add_in_float32():
    found = diagnose(lambda o, t: cross_entropy(o[:1024], t[:1024]).mean())
    assert found.names == ()


def test_many_tokens_may_be_too_many():
    def loss(o, targets):
        if len(o) > 1000:
            raise MemoryError
        return cross_entropy(o, targets).mean()

    assert diagnose(loss).healthy


def test_arrays_are_made_by_to():
    class Tensor:
        def __init__(self, values):
            self.values = values

    def loss(o, targets):
        return cross_entropy(o.values, targets.values).mean()

    assert diagnose(loss, to=Tensor).healthy
    assert "AttributeError" in said(diagnose(loss))


def test_a_framework_that_is_imported_is_tried(monkeypatch):
    class Tensor:
        def __init__(self, values):
            self.values = values

        def detach(self):
            return self

        cpu = detach

        def double(self):
            return self.values

    for name in ("torch", "jax"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def loss(o, targets):
        return Tensor(cross_entropy(o.values, targets.values).mean())

    assert "AttributeError" in said(diagnose(loss))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(tensor=Tensor))
    assert diagnose(loss).healthy
    monkeypatch.delitem(sys.modules, "torch")
    jax = SimpleNamespace(numpy=SimpleNamespace(asarray=Tensor))
    monkeypatch.setitem(sys.modules, "jax", jax)
    assert diagnose(loss).healthy


def test_what_is_no_function_is_an_error():
    with pytest.raises(TypeError, match=r"loss must be a function .* got 0\.49"):
        diagnose(0.49)


def test_what_changes_its_inputs_harms_nobody():
    def loss(o, targets):
        targets[targets == -100] = 0
        o -= o.max(-1, keepdims=True)
        losses = cross_entropy(o, targets)
        o[:], targets[:] = 7, 1
        return losses

    assert diagnose(loss).healthy
    assert diagnose(cross_entropy).healthy


def test_an_interrupt_is_not_swallowed():
    def loss(o, targets):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        diagnose(loss)


ANSWERS = st.one_of(
    st.floats(), st.none(), st.text(max_size=3), st.lists(st.floats(), max_size=4),
    st.just(np.zeros((0,))), st.just(1 + 1j), st.just({}),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=5))
def test_nonsense_is_survived_and_never_healthy(answers):
    turn = itertools.cycle(answers)
    found = diagnose(lambda o, t: next(turn))
    assert not found.healthy
    assert "✗ The loss is" in repr(found)
