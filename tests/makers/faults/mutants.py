"""Make every small change to the library, and check that a test fails: `make mutants`.

mutmut makes the changes; what survives is held against mutants.toml beside it. With
NUMBA_DISABLE_JIT=1 it is the turn of COMPILED, whose functions are Python's then.
"""

import ast
import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

from libcst import FunctionDef, Module
from mutmut.__main__ import _run
from mutmut.configuration import config
from mutmut.mutation.diff_apply import get_diff_for_mutant, read_functions_from_index
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.stats import status_by_exit_code

TABLE = Path(__file__).with_name("mutants.toml")
COMPILED = "xent_lib/_fast/compiled.py"
TURN = "numba" if os.environ.get("NUMBA_DISABLE_JIT") == "1" else "numpy"


def run():
    """mutmut, which would pass over all functions with a decorator."""
    if TURN == "numba":
        skip = MutationVisitor._skip_node_and_children
        MutationVisitor._skip_node_and_children = lambda self, node: (
            not isinstance(node, FunctionDef) and skip(self, node)
        )
        config().only_mutate[:] = [COMPILED]
        config().pytest_add_cli_args_test_selection[:] = [
            "tests/library/fast", "tests/makers/fast"
        ]  # fmt: skip
        config().pytest_add_cli_args[:] = [
            "-k", "numba and not imports or equal_logits and 1"
        ]  # fmt: skip
    else:
        config().do_not_mutate.append(COMPILED)
    shutil.rmtree("mutants", ignore_errors=True)  # or it keeps verdicts of old tests
    _run((), 2)


def alive():
    """The name and the status of each, its file, and its function before and after."""
    for meta in sorted(Path("mutants").rglob("*.meta")):
        path = meta.relative_to("mutants").with_suffix("")
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
            if (status := status_by_exit_code[code]) != "killed":
                functions = read_functions_from_index(name, path)
                yield name, status, path, *(Module([f]).code for f in functions)


def without_texts(source):
    """What a function does, whatever it says: a string with a space in it is a text."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and " " in str(node.value):
            node.value = ""
    return ast.dump(tree)


def main():
    if "--again" not in sys.argv:  # the verdicts of the last run will do
        run()
    groups = tomllib.loads(TABLE.read_text("utf8"))[TURN]
    listed = {tuple(mutant) for group in groups.values() for mutant in group["mutants"]}
    unlisted, unmet, texts = [], set(listed), 0
    for name, status, path, before, after in alive():
        met = {
            (function, old, new)
            for function, old, new in listed
            if f"def {function}(" in before and before.replace(old, new, 1) == after
        }
        unmet -= met
        if without_texts(before) == without_texts(after):
            texts += 1
        elif not met and status != "timeout":  # which is as good as a failed test
            unlisted.append(
                f"\n{name}: {status}\n{get_diff_for_mutant(name, path=path)}"
            )
    print(
        *unlisted, *(f"\nlisted, but killed or no mutant: {entry}" for entry in unmet)
    )
    print(f"{len(listed)} mutants are listed, {texts} change no more than a text")
    sys.exit(bool(unlisted or unmet))


if __name__ == "__main__":
    main()
