"""Wrong lines, struck out, above the right one, and what each of them gives."""

import math

import numpy as np

from xent_lib import cross_entropy, softmax

from . import example
from ._html import escape, figure, minus

# The page's colours and, where no page gives them, the figures'.
TARGET, QUIET = "var(--xent-target, #c2410c)", "var(--xent-quiet, #5b7083)"
PAPER = "var(--xent-paper, Canvas)"


class Exhibit:
    """Lines of code, run as they are shown, with their numbers, on one axis.

    Parameters
    ----------
    lines : expressions; the last is right, those before it were written in its place
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

    def __repr__(self) -> str:
        _, code, shown = (
            max(map(len, column)) for column in zip(*self.rows, strict=True)
        )
        return "\n".join(f"{a}  {b:{code}}  {c:>{shown}}" for a, b, c in self.rows)

    def _repr_html_(self) -> str:
        table = "\n".join(_row(*row) for row in self.rows)
        axis = _axis([x for x in self.numbers if x is not None and math.isfinite(x)])
        return f'<div class="xent-exhibit"><table>\n{table}\n</table>\n{axis}</div>'


def _given(line: str, names: dict[str, object]) -> float | None:
    """The number of an expression; none, if it is refused."""
    try:
        with np.errstate(all="ignore"):
            return float(eval(line, dict(names)))
    except ValueError:
        return None


def _row(verdict: str, line: str, number: str) -> str:
    code = f"<code>{escape(line)}</code>"
    if verdict == "wrong":
        code = f"<s>{code}</s>"
    else:
        number = f'<strong style="color: {TARGET}">{number}</strong>'
    name = f'<span class="visually-hidden">{verdict} </span>{code}'
    return f'<tr><th scope="row">{name}</th><td>{number}</td></tr>'


def _axis(numbers: list[float]) -> str:
    """The numbers on an axis with 0, the last of them filled; a single one has none."""
    if len(numbers) < 2:
        return ""
    low, high = min(0, *numbers), max(0, *numbers)

    def at(x: float) -> str:
        return f"{100 * (x - low) / (high - low):.1f}%"

    *wrong, right = numbers
    far = max(wrong, key=lambda x: abs(x - right))
    rings = "".join(f'<circle cx="{at(x)}" cy="10" r="6"/>' for x in wrong)
    ticks = "".join(
        f'<text x="{at(x)}" y="32">{minus(f"{x:g}")}</text>' for x in _ticks(low, high)
    )
    return f"""<svg width="100%" height="36" overflow="visible" aria-hidden="true"
font-size="12" text-anchor="middle" fill="{QUIET}" stroke-width="2">
<line x2="100%" y1="10" y2="10" stroke="{QUIET}" stroke-width="1"/>
<line x1="{at(right)}" x2="{at(far)}" y1="10" y2="10" stroke="{QUIET}"/>
<g fill="{PAPER}" stroke="{QUIET}">{rings}</g>
<circle cx="{at(right)}" cy="10" r="6" fill="{TARGET}"/>
{ticks}
</svg>"""


def _ticks(low: float, high: float) -> list[float]:
    """Six round numbers at most."""
    least = 10.0 ** math.floor(math.log10((high - low) / 5))
    step = next(x * least for x in (1, 2, 5, 10) if (high - low) / (x * least) <= 5)
    return [k * step for k in range(math.ceil(low / step), int(high // step) + 1)]
