"""The functions of the doctor's corpus that need PyTorch, JAX or another framework."""

import importlib.util

import pytest

from test_corpus import MODULES, cases, check, framework
from xent_doctor import diagnose


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


def test_pytorch_computes_in_one_thread_while_it_is_examined(peer):
    torch, seen = peer("torch"), set()

    def loss(logits, targets):
        seen.add(torch.get_num_threads())
        return torch.nn.functional.cross_entropy(logits, targets)

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert diagnose(loss)
        assert (seen, torch.get_num_threads()) == ({1}, 3)
    finally:
        torch.set_num_threads(before)


def test_jax_does_not_optimize_while_it_is_examined(peer):
    jax, seen, flag = peer("jax"), set(), "jax_disable_most_optimizations"

    def loss(logits, targets):
        seen.add(jax.config.read(flag))
        log_p = jax.nn.log_softmax(logits)
        return -jax.numpy.take_along_axis(log_p, targets[:, None], 1).mean()

    before = jax.config.read(flag)
    assert diagnose(loss)
    assert (seen, jax.config.read(flag)) == ({True}, before)
