"""The house: formulas first, one direction of imports, a short way to each formula."""

import ast
import sys
from pathlib import Path

import pytest

import xent_lib

FOLDER = Path(xent_lib.__file__).parent
MODULES = {
    path.relative_to(FOLDER).with_suffix("").as_posix(): path
    for path in sorted(FOLDER.rglob("*.py"))
}
PUBLIC = {
    "__init__",
    "_softmax",
    "_cross_entropy",
    "_dataset",
    "_divergence",
    "_linear",
}


def imports(path):
    """What a module imports: ours by their place in the folder, others by name."""
    home = path.relative_to(FOLDER).parent
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            place = Path(*home.parts[: len(home.parts) - node.level + 1])
            if node.module:
                place /= node.module.replace(".", "/")
            names = [(place / alias.name).as_posix() for alias in node.names]
            known = [
                name for name in names if name in MODULES or (FOLDER / name).is_dir()
            ]
            yield from known or [place.as_posix()]


def test_the_formulas_are_short_and_need_numpy_alone():
    path = MODULES["formulas"]
    assert len(path.read_text(encoding="utf8").splitlines()) <= 70
    assert list(imports(path)) == ["numpy"]


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_in_one_direction(module):
    found = set(imports(MODULES[module]))
    fast = {name for name in found if name.startswith("_fast")}
    if module.startswith("_fast/"):
        ours = {name for name in found if name in MODULES or name.startswith("_fast")}
        assert ours - fast <= {"_arrays"}
    elif module not in PUBLIC:
        assert not fast
    if not module.startswith("book/"):
        assert not any(name.startswith("book") for name in found)


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


def test_a_reader_who_follows_softmax_is_soon_at_the_formula():
    entered = functions_entered(lambda: xent_lib.softmax([3.2, 1.0, -0.5, 2.5]))
    assert len(entered) <= 8
    assert entered[-1] == "softmax"
