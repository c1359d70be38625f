"""The live parts' scripts and style sheets, on the pages that have such a part.

`<xent-bets>` on a page brings `parts/bets/bets.js` and `bets.css`, after what all parts
share.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

BOOK = Path(__file__).parents[1]
SCRIPTS = [*BOOK.glob("parts/**/*.js"), *BOOK.glob("site/terms/*.js")]


def find_parts(app: Sphinx, config: object) -> None:
    sheets = [script.with_suffix(".css") for script in SCRIPTS]
    app.config.html_static_path += map(str, [*SCRIPTS, *sheets])


def load_parts(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    tags = set(re.findall(r"<xent-(\w+)", context.get("body", "")))
    for name in ["live", *sorted(tags)] if tags else []:
        # Named, so that these sheets stay apart when the others become one.
        app.add_css_file(f"{name}.css", priority=900, **{"data-part": name})
        app.add_js_file(f"{name}.js", priority=900, loading_method="defer")


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", find_parts)
    app.connect("html-page-context", load_parts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
