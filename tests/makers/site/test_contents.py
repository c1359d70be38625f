"""The first page lists what readers learn in each chapter."""

import re

import nbformat

INDEX = """Book
====

.. toctree::
   :caption: In <order>

   one
   two

.. toctree::
   :caption: In any order

   three

.. toctree::
   :caption: To look up

   words

Ways in
-------

- Read on.
"""


def notebook(title, **told):
    cells = [nbformat.v4.new_markdown_cell(f"# {title}", id="title")]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=told))


def test_the_ideas_of_each_chapter_stand_above_the_ways_in(build):
    ideas = ["A word's low p costs much.", "1 < 2."]
    files = {
        "one.ipynb": notebook("1 · First", ideas=ideas, minutes=[12, 15]),
        "two.ipynb": notebook("2 · Second"),  # which names none
        "three.ipynb": notebook("Third", ideas=["Later."], minutes=[20, 29]),
        "words.rst": "Words\n=====\n",
    }
    options = {"nb_execution_mode": "off", "strict": True, "others": ["myst_nb"]}
    built = build(INDEX, "site.contents", files=files, **options)
    listed, _, ways = built.page.partition('<div id="contents">')[2].partition(
        '<section id="ways-in">'
    )
    assert "Read on." in ways
    captions = re.findall("<summary>(.*?)</summary>", listed)
    assert captions == ["In &lt;order&gt;", "In any order"]
    listed, _, folded = listed.partition("</details>")
    assert "<li>Later.</li>" in folded
    [(address, title)] = re.findall('<a href="(.*?)">(.*?)</a>', listed)
    assert (address, title) == ("one.html", "1 · First")
    assert "12 min" in listed
    assert re.findall("<li>([^<]*)</li>", listed) == [
        "A word’s low p costs much.",
        "1 &lt; 2.",
    ]


def test_a_book_without_ideas_has_no_such_list(build):
    files = dict.fromkeys(
        ("one.rst", "two.rst", "three.rst", "words.rst"), "Page\n====\n"
    )
    assert 'id="contents"' not in build(INDEX, "site.contents", files=files).page
