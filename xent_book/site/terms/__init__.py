"""Link the terms of a formula to what explains them.

`chapters/terms.toml` lists them. On the page, a term is marked with its name in the
formula, in its row of the table, on its number in the text and in its code, and
`terms.js` highlights these together. A listed term that is not there gives a warning.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from xent_book.site import render

Mark = tuple[int, int, str]  # start, end, and the name of the term

# A symbol of TeX. Colours, sizes and braces do not tell one term from another.
SYMBOL = re.compile(
    r"(?:\\color\{.*?\}|\\[bB]ig\b|[{}\s])*"
    r"(\\(?:begin|end|mathrm|text)\{.*?\}|\\[a-zA-Z]+|[^{}\s])"
)
# Private-use characters stand for the names while code is highlighted.
EDGE = re.compile("([\ue000-\uf8ff])")
FIRST, LAST = 0xE000, "\uf8ff"

logger = logging.getLogger(__name__)


def name_terms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the names on a page's formulas, and on all that belongs to them."""
    path = Path(app.srcdir, "chapters/terms.toml")
    if app.builder.format != "html" or not path.exists():
        return
    formulas = tomllib.loads(path.read_text(encoding="utf8"))
    pieces: dict[nodes.Text, list[Mark]] = {}
    for formula in formulas.get(Path(docname).name, []):
        for missing in name_formula(doctree, formula, pieces):
            logger.warning("terms.toml: %s", missing, location=docname, type="terms")
    for text, marks in pieces.items():
        name_pieces(app, text, marks)


def name_formula(
    doctree: nodes.document, formula: dict, pieces: dict[nodes.Text, list[Mark]]
) -> Iterator[str]:
    """Name a formula's terms, note their text and code, and say what is not there."""
    terms, key = formula["terms"], formula["formula"]
    blocks = [b for b in doctree.findall(nodes.math_block) if key in b.astext()]
    if len(blocks) != 1:
        yield f"{len(blocks)} formulas have {key}"
        return
    (block,) = blocks
    marks = find_terms(block.astext(), {name: terms[name]["tex"] for name in terms})
    block["named"] = name_tex(block.astext(), marks)
    table = block.next_node(nodes.table, ascend=True) or nodes.table()
    heads = [row.next_node(nodes.math) for row in table.findall(nodes.row)]
    rows = {tuple(symbols(head.astext())): head for head in heads if head}
    for name, term in terms.items():
        if name not in [mark[2] for mark in marks]:
            yield f"the formula with {key} has no {term['tex']}"
        if head := rows.get(tuple(symbols(parts(term["tex"])[1]))):
            tex = head.astext()
            head["named"] = name_tex(tex, [(0, len(tex), name)])
        else:
            yield f"the table below {key} has no row for {term['tex']}"
        for kind, where in (("text", nodes.paragraph), ("code", nodes.literal_block)):
            for context in term.get(kind, []):
                found = list(find_piece(doctree, where, context))
                if len(found) != 1:
                    yield f"the {kind} has {len(found)} times {context}"
                for text, start, end in found:
                    pieces.setdefault(text, []).append((start, end, name))
    numbers = formula["numbers"] + "".join(re.findall(r"\\tag\{.*?\}", block.astext()))
    for name in set(re.findall(r"«(\w+) ", numbers)) - terms.keys():
        yield f"in numbers, {name} is no term"
    add_numbers(block, numbers, table)


def parts(context: str) -> list[str]:
    """What stands before «, after it, and after »; without these it is all the term."""
    return re.split("[«»]", context) if "«" in context else ["", context, ""]


def symbols(tex: str) -> list[str]:
    return SYMBOL.findall(tex)


def find_terms(tex: str, terms: dict[str, str]) -> list[Mark]:
    """Each term of a formula, as far outside of the others as it stands."""
    marks: list[Mark] = []
    for name in sorted(terms, key=lambda name: -len(symbols(parts(terms[name])[1]))):
        found = list(find_symbols(tex, terms[name]))
        depth = {x: sum(a <= x[0] and x[1] <= b for a, b, _ in marks) for x in found}
        least = min(depth.values(), default=0)
        marks += [(*span, name) for span in found if depth[span] == least]
    return marks


