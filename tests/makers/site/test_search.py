"""What the search shows: paragraphs by their anchors, and where terms are explained."""

import json

from xent_book.site.search import article, passages, terms

PAGE = """<main><article><section id="top"><hgroup><p class="chapter">Chapter 1</p>
<h1>Loss<a class="headerlink">#</a></h1></hgroup>
<p>One  <b>number</b>, <i class="katex-mathml">x</i><i>\u200by</i>.</p>
<div class="cell"><p>Not this.</p></div>
<section id="sum"><h2>Its sum</h2><ul><li>a</li><li><p>b</p></li></ul></section>
<dl class="py"><dt id="xent_lib.f">f(x)</dt><dd><p>What f does.</p></dd></dl>
</section></article></main>"""
GLOSSARY = """<article><section id="glossary"><h1>Glossary</h1>
<section id="bit"><h2>Bit<a class="headerlink">#</a></h2>
<p>A unit, 0.69 <a class="internal" href="#nat">nats</a>, by <a
class="internal" href="bibliography.html#shannon-1948">Shannon</a>.
→\xa0<a class="internal" href="01-surprise.html#reading">Chapter 1</a></p>
</section></section></article>"""


def test_each_paragraph_has_its_anchor_and_its_heading_or_name():
    assert passages(article(PAGE)) == [
        ["top", "Loss", "One number, y."],
        ["sum", "Its sum", "a"],
        ["sum", "Its sum", "b"],
        ["xent_lib.f", "xent_lib.f", "What f does."],
    ]


def test_a_power_is_no_longer_number():
    formula = """<span class="katex-html">e<span class="msupsub"><span
class="vlist">1.9</span></span> = 7, H<span class="msupsub"><span
class="vlist-t vlist-t2">2</span></span></span>, 10<sup>3</sup>"""
    page = f'<article><section id="a"><h1>A</h1><p>{formula}</p></section></article>'
    assert passages(article(page)) == [["a", "A", "e^1.9 = 7, H2, 10^3"]]


def test_a_term_leads_to_the_chapter_that_explains_it():
    place = ["chapters/01-surprise", "reading", "A unit, 0.69 nats, by Shannon."]
    assert terms(article(GLOSSARY)) == {"Bit": place}


def test_a_page_that_is_read_is_in_the_script(build):
    layout = "{% block body %}<article>{{ body }}</article>{% endblock %}"
    files = {"templates/page.html": layout}
    text = "A book\n======\n\nOne."
    built = build(text, "site.search", files=files, templates_path=["templates"])
    text = (built.out / "passages.js").read_text(encoding="utf8")
    told = json.loads(text.removeprefix("passages = ").removesuffix(";"))
    assert told == {"pages": {"index": [["a-book", "A book", "One."]]}, "terms": {}}
