"""The card that messengers show with a link: the sentence with its blank, and the curve
that prices a bet, with the dot of a blind guess. No word has come yet."""

import os
import tempfile
from pathlib import Path

from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.config import Config

from xent_book import example
from xent_book.drawings import STATES, WIDE, drawn
from xent_book.site.fonts import STATIC

SIZE = 1200, 630
PAPER = "#fdfcfa"
NAME = "social-card.png"
SENTENCE = f"{' '.join(example.context)} "
SAYS = f"{SENTENCE}____."  # to those who can't see it
ASKS = "Which word comes next? You have 100 chips."
LEFT, RIGHT, TOP, UNIT = 72, 1128, 300, 3.6  # of the curve, in pixels


def font(weight: str, folder: str):
    """The book's serif, from a file that Matplotlib reads."""
    from matplotlib.font_manager import FontProperties

    source = TTFont(STATIC / f"charis/charis-sil-latin-{weight}-normal.woff2")
    source.flavor = None
    path = Path(folder, f"{weight}.ttf")
    source.save(path)
    return FontProperties(fname=str(path))


def draw_card(path: Path, title: str) -> None:
    # Here, since most builds draw none.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from xent_book.figures import INK, QUIET, TARGET

    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=PAPER)
    canvas = FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, SIZE[0]), ylim=(SIZE[1], 0))
    page.axis("off")

    def write(x: float, y: float, text: str, size: float, **look: object):
        points = 0.72 * size  # at a hundred dots per inch
        return page.text(x, y, text, size=points, va="baseline", **look)

    with tempfile.TemporaryDirectory() as folder:
        plain, bold = font("400", folder), font("700", folder)
        sentence = write(LEFT - 4, 170, SENTENCE, 108, color=INK, font=plain)
        end = sentence.get_window_extent(canvas.get_renderer()).x1 + 4
        page.plot([end, RIGHT - 24], [176, 176], color=TARGET, lw=5)
        write(RIGHT - 18, 170, ".", 108, color=INK, font=plain)
        # In a chat it is a quarter as large.
        write(LEFT, 254, ASKS, 52, color=INK, font=plain)
        write(LEFT, 586, title, 52, color=INK, font=bold)
        for shape in drawn(STATES["01-surprise"], 0.2)[0].shapes:
            x = [LEFT + n * (RIGHT - LEFT) / WIDE for n in shape.at[::2]]
            y = [TOP + n * UNIT for n in shape.at[1::2]]
            if shape.tag == "path":
                ink = "ink" in shape.kind
                page.plot(x, y, color=INK if ink else QUIET, lw=4 if ink else 1.2)
            elif shape.tag == "circle":
                page.plot(x, y, "o", c=INK, mfc=PAPER, ms=23, mew=5, zorder=3)
        figure.savefig(path, dpi=100, facecolor=PAPER, metadata={"Software": None})


def name_card(app: Sphinx, config: Config) -> None:
    """Let every page name it, with its words and its size."""
    config.ogp_image = f"_static/{NAME}"
    config.ogp_image_alt = SAYS
    wide, high = SIZE
    config.ogp_custom_meta_tags = [
        '<meta name="twitter:card" content="summary_large_image">',
        f'<meta property="og:image:width" content="{wide}">',
        f'<meta property="og:image:height" content="{high}">',
    ]


def bring_card(app: Sphinx) -> None:
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        draw_card(folder / NAME, app.config.html_title)


def setup(app: Sphinx) -> None:
    if os.environ.get("BOOK_ADDRESS"):  # else no messenger can fetch it
        app.setup_extension("sphinxext.opengraph")
        app.connect("config-inited", name_card, priority=900)
        app.connect("builder-inited", bring_card)
