"""Format numbers and tables in HTML."""

import html
import json
import math
from collections.abc import Container, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike


def number(x: float, digits: int = 3, sign: bool = False) -> str:
    """x with a real minus sign; a power of ten if `digits` would show only zeros."""
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
    """Replace hyphens by real minus signs."""
    return text.replace("-", "−")


def figure(x: float) -> str:
    """x with four significant digits."""
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "∞" if x > 0 else "−∞"
    return minus(f"{x or 0.0:.4g}")


def escape(text: str) -> str:
    """Escape text for HTML."""
    return html.escape(text, quote=False)


def html_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Container[str] = (),
) -> str:
    """A table of HTML cells. The first cell of each row is its header; the columns in
    `words` are aligned left, numbers right. A head without a word is left out."""
    kinds = [' class="words"' if name in words else "" for name in head]
    heads = zip(kinds, head, strict=True)
    lines = [f"<table><caption>{caption}</caption>" if caption else "<table>"]
    cells = "".join(f'<th scope="col"{kind}>{cell}</th>' for kind, cell in heads)
    lines += [f"<tr>{cells}</tr>"] if any(head) else []
    for name, *rest in rows:
        values = zip(kinds[1:], rest, strict=False)
        inside = "".join(f"<td{kind}>{cell}</td>" for kind, cell in values)
        lines.append(f'<tr><th scope="row">{name}</th>{inside}</tr>')
    return "\n".join([*lines, "</table>"])


def element(tag: str, config: Mapping[str, object], inside: str) -> str:
    """A custom element for the pages' scripts; `inside` is shown if they don't run."""
    attribute = html.escape(json.dumps(config, ensure_ascii=False, allow_nan=False))
    return f'<{tag} config="{attribute}">\n{inside}\n</{tag}>'


def stable(values: ArrayLike) -> list[float]:
    """Round to twelve digits, since the last bits differ between processors."""
    return [float(f"{x:.12g}") for x in np.asarray(values, np.float64)]
