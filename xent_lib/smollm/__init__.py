"""SmolLM2-135M, a real language model, in NumPy: its tokens, its logits, its loss.

`load` reads it from its file, `score` computes the loss of each token of each text,
and the command `xent "The cat sat on the mat."` prints these losses.
"""

try:
    from .llama import Llama
    from .scoring import Score, score
    from .tokenizer import Tokenizer
    from .weights import TINY, find, load
except ModuleNotFoundError as error:
    needs = f"xent_lib.smollm needs {error.name}: pip install gguf regex tqdm"
    raise ModuleNotFoundError(needs, name=error.name) from error

__all__ = ["TINY", "Llama", "Score", "Tokenizer", "find", "load", "score"]
