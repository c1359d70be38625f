"""A new extension is loaded and tested, or this fails."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MODULES = {path.stem for path in (ROOT / "_ext").glob("*.py")}
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))["sphinx"]


def test_every_extension_is_found_and_loaded():
    assert CONFIG["local_extensions"] == dict.fromkeys(MODULES, "_ext")
    assert set(CONFIG["config"]["extensions"]) >= MODULES


def test_every_extension_has_its_tests():
    tests = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    assert tests >= {f"test_{module}" for module in MODULES}
