"""What is said of a release in several places is the same in all; what carries it out
may do no more than it must."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CI = {
    name: runpy.run_path(str(ROOT / f".ci/{name}.py"))
    for name in ("changed", "release", "without_make")
}
PLACES = [".", "xent_doctor", "xent_book"]  # of the distributions
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def text(name):
    return (ROOT / name).read_text(encoding="utf8")


def project(place):
    return tomllib.loads(text(f"{place}/pyproject.toml"))["project"]


def test_a_release_has_one_version_and_one_date():
    cited = yaml.safe_load(text("CITATION.cff"))
    version, date = cited["version"], cited["date-released"]
    assert {project(place)["version"] for place in PLACES} == {version}
    assert f"xent_lib=={version}" in project("xent_doctor")["dependencies"]
    _, newest, *_ = re.findall("^## (.+)", text("CHANGELOG.md"), re.M)
    assert newest == f"{version} ({date})"  # below what is unreleased


def test_each_distribution_brings_the_licence():
    assert {text(f"{place}/LICENSE") for place in PLACES} == {text("LICENSE")}


def test_a_release_has_its_notes_from_the_list_of_changes():
    changes = (
        "# Changes\n\n## 0.2.0 (2027-01-01)\n\nNew, as #12.\n\n### More\n\nMuch.\n\n"
        "## 0.1.0 (2026-01-01)\n\nOld.\n"
    )
    notes = CI["release"]["notes"]
    assert notes(changes, "0.2.0") == "New, as #12.\n\n### More\n\nMuch.\n"
    assert notes(changes, "0.1.0") == "Old.\n"
    assert len(notes(text("CHANGELOG.md"), project(".")["version"])) > 40


def test_links_of_the_readme_hold_outside_of_the_repository_too():
    forge = "https://forge.example/r/b"
    readme = CI["release"]["absolute"](text("README.md"), forge, "v1")
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    ours = [link.removeprefix(forge) for link in links if link.startswith(forge)]
    paths = [re.sub("^/(blob|raw)/v1/", "", link) for link in ours]
    assert "CONTRIBUTING.md" in paths
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_without_make_the_commands_are_those_of_the_readme():
    commands = CI["without_make"]["commands"](text("README.md"))
    assert commands[0] == "python -m venv .venv"
    assert {"jupyter-book build .", "pytest --nbval chapters", "cd chapters"} <= {
        *commands
    }
    assert not [line for line in commands if "jupyter lab " in line or "#" in line]


def test_the_pythons_are_those_that_are_tried():
    said = [
        x.rpartition(" ")[2] for x in project(".")["classifiers"] if ":: Python ::" in x
    ]
    workflow = yaml.safe_load(text(".github/workflows/book.yml"))
    assert workflow["jobs"]["library"]["strategy"]["matrix"]["python"] == said


def test_a_change_runs_what_it_can_break():
    parts = CI["changed"]["parts"]
    both = {"library": True, "pages": True}
    assert parts(["xent_lib/formulas.py", "tests/doctor/planted.py"]) == both
    assert parts(["tests/doctor/planted.py"]) == both | {"pages": False}
    assert parts(["xent_book/site/live.py"]) == both | {"library": False}
    for folder in CI["changed"]["PAGES"] + CI["changed"]["LIBRARY"]:
        assert (ROOT / folder).is_dir()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_what_its_jobs_name_and_runs_what_was_seen(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert {"permissions", "timeout-minutes"} <= job.keys()
    used = re.findall("uses: (.*)", path.read_text(encoding="utf8"))
    assert used
    assert [x for x in used if not re.fullmatch(r"\S+@[0-9a-f]{40} # v[\d.]+", x)] == []


def test_a_commit_is_held_to_what_lint_checks():
    [hooks] = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    tools = {hook["entry"].split()[0] for hook in hooks["hooks"]}
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", text("Makefile"), re.M)[1]
    assert tools == {f".venv/bin/{x}" for x in re.findall(r"\$\(BIN\)/(\w+)", lint)}
