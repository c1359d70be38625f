"""Tables of words and numbers, for the pages and JupyterLab."""

import re
from collections.abc import Iterable, Mapping

from ._html import escape, html_table, minus


class Table:
    """A table whose first column names the rows.

    Parameters
    ----------
    columns : the words or numbers of each column, by its header
    digits : the maximum number of decimals; trailing zeros are dropped
    bars : a column that pages also show as bars
    target : the row of the word that came, which pages show in its orange

    Examples
    --------
    >>> Table({"word": ["mat", "hat"], "logit": [3.2, -0.5], "p": [0.6127, 0.0151]})
    word  logit     p
    mat     3.2  0.61
    hat    −0.5  0.02
    """

    def __init__(
        self,
        columns: Mapping[str, Iterable[object]],
        digits: int = 2,
        bars: str | None = None,
        target: str | None = None,
    ):
        if bars is not None and bars not in columns:
            raise ValueError(f"bars must be one of {[*columns]}, got {bars!r}")
        self.head = list(columns)
        shown = [_shown(list(values), digits) for values in columns.values()]
        self.rows = [list(row) for row in zip(*shown, strict=True)]
        named = zip(self.head[1:], shown[1:], strict=True)
        self.words = {name for name, cells in named if not _numbers(cells)}
        self.bars = bars
        names = [name for name, *_ in self.rows]
        if target is not None and target not in names:
            raise ValueError(f"target must be one of {names}, got {target!r}")
        self.target = target

    def __repr__(self) -> str:
        widths = [
            max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)
        ]
        lines = []
        for name, *cells in [self.head, *self.rows]:
            sides = ["<" if head in self.words else ">" for head in self.head[1:]]
            aligned = zip(cells, sides, widths[1:], strict=True)
            row = [f"{cell:{side}{width}}" for cell, side, width in aligned]
            lines.append("  ".join([f"{name:{widths[0]}}", *row]).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [[escape(cell) for cell in row] for row in self.rows]
        if self.bars is not None:
            at = self.head.index(self.bars)
            shares = _shares([row[at] for row in rows])
            for row, share in zip(rows, shares, strict=True):
                row[at] = f'<i class="bar" style="--of: {share:.3g}"></i>{row[at]}'
        for row, (name, *_) in zip(rows, self.rows, strict=True):
            if name == self.target:
                row[0] = f"<b>{row[0]}</b>"
        words = {escape(head) for head in self.words}
        return html_table("", [escape(head) for head in self.head], rows, words)


def _numbers(cells: list[str]) -> bool:
    """Whether a column contains a number, perhaps among words."""
    return any(letter.isdigit() or letter == "∞" for cell in cells for letter in cell)


def _shares(cells: list[str]) -> list[float]:
    """Each value divided by the largest; 0 for anything but a positive number."""
    numbers = [float(cell) if re.fullmatch(r"[\d.]+", cell) else 0 for cell in cells]
    return [number / (max(numbers) or 1) for number in numbers]


def _shown(values: list[object], digits: int) -> list[str]:
    """Words as they are, numbers with the same number of decimals."""
    if any(isinstance(value, str) for value in values):
        return [re.sub(r"^-(?=\d)", "−", str(value)) for value in values]
    texts = [f"{value:.{digits}f}".rstrip("0").partition(".") for value in values]
    digits = max(len(after) for _, _, after in texts)
    return [minus(f"{value:.{digits}f}").replace("inf", "∞") for value in values]
