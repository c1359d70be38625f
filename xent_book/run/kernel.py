"""Run the cells of a page as a notebook's kernel does, in Pyodide, without IPython.

A cell returns its outputs in a notebook's format. `worker.js` calls `wanted` and `run`;
`stand_ins` replaces the parts that the book uses of packages that pages don't load.
"""

import ast
import base64
import builtins
import contextlib
import importlib
import io
import json
import linecache
import logging
import os
import pprint
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType

Output = dict[str, object]

os.environ["MPLBACKEND"] = "agg"
# It names each font of formulas that did not come, and says that it lists its fonts.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

METHODS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "text/markdown": "_repr_markdown_",
    "image/png": "_repr_png_",
}
PAUSE = 0.2  # seconds between two posts of what a cell has printed so far
LINES, CHARACTERS = 1000, 100_000  # shown of a text; a loop may print endlessly
DRAWN = 5_000_000  # characters of an output that is useless if cut, such as an SVG
WIDTH = 79
REST = "… The rest is not shown.\n"
USUAL = {"np": "numpy", "plt": "matplotlib.pyplot"}
FIGURES: dict[str, object] = {}  # options for writing figures

namespace: dict[str, object] = {"__name__": "__main__"}
outputs: list[Output] = []
cells: set[str] = set()  # the file names of the cells that ran


class Room:
    """The room that a page has for a text."""

    def __init__(self) -> None:
        self.lines, self.characters, self.full = LINES, CHARACTERS, False

    def take(self, text: str) -> str:
        """The part of the text that there is room for."""
        lines = "".join(text.splitlines(keepends=True)[: self.lines])
        kept = lines[: self.characters]
        self.lines -= kept.count("\n")
        self.characters -= len(kept)
        self.full = len(kept) < len(text)
        return kept

    def end(self, shown: str) -> str:
        """The text as shown, with a note if there is more."""
        if not self.full:
            return shown
        return shown + (REST if shown.endswith("\n") else f"\n{REST}")


class Stream(io.TextIOBase):
    """Keep what is printed, and post it while the cell runs."""

    def __init__(self, name: str, post: Callable[[str], object]) -> None:
        self.kind, self.post, self.room = name, post, Room()
        self.posted = 0.0  # when, in seconds

    def write(self, text: str) -> int:
        if self.room.full:
            return len(text)
        if not outputs or outputs[-1].get("name") != self.kind:
            outputs.append({"output_type": "stream", "name": self.kind, "text": ""})
        shown = f"{outputs[-1]['text']}{self.room.take(text)}"
        outputs[-1]["text"] = self.room.end(shown)
        if self.room.full or time.monotonic() - self.posted > PAUSE:
            self.posted = time.monotonic()
            self.post(json.dumps(outputs))
        return len(text)


class Full(Exception):
    """The page has no room for more of this."""


