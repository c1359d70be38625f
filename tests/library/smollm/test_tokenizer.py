"""Text to ids and back. Compared with llama.cpp: tests/makers/peers/test_smollm.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xent_lib import smollm
from xent_lib.smollm.tokenizer import END, PIECES, Tokenizer, byte_characters

TOKENS = byte_characters()
TINY = smollm.load(smollm.TINY)
assigned = st.text(st.characters(exclude_categories=("Cn", "Cs")))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The cat sat.", ["The", " cat", " sat", "."]),
        ("they'll don't 'S", ["they", "'ll", " don", "'t", " '", "S"]),
        (
            "it's we've I'm he'd you're",
            ["it", "'s", " we", "'ve", " I", "'m", " he", "'d", " you", "'re"],
        ),
        ("1987, 24", ["1", "9", "8", "7", ",", " ", "2", "4"]),
        ("a  b   c", ["a", " ", " b", "  ", " c"]),
        ("x  2   33", ["x", "  ", "2", "   ", "3", "3"]),
        ("end  ", ["end", "  "]),
        ("a\n\n b", ["a", "\n\n", " b"]),
        ("a\n\nb", ["a", "\n", "\n", "b"]),
        ("snake_case", ["snake", "_", "case"]),
        ("x² ½", ["x", "²", " ", "½"]),
        ("naïve 日本", ["naïve", " 日本"]),
        ("a\u0085b\u3000c", ["a", "\u0085", "b", "\u3000", "c"]),
        ("a\x1cb", ["a", "\x1c", "b"]),
    ],
)
def test_a_text_is_cut_into_pieces(text, pieces):
    assert PIECES["smollm"].findall(text) == pieces


@pytest.mark.parametrize(
    ("kind", "text", "pieces"),
    [
        ("gpt-2", "In 1987, x²", ["In", " 1987", ",", " x", "²"]),
        ("gpt-2", "a  b\n\n 12  ", ["a", " ", " b", "\n\n", " 12", "  "]),
        ("gpt-2", "it's 'S", ["it", "'s", " '", "S"]),
        ("llama-bpe", "In 1987, (x)", ["In", " ", "198", "7", ",", " (", "x", ")"]),
        ("llama-bpe", "IT'S _b", ["IT", "'S", " _", "b"]),
        ("llama-bpe", "a.\n\n b  \n", ["a", ".\n\n", " b", "  \n"]),
        ("llama-bpe", "a\u3000\u3000b  ", ["a", "\u3000", "\u3000b", "  "]),
    ],
)
def test_others_cut_it_in_other_ways(kind, text, pieces):
    assert PIECES[kind].findall(text) == pieces


@pytest.mark.parametrize("kind", PIECES)
@given(assigned)
def test_the_pieces_are_the_text(kind, text):
    assert "".join(PIECES[kind].findall(text)) == text


@pytest.mark.parametrize("kind", PIECES)
@given(assigned | st.text("aLſé中'1२½ \n\r\t\u3000.,_"))
def test_no_piece_reaches_across_the_end_of_a_word_or_a_number(kind, text):
    """So a long text may be read in parts, wherever these end so."""
    pieces = PIECES[kind].findall
    if found := END.search(text):
        end = found.end()
        assert pieces(text[:end]) + pieces(text[end:]) == pieces(text)


def test_a_piece_that_is_a_token_is_not_joined_where_llama_3_says_so():
    tokens, merges = [*TOKENS, "ab", "abc", "bc"], ["b c"]
    assert Tokenizer(tokens, merges, "llama-bpe").encode("abc") == [257]
    assert Tokenizer(tokens, merges, "gpt-2").encode("abc") != [257]


def test_a_special_token_may_have_characters_of_its_own():
    assert Tokenizer([*TOKENS, "<｜ｂ｜>"], []).decode([256]) == "<｜ｂ｜>"


def test_each_byte_has_a_character_of_its_own():
    assert len(set(TOKENS)) == 256
    assert all(c.isprintable() and not c.isspace() for c in TOKENS)
    # As GPT-2 has them.
    assert "".join(TOKENS[b] for b in b" \n\t\x00\x7f") == "ĠĊĉĀġ"
    assert "".join(TOKENS[b] for b in (0xA0, 0xA1, 0xAD, 0xFF)) == "ł¡Ńÿ"


def test_what_was_learned_first_is_joined_first():
    tokens = [*TOKENS, "bc", "ab", "abc"]
    assert Tokenizer(tokens, ["b c", "a b", "a bc"]).encode("abc") == [258]
    assert Tokenizer(tokens, ["b c", "a b"]).encode("abc") == [TOKENS.index("a"), 256]
    assert Tokenizer(tokens, ["a b", "b c"]).encode("abc") == [257, TOKENS.index("c")]


def test_of_the_same_two_the_left_ones_are_joined():
    tokens = [*TOKENS, "aa", "aaaa"]
    a = TOKENS.index("a")
    tokenizer = Tokenizer(tokens, ["a a", "aa aa"])
    assert tokenizer.encode("aaa") == [256, a]
    assert tokenizer.encode("aaaaa") == [257, a]


def test_what_was_joined_is_joined_to_its_neighbours():
    tokenizer = Tokenizer([*TOKENS, "bc", "abc", "abcd"], ["b c", "a bc", "abc d"])
    assert tokenizer.encode("abcdd") == [258, TOKENS.index("d")]


def test_a_long_piece_takes_as_many_steps_as_it_has_letters():
    """The merges that are looked up; with a pass for each merge they are 22,000."""

    class Counted(dict):
        seen = 0

        def get(self, pair):
            self.seen += 1
            return super().get(pair)

        def __contains__(self, pair):
            self.seen += 1
            return super().__contains__(pair)

    tokenizer = smollm.load(smollm.TINY).tokenizer
    tokenizer.rank = Counted(tokenizer.rank)
    letters = "thecatsatonthematandwenthomeforreading" * 50
    assert len(tokenizer.encode(letters)) < len(letters) == 1900
    assert tokenizer.rank.seen < 8 * len(letters)


@pytest.mark.parametrize("merge", ["a c", "abc", "a b c", ""])
def test_a_merge_that_makes_no_token_is_named(merge):
    """What it joined would be in no text."""
    with pytest.raises(ValueError, match=f"merge {merge!r} does not turn two"):
        Tokenizer([*TOKENS, "ab", "abc"], ["a b", merge])


def test_no_token_reaches_across_pieces():
    tokenizer = Tokenizer([*TOKENS, "ab", "aĠ", "Ġb"], ["a Ġ", "Ġ b", "a b"])
    assert tokenizer.encode("a b") == [TOKENS.index("a"), 258]


def test_a_byte_without_a_token_is_left_out():
    tokenizer = Tokenizer(["a", "b"], [])
    assert tokenizer.encode("a\x04b") == [0, 1]
    assert tokenizer.encode("\x04") == []
    assert tokenizer.n_bytes([0, 1, 1]) == 3


@given(assigned)
def test_ids_are_a_text_again(text):
    tokenizer = TINY.tokenizer
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.decode(tokenizer.encode(text)) == text  # what it remembers, too


def test_half_a_character_is_shown_as_such():
    tokenizer = Tokenizer(TOKENS, [])
    assert tokenizer.decode(tokenizer.encode("é")[:1]) == "�"
    assert tokenizer.decode([]) == tokenizer.decode(tokenizer.encode("")) == ""


def test_tokenizers_agree_that_cut_alike():
    given = ["h", "e", "he"], ["h e"], "smollm"
    one = Tokenizer(*given)
    assert one.agrees(Tokenizer(*given))
    for i, other in enumerate((["h", "e", "he", "x"], [], "gpt-2")):
        assert not one.agrees(Tokenizer(*given[:i], other, *given[i + 1 :]))
