"""The catalogue: each fault is what people write, and has words and a room."""

import importlib.metadata
import re
from collections import Counter
from email.message import Message

import numpy as np
import pytest

from xent_doctor.faults import (
    FAULTS,
    LOSS_FAULTS,
    ROOMS,
    Fault,
    anchor,
    by_name,
    check_names,
    room_address,
    room_in_words,
)
from xent_doctor.faults.batch_and_alignment import UNUSED
from xent_doctor.faults.ignored import EXTRA_TERMS, TOO_FAR
from xent_doctor.faults.log_softmax import ROUNDED
from xent_doctor.faults.reduction import IN_DIVISOR, SPLITS
from xent_doctor.faults.score import (
    ROUNDED_LOSSES,
    ROW_INDEX,
    smoothing_beside_padding,
)
from xent_doctor.probes import (
    LARGE_VOCABULARY,
    MANY_ROWS,
    PADDED,
    PROBES,
    SEQUENCES,
    TOKENS,
)
from xent_doctor.reference import IGNORED, STEPS, evaluate
from xent_lib import log_softmax, logsumexp

from .planted import AS_WRITTEN, PLANTED, mean, pick, rows

# Some names have a second way, which gives other numbers.
FIRST = {fault.name: fault for fault in reversed(PLANTED)}.values()


# The probes whose arithmetic a fault does as people write it; the others overflow in
# both, each in its own way.
@pytest.mark.parametrize("fault", FIRST, ids=lambda fault: fault.name)
def test_each_fault_is_what_people_write(fault):
    loss = AS_WRITTEN[fault.name]
    tried = 0
    for name, (o, targets) in PROBES.items():
        if len(o) > 1 or not fault.across_rows:
            with np.errstate(all="ignore"):
                seen = loss(o, targets)
            right = evaluate(o, targets, [fault])
            if not np.isfinite(seen) and fault.step == "log_p":
                continue
            np.testing.assert_allclose(right, seen, fault.near, 1e-9, err_msg=name)
            tried += 1
    assert tried >= len(PROBES) - 4


OF_SEQUENCES = [one for one in FIRST if one.shows_in in ("sequences", "padding")]


@pytest.mark.parametrize("fault", OF_SEQUENCES, ids=lambda fault: fault.name)
def test_each_fault_of_sequences_is_what_people_write(fault):
    asked = [TOKENS, *([PADDED["at the end"]] if fault.step != "log_p" else [])]
    for targets in asked:
        seen = AS_WRITTEN[fault.name](SEQUENCES, targets)
        right = evaluate(SEQUENCES, targets, [fault])
        np.testing.assert_allclose(right, seen, fault.near)


def by_parts(parts):
    """The mean of means of these parts of rows, or of places."""
    return lambda o, t: np.mean(
        [mean(o[..., some, :], t[..., some]) for some in parts(np.arange(t.shape[-1]))]
    )


