"""The page's kernel outputs what a notebook stores, with stand-ins for packages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[3]
RUN = ROOT / "xent_book/run"

# In a process of its own: stand-ins are not to meet what they stand for.
PROGRAM = """
import json, sys
import kernel
cells, posts = json.load(sys.stdin), []
came = [(kernel.wanted(code), kernel.run(f"cell {n}", code, posts.append))
        for n, code in enumerate(cells, 1)]
verdicts = [kernel.judge(*exercise) for exercise in json.loads(sys.argv[1])]
json.dump({"verdicts": verdicts, "wanted": [name for name, _ in came], "posts": posts,
           "outputs": [json.loads(outputs) for _, outputs in came]}, sys.stdout)
"""


def run_all(*cells, exercises=()):
    path = os.pathsep.join(map(str, [RUN / "stand_ins", RUN, ROOT]))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(exercises)],
        input=json.dumps(cells),
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(*cells):
    """What the last of these cells gives."""
    return run_all(*cells)["outputs"][-1]


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(kind="execute_result", **data):
    kinds = {"plain": "text/plain", "html": "text/html", "markdown": "text/markdown"}
    return {"output_type": kind, "data": {kinds[k]: v for k, v in data.items()}}


def test_what_is_printed_and_the_last_value_are_shown():
    assert run("a = 2", "print('a', a)\na + 1") == [
        stream("a 2\n"),
        shown(plain="3"),
    ]


@pytest.mark.parametrize("code", ["a = 2", "None", "2 + 2;", "", "# nothing"])
def test_what_a_notebook_would_not_show_is_not_shown(code):
    assert run(code) == []


def test_both_streams_are_told_apart():
    code = "import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)"
    assert run(code) == [stream("1\n"), stream("2\n", "stderr"), stream("3\n")]


def test_what_a_cell_prints_first_is_posted_however_soon_it_runs():
    posts = run_all("print(41)", "print(42)")["posts"]
    assert [json.loads(post)[0]["text"] for post in posts] == ["41", "42"]


def test_what_is_printed_is_posted_while_the_cell_runs():
    posts = run_all("print('first')\nprint('second')")["posts"]
    assert json.loads(posts[0]) == [stream("first")]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("for i in range(3000): print(i)", "".join(f"{i}\n" for i in range(1000))),
        ("print('x' * 300_000)", "x" * 100_000 + "\n"),
        ("print('x' * 99_999)\nprint('x')", "x" * 99_999 + "\n"),
        ("print('x' * 99_998)\nprint('xy')", "x" * 99_998 + "\nx\n"),
    ],
)
def test_of_output_without_end_the_beginning_is_kept(code, kept):
    came = run_all(code + "\nprint('more')")
    assert came["outputs"] == [[stream(kept + "… The rest is not shown.\n")]]
    assert json.loads(came["posts"][-1]) == came["outputs"][0]


def test_as_much_as_is_kept_is_shown_without_a_word():
    text = "".join(f"{i}\n" for i in range(1000))
    assert run("for i in range(1000): print(i)") == [stream(text)]
    assert run("print('x' * 99_999)") == [stream("x" * 99_999 + "\n")]


NUMBERS = "".join(f" {i},\n" for i in range(1, 1000))


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("list(range(3 * 10**6))", f"[0,\n{NUMBERS}"),
        ("[list(range(3 * 10**6))]", f"[[0,\n{NUMBERS.replace(' ', '  ')}"),
        ("'x' * 300_000", "'" + "x" * 99_999 + "\n"),
        ("Markdown('x' * 300_000)", "x" * 100_000 + "\n"),
    ],
)
def test_of_a_value_without_end_the_beginning_is_kept(code, kept):
    [shown] = run("from IPython.display import Markdown", code)
    first, *_ = [shown["data"][kind] for kind in sorted(shown["data"])]
    assert first == f"{kept}… The rest is not shown.\n"


def test_a_value_of_as_much_is_shown_as_it_is():
    [shown] = run("list(range(1000))")
    assert shown["data"]["text/plain"] == f"[0,\n{NUMBERS[:-2]}]"


def test_no_value_is_written_to_its_end_for_its_beginning():
    code = """class Item:
    made = 0
    def __repr__(self):
        Item.made += 1
        return "item"
