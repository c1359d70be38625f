"""The cards that messengers show with a link, one for each page.

That of the first page is its sentence with the blank, and the curve that prices a bet,
with the dot of a blind guess: no word has come yet. A chapter's is its title and the
drawing at its head, another page's its title and that curve.
"""

import html
import os
import re
import tempfile
import textwrap
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from sphinx.application import Sphinx
from sphinx.config import Config

from xent_book.drawings import HIT, STATES, WIDE, Shape, drawn, number
from xent_book.recorded import game
from xent_book.site.fonts import STATIC
from xent_book.site.translations import split

SIZE = 1200, 630
PAPER = "#fdfcfa"
NAME = "_static/social-card.png"  # the first page's, and of all that has none
ASKS = "Which word comes next? You have 100 chips."
LEFT, RIGHT, FOOT = 72, 1128, 586  # pixels
UNIT = 3.6  # how high one of a drawing is
BLIND = 0.2  # a blind guess on five boxes
FONTS = {
    "plain": ("charis/charis-sil-latin-400-normal", 400),
    "bold": ("charis/charis-sil-latin-700-normal", 700),
    "name": ("figtree/figtree-latin-wght-normal", 400),
    "number": ("figtree/figtree-latin-wght-normal", 700),
}


@cache
def folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory()


@cache
def font(name: str):
    """One of the book's fonts, from a file that Matplotlib reads."""
    from matplotlib.font_manager import FontProperties

    source, weight = FONTS[name]
    face = TTFont(STATIC / f"{source}.woff2")
    if "fvar" in face:
        instantiateVariableFont(face, {"wght": weight}, inplace=True)
    face.flavor = None
    path = Path(folder().name, f"{name}.ttf")
    face.save(path)
    return FontProperties(fname=str(path))


class Card:
    """A sheet of 1200 × 630 pixels, whose y grows downward, as in a page's drawings."""

    def __init__(self) -> None:
        # Here, since most builds draw none.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        wide, high = SIZE
        self.figure = Figure(figsize=(wide / 100, high / 100), dpi=100, facecolor=PAPER)
        self.canvas = FigureCanvasAgg(self.figure)
        self.page = self.figure.add_axes(
            (0, 0, 1, 1), xlim=(0, wide), ylim=(high, 0), aspect="equal"
        )
        self.page.axis("off")

    def write(self, x: float, y: float, text: str, size: float, face: str, **look):
        look = {"va": "baseline", "font": font(face), "parse_math": False} | look
        points = 0.72 * size  # at a hundred dots per inch
        return self.page.text(x, y, text, size=points, **look)

    def wide(self, text: str, size: float, face: str) -> float:
        probe = self.write(0, 0, text, size, face)
        box = probe.get_window_extent(self.canvas.get_renderer())
        probe.remove()
        return box.width

    def lines(self, lines: list[str], top: float, most: float, face: str, more=0.0):
        """Lines as large as they fit, of which the last leaves as much room as `more`
        times a letter; return where that ends, its baseline and the size."""
        from xent_book.figures import INK

        room = [0.0] * (len(lines) - 1) + [more]
        each = zip(lines, room, strict=True)
        widest = max(self.wide(one, 100, face) + 100 * extra for one, extra in each)
        size = min(most, 100 * (RIGHT - LEFT) / widest)
        y = top
        for line in lines:
            y += 1.12 * size
            self.write(LEFT, y, line, size, face, color=INK)
        return LEFT + self.wide(lines[-1], size, face), y, size

    def draw(self, shapes: list[Shape], left: float, top: float) -> None:
        """A drawing from `left` to the right edge."""
        from matplotlib.patches import Circle, Rectangle

        from xent_book.figures import INK, QUIET, TARGET

        unit = (RIGHT - left) / WIDE
        for z, shape in enumerate(shapes):
            kinds = {*shape.kind.split()}
            colour = TARGET if HIT in kinds else INK if "x-ink" in kinds else QUIET
            x = [left + unit * n for n in shape.at[::2]]
            y = [top + UNIT * n for n in shape.at[1::2]]
            if shape.tag == "path":
                thick = 1.5 if "x-thin" in kinds else 3.5
                self.page.plot(x, y, color=colour, lw=thick, zorder=z)
            elif shape.tag == "text":
                mid, end = "x-mid" in kinds, "x-end" in kinds
                look = {"ha": "center" if mid else "right" if end else "left"}
                size, face = (28, "name") if "name" in kinds else (46, "number")
                look |= {"color": colour, "zorder": z}
                self.write(x[0], y[0], shape.text, size, face, **look)
            else:
                filled = PAPER if "hollow" in kinds else colour
                edge = (
                    INK if "hollow" in kinds else PAPER if "ring" in kinds else colour
                )
                thick = 5 if "hollow" in kinds else 3
                look = {"fc": filled, "ec": edge, "lw": thick, "zorder": z}
                if shape.tag == "circle":
                    self.page.add_patch(Circle((x[0], y[0]), 3 * shape.r, **look))
                else:
                    size = unit * shape.at[2], UNIT * shape.at[3]
                    self.page.add_patch(
                        Rectangle((x[0], y[0]), *size, **look | {"lw": 0})
                    )

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.figure.savefig(path, dpi=100, facecolor=PAPER, metadata={"Software": None})