@pytest.mark.parametrize(
    ("name", "way", "size", "loss"),
    [
        ("focal", 1, 2, lambda o, t: (1 - np.exp(-mean(o, t))) ** 2 * mean(o, t)),
        ("divided-twice", 1, None, lambda o, t: mean(o, t) / t.size),
        ("divided-twice", 2, None, lambda o, t: mean(o, t) / len(t)),
        ("sequence-dropped", 2, None, lambda o, t: rows(o[1:], t[1:]).sum() / t.size),
        ("sequence-dropped", 3, None, lambda o, t: rows(o[:-1], t[:-1]).sum() / t.size),
        ("mean-of-chunks", 1, 2, by_parts(lambda x: [x[:2], x[2:4], x[4:]])),
        ("mean-of-k-chunks", 1, 2, by_parts(lambda x: [x[:3], x[3:]])),
        ("mean-of-k-chunks", 2, 4, lambda o, t: np.mean([
            rows(*some).mean() for some in zip(
                np.array_split(o.reshape(-1, 128), 4),
                np.array_split(t.ravel(), 4), strict=True)])),
        ("mean-of-k-chunks", 3, 2, by_parts(lambda x: np.array_split(x, 2))),
        ("remainder-dropped", 1, 4,
            lambda o, t: rows(o.reshape(-1, 128)[:12], t.ravel()[:12]).sum() / 15),
        ("first-rows", 0, 5, lambda o, t: mean(o[0], t[0])),
    ],
)  # fmt: skip
def test_second_ways_are_what_people_write(name, way, size, loss):
    fault = by_name(name)[way]
    fault = fault.of(size) if size else fault
    seen = loss(SEQUENCES, TOKENS)
    assert evaluate(SEQUENCES, TOKENS, [fault]) == pytest.approx(seen)


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_each_fault_is_a_step_done_differently(fault):
    assert fault.step in STEPS
    inputs = {
        "rows": list(PROBES.values()),
        "sequences": [(SEQUENCES, PADDED["at the end"]), (SEQUENCES, TOKENS)],
        "padding": [(SEQUENCES, PADDED["at the end"])],
        "many rows": [MANY_ROWS, LARGE_VOCABULARY],
    }
    if fault.name == "from-zero":
        inputs["rows"] = [(np.full((9, 2), 1e17), np.ones(9, int))]
    if fault.name == "float32-sum":
        inputs["many rows"] = [(np.tile([0, 1.7], (2**17, 1)), np.zeros(2**17, int))]
    changed = [
        not np.array_equal(evaluate(*given, [fault]), evaluate(*given))
        for given in inputs[fault.shows_in]
    ]
    assert any(changed)


def test_a_planted_fault_has_a_size_if_it_needs_one():
    sized = (x.name for x in LOSS_FAULTS if x.between or x.among or x.size is not None)
    assert {*sized} == {fault.name for fault in PLANTED if fault.size is not None}


def test_huge_logits_are_as_huge_as_the_words_say():
    [fault] = by_name("from-zero")
    for dtype, large in (np.float32, 1e8), (np.float64, 1e17):
        power = {1e8: "10⁸ in float32", 1e17: "10¹⁷ in float64"}[large]
        assert power in str(fault)
        o = np.full((1, 2), large, dtype)
        assert evaluate(o, np.array([1]), [fault]) == 0
        assert evaluate(o, np.array([1])) == pytest.approx(np.log(2))


@pytest.mark.parametrize(("dtype", "nats"), [(np.float32, 104), (np.float64, 745)])
def test_log_of_softmax_is_infinite_from_where_the_words_say(dtype, nats):
    [fault] = by_name("log-of-softmax")
    assert str(nats) in str(fault)
    near, far = (np.array([[0, -nats - x]], dtype) for x in (-1, 1))
    assert evaluate(near, np.array([1]), [fault]) < np.inf
    assert evaluate(far, np.array([1]), [fault]) == np.inf


def test_a_batch_by_whole_rows():
    o, targets = PROBES["square"]
    seen = -log_softmax(o)[targets].mean()
    assert evaluate(o, targets, [ROW_INDEX]) == pytest.approx(seen)


@pytest.mark.parametrize(
    "fault", [*ROUNDED, *ROUNDED_LOSSES], ids=lambda fault: fault.name
)
def test_more_ways_to_round_are_near(fault):
    right = evaluate(*PROBES["batch"])
    seen = evaluate(*PROBES["batch"], [fault])
    assert seen == pytest.approx(right, rel=fault.near)
    assert seen != pytest.approx(right, rel=1e-6)


PADDED_BEHIND = SEQUENCES, PADDED["at the end"]
SCORED = PADDED["at the end"] != IGNORED
EACH = rows(SEQUENCES, np.where(SCORED, TOKENS, 64))  # a real id where it is masked