def find_symbols(tex: str, context: str) -> Iterator[tuple[int, int]]:
    """Where a formula has a term, with the braces that it opens or closes."""
    before, term, after = map(symbols, parts(context))
    wanted, found = before + term + after, list(SYMBOL.finditer(tex))
    for i in range(len(found) - len(wanted) + 1):
        if [hit[1] for hit in found[i : i + len(wanted)]] == wanted:
            start = found[i + len(before)].start(1)
            end = found[i + len(before) + len(term) - 1].end(1)
            while tex.count("{", start, end) > tex.count("}", start, end):
                end += 1
            while tex.count("{", start, end) < tex.count("}", start, end):
                start -= 1
            yield start, end


def find_piece(
    doctree: nodes.document, kind: type[nodes.Element], context: str
) -> Iterator[tuple[nodes.Text, int, int]]:
    """What stands between « and » in a context, wherever the page has it."""
    before, piece, after = parts(context)
    for block in doctree.findall(kind):
        for hit in re.finditer(re.escape(before + piece + after), block.astext()):
            start = hit.start() + len(before)
            for text in block.findall(nodes.Text):
                if 0 <= start <= len(text) - len(piece):
                    yield text, start, start + len(piece)
                    break
                start -= len(text)


def splice(text: str, marks: list[Mark], opened: Callable[[str], str], closed: str):
    """The text with something before and after each of the marked pieces."""
    edges = [(end, 0, -start, closed) for start, end, _ in marks]
    edges += [(start, 1, -end, opened(name)) for start, end, name in marks]
    for place, *_, edge in sorted(edges, reverse=True):
        text = text[:place] + edge + text[place:]
    return text


def name_tex(tex: str, marks: list[Mark]) -> str:
    return splice(tex, marks, r"\htmlData{{term={}}}{{".format, "}")


def name_pieces(app: Sphinx, text: nodes.Text, marks: list[Mark]) -> None:
    """Name the pieces of a paragraph's text, or of a block of code."""
    names = [mark[2] for mark in marks]
    marked = splice(text, marks, lambda name: chr(FIRST + names.index(name)), LAST)

    def tag(edge: re.Match) -> str:
        if edge[1] == LAST:
            return "</span>"
        return f'<span data-term="{names[ord(edge[1]) - FIRST]}">'

    def raw(html: str) -> nodes.raw:
        return nodes.raw("", EDGE.sub(tag, html), format="html")

    block = text.parent
    if isinstance(block, nodes.literal_block):
        language = block.get("language", "default")
        # The highlighter takes these characters for errors, each in its own span.
        code = app.builder.highlighter.highlight_block(marked, language, force=True)
        code = re.sub(r'<span class="err">([\ue000-\uf8ff]+)</span>', r"\1", code)
        block.replace_self(raw(f'<div class="highlight-{language}">{code}</div>'))
    else:
        pieces = EDGE.split(marked)
        named = [raw(p) if EDGE.match(p) else nodes.Text(p) for p in pieces]
        block.replace(text, named)


def add_numbers(block: nodes.math_block, numbers: str, table: nodes.table) -> None:
    """Put below a formula its numbers, the line that says a term, and, folded, all."""
    if table.parent:
        table.parent.remove(table)
    plain = re.sub(r"«\w+ |»", "", numbers)
    named = re.sub(r"«(\w+) ", r"\\htmlData{term=\1}{", numbers).replace("»", "}")
    block.replace_self(
        [
            nodes.raw("", "<xent-terms>", format="html"),
            block,
            nodes.raw("", '<div class="t-numbers" hidden>', format="html"),
            nodes.math_block(plain, plain, named=named),
            nodes.raw("", render("terms.html"), format="html"),
            table,
            nodes.raw("", "</details>", format="html"),
        ]
    )


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", name_terms)
