"""The faults that no step of the loss shows, from beside.toml: of the promise of a
parameter, of behavior, of the gradient."""

import tomllib
from pathlib import Path

from .fault import Fault

WORDS = Path(__file__).with_name("beside.toml").read_text(encoding="utf8")
BESIDE = {
    key: Fault(key.partition(":")[0], **words)
    for key, words in tomllib.loads(WORDS).items()
}
