"""The live parts' numbers: right in Python, and the same in the browser's language.

Both are held to golden.json, which 50-digit arithmetic writes, the same on every
machine:

    .venv/bin/python tests/book/test_live.py > tests/book/golden.json
"""

import gzip
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.dom.minidom import parseString

import mpmath
import numpy as np
import pytest

from xent_lib import cross_entropy, softmax
from xent_lib.book import example
from xent_lib.book._html import number
from xent_lib.book.live import PARTS, Averages, Bets, Explorer

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden.json"
STATIC = TESTS.parents[1] / "_static"

# logits, temperature, target, p to drag to, step size
EXPLORERS = {
    "the example": ([3.2, 1.0, -0.5, 2.5], 1.0, 0, 0.9, 1.0),
    "another target": ([3.2, 1.0, -0.5, 2.5], 1.0, 2, 0.5, 1.0),
    "cold": ([3.2, 1.0, -0.5, 2.5], 0.5, 0, 0.25, 0.1),
    "hot": ([3.2, 1.0, -0.5, 2.5], 10.0, 3, 0.001, 100.0),
    "coldest, large": ([1000.0, 999.9, -1000.0], 0.1, 1, 0.999, 1.0),
    "equal": ([0.0, 0.0, 0.0, 0.0], 1.0, 1, 0.25, 1.0),
    "equal and large": ([1000.0, 1000.0, 1000.0], 2.0, 0, 0.6, 1.0),
    "equal and small": ([-1000.0, -1000.0, -1000.0], 1.0, 0, 0.6, 1.0),
    "certain and right": ([1000.0, -1000.0, 0.0], 1.0, 0, 0.5, 1.0),
    "certain and wrong": ([1000.0, -1000.0, 0.0], 1.0, 1, 0.5, 1.0),
    "all but certain": ([30.0, 0.0, -5.0], 1.0, 0, 0.999, 1.0),
    "a p below every double": ([0.0, 745.0, -3.0], 1.0, 0, 0.001, 10.0),
    "one token": ([7.0], 3.0, 0, None, 1.0),
    "two tokens": ([0.5, -0.5], 1.0, 1, 0.731, 2.0),
    "many": ([n % 17 - n / 8 for n in range(100)], 1.3, 42, 0.125, 5.0),
}

# token losses of sentences of unequal length, and of a padded place
AVERAGES = {
    "the example": ([[0.5, 2.25, 1.0], [3.0], [0.1, 0.2, 0.3, 0.4]], 1.5),
    "one": ([[1e-9]], 0.0),
    "large": ([[1000.0, 1e-12], [2000.0]], 1000.0),
}


def golden_explorer(logits, T, target, drag, size):
    o, t = [mpmath.mpf(x) for x in logits], mpmath.mpf(T)
    e = [mpmath.exp(x / t) for x in o]
    p = [x / mpmath.fsum(e) for x in e]
    loss = -mpmath.log(p[target])
    gradient = [(p[i] - (i == target)) / t for i in range(len(o))]
    numbers = {
        "p": p,
        "loss": loss,
        "bits": loss / mpmath.log(2),
        "gradient": gradient,
        "stepped": [x - size * g for x, g in zip(o, gradient, strict=True)],
    }
    if drag is not None:
        q, others = mpmath.mpf(drag), mpmath.fsum(e[:target] + e[target + 1 :])
        numbers["dragged"] = t * (mpmath.log(q / (1 - q)) + mpmath.log(others))
    return numbers


def golden_averages(losses, pad):
    sums = [mpmath.fsum(mpmath.mpf(x) for x in one) for one in losses]
    m = [len(one) for one in losses]
    places = len(m) * max(m)
    return {
        "sequence": mpmath.fsum(sums) / len(m),
        "token": mpmath.fsum(sums) / sum(m),
        "means": mpmath.fsum(s / n for s, n in zip(sums, m, strict=True)) / len(m),
        "padded": (mpmath.fsum(sums) + (places - sum(m)) * mpmath.mpf(pad)) / places,
    }


def golden():
    explorers, averages = {}, {}
    for name, case in EXPLORERS.items():
        inputs = dict(zip(("logits", "T", "target", "drag", "size"), case, strict=True))
        # The distance of p from 1 has fifty digits, however small it is.
        spread = (max(case[0]) - min(case[0])) / case[1]
        with mpmath.workdps(50 + int(spread)):
            explorers[name] = inputs | floats(golden_explorer(*case))
    for name, (losses, pad) in AVERAGES.items():
        with mpmath.workdps(50):
            numbers = floats(golden_averages(losses, pad))
        averages[name] = {"losses": losses, "pad": pad} | numbers
    return json.dumps({"explorers": explorers, "averages": averages}, indent=1) + "\n"


def floats(numbers):
    return {
        key: [float(x) for x in value] if isinstance(value, list) else float(value)
        for key, value in numbers.items()
    }


def stored(kind, name):
    return json.loads(GOLDEN.read_text(encoding="utf8"))[kind][name]


def test_the_golden_numbers_are_what_the_recipe_writes():
    assert GOLDEN.read_text(encoding="utf8") == golden()


@pytest.mark.parametrize("name", EXPLORERS)
def test_the_explorer_is_right(name):
    case = stored("explorers", name)
    tokens = [f"t{i}" for i in range(len(case["logits"]))]
    explorer = Explorer(
        logits=case["logits"],
        tokens=tokens,
        target=case["target"],
        temperature=case["T"],
        step=case["size"],
    )
    close = {"rtol": 1e-12, "atol": 1e-300}
    np.testing.assert_allclose(explorer.p, case["p"], **close)
    np.testing.assert_allclose(explorer.loss, case["loss"], **close)
    np.testing.assert_allclose(explorer.gradient, case["gradient"], **close)


