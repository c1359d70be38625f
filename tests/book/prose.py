"""The numbers in the prose, and what each of them is bound to.

A literal is bound where the nearest code cell before or after it takes or prints a
number that rounds to it (cells that only check are passed on the way); or, by name,
to an entry of tests/book/ledger.toml.
"""

import re
import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from html import unescape
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (ROOT / "chapters").iterdir()
    if path.suffix in {".ipynb", ".md"} and path.stem != "bibliography"
)

NUMBER = re.compile(r"(?<![\w.,/])[−-]?\d+(?:,\d{3})*(?:\.\d+)?%?(?![\w])")
# Numbers that name something: formulas, chapters, rooms, versions, years, licences.
NAMES = re.compile(
    r"\(1[678]\)|about \d+ minutes|^\d+ · |^Chapter \d+ of \d+ · \d+ min"
    r"|(?:Chapter|Exercise|Room|Assignment|section|number|Python)s? \d[\d.]*"
    r"|\b(?:19|20)\d\d\b|CC BY 4\.0|x[₀-₉]"
)


@dataclass(frozen=True)
class Literal:
    """A number in the prose, and the numbers nearby that it may be bound to."""

    page: str
    text: str
    context: str
    nearby: tuple[str, ...] = ()

    def bound(self, text: str) -> bool:
        return any(rounds_to(value, text) for value in self.nearby)


def number(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", "").rstrip("%"))


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
    text = NAMES.sub(lambda match: " " * len(match[0]), text)
    return [
        (match[0], text[max(0, match.start() - 40) : match.end() + 20].strip())
        for match in NUMBER.finditer(text)
        if states_a_result(match[0], text[: match.start()])
    ]


@cache
def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


def prose(markdown: str) -> list[str]:
    """The text of a Markdown document: no code, no link targets, no citations."""
    pieces = []
    for token in parser().parse(markdown):
        if token.type == "math_block":
            pieces.append(formula(token.content))
        if token.type != "inline":
            continue
        piece, outside = "", True
        for child in token.children:
            if child.type == "link_open":
                outside = not child.attrs["href"].startswith(("http", "bibliography"))
            elif child.type == "link_close":
                outside = True
            elif child.type == "text" and outside:
                piece += child.content
            elif child.type == "math_inline":
                piece += formula(child.content)
            elif child.type in {"softbreak", "hardbreak", "code_inline"}:
                piece += " "
        pieces.append(piece)
    return pieces


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
    found = []
    for i, cell in enumerate(cells):
        before, after = (
            nearest(cells[i - 1 :: -1] if i else []),
            nearest(cells[i + 1 :]),
        )
        if cell.cell_type == "markdown":
            texts, near = prose(cell.source), before + after
        else:
            mystnb = cell.metadata.get("mystnb", {})
            texts = [mystnb.get("image", {}).get("alt", "")]
            texts.append(mystnb.get("code_prompt_show", ""))
            texts += prose(mystnb.get("figure", {}).get("caption", ""))
            near = [*before, cell]
        values = tuple(value for c in near for value in shown(c))
        found += [
            Literal(page, text, context, values)
            for piece in texts
            for text, context in literals(piece)
        ]
    return found + in_numbers(page, cells)


def page_literals(path: Path) -> list[Literal]:
    if path.suffix == ".ipynb":
        return cell_literals(path.stem, nbformat.read(path, as_version=4).cells)
    pieces = prose(path.read_text(encoding="utf8"))
    return [Literal(path.stem, *found) for piece in pieces for found in literals(piece)]


@cache
def terms() -> dict:
    return tomllib.loads((ROOT / "chapters/terms.toml").read_text(encoding="utf8"))


@cache
def ledger() -> dict:
    return tomllib.loads((ROOT / "tests/book/ledger.toml").read_text(encoding="utf8"))
