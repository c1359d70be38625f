"""The page's language model: its parts, and its losses compared with NumPy's."""

import json
from pathlib import Path

import numpy as np
import pytest

from parts import SCORE, run_script
from xent_lib import smollm

TEXTS = [
    "The cat sat on the mat.",
    "It is a truth universally acknowledged",
    "é€😀",
    "x  2 and   33\n\n it's\u00a0so\u3000",
    "A cat sat on the mat, and a dog lay on the rug. " * 20,  # several windows
]


def test_the_model_of_the_page_is_right():
    run_script(Path(__file__).with_name("llama.test.mjs"), test=True)


@pytest.mark.parametrize("kernel", ["kernel.wasm", ""])
def test_the_tokens_and_losses_are_those_of_numpy(kernel):
    scored = json.loads(run_script(SCORE, smollm.TINY, kernel, json.dumps(TEXTS)))
    expected = list(smollm.score(smollm.load(smollm.TINY), TEXTS))
    assert len(expected[-1].ids) > 2 * 128
    for one, (ids, losses, _) in zip(expected, scored, strict=True):
        assert ids == [0, *one.ids]
        np.testing.assert_allclose(losses, one.losses, rtol=0, atol=2e-4)
