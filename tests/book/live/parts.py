"""What a live part shows where no script runs."""

import html
import json
import os
import re
import shutil
import subprocess

import pytest


def config(part):
    return json.loads(
        html.unescape(re.search(r'config="(.*?)"', part._repr_html_())[1])
    )


def cells(part):
    """The rows of the table, without its head."""
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', part._repr_html_())
    return [re.sub(r"<[^>]+>", " ", row).split() for row in rows]


def labels(part):
    """All that is written in the figure, piece by piece."""
    return re.findall(r"<text[^>]*>(.*?)</text>", part._repr_html_().replace("\n", " "))


def run_node(*command):
    """What node prints; a script that fails there fails here."""
    node = shutil.which("node")
    if not node:
        assert "CI" not in os.environ, "node is missing"
        pytest.skip("node is missing: the scripts were not run")
    run = subprocess.run([node, *command], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
