"""One line in a conftest.py, and a fixture is there."""

import subprocess
import sys

from xent_lib import cross_entropy
from xent_lib.doctor.fixture import assert_healthy  # noqa: F401

TESTS = """
from xent_lib import cross_entropy
def test_right(assert_healthy):
    assert_healthy(cross_entropy)
def test_broken(assert_healthy):
    assert_healthy(lambda o, t: -cross_entropy(o, t))
"""


def test_the_whole_report_is_shown(tmp_path):
    line = 'pytest_plugins = ["xent_lib.doctor.fixture"]\n'
    (tmp_path / "conftest.py").write_text(line, encoding="utf8")
    (tmp_path / "test_loss.py").write_text(TESTS, encoding="utf8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf8",
    )  # fmt: skip
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "E       ✗ The loss is negative: ln p without its minus" in done.stdout
    assert "To fix it, flip the sign" in done.stdout
    assert "_diagnose.py" not in done.stdout, "the report alone"


def test_it_is_the_doctor_s(request):
    request.getfixturevalue("assert_healthy")(cross_entropy)
