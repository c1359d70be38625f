"""Numbers and tables for reading, in HTML."""

import html
import json
import math
from collections.abc import Container, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike


def number(x: float, digits: int = 3, sign: bool = False) -> str:
    """x for reading: a real minus sign, and powers of ten where zeros would hide it."""
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x == 0 or abs(x) >= 0.5 * 10**-digits:
        text = f"{x or 0.0:.{digits}f}"
    else:
        digit, power = f"{x:.1e}".split("e")
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{digit}·10{raised}"
    return ("+" if sign and x > 0 else "") + minus(text)


def minus(text: str) -> str:
    """The number with a real minus sign."""
    return text.replace("-", "−")


def figure(x: float) -> str:
    """Four digits."""
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "−∞"
    return minus(f"{x or 0.0:.4g}")


def escape(text: str) -> str:
    """Text as HTML."""
    return html.escape(text, quote=False)


def html_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Container[str] = (),
) -> str:
    """A table whose cells are HTML already; the first of a row names it, and columns
    of `words` begin at one line, as numbers end at one."""
    kinds = [' class="words"' if name in words else "" for name in head]
    heads = zip(kinds, head, strict=True)
    lines = [f"<table><caption>{caption}</caption>" if caption else "<table>"]
    lines += [
        "<tr>"
        + "".join(f'<th scope="col"{k}>{cell}</th>' for k, cell in heads)
        + "</tr>"
    ]
    for name, *cells in rows:
        values = zip(kinds[1:], cells, strict=False)
        inside = "".join(f"<td{kind}>{cell}</td>" for kind, cell in values)
        lines.append(f'<tr><th scope="row">{name}</th>{inside}</tr>')
    return "\n".join([*lines, "</table>"])


def element(tag: str, config: Mapping[str, object], inside: str) -> str:
    """An element of the pages' script, with what is shown where it does not run."""
    attribute = html.escape(json.dumps(config, ensure_ascii=False, allow_nan=False))
    return f'<{tag} config="{attribute}">\n{inside}\n</{tag}>'


def stable(values: ArrayLike) -> list[float]:
    """Twelve digits: the last bits differ between processors, and pages must not."""
    return [float(f"{x:.12g}") for x in np.asarray(values, np.float64)]