@pytest.mark.parametrize("name", [n for n, case in EXPLORERS.items() if case[1] == 1])
def test_the_library_is_right(name):
    case = stored("explorers", name)
    close = {"rtol": 1e-12, "atol": 1e-300}
    np.testing.assert_allclose(softmax(case["logits"]), case["p"], **close)
    loss = cross_entropy(case["logits"], case["target"])
    np.testing.assert_allclose(loss, case["loss"], **close)


@pytest.mark.parametrize("name", AVERAGES)
def test_the_averages_are_right(name):
    case = stored("averages", name)
    sentences = [" ".join("x" * (len(one) + 1)) for one in case["losses"]]
    found = Averages(sentences, case["losses"], case["pad"]).averages
    expected = [case[key] for key in ("sequence", "token", "means", "padded")]
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-12)


def test_the_script_is_right():
    node = shutil.which("node")
    if not node:
        assert "CI" not in os.environ, "node is missing"
        pytest.skip("node is missing: the script's numbers were not checked")
    command = [node, "--test", TESTS / "xent.test.mjs"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_script_and_style_stay_small():
    files = [STATIC / "xent.js", STATIC / "xent.css"]
    # 10,000 before swipes, forced colours and print had to be answered as well.
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 12_000


# What is shown


def config(part):
    return json.loads(
        html.unescape(re.search(r'config="(.*?)"', part._repr_html_())[1])
    )


def cells(part):
    """The rows of the table, without its head."""
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', part._repr_html_())
    return [re.sub(r"<[^>]+>", " ", row).split() for row in rows]


PARTS_SHOWN = [
    Explorer(),
    Explorer("curve"),
    Explorer("logits", "temperature", temperature=np.float32(2)),
    Explorer("target", target=np.argmin(example.logits)),
    Bets("mat"),
    Bets(models={"a < b": [1.0, 2.0, 3.0, 4.0, 5.0]}),
    Averages(["the <b> sat", "a 'dog'"], [[1.0, 2.0], [6.0]], pad=3.0),
]


@pytest.mark.parametrize("part", PARTS_SHOWN, ids=repr)
def test_a_part_is_the_same_each_time_and_well_formed(part):
    assert part._repr_html_() == part._repr_html_()
    tree = parseString(part._repr_html_())  # strict, unlike a browser
    assert tree.getElementsByTagName("table")
    for table in tree.getElementsByTagName("table"):
        assert table.getElementsByTagName("caption")
    assert config(part)


def test_the_explorers_table_gives_the_librarys_numbers():
    p = softmax(example.logits)
    for i, row in enumerate(cells(Explorer())):
        loss = cross_entropy(example.logits, i)
        slope = p[i] - (i == example.target)
        assert row == [
            example.vocabulary[i],
            number(example.logits[i], 2),
            number(p[i]),
            number(slope, sign=True),
            number(loss),
        ]


def test_an_explorer_starts_from_the_logits_that_it_is_given():
    logits = example.logits
    logits[0] = 5.0
    explorer = Explorer(logits=logits)
    assert explorer.loss == cross_entropy(logits, example.target)
    explorer.logits[0] = logits[0] = 0.0
    assert config(Explorer())["logits"] == example.logits.tolist()


def test_an_explorer_shows_the_parts_it_is_given():
    assert config(Explorer())["show"] == list(PARTS)
    assert config(Explorer("curve"))["show"] == ["curve"]
    assert cells(Explorer("curve"))[0] == ["mat", "0.613", "0.490"]


def test_every_bet_is_of_100_chips_and_has_the_word_that_came():
    assert len(example.bets) == len(example.sentence) - 1
    for word, chips in zip(example.sentence[1:], example.bets, strict=True):
        assert word in chips
        assert list(chips)[-1] == "something else"
        assert sum(chips.values()) == 100


def test_the_bets_add_up():
    *rows, total = cells(Bets())
    chips = [
        bet[word] for word, bet in zip(example.sentence[1:], example.bets, strict=True)
    ]
    assert [int(row[1]) for row in rows] == chips
    assert total[-1] == number(-np.log(np.array(chips) / 100).sum(), 2)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Explorer("curves"), "curves"),
        (lambda: Explorer(logits=[1.0]), "one a token"),
        (lambda: Explorer(target=4), "target"),
        (lambda: Explorer(logits=[0.0, 0.0, 0.0, np.inf]), "from −1000 to 1000"),
        (lambda: Explorer(logits=[0.0, 0.0, 0.0, 1e308]), "from −1000 to 1000"),
        (lambda: Explorer(temperature=0), "temperature .*0.1 to 10, got 0"),
        (lambda: Explorer(temperature=np.nan), "temperature .*got nan"),
        (lambda: Bets("dog"), "dog"),
        (lambda: Bets("mat", models={"m": [1.0, 2.0]}), "a loss for each"),
        (lambda: Averages(["a b"], [[1.0, 2.0]], 0.0), "each word but the first"),
        (lambda: Averages(["a b", "c d"], [[1.0]], 0.0), "one list a sentence: 2"),
        (lambda: Averages(["a b"], [[np.inf]], 0.0), "losses must be finite"),
    ],
)
def test_a_slip_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()


if __name__ == "__main__":
    print(golden(), end="")
