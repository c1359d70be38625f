"""The page of what the doctor found in public code, from the table chapters/wild.toml.

`python tests/chapters/wild.py > chapters/what-the-doctor-found.md` writes it anew, and
`make wild` compares the table with what the doctor says.
"""

import datetime
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from xent_doctor.padding import LARGER

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "tests/makers/wild/reports"
NOTHING, BUG = "nothing wrong", "bug"
CHOICES = {
    "documented choice": "Choices that the code explains",
    "undocumented choice": "Choices that the code does not explain",
    "teaching device": "A teaching device",
}
KINDS = (NOTHING, BUG, *CHOICES)
FINE = "No bug found, within these limits"
A_ROW = 17  # squares

# What functions do on purpose, or can't do, by the doctor's name for it.
NAMES = {
    "per-sequence": "gives each sequence’s total, as Formula (16) does, or their mean",
    "sign": "gives ln *p*, without the minus sign",
    "shifted": "pairs each place with the next target itself",
    "smoothing-others": "smooths labels over all tokens but the target",
    "weights-by-count": "weighs tokens by class, and does not divide by these weights",
    "focal": "multiplies each loss by a power of 1 − *p*",
    "soft-cap": "bends the logits by a soft cap first",
    "masked-token": "gives NaN where another token’s logit is −∞",
    "from-zero": "gives 0 for two equal logits of 10⁸ in float32, where ln 2 is right",
    "log-of-softmax": "gives infinity where *p* rounds to 0",
    "floor": "is given *p*, and adds an epsilon to it",
}


@cache
def whole() -> dict[str, Any]:
    return tomllib.loads((ROOT / "chapters/wild.toml").read_text(encoding="utf8"))


def table() -> list[dict[str, Any]]:
    return whole()["function"]


def of(kind: str) -> list[dict[str, Any]]:
    return [one for one in table() if one["kind"] == kind]


def functions(*kinds: str) -> set[tuple[str, str, str]]:
    """Those with a finding of these kinds. One function may have several findings."""
    found = (one for kind in kinds for one in of(kind))
    return {(one["repository"], one["path"], one["object"]) for one in found}


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
    shifts = ", told `shifts=True`," * ("shifts" in one.get("options", {}))
    shifted = ", of shifted targets" * ("– shifted" in one.get("finds", ()))
    given = f" On “{one['on']}”, it gives {one['gives']}"
    return f"{given}; the doctor{shifts} expects {one['right']}{shifted}."


def home(one: dict[str, Any]) -> str:
    """The repository, its commit, and when that was made."""
    day = told(whole()["committed"][one["commit"]])
    return f"{one['repository']}, {one['commit'][:7]} of {day}"


