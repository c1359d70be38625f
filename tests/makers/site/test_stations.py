"""Below a chapter's title is the map, and the chapter's place on it."""

import re

import nbformat

from xent_book.site.stations import STATIONS

TREE = "Book\n====\n\n.. toctree::\n\n   a\n   b\n"


def notebook(**told):
    text = "# 3 · S\n\n*Chapter 3 of 8*\n\nWords."
    cell = nbformat.v4.new_markdown_cell(text, id="a")
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata=told))


def test_a_chapter_shows_where_it_stands_and_leads_to_the_rest(build):
    files = {"a.ipynb": notebook(stations=["logits", "mean"]), "b.ipynb": notebook()}
    extensions = "site.website", "site.stations"
    options = {"nb_execution_mode": "off", "others": ["myst_nb"]}
    out = build(TREE, *extensions, files=files, **options).out
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
