"""Texts on which tokenizers disagree."""

import unicodedata

from hypothesis import strategies as st

TEXTS = [
    "The cat sat on the mat.",
    "The mat sat on the cat.",
    "mat the on sat cat The",
    "In 1987, Zoë paid €35 for 2 tickets — wasn’t it cheap?",
    "日本語のテキスト と 한국어 😀",
    "def f(x):\n    return x  # twice\n" * 20,
]
# Where tokenizers part: digits, spaces before them, endings, marks, other scripts.
NASTY = [
    "x  2 and   33  4",
    "1980's 3rd _under_score_ a_b __init__",
    "x² ½ Ⅷ ٣٤ ௧௨",
    "I'm sure they'll've said it's O'Neil's, don't 'S 't '' you'd?",
    "a  b   c    d",
    "   leading",
    "trailing   ",
    "tabs\tand\nnew\n\nlines \n end ",
    "a\u00a0b\u2003c\u3000d\u0085e\u1680 f",
    "zero\u200bwidth \ufeff and \u2060",
    "e\u0301 combining n\u0303\u0323",
    "\x04\x06 control \x1c\x1d\x7f",
    "naïve café œuvre ﬁ ǅ ʰ",
    "😀 👩‍👩‍👧 🏳️‍🌈",
    "Привет, мир! مرحبا שלום नमस्ते ไทย",
    "<|endoftext|> <|im_start|> <s>",
    "$3.50 + 7% = ?!... https://example.org/a?b=c&d=1",
    "\n",
    " ",
    "'",
]
ASSIGNED = st.characters(exclude_categories=("Cn", "Cs"))
# The kinds that the pieces tell apart, more often than chance has them.
SPACES = [chr(i) for i in range(0x3100) if unicodedata.category(chr(i)) in ("Zs", "Cc")]
KINDS = st.sampled_from([*SPACES, *"'sdtlvrem0189 aZ.,_-é²½"])
