"""The ruler: what its table shows without a script."""

import html
import json

import numpy as np
import pytest

from parts import cells, config
from xent_book.parts import Ruler
from xent_lib import read_loss
from xent_lib._sentences import CASES


@pytest.mark.parametrize(
    "given", [(3.02,), (3.02, 50_257), (3.02, 50_257, 4.4), (20.49, 65, 1), (0.0, 4)]
)
def test_the_table_and_the_words_are_what_read_loss_says(given):
    part, found = Ruler(*given), read_loss(*given)
    shown = [" ".join(row).split() for row in cells(part)]
    units = {unit: x for unit, x in found.shown().items() if x != "–"}
    assert shown == [f"{unit} {x}".split() for unit, x in units.items()]
    assert " ".join(found.words) in html.unescape(part._repr_html_())
    assert repr(part) == f"Ruler: {found.numbers()}"


@pytest.mark.parametrize(
    ("given", "caption"),
    [
        ((3.02,), "A loss of <mark>3.02 nats</mark> per token</caption>"),
        ((3.02, 65), "per token, V = 65</caption>"),
        ((3.02, 50_257, 4.4), "per token, V = 50,257, 4.4 bytes per token</caption>"),
    ],
)
def test_the_caption_says_what_was_given(given, caption):
    assert caption in Ruler(*given)._repr_html_()


def test_the_script_is_given_the_same():
    given = config(Ruler(3.02, np.int64(65), np.float64(1)))
    assert given.pop("cases") == json.loads(json.dumps(CASES))
    assert given == {"loss": 3.02, "vocabulary": 65, "bytes": 1.0}
    given = config(Ruler(np.float64(2)))
    assert given.pop("cases")
    assert given == {"loss": 2, "vocabulary": None, "bytes": None}


@pytest.mark.parametrize("loss", [np.nan, np.inf, -1.0])
def test_what_has_no_place_on_a_ruler_is_refused(loss):
    with pytest.raises(ValueError, match=f"loss must be finite.*got {loss}"):
        Ruler(loss)


def test_what_read_loss_refuses_is_refused():
    with pytest.raises(ValueError, match="vocabulary must be from 2"):
        Ruler(3.02, 1)
