"""All live parts: their scripts' numbers, their weight, their tables."""

import gzip
import re
from pathlib import Path
from xml.dom.minidom import parseString

import numpy as np
import pytest

import golden
import prose
from parts import CAT, config, run_script
from xent_book import example, parts
from xent_book.parts import (
    Averages,
    Exhibit,
    Explorer,
    Game,
    Gap,
    Letters,
    Log,
    Mask,
    Pair,
    Plan,
    Pour,
    Push,
    Ruler,
    Sentence,
    Shards,
    Shift,
    Wall,
)
from xent_book.recorded import chats
from xent_book.site.live import light

ROOT = Path(__file__).parents[3]
BOOK = ROOT / "xent_book"
FOLDERS = {path.parent.name: path.parent for path in BOOK.glob("parts/*/*.css")}
FOLDERS |= {"live": BOOK / "parts", "terms": BOOK / "site/terms"}
FOLDERS |= {"thread": BOOK / "drawings"}
SCRIPTS = sorted(Path(__file__).parent.glob("*.test.mjs"))
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("part", golden.PARTS)
def test_the_golden_numbers_are_what_the_recipe_writes(part):
    assert golden.file(part).read_text(encoding="utf8") == golden.expected(part)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_right(script):
    run_script(script, test=True)


def weight(files):
    """In bytes, as a page loads them, compressed."""
    return sum(len(gzip.compress(light(file).encode())) for file in files)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_page_loads_for_its_parts_is_small(path):
    tags = set(re.findall(r"<xent-(\w+)", path.read_text(encoding="utf8")))
    if path.stem in prose.terms():
        tags.add("terms")
    files = [
        FOLDERS[name] / f"{name}.{kind}"
        for name in {"live", *tags}
        for kind in ("js", "css")
    ]
    assert weight(files) <= 16_000


def test_what_can_load_a_model_is_small_itself():
    files = [FOLDERS["sentence"] / f"sentence.{kind}" for kind in ("js", "css")]
    assert weight(files) <= 5_500


def sheet(path):
    """Its selectors, each after those of the rules that it stands in."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf8"), flags=re.S)
    around, selectors = [], []
    for head, end in re.findall(r"([^{};]*)([{};])", text):
        if end == "{":
            around.append(head.strip())
            if not any(one.startswith("@keyframes") for one in around):
                selectors.append(" ".join(one for one in around if one[0] != "@"))
        elif end == "}":
            around.pop()
    return [one for one in selectors if one]


SHEETS = {name: sheet(FOLDERS[name] / f"{name}.css") for name in sorted(FOLDERS)}
CLASSES = {
    name: set(re.findall(r"\.(x-[\w-]+)", " ".join(all_)))
    for name, all_ in SHEETS.items()
}


@pytest.mark.parametrize("name", sorted(SHEETS.keys() - {"live", "terms"}))
def test_a_sheet_dresses_its_own_part_alone(name):
    """JupyterLab has all of them at once."""
    others = set().union(*(CLASSES[other] for other in CLASSES if other != name))
    own = CLASSES[name] - others
    loose = [
        one
        for one in SHEETS[name]
        if f"xent-{name}" not in one
        if not own & set(re.findall(r"\.(x-[\w-]+)", one))
    ]
    assert SHEETS[name]
    assert loose == []


PARTS_SHOWN = [
    Explorer(),
    Explorer("curve"),
    Explorer("logits", "temperature", temperature=np.float32(2)),
    Explorer("target", target=np.argmin(example.logits)),
    Game(),
    Game(opening=True),
    Averages(["the <b> sat", "a 'dog'"], [[1.0, 2.0], [6.0]], pad=3.0),
    Exhibit("o[y]", "y"),
    Pair(),
    Plan("1.052"),
    Plan("0.4899", "∞"),
    Gap(),
    Mask(chats()),
    Letters("It is a truth universally acknowledged. " * 3, 200),
    Log(),
    Log("loss 3.4\nloss 3.1\nloss nan", 27),
    Pour("shift", 0),
    Pour("temperature", 2),
    Push(),
    Ruler(3.02),
    Ruler(3.02, 50_257, 4.4),
    Sentence(*CAT),
    Shards(["mat", "hat"], ["sat", "rug"]),
    Shards(example.vocabulary, []),
    Shift(100),
    Wall(100),
]


def test_each_part_is_shown():
    assert {type(part).__name__ for part in PARTS_SHOWN} == {*parts.__all__}


@pytest.mark.parametrize("part", PARTS_SHOWN, ids=repr)
def test_a_part_is_the_same_each_time_and_well_formed(part):
    assert part._repr_html_() == part._repr_html_()
    tree = parseString(part._repr_html_())  # strict, unlike a browser
    tables, figures = map(tree.getElementsByTagName, ("table", "figure"))
    assert tables or figures
    for table in tables:
        assert table.getElementsByTagName("caption")
    for figure in figures:
        assert figure.getElementsByTagName("figcaption")
        drawings = figure.getElementsByTagName("svg")
        images = [x for x in drawings if x.getAttribute("role") == "img"]
        named = [x.getAttribute("aria-label") for x in images]
        assert all(named)
        assert re.search(r"\d", " ".join(named))
    assert config(part)
