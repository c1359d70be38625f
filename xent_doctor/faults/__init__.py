"""The catalogue: every fault that has a name, one file for each step of the loss.

The order is that of preference: of two faults that explain the same answers, the first
is named; but conventions come before faults, and what has a size to fit comes last.
"""

import contextlib
import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from . import ignored, log_softmax, score
from .batch_and_alignment import ACROSS, ALIGNMENT, NOT_SHIFTED, PROMPTS
from .fault import Fault as Fault
from .reduction import MASKED_LOGITS, REDUCTIONS, SPLITS
from .two_models import OF_DISTILLATION, OF_DPO, SWAPPED

# Faults of the steps of a loss, which a search tries.
LOSS_FAULTS: tuple[Fault, ...] = (
    *score.UNITS, *score.SCORES, *score.TARGETS, *log_softmax.ROUNDED,
    *log_softmax.LOGITS, *log_softmax.LOG_P,
    *ALIGNMENT, *ignored.LEFT_OUT, *REDUCTIONS,
)  # fmt: skip
# Those that no step shows: of a parameter's promise, of behavior, of the gradient.
WORDS = Path(__file__).with_name("beside.toml").read_text(encoding="utf8")
BESIDE = {
    key: Fault(key.partition(":")[0], **words)
    for key, words in tomllib.loads(WORDS).items()
}
# Of two models, those whose names are not among the faults of one.
NAMED = {fault.name for fault in LOSS_FAULTS} | {*BESIDE}
OF_TWO = [x for x in (*OF_DISTILLATION, SWAPPED, *OF_DPO) if x.name not in NAMED]
# All that have a name: what `allow` takes.
FAULTS: tuple[Fault, ...] = (
    *LOSS_FAULTS, NOT_SHIFTED, ignored.OF_PADDING, ignored.TOO_LONG, score.ROW_INDEX,
    *MASKED_LOGITS[:1], ACROSS, *PROMPTS, *BESIDE.values(), *SPLITS,
    *OF_TWO,
)  # fmt: skip
# The rooms of the bug museum.
ROOMS = {
    1: "a mean of means",
    2: "another divisor",
    3: "the shift, twice or never",
    4: "the start token",
    5: "padding, scored",
    6: "no target left",
    7: "softmax, twice",
    8: "perplexities, averaged",
    9: "the wrong bytes",
    10: "the base of the logarithm",
    11: "lost in exp and ln",
    12: "a running float32 sum",
    13: "other losses",
    14: "the gradient of another loss",
    15: "the prompt, scored",
    16: "packed texts",
    17: "another KL",
    18: "T squared, forgotten",
    19: "ln p of an answer",
    20: "a temperature on one side",
    21: "class weights that cancel",
    22: "an auxiliary loss, added",
}


def by_name(name: str) -> list[Fault]:
    """All of one model with this name, the likeliest first: some have two forms."""
    return [fault for fault in FAULTS if fault.name == name]


def check_names(names: Sequence[str]) -> None:
    """Raise ValueError unless `allow` is a list of names of faults."""
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        raise ValueError(
            f'allow must be a list of names, such as ["softmax-twice"], got {names!r}'
        )
    known = [fault.name for fault in FAULTS]
    for name in names:
        if name not in known:
            written = str(name).lower().replace("_", "-").replace(" ", "-")
            near = difflib.get_close_matches(written, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else "."
            raise ValueError(
                f"allow must name faults, and none is named {name!r}{meant} For the "
                "list, run: python -m xent_doctor --faults"
            )


def anchor(room: int) -> str:
    """The id of the room’s heading, such as "Room 7: softmax, twice"."""
    words = f"room {room} {ROOMS[room]}".lower()
    return re.sub("[^a-z0-9 ]", "", words).replace(" ", "-")


def room_in_words(room: int) -> str:
    """The room in words that stay on one line."""
    return f"bug\N{NO-BREAK SPACE}museum, Room\N{NO-BREAK SPACE}{room}"


def room_address(room: int) -> str:
    """The room on the web, if the library’s metadata has the book’s address."""
    import importlib.metadata as package  # slow to import

    links: list[str] = []
    with contextlib.suppress(package.PackageNotFoundError):
        links = package.metadata("xent_lib").get_all("Project-URL") or []
    book = next((x for x in links if x.startswith("Documentation, ")), "")
    address = book.partition(", ")[2].rstrip("/")
    page = f"{address}/bug-museum.html#{anchor(room)}"
    return page if book else room_in_words(room)
