"""Build the distributions and the notes of their release, in dist/ (release.yml).

What no file of a fork can say comes from the workflow: where the repository is.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
RELATIVE = re.compile(r"\]\((?!\w+:|#)([^)]+)\)")


def version(settings: str) -> str:
    return tomllib.loads(settings)["project"]["version"]


def notes(changes: str, release: str) -> str:
    """What CHANGELOG.md says of a release."""
    head = rf"^## {re.escape(release)} [^\n]*\n"
    found = re.search(head + r"(.*?)(?=^## |\Z)", changes, re.MULTILINE | re.DOTALL)
    return found[1].strip() + "\n"


def absolute(readme: str, repository: str, tag: str) -> str:
    """The README with links that hold outside of the repository, too."""
    readme = readme.replace("](.github/", f"]({repository}/raw/{tag}/.github/")
    return RELATIVE.sub(rf"]({repository}/blob/{tag}/\1)", readme)


def urls(repository: str) -> str:
    return f"""
[project.urls]
Source = "{repository}"
Issues = "{repository}/issues"
Changes = "{repository}/blob/main/CHANGELOG.md"
"""


def edit(path: str, change) -> None:
    (ROOT / path).write_text(change((ROOT / path).read_text("utf8")), "utf8")


def main() -> None:
    tag = os.environ["GITHUB_REF_NAME"]
    repository = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}".format(**os.environ)
    release = version((ROOT / "pyproject.toml").read_text("utf8"))
    if tag != f"v{release}":
        sys.exit(f"The tag is {tag}, and pyproject.toml has version {release}")
    edit("README.md", lambda text: absolute(text, repository, tag))
    for place in [".", "xent_doctor", "xent_book"]:
        edit(f"{place}/pyproject.toml", lambda text: text + urls(repository))
        # By the environment's own setuptools, which is locked by its hash, as uv is.
        build = ["uv", "build", "--no-build-isolation", "--out-dir", "dist", place]
        subprocess.run(build, cwd=ROOT, check=True)
    said = notes((ROOT / "CHANGELOG.md").read_text("utf8"), release)
    (ROOT / "dist/notes.md").write_text(said, "utf8")


if __name__ == "__main__":
    main()
