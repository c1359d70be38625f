"""Pages load what the lock file names, reduced and packed, in reproducible bytes."""

import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import tomllib
import zipfile

import pytest

from xent_book.run import fetch

CORE = "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"
WHEEL = {
    "numpy/__init__.py": b"import math",
    "numpy/tests/test_all.py": b"assert True",
    "numpy/notes.txt": b"notes",
    "numpy-2.dist-info/METADATA": b"Name: numpy",
    "numpy-2.dist-info/licenses/LICENSE.txt": b"BSD",
}
STDLIB = {"os.py": b"import sys", "turtle.py": b"import tkinter"}
# In place of the program that compiles: it marks one module.
DENO = """#!{python}
import pathlib, sys
script, core, folder, platform = sys.argv[-4:]
assert pathlib.Path(script).name == "compile.mjs" and "3.14.0" in platform
assert pathlib.Path(core, "pyodide.asm.wasm").exists()
path = pathlib.Path(folder, "numpy/numpy/__init__.py")
path.rename(path.with_suffix(".pyc"))
"""
LOCK = """
folder = "deep/inside"
platform = {{ python = "3.14.0" }}
[core]
{core}
[stdlib]
left_out = ['turtle\\.py']
[packages.numpy.wheels]
"numpy.whl" = "{wheel}"
[packages.numpy]
left_out = ['.*\\.txt$']
[packages.tqdm]
installed = "tqdm"
left_out = ['tqdm/notebook']
"""


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A folder with the files of a small release, and the lock that names them."""
    files = {name: f"{name}, whole".encode() for name in CORE}
    files |= {"python_stdlib.zip": zipped(STDLIB), "numpy.whl": zipped(WHEEL)}
    folder = tmp_path / "release"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    wheel = hashes.pop("numpy.whl")
    core = "\n".join(f'"{name}" = "{sha}"' for name, sha in hashes.items())
    lock = tmp_path / "python.toml"
    lock.write_text(LOCK.format(core=core, wheel=wheel))
    monkeypatch.setattr(fetch, "LOCK", lock)
    program = {"deno-2.data/scripts/deno": DENO.format(python=sys.executable)}
    (folder / "deno-2-any.whl").write_bytes(zipped(program))
    return folder


@pytest.fixture
def made(release, tmp_path):
    fetch.main(release, tmp_path / "made")
    return tmp_path / "made"


def packed(path):
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}


def test_what_no_page_uses_is_left_out(made):
    numpy = packed(made / "numpy.tar.gz")
    assert numpy == {"numpy/__init__.pyc": b"import math"}
    stdlib = gzip.decompress((made / "stdlib.zip.gz").read_bytes())
    assert zipfile.ZipFile(io.BytesIO(stdlib)).namelist() == ["os.py"]
    tqdm = packed(made / "tqdm.tar.gz")
    assert "tqdm/std.py" in tqdm
    assert not [
        name for name in tqdm if re.search("tqdm/notebook|dist-info|bin/", name)
    ]


def test_the_core_comes_as_it_is(made):
    assert (made / "pyodide.mjs").read_bytes() == b"pyodide.mjs, whole"
    wasm = gzip.decompress((made / "pyodide.asm.wasm.gz").read_bytes())
    assert wasm == b"pyodide.asm.wasm, whole"


def test_licences_stand_beside_it(made):
    licences = {path.name: path.read_text() for path in made.glob("licenses/*")}
    assert licences["numpy.txt"].endswith("dist-info/licenses/LICENSE.txt\n\nBSD")
    assert "Mozilla Public License Version 2.0" in licences["pyodide.txt"]
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in licences["python.txt"]
    assert "MIT" in licences["tqdm.txt"]


def test_a_list_names_the_sizes_and_the_version(made):
    listing = json.loads((made / "files.json").read_text())
    assert listing["platform"] == {"python": "3.14.0"}
    assert listing["sizes"] == {
        path.name: path.stat().st_size for path in made.glob("p*.*")
    } | {path.name: path.stat().st_size for path in made.glob("*.gz")}
    assert len(listing["version"]) == 64


def test_a_wheel_that_carries_the_release_makes_the_same_bytes(release, tmp_path, made):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (release / "deno-2-any.whl").rename(wheels / "deno-2-any.whl")
    files = {f"deep/inside/{x.name}": x.read_bytes() for x in release.iterdir()}
    (wheels / "deep-1-any.whl").write_bytes(zipped(files))
    fetch.main(wheels, tmp_path / "again")
    for path in (path for path in made.rglob("*") if path.is_file()):
        again = tmp_path / "again" / path.relative_to(made)
        assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["pyodide.asm.mjs", "python_stdlib.zip", "numpy.whl"])
def test_a_file_of_other_bytes_is_refused(release, tmp_path, name):
    (release / name).write_bytes(b"another")
    with pytest.raises(ValueError, match=f"^{name} has the SHA-256 .*, not "):
        fetch.main(release, tmp_path / "made")


def test_the_real_lock_names_each_file_by_a_hash():
    lock = tomllib.loads(fetch.LOCK.read_text(encoding="utf8"))
    parts = lock["packages"].values()
    wheels = [part["wheels"] for part in parts if "wheels" in part]
    hashes = [sha for files in [lock["core"], *wheels] for sha in files.values()]
    assert len(hashes) == 15
    assert all(re.fullmatch("[0-9a-f]{64}", sha) for sha in hashes)
    for part in [lock["stdlib"], *parts]:
        re.compile("|".join(part["left_out"]))
