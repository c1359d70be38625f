"""What a live part shows without its script."""

import html
import json
import re
import subprocess
from pathlib import Path

from deno import find_deno_bin

# What a model of the page says of texts.
SCORE = Path(__file__).parents[1] / "model/score.mjs"

# A sentence as SmolLM2 reads it: tokens, losses, best guesses, ranks.
CAT = (
    "The cat sat on the mat.",
    ["The", " cat", " sat", " on", " the", " mat", "."],
    [5.1127, 9.0752, 3.069, 0.892, 0.3178, 1.1241, 1.3256],
    [
        [("-", 0.398), ("\n", 0.0854), (",", 0.0505), ("'s", 0.0395), ("_", 0.0368)],
        [
            (" company", 0.0132),
            (" most", 0.0126),
            (" key", 0.0114),
            (" first", 0.0107),
            (" average", 0.00995),
        ],
        [
            (" was", 0.128),
            (" is", 0.113),
            (" chased", 0.0974),
            ("'s", 0.0467),
            (" sat", 0.0465),
        ],
        [
            (" on", 0.41),
            (" by", 0.177),
            (" at", 0.11),
            (" in", 0.0866),
            (" alone", 0.0456),
        ],
        [
            (" the", 0.728),
            (" a", 0.18),
            (" top", 0.0295),
            (" its", 0.014),
            (" her", 0.0126),
        ],
        [
            (" mat", 0.325),
            (" edge", 0.0967),
            (" couch", 0.0564),
            (" cat", 0.0541),
            (" window", 0.0482),
        ],
        [
            (",", 0.306),
            (".", 0.266),
            (" in", 0.0472),
            (" by", 0.0329),
            (" outside", 0.0324),
        ],
    ],
    [10, 1264, 5, 1, 1, 1, 2],
)


def config(part):
    return json.loads(
        html.unescape(re.search(r'config="(.*?)"', part._repr_html_())[1])
    )


def cells(part):
    """The rows of the table, without its head."""
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', part._repr_html_())
    return [re.sub(r"<[^>]+>", " ", row).split() for row in rows]


def labels(part):
    """All that is written in the figure, piece by piece."""
    return re.findall(r"<text[^>]*>(.*?)</text>", part._repr_html_().replace("\n", " "))


def run_script(script, *arguments, test=False):
    """What a script prints; one that fails fails here."""
    command = [
        find_deno_bin(),
        "test" if test else "run",
        "--no-config",
        "--allow-read",
    ]
    run = subprocess.run(
        [*command, script, *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
