"""A figure has the same bytes on every machine, wherever it is written."""

import io

import matplotlib.pyplot as plt
import pytest

from xent_book.figures import use_book_style


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        use_book_style()
        yield
    plt.close("all")


def drawn(left, file):
    figure = plt.figure(layout="none")
    figure.add_axes((left, 0.1, 0.7, 0.7)).plot([1, 2])
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file


def test_the_last_bits_of_a_box_change_no_byte():
    here, there, elsewhere = (
        drawn(left, io.BytesIO()).getvalue() for left in (0.1, 0.1 + 1e-15, 0.2)
    )
    assert b"url(#p" in here
    assert here == there != elsewhere


def test_it_is_the_same_as_text_and_in_a_file(tmp_path):
    text = drawn(0.1, io.StringIO()).getvalue()
    assert drawn(0.1, tmp_path / "bars.svg").read_text(encoding="utf-8") == text
    assert drawn(0.1, io.BytesIO()).getvalue().decode() == text


def test_a_tight_box_and_a_layout_are_drawn():
    figure, ax = plt.subplots(layout="constrained")
    ax.plot([1, 2])
    figure.savefig(file := io.StringIO(), format="svg", bbox_inches="tight")
    assert file.getvalue().count("<clipPath") == 1
