"""Write the exercises of a class, and their key, as two pages to print.

    python -m xent_book.teaching SEED

The seed is any text. The same seed gives the same numbers, on every machine.
"""

import argparse
import html
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt

from . import exercises

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.5 serif }}
h2 {{ margin: 1.5rem 0 0.25rem; font-size: 1.2rem; break-after: avoid }}
p {{ margin: 0; break-inside: avoid }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def page(title: str, texts: Sequence[tuple[str, str]]) -> str:
    """A page of its own: its title, and exercises in Markdown, each with a heading."""
    told = [f"## Exercise {n}: {x}\n\n{y}" for n, (x, y) in enumerate(texts, 1)]
    body = MarkdownIt().render("\n\n".join(told))
    return PAGE.format(title=html.escape(title), body=body)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m xent_book.teaching",
        description="Write exercises with numbers of their own, and their key.",
    )
    parser.add_argument("seed", help="any text, such as a word that only you know")
    seed = parser.parse_args(arguments).seed
    if not seed.strip():
        parser.error(f"argument seed: expected a word or a number, got {seed!r}")
    made = list(exercises(seed))
    questions = [(one.title, one.question) for one in made]
    answers = [(f"{x.title} (Chapter {x.chapter})", x.answer) for x in made]
    for name, title, texts in (
        ("exercises", "Exercises: cross-entropy loss", questions),
        ("key", f"Answer key for the seed {seed}", answers),
    ):
        path = Path(f"{name}.html")
        path.write_text(page(title, texts), encoding="utf8")
        print(path)


if __name__ == "__main__":
    main()
