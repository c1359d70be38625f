"""For pytest: one test for each function that pyproject.toml names, and a fixture.

[tool.xent_doctor]
functions = ["train.losses:masked_mean", "train.losses:Trainer.compute_loss"]

[tool.xent_doctor.allow]
"train.losses:masked_mean" = ["mean-of-means"]

[tool.xent_doctor.kind]
"train.losses:sequence_logps" = "log_prob"
"""

import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .__main__ import find


@pytest.fixture
def assert_healthy() -> Callable[..., None]:
    """Fails with the doctor's whole report unless a loss function is healthy."""
    from .diagnose import assert_healthy as check

    return check


def pytest_collect_file(
    file_path: Any, parent: pytest.Collector
) -> pytest.Collector | None:
    """The tests of [tool.xent_doctor], if pytest is given the folder, or the file."""
    if file_path.name != "pyproject.toml":
        return None
    table = tomllib.loads(file_path.read_text(encoding="utf-8")).get("tool", {})
    settings = table.get("xent_doctor", {})
    if not settings.get("functions"):
        return None
    found: Any = Functions.from_parent(parent, path=file_path)
    found.settings = settings
    return found


class Functions(pytest.File):
    """pyproject.toml, with a test for each function that it names."""

    settings: dict[str, Any]

    def collect(self) -> Iterator[pytest.Item]:
        for name in self.settings["functions"]:
            item: Any = Healthy.from_parent(self, name=name)
            item.allow = self.settings.get("allow", {}).get(name, [])
            item.kind = self.settings.get("kind", {}).get(name)
            yield item


class Healthy(pytest.Item):
    """That the doctor finds no fault in one function."""

    allow: list[str]
    kind: Any

    def runtest(self) -> None:
        from .diagnose import assert_healthy as check

        check(find(self.name), allow=self.allow, kind=self.kind)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The report alone, whose first line has the names."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int, str]:
        return self.path, 0, f"xent_doctor: {self.name}"
