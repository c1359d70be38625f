"""Figures are inlined: with alt text, in the theme's colours, with unique ids."""

import re
from xml.dom.minidom import parseString

import pytest

from xent_book.figures import INK, QUIET, TARGET

SVG = f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="460.8pt" height="230.4pt"
 viewBox="0 0 460.8 230.4" xmlns="http://www.w3.org/2000/svg">
<metadata>matplotlib</metadata>
<defs><clipPath id="clip"><path id="bar" d="M0.123456 -7.5"/></clipPath></defs>
<g id="patch_1">
  </g><g clip-path="url(#clip)" style="fill: {TARGET}; stroke: {QUIET}">
<use xlink:href="#bar"/><text style="fill: {INK}">mat 0.4899</text></g>
</svg>
"""
PAGE = """
.. image:: a.svg
   :alt: Two bars: "mat" 0.61 & hat 0.07

.. image:: b.svg
   :alt: The same again.

.. image:: c.svg
   :alt:
"""


@pytest.fixture
def page(build):
    files = {f"{name}.svg": SVG for name in "abc"}
    return build(PAGE, "site.figures", files=files).page


@pytest.fixture
def figures(page):
    found = re.findall("<svg.*?</svg>", page, flags=re.DOTALL)
    return [parseString(svg).documentElement for svg in found]


def test_a_figure_with_an_alt_text_is_in_the_page_and_says_it(figures):
    assert [figure.getAttribute("aria-label") for figure in figures] == [
        'Two bars: "mat" 0.61 & hat 0.07',
        "The same again.",
    ]
    assert {figure.getAttribute("role") for figure in figures} == {"img"}


@pytest.mark.parametrize(("high", "kind"), [(230.4, ""), (331.2, " high")])
def test_a_figure_says_whether_it_is_too_high_for_a_wide_page(build, high, kind):
    files = {f"{name}.svg": SVG.replace("230.4", f"{high}") for name in "abc"}
    page = build(PAGE, "site.figures", files=files).page
    assert page.count(f'class="figure-svg{kind}"') == 2


def test_a_figure_says_whether_anything_shines_through_in_it(build):
    files = {f"{name}.svg": SVG.replace("; stroke", "; opacity: 0.4") for name in "abc"}
    page = build(PAGE, "site.figures", files=files).page
    assert page.count('class="figure-svg pale"') == 2


def test_a_figure_without_one_stays_a_file(page):
    assert re.findall(r'<img [^>]*src="([^"]*)"', page) == ["_images/c.svg"]


def test_the_three_colours_are_the_themes(page):
    assert not re.findall("#[0-9a-f]{6}", page)
    style = "fill: var(--xent-target); stroke: var(--xent-quiet)"
    assert page.count(style) == page.count("fill: var(--xent-ink)") == 2


def test_ids_are_unique_and_still_found(page):
    ids = re.findall(r'\bid="([^"]*)"', "".join(re.findall("<svg.*</svg>", page, re.S)))
    assert len(ids) == len(set(ids)) == 4
    used = re.findall(r'(?:url\(|xlink:href=")#([^")]*)', page)
    assert sorted(used) == sorted(ids)


def test_what_no_reader_sees_is_left_out(page):
    assert "metadata" not in page
    assert "<?xml" not in page
    assert "patch_1" not in page
    assert 'd="M0.12 -7.5"' in page
    assert "mat 0.4899" in page, "what a reader sees stays"