def told(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"


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
    more = "".join(f" {one[key]}" for key in ("says", "known") if key in one)
    return f"##{title}\n\n{link(one)}.{numbers(one)}{more}\n\n{rest}"


def squares(fine: int, chosen: int, bad: int) -> str:
    """A square for each function: empty, half or full."""
    shown = "".join(
        f'<rect x="{20 * (i % A_ROW) + 2}" y="{20 * (i // A_ROW) + 2}" width="15" '
        f'height="15" fill-opacity="{full}"/>'
        for i, full in enumerate([0] * fine + [0.35] * chosen + [1] * bad)
    )
    rows = -(-(fine + chosen + bad) // A_ROW)
    says = f"{fine} empty squares, {chosen} gray ones, and {bad} full ones"
    return (
        f'<svg role="img" aria-label="{says}" viewBox="0 0 {20 * A_ROW} {20 * rows}" '
        f'width="100%" fill="currentColor" stroke="currentColor">{shown}</svg>'
    )


def page() -> str:
    return "\n".join(parts())


def parts() -> Iterator[str]:
    homes = list(dict.fromkeys(map(home, of(NOTHING))))
    many, everywhere = functions(*KINDS), {one["repository"] for one in table()}
    bad, chosen = functions(BUG), functions(*CHOICES)
    healthy_ones = many - bad - chosen
    versions = whole()["versions"]
    reported = [one for one in of(BUG) if "known" in one]
    yield f"""# What the doctor found

[The doctor](doctor.ipynb#the-doctor), a test tool that comes with the book [How
surprised is the model?](index.ipynb), feeds a loss function small inputs, and names the
bug behind a wrong answer. The loss is the cross-entropy of a language model: −ln *p* of
each token that actually came next.

On {told(whole()["ran"])} we gave it {len(many)} public functions that compute this
loss, from {len(everywhere)} repositories: libraries for training, textbooks, code for
papers. It found no bug in {len(healthy_ones)} of them, though some have limits. What it
found in {len(chosen)}, and may call a fault, is by our reading a choice, or a
simplification for teaching. And {len(bad)} had {len(of(BUG))} bugs at the commit that
we read, most of which the repository’s own training doesn’t meet. Others have reported
or fixed {len(reported)}, one of them where the code was copied from; we have reported
none, and found no report of the other {len(of(BUG)) - len(reported)} in their
repositories.

{squares(len(healthy_ones), len(chosen), len(bad))}

*Each square is a function: gray if it has a choice, full if it has a bug.*

We picked the functions by hand from what a search of public code found, and left out
homework, losses other than cross-entropy, such as those that compare pairs, and what
the doctor could not call. So the counts describe this list, not all code. Each function
is linked at the commit that we read, which may not be the newest. We ran it on a CPU,
with PyTorch {versions["torch"]} or JAX {versions["jax"]}, by itself, without the
training around it, and with its default options, unless a finding names others. So a
finding says what the function does, not what it has done to a model. A function that
compares a model with its teacher was given a teacher that is sure of the target. The
doctor made each finding, and we checked it by hand. That it found nothing is the
doctor’s word alone: we gave no class weights and ran no backward written by hand, and
tell limits, and faults of functions that we did not examine, only where we noticed
them, and count none of these. A function that takes a mask was given one.

We call it a bug if padding or masked places change the loss, if the forward pass
changes the logits or targets or ignores which target is padding, or if it divides by
anything but tokens or sequences. A NaN or an infinity is a limit, even where a masked
place causes it: a loss that is multiplied by a mask is NaN where a masked one is
infinite, and we tell that only where the *p* of the target rounds to 0. Each is a bug
only if neither the function nor what calls it says that it is meant. If tokens count
differently, that is a choice. A total for each sequence passes, since that is [Formula
(16)](05-dataset-loss.ipynb#formula-16-from-the-inside-out), a text’s total loss; a mean
of the sequences’ means is a choice, since it gives a token more weight in a short
sequence. An epsilon passes where a function is given *p*, which can be 0. Where it is
given logits, none is needed; the textbooks add one to keep the code short, and we call
that a teaching device.

The names in quotes are inputs: logits and targets, −100 where a target is padding.
[`xent_doctor.PROBES` and `MORE_PROBES`](doctor-reference.md#the-faults-that-it-knows)
have them. Where a target is padding, the doctor adds {LARGER} to all logits. That
changes no softmax, but a z-loss that counts padding becomes larger.
"""
    yield "## Bugs\n"
    yield (
        "Each has a test that fails at that commit, and a fix with which the test "
        "passes and the doctor finds no bug. Where somebody has reported a bug, we "
        "link to that. We report none ourselves: a report should come from somebody "
        "who uses the code and can answer questions about it.\n"
    )
    yield "\n".join(map(bug, of(BUG)))
    for kind, title in CHOICES.items():
        yield f"## {title}\n"
        yield from (f"- {link(one)}. {one['says']}{numbers(one)}" for one in of(kind))
        yield ""
    yield f"## {FINE}\n"
    yield (
        "Some do something else on purpose, or have a limit. The limits can matter: a "
        "NaN or an infinity ends a training run. The doctor has "
        "[names](doctor-reference.md#the-faults-that-it-knows) for both. What a "
        "function gives where all is padding, often NaN, is in the doctor’s reports, "
        "but not here. DialoGPT’s function is in this list for its loss, and above for "
        "its perplexity, so "
        f"{len(functions(NOTHING))} are here.\n"
    )
    yield "| name | what the function does |\n|---|---|"
    yield from (f"| `{name}` | {does} |" for name, does in NAMES.items())
    yield ""
    yield from map(healthy, homes)
    yield END


END = """
## Run it again

A test above needs the repository that it is about, with its requirements. To ask the
doctor about a function there, install it as the foot of [its chapter](doctor.ipynb)
says, and run `python -m xent_doctor package.module:function`. That calls the function
with its defaults. Many findings need another call, or something that the doctor is
told: [`wild.toml`](wild.toml) has these, and the answer to each. To repeat all of it,
in a clone of the book’s repository:

```sh
make wild
```

This fetches each file at its commit, cuts the function out of it, with stand-ins for
packages that aren’t installed, and calls it as `wild.toml` says. It compares
the doctor’s answers with this page, up to a thousandth for rounding, and checks that
the tests above fail, and pass once the fix is made. None of this code is kept: the
program that does it is in `tests/makers/wild`. Is something here wrong, or fixed since?
Tell us, by the link at the foot of the published page.
"""

if __name__ == "__main__":
    sys.stdout.write(page())
