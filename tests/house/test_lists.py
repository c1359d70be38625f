"""No list forgets a module: each is packaged or loaded, mutated and measured.

A list names what it leaves out, with the reason.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from setuptools import find_namespace_packages

from xent_doctor.faults import FAULTS as KNOWN

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "pyproject.toml").read_text(encoding="utf8")
TOOL = tomllib.loads(SETTINGS)["tool"]


def defines(path):
    """An __init__.py may only name what others define."""
    body = ast.parse(path.read_text(encoding="utf8")).body
    made = ast.FunctionDef | ast.ClassDef
    return path.name != "__init__.py" or any(isinstance(node, made) for node in body)


def modules(*folders):
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [x.relative_to(ROOT).as_posix() for x in sorted(paths) if defines(x)]


LIBRARY = modules("xent_lib")
DOCTOR = modules("xent_doctor")
MODULES = ["xent_command.py", *LIBRARY, *DOCTOR, *modules("xent_book")]

GENERATED = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")


def test_every_folder_is_packaged():
    find = TOOL["setuptools"]["packages"]["find"]
    packages = find_namespace_packages(str(ROOT), include=find["include"])
    folders = {Path(module).parent.as_posix() for module in LIBRARY}
    assert folders <= {package.replace(".", "/") for package in packages}


def test_every_folder_of_the_doctor_is_packaged():
    settings = (ROOT / "xent_doctor/pyproject.toml").read_text(encoding="utf8")
    packages = tomllib.loads(settings)["tool"]["setuptools"]["packages"]
    folders = {Path(module).parent.as_posix() for module in DOCTOR}
    assert folders == {package.replace(".", "/") for package in packages}


def test_what_modules_read_is_packaged():
    patterns = TOOL["setuptools"]["package-data"]["xent_lib"]
    library = ROOT / "xent_lib"
    for path in library.rglob("*"):
        name = path.relative_to(library).as_posix()
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
            assert any(fnmatch(name, pattern) for pattern in patterns), name


def test_the_library_is_as_small_as_the_readme_says():
    """What pip installs; the book is no part of it."""
    files = [x for x in (ROOT / "xent_lib").rglob("*") if "__pycache__" not in x.parts]
    size = sum(file.stat().st_size for file in files if file.is_file())
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    [most] = re.findall(r"`pip install \.` installs less than (\d) MB", readme)
    assert size < int(most) * 10**6, f"{size:,} bytes: is all of it a user's?"


def test_the_books_package_has_what_its_modules_import_and_read(tmp_path):
    """What stands in the wheel shows and reads all there is, without the folder."""
    folder = shutil.copytree(
        ROOT / "xent_book", tmp_path / "xent_book", ignore=GENERATED
    )
    make = "from setuptools import setup; setup()"
    command = [sys.executable, "-c", make, "-q", "build", "--build-lib", "built"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    code = "from xent_book import figures, parts, recorded, tokens; "
    code += "tokens.novel(), recorded.wordnet(), recorded.measured('smollm')"
    path = {"PYTHONPATH": str(folder / "built")}
    command = [sys.executable, "-c", f"{code}; print(parts.__file__)"]
    run = subprocess.run(
        command,
        cwd=folder / "built",
        env=os.environ | path,
        capture_output=True,
        text=True,
    )
    assert run.stdout.startswith(str(folder / "built")), run.stderr


def test_the_sdist_holds_every_folder():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf8").split()
    folders = {
        path.name
        for path in ROOT.glob("[!.]*")
        if path.is_dir() and not any(fnmatch(f"{path.name}/", line) for line in ignored)
    }
    manifest = (ROOT / "MANIFEST.in").read_text(encoding="utf8")
    assert folders <= {"xent_lib", *re.findall("^graft (.+)", manifest, re.M)}


def test_the_readme_trusts_every_notebook():
    """By name, since no shell of Windows knows what *.ipynb is."""
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    trusted = re.search("^jupyter trust (.+)", readme, re.M)[1].split()
    notebooks = {path.name for path in (ROOT / "chapters").glob("*.ipynb")}
    assert set(trusted) == notebooks


def test_the_tools_take_in_all_packages():
    mutmut, coverage = TOOL["mutmut"], TOOL["coverage"]["run"]
    packages = ["xent_command", "xent_lib", "xent_doctor", "xent_book"]
    assert TOOL["mypy"]["packages"] == packages
    assert {*packages} - {*coverage["source_pkgs"]} == {"xent_doctor"}
    assert mutmut["source_paths"] == ["xent_lib", "xent_doctor"]
    assert "only_mutate" not in mutmut
    assert "include" not in coverage


@pytest.mark.parametrize(
    ("key", "left_out"),
    [
        ("do_not_mutate", TOOL["mutmut"]["do_not_mutate"]),
        ("omit", TOOL["coverage"]["run"]["omit"]),
    ],
)
def test_what_a_tool_leaves_out_is_there_and_has_a_reason(key, left_out):
    lines = re.search(rf"^{key} = \[\n(.*?)^\]", SETTINGS, re.M | re.S)[1]
    assert re.findall(r'^ +"(.+)",  # \w', lines, re.M) == left_out
    for pattern in left_out:
        assert any(fnmatch(module, pattern) for module in MODULES), pattern


def goals():
    """What .ci/run makes."""
    script = (ROOT / ".ci/run").read_text(encoding="utf8")
    return " ".join(re.findall("^make ([a-z -]+)", script, re.M)).split()


def workflow(name):
    path = ROOT / ".github/workflows" / f"{name}.yml"
    return yaml.safe_load(path.read_text(encoding="utf8"))["jobs"]


def test_every_test_is_run():
    weekly = workflow("weekly")["goal"]["strategy"]["matrix"]["goal"]
    made = subprocess.run(
        ["make", "--dry-run", *goals(), *weekly],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    named = set(re.findall(r"(?<= )tests/[\w./]+", made.stdout))
    for file in (ROOT / "tests").rglob("test_*.py"):
        path = file.relative_to(ROOT)
        assert named & {one.as_posix() for one in [path, *path.parents]}, path


def test_every_extension_is_loaded():
    files = [ROOT / name for name in modules("xent_book")]
    found = {
        x.relative_to(ROOT).as_posix().removesuffix(".py").removesuffix("/__init__")
        for x in files
        if "\ndef setup(app: Sphinx)" in x.read_text(encoding="utf8")
    }
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))["sphinx"]
    loaded = {name.replace(".", "/") for name in config["config"]["extensions"]}
    assert "xent_book/site/theme" in found <= loaded


def test_every_fault_names_code_and_a_test_that_are_there():
    faults = tomllib.loads(
        (ROOT / "tests/makers/faults/faults.toml").read_text(encoding="utf8")
    )
    for name, fault in faults.items():
        test, function = fault["test"].split("::")
        text = (ROOT / "tests" / test).read_text(encoding="utf8")
        assert f"def {function.split('[')[0]}(" in text, name
        module = (ROOT / "xent_lib" / fault["file"]).read_text(encoding="utf8")
        assert fault["old"] in module, name
        assert ("doctor" in fault) != ("no_doctor" in fault), name
        assert fault.get("doctor") in {None, *(known.name for known in KNOWN)}, name


def test_the_workflow_runs_what_ci_runs():
    first, *rest = goals()
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    test = re.search("^test: (.+)  ##", makefile, re.M)[1].split()
    assert {*test} - {*rest} == {"unit"}  # which is what coverage runs
    runs = []
    for part in ("lint", "library", "pages"):
        steps = [x for x in workflow("book")[part]["steps"] if "run" in x]
        made = [step for step in steps if step["run"] in {f"make {x}" for x in rest}]
        assert all(step["name"].split()[0] in step["run"] for step in made)
        runs += [step["run"] for step in made]
        if part != "lint":
            prepared = [step["run"] for step in steps[:2]]
            assert prepared == ["sudo bash .ci/tools", f"make {first}"]
    assert sorted(runs) == sorted(f"make {goal}" for goal in rest)


def test_every_listed_mutant_changes_a_function_that_is_there():
    sources = {}
    for path in (ROOT / "xent_lib").rglob("*.py"):
        text = path.read_text(encoding="utf8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                source = ast.get_source_segment(text, node)
                sources.setdefault(node.name, []).append(source)
    turns = tomllib.loads(
        (ROOT / "tests/makers/faults/mutants.toml").read_text(encoding="utf8")
    )
    missing = [
        mutant
        for groups in turns.values()
        for group in groups.values()
        for mutant in group["mutants"]
        if not any(mutant[1] in source for source in sources.get(mutant[0], []))
    ]
    assert missing == []
