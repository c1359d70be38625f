"""Show the library's own code on a page."""

import inspect
import textwrap
from collections.abc import Callable
from typing import Any


class Source:
    """The source code of functions.

    Examples
    --------
    >>> from xent_lib import formulas
    >>> print(str(Source(formulas.perplexity)).splitlines()[0])
    def perplexity(loss: np.ndarray) -> np.ndarray:
    """

    def __init__(self, *functions: Callable[..., Any]) -> None:
        sources = map(inspect.getsource, functions)
        self.code = "\n\n".join(map(textwrap.dedent, sources))

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}```"