class Sheet(io.StringIO):
    """Take as much text as a page shows, and then stop the writer."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room()

    def write(self, text: str) -> int:
        super().write(self.room.take(text))
        if self.room.full:
            raise Full
        return len(text)


class Printer(pprint.PrettyPrinter):
    """Print long containers item by item, without computing their whole repr."""

    def format(
        self, value: object, context: dict[int, int], maxlevels: int, level: int
    ) -> tuple[str, bool, bool]:
        items = isinstance(value, dict | list | set | tuple) and len(value)
        if items > WIDTH and type(value) in {dict, list, set, tuple}:
            return " " * (WIDTH + 1), True, False
        return super().format(value, context, maxlevels, level)


def limited(text: str) -> str:
    room = Room()
    return room.end(room.take(text))


def plain(value: object) -> str:
    if not isinstance(value, dict | list | tuple | set):
        return limited(repr(value))
    sheet = Sheet()
    sheet.room.characters += 1  # the end of the last line, which is not shown
    with contextlib.suppress(Full):
        Printer(width=WIDTH, sort_dicts=False, stream=sheet).pprint(value)
        return sheet.getvalue().removesuffix("\n")
    return sheet.room.end(sheet.getvalue())


def bundle(value: object) -> dict[str, str]:
    """A value in each of its formats."""
    data = {}
    for kind, name in METHODS.items():
        method = None if isinstance(value, type) else getattr(value, name, None)
        shown = method() if callable(method) else None
        if shown is not None:
            in_text = isinstance(shown, str)
            data[kind] = shown if in_text else base64.b64encode(shown).decode()
    return fitting({**data, "text/plain": plain(value)})


def fitting(data: dict[str, str]) -> dict[str, str]:
    """What a page has room for: the beginning of a text, or all of a drawing."""
    for kind in data.keys() - {"text/markdown", "text/plain"}:
        if len(data[kind]) > DRAWN:
            size = f"as {kind} it has {len(data[kind]):,} characters"
            return {"text/plain": f"Not shown: {size}, and a page takes {DRAWN:,}."}
    if "text/markdown" in data:
        data["text/markdown"] = limited(data["text/markdown"])
    return data


def display(*values: object, **options: object) -> None:
    for value in values:
        outputs.append({"output_type": "display_data", "data": bundle(value)})


def show_figures(*arguments: object, **options: object) -> None:
    """Show each open figure as an SVG and close it, as matplotlib_inline does."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        figure, file = pyplot.figure(number), io.StringIO()  # type: ignore[union-attr]
        colours = figure.get_facecolor(), figure.get_edgecolor()
        look = dict(zip(("facecolor", "edgecolor"), colours, strict=True))
        look |= {"format": "svg", "dpi": figure.dpi, "bbox_inches": "tight", **FIGURES}
        figure.canvas.print_figure(file, **look)
        data = {"image/svg+xml": file.getvalue(), "text/plain": repr(figure)}
        outputs.append({"output_type": "display_data", "data": fitting(data)})
        pyplot.close(figure)  # type: ignore[union-attr]


def imported(source: str) -> Iterator[str]:
    """The modules that code imports; a name imported from one may be a module, too."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # running the cell will report it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wanted(source: str) -> str | None:
    """The package that a cell's imports lack, so that the page can load it."""
    for name in imported(source):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in sys.modules:
                return missing
        except Exception:  # running the cell will report it
            continue
    return None


def prepare() -> None:
    """Make imported packages show figures here, and start no threads."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.show = show_figures  # type: ignore[attr-defined]
    if tqdm := sys.modules.get("tqdm"):
        tqdm.tqdm.monitor_interval = 0


def execute(source: str, name: str) -> None:
    """Run code and show the value of its last line, as a notebook does."""
    body = ast.parse(source, name).body
    quiet = source.rstrip().endswith(";")
    last = body.pop() if body and isinstance(body[-1], ast.Expr) and not quiet else None
    exec(compile(ast.Module(body, []), name, "exec"), namespace)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
        namespace["_"] = value
        if value is not None:
            outputs.append({"output_type": "execute_result", "data": bundle(value)})
    show_figures()


def run(cell: str, source: str, post: Callable[[str], object] = str) -> str:
    """The outputs of a cell, as a notebook stores them, in JSON."""
    outputs.clear()
    namespace.pop("_", None)
    name = f"<{cell}>"
    cells.add(name)
    linecache.cache[name] = len(source), None, source.splitlines(True), name
    prepare()
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", post), Stream("stderr", post)
    try:
        execute(source, name)
    except BaseException as error:  # readers may raise anything
        outputs.append(told(error, name))
    finally:
        sys.stdout, sys.stderr = kept
    return json.dumps(outputs)


def places(error: BaseException, name: str) -> list[tuple[str, int, str]]:
    """The origin of an error: files, lines and functions, innermost last."""
    if isinstance(error, SyntaxError) and error.filename == name:
        return [(name, error.lineno or 1, "")]
    found, trace = [], error.__traceback__
    while isinstance(trace, TracebackType):
        code = trace.tb_frame.f_code
        found.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return found


def told(error: BaseException, name: str) -> Output:
    """An error in a few lines: where in the cells, where in a library, and what."""
    lines, found = [], [x for x in places(error, name) if x[0] != __file__]
    for file, number, _ in [place for place in found if place[0] in cells][-4:]:
        where = "this cell" if file == name else file[1:-1]
        code = linecache.getline(file, number).strip()
        lines += [f"Line {number} of {where}:", f"    {code}"]
    for file, number, function in found[-1:]:
        _, packages, path = file.partition("site-packages/")
        if packages:
            lines.append(f"in {function}, {path}, line {number}")
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    kind, lacks = type(error).__name__, getattr(error, "name", None)
    hints = whence(lacks) if kind == "NameError" else []
    return {
        "output_type": "error",
        "ename": kind,
        "evalue": message,
        "traceback": [
            "\n".join([*lines, f"{kind}: {message}".removesuffix(": "), *hints])
        ],
        "missing": lacks if kind in {"ModuleNotFoundError", "NameError"} else None,
    }


def whence(name: str | None) -> list[str]:
    """The import that defines a name, if the book's cells have one."""
    import xent_lib

    if name in USUAL:
        return [f"{name} is {USUAL[name]}: import {USUAL[name]} as {name}"]
    if name in xent_lib.__all__:
        return [f"{name} is in xent_lib: from xent_lib import {name}"]
    return []


