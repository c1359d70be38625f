"""Shared code, a phone, a strict host, and what a browser stores."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

import xent_lib
from browsing import THEMES, violations
from cells import SCRATCH, cell, done, output, press, run, says, write, yours
from pages import serve

PAGE = "chapters/04-token-loss.html"
CODE = 'print("5 % of 1 + 1 & <b>")  # #'
# What a page needs of a host that allows little.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:"
)


def test_code_is_shared_by_an_address_that_no_host_sees(visit):
    page = visit(SCRATCH)
    mine = yours(page)
    press(mine, "Edit")
    mine.get_by_role("textbox").fill(CODE)
    press(mine, "Share")
    expect(mine.locator(".run-says")).to_contain_text("address now contains the code")
    assert unquote(page.url.partition("#code=")[2]) == CODE
    page.evaluate("localStorage.clear()")
    page.reload()
    assert mine.get_by_role("textbox").input_value() == CODE
    assert not page.locator("[data-run]").count(), "it ran without a press"
    assert not [url for url in page.asked if "_static/python/" in url]
    assert run(mine) == "yours"
    assert output(mine) == "5 % of 1 + 1 & <b>"
    ran = page.locator("[data-run]").evaluate_all("all => all.map((x) => x.id)")
    assert ran == [mine.get_attribute("id")], "it stands alone"
    assert not [url for url in page.asked if "code=" in url.partition("#")[0]]
    press(mine, "Reset")
    assert mine.locator("pre").first.inner_text().strip() == "# Your code"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def loss(o):\n    return o", ": nothing calls loss."),
        ("def loss(o):\n    return o\n\nx = loss(1)", "."),
        ("def p(o): return o\ndef loss(o): return p(o)", ": nothing calls loss."),
        ("x = 1", "."),
    ],
)
def test_a_function_that_nothing_calls_is_named(visit, code, said):
    page = visit(SCRATCH)
    mine = yours(page)
    write(mine, code)
    assert run(mine) == "yours"
    assert re.sub(" in .* s", "", says(mine)) == f"Ran without printing anything{said}"


@pytest.mark.parametrize(
    ("name", "least"), [("reference", len(xent_lib.__all__)), ("doctor-reference", 3)]
)
def test_each_function_of_the_reference_can_be_tried(visit, name, least):
    page = visit(f"chapters/{name}.html")
    links = page.locator(".run-try").evaluate_all("all => all.map((x) => x.href)")
    assert len(links) >= least
    assert not page.locator("dl.py.function:not(:has(.run-try))").count()
    for link in links:
        page.goto(link)
        mine = yours(page)
        expect(mine.get_by_role("textbox")).to_have_value(re.compile("xent_lib"))
        assert run(mine) == "yours", output(mine)
        assert says(mine).endswith(" without printing anything.") or output(mine)


def test_a_phone_has_buttons_for_a_finger(visit):
    page = visit(PAGE, 390, has_touch=True, is_mobile=True)
    one = cell(page, 1)
    for name in ("Run cell 1", "Edit cell 1"):
        assert one.get_by_role("button", name=name).bounding_box()["height"] >= 44
    one.get_by_role("button", name="Edit cell 1").tap()
    area = one.get_by_role("textbox")
    expect(area).to_be_focused()
    assert area.evaluate("e => getComputedStyle(e).fontSize") == "16px", "it would zoom"
    page.keyboard.press("Control+End")
    page.keyboard.type("\nprint(logits[0])")
    one.get_by_role("button", name="Run cell 1").tap()
    assert done(one) == "yours"
    assert output(one).endswith("3.2")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_came_is_open_to_all(visit):
    page = visit(PAGE)
    press(cell(page, 1), "Edit")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nlogits = logits + 1; print(p)\nprint(nothing)")
    assert run(cell(page, 1)) == "error"
    page.keyboard.press("Control+End")
    for _ in "print(nothing)":
        page.keyboard.press("Backspace")
    assert run(cell(page, 3)) == "differs"
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.locator(f"html[data-theme={theme}]").wait_for()
        assert violations(page, of=".cell[data-run]") == [], theme


def test_a_host_that_allows_little_allows_it(visit, browser):
    """No more than 'wasm-unsafe-eval' and workers of its own."""
    with serve(headers={"Content-Security-Policy": POLICY}) as address:
        page = browser.new_page(base_url=address)
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(PAGE)
        assert run(cell(page, 1)) == "same"
        assert refused == []
        page.close()


def test_a_browser_that_has_python_brings_none_again(visit):
    page = visit("chapters/01-surprise.html")
    assert run(cell(page, 1)) in {"same", "silent"}
    page.goto(PAGE)
    page.asked.clear()
    assert run(cell(page, 1)) == "same"
    assert not [url for url in page.asked if ".gz" in url]


def test_the_doctor_examines_a_readers_own_loss(visit):
    """Of all cells that cell alone runs: it needs none of the others."""
    page = visit("chapters/doctor.html")
    doctor = page.locator(".tag_share")
    assert run(doctor) == "same"
    assert page.locator("[data-run]").count() == 1
    press(doctor, "Edit")
    area = doctor.get_by_role("textbox")
    area.fill(area.input_value().replace("-np.log2(p[", "1 - (p["))
    assert run(doctor) == "yours"
    assert "1 − p" in output(doctor)
    press(doctor, "Share")
    assert "1 - (p[" in unquote(page.url)
