"""The bench of live parts, which `make parts` serves."""

import os
import threading
import urllib.request

import pytest

import bench
from pages import serve
from shelf import PARTS, STATES
from xent_book.site.live import BOOK, light


@pytest.fixture(scope="module")
def address():
    with serve(made=bench.Bench()) as address:
        yield address


def read(address):
    with urllib.request.urlopen(address) as answer:
        return answer.read().decode(), answer.headers.get_content_type()


def test_each_state_of_a_part_is_there_in_both_schemes_and_at_three_widths(address):
    text, _ = read(address)
    for name in PARTS:
        for scheme in bench.SCHEMES:
            start = f'src="/{name}-{scheme}.html'
            assert text.count(f'{start}"') == len(bench.WIDTHS)
            if name in STATES:
                assert text.count(f'{start}#{STATES[name]}"') == len(bench.WIDTHS)


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_not_how_the_part_starts(name, address, browser):
    shown = []
    for state in ("", f"#{STATES[name]}"):
        page = browser.new_page(reduced_motion="reduce")
        page.goto(f"{address}{name}-light.html{state}")
        page.locator(".x-live").wait_for()
        controls = page.locator(".x-live :is(input, textarea, [aria-pressed])")
        each = "all => all.map((one) => [one.value, one.checked, one.ariaPressed])"
        shown.append(
            [page.locator(".x-live").inner_text(), controls.evaluate_all(each)]
        )
        page.close()
    assert shown[0] != shown[1]


def test_a_part_is_drawn_from_its_sources(address, browser):
    sheet, kind = read(f"{address}_static/gap.css")
    assert sheet == f"@layer parts{{{light(BOOK / 'parts/gap/gap.css')}}}"
    assert kind == "text/css"
    page = browser.new_page()
    page.goto(f"{address}?gap")
    rows = page.locator("iframe")
    assert rows.count() == 12
    dark = page.frame_locator("iframe[src$='dark.html'][width='390']")
    dark.locator("xent-gap .x-live").wait_for()
    assert dark.locator("html").get_attribute("data-theme") == "dark"
    page.close()


def test_a_change_of_a_source_is_told(address, monkeypatch, tmp_path):
    source = tmp_path / "gap.css"
    source.touch()
    monkeypatch.setattr(bench, "SOURCES", [source])
    told, question = [], f"{address}changed?{bench.stamp()}"
    ask = threading.Thread(target=lambda: told.append(read(question)))
    ask.start()
    os.utime(source, ns=(1, 1))
    ask.join()
    assert told == [("", "text/plain")]
