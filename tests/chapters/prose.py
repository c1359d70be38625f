"""The numbers in the prose, and what each of them is bound to.

A literal is bound where the nearest code cell before or after it takes or prints a
number that rounds to it (cells that only check are passed on the way); where its
sentence cites a source of chapters/sources.toml that has it; or, by name, to an entry
of tests/chapters/ledger.toml.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from html import unescape
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

import sources

ROOT = Path(__file__).parents[2]
# Made from tables, and compared with them.
MADE = "bibliography", "what-the-doctor-found"
PAGES = sorted(
    path
    for path in (ROOT / "chapters").iterdir()
    if path.suffix in {".ipynb", ".md"} and path.stem not in MADE
)

# Other languages part thousands, and the sign of a percentage, by a narrow space.
NUMBER = re.compile(
    r"(?<![\w.,/])[−-]?\d+(?:[,\u202f]\d{3})*(?:\.\d+)?(?:\u202f?%)?(?![\w])"
)
# Numbers that name something: formulas, chapters, rooms, versions, licences.
NAMES = re.compile(
    r"\(1[678]\)|about \d+ minutes|^\d+ · "
    r"|^(?:\w+ \d+ \w+ \d+|\w+) · \d+ min, \w+ \w+ \d+$"
    r"|(?:Chapter|Exercise|Room|Assignment|section|number|Python)s? \d[\d.]*"
    r"|[Ss]lides?\s\d+(?:(?:, \d+)* (?:and|to) \d+)?"
    r"|\b\d+\.\d+\.\d+\b|CC BY 4\.0|x[₀-₉]"
)
HEADING = re.compile(r"^(##+) (.+)$", re.M)  # "# …" is a title, or a comment
TO_SECTION = re.compile(r"\]\(((?!bibliography)[\w-]+\.(?:ipynb|md)#[\w-]+)\)")
CITED = re.compile("\ue000(.*?)\ue001")
END = re.compile(r"(?<=[.?!])\s+|(?<=[.?!][”“\")])\s+")


@dataclass(frozen=True)
class Literal:
    """A number in the prose, and the numbers that it may be bound to: of the sources
    that its sentence cites, if one of them has it, and else of the cells nearby."""

    page: str
    text: str
    context: str
    nearby: tuple[str, ...] = ()
    published: tuple[str, ...] = ()

    def bound(self, text: str) -> bool:
        cited = any(rounds_to(value, self.text) for value in self.published)
        values = self.published if cited else self.nearby
        return any(rounds_to(value, text) for value in values)


def number(text: str) -> Decimal:
    return Decimal(re.sub("[,\u202f]|%$", "", text.replace("−", "-")))


def rounds_to(value: str, text: str) -> bool:
    """Whether `value` (as taken or printed) is `text` at the precision of `text`."""
    goal, exact = number(text), number(value)
    if text.endswith("%") and not value.endswith("%"):
        exact *= 100
    return exact.quantize(goal, ROUND_HALF_EVEN) == goal


def neighbours(text: str) -> list[str]:
    """The literal moved by one unit in its last place, down and up."""
    value = number(text)
    unit = Decimal(1).scaleb(value.as_tuple().exponent)
    return [
        f"{moved}" + "%" * text.endswith("%") for moved in (value - unit, value + unit)
    ]


def states_a_result(text: str, before: str) -> bool:
    """Decimals, percentages, integers from 10 on, and what stands behind an "="."""
    return (
        "." in text
        or text.endswith("%")
        or abs(number(text)) >= 10
        or before.rstrip().endswith("=")
    )


def literals(text: str) -> list[tuple[str, str]]:
    """The numbers in a piece of prose that state a result, with what is around them."""
    for pattern in (sources.DATE, NAMES):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return [
        (match[0], text[max(0, match.start() - 40) : match.end() + 20].strip())
        for match in NUMBER.finditer(text)
        if states_a_result(match[0], text[: match.start()])
    ]


@cache
def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


def prose(markdown: str) -> list[str]:
    """The text of a Markdown document: no code, no link targets, no addresses."""
    return [text for text, _ in sentences(markdown)]


def sentences(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """The sentences of a document, each with the sources that it cites."""
    for block in blocks(markdown):
        for sentence in END.split(block):
            yield CITED.sub("", sentence), CITED.findall(sentence)


def blocks(markdown: str) -> Iterator[str]:
    """Its paragraphs, and the rows of its tables."""
    row = None
    for token in parser().parse(markdown):
        if token.type == "math_block":
            yield formula(token.content)
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield " | ".join(row)
            row = None
        elif token.type == "inline" and row is not None:
            row.append(inline(token))
        elif token.type == "inline":
            yield inline(token)


def inline(token) -> str:
    """The text of a paragraph, with a mark where a link cites a source."""
    text, href = "", ""
    for child in token.children:
        if child.type == "link_open":
            href = child.attrs["href"]
        elif child.type == "link_close":
            if href.startswith("bibliography.md#"):
                text += f"\ue000{href.partition('#')[2]}\ue001"
            href = ""
        elif child.type == "text" and not href.startswith("http"):
            text += child.content
        elif child.type == "math_inline":
            text += formula(child.content)
        elif child.type in {"softbreak", "hardbreak", "code_inline"}:
            text += " "
    return text


def formula(tex: str) -> str:
    """Of a formula only the decimals; its integers are indices and bounds."""
    return " " + " ".join(re.findall(r"-?\d+\.\d+", re.sub(r"#\w+", "", tex))) + " "


def in_numbers(page: str, cells: list) -> list[Literal]:
    """The literals of a page's formulas in numbers, bound to any of its cells."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    values = tuple(value for cell in code for value in shown(cell))
    found = []
    for listed in terms().get(page, []):
        # Distances, colours, and the 1 of a reciprocal are no results.
        tex = re.sub(r"\[\d+pt\]|#\w+|\\frac\{1\}", "", listed["numbers"])
        for text in re.findall(r"-?\d+(?:\.\d+)?", tex):
            found.append(Literal(page, text, listed["formula"], values))
    return found