@pytest.mark.parametrize(
    ("fault", "loss"),
    [
        (UNUSED, EACH.mean()),
        (IN_DIVISOR, EACH.sum() / SCORED.sum()),
        (TOO_FAR[0], (EACH[SCORED].sum() + EACH[1, 2] + EACH[2, 4]) / 13),
        (TOO_FAR[1], (EACH[SCORED].sum() + EACH[1, 2] + EACH[2, 4]) / 11),
    ],
)
def test_a_mask_or_a_length_that_is_not_kept(fault, loss):
    assert evaluate(*PADDED_BEHIND, [fault]) == pytest.approx(loss)


@pytest.mark.parametrize(
    ("extra", "term"),
    [
        (EXTRA_TERMS[0], lambda z: z.sum() / SCORED.sum()),
        (EXTRA_TERMS[1], lambda z: z.mean()),
        (EXTRA_TERMS[2], lambda z: z[SCORED].mean() * SCORED.mean()),
    ],
)
def test_a_z_loss_of_the_padding(extra, term):
    z = 0.1 * logsumexp(SEQUENCES) ** 2
    [z_loss] = by_name("z-loss")
    seen = evaluate(*PADDED_BEHIND, [z_loss.of(0.1), extra])
    assert seen == pytest.approx(evaluate(*PADDED_BEHIND) + term(z))


def test_each_loss_has_its_own_term_of_the_padding():
    [z_loss] = by_name("z-loss")
    faults = [z_loss.of(0.1), EXTRA_TERMS[0]]
    seen = evaluate(*PADDED_BEHIND, faults, reduction="none")
    losses = evaluate(*PADDED_BEHIND, (), reduction="none")
    np.testing.assert_allclose(seen, losses + 0.1 * logsumexp(SEQUENCES) ** 2)


def test_a_smoothing_that_gives_nothing_to_padding():
    o, targets = PROBES["batch"]
    log_p = log_softmax(o)
    others = log_p.sum(-1) - log_p[:, 0] - pick(log_p, targets)
    cross = -(0.9 * pick(log_p, targets) + 0.1 / 2 * others).mean()
    of_target = -0.9 * np.log(0.9) - 0.1 * np.log(0.1 / 2)
    less, alone = (
        evaluate(o, targets, [x.of(0.1)]) for x in smoothing_beside_padding(0)
    )
    assert alone == pytest.approx(cross)
    assert less == pytest.approx(cross - of_target)


@pytest.mark.parametrize(
    ("way", "shares"),
    [
        *enumerate(
            (
                lambda y, V: y + 0.1 / V,
                lambda y, V: 0.9 * y + 0.1 / (V - 1),
                lambda y, V: np.where(y, 1, 0.1 / V),
                lambda y, V: np.where(y, 1, 0.1 / (V - 1)),
                lambda y, V: np.where(y, 0.9, 0.1 / V),
                lambda y, V: 0.9 * y + 0.1,
                lambda y, V: y + 0.1,
            )
        )
    ],
)
def test_targets_that_do_not_sum_to_1(way, shares):
    o, targets = PROBES["a vocabulary of 128"]
    y = np.eye(128)[targets]
    seen = -(shares(y, 128) * log_softmax(o)).sum(axis=-1).mean()
    fault = by_name("smoothing-sum")[way].of(0.1)
    assert evaluate(o, targets, [fault]) == pytest.approx(seen)


@pytest.mark.parametrize(
    ("name", "step"),
    {
        "mean-of-parts": (27 / 3 + 3 / 1) / 2,
        "sum-of-parts": 27 / 3 + 3 / 1,
        "parts-by-sequences": (2 * 27 / 3 + 3 / 1) / 3,
        "divided-twice": 30 / 4 / 2,
        "parts-summed": 30 / 2,
        "average-count": 30 / 2,
    }.items(),
)
def test_a_step_puts_its_parts_together(name, step):
    """Of three sequences the first part has two, with losses that sum to 27."""
    fault = next(one for one in SPLITS if one.name == name)
    losses, scored = np.array([[10, 7], [3, 99], [10, 99]]), np.array([3, 2, 2]) > 2
    scored = np.stack([np.ones(3, bool), scored], axis=-1)
    assert fault.run(((0, 2), (1,)), losses, scored) == pytest.approx(step)


