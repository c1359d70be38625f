"""Convert formulas to HTML and MathML at build time.

Pages then load no script for them, and contact no other host.
"""

import json
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

# Allow names on the terms of a formula, which terms/ adds.
OPTIONS = r"""
    throwOnError: true,
    trust: ({ command }) => command === "\\htmlData",
    strict: (code) => code === "htmlExtension" ? "ignore" : "error",
"""


@cache
def katex() -> quickjs.Context:
    """The KaTeX of sphinxcontrib-katex, in a JavaScript engine inside Python."""
    script = Path(find_spec("sphinxcontrib.katex").origin).with_name("katex.min.js")
    engine = quickjs.Context()
    engine.eval(script.read_text(encoding="utf8"))
    return engine


def render(tex: str, display: bool, named: str | None = None) -> str:
    """The HTML of a formula; `named` is the same formula with names on its terms."""
    named = named or tex
    options = f"{{displayMode: {json.dumps(display)}, {OPTIONS}}}"
    # The engine can't return every plain string intact, but its JSON.
    call = f"katex.renderToString({json.dumps(named)}, {options})"
    try:
        html = json.loads(katex().eval(f"JSON.stringify({call})"))
    except quickjs.JSException as error:
        raise SphinxError(f"KaTeX cannot read {named!r}: {error}") from None
    # Copying the formula gives its source, without the names.
    return html.replace(f">{escape(named)}<", f">{escape(tex)}<")


def visit_inline_math(translator, node: nodes.math) -> None:
    translator.body.append(render(node.astext(), False, node.get("named")))
    raise nodes.SkipNode


def visit_display_math(translator, node: nodes.math_block) -> None:
    # The number is the formula's own \tag, not Sphinx's count.
    formula = render(node.astext(), True, node.get("named"))
    ids = "".join(f'<span id="{i}"></span>' for i in node.get("ids", []))
    translator.body.append(f'<div class="formula" tabindex="0">{ids}{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer(
        "katex", (visit_inline_math, None), (visit_display_math, None)
    )
