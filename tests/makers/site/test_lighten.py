"""Pages become lighter, or the build warns and leaves them as they were."""

import re
import shutil

import pytest
from fontTools.ttLib import TTFont

from xent_book.site.fonts import STATIC
from xent_book.site.lighten import ICONS, SHEET

# Any font with characters for private use will do for one of icons.
SCRIPT = "_static/scripts/small-theme.js"
FONT = STATIC / "katex/fonts/KaTeX_AMS-Regular.woff2"

LAYOUT = """<html data-theme="auto"><head>
<meta name="viewport" content="width=device-width"><meta name="viewport" content="x"/>
<script>theme = localStorage.getItem("theme") || "auto"</script>
<link rel="stylesheet" href="{{ pathto('_static/styles/theme.css', 1) }}?v=1">
<link href="{{ pathto('_static/parts/part.css', 1) }}" rel="stylesheet" />
<link rel="stylesheet" href="{{ pathto('_static/bets.css', 1) }}" data-part="bets">
<link rel="preload" as="script" href="early.js">
<script defer src="/fontawesome.js?v=1"></script>
<script src="documentation_options.js"></script>
<script src="late.js"></script>
<script src="{{ pathto('searchindex.js', 1) }}"></script>
<script src="doctools.js"></script><script defer src="a/bootstrap.js?digest=1"></script>
<script>console.log("[PST]: noise"); console.log("news")</script>
</head><body class="used">{% block body %}{% endblock %}</body></html>
"""
THEME = {
    "theme.conf": "[theme]\ninherit = basic\n",
    "layout.html": LAYOUT,
    "_static/styles/theme.css": (
        '@import "../more.css"; .used::before { content: "\\e006" }'
    ),
    "_static/more.css": ".imported, .script { color: red } .gone { color: blue }",
    "_static/bets.css": ".used { color: var(--by-part) }",
    "_static/parts/part.css": (
        "@font-face { src: url(a.woff2), url('../b.woff2'), url(data:x) }"
        "@media print { .used, .gone { color: red } .gone.used { color: blue } }"
        "@media (max-width:991.98px) { .used { width: 10px; color: red } }"
        ".used:not(.gone) {\n\n  color: red;\n} .used .gone { color: blue }"
        "html{/* --no: */--asked:url(data:y;z);--gone:url(\"d;'(x)'\");"
        "--by-script:1;--by-part:2;--no-more:var(--left)}"
        ".used{--left:blue;color:var(--asked)} @media print{.used{--left:blue}}"
        ".carousel { color: blue }"
    ),
    "_static/theme.js": "add('script', '--by-script')",
    "_static/bootstrap.js": "add('carousel')",
    SCRIPT: '("pre",".jp-RenderedHTMLCommon",".a").forEach(x=>{x.tabIndex=x.top});'
    "console.log(`[PST]: noise`); matchMedia('(min-width: 992px)')",
}


@pytest.fixture
def lightened(build, tmp_path):
    """A book in a small theme that looks like the real one, but for some changes."""

    def build_in_theme(
        changes=(),
        icons=ICONS,
        text="imported",
        extensions=("site.lighten",),
        **options,
    ):
        theme = tmp_path / "themes/small"
        for name, content in {**THEME, **dict(changes)}.items():
            path = theme / name.replace("_static", "static")
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():  # a newer theme would have all pages written anew
                path.write_text(content, encoding="utf8")
        path = theme / icons.replace("_static", "static")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FONT, path)
        look = {"html_theme": "small", "html_theme_path": [str(theme.parent)]}
        files = {"chapters/other.rst": ":orphan:\n\nAnother page."}
        return build(text, *extensions, files=files, **look, **options)

    return build_in_theme


@pytest.fixture
def book(lightened):
    built = lightened(strict=True)
    assert built.warnings == ""
    assert built.status == 0
    return built


@pytest.fixture
def css(book):
    return (book.out / SHEET).read_text(encoding="utf8")


def test_a_page_has_one_style_sheet_and_those_of_its_live_parts(book):
    assert re.findall(r'<link[^>]*"stylesheet"[^>]*>', book.page) == [
        f'<link rel="stylesheet" href="{SHEET}">',
        '<link rel="stylesheet" href="_static/bets.css" data-part="bets">',
    ]


def test_the_rules_that_can_match_are_kept_and_no_others(css):
    assert ".imported, .script" in css, "an imported style sheet is missing"
    assert ".used:not(.gone) {color: red;}" in css, "it is missing, or indented"
    assert "@media print" in css
    assert "red" in css
    assert "blue" not in css


def test_values_are_kept_that_something_asks_for(css):
    assert "html{--asked:url(data:y;z);--by-script:1;--by-part:2;}" in css
    assert ".used{color:var(--asked)}" in css


