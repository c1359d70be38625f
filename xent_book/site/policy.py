"""A content security policy for each page: its own scripts, and no other host.

The book may be on any host or on disk, so the policy is in the page itself. It is
written last, when the inline scripts no longer change.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from sphinx.application import Sphinx

META = '<meta http-equiv="Content-Security-Policy" content="{}">'
SAID = re.compile(META.format("[^>]*"))
FIRST = '<meta charset="utf-8" />'
INLINE = re.compile(r"<script(?![^>]* src=)[^>]*>(.*?)</script>", re.S)


def needs(page: str) -> dict[str, list[str]]:
    """The policy of a page. KaTeX, figures and parts use inline styles; Firefox checks
    prefetched pages against the default."""
    digests = (sha256(x.encode()).digest() for x in INLINE.findall(page))
    scripts = dict.fromkeys(f"'sha256-{b64encode(x).decode()}'" for x in digests)
    policy = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *scripts],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'none'"],
        "worker-src": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    if "/run.js" in page:  # Python's worker is a blob, so it inherits the page's policy
        policy["script-src"].append("'wasm-unsafe-eval'")
        policy["connect-src"] = ["'self'"]
        policy["worker-src"] = ["'self'", "blob:"]
    elif "<xent-sentence" in page:  # whose model is a worker
        policy["worker-src"] = ["'self'"]
    return policy


def guard(page: str) -> str:
    """The page with its policy, before everything that it applies to."""
    page = SAID.sub("", page)
    policy = "; ".join(" ".join([name, *what]) for name, what in needs(page).items())
    return page.replace(FIRST, f"{FIRST}{META.format(policy)}", 1)


def guard_book(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf8")
        path.write_text(guard(page), encoding="utf8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", guard_book, priority=950)
