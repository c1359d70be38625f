"""The style of the book's figures."""

import re
from collections.abc import Sequence
from hashlib import sha256
from io import StringIO
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backend_bases import register_backend
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.cbook import file_requires_unicode, open_file_cm
from matplotlib_inline.backend_inline import set_matplotlib_formats

from ._html import minus

# The colours of the target, of other tokens, and of text. Pages map these three to
# their theme, so figures must use no others.
TARGET, QUIET, INK = "#c2410c", "#5b7083", "#1f2933"
CLIP = re.compile(r'<clipPath id="(\w+)">(.*?)</clipPath>', re.DOTALL)


class _Canvas(FigureCanvasSVG):
    """Name clip paths by a hash of their printed box.

    Matplotlib hashes the box to its last bits, which differ between processors.
    """

    def print_svg(self, filename: Any, metadata: Any = None, **options: Any) -> None:
        text = StringIO()
        restore = options.get("bbox_inches_restore")
        super().print_svg(text, metadata=metadata, bbox_inches_restore=restore)  # type: ignore[no-untyped-call]
        svg = text.getvalue()
        for name, box in CLIP.findall(svg):
            svg = svg.replace(name, "p" + sha256(box.encode()).hexdigest()[:10])
        with open_file_cm(filename, "w", encoding="utf-8") as file:
            file.write(svg if file_requires_unicode(file) else svg.encode())


def use_book_style() -> None:
    """Make figures SVGs with real text, reproducible bytes, and readable on a phone."""
    register_backend("svg", _Canvas)
    set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)  # type: ignore[no-untyped-call]
    plt.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "xent",
            "figure.figsize": (6.4, 2.6),
            "figure.facecolor": "none",
            "figure.constrained_layout.use": True,
            "axes.facecolor": "none",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "axes.titlesize": 10,
            "axes.titlelocation": "left",
            # Room for a phone’s larger letters; the title names the vertical axis.
            "axes.titlepad": 9,
            "axes.labelpad": 9,
            "figure.constrained_layout.h_pad": 0.08,
            # A figure begins where the text does.
            "figure.constrained_layout.w_pad": 0,
            "xaxis.labellocation": "left",
            "font.size": 10,
            "lines.linewidth": 2,
            "lines.solid_capstyle": "round",
            "text.color": INK,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
        }
    )


def levels(ax: Axes, values: Sequence[float]) -> None:
    """Mark values of the vertical axis with thin lines, labelled at their right end."""
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    across = ax.get_yaxis_transform()
    for value in values:
        ax.axhline(value, color=QUIET, lw=0.6, alpha=0.5, zorder=0)
        label = ax.text(1, value, minus(f"{value:g}"), transform=across, color=QUIET)
        label.set(ha="right", va="bottom")


def token_bars(
    ax: Axes,
    tokens: Sequence[str],
    values: Sequence[float],
    target: int | None = None,
    fmt: str = "{:.2f}",
    room: float = 0.35,
) -> None:
    """Draw one bar per token, from the top, with its value in the `room` at its end."""
    colours = [TARGET if i == target else QUIET for i in range(len(tokens))]
    bars = ax.barh(range(len(tokens)), values, color=colours, height=0.62)
    ax.bar_label(bars, [minus(fmt.format(value)) for value in values], padding=4)
    low, high = min(0, *values), max(0, *values)
    room *= high - low
    ax.set_xlim(low - 1.7 * room if low < 0 else 0, high + room)
    ax.set_ylim(len(tokens) - 0.5, -0.5)
    # Left-aligned with the text, with room for a phone’s larger letters.
    ax.set_yticks(range(len(tokens)), tokens, ha="left")
    ax.tick_params(axis="y", length=0, pad=4 + 8 * max(map(len, tokens)))
    ax.set_xticks([])
    ax.spines[["bottom", "left"]].set_visible(False)
