"""The loss of a vocabulary in shards."""

import pytest
from playwright import sync_api as playwright

from browsing import near, sides
from shelf import BENCH, PARTS
from xent_book._html import number
from xent_book.parts import Shards


def test_the_loss_of_shards_stays_wherever_the_words_are(visit):
    page = visit(BENCH, part=PARTS["shards"])
    loss, rows = page.locator(".x-loss strong"), page.locator(".x-row:not(.x-head)")
    before = rows.nth(0).inner_text()
    owners = {"mat": 0, "hat": 0, "sat": 1, "rug": 1}
    for word in ("mat", "rug", "rug", "hat", "mat", "sat"):
        button = page.get_by_role("button", name=f"{word}, ")
        button.press("Enter")
        assert button.evaluate("x => x === document.activeElement")
        owners[word] = (owners[word] + 1) % 3
        machines = [[x for x in owners if owners[x] == k] for k in range(3)]
        part = Shards(*machines)
        for k, (top, total) in enumerate([*part.pairs, (part.top, part.sum)]):
            sent = rows.nth(k).locator(".x-end").all_inner_texts()
            assert sent == [number(top, 1), number(total)]
        assert loss.inner_text() == "0.490"
    said = page.locator("[role=status]")
    playwright.expect(said).to_contain_text("The loss is 0.490.")
    page.get_by_role("button", name="reset").click()
    assert rows.nth(0).inner_text() == before


@pytest.mark.parametrize("width", [390, 1366])
def test_what_a_machine_sends_stands_below_its_head(visit, width):
    page = visit(BENCH, width, PARTS["shards"])
    for column in (-2, -1):
        cells = page.locator(f".x-row > :nth-last-child({-column})")
        _, *rights = sides(cells)
        assert sides(cells.first)[1] == near(*rights)
    assert rights[0] <= page.locator(".bd-article h1").bounding_box()["x"] + 640


@pytest.mark.parametrize("width", [390, 820, 1366])
def test_each_machine_shows_its_piece_of_the_sum(visit, width):
    page = visit("chapters/at-scale.html", width)
    bits = page.locator(".x-strip i:not(.x-else)")
    first = pieces(bits)
    assert len(first) == 8
    assert sorted(first[:4]) == first[4:], "end to end"
    assert first[-1][1] - first[4][0] > 250
    page.get_by_role("button", name="mat, ").click()
    then = pieces(bits)
    assert sorted(then[:4]) == then[4:] != first[4:]


def pieces(bits):
    return [sides(bit) for bit in bits.all()]
