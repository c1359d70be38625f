"""What overflows, dtype by dtype."""

import numpy as np

from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_book.parts import Overflow
from xent_book.parts.overflow import METHODS
from xent_lib import cross_entropy


def test_a_dtype_overflows_and_says_so(visit):
    page = visit(BENCH, part=PARTS["overflow"])
    part = Overflow(100)
    loss, note = page.locator(".x-loss strong"), page.locator(".x-note")
    for dtype, losses in part.losses.items():
        page.get_by_role("radio", name=dtype, exact=True).check()
        for method, exact in zip(METHODS, losses, strict=True):
            page.get_by_role("radio", name=method).check()
            shown = "NaN" if np.isnan(exact) else number(exact)
            assert loss.inner_text() == shown
            right = shown == number(cross_entropy(example.logits, example.target))
            assert ("That is right" in note.inner_text()) == right
    page.get_by_role("radio", name="float32", exact=True).check()
    page.get_by_role("radio", name=METHODS[0]).check()
    assert "exp(103.2)" in note.inner_text()
    slider = page.get_by_role("slider", name="added to every logit")
    slider.press("Home")
    assert "0/0 is no number" in note.inner_text()
    page.get_by_role("radio", name="bfloat16").check()
    page.get_by_role("radio", name=METHODS[1]).check()
    assert loss.inner_text() == "0.000"
    assert "are 4 apart" in note.inner_text()
