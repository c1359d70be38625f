"""Formulas become HTML and MathML at build time.

So a page loads no script for them and asks no other host.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError, SphinxError

SHEET = Path(__file__).parents[1] / "_static/katex/katex.min.css"


@cache
def katex(sheet: Path = SHEET) -> quickjs.Context:
    """The KaTeX of sphinxcontrib-katex, in a JavaScript engine inside Python."""
    script = Path(find_spec("sphinxcontrib.katex").origin).with_name("katex.min.js")
    engine = quickjs.Context()
    engine.eval(script.read_text(encoding="utf8"))
    version = engine.eval("katex.version")
    if f'"{version}"' not in sheet.read_text(encoding="utf8"):
        raise ExtensionError(
            f"{sheet} is not the style sheet of KaTeX {version}: copy that release's"
        )
    return engine


def render(tex: str, display: bool) -> str:
    options = {"displayMode": display, "throwOnError": True, "strict": "error"}
    # A plain string does not survive the way out of the engine; its JSON does.
    call = f"katex.renderToString({json.dumps(tex)}, {json.dumps(options)})"
    try:
        return json.loads(katex().eval(f"JSON.stringify({call})"))
    except quickjs.JSException as error:
        raise SphinxError(f"KaTeX cannot read {tex!r}: {error}") from None


def visit_inline_math(translator, node: nodes.math) -> None:
    translator.body.append(render(node.astext(), display=False))
    raise nodes.SkipNode


def visit_display_math(translator, node: nodes.math_block) -> None:
    # The number is the formula's own \tag, not one that Sphinx counts.
    formula = render(node.astext(), display=True)
    ids = "".join(f'<span id="{i}"></span>' for i in node.get("ids", []))
    translator.body.append(f'<div class="formula" tabindex="0">{ids}{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    katex()  # a style sheet of another version is seen before any page is read
    app.add_html_math_renderer(
        "katex", (visit_inline_math, None), (visit_display_math, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": False}
