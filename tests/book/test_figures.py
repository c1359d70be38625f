"""What the stored figures of the chapters cannot show."""

import importlib
import sys

import pytest


@pytest.mark.parametrize("name", ["matplotlib.pyplot", "matplotlib_inline"])
def test_what_is_missing_is_named_with_its_cure(monkeypatch, name):
    monkeypatch.delitem(sys.modules, "xent_lib.book.figures", raising=False)
    for module in [module for module in sys.modules if module.startswith(name)]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=r"xent_lib\[figures\]") as caught:
        importlib.import_module("xent_lib.book.figures")
    assert caught.value.name.startswith(name)
