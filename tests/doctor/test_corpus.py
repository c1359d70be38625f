"""Each function of the corpus gets the diagnosis that is expected of it."""

import importlib
from collections import Counter
from pathlib import Path

import pytest

from corpus.cases import CASES
from xent_doctor import diagnose, diagnose_step

MODULES = sorted(
    path.stem
    for path in Path(__file__).with_name("corpus").glob("*.py")
    if path.stem != "cases" and not path.stem.startswith("shared")
)
FRAMEWORKS = ("torch", "jax", "keras", "sklearn")


def framework(module):
    """The framework that a module of the corpus needs, if any."""
    last = module.rpartition("_")[2]
    return last if last in FRAMEWORKS else None


def declaration(declared):
    """What is declared of a function, for the name of its test."""
    shown = {
        name: getattr(value, "__name__", value) for name, value in declared.items()
    }
    return ",".join(f"{name}={value}" for name, value in shown.items())


def cases(modules):
    """The cases of these modules, each with a name for its test; those are marked that
    repeat an earlier diagnosis; those of no name, one in their module."""
    before = set()
    for module in modules:
        importlib.import_module(f"corpus.{module}")
        for case in CASES[f"corpus.{module}"]:
            diagnosis = tuple(sorted(case.expected))
            if not any(sign[1:] for sign in diagnosis):
                diagnosis += (module,)
            marks = [pytest.mark.repeats] if diagnosis in before else []
            before.add(diagnosis)
            name = f"{module}:{case.name}:{declaration(case.declared)}"
            yield pytest.param(module, case, id=name, marks=marks)


def answer(module, case):
    """The signs and names of what the doctor finds, and its report."""
    examine = diagnose_step if module.startswith("steps") else diagnose
    found = examine(case.function, **case.declared)
    signs = (f"{str(one)[0]} {one.name}".strip() for one in found.findings)
    return sorted(signs), found


def check(module, case):
    """The diagnosis is what is expected, and healthy if nothing is wrong in it."""
    signs, found = answer(module, case)
    assert signs == sorted(case.expected), found
    assert found.healthy == (not any(one[0] in "✗?" for one in signs)), found


NUMPY = [*cases(module for module in MODULES if framework(module) is None)]


@pytest.mark.parametrize(("module", "case"), NUMPY)
def test_the_diagnosis_is_what_is_expected(module, case):
    check(module, case)


def test_no_two_cases_have_the_same_name():
    names = Counter(param.id for param in NUMPY)
    assert [name for name, times in names.items() if times > 1] == []


def test_there_are_enough_right_and_broken_ones():
    broken = [
        any(one[0] in "✗?" for one in case.expected)
        for case in (param.values[1] for param in NUMPY)
    ]
    assert broken.count(False) >= 600
    assert broken.count(True) >= 900