[Item() for _ in range(10**5)]"""
    assert int(run(code, "Item.made")[0]["data"]["text/plain"]) < 3000


@pytest.mark.parametrize("kind", ["HTML", "SVG"])
def test_a_drawing_that_is_too_large_is_not_shown_in_part(kind):
    code = f"from IPython.display import {kind}\n{kind}('x' * 6_000_000)"
    name = {"HTML": "text/html", "SVG": "image/svg+xml"}[kind]
    said = (
        f"Not shown: as {name} it has 6,000,000 characters, and a page takes 5,000,000."
    )
    assert run(code) == [shown(plain=said)]


def test_input_says_what_a_page_has_in_its_place():
    [error] = run("name = input('Your name: ')")
    assert error["traceback"][0].splitlines() == [
        "Line 1 of this cell:",
        "    name = input('Your name: ')",
        "EOFError: a page has no input: write the value into the cell, "
        'such as name = "mat"',
    ]


def test_the_last_value_has_a_name_for_the_next_line_and_a_wide_one_is_broken():
    assert run("3", "_ = 4\n_") == [shown(plain="4")]
    [wide] = run("{name: list(range(20)) for name in ('one', 'two')}")
    assert wide["data"]["text/plain"].count("\n") == 1


def test_what_shows_itself_in_a_form_of_its_own_does():
    code = "from IPython.display import HTML, SVG, Markdown, display\n"
    outputs = run(f"{code}display(HTML('<b>'), Markdown('*b*'))\nSVG('<svg/>')")
    found = [(output["output_type"], *output["data"].items()) for output in outputs]
    assert [output[:2] for output in found] == [
        ("display_data", ("text/html", "<b>")),
        ("display_data", ("text/markdown", "*b*")),
        ("execute_result", ("image/svg+xml", "<svg/>")),
    ]


def test_an_error_names_the_line_and_no_machinery():
    [error] = run("def f(x):\n    return 1 / x", "a = 1\nf(a - 1)")
    assert error["traceback"] == [
        "Line 2 of this cell:\n    f(a - 1)\n"
        "Line 2 of cell 1:\n    return 1 / x\n"
        "ZeroDivisionError: division by zero"
    ]
    assert (error["ename"], error["missing"]) == ("ZeroDivisionError", None)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("diagnose", "diagnose is in xent_lib: from xent_lib import diagnose"),
        ("np", "np is numpy: import numpy as np"),
        ("plt", "plt is matplotlib.pyplot: import matplotlib.pyplot as plt"),
        ("nowhere", "NameError: name 'nowhere' is not defined"),
    ],
)
def test_a_name_that_an_import_gives_is_told_with_it(name, hint):
    [error] = run(f"def f():\n    {name}(1)\nf()")
    assert error["traceback"][0].splitlines()[-1] == hint
    assert error["missing"] == name


def test_an_error_of_syntax_names_the_line():
    [error] = run("a = 1\nb = = 2")
    assert error["traceback"][0].startswith(
        "Line 2 of this cell:\n    b = = 2\nSyntaxError: "
    )


def test_an_error_within_a_library_names_its_file():
    [error] = run("from bs4 import BeautifulSoup\nBeautifulSoup('', 'no-parser')")
    first, _, where, *_ = error["traceback"][0].splitlines()
    assert first == "Line 2 of this cell:"
    assert where.startswith("in __init__, bs4/__init__.py, line ")


@pytest.mark.parametrize("code", ["raise SystemExit", "raise KeyboardInterrupt"])
def test_no_error_ends_the_kernel(code):
    assert run(code, "1")[0]["data"]["text/plain"] == "1"


def test_a_package_that_is_not_there_is_named():
    came = run_all(
        "import nowhere.at_all", "from os import path, fork", "(", "import this_is_not"
    )
    assert came["wanted"] == ["nowhere", None, None, "this_is_not"]
    assert came["outputs"][0][0]["missing"] == "nowhere"


def figure_of(name):
    """The cells of a chapter until its first figure, and what that has stored."""
    notebook = nbformat.read(ROOT / f"chapters/{name}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    number = next(i for i, cell in enumerate(cells) if "plt.show" in cell.source)
    return [cell.source for cell in cells[: number + 1]], cells[number].outputs


def test_the_books_figures_come_to_the_byte():
    cells, [stored] = figure_of("02-logits")
    [came] = run(*cells)
    assert came["data"]["image/svg+xml"] == stored.data["image/svg+xml"]


def test_a_figure_is_shown_once_and_closed():
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])"
    outputs = run_all(plot, "plt.get_fignums()")["outputs"]
    assert [sorted(output["data"]) for output in outputs[0]] == [
        ["text/plain"],
        ["image/svg+xml", "text/plain"],
    ]
    assert outputs[1] == [shown(plain="[]")]


def test_tqdm_starts_no_thread():
    code = "for _ in tqdm.tqdm(range(2)): pass\nthreading.active_count()"
    assert run("import threading, tqdm", code)[-1] == shown(plain="1")


COMMA = "Not yet: Python writes {} with a point, not with a comma."
RIGHT, WANTED = "✓ That is it.", "Not yet: end with the loss."
UNPRINTED = "Not yet: end with the loss, without print."
CHANGED = "Its solution does not run here: is a cell above changed?"
SOLUTION = "print('solved')\nloss = 2 * half"


@pytest.mark.parametrize(
    ("mine", "answer", "verdict"),
    [
        ("0.49", "loss", RIGHT),
        ("0.5", "loss", "Not yet: 0.5 is too high."),
        ("-0.49", "loss", "Not yet: −0.49 is too low."),
        ("(0.49, 1)", "loss", "Not yet: one value should come."),
        ("0,49", "loss", COMMA.format("0.49")),
        ("-1,5", "loss", COMMA.format("−1.5")),
        ("0,49", "(loss, 1)", "Not yet: 2 of 2 values are off."),
        ("0,49,2", "loss", "Not yet: one value should come."),
        ("0.49", "(loss, 1)", "Not yet: 2 values should come."),
        ("[0.49, 2, 3]", "(loss, 1, 3)", "Not yet: 1 of 3 values are off."),
        ("['mat', 'rug']", "['mat', 'rug']", RIGHT),
        ("['mat', 'hat']", "['mat', 'rug']", "Not yet: 1 of 2 values are off."),
        ("[0.49, 2]", "['mat', 'rug']", "Not yet: 2 of 2 values are off."),
        ("'a word'", "loss", WANTED),
        ("lambda x: 2 * x", "loss", WANTED),
        ("loss = 0.49", "loss", WANTED),
        ("def loss(): pass", "loss", WANTED),
        ("", "loss", WANTED),
        ("print(0.49)", "loss", RIGHT),
        ("print('0.6')", "loss", "Not yet: 0.6 is too high."),
        ("print(0.49, 1)", "loss", UNPRINTED),
        ("print('loss', 0.49)", "loss", UNPRINTED),
        ("import sys; print(0.49, file=sys.stderr)", "loss", WANTED),
        ("del half; 0.49", "loss", CHANGED),
    ],
)
def test_an_answer_is_held_to_what_the_solution_computes(mine, answer, verdict):
    exercise = [SOLUTION, answer, "the loss"]
    assert run_all("half = 0.2451", mine, exercises=[exercise])["verdicts"] == [verdict]


@pytest.mark.parametrize(
    ("mine", "of", "verdict"),
    [
        ("lambda x: 2 * x", "_(half)", RIGHT),
        ("lambda x: x", "_(half)", "Not yet: that gives 0.2451, which is too low."),
        ("3", "_(half)", WANTED),
        ("lambda: 3", "_(half)", WANTED),
    ],
)
def test_of_a_value_counts_what_an_exercise_says(mine, of, verdict):
    exercise = [SOLUTION, "loss", "the loss", of]
    assert run_all("half = 0.2451", mine, exercises=[exercise])["verdicts"] == [verdict]


def test_a_solution_leaves_nothing_behind():
    exercises = [[SOLUTION, "loss", "it"], ["", "loss", "it"]]
    assert run_all("half = 1", "2", exercises=exercises)["verdicts"] == [RIGHT, CHANGED]


def solutions():
    for path in sorted(ROOT.glob("chapters/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.source.startswith("# The solution, computed"):
                yield pytest.param(cell, id=f"{path.stem} {cell.id}")


@pytest.mark.parametrize("cell", [*solutions()])
def test_each_exercise_says_what_its_answer_is(cell):
    said = cell.metadata["exercise"]
    assert {"answer", "asks"} <= {*said} <= {"answer", "asks", "of"}
    for code in (said["answer"], said.get("of", "_")):
        compile(code, "answer", "eval")
