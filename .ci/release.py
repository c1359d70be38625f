"""Build the distributions and the notes of their release, in dist/ (release.yml).

What no file of a fork can say comes from the workflow: where the repository is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
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


def main() -> None:
    """Build a copy, so that no file here changes; without a tag, as a dry run."""
    release = version((ROOT / "pyproject.toml").read_text("utf8"))
    tag = os.environ.get("GITHUB_REF_NAME", f"v{release}")
    server = os.environ.get("GITHUB_SERVER_URL", "https://forge.example")
    repository = f"{server}/{os.environ.get('GITHUB_REPOSITORY', 'reader/book')}"
    if tag != f"v{release}" and os.environ.get("GITHUB_REF_TYPE") == "tag":
        sys.exit(f"The tag is {tag}, and pyproject.toml has version {release}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        listed = ["git", "ls-files", "-z"]
        ran = subprocess.run(listed, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        for name in ran.stdout.decode().split("\0")[:-1]:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
        readme = copy / "README.md"
        readme.write_text(absolute(readme.read_text("utf8"), repository, tag), "utf8")
        for place in [".", "xent_doctor", "xent_book"]:
            with (copy / place / "pyproject.toml").open("a", encoding="utf8") as file:
                file.write(urls(repository))
            # By the environment's setuptools, which is locked by its hash, as uv is.
            build = ["uv", "build", "--quiet", "--no-build-isolation"]
            build += ["--out-dir", str(ROOT / "dist"), place]
            subprocess.run(build, cwd=copy, check=True)
    said = notes((ROOT / "CHANGELOG.md").read_text("utf8"), release)
    (ROOT / "dist/notes.md").write_text(said, "utf8")
    print(f"dist/ has what {tag} would publish")


if __name__ == "__main__":
    main()
