"""The code on a page is the code that runs."""

from pathlib import Path

from xent_book.source import Source
from xent_lib import formulas


def test_the_code_is_that_of_the_file_and_a_block_of_code():
    shown = Source(formulas.softmax, formulas.perplexity)
    file = Path(formulas.__file__).read_text(encoding="utf8")
    first, second = str(shown).split("\n\n\n")
    assert first in file
    assert second in file
    assert shown._repr_markdown_() == f"```python\n{shown}```"
