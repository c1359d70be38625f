"""What the page’s model says of a sentence, held to the same model in Deno."""

import functools
import hashlib
import html
import json
import math

import numpy as np
from playwright import sync_api as playwright

from pages import BOOK
from parts import SCORE, run_script
from xent_book._html import number
from xent_book.parts.sentence import seen
from xent_lib.smollm.weights import PARAMETERS

TINY = BOOK / "_static/tiny.gguf"
TEA = "I would like a cup of hot tea, please."


def stand_in(file="tiny.gguf", size=None, sha256=None):
    """The page's word of SmolLM2, here of a file that loads at once."""
    data = TINY.read_bytes()
    sha256 = sha256 or hashlib.sha256(data).hexdigest()
    about = f"{file} {size or len(data)} {sha256} {PARAMETERS}"
    return f'<meta name="xent-smollm" content="{about}">'


@functools.cache
def scored(text, model=TINY):
    """The losses of a text, and its tokens as they are shown."""
    command = [SCORE, model, "kernel.wasm", json.dumps([text])]
    ((_, losses, pieces),) = json.loads(run_script(*command))
    return losses, [html.unescape(seen(piece)) for piece in pieces]


def assert_scores(page, text, model=TINY):
    """The part shows this text as the model reads it."""
    losses, pieces = scored(text, model)
    shown = ["<0.01" if loss < 0.005 else number(loss, 2) for loss in losses]
    playwright.expect(page.locator(".x-tiles span")).to_have_text(shown)
    assert page.locator(".x-tiles b").all_text_contents() == pieces
    mean, length = np.mean(losses), len(text.encode())
    numbers = [sum(losses), mean, math.exp(mean), sum(losses) / math.log(2) / length]
    expected = [number(x, 2) if x < 1000 else f"{x:,.0f}" for x in numbers]
    assert page.locator("dd").all_inner_texts() == expected


def field(page):
    return page.get_by_label("Your sentence")
