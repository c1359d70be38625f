"""The compiled kernel is what its source says, byte by byte."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_kernel_is_what_the_compiler_makes_of_its_source(peer, tmp_path):
    peer("ziglang")
    made = tmp_path / "kernel.wasm"
    command = ["make", "--silent", "kernel", f"KERNEL={made}"]
    subprocess.run(command, cwd=ROOT, check=True)
    assert made.read_bytes() == (ROOT / "xent_book/model/kernel.wasm").read_bytes()
