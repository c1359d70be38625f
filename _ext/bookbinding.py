"""What turns the pages into this book: formulas, figures, and the repository's address.

Formulas become HTML + MathML at build time, so that a page loads no script and
asks no other host. Figures become part of the page, so that they follow its theme.
"""

import html
import json
import os
import re
import textwrap
from importlib.util import find_spec
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError, SphinxError

ROOT = Path(__file__).parent.parent
# The figures' three colours (xent_lib/book/figures.py) as variables of book.css.
COLOURS = {
    "#c2410c": "--xent-target",
    "#5b7083": "--xent-quiet",
    "#1f2933": "--xent-ink",
}


class Katex:
    """The KaTeX of sphinxcontrib-katex, in a JavaScript engine inside Python."""

    def __init__(self) -> None:
        module = Path(find_spec("sphinxcontrib.katex").origin)
        script = module.with_name("katex.min.js")
        self.js = quickjs.Context()
        self.js.eval(script.read_text(encoding="utf8"))
        version, css = (
            self.js.eval("katex.version"),
            ROOT / "_static/katex/katex.min.css",
        )
        if f'"{version}"' not in css.read_text(encoding="utf8"):
            raise ExtensionError(
                f"{css} is not the stylesheet of KaTeX {version}: copy that release's"
            )

    def render(self, tex: str, display: bool) -> str:
        options = {"displayMode": display, "throwOnError": True, "strict": "error"}
        # A plain string does not survive the way out of the engine; its JSON does.
        call = f"katex.renderToString({json.dumps(tex)}, {json.dumps(options)})"
        try:
            return json.loads(self.js.eval(f"JSON.stringify({call})"))
        except quickjs.JSException as error:
            raise SphinxError(f"KaTeX cannot read {tex!r}: {error}") from None


def visit_inline_math(translator, node: nodes.math) -> None:
    translator.body.append(
        translator.builder.app.katex.render(node.astext(), display=False)
    )
    raise nodes.SkipNode


def visit_display_math(translator, node: nodes.math_block) -> None:
    # The number is the formula's own \tag, not one that Sphinx counts.
    formula = translator.builder.app.katex.render(node.astext(), display=True)
    ids = "".join(f'<span id="{i}"></span>' for i in node.get("ids", []))
    translator.body.append(f'<div class="formula" tabindex="0">{ids}{formula}</div>')
    raise nodes.SkipNode


def inline_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put each SVG output into the page, with its alt text and the theme's colours."""
    if app.builder.format != "html":
        return
    for number, image in enumerate(list(doctree.findall(nodes.image))):
        path = Path(app.srcdir, image["uri"])
        if path.suffix != ".svg" or not image.get("alt"):
            continue
        svg = path.read_text(encoding="utf8")
        svg = svg[svg.index("<svg") :]
        svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
        # Ids are unique in a file, and must be so on the page.
        svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>f{number}-", svg)
        for colour, variable in COLOURS.items():
            svg = svg.replace(colour, f"var({variable})")
        alt = html.escape(image["alt"])
        svg = svg.replace(
            "<svg", f'<svg class="figure-svg" role="img" aria-label="{alt}"', 1
        )
        image.replace_self(nodes.raw("", svg, format="html"))


def describe(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Say to search engines and messengers what the page is about: its first words."""
    context["script_files"] = [
        # thebe's address is declared twice, an error in every console; nothing uses it.
        script
        for script in context.get("script_files", [])
        if "thebe" not in str(script).lower()
    ]
    paragraph = doctree and doctree.next_node(nodes.paragraph)
    if not paragraph:
        return
    text = textwrap.shorten(paragraph.astext(), 160, placeholder=" …")
    address = app.config.html_baseurl
    tags = {
        "og:type": "article",
        "og:site_name": app.config.html_title,
        "og:title": context["title"],
        "og:description": text,
    }
    if address:
        tags["og:url"] = f"{address}{pagename}.html"
        tags["og:image"] = f"{address}_static/social-card.png"
        tags["twitter:card"] = "summary_large_image"
    context["metatags"] += f'<meta name="description" content="{html.escape(text)}">\n'
    for name, content in tags.items():
        content = html.escape(re.sub("<[^>]*>", "", content))
        context["metatags"] += f'<meta property="{name}" content="{content}">\n'


def map_site(app: Sphinx, exception: Exception | None) -> None:
    """A site map, where the address of the site is known."""
    if not exception and app.builder.format == "html" and app.config.html_baseurl:
        pages = sorted(app.env.found_docs)
        lines = [f"{app.config.html_baseurl}{page}.html" for page in pages]
        Path(app.outdir, "sitemap.txt").write_text("\n".join(lines) + "\n")


def settle_config(app: Sphinx, config: object) -> None:
    """What _config.yml cannot: no figure numbers, and where the repository is."""
    app.config.numfig = False  # sphinx-jupyterbook-latex switches it on, for pages too
    repository = os.environ.get("GITHUB_REPOSITORY")
    if repository:
        owner, name = repository.split("/")
        app.config.html_baseurl = f"https://{owner.lower()}.github.io/{name}/"
        app.config.html_theme_options |= {
            "repository_url": f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}",
            "repository_branch": os.environ.get("GITHUB_REF_NAME", "main"),
            "path_to_docs": "",
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
            "launch_buttons": {
                "binderhub_url": "https://mybinder.org",
                "notebook_interface": "jupyterlab",
            },
        }


def setup(app: Sphinx) -> dict:
    app.katex = Katex()
    app.add_html_math_renderer(
        "katex", (visit_inline_math, None), (visit_display_math, None)
    )
    app.connect("config-inited", settle_config, priority=900)
    app.connect("doctree-resolved", inline_figures)
    app.connect("html-page-context", describe, priority=900)
    app.connect("build-finished", map_site)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
