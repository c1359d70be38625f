"""The page of questions, from the table chapters/questions.toml.

`python tests/chapters/questions.py > chapters/questions.md` writes it anew.
"""

import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import sources

CHAPTERS = Path(__file__).parents[2] / "chapters"


@cache
def table() -> dict:
    """The groups of questions, and the threads that ask what the book does not say."""
    return tomllib.loads((CHAPTERS / "questions.toml").read_text(encoding="utf8"))


def page() -> str:
    """The page of all questions."""
    groups = [f"## {one['title']}\n\n{''.join(items(one))}" for one in table()["group"]]
    return "\n".join(["# Questions people ask\n", INTRODUCTION + "\n", *groups])


def items(group: dict) -> Iterator[str]:
    for one in group["question"]:
        asked = f"[asked here](bibliography.md#{sources.slug(one['asked'])})"
        link = f"[{one['asks']}]({one['section']})"
        yield f"- {link} {one['answer']} {asked}\n"


INTRODUCTION = (
    "Each of these was asked in public, most of them many times. The question leads to "
    "the section that answers it."
)

if __name__ == "__main__":
    sys.stdout.write(page())
