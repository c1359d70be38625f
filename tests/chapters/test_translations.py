"""A translation keeps pace with its chapter, and keeps what is not words."""

import ast
import copy
import hashlib
import re

import nbformat
import pytest

import prose
import translations
from xent_book.site.translations import ENGLISH, TABLES, WORDS, split

NAMES = translations.translated()
# What stands alike in each chapter, and how.
FORMS = {
    "de": {
        "## Exercises": "## Übungen",
        "### Exercise ": "### Übung ",
        "<summary>Show the solution</summary>": "<summary>Lösung zeigen</summary>",
        "✓ Checked": "✓ Geprüft",
        "Hide the check": "Prüfung ausblenden",
        "# The solution, computed": "# Die Lösung, berechnet",
        "## Further reading": "## Zum Weiterlesen",
    }
}
# What a translator keeps of Markdown: addresses are kept apart.
MARKS = {
    "headings": re.compile("^#+(?= )", re.M),
    "formulas": re.compile(r"\$+[^$]+\$+"),
    "code in the text": re.compile("`[^`]+`"),
    "bold numbers": re.compile(r"\*\*[\d.−]+\*\*"),
}
TARGET = re.compile(r"\]\(([^)]*)\)")


def texts(cell):
    """What readers read of a cell, apart from its code and what that prints."""
    if cell.cell_type == "markdown":
        return [cell.source]
    mystnb = cell.metadata.get("mystnb", {})
    told = [mystnb.get("image", {}).get("alt"), mystnb.get("code_prompt_show")]
    told += [mystnb.get("figure", {}).get("caption"), mystnb.get("code_prompt_hide")]
    return [*filter(None, [*told, cell.metadata.get("exercise", {}).get("asks")])]


def kept(cell, forms, language=ENGLISH):
    """What is the same in a cell and in its translation into this language."""
    words, outputs = texts(cell), cell.get("outputs", [])
    told = "\n".join([*words, *(prose.outputs(cell) if outputs else [])])
    markdown = cell.source if cell.cell_type == "markdown" else ""
    marks = re.sub(r"\\text\{.*?\}", "", markdown)
    rest = {key: cell.metadata.get(key) for key in ("tags", "jupyter")}
    answer = cell.metadata.get("exercise", {})
    return {
        "numbers": sorted(numbers(TARGET.sub("]", told))),
        "links": sorted(lead(link, language) for link in TARGET.findall(markdown)),
        "forms": [f"{cell.source}\n{words}".count(form) for form in forms],
        "code": code(cell.source) if not markdown else "",
        "drawing": [drawing(output) for output in outputs],
        "for the page": rest | {"proves": "proves" in cell.metadata},
        "answer": [answer.get(key) for key in ("answer", "of")],
    } | {name: sorted(mark.findall(marks)) for name, mark in MARKS.items()}


def numbers(text):
    """The numbers of a text, which each language parts in its way."""
    return prose.numbers(re.sub(r"(?<=\d)[\u202f,](?=\d{3}|%)", "", text))


def lead(link, language):
    """A link, to the page in this language if there is one."""
    file, sharp, anchor = link.partition("#")
    own = file.replace(".ipynb", f".{language}.ipynb")
    return (own if (translations.CHAPTERS / own).is_file() else file) + sharp + anchor


