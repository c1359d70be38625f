"""The sheet as a PDF on two papers, which the page of the sheet offers."""

import tempfile
from pathlib import Path

from sphinx.application import Sphinx

from xent_book.sheet import HIGH, SIZES, TITLE, WIDE, WIDTHS, Line, Sheet
from xent_book.site.card import font

PAPERS = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}  # points


def save_pdf(path: Path, wide: float, high: float) -> None:
    # Here, since a page that is served again needs none of it.
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    from xent_book.figures import INK, QUIET, TARGET

    colors = {"quiet": QUIET, "target": TARGET, "thin": QUIET, "dot": TARGET}
    sides = {"start": "left", "middle": "center", "end": "right"}
    canvas = FigureCanvasPdf(Figure(figsize=(wide / 72, high / 72)))
    page = canvas.figure.add_axes((0, 0, 1, 1))
    left, top = (wide - WIDE) / 2, (high - HIGH) / 2
    page.set(xlim=(-left, wide - left), ylim=(high - top, -top))
    page.axis("off")
    with tempfile.TemporaryDirectory() as folder:
        plain, bold = font("400", folder), font("700", folder)
        fonts = {"title": bold, "head": bold, "code": FontProperties("monospace")}
        for shape in Sheet().shapes():
            color = colors.get(shape.kind, INK)
            if isinstance(shape, Line):
                mark = "o" if shape.kind == "dot" else "-"
                width = WIDTHS.get(shape.kind, 0)
                page.plot(shape.x, shape.y, mark, color=color, lw=width, ms=6)
                continue
            page.text(
                shape.x,
                shape.y,
                shape.words,
                font=fonts.get(shape.kind, plain),
                size=SIZES.get(shape.kind, SIZES[""]),
                color=color,
                ha=sides[shape.anchor],
                parse_math=False,
            )
        with rc_context({"pdf.fonttype": 42}):
            canvas.print_pdf(path, metadata={"Title": TITLE, "CreationDate": None})


def bring_sheets(app: Sphinx) -> None:
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        for paper, size in PAPERS.items():
            save_pdf(folder / f"the-loss-on-one-page-{paper}.pdf", *size)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", bring_sheets)
