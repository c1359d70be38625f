"""The live parts' scripts and style sheets, on the pages that have such a part.

`<xent-bets>` on a page brings `_live/bets.js` and `_live/bets.css`, after what all
parts share.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

FOLDER = Path(__file__).parents[1] / "_live"


def find_parts(app: Sphinx, config: object) -> None:
    app.config.html_static_path.append(str(FOLDER))


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
