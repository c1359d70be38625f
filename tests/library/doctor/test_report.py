"""The report: for people, in a terminal and on a page."""

import importlib.metadata
import re

import numpy as np
import pytest
import scipy.special

from by_hand import said
from xent_lib import cross_entropy
from xent_lib.doctor import FAULTS, diagnose
from xent_lib.doctor import _faults as faults
from xent_lib.doctor._report import Diagnosis, Finding, Shown, show

ROOM_11 = "bug\N{NO-BREAK SPACE}museum, Room\N{NO-BREAK SPACE}11"


def my_loss(logits, targets):
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return -np.log2(p[np.arange(len(targets)), targets]).mean()


def test_the_report_is_for_people():
    report = repr(diagnose(my_loss))
    assert "✗ The loss is lost in exp and ln: the logarithm" in report
    assert "– The loss is in bits: the logarithm is base 2" in report
    assert report.index("✗") < report.index("– The loss is in bits")
    assert "example: yours 0.70674, in the book 0.48987" in report
    assert "Right if you want bits; otherwise use the natural logarithm" in report
    assert "To fix it, use the log-sum-exp of the logits" in report
    assert f"{ROOM_11})" in report.replace("\n    ", " ")
    assert max(map(len, report.splitlines())) <= 79


@pytest.mark.parametrize(
    ("seen", "expected", "told"),
    [
        (0.5, 0.25, ("0.5", "0.25")),
        (4.99321, 4.99301, ("4.9932", "4.993")),
        (11.156262, 11.156251, ("11.15626", "11.15625")),
        (11.156, 11.156, ("11.156", "11.156")),
        (ValueError("no"), 1.5, ("ValueError: no", "1.5")),
    ],
)
def test_what_differs_is_shown_in_digits_that_do(seen, expected, told):
    shown = Shown.of("batch", seen, expected)
    assert (shown.seen, shown.expected) == told


def test_it_says_how_what_is_not_meant_counts():
    how = "– strict=True makes these ✗, except what allow= names"

    def in_bits(logits, targets):
        return cross_entropy(logits, targets).mean() / np.log(2)

    assert how in repr(diagnose(in_bits))
    strict = diagnose(in_bits, strict=True)
    assert not strict
    mend = "To fix it, use the natural logarithm (bug museum, Room 10); if you"
    assert f'{mend} want bits, say allow=["base-2"]' in said(strict)
    assert "Right if" not in repr(strict)
    for told in (cross_entropy, my_loss, in_bits):
        assert how not in repr(diagnose(told, allow=["base-2"]))


def with_z(o, t):
    z = scipy.special.logsumexp(o, -1)
    return (cross_entropy(o, t) + 1e-4 * z**2).mean()


def capped(o, t):
    return cross_entropy(30 * np.tanh(o / 30), t).mean()


def by_sequence(o, t, mask):
    """As AllenNLP with average="batch"."""
    return ((cross_entropy(o, t) * mask).sum(-1) / mask.sum(-1)).mean()


@pytest.mark.parametrize(
    ("loss", "if_"),
    [
        (with_z, "a model is trained by it"),
        (capped, "its model has that cap, and gives its logits before it"),
        (by_sequence, "each sequence is meant to count equally"),
    ],
)
def test_what_may_be_meant_says_when_and_how_to_say_so(loss, if_):
    found = diagnose(loss)
    assert not found.healthy
    [allow] = re.findall(rf"; if {if_}, say allow=(\[.*?\])", said(found))
    assert diagnose(loss, allow=eval(allow)).healthy


def test_on_a_page_rooms_are_links():
    shown = diagnose(my_loss)._repr_html_()
    assert shown.startswith("<div")
    link = '<a href="bug-museum.html#room-11-lost-in-exp-and-ln">'
    assert f"({link}{ROOM_11}</a>)" in shown
    assert shown.count("<a ") == 2


def test_each_fault_has_an_address(monkeypatch):
    """Its base is the package’s own word, once it is published."""
    [one] = diagnose(lambda o, t: -cross_entropy(o, t)).findings
    monkeypatch.setattr(importlib.metadata, "metadata", missing)
    assert one.address == "bug\N{NO-BREAK SPACE}museum, Room\N{NO-BREAK SPACE}13"
    links = {
        "Project-URL": ["Source, https://one.example", "Documentation, https://b/"]
    }
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: Links(links))
    assert one.address == "https://b/bug-museum.html#room-13-other-losses"
    assert f"({one.address})" in repr(one.__str__())
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: Links({}))
    assert one.address.endswith("13")
    assert Finding("new").address == ""


class Links(dict):
    def get_all(self, name):
        return self.get(name)


def missing(name):
    raise importlib.metadata.PackageNotFoundError(name)


def test_four_probes_say_enough():
    shown = tuple(Shown(str(i), "1", "2") for i in range(7))
    report = repr(Diagnosis("", (Finding("odd", shown),)))
    assert report.count("yours") == 4
    assert "and 3 more: 4, 5, 6" in report


def test_numbers_are_shown_short():
    assert show(np.array([-1.0, np.inf, np.nan, 2, 3])) == "−1, ∞, NaN, 2, …"
    assert show(np.array([-0.0])) == "0"
    assert show(ValueError("a\nb")) == "ValueError: a"
    assert show(ValueError()) == "ValueError"
    assert len(show(ValueError("x" * 9999))) < 400


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_known_fault_says_what_how_and_where(fault):
    found = Finding.of(fault.of(2.0) if "{" in fault.what else fault, ())
    convention = fault.kind == "convention"
    assert fault.room in faults.ROOMS
    assert "{" not in str(found)
    assert found.mend.startswith("Right if" if convention else "To fix it")
    assert fault.if_ if convention else found.may_be_meant or not fault.if_


def test_a_call_of_more_lines_looks_cut():
    def loss(o, t):
        return cross_entropy(
            o,
            t[:1],
        )

    assert "return cross_entropy( …)" in " ".join(repr(diagnose(loss)).split())