def price() -> list[Shape]:
    """The curve of Chapter 1, and on it the hollow dot of a blind guess."""
    shapes = drawn(STATES["01-surprise"], BLIND)[0].shapes
    kept = [one for one in shapes if one.tag != "text" and one.kind != HIT]
    dot = next(one for one in shapes if one.tag == "circle")
    return [*kept, Shape("circle", "hollow", dot.at, r=dot.r)]


def sentence() -> str:
    """The one that the first page has before its script, or the date, chooses."""
    first = game()[0]
    return f"{first.left} ____{first.right}"


def draw_first(title: str) -> Card:
    from xent_book.figures import INK, TARGET

    card = Card()
    before, after = sentence().split("____")
    lines = textwrap.wrap(before, len(before) * 4 // 7)
    x, y, size = card.lines(lines, 24, 96, "plain", more=2.4)
    blank = x + 0.3 * size, x + 2.1 * size
    card.page.plot(blank, [y + 6, y + 6], color=TARGET, lw=5)
    card.write(blank[1] + 6, y, after, size, "plain", color=INK)
    card.write(LEFT, y + 82, ASKS, 48, "plain", color=INK)
    card.draw(price(), LEFT, 332)
    card.write(LEFT, FOOT + 8, title, 48, "bold", color=INK)
    return card


def draw_page(name: str, title: str, book: str) -> Card:
    from xent_book.figures import INK, QUIET

    card = Card()
    nth = number(name) if name in STATES else ""
    title = title.removeprefix(f"{nth} · ").replace(
        "−", "–"
    )  # Charis's minus has an em
    first, colon, rest = title.partition(": ")
    card.lines(
        [first + colon, rest] if rest else textwrap.wrap(first, 24), 30, 84, "bold"
    )
    left = LEFT
    if nth:
        card.write(LEFT - 8, 500, nth, 250, "bold", color=INK)
        left += 190
    state = STATES.get(name)
    shapes = drawn(state, state.start)[0].shapes if state else price()
    card.draw(shapes, left, 280)
    card.write(LEFT, FOOT + 14, book, 36, "plain", color=QUIET)
    return card


def says(name: str) -> str:
    """A card's drawing in words, for those who can't see it."""
    if name not in STATES:
        return ""
    pen, label = drawn(STATES[name], STATES[name].start)
    return label.format(**pen.said)


def name_first(app: Sphinx, config: Config) -> None:
    """Let every page name a card, with its words and its size."""
    config.ogp_image = NAME
    config.ogp_image_alt = sentence()
    wide, high = SIZE
    config.ogp_custom_meta_tags = [
        '<meta name="twitter:card" content="summary_large_image">',
        f'<meta property="og:image:width" content="{wide}">',
        f'<meta property="og:image:height" content="{high}">',
    ]


def bring_first(app: Sphinx) -> None:
    if app.builder.format == "html":
        draw_first(app.config.html_title).save(Path(app.outdir, NAME))


def bring_card(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    """Draw a page's own card; what is on no map of the site keeps that of the first."""
    off = any(fnmatch(f"{pagename}.html", one) for one in app.config.sitemap_excludes)
    if off or pagename == app.config.root_doc or "title" not in context:
        return
    path = f"_static/cards/{pagename.replace('/', '-')}.png"
    title = html.unescape(re.sub("<[^>]*>", "", context["title"]))
    name = split(pagename)[0].rpartition("/")[2]
    draw_page(name, title, app.config.html_title).save(Path(app.outdir, path))
    own = {"og:image": path, "og:image:alt": says(name) or title}
    context["meta"] = {**(context.get("meta") or {}), **own}


def setup(app: Sphinx) -> None:
    if os.environ.get("BOOK_ADDRESS"):  # else no messenger can fetch it
        app.setup_extension("sphinxext.opengraph")
        app.connect("config-inited", name_first, priority=900)
        app.connect("builder-inited", bring_first)
        app.connect("html-page-context", bring_card, priority=400)  # before Open Graph
