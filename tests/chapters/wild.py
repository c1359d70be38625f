"""The page of what the doctor found in public code, from the table chapters/wild.toml.

`python tests/chapters/wild.py > chapters/what-the-doctor-found.md` writes it anew, and
`make wild` compares the table with what the doctor says.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "tests/makers/wild/reports"
NOTHING, BUG = "nothing wrong", "bug"
CHOICES = {
    "documented choice": "Choices that the code explains",
    "undocumented choice": "Choices without a word about them",
    "teaching device": "A teaching device",
}
KINDS = (NOTHING, BUG, *CHOICES)


@cache
def table() -> list[dict[str, Any]]:
    text = (ROOT / "chapters/wild.toml").read_text(encoding="utf8")
    return tomllib.loads(text)["function"]


def of(kind: str) -> list[dict[str, Any]]:
    return [one for one in table() if one["kind"] == kind]


def address(one: dict[str, Any]) -> str:
    """The line at its commit."""
    file = f"{one['repository']}/blob/{one['commit']}/{one['path']}"
    return f"https://github.com/{file}#L{one['line']}"


def link(one: dict[str, Any]) -> str:
    return f"[{home(one)}, `{one['object']}`]({address(one)})"


def numbers(one: dict[str, Any]) -> str:
    """What it gives, and what is right, if both are numbers."""
    if not re.fullmatch(r"[−\d.]+", one["gives"]):
        return ""
    given = f" On “{one['on']}”, it gives {one['gives']}"
    return f"{given}; the doctor expects {one['right']}."


def home(one: dict[str, Any]) -> str:
    """The repository, and its commit."""
    return f"{one['repository']}, {one['commit'][:7]}"


def healthy(where: str) -> str:
    """What has nothing wrong in a repository."""
    found = [one for one in of(NOTHING) if home(one) == where]
    return f"- {where}: {', '.join(map(with_notes, found))}"


def with_notes(one: dict[str, Any]) -> str:
    """A link, and what it does on purpose, or can’t do."""
    notes = [f"`{name.removeprefix('– ')}`" for name in one.get("finds", ())]
    notes += [one["says"]] if "says" in one else []
    told = f" ({', '.join(notes)})" if notes else ""
    return f"[`{one['object']}`]({address(one)}){told}"


def bug(one: dict[str, Any]) -> str:
    """The report to its maintainers, below a link to the line."""
    report = (REPORTS / f"{one['report']}.md").read_text(encoding="utf8")
    title, _, rest = report.partition("\n\n")
    known = f" It is [reported there]({one['thread']})." if "thread" in one else ""
    return f"##{title}\n\n{link(one)}.{numbers(one)}{known}\n\n{rest}"


def page() -> str:
    return "\n".join(parts())


def parts() -> Iterator[str]:
    homes = list(dict.fromkeys(map(home, of(NOTHING))))
    many, everywhere = len(table()), len({one["repository"] for one in table()})
    chosen = sum(len(of(kind)) for kind in CHOICES)
    yield f"""# What the doctor found

We gave [the doctor](doctor.ipynb#the-doctor) {many} public functions that compute this
loss, from {everywhere} repositories: libraries for training, textbooks, code of papers.
It found nothing wrong in {len(of(NOTHING))} of them. In {chosen} it found a choice,
or a simplification for teaching; {len(of(BUG))} have a bug, by our reading, and most
bugs are small.

Each function is linked at the commit that we read. We ran it by itself, on the doctor’s
inputs, without the training around it. So a finding says what the function does, not
what it has done to a model. Functions that compare with a teacher were given one that
is sure of the target. We left out homework, and losses that are no cross-entropy, such
as those that compare pairs. Each finding was checked by hand.
"""
    yield "## Nothing wrong\n"
    yield (
        "Some do something else on purpose, such as give ln *p* without its minus sign "
        "(`sign`), or have a limit where nobody trains (`from-zero`, `masked-token`). "
        "The names are [the doctor’s](reference.md#which-bug-a-loss-function-has).\n"
    )
    yield from map(healthy, homes)
    yield "\n## Bugs\n"
    yield (
        "Each has a test that fails at that commit, and a fix. We have sent none of "
        "these reports; where we found one by somebody else, we link to it.\n"
    )
    yield "\n".join(map(bug, of(BUG)))
    for kind, title in CHOICES.items():
        yield f"## {title}\n"
        yield from (f"- {link(one)}. {one['says']}{numbers(one)}" for one in of(kind))
        yield ""
    yield END


END = """## Run it again

`make wild` fetches each file at its commit, runs the doctor, compares its answers with
this page, and checks that the tests above fail. None of this code is kept in the book’s
repository. Is something here wrong, or fixed since? Please tell us.
"""

if __name__ == "__main__":
    sys.stdout.write(page())
