"""Formulas are in the page as HTML and MathML, or the build fails."""

import re

import pytest
from sphinx.errors import SphinxError

from xent_book.site.fonts import STATIC
from xent_book.site.katex import katex, render

PAGE = r"""
Inline :math:`o_i` is in its line.

.. math::
   :label: softmax

   p = \frac{a}{b} \tag{17}
"""


@pytest.fixture
def page(build):
    built = build(PAGE, "site.katex", html_math_renderer="katex", strict=True)
    assert built.status == 0, built.warnings
    return built.page


def test_a_formula_in_a_line_stays_there(page):
    (line,) = re.findall("<p>Inline.*?</p>", page)
    assert '<span class="katex">' in line
    assert "<math" in line
    assert "katex-display" not in line


def test_a_displayed_formula_has_a_block_that_the_keyboard_reaches(page):
    (block,) = re.findall(r'<div class="formula" tabindex="0">.*?</div>', page)
    assert "katex-display" in block
    assert "<math" in block
    assert 'id="equation-softmax"' in block, "links to the formula lead nowhere"


def test_the_tag_is_the_formulas_own(page):
    (tag,) = re.findall(r'<span class="tag">(.*?)</span></span></span>', page)
    assert re.sub("<[^>]*>", "", tag) == "(17)"
    assert "(1)" not in page, "Sphinx counted as well"


def test_the_targets_colour_is_where_the_style_sheet_looks_for_it():
    assert 'style="color:#c2410c;"' in render(r"{\color{#c2410c}{x}}", display=False)


@pytest.mark.parametrize("tex", [r"\frac{a}", r"\sofmax", "a}"])
def test_a_broken_formula_fails_the_build(build, tex):
    with pytest.raises(SphinxError, match="KaTeX cannot read"):
        build(f":math:`{tex}`", "site.katex", html_math_renderer="katex")


def test_what_katex_takes_with_a_warning_fails_too():
    with pytest.raises(SphinxError, match="unicodeTextInMathMode"):
        render("é", display=False)


def test_the_style_sheet_is_of_the_same_version():
    """If not, copy that release's: see CONTRIBUTING, "Change a package"."""
    sheet = (STATIC / "katex/katex.min.css").read_text(encoding="utf8")
    assert f'"{katex().eval("katex.version")}"' in sheet