def code(source):
    """The code without its comments, and without what its strings say."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [x for x in node.values if isinstance(x, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


def drawing(output):
    """A figure without its words."""
    svg = output.get("data", {}).get("image/svg+xml", "")
    return re.sub(r"<text[^>]*>.*?</text>|<!--.*?-->", "", svg, flags=re.DOTALL)


def faults(name):
    """What a translation has changed that is not words."""
    language = split(name)[1]
    forms = FORMS[language]
    found = []
    for cell, own in translations.pairs(name):
        there = kept(cell, forms.keys(), language)
        here = kept(own, forms.values())
        wrong = (key for key in there if here[key] != there[key])
        found += [f"{own.id}: {x}: {here[x]!r} for {there[x]!r}" for x in wrong]
    return found


def proved(cell, cells):
    """The numbers of the sentence that a cell proves."""
    words = cell.metadata.get("proves")
    told = [text for one in cells for text, _ in prose.cell_sentences(one)]
    return words and [numbers(text) for text in told if words in text]


def test_there_is_one():
    assert NAMES
    assert {split(name)[1] for name in NAMES} == {*WORDS} == {*FORMS}


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_cells_of_its_chapter(name):
    chapter, own = translations.read(split(name)[0]), translations.read(name)
    assert [cell.id for cell in own.cells] == [cell.id for cell in chapter.cells]


@pytest.mark.parametrize("name", NAMES)
def test_each_cell_is_translated_from_what_the_chapter_says_now(name):
    chapter, language = split(name)
    command = f"python tests/chapters/translations.py {chapter} {language}"
    assert translations.behind(name) == [], f"translate them, then {command} ID …"


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_numbers_code_links_and_formulas(name):
    assert faults(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_check_stands_at_the_sentence_that_it_proves(name):
    chapter, own = translations.read(split(name)[0]), translations.read(name)
    for theirs, ours in zip(chapter.cells, own.cells, strict=True):
        assert proved(ours, own.cells) == proved(theirs, chapter.cells)


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_as_long_and_has_as_many_ideas(name):
    theirs, ours = (translations.read(x).metadata for x in (split(name)[0], name))
    assert (ours["minutes"], ours["stations"]) == (
        theirs["minutes"],
        theirs["stations"],
    )
    assert len(ours["ideas"]) == len(theirs["ideas"])
    for idea, english in zip(ours["ideas"], theirs["ideas"], strict=True):
        assert idea != english
        assert len(idea) <= 120
        assert numbers(idea) == numbers(english)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_it_is_still_english(name):
    for pair in translations.pairs(name):
        english, own = map(texts, pair)
        assert len(own) == len(english)
        assert not {*own} & {*english}


@pytest.mark.parametrize("language", TABLES)
def test_entries_of_the_glossary_say_what_the_english_ones_say_now(language):
    text = (translations.CHAPTERS / "glossary.md").read_text(encoding="utf8")
    found = re.findall(r"^## (.+)\n(?:\(.+\)=\n)?(.+?)(?: →|$)", text, re.M)
    english = {name.lower().replace(" ", "-"): said for name, said in found}
    anchors = re.compile(r"\]\((#[^)]+)\)")
    for name, own in TABLES[language]["terms"].items():
        said = english[name]
        now = hashlib.sha256(said.encode()).hexdigest()[:8]
        assert own["of"] == now, f"translate {name!r} anew, and note {now} in `of`"
        assert numbers(own["text"]) == numbers(said)
        assert anchors.findall(own["text"]) == anchors.findall(said)


@pytest.mark.parametrize("name", NAMES)
def test_each_entry_that_it_opens_is_in_its_language(name):
    text = "".join(cell.source for cell in translations.read(name).cells)
    asked = {*re.findall(r"\]\(glossary\.md#([^)]+)\)", text)}
    assert asked <= TABLES[split(name)[1]]["terms"].keys()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a chapter of two cells, to be translated."""
    monkeypatch.setattr(translations, "CHAPTERS", tmp_path)
    make = nbformat.v4
    told = {"mystnb": {"code_prompt_show": "✓ Checked: 2"}, "proves": "costs"}
    cells = [
        make.new_markdown_cell("*Mat* costs **2** of 3, see [it](a.md#b).", id="text"),
        make.new_code_cell("print(f'it is {1 + 1}')  # two", id="code", metadata=told),
    ]
    cells[1].outputs = [make.new_output("stream", text="it is 2\n")]
    nbformat.write(make.new_notebook(cells=cells), tmp_path / "one.ipynb")
    translations.follow("one.de")
    return tmp_path


def ids(listed):
    return [one.partition(":")[0] for one in listed]


def change(folder, name, cell, **said):
    path = folder / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    one = notebook.cells[cell]
    one.source = said.pop("source", one.source)
    one.metadata |= said
    nbformat.write(notebook, path)


def test_of_a_translation_that_begins_each_cell_is_to_do_until_it_is_noted(
    folder, capsys
):
    assert ids(translations.behind("one.de")) == ["text", "code"]
    translations.main("one", "de", "code")
    assert capsys.readouterr().out.startswith("text: *Mat* costs")
    translations.main("one", "de", "all")
    assert capsys.readouterr().out == "one.de says what one says.\n"