def test_bootstrap_goes_and_with_it_what_it_names(book, css):
    assert "bootstrap" not in book.page
    assert "carousel" not in css


def test_imported_rules_come_first(css):
    assert css.index(".imported") < css.index(".used::before") < css.index("@media")


def test_addresses_are_seen_from_the_one_style_sheet(css):
    assert re.findall(r"url\((.*?)\)", css) == [
        "../parts/a.woff2",
        "../b.woff2",
        "data:x",
        "data:y;z",
    ]


def test_the_font_has_the_icons_in_use(book):
    assert set(TTFont(book.out / ICONS).getBestCmap()) == {0xE006}


def test_scripts_wait_or_are_gone_but_for_the_options(book):
    assert re.findall(r"<script.*?src=.*?>", book.page) == [
        '<script src="documentation_options.js">',
        '<script defer src="late.js">',
    ]
    assert "preload" not in book.page


def test_the_colours_do_not_wait(book):
    assert '<html data-theme="light">' in book.page
    assert "<script>theme = document.documentElement.dataset.mode" in book.page


def test_a_page_says_once_how_wide_it_is(book):
    assert book.page.count('name="viewport"') == 1


def test_the_theme_is_quiet_and_the_book_is_not(book):
    script = (book.out / SCRIPT).read_text(encoding="utf8")
    assert "console.log" not in script
    assert len(script) == len(THEME[SCRIPT]), "the source map no longer fits"
    assert re.findall(r"console\.log\((.*?)\)", book.page) == ['"news"']


def test_the_theme_measures_nothing_in_folds_that_are_closed(book):
    script = (book.out / SCRIPT).read_text(encoding="utf8")
    measures = "x=>{x.checkVisibility()&&(x.tabIndex=x.top)  })"
    assert script.startswith(f'("pre",".a").forEach({measures}')


def test_the_widths_at_which_the_theme_changes_go_with_the_letters(book, css):
    assert "@media (max-width:61.9988em" in css
    assert "width: 10px" in css
    script = (book.out / SCRIPT).read_text(encoding="utf8")
    assert script.endswith("matchMedia('(min-width: 62em )')")


def test_only_the_page_of_the_search_loads_its_index(book):
    search = (book.out / "search.html").read_text(encoding="utf8")
    other = (book.out / "chapters/other.html").read_text(encoding="utf8")
    assert '<script defer src="searchindex.js"></script>' in search
    assert "searchindex.js" not in book.page + other
    assert "doctools.js" not in search + book.page + other
    assert "late.js" in book.page


def test_a_page_in_a_folder_finds_the_style_sheet(book):
    other = (book.out / "chapters/other.html").read_text(encoding="utf8")
    assert f'href="../{SHEET}"' in other


def test_a_build_of_one_page_leaves_the_others_light(book, lightened):
    first = contents(book.out)
    again = lightened(text="imported anew", anew=False)
    second = contents(again.out)
    assert (again.warnings, again.page.count('"stylesheet"')) == ("", 2)
    assert {path for path in first if first[path] != second[path]} == {
        "index.html",
        "searchindex.js",
    }


def test_a_build_of_no_page_changes_nothing(book, lightened):
    first = contents(book.out)
    again = lightened(anew=False)
    assert (again.warnings, contents(again.out)) == ("", first)


ICON = THEME["_static/styles/theme.css"]
BROKEN = {
    "has no <script": {"layout.html": LAYOUT.replace("fontawesome", "other")},
    r"has no \s*<meta": {"layout.html": LAYOUT.replace("viewport", "other")},
    "has no <link": {"layout.html": LAYOUT.replace('as="script"', "")},
    "names an icon": {"layout.html": LAYOUT.replace('"stylesheet"', "x")},
    "lost.css": {"layout.html": LAYOUT.replace("theme.css", "lost.css")},
    "has <ParseError": {"_static/styles/theme.css": f"{ICON} what is this"},
    "has <AtRule": {"_static/styles/theme.css": f"@import url(../more.css); {ICON}"},
}
BROKEN = {says: {"changes": changes} for says, changes in BROKEN.items()}
BROKEN["solid-900.woff2"] = {"icons": "_static/icons.woff2"}


@pytest.mark.parametrize("says", BROKEN)
def test_an_unexpected_theme_is_left_alone_with_a_warning(lightened, says):
    broken = BROKEN[says]
    built = lightened(**broken)
    found = contents(built.out)
    assert "WARNING: The theme is not as lighten.py expects" in built.warnings
    assert says in built.warnings
    assert built.status == 0, "a reader gets no book"
    assert lightened(**broken, strict=True).status == 1, "make test does not notice"
    assert found == contents(lightened(**broken, extensions=()).out)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in {".html", ".css", ".js", ".woff2"}
    }