def test_names_are_names():
    assert all(re.fullmatch(r"[a-z0-9-]+", fault.name) for fault in FAULTS)
    assert AS_WRITTEN.keys() == {fault.name for fault in LOSS_FAULTS}
    assert {*LOSS_FAULTS} < {*FAULTS}


def test_words_are_parts_of_a_sentence():
    for fault in FAULTS:
        for words in (fault.what, fault.fix, fault.right_if):
            # A page shows a straight quote as another, so that it cannot end a value.
            assert not re.search(r'[.!\s]$|^\s|  |"', words), words
        assert fault.fix[0].islower()
        assert "{" not in str(fault)
        assert "2" in str(fault.of(2)) or not (fault.between or fault.among)


def test_a_convention_says_when_it_is_right():
    conventions = [fault for fault in FAULTS if fault.kind == "convention"]
    assert all(fault.right_if for fault in conventions)


def test_a_name_may_stand_for_several_ways():
    assert (
        Counter(fault.name for fault in FAULTS)["floor"] == len(by_name("floor")) == 2
    )
    assert by_name("no such fault") == []


def test_names_that_are_known_are_allowed():
    check_names([])
    check_names(("softmax-twice", "no-gradient"))


@pytest.mark.parametrize("name", ["softmax_twice", "Softmax twice", "sofmax-twice"])
def test_an_unknown_name_gets_the_nearest(name):
    with pytest.raises(ValueError, match=f"{name}.*mean 'softmax-twice'.*--faults"):
        check_names(["floor", name])


def test_a_name_that_is_near_nothing_gets_the_list():
    with pytest.raises(ValueError, match=r"'xyzzy'\. For the list, run.*--faults"):
        check_names(["xyzzy"])


@pytest.mark.parametrize("names", ["softmax-twice", None, 3, [3], [["floor"]]])
def test_names_are_a_list_of_strings(names):
    with pytest.raises(ValueError, match="allow must"):
        check_names(names)


@pytest.mark.parametrize(
    ("step", "only", "reductions"),
    [
        ("score", (), ("none", "mean", "sum")),
        ("reduce", (), ("mean",)),
        ("reduce", ("mean", "sum"), ("mean", "sum")),
    ],
)
def test_a_fault_of_the_reduction_goes_with_the_mean(step, only, reductions):
    fault = Fault("name", "what", "fix", step=step, only=only)
    assert fault.reductions == reductions
    assert fault.run(1, 2) == (1, 2), "it changes nothing"


def test_a_size_is_that_of_a_copy():
    fault = Fault("name", "of {:.3g}", "fix")
    assert str(fault.of(0.25)) == "of 0.25"
    assert str(fault) == "of …"
    assert fault.size is None


def test_rooms_have_anchors():
    assert anchor(7) == "room-7-softmax-twice"
    assert anchor(17) == "room-17-another-kl"
    assert {fault.room for fault in FAULTS} <= {*ROOMS}
    assert " " not in re.sub(".*museum, ", "", room_in_words(7)).replace("\xa0", "")


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (
            "Documentation, https://a.book/",
            "https://a.book/bug-museum.html#room-7-soft",
        ),
        ("Source, https://a.source/", "bug\xa0museum, Room\xa07"),
    ],
)
def test_a_room_has_an_address_if_the_book_has(monkeypatch, link, address):
    package = Message()
    package["Project-URL"] = link
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: package)
    assert room_address(7).startswith(address)


def test_a_room_has_none_if_the_library_is_not_installed(monkeypatch):
    def none(name):
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "metadata", none)
    assert room_address(7) == room_in_words(7)
