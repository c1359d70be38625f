"""Have the doctor examine the public functions of chapters/wild.toml: `make wild`.

Each is read from its repository at its commit, run in a process of its own, and what
the doctor finds is compared with the table. A folder of clones, `owner+name` or
`owner+name/repo`, saves the network: `make wild WILD=/path/to/clones`. With `SAY=name`
it prints the whole reports of the functions whose name contains that.

A function runs with those statements of its file that it needs, and with a stand-in
for what isn't installed, since most of these packages are large or old.
"""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from xent_doctor import diagnose

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
REPORTS = HERE / "reports"
KEPT = ROOT / "_build/wild"
FRAMEWORKS = {"PyTorch": "torch", "JAX": "jax"}
SECONDS = 300  # for one function


def whole() -> dict[str, Any]:
    return tomllib.loads((ROOT / "chapters/wild.toml").read_text(encoding="utf8"))


def git(folder: Path, *arguments: str) -> str:
    run = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(run, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return done.stdout


def fetched(one: dict[str, Any]) -> Path:
    """A clone that has the commit, fetched without its files if there is none."""
    name = one["repository"].replace("/", "+")
    if given := os.environ.get("WILD"):
        inner = Path(given, name, "repo")
        return inner if inner.exists() else Path(given, name)
    folder = KEPT / name
    head = folder / "FETCH_HEAD"
    if not head.exists() or one["commit"] not in head.read_text():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet", "--bare")
        home = f"https://github.com/{one['repository']}"
        git(folder, "config", "remote.origin.url", home)
        fetch = ["fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin"]
        git(folder, *fetch, one["commit"])
    return folder


def made_on(one: dict[str, Any]) -> str:
    """The day of its commit, by the clock of who made it."""
    return git(fetched(one), "log", "-1", "--format=%cs", one["commit"]).strip()


def read(one: dict[str, Any], path: str) -> str:
    return git(fetched(one), "show", f"{one['commit']}:{path}")


class Missing:
    """Stands in for a name of a package that isn't installed, also as a decorator."""

    def __getattr__(self, name: str) -> "Missing":
        return self

    def __getitem__(self, key: Any) -> "Missing":
        return self

    def __mro_entries__(self, bases: Any) -> tuple[()]:
        return ()

    def __call__(self, *given: Any, **named: Any) -> Any:
        return given[0] if given and callable(given[0]) else self


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All of a file, also those below an `if` or a `try`."""
    for one in body:
        if isinstance(one, ast.If | ast.Try):
            yield from statements([*one.body, *one.orelse])
        else:
            yield one


def makes(one: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(one, ast.FunctionDef | ast.ClassDef):
        return [one.name]
    if isinstance(one, ast.Import | ast.ImportFrom):
        return [x.asname or x.name.partition(".")[0] for x in one.names]
    targets = one.targets if isinstance(one, ast.Assign) else []
    targets = [one.target] if isinstance(one, ast.AnnAssign) else targets
    return [x.id for x in targets if isinstance(x, ast.Name)]


def names(one: ast.AST) -> set[str]:
    """The names that a statement uses, but for annotations, which are not evaluated."""
    return {x.id for x in ast.walk(one) if isinstance(x, ast.Name)}


def fixed(one: dict[str, Any], text: str) -> str:
    """A file once the words that are wrong are right."""
    for wrong, right in one["fix"]:
        if text.count(wrong) != 1:
            raise ValueError(f"{wrong!r} is {text.count(wrong)} times in {one['path']}")
        text = text.replace(wrong, right)
    return text


def loaded(one: dict[str, Any], fix: bool = False) -> types.ModuleType:
    """A module with what a function, and the call of it, need of their files."""
    texts = [read(one, path) for path in (*one.get("with", ()), one["path"])]
    texts[-1] = fixed(one, texts[-1]) if fix else texts[-1]
    body = [x for text in texts for x in statements(ast.parse(text).body)]
    given = one.get("given", {})
    asked = ast.parse("\n".join([one["object"], one.get("call", ""), *given.values()]))
    needed, before = names(asked), -1
    while len(needed) > before:
        before = len(needed)
        used = [x for x in body if needed & {*makes(x)}]
        used += [x for x in body if isinstance(x, ast.Expr) and needed & names(x)]
        needed |= {name for x in used for name in names(x)}
    module = types.ModuleType("wild_function")
    sys.modules[module.__name__] = module  # dataclasses look there
    space = vars(module)
    space.update(np=np, SimpleNamespace=types.SimpleNamespace)
    if framework := FRAMEWORKS.get(one.get("framework", "")):
        space[framework] = importlib.import_module(framework)  # the doctor looks, too
    future = ast.parse("from __future__ import annotations").body
    for x in (x for x in body if x in used):
        code = ast.Module([*future, x], [])
        try:
            exec(compile(code, one["path"], "exec", dont_inherit=True), space)
        except ImportError:
            for name in makes(x):
                space.setdefault(name, Missing())
    space.update({name: eval(text, space) for name, text in given.items()})
    return module


def answer(one: dict[str, Any]) -> dict[str, Any]:
    """What the doctor says of one function."""
    module = loaded(one)
    said = diagnosed(one, module)
    shown = [(x.probe, x.seen, x.expected) for y in said.findings for x in y.shown]
    found = {"finds": list(map(brief, said.findings)), "shown": shown}
    found |= {"passed": [], "unfixed": [], "says": repr(said)}
    if "report" in one:
        found["passed"] = [test for test, ok in tested(one, module).items() if ok]
        found["unfixed"] = unfixed(one)
    return found


def diagnosed(one: dict[str, Any], module: types.ModuleType) -> Any:
    loss = eval(one.get("call", one["object"]), vars(module))
    return diagnose(loss, **one.get("options", {}))


def unfixed(one: dict[str, Any]) -> list[str]:
    """What is still wrong once its fix is made: bugs, and tests of its report."""
    module = loaded(one, fix=True)
    found = map(brief, diagnosed(one, module).findings)
    tests = tested(one, module).items()
    return [x for x in found if x[0] != "–"] + [test for test, ok in tests if not ok]


def tested(one: dict[str, Any], module: types.ModuleType) -> dict[str, bool]:
    """The tests of its report, and which of them pass."""
    whole = one.get("module", one["path"].removesuffix(".py").replace("/", "."))
    for i, letter in enumerate(f"{whole}."):
        if letter == ".":
            sys.modules[whole[:i]] = module
    report = (REPORTS / f"{one['report']}.md").read_text(encoding="utf8")
    (code,) = re.findall(r"```python\n(.*?)```", report, re.S)
    space: dict[str, Any] = {}
    exec(code, space)
    tests = [name for name in space if name.startswith("test_")]
    return {name: not fails(space[name]) for name in tests}


def fails(test: Any) -> bool:
    try:
        test()
    except AssertionError:
        return True
    return False


def brief(finding: Any) -> str:
    """The sign and the name of a finding."""
    sign = {"fault": "✗", "refused": "?"}.get(finding.kind, "–")
    unnamed = "not-examined" if sign == "?" else "another-loss"
    return f"{sign} {finding.name or unnamed}"


def in_a_process(one: dict[str, Any]) -> dict[str, Any]:
    run = [sys.executable, __file__, json.dumps(one)]
    try:
        done = subprocess.run(run, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return {"finds": [f"! more than {SECONDS} seconds"], "shown": [], "says": ""}
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"finds": [f"! {lines[-1]}"], "shown": [], "says": done.stderr}
    return json.loads(done.stdout.splitlines()[-1])


def number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None


def alike(one: str, other: str) -> bool:
    """The same words, or the same number but for what float32 rounds."""
    x, y = number(one), number(other)
    if x is None or y is None:
        return one == other
    return abs(x - y) <= 1e-3 * max(abs(x), abs(y))


def differences(one: dict[str, Any], said: dict[str, Any]) -> list[str]:
    """What the table says otherwise."""
    finds = one.get("finds", [])
    if finds != said["finds"]:
        return [f"the table has {finds}"]
    wanted = [one["on"], one["gives"], one["right"]] if "on" in one else None
    if wanted and not any(all(map(alike, wanted, shown)) for shown in said["shown"]):
        return [f"the table has {wanted}"]
    passed = [f"{one['report']}: {name} passes" for name in said["passed"]]
    return passed + [f"{one['report']}: fixed, still {x}" for x in said["unfixed"]]


def main() -> int:
    wrong = 0
    say, table = os.environ.get("SAY"), whole()
    for one in table["function"]:
        title = f"{one['repository']} {one['path']} {one['object']}"
        if say is not None and say not in title:
            continue
        said = in_a_process(one)
        faults = differences(one, said)
        if (day := made_on(one)) != str(table["committed"][one["commit"]]):
            faults.append(f"its commit is of {day}")
        wrong += bool(faults)
        print(" ".join([title, *said["finds"]] if said["finds"] else [title, "✓"]))
        print(*(f"    {x}" for x in faults), sep="\n", end="\n" if faults else "")
        if say is not None:
            print(said["says"], *said["shown"], sep="\n")
    print(f"{wrong} of them differ from the table" if wrong else "As in the table")
    return min(wrong, 1)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(answer(json.loads(sys.argv[1]))))
    else:
        sys.exit(main())