def test_a_cell_that_is_new_in_a_chapter_comes_to_its_translation(folder):
    translations.note("one.de", {"all"})
    change(folder, "one.de", 0, source=GERMAN)
    notebook = translations.read("one")
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("New.", id="new"))
    nbformat.write(notebook, folder / "one.ipynb")
    translations.follow("one.de")
    assert ids(translations.behind("one.de")) == ["new"]
    own = [cell.source for cell in translations.read("one.de").cells]
    assert own[:2] == [GERMAN, "New."]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["one", "de", "txet"], "one.de has no cell txet"),
        (["two", "de"], "no chapter two"),
        (["one", "xx"], "a language other than de"),
    ],
)
def test_what_is_not_there_is_told(folder, given, told):
    with pytest.raises(SystemExit, match=told):
        translations.main(*given)
    assert {path.name for path in folder.iterdir()} == {"one.ipynb", "one.de.ipynb"}


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (0, {"source": "*Mat* costs **2** in 3, see [it](a.md#b)."}),
        (1, {"mystnb": {"code_prompt_show": "✓ Checked: 2 nats"}}),
    ],
)
def test_a_cell_is_behind_once_its_chapter_says_something_else(folder, cell, said):
    translations.note("one.de", {"all"})
    change(folder, "one", cell, **said)
    [behind] = translations.behind("one.de")
    assert behind.startswith(("text: *Mat* costs", "code: print")[cell])


GERMAN = "*Mat* kostet **2** von 3, siehe [dort](a.md#b)."


@pytest.mark.parametrize(
    ("cell", "said", "fault"),
    [
        (0, {"source": GERMAN}, None),
        (0, {"source": GERMAN.replace("3", "4")}, "numbers"),
        (0, {"source": GERMAN.replace("**2**", "2")}, "bold numbers"),
        (0, {"source": GERMAN.replace("#b", "#c")}, "links"),
        (0, {"source": f"## {GERMAN}"}, "headings"),
        (0, {"source": f"{GERMAN} $p$"}, "formulas"),
        (0, {"source": f"{GERMAN} `p`"}, "code in the text"),
        (1, {"source": "print(f'das macht {1 + 1}')  # zwei"}, None),
        (1, {"source": "print(f'das macht {1 + 2}')  # zwei"}, "code"),
        (1, {"mystnb": {"code_prompt_show": "✓ Geprüft: 2"}}, None),
        (1, {"mystnb": {"code_prompt_show": "✓ Checked: 2"}}, "forms"),
        (1, {"tags": ["hide-cell"]}, "for the page"),
    ],
)
def test_what_is_no_words_is_kept(folder, cell, said, fault):
    change(folder, "one.de", 1, mystnb={"code_prompt_show": "✓ Geprüft: 2"})
    change(folder, "one.de", cell, **said)
    found = [one.split(": ")[1] for one in faults("one.de")]
    assert found == [fault] * bool(fault)


def test_a_link_leads_to_a_translation_where_there_is_one(folder):
    change(folder, "one", 0, source="[a](one.ipynb#b), [c](two.ipynb)")
    change(folder, "one.de", 0, source="[a](one.ipynb#b), [c](two.ipynb)")
    assert "text: links" in " ".join(faults("one.de"))
    change(folder, "one.de", 0, source="[a](one.de.ipynb#b), [c](two.ipynb)")
    assert "text: links" not in " ".join(faults("one.de"))


def test_a_figure_is_the_same_but_for_its_words():
    svg = '<svg><!-- word --><text x="1">word</text><path d="M0 1"/></svg>'
    output = nbformat.v4.new_output("display_data", data={"image/svg+xml": svg})
    other = copy.deepcopy(output)
    other.data["image/svg+xml"] = svg.replace("word", "Wort")
    assert drawing(other) == drawing(output)
    other.data["image/svg+xml"] = svg.replace("M0 1", "M0 2")
    assert drawing(other) != drawing(output)


@pytest.mark.parametrize("text", ["50\u202f257", "52\u202f%", "−0.08"])
def test_numbers_are_read_as_a_translation_writes_them(text):
    [(found, _)] = prose.literals(f"Es sind {text} davon.")
    assert found == text
    assert not prose.rounds_to("1", text)
    assert float(prose.number(text)) in {50257, 52, -0.08}
