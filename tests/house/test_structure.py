"""Structure: formulas first, and imports as in CONTRIBUTING's picture."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import xent_lib

ROOT = Path(__file__).parents[2]
FOLDER = Path(xent_lib.__file__).parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf8")
PICTURE = re.search("```mermaid\n(.*?)```", TEXT, re.S)[1]
ROOMS = dict(re.findall(r'^ +(\w+)\["([^<*]+).*"\]', PICTURE, re.M))


def arrows(kind):
    return {
        (start, end)
        for start, ends in re.findall(rf"^ +(\w+) {kind} (.+)", PICTURE, re.M)
        for end in ends.split(" & ")
    }


SOLID, DOTTED = arrows("-->"), arrows("-.->")
DRAWN = SOLID | DOTTED


def room(path):
    """The room of the picture in which a file lies: the first that holds it."""
    place = path.relative_to(ROOT).as_posix()
    return next(
        (name for name, start in ROOMS.items() if place.startswith(start)), None
    )


def code(path):
    text = path.read_text(encoding="utf8")
    if path.suffix == ".py":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def imports(path):
    """The files that a file imports, of ours."""
    for node in ast.walk(ast.parse(code(path))):
        names = [alias.name for alias in getattr(node, "names", ())]
        if isinstance(node, ast.ImportFrom):
            home = ROOT if not node.level else path.parents[node.level - 1]
            start = home / (node.module or "").replace(".", "/")
            # What is imported from a package may be one of its modules.
            yield from filter(
                None, (found(start / one) or found(start) for one in names)
            )
        elif isinstance(node, ast.Import):
            yield from filter(None, (found(ROOT / x.replace(".", "/")) for x in names))


def found(path):
    files = path.with_suffix(".py"), path / "__init__.py"
    return next((file for file in files if file.exists()), None)


def test_the_formulas_are_short_and_need_numpy_alone():
    text = (FOLDER / "formulas.py").read_text(encoding="utf8")
    assert len(text.splitlines()) <= 70
    assert re.findall("^ *(?:import|from) .*", text, re.M) == ["import numpy as np"]


def test_files_import_what_the_picture_shows():
    kinds = "xent_*.py", "xent_*/**/*.py", "benchmarks/*.py", "chapters/*.ipynb"
    needed = {}
    for path in (path for kind in kinds for path in ROOT.glob(kind)):
        for other in imports(path):
            if room(path) != room(other):
                needed.setdefault((room(path), room(other)), (path.name, other.name))
    assert {arrow: needed[arrow] for arrow in needed.keys() - DRAWN} == {}, "not drawn"
    assert DRAWN - needed.keys() == set(), "drawn, and no file needs them"


def test_the_doctor_is_imported_at_a_call_and_masked_arrays_with_their_reader():
    """Nobody who only takes a loss, as each page does, waits for them."""
    program = """
import sys, numpy

before = "numpy.ma" in sys.modules  # as in old releases
import xent_lib

print(before == ("numpy.ma" in sys.modules), "xent_doctor" in sys.modules)
"""
    came = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert came.split() == ["True", "False"]


def test_no_way_leads_back():
    """Following the solid arrows from any room leads to the ground."""
    left = SOLID
    while ground := {end for _, end in left} - {start for start, _ in left}:
        left = {(start, end) for start, end in left if end not in ground}
    assert left == set()


def test_no_line_of_a_script_is_longer_than_a_hundred_characters():
    """The formatter leaves strings and comments as they are."""
    paths = [*ROOT.glob("xent_book/**/*"), *ROOT.glob("tests/**/*")]
    long = [
        f"{path}:{i}"
        for path in paths
        if path.suffix in {".js", ".mjs", ".css"}
        and not {"katex", "build"} & set(path.parts)
        for i, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1)
        if len(line) > 100
    ]
    assert long == []


def unstable_sorts(source):
    """The calls that order equal values as one processor does, and another does not."""
    tree = ast.parse(source if re.search("arg(sort|part)", source) else "")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            kinds = [k.value.value for k in node.keywords if k.arg == "kind"]
            if "argpartition" in node.func.attr or (
                node.func.attr == "argsort" and kinds != ["stable"]
            ):
                yield node.lineno, ast.unparse(node)


def test_equal_values_are_ordered_alike_on_every_processor():
    """NumPy's quicker sorts leave equals where the wide registers put them."""
    source = "x.argsort(); np.argsort(x, kind='stable'); np.argpartition(x, 1)"
    assert [call for _, call in unstable_sorts(source)] == [
        "x.argsort()",
        "np.argpartition(x, 1)",
    ]
    kinds = "xent_*/**/*.py", "tests/**/*.py", "benchmarks/*.py", "chapters/*.ipynb"
    paths = [path for kind in kinds for path in ROOT.glob(kind)]
    found = {
        x.name: [*unstable_sorts(code(x))] for x in paths if "build" not in x.parts
    }
    assert {name: calls for name, calls in found.items() if calls} == {}


def functions_entered(call):
    """The functions of ours that a call enters, in turn."""
    entered, before = [], sys.getprofile()

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(str(FOLDER)):
            entered.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return entered


def test_a_reader_who_follows_softmax_is_soon_at_the_formula(monkeypatch):
    monkeypatch.delitem(
        sys.modules, "numpy.ma", raising=False
    )  # nobody's array is masked
    entered = functions_entered(lambda: xent_lib.softmax([3.2, 1.0, -0.5, 2.5]))
    assert len(entered) <= 8
    assert entered[-1] == "softmax"
