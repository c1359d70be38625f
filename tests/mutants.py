"""Holds the mutants that survived mutmut against tests/mutants.toml: `make mutants`."""

import ast
import json
import sys
import tomllib
from pathlib import Path

from libcst import Module
from mutmut.mutation.diff_apply import get_diff_for_mutant, read_functions_from_index
from mutmut.stats import status_by_exit_code


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
    entries = tomllib.loads(Path("tests/mutants.toml").read_text("utf8")).values()
    listed = {(e["function"], e["old"], new) for e in entries for new in e["new"]}
    unlisted, unmet, texts = [], set(listed), 0
    for name, status, path, before, after in alive():
        met = {
            (function, old, new)
            for function, old, new in listed
            if f"def {function}(" in before and before.replace(old, new) == after
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
