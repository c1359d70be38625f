"""The known faults of loss functions: one table, for doctor and bug museum."""

import re

from ._faults_of_batches import OF_BATCHES
from ._faults_of_binary import OF_BINARY
from ._faults_of_pairs import OF_PAIRS
from ._faults_of_rounding import OF_ROUNDING
from ._faults_of_scores import OF_SCORES
from ._faults_of_softmax import OF_SOFTMAX
from ._steps import Fault, evaluate

__all__ = ["OF_LOSSES", "ROOMS", "Fault", "address", "anchor", "evaluate", "where"]

# The rooms of the bug museum, by their numbers.
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
}
OF_P = (*OF_SOFTMAX, *OF_BINARY)
OF_LOSSES = (*OF_SCORES, *OF_ROUNDING, *OF_P, *OF_PAIRS, *OF_BATCHES)


def anchor(room: int) -> str:
    """Of a room’s heading, "Room 7: softmax, twice": what a link to it ends in."""
    return re.sub("[^a-z0-9 ]", "", f"room {room} {ROOMS[room]}").replace(" ", "-")


def where(room: int) -> str:
    """A room, in words that a line does not break."""
    return f"bug\N{NO-BREAK SPACE}museum, Room\N{NO-BREAK SPACE}{room}"


def address(room: int) -> str:
    """The room on the web, by what the package says of itself; otherwise its name."""
    import importlib.metadata as package  # a third of what the library takes to import

    try:
        links = package.metadata("xent_lib").get_all("Project-URL") or []
    except package.PackageNotFoundError:
        links = []
    for name, _, base in (link.partition(", ") for link in links):
        if name == "Documentation":
            return f"{base.rstrip('/')}/bug-museum.html#{anchor(room)}"
    return where(room)
