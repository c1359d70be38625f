"""A figure has the same bytes on every machine, wherever it is written."""

import io

import matplotlib.pyplot as plt
import pytest

from xent_book.figures import levels, token_bars, use_book_style


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


def test_each_level_is_a_line_with_its_number_on_its_right_end():
    _, ax = plt.subplots()
    ax.plot([0, 1], [-3, 3])
    levels(ax, [-2, 0.5])
    assert [line.get_ydata()[0] for line in ax.lines[1:]] == [-2, 0.5]
    told = [(text.get_text(), text.get_position()) for text in ax.texts]
    assert told == [("−2", (1, -2)), ("0.5", (1, 0.5))]
    assert not ax.get_yticks().size
    assert not ax.spines["left"].get_visible()


def test_a_figure_begins_where_the_text_does():
    figure, ax = plt.subplots()
    token_bars(ax, ["mat", "hat"], [3.2, -0.5])
    figure.canvas.draw()
    lefts = [label.get_window_extent().x0 for label in ax.get_yticklabels()]
    assert lefts == pytest.approx([0, 0], abs=3)
