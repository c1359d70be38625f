"""The functions of the doctor's corpus that need PyTorch, JAX or another framework."""

import importlib.util

import pytest

from test_corpus import MODULES, cases, check, framework


def of_frameworks():
    """Their cases; one for a whole module whose framework is not installed."""
    for module in filter(framework, MODULES):
        if importlib.util.find_spec(framework(module)):
            yield from cases([module])
        else:
            yield pytest.param(module, None, id=module)


@pytest.mark.parametrize(("module", "case"), [*of_frameworks()])
def test_the_diagnosis_is_what_is_expected(peer, module, case):
    peer(framework(module))
    check(module, case)
