"""Phrases that no native engineer writes, and what to write in their place."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PHRASES = {
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"\b(bits|nats|bytes|loss) an? (byte|token|letter|text|sequence|word)\b": "per",
    r"\bby custom\b": "usually",
    r"\b(?i:whoever)\b": "if you; code that",
    r"\b(is|are) no (number|probability|probabilities)\b": "is not a number",
    r"\b(which|that|who|it) has not\b(?! been)": "doesn’t have",
    r"\blest\b": "so that … not",
    r"\bin nineteen of twenty\b|\bnineteen draws\b": "95% of resamples",
    r"\btaken off\b": "subtracted",
    r"\b(comes?|came) to rest\b": "levels off",
    r"\b(is|are) (told|said) as\b": "is called; is given as",
    r"\bby its own name\b": "by name",
}
# Where they stand: what is ours to say.
KINDS = ("*.md", "*.py", "*.js", "*.mjs", "*.ipynb", "*.toml", "*.yml", "Makefile")
# What others wrote.
QUOTED = re.compile(r'^\s*(words|title) = "|bibliography\.md$')


def lines():
    listed = ["git", "ls-files", "--", *KINDS]
    names = subprocess.check_output(listed, cwd=ROOT, text=True).splitlines()
    for name in names:
        path = ROOT / name
        if path == Path(__file__) or QUOTED.search(name) or not path.exists():
            continue
        for number, line in enumerate(path.read_text("utf8").splitlines(), 1):
            if not QUOTED.search(line) and len(line) < 5000:  # no figure
                yield f"{name}:{number}", line


LINES = list(lines())


@pytest.mark.parametrize("phrase", PHRASES)
def test_it_is_said_as_a_native_engineer_would(phrase):
    found = [
        f"{place}: {line.strip()}" for place, line in LINES if re.search(phrase, line)
    ]
    assert found == [], f"write “{PHRASES[phrase]}”"
