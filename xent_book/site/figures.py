"""Inline figures into the page, so that they follow its theme."""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from xent_book.figures import INK, QUIET, TARGET

# Matplotlib writes coordinates to a millionth of a point; a hundredth is sub-pixel.
PLACES = re.compile(r'="[^"]*"')
# The figures' three colours as variables of theme/type.css.
COLOURS = {TARGET: "--xent-target", QUIET: "--xent-quiet", INK: "--xent-ink"}


def inline_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put each SVG that has an alt text into the page, in place of its image."""
    if app.builder.format != "html":
        return
    for number, image in enumerate(list(doctree.findall(nodes.image))):
        path = Path(app.srcdir, image["uri"])
        if path.suffix == ".svg" and image.get("alt"):
            svg = inline(path.read_text(encoding="utf8"), image["alt"], number)
            image.replace_self(nodes.raw("", svg, format="html"))


def inline(svg: str, alt: str, number: int) -> str:
    """The SVG as part of a page, with its alt text and the theme's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # nothing uses these ids
    svg = re.sub(r"\n\s+", "\n", svg)
    # Ids are unique per file, and must become unique on the page.
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>f{number}-", svg)
    svg = PLACES.sub(lambda all_: re.sub(r"(\.\d\d)\d+", r"\1", all_[0]), svg)
    for colour, variable in COLOURS.items():
        svg = svg.replace(colour, f"var({variable})")
    wide, high = map(float, re.findall(r'(?:width|height)="([\d.]+)', svg)[:2])
    kind = "figure-svg high" if high > 0.65 * wide else "figure-svg"
    if " opacity" in svg:
        kind += " pale"  # a halo of its text would be seen on what shines through
    label = f'<svg class="{kind}" role="img" aria-label="{html.escape(alt)}"'
    return svg.replace("<svg", label, 1)


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", inline_figures)