def judge(solution: str, answer: str, asks: str, of: str = "_") -> str:
    """Feedback on the last value, compared with the answer that the solution computes.

    `of` is an expression of that value, `_`, to compare, such as a function's result.
    """
    mine, ours = namespace.get("_"), dict(namespace)
    said = "" if mine is not None else printed()
    mine = number(said) if said else mine
    wanted = f"Not yet: end with {asks}{', without print' if said else ''}."
    if mine is None:
        return wanted
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(solution, ours)
        right = eval(answer, ours)
    except Exception:
        return "Its solution does not run here: is a cell above changed?"
    try:
        return beside(eval(of, ours | {"_": mine}), right, given=of == "_")
    except Exception:  # of another type than the answer
        return wanted


def printed() -> str:
    return "".join(str(x["text"]) for x in outputs if x.get("name") == "stdout").strip()


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def decimal(value: object) -> str:
    """The number that was meant by two whole ones with a comma between them."""
    if not isinstance(value, tuple) or [type(one) for one in value] != [int, int]:
        return ""
    if value[1] < 0:
        return ""
    return f"{value[0]}.{value[1]}".replace("-", "−")


def beside(mine: object, right: object, given: bool = True) -> str:
    """Compare numbers to the digits that the text gives, and words exactly; a number
    that was not `given` itself but follows from what was."""
    import numpy as np

    one, other = np.asarray(mine), np.asarray(right)
    if one.shape != other.shape:
        if given and not other.shape and (meant := decimal(mine)):
            return f"Not yet: Python writes {meant} with a point, not with a comma."
        wanted = "one value" if not other.shape else f"{other.size} values"
        return f"Not yet: {wanted} should come."
    in_words = other.dtype.kind == "U"
    near = one == other if in_words else np.isclose(one, other, rtol=0.004, atol=0.006)
    if near.all():
        return "✓ That is it."
    if one.shape:
        return f"Not yet: {(~near).sum()} of {other.size} values are off."
    told = f"{mine:.4g}".replace("-", "−")
    much = f"too {'low' if one < other else 'high'}"
    return (
        f"Not yet: {f'{told} is' if given else f'that gives {told}, which is'} {much}."
    )


def no_input(prompt: object = "") -> str:
    raise EOFError(
        'a page has no input: write the value into the cell, such as name = "mat"'
    )


builtins.input = no_input
namespace["display"] = display
