"""A page's margin as it is built: ticks, terms and sources."""

import pytest
from bs4 import BeautifulSoup


@pytest.fixture
def page(build):
    """Builds pages, and gives one of them."""

    def build_page(text, name="index", ours=("site.margin",), **options):
        ours, theme = ("site.theme", *ours), {"html_theme": "xent"}
        built = build(text, *ours, strict=True, **theme, **options)
        assert built.status == 0, built.warnings
        return BeautifulSoup(
            (built.out / f"{name}.html").read_text("utf8"), "html.parser"
        )

    return build_page


BOOK = "Book\n====\n\n.. toctree::\n\n   chapter\n"
NOTEBOOK = """\
---
file_format: mystnb
---
# A chapter

*Chapter 1 of 1*

Two and two are 4. In all. (As before.)

Two and two
are **four**, said they. Is it so? In code:

```{code-cell}
2 + 2
```

```{code-cell}
---
tags: [hide-input]
mystnb: {code_prompt_show: "✓ Checked: the sum & all"}
---
assert 1
```

```{code-cell}
---
tags: [hide-input]
mystnb: {code_prompt_show: "✓ Checked: again"}
proves: are 4
---
assert 2
```

## Exercise

<details>
<summary>Show the solution</summary>

It is $4$.

</details>

```{code-cell}
---
tags: [hide-cell]
mystnb: {code_prompt_show: "✓ Checked"}
---
assert 3
```
"""


@pytest.fixture
def chapter(page, monkeypatch):
    """Builds the chapter, with something changed in it."""
    monkeypatch.setenv("RUN", "no")

    def build_chapter(old="", new=""):
        assert not old or NOTEBOOK.count(old) == 1
        files = {"chapter.md": NOTEBOOK.replace(old, new) if old else NOTEBOOK}
        ours = ["site.heads", "site.margin", "run.pages"]
        options = {"others": ("myst_nb",), "nb_execution_mode": "off"}
        options["suppress_warnings"] = ["myst-nb.lexer"]  # no kernel says its language
        return page(BOOK, "chapter", ours, files=files, **options)

    return build_chapter


def proved(chapter):
    """What each tick says, of which sentence, and in which cell it is checked."""
    for tick in chapter.select(".tick"):
        said, cell = tick.find_previous(class_="said"), chapter.select_one(tick["href"])
        assert "check" in cell["class"]
        yield tick["aria-label"], said.text, cell.select_one("pre").text.strip()


def test_a_tick_stands_at_the_last_claim_or_at_the_words_that_are_named(chapter):
    assert list(proved(chapter())) == [
        ("Checked: again", "Two and two are 4.", "assert 2"),
        ("Checked: the sum & all", "Two and two\nare four, said they.", "assert 1"),
        ("Checked", "It is $4$.", "assert 3"),
    ]


def test_what_checks_a_solution_is_in_it(chapter):
    found = chapter()
    (solution,) = found.select("section > details")
    assert "assert 3" in solution.text
    assert found.select("#cell-4")[0] in solution.find_all()


def test_a_tick_ends_its_sentence_and_no_line_before_it(chapter):
    tick = chapter().select_one(".tick")
    assert tick.previous_sibling == "\u2060"
    assert tick.find_next_sibling(class_="beside").text == "✓ again"


def test_words_that_are_nowhere_fail_the_build(chapter):
    with pytest.raises(AssertionError, match="no sentence for '✓ Checked: again'"):
        chapter("proves: are 4", "proves: are 5")


LINKS = """\
# A page

All of it in [bits](glossary.md#bit). Or in **[bits](glossary.md#bit)**, by
[Shannon](bibliography.md#shannon-1948), and [nats](glossary.md#nat) (in *e*). More.

See the [glossary](glossary.md), and the [first page](index.rst).
"""
GLOSSARY = """\
# Glossary

Words.

## Bit
The unit of $\\log_2$, less than a [nat](#nat). →&nbsp;[A page](chapter.md)

## Nat
The unit.
"""
SOURCES = """\
# Bibliography

## Shannon 1948
C. Shannon, “A theory”, 1948. [example.org](https://example.org), seen on 1 May 2026.
"""


def test_a_word_and_a_source_open_where_a_page_first_links_to_them(page):
    files = {
        "chapter.md": LINKS,
        "glossary.md": GLOSSARY,
        "bibliography.md": SOURCES,
    }
    index = f"{BOOK}   glossary\n   bibliography\n"
    config = {
        "others": ("myst_nb",),
        "myst_enable_extensions": ["dollarmath"],
        "myst_heading_anchors": 3,
    }
    found = page(index, "chapter", files=files, **config)
    bit, shannon, nat = found.select("template.entry")
    assert bit.previous_sibling.strip().endswith(".")
    assert bit.text == "Bit The unit of \\(\\log_2\\), less than a nat. Glossary"
    links = [link["href"] for link in bit.select("a")]
    assert links == ["glossary.html#nat", "glossary.html#bit"]
    assert (
        shannon.text
        == "Shannon 1948 C. Shannon, “A theory”, 1948. example.org Bibliography"
    )
    assert nat.previous_sibling is shannon
    assert shannon.previous_sibling == ")."
    for entry in (bit, shannon, nat):
        (link,) = found.select(f'a[id="{entry["data-of"]}"]')
        assert link["href"] == entry.select("a")[-1]["href"]
    assert len(found.select(".bd-article a[id]")) == 3