def numbers(text: str) -> list[str]:
    text = re.sub(r"(\d)_(\d)", r"\1\2", text)
    return re.findall(r"(?<![\w.])[−-]?\d+(?:,\d{3})*(?:\.\d+)?%?", text)


def outputs(cell) -> list[str]:
    """What a cell prints: its text, its tables, the labels of its figure."""
    found = []
    for output in cell.outputs:
        found.append(output.get("text", ""))
        data = output.get("data", {})
        found += re.findall(r"<text[^>]*>(.*?)</text>", data.get("image/svg+xml", ""))
        found.append(unescape(re.sub(r"<[^>]*>", " ", data.get("text/html", ""))))
    return found


def shown(cell) -> list[str]:
    """The numbers that a cell takes and prints; of a folded one that prints, these."""
    folded = {"hide-input", "remove-input"} & set(cell.metadata.get("tags", []))
    taken = "" if folded and cell.outputs else cell.source  # a check prints nothing
    taken = re.sub(r":[^{}]*\}", "}", taken)  # {p:.2f}
    return numbers(" ".join([taken, *outputs(cell)]))


def texts(path: Path) -> list[str]:
    """All that the cells of a notebook take and print."""
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    return [text for cell in code for text in (cell.source, *outputs(cell))]


def nearest(cells: list) -> list:
    """The first code cell that prints, and those that only check on the way to it."""
    found = []
    for cell in cells:
        if cell.cell_type == "code":
            found.append(cell)
            if cell.outputs:
                break
    return found


def cell_literals(page: str, cells: list) -> list[Literal]:
    """The literals of a notebook's prose, captions, alt texts and folds."""
    found = [x for told in told_by(cells) for x in sentence_literals(page, *told)]
    return found + in_numbers(page, cells)


def told_by(cells: list) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    """The sentences of a notebook, the sources that they cite, and the numbers near."""
    for i, cell in enumerate(cells):
        before, after = (
            nearest(cells[i - 1 :: -1] if i else []),
            nearest(cells[i + 1 :]),
        )
        near = before + after if cell.cell_type == "markdown" else [*before, cell]
        values = tuple(value for c in near for value in shown(c))
        yield from ((*told, values) for told in cell_sentences(cell))


def cell_sentences(cell) -> list[tuple[str, list[str]]]:
    """What a cell tells: its Markdown, or its caption, alt text and fold."""
    if cell.cell_type == "markdown":
        return list(sentences(cell.source))
    mystnb = cell.metadata.get("mystnb", {})
    told = [mystnb.get("image", {}).get("alt", ""), mystnb.get("code_prompt_show", "")]
    told = [(text, []) for text in told]
    return told + list(sentences(mystnb.get("figure", {}).get("caption", "")))


def sentence_literals(page, sentence, cited, values=()) -> list[Literal]:
    """The literals of a sentence, bound to the numbers of its sources, too."""
    known = [sources.table()[source] for source in cited]
    published = tuple(value for one in known for value in sources.published(one))
    return [Literal(page, *found, values, published) for found in literals(sentence)]


def page_literals(path: Path) -> list[Literal]:
    if path.suffix == ".ipynb":
        return cell_literals(path.stem, nbformat.read(path, as_version=4).cells)
    return [x for told in page_told(path) for x in sentence_literals(path.stem, *told)]


def page_told(path: Path) -> list[tuple[str, list[str], tuple[str, ...]]]:
    """The sentences of a page, as `told_by` has them."""
    if path.suffix == ".ipynb":
        return list(told_by(nbformat.read(path, as_version=4).cells))
    if path.stem == "questions":
        return list(answers_told(path.read_text(encoding="utf8")))
    return [(*told, ()) for told in sentences(path.read_text(encoding="utf8"))]


def answers_told(page: str) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    """The sentences of the questions; the numbers near are those of what they link."""
    for line in page.splitlines():
        linked = map(section, TO_SECTION.findall(line))
        values = tuple(value for text in linked for value in numbers(text))
        yield from ((*told, values) for told in sentences(line))


def section(link: str) -> str:
    """What the section says that a link leads to, and what its cells print."""
    name, _, anchor = link.partition("#")
    text = whole(ROOT / "chapters" / name)
    for found in HEADING.finditer(text):
        if sources.slug(found[2]) == anchor:
            rest = text[found.end() :]
            ends = rf"^#{{2,{len(found[1])}}} "
            return found[2] + re.split(ends, rest, maxsplit=1, flags=re.M)[0]
    raise KeyError(link)


@cache
def whole(path: Path) -> str:
    """A page, and what its cells print."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf8")
    cells = nbformat.read(path, as_version=4).cells
    told = []
    for cell in cells:
        markdown = cell.cell_type == "markdown"
        told += [cell.source] if markdown else map(as_text, cell.outputs)
    return "\n\n".join(told)


def as_text(output) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "")


@cache
def terms() -> dict:
    return tomllib.loads((ROOT / "chapters/terms.toml").read_text(encoding="utf8"))


@cache
def ledger() -> dict:
    return tomllib.loads(
        (ROOT / "tests/chapters/ledger.toml").read_text(encoding="utf8")
    )
