"""The fonts of a page: asked for with the page, and cut to the characters in use.

A style sheet names its fonts late, and then the text moves that is there already.
"""

import copy
import json
import re
import string
from html import unescape
from pathlib import Path

from bs4 import BeautifulSoup, SoupStrainer
from fontTools import subset
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from sphinx.application import Sphinx

HERE = Path(__file__).parent
STATIC = HERE / "theme/static"
# What in a page's HTML wants which font: of what stands around the prose, of the prose,
# and of KaTeX.
FONTS = {
    "": "figtree/figtree-latin-wght-normal",
    "<p>": "charis/charis-sil-latin-400-normal",
    "<h1": "charis/charis-sil-latin-700-normal",
    "<(em|cite)>": "charis/charis-sil-latin-400-italic",
    'class="katex"': "katex/fonts/KaTeX_Main-Regular",
    r"\bmathnormal\b": "katex/fonts/KaTeX_Math-Italic",
    r"\bmathbb\b": "katex/fonts/KaTeX_AMS-Regular",
    r"\b(delimsizing size1|small-op)\b": "katex/fonts/KaTeX_Size1-Regular",
    r"\b(delimsizing size2|large-op)\b": "katex/fonts/KaTeX_Size2-Regular",
}
# Two faces set few words, and need the rarer signs of these alone.
STYLES = {
    "italic": re.compile(r"<(em|i|cite)\b[^>]*>(.*?)</\1>", re.DOTALL),
    "700": re.compile(r"<(h\d|strong|b|th|dt)\b[^>]*>(.*?)</\1>", re.DOTALL),
}
SIGNS = string.printable + "−×·…–“”‘’"
OPTIONS = subset.Options(
    flavor="woff2", hinting=False, layout_features=["calt", "ccmp", "liga", "tnum"]
)
# Not from disk, where a browser refuses to, and says so.
PRELOAD = """<script>if (location.protocol !== "file:") for (const href of {})
document.head.append(Object.assign(document.createElement("link"),
{{ rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href }}));</script>
"""
# Fonts that most machines have, and how much larger they must be to be as wide as
# Charis: upright, in italics and bold.
INSTEAD = {
    "Times": (("Times New Roman", "Liberation Serif"), (111.2, 104.2, 113.0)),
    "DejaVu": (("DejaVu Serif",), (87.2, 81.8, 85.0)),
}
FACES = {"": "", " Italic": "font-style:italic;", " Bold": "font-weight:600 700;"}
STAND_IN = (
    '@font-face{{font-family:"{} as Charis";{}src:{};size-adjust:{}%;'
    "ascent-override:{:.1f}%;descent-override:{:.1f}%}}"
)
# Figtree's l is its I: as a word of its own, ln has an l with the tail of a t.
LN = """languagesystem DFLT dflt; @letter = [a-z A-Z];
feature calt {
    ignore substitute @letter l' n, l' n @letter; substitute l' n by l.tail;
} calt;"""
TAIL = [0, 1, 2, 3, 8, 9, *range(14, 24)]  # of the outline of t: its stem, and the tail
TOP = TAIL.index(8), TAIL.index(9)
ASCENT, DESCENT = 119.63, 43.95  # of Charis, in percent of its size
PRELOADED = re.compile(r'_static/([^" ]+\.woff2)"')


def stand_ins() -> str:
    """What stands in for Charis until it is there: as wide, and lines as high."""
    found = ""
    for name, (fonts, sizes) in INSTEAD.items():
        for (face, style), size in zip(FACES.items(), sizes, strict=True):
            places = ",".join(f'local("{font}{face}")' for font in fonts)
            high, deep = 100 * ASCENT / size, 100 * DESCENT / size
            found += STAND_IN.format(name, style, places, size, high, deep)
    return found


def formulas(pages: str) -> str:
    """The text of all formulas of these pages."""
    only = SoupStrainer(class_="katex-html")
    return BeautifulSoup(pages, "html.parser", parse_only=only).get_text()


