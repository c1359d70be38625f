"""Wrong lines, struck out, above the right one, and what each of them gives."""

import math

import numpy as np

from xent_lib import cross_entropy, softmax

from ... import example
from ..._html import element, escape, figure, stable


class Exhibit:
    """Lines of code, run as they are shown, with their numbers.

    The table has all of them. On a page one line runs at a time: the reader breaks it
    and fixes it, and its number goes there and back.

    Parameters
    ----------
    lines : expressions; the last is right, those before it were written in its place.
        A comment at the end of one is its name
    names : what they are about, besides np, the example's logits o and its target y

    Raises
    ------
    ValueError : less than two lines

    Examples
    --------
    >>> Exhibit("cross_entropy(softmax(o), y)", "cross_entropy(o, y)")
    wrong  cross_entropy(softmax(o), y)   1.052
    right  cross_entropy(o, y)           0.4899
    """

    def __init__(self, *lines: str, **names: object) -> None:
        if len(lines) < 2:
            raise ValueError(f"lines must be a wrong one and a right one, got {lines}")
        known = {"np": np, "cross_entropy": cross_entropy, "softmax": softmax}
        known |= {"o": example.logits, "y": example.target} | names
        verdicts = ["wrong"] * (len(lines) - 1) + ["right"]
        self.numbers = [_given(line, known) for line in lines]
        shown = ["an error" if x is None else figure(x) for x in self.numbers]
        self.rows = list(zip(verdicts, lines, shown, strict=True))
        self.drawing = ""
        self.asks: dict[str, str] = {}

    def asked(self, question: str) -> "Exhibit":
        """Let the reader guess which line is right: all are shown, and none has run."""
        self.asks = {"asks": question}
        return self

    def below(self, drawing: str) -> "Exhibit":
        """Show it below a drawing of what goes wrong."""
        self.drawing = drawing
        return self

    def __repr__(self) -> str:
        _, code, shown = (
            max(map(len, column)) for column in zip(*self.rows, strict=True)
        )
        return "\n".join(f"{a}  {b:{code}}  {c:>{shown}}" for a, b, c in self.rows)

    def _repr_html_(self) -> str:
        lines = [
            [line, shown, _stored(x)]
            for (_, line, shown), x in zip(self.rows, self.numbers, strict=True)
        ]
        caption = '<caption class="visually-hidden">What each line gives</caption>'
        rows = "\n".join(_row(*row) for row in self.rows)
        table = f"<table>{caption}\n{rows}\n</table>"
        config: dict[str, object] = {"lines": lines, **self.asks}
        return self.drawing + element("xent-exhibit", config, table)


def _given(line: str, names: dict[str, object]) -> float | None:
    """The number of an expression; none, if it is refused."""
    try:
        with np.errstate(all="ignore"):
            return float(eval(line, dict(names)))
    except ValueError:
        return None


def _stored(x: float | None) -> float | None:
    """A place on an axis; what is not a number, and an error, have none."""
    return None if x is None or not math.isfinite(x) else stable([x])[0]


def _row(verdict: str, line: str, number: str) -> str:
    code = f"<code>{escape(line)}</code>"
    if verdict == "wrong":
        code = f"<s>{code}</s>"
    else:
        number = f"<strong>{number}</strong>"
    name = f'<span class="visually-hidden">{verdict} </span>{code}'
    return f'<tr><th scope="row">{name}</th><td>{number}</td></tr>'
