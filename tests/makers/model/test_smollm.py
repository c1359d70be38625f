"""SmolLM2 as a reader uses it: by the command, and as "Score a folder" does."""

import json
import shlex
import subprocess
import sys
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

from parts import SCORE, run_script
from printed import assert_alike
from xent_book.recorded import wordnet
from xent_lib import smollm
from xent_lib.smollm.weights import PARAMETERS, find

PAGE = Path(__file__).parents[3] / "chapters/score-a-folder.md"


def run(*command):
    return subprocess.run(
        [sys.executable, *command], capture_output=True, encoding="utf8", check=True
    ).stdout


def test_it_has_the_parameters_that_a_page_offers(real):
    arrays = [real.embedding, real.output_norm, *chain(*real.blocks)]
    assert sum(w.size for w in arrays) == PARAMETERS


def test_the_command_prints_the_sentence(real):
    *_, mat, _, total, start = run(
        "-m", "xent_lib.smollm", "The cat sat on the mat."
    ).splitlines()
    assert_alike(" ".join(mat.split()), "mat 1.124 0.325 mat 0.325")
    sums = "20.917 nats in 7 tokens, 2.988 per token, perplexity 19.85, "
    sums += "1.312 bits per byte"
    assert_alike(total, f"“The cat sat on the mat.”: {sums}")
    other = "with <|im_start|>, 42.538 nats in all (--start)."
    assert_alike(start, f"Each text begins with <|endoftext|>; {other}")


def test_the_code_blocks_of_the_page_run(real):
    blocks = [
        token.content
        for token in MarkdownIt().parse(PAGE.read_text("utf8"))
        if token.type == "fence" and token.info == "python"
    ]
    assert blocks
    for block in blocks:
        printed = run("-c", block).split()
        said = [
            line.partition("# ")[2] for line in block.splitlines() if "  # " in line
        ]
        assert printed == said


def test_two_models_are_compared_as_on_the_page(real):
    blocks = [
        x.content for x in MarkdownIt().parse(PAGE.read_text("utf8")) if x.content
    ]
    command, table = next(
        pair for pair in pairwise(blocks) if pair[0].startswith("xent --against")
    )
    printed = run("-m", "xent_lib.smollm", *shlex.split(command)[1:])
    for line, right in zip(printed.splitlines(), table.splitlines(), strict=True):
        assert_alike(line, right)


def test_windows_of_a_long_text_agree_with_one(real):
    text = "The cat sat on the mat, and the dog lay on the rug. " * 12
    [whole] = smollm.score(real, [text])
    [parts] = smollm.score(real, [text], window=64, stride=16)
    assert len(parts.losses) == len(whole.losses) > 128
    np.testing.assert_allclose(
        parts.losses[:64], whole.losses[:64], rtol=1e-5, atol=1e-5
    )
    assert parts.losses.mean() == pytest.approx(whole.losses.mean(), abs=0.3)


STRANGE = [
    "é€😀 日本語",
    "x  2 and   33",
    "\n\n it's\u00a0so\u3000",
    "a\x04b",
    "DON'T 'S _a_",
]


def test_the_script_of_the_page_says_what_numpy_says(real):
    """Of 65 texts."""
    texts = [*wordnet().lines[::40], *STRANGE]
    said = json.loads(run_script(SCORE, find(), "kernel.wasm", json.dumps(texts)))
    for one, (ids, losses, _) in zip(smollm.score(real, texts), said, strict=True):
        assert ids == [0, *one.ids]
        np.testing.assert_allclose(losses, one.losses, rtol=0, atol=1e-3)
