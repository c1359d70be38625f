"""mutants.py uses private parts of mutmut, which a release may change."""

import importlib.util
from pathlib import Path

from mutmut.mutation.file_mutation import MutationVisitor


def test_mutmut_has_what_is_taken_from_it():
    path = Path(__file__).with_name("mutants.py")
    spec = importlib.util.spec_from_file_location("mutants", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))  # all it imports
    says = "mutmut passes over functions with a decorator in another way: see run()"
    assert hasattr(MutationVisitor, "_skip_node_and_children"), says