def preload(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Ask for the fonts of the page's prose and of its formulas."""
    # What a fold hides, or what opens beside the text, needs no font yet.
    hidden = r"<(details|template).*?</\1>"
    body = context.get("body", "<h1>")  # a page of the theme's own has a title, too
    shown = re.sub(hidden, "", body, flags=re.DOTALL)
    fonts = [
        context["pathto"](f"_static/{font}.woff2", 1)
        for pattern, font in FONTS.items()
        if re.search(pattern, shown)
    ]
    tag = PRELOAD.format(json.dumps(fonts))
    context["metatags"] = context.get("metatags", "") + tag


def cut(app: Sphinx, exception: Exception | None) -> None:
    """Leave in those fonts the characters that pages and scripts can show."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = "".join(page.read_text("utf8") for page in out.rglob("*.html"))
    scripts = [script.read_text("utf8") for script in HERE.parent.rglob("*.js")]
    prose, tex = unescape("".join([string.printable, pages, *scripts])), formulas(pages)
    styled = {
        style: SIGNS + unescape("".join(text for _, text in tags.findall(pages)))
        for style, tags in STYLES.items()
    }
    for font in set(PRELOADED.findall(pages)):
        text = tex if "katex" in font else prose
        text = next((styled[style] for style in styled if style in font), text)
        cut_font(STATIC / font, set(text), out / "_static" / font)


def tail_l(font: TTFont) -> None:
    """Give Figtree the l of ln, in all its weights."""
    glyf, gvar, gsub = font["glyf"], font["gvar"].variations, font["GSUB"].table
    t, stem, high = glyf["t"], glyf["l"].coordinates[0][0], glyf["l"].coordinates[1][1]
    aside, made = stem - t.coordinates[3][0], Glyph()
    points = [(t.coordinates[k][0] + aside, t.coordinates[k][1]) for k in TAIL]
    for k in TOP:
        points[k] = points[k][0], high
    made.numberOfContours, made.endPtsOfContours = 1, [len(TAIL) - 1]
    made.coordinates, made.program = GlyphCoordinates(points), glyf["l"].program
    made.flags = bytearray(t.flags[k] for k in TAIL)
    glyf["l.tail"] = made
    font.setGlyphOrder([*glyf.glyphOrder])
    made.recalcBounds(glyf)
    font["hmtx"]["l.tail"] = font["hmtx"]["t"][0] + aside, made.xMin
    font["HVAR"].table.AdvWidthMap.mapping["l.tail"] = font[
        "HVAR"
    ].table.AdvWidthMap.mapping["t"]
    gvar["l.tail"] = [copy.deepcopy(one) for one in gvar["t"]]
    for one in gvar["l.tail"]:
        one.coordinates = [one.coordinates[k] for k in (*TAIL, *range(-4, 0))]
        for k in TOP:
            one.coordinates[k] = one.coordinates[k][0], 0
    # Its rule comes before those that the font has.
    rules = TTFont()
    rules.setGlyphOrder(font.getGlyphOrder())
    addOpenTypeFeaturesFromString(rules, LN, tables=["GSUB"])
    new, lookups = rules["GSUB"].table, gsub.LookupList.Lookup
    for table in new.LookupList.Lookup[0].SubTable:
        for record in table.SubstLookupRecord:
            record.LookupListIndex += len(lookups)
    [calt] = new.FeatureList.FeatureRecord
    at = [k + len(lookups) for k in calt.Feature.LookupListIndex]
    calt.Feature.LookupListIndex = at
    lookups += new.LookupList.Lookup
    gsub.LookupList.LookupCount = len(lookups)
    gsub.FeatureList.FeatureRecord.insert(0, calt)
    for script in (one.Script for one in gsub.ScriptList.ScriptRecord):
        for of in script.DefaultLangSys, *(x.LangSys for x in script.LangSysRecord):
            of.FeatureIndex = [0, *(k + 1 for k in of.FeatureIndex)]
    for record in gsub.FeatureVariations.FeatureVariationRecord:
        for one in record.FeatureTableSubstitution.SubstitutionRecord:
            one.FeatureIndex += 1


def cut_font(source: Path, letters: set[str], target: Path) -> None:
    with subset.load_font(source, OPTIONS) as font:
        if "figtree" in source.name:
            tail_l(font)
        cutter = subset.Subsetter(OPTIONS)
        cutter.populate(text="".join(letters))
        cutter.subset(font)
        # Charis gives each sign an em, as between numbers; most here belong to one.
        for sign in set("+−=×") & letters if "charis" in source.name else ():
            name = font.getBestCmap()[ord(sign)]
            width, left = font["hmtx"][name]
            font["glyf"][name].coordinates.translate((-left // 2, 0))
            font["glyf"][name].recalcBounds(font["glyf"])
            font["hmtx"][name] = width - left, left - left // 2
        subset.save_font(font, target, OPTIONS)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", preload)
    app.connect("build-finished", cut)
