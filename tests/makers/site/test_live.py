"""A page loads the scripts and styles of its live parts, and of no others."""

import re

from xent_book.site import live

PARTS = """
Games and their sums.

.. raw:: html

   <xent-game config="{}"></xent-game><xent-averages config="{}"></xent-averages>
"""


def loaded(page):
    names = re.findall(r'<(?:link|script)[^>]*?(\w+)\.(css|js)[?"]', page)
    return [f"{name}.{kind}" for name, kind in names]


def test_the_script_that_all_parts_share_comes_first(build):
    built = build(PARTS, "site.live", strict=True)
    assert built.status == 0, built.warnings
    for kind, shared in (("css", []), ("js", ["live"])):  # its style is on all pages
        found = [name for name in loaded(built.page) if name.endswith(kind)]
        parts = [f"{name}.{kind}" for name in (*shared, "averages", "game")]
        assert [name for name in found if name in {*parts, "live.css"}] == parts
        for name in parts:
            assert (built.out / "_static" / name).exists()


def test_a_page_loads_no_comments_and_no_indentation(build, tmp_path, monkeypatch):
    sources = {
        "live.css": "/* A\n rule. */\n.a > b {\n  top: 0.5px !important; /* up */\n}\n",
        "live.js": "// A\na = `\n  // b, c;\n ${ b(` c`) }\n`; // 2\n f(/ /, b - -c)\n",
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    monkeypatch.setattr(live, "SCRIPTS", [tmp_path / "live.js"])
    static = build(PARTS, "site.live", strict=True).out / "_static"
    served = {name: (static / name).read_text() for name in sources}
    assert served == {
        "live.css": "@layer parts{.a>b{top:.5px !important}}",
        "live.js": "a=`\n  // b, c;\n ${b(` c`)}\n`;f(/ /,b- -c)\n",
    }


def test_a_page_without_parts_loads_none_of_them(build):
    page = build("No live part.", "site.live").page
    assert not {"live.js", "game.js", "game.css"} & set(loaded(page))
