"""The book by plain Sphinx, without Jupyter Book: the settings are in `_config.yml`."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))

html_title = settings["title"]
globals().update(settings["sphinx"]["config"])
extensions = [
    name
    for name in settings["sphinx"]["config"]["extensions"]
    if name not in {"jupyter_book", "sphinx_comments"}
]
