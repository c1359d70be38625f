"""A page requests its fonts at once, and they contain what it shows."""

import re

from fontTools.ttLib import TTFont

from xent_book.site.fonts import PRELOADED, STATIC, cut_font, formulas
from xent_book.site.katex import render

PROSE = ["figtree-latin-wght-normal.woff2", "charis-sil-latin-400-normal.woff2"]
FORMULA = r":math:`o_i = \sum_{a} \frac{1}{2}`"
EXTENSIONS = {"html_math_renderer": "katex", "html_static_path": [str(STATIC)]}


def fonts(page):
    return [font.rpartition("/")[2] for font in PRELOADED.findall(page)]


def build_pages(build, text, **options):
    files = {"chapters/other.rst": ":orphan:\n\nNothing but prose."}
    return build(text, "site.katex", "site.fonts", files=files, **EXTENSIONS, **options)


def test_a_page_asks_for_the_fonts_of_its_prose_and_of_its_formulas(build):
    built = build_pages(build, FORMULA, strict=True)
    assert built.status == 0, built.warnings
    other = (built.out / "chapters/other.html").read_text(encoding="utf8")
    assert fonts(other) == PROSE
    assert fonts(built.page) == [
        *fonts(other),
        "KaTeX_Main-Regular.woff2",
        "KaTeX_Math-Italic.woff2",
        "KaTeX_Size1-Regular.woff2",
    ]
    assert '["../_static/figtree/' in other
    assert other.index("preload") < other.index("stylesheet")


def test_a_page_of_the_theme_asks_for_the_font_of_its_title(build):
    built = build("Text.", "site.fonts", "site.theme", html_theme="xent")
    page = (built.out / "search.html").read_text(encoding="utf8")
    assert "charis-sil-latin-700-normal.woff2" in fonts(page)


def test_what_a_fold_hides_asks_for_no_font(build):
    fold = (
        f".. raw:: html\n\n   <details>\n\n{FORMULA}\n\n.. raw:: html\n\n   </details>"
    )
    built = build_pages(build, f"{fold}\n\nProse.")
    assert fonts(built.page) == PROSE


def test_a_font_has_the_characters_in_use_and_no_others(build):
    built = build_pages(build, f"Curly “quotes”, and é. {FORMULA}")
    names = PRELOADED.findall(built.page)
    sans, serif, formulas = (
        set(TTFont(built.out / "_static" / font).getBestCmap()) for font in names[:3]
    )
    assert {ord(letter) for letter in "AZaz09“”é"} <= serif & sans
    assert ord("ü") not in serif | sans
    assert ord("a") in formulas
    assert ord("Q") not in formulas
    again = build_pages(build, "Now ü.", anew=False)
    assert ord("ü") in TTFont(again.out / "_static" / names[0]).getBestCmap()


def test_a_face_of_few_words_has_the_rare_signs_of_these_alone(build):
    built = build_pages(build, "An *é*, a **ü**, an ö.\n\nTitle ß\n=======")
    italic, bold = (
        set(
            TTFont(
                built.out / f"_static/charis/charis-sil-latin-{style}.woff2"
            ).getBestCmap()
        )
        for style in ("400-italic", "700-normal")
    )
    assert {chr(sign) for sign in italic if sign > 255 or chr(sign) in "éüöß"} >= {
        "é",
        "−",
    }
    assert {chr(sign) for sign in italic & set(map(ord, "éüöß"))} == {"é"}
    assert {chr(sign) for sign in bold & set(map(ord, "éüöß"))} == {"ü", "ß"}


def test_the_fonts_that_are_named_are_there():
    sheet = (STATIC.parent / "type.css").read_text(encoding="utf8")
    for path in re.findall(r"url\((\w+/.*?)\)", sheet):
        assert (STATIC / path).exists()
        assert (STATIC / path).with_name("LICENSE").exists()


def test_the_text_of_formulas_is_all_of_it_and_nothing_else():
    formula = render(r"b \log 2", display=False)
    page = f"<p><span>a</span> {formula} <span>c</span></p>"
    assert set(formulas(page)) - {"\u200b"} == set("blog2")


def test_a_sign_stands_close_to_its_number(tmp_path):
    for path in STATIC.glob("charis/*.woff2"):
        cut_font(path, set("−x"), tmp_path / path.name)
        with TTFont(path) as whole, TTFont(tmp_path / path.name) as font:
            width, left = font["hmtx"]["minus"]
            glyph = font["glyf"]["minus"]
            assert width < 0.81 * whole["hmtx"]["minus"][0]
            assert (glyph.xMin, width - glyph.xMax) == (left, left)
            assert font["hmtx"]["x"] == whole["hmtx"]["x"]


def test_ln_has_an_l_that_is_no_capital_i(tmp_path):
    made = tmp_path / "figtree.woff2"
    cut_font(STATIC / "figtree/figtree-latin-wght-normal.woff2", set("Iln p"), made)
    font = TTFont(made)
    glyphs, rules = font["glyf"], font["GSUB"].table
    features = rules.FeatureList.FeatureRecord
    [calt] = [one.Feature for one in features if one.FeatureTag == "calt"]
    for script in rules.ScriptList.ScriptRecord:
        assert 0 in script.Script.DefaultLangSys.FeatureIndex
    lookups = rules.LookupList.Lookup
    [ways] = (lookups[k].SubTable for k in calt.LookupListIndex)
    assert len(ways) == 3, "not inside of a word: kiln, lnx"
    [record] = ways[-1].SubstLookupRecord
    [[plain, other]] = lookups[record.LookupListIndex].SubTable[0].mapping.items()
    assert plain == font.getBestCmap()[ord("l")]
    assert glyphs[other].xMax > glyphs[plain].xMax + 100
    assert glyphs[other].yMax == glyphs[plain].yMax
