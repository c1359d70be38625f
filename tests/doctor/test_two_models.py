"""Distillation and DPO: the references, and each fault, planted and found."""

import numpy as np
import pytest

from corpus import distillation as _distillation  # noqa: F401 - fills CASES
from corpus import dpo as _dpo  # noqa: F401
from corpus.cases import CASES
from xent_doctor import FAULTS, PROBES_BY_KIND, diagnose
from xent_doctor.faults.two_models import OF_DISTILLATION, OF_DPO
from xent_doctor.two_models import KINDS_OF_TWO, kind_of
from xent_lib import cross_entropy, entropy, kl_divergence, softmax

OF_KIND = {"distillation": OF_DISTILLATION, "dpo": OF_DPO}


def right(name, given, how="mean", faults=(), weights=(1, 0)):
    return KINDS_OF_TWO[name].evaluate(given | {"weights": weights}, faults, how)


def test_distillation_is_a_kl_beside_a_cross_entropy():
    given = PROBES_BY_KIND["distillation"]["four rows, T = 3"]
    q, p = (softmax(given[x] / 3) for x in ("student", "teacher"))
    soft, hard = (right("distillation", given, weights=x) for x in ((1, 0), (0, 1)))
    assert soft == pytest.approx(9 * kl_divergence(p, q).mean())
    assert hard == pytest.approx(
        cross_entropy(given["student"], given["targets"]).mean()
    )
    crossed = cross_entropy(given["student"] / 3, p) - entropy(p)
    soft = right("distillation", given, "none")
    np.testing.assert_allclose(soft, 9 * crossed)


def test_dpo_starts_at_ln_2_and_sees_only_the_gap():
    loss = right("dpo", PROBES_BY_KIND["dpo"]["policy = reference"])
    assert loss == pytest.approx(np.log(2))
    given = PROBES_BY_KIND["dpo"]["three pairs"]
    both = {x: given[x] - 3 for x in ("policy chosen", "policy rejected")}
    assert right("dpo", given | both) == pytest.approx(right("dpo", given))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(name, fault, id=f"{name}:{fault.name}:{fault.what}")
        for name, faults in OF_KIND.items()
        for fault in faults
    ],
)
def test_each_fault_is_found_where_it_is_planted(name, fault):
    """Of the function that the reference is with it."""

    def distilled(student_logits, teacher_logits, labels, T):
        mask = labels != -100
        given = {"student": student_logits, "teacher": teacher_logits, "mask": mask}
        given |= {"targets": labels, "temperature": T}
        return right(name, given, "mean", [fault], (0.5, 0.5))

    def preferred(pi_w, pi_l, ref_w, ref_l, beta, label_smoothing=0.0):
        given = dict(
            zip(KINDS_OF_TWO["dpo"].needs, (pi_w, pi_l, ref_w, ref_l), strict=True)
        )
        given |= {"beta": beta, "smoothing": label_smoothing}
        return right(name, given, "mean", [fault])

    planted = distilled if name == "distillation" else preferred
    [found] = diagnose(planted).findings
    assert (found.name, found.kind, found.what) == (fault.name, fault.kind, fault.what)
    assert found.shown[0].seen != found.shown[0].expected


@pytest.mark.parametrize("name", OF_KIND)
def test_each_fault_is_written_in_the_corpus_as_people_write_it(name):
    expected = {x[2:] for one in CASES[f"corpus.{name}"] for x in one.expected}
    of_torch = {"teacher-in-logs"}  # in NumPy nobody forgets log_target
    assert {one.name for one in OF_KIND[name]} - expected <= of_torch
    assert {one.name for one in OF_KIND[name]} <= {one.name for one in FAULTS}


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        ("distillation", lambda student_logits, teacher_logits: 0),
        ("distillation", lambda teacher_probs, logits, T: 0),
        ("distillation", lambda y_s, y_t, alpha: 0),
        ("dpo", lambda pi_w, pi_l, ref_w, ref_l: 0),
        ("dpo", lambda ref_rejected, ref_chosen, rejected, chosen, beta: 0),
        ("", lambda logits, targets: 0),
        ("", lambda logits, targets, teacher_logits=None: 0),
        ("", lambda chosen_logps, rejected_logps: 0),
        ("", lambda student_hidden, teacher_hidden: 0),
        ("", lambda student_logits, teacher_logits, epoch_of_something: 0),
    ],
)
def test_a_kind_is_known_by_the_names_of_parameters(kind, loss):
    assert kind_of(loss) == kind


def test_what_a_caller_says_is_stronger_than_names():
    def loss(student_logits, teacher_targets):
        return cross_entropy(student_logits, teacher_targets).mean()

    assert "student" in diagnose(loss).called
    assert "(N, V) and ids" in diagnose(loss, kind="loss").called


@pytest.mark.parametrize(
    "declared", [{"shifts": True}, {"mask": "keep"}, {"logits": "student_logits"}]
)
def test_what_names_say_is_not_declared(declared):
    def loss(student_logits, teacher_logits, keep):
        return 0.0

    [name] = declared
    with pytest.raises(ValueError, match=f"{name} must be None of a distillation loss"):
        diagnose(loss, kind="distillation", **declared)


def test_a_mask_of_another_name_gets_the_lambda_that_names_it():
    def loss(student_logits, teacher_logits, keep):
        return 0.0

    with pytest.raises(ValueError, match=r"lambda …, mask: f\(…, keep=mask\)"):
        diagnose(loss, kind="distillation", mask="keep")


def test_what_takes_rows_alone_is_not_said_to_refuse_padding():
    """It leaves out −100; sequences it refuses, padded or not."""

    def distilled(student_logits, teacher_logits, labels, alpha=0.7):
        assert student_logits.ndim == 2
        p, keep = softmax(teacher_logits), labels != -100
        soft = cross_entropy(student_logits, p) - entropy(p)
        hard = cross_entropy(student_logits, labels, ignore_index=-100)
        return (alpha * soft + (1 - alpha) * hard)[keep].mean()

    found = diagnose(distilled)
    assert found
    assert not [note for note in found.notes if "raises" in note]
