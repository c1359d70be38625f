"""The sheet as a PDF on two papers, which the page of the sheet offers."""

from pathlib import Path

from sphinx.application import Sphinx

from xent_book.files.card import font
from xent_book.sheet import FOOT, HIGH, RADII, SIZES, TITLE, WIDE, WIDTHS, Line, Sheet
from xent_book.site.downloads import authors, credit

PAPERS = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}  # points


def foot(title: str, home: str | None) -> str:
    """Where a sheet on paper is from: with the book's address, if that is known."""
    address = (home or "").partition("://")[2].rstrip("/")
    return f"{credit(title)} · {address} · CC BY 4.0" if address else FOOT


def save_pdf(
    path: Path, wide: float, high: float, title: str = "", home: str | None = None
) -> None:
    """The sheet on a paper of this size, in points, with a link at its foot."""
    # Here, since a page that is served again needs none of it.
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    from xent_book.figures import INK, QUIET, TARGET

    colors = {"target": TARGET, "dot": TARGET}
    colors |= dict.fromkeys(("quiet", "foot", "thin"), QUIET)
    sides = {"start": "left", "middle": "center", "end": "right"}
    canvas = FigureCanvasPdf(Figure(figsize=(wide / 72, high / 72)))
    page = canvas.figure.add_axes((0, 0, 1, 1))
    left, top = (wide - WIDE) / 2, (high - HIGH) / 2
    page.set(xlim=(-left, wide - left), ylim=(high - top, -top))
    page.axis("off")
    plain, bold = font("plain"), font("bold")
    fonts = {"title": bold, "head": bold, "code": FontProperties("monospace")}
    for shape in Sheet(foot(title, home)).shapes():
        color = colors.get(shape.kind, INK)
        if isinstance(shape, Line):
            mark = "o" if shape.kind in RADII else "-"
            width, size = WIDTHS.get(shape.kind, 0), 2 * RADII.get(shape.kind, 0)
            page.plot(shape.x, shape.y, mark, color=color, lw=width, ms=size)
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
            url=(home or None) if shape.kind == "foot" else None,
        )
    with rc_context({"pdf.fonttype": 42}):
        about = {"Title": TITLE, "Author": authors(), "CreationDate": None}
        canvas.print_pdf(path, metadata=about)


def bring_sheets(app: Sphinx) -> None:
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        for paper, size in PAPERS.items():
            path = folder / f"the-loss-on-one-page-{paper}.pdf"
            save_pdf(path, *size, app.config.html_title, app.config.html_baseurl)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", bring_sheets)
