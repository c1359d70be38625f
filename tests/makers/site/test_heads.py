"""A chapter's head has its number, its drawing, and its place on the map."""

import re

import nbformat

from xent_book.drawings import SMALL, draw
from xent_book.site.heads import STATIONS

TREE = "Book\n====\n\n.. toctree::\n\n   a\n   b\n"


def notebook(**told):
    text = "# 3 · S\n\n*Chapter 3 of 8*\n\nWords."
    cell = nbformat.v4.new_markdown_cell(text, id="a")
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata=told))


def test_a_chapter_shows_where_it_stands_and_leads_to_the_rest(build):
    files = {"a.ipynb": notebook(stations=["logits", "mean"]), "b.ipynb": notebook()}
    options = {"nb_execution_mode": "off", "others": ["myst_nb"]}
    out = build(TREE, "site.heads", files=files, **options).out
    page = (out / "a.html").read_text("utf8")
    [way] = re.findall('<nav class="stations".*?</nav>', page, re.DOTALL)
    here = re.findall('aria-current="true">(.*?)</li>', way)
    links = re.findall('<a href="(.*?).html">(.*?)</a>', way)
    assert here == ["logits", "mean"]
    others = [(page, name) for name, page in STATIONS.items() if name not in here]
    assert links == others
    assert page.index("</hgroup>") < page.index(way) < page.rindex("Words.")
    assert "stations" not in (out / "b.html").read_text("utf8")
    assert "stations" not in (out / "index.html").read_text("utf8")


def test_it_stands_with_the_title_whose_number_it_repeats(build):
    heading = "4 · T: U\n========\n\n*Chapter 4 of 8*\n\nWords."
    files = {"chapters/04-token-loss.rst": heading, "chapters/t.rst": heading}
    tree = "Book\n====\n\n.. toctree::\n   :glob:\n\n   chapters/*\n"
    out = build(tree, "site.theme", "site.heads", files=files).out / "chapters"
    page = (out / "04-token-loss.html").read_text("utf8")
    assert re.search('<hgroup data-pull="[^"]*"><p class="opening large"><svg', page)
    assert '</h1><p class="opening small"><svg' in page
    assert '<h1><span class="whole"><span class="nth">4 · </span>T:</span>' in page
    assert "opening" not in (out / "t.html").read_text("utf8")


def test_the_numbers_of_a_drawing_are_marked_in_the_lead_alone(build):
    text = """4 · T
=====

*Chapter 4 of 8*

*Mat* has 0.61, and costs 0.49. Not 0.490, 10.49 or `a <0.49.html>`_.

S
-

Here it is 0.49."""
    name = "chapters/04-token-loss"
    tree = f"Book\n====\n\n.. toctree::\n\n   {name}\n"
    built = build(tree, "site.live", "site.heads", files={f"{name}.rst": text})
    page = (built.out / f"{name}.html").read_text("utf8")
    marked = re.findall('<span data-said="([^"]*)">(.*?)</span>', page)
    assert marked == [("p of mat", "0.61"), ("loss", "0.49")]
    for file in ("pull.js", "pull.css"):
        assert f"_static/{file}" in page
        assert (built.out / "_static" / file).exists()
        assert file not in built.page


def test_a_way_in_has_the_drawing_of_a_chapter_that_it_leads_to(build):
    tree = (
        "Book\n====\n\n1. Read\n\nWays in\n-------\n\n"
        "- `a <03-softmax.html>`_\n"
        "- `b <03-softmax.html>`_ and `c <at-scale.html>`_\n- none\n"
    )
    page = build(tree, "site.heads").page
    read, *ways = re.findall("<li>.*?</li>", page, re.DOTALL)[:4]
    drawn = [draw(name, SMALL) for name in ("03-softmax", "at-scale")]
    assert [[one in way for one in drawn] for way in ways] == [
        [True, False],
        [False, True],
        [False, False],
    ]
    assert "opening" not in read


def test_a_chapters_number_its_time_and_a_switch_stand_over_its_title(build):
    page = build("T\n=\n\n*Chapter 3 of 5*\n\n*More* words.", "site.heads").page
    assert re.search(
        r'<hgroup><p class="chapter">Chapter 3 of 5\s*<label class="all-code '
        r'js-only">Show all code <input .*?></label></p><h1>T.*?</h1></hgroup>\s*'
        "<p><em>More</em> words.</p>",
        page,
    )
