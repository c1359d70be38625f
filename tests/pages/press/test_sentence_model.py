"""The model that reads a sentence in the page: how it comes, or fails to."""

import os
import re

import pytest
from playwright import sync_api as playwright

from pages import BOOK
from parts import CAT
from sentences import TEA, TINY, assert_scores, field, stand_in
from shelf import BENCH, PARTS
from xent_book._html import number
from xent_lib.smollm.weights import FILE, SHA256, SIZE, find

FILES = [
    "kernel.wasm",
    "llama.js",
    "products.js",
    "scoring.js",
    "tiny.gguf",
    "tokenizer.js",
    "weights.js",
    "worker.js",
]


def refuse(page, *names):
    """These files do not come any more."""
    for name in names:
        page.route(f"**/{name}", lambda route: route.abort())


def names(page):
    """The files that were asked for, of this host alone."""
    home = page.url.rpartition("/")[0]
    assert [url for url in page.asked if not url.startswith((home, "data:"))] == []
    return sorted(url.rpartition("/")[2] for url in page.asked)


def test_a_sentence_loads_nothing_until_somebody_types(wired):
    page = wired(head=stand_in())
    playwright.expect(page.locator(".x-tiles span")).to_have_text(
        [number(loss, 2) for loss in CAT[2]]
    )
    dds = page.locator("dd").all_inner_texts()
    assert dds == ["20.92", "2.99", "19.85", "1.31"]
    assert "when this page was made" in page.locator(".x-about").inner_text()
    field(page).click()
    page.locator(".x-tiles button").first.click()
    said = page.locator("[role=status]")
    playwright.expect(said).to_contain_text("Expected:")
    assert not {*FILES} & {*names(page)}
    page.asked.clear()
    field(page).press("End")
    page.keyboard.type(" It")
    assert_scores(page, f"{CAT[0]} It")
    assert names(page) == FILES
    about = page.locator(".x-about").inner_text()
    assert "393,888 parameters" in about
    assert "on nothing else" in about


def test_a_book_without_the_model_says_so(wired):
    page = wired()
    note = page.locator(".x-acts small")
    says = "Here a tiny model reads; this copy has no SmolLM2."
    playwright.expect(note).to_have_text(says)
    assert not page.locator(".x-go").is_visible()
    page = wired(head=stand_in())
    playwright.expect(page.locator(".x-go")).to_be_visible()
    playwright.expect(page.locator(".x-acts small")).to_have_text("")


def test_from_disk_the_stored_sentence_is_there_and_says_how_to_go_on(browser):
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.stack))
    page.goto((BOOK / "chapters/08-real-model.html").as_uri())
    assert page.get_by_role("option").count() == 7
    page.get_by_role("option").nth(5).click()
    assert page.locator(".x-found .x-hit").inner_text().split() == ["·mat", "0.325"]
    assert page.locator(".x-about code").inner_text() == "make serve"
    assert field(page).is_disabled()
    assert not page.locator("xent-sentence .x-go").is_visible()
    page.close()
    assert said == []


POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
POLICY += "script-src 'self' 'wasm-unsafe-eval'"


def test_it_runs_where_a_page_may_run_nothing_but_its_own(visit):
    page = visit("genindex.html")
    loaded = "".join(
        f'<script defer src="_static/{name}.js"></script>'
        for name in ("live", "sentence")
    )
    shown = PARTS["sentence"]._repr_html_()
    body = f"<!doctype html><html lang=en>{loaded}{shown}</html>"

    def answer(route):
        if route.request.url.endswith(BENCH):
            headers = {"Content-Type": "text/html; charset=utf8"}
            return route.fulfill(
                body=body, headers={**headers, "Content-Security-Policy": POLICY}
            )
        response = route.fetch()
        headers = {**response.headers, "Content-Security-Policy": POLICY}
        return route.fulfill(response=response, headers=headers)

    page.route("**/*", answer)
    page.goto(BENCH)
    field(page).fill(TEA)
    assert_scores(page, TEA)


@pytest.mark.parametrize("missing", [["kernel.wasm"], []])
def test_without_webassembly_it_is_slower_and_right(wired, missing):
    page = wired()
    refuse(page, *missing)
    if not missing:
        script = (BOOK / "_static/model/llama.js").read_text(encoding="utf8")
        body = f"delete self.WebAssembly;\n{script}"
        given = {"body": body, "content_type": "text/javascript"}
        page.route("**/llama.js", lambda route: route.fulfill(**given))
    field(page).fill(TEA)
    assert_scores(page, TEA)


@pytest.mark.parametrize("missing", ["tiny.gguf", "llama.js"])
def test_a_network_that_fails_is_told_and_tried_again(wired, missing):
    page = wired()
    refuse(page, missing)
    field(page).fill(TEA)
    note = page.locator(".x-acts small")
    playwright.expect(note).to_have_text("No model: The network failed.")
    playwright.expect(page.locator("[role=status]")).to_have_text(note.inner_text())
    assert page.get_by_role("option").count() == 7  # what was there stays
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    assert_scores(page, TEA)
    assert "No model" not in note.inner_text()


def changed(page, old, new):
    """The worker, with one of its constants changed."""
    body = (BOOK / "_static/model/worker.js").read_text(encoding="utf8")
    given = {"body": body.replace(old, new), "content_type": "text/javascript"}
    assert old in body
    page.route("**/worker.js", lambda route: route.fulfill(**given))


def test_a_download_that_stalls_is_given_up_and_tried_again(wired):
    page, held = wired(), []
    changed(page, "PATIENCE=20_000", "PATIENCE=100")
    page.route("**/tiny.gguf", lambda route: held.append(route))
    field(page).fill(TEA)
    note = page.locator(".x-acts small")
    playwright.expect(note).to_have_text("No model: Nothing arrived for 0.1 seconds.")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    assert_scores(page, TEA)


def test_where_the_command_has_longer_windows_that_is_said(wired):
    page = wired()
    changed(page, "MOST=512", "MOST=64")
    field(page).fill(TEA * 6)
    playwright.expect(page.locator(".x-about")).to_contain_text(
        "Read in windows of 64 tokens (the command xent: 2,048) by a tiny model"
    )


def test_without_the_other_model_no_button_offers_it(sentence):
    assert not sentence.locator(".x-go").is_visible()
    assert not sentence.locator("progress").is_visible()


def test_the_other_model_says_its_size_and_loads_by_its_button_alone(wired):
    page = wired(head=stand_in(size=98_362_432))
    go = page.locator(".x-go")
    assert go.inner_text() == "Read it with SmolLM2 (135 million parameters, 98 MB)"
    go.click()
    playwright.expect(page.locator(".x-acts small")).to_have_text(
        f"No model: Only {TINY.stat().st_size} of 98362432 bytes arrived."
    )
    assert go.inner_text() == "Try again"


def test_a_file_that_is_another_is_refused(wired):
    page = wired(head=stand_in(sha256="0" * 64))
    page.locator(".x-go").click()
    note = page.locator(".x-acts small")
    playwright.expect(note).to_contain_text("not the one that was published")
    refuse(page, "tiny.gguf")
    page.locator(".x-go").click()
    playwright.expect(note).to_have_text("No model: The network failed.")


def test_a_file_that_is_not_there_is_told(wired):
    page = wired(head=stand_in(file="none.gguf"))
    page.locator(".x-go").click()
    note = page.locator(".x-acts small")
    playwright.expect(note).to_have_text("No model: The server answered 404.")


def test_loading_is_stopped_by_its_button_and_begun_anew(wired):
    page, held = wired(head=stand_in()), []
    page.route("**/tiny.gguf", lambda route: held.append(route))
    go = page.locator(".x-go")
    offer = go.inner_text()
    go.focus()
    page.keyboard.press("Enter")
    playwright.expect(page.locator("progress")).to_be_visible()
    assert re.fullmatch("0 of 0 MB", page.locator(".x-acts small").inner_text())
    assert go.inner_text() == "Cancel"
    page.keyboard.press("Enter")  # the focus stays
    playwright.expect(page.locator("progress")).to_be_hidden()
    assert go.inner_text() == offer
    page.unroute("**/tiny.gguf")
    page.keyboard.press("Enter")
    assert_scores(page, CAT[0])
    assert "Read by SmolLM2, 393,888" in page.locator(".x-about").inner_text()
    assert go.inner_text() == "Read it with a tiny model"
    page.keyboard.press("Enter")
    playwright.expect(page.locator(".x-about")).to_contain_text("on nothing else")
    playwright.expect(go).to_have_text("Read it with SmolLM2")


def test_one_types_on_while_the_other_model_loads(wired):
    page, held = wired(head=stand_in()), []
    field(page).fill("a")
    assert_scores(page, "a")
    page.route("**/tiny.gguf", lambda route: held.append(route))
    with page.expect_request("**/tiny.gguf"):
        page.locator(".x-go").click()
    field(page).fill(TEA)
    assert_scores(page, TEA)
    assert "tiny" in page.locator(".x-about").inner_text()
    held[0].continue_()
    playwright.expect(page.locator(".x-about")).to_contain_text("Read by SmolLM2")
    assert_scores(page, TEA)


def test_a_sentence_never_leaves_the_page(wired):
    page = wired(head=stand_in())
    page.locator(".x-go").click()
    assert_scores(page, CAT[0])
    page.asked.clear()
    page.context.set_offline(True)
    field(page).fill(TEA)
    assert_scores(page, TEA)
    page.get_by_role("option").nth(2).click()
    said = page.locator("[role=status]")
    playwright.expect(said).to_contain_text("Expected:")
    assert page.asked == []


@pytest.fixture
def smollm():
    """The file of SmolLM2, as it is installed: the book's must read as it does."""
    try:
        return find()
    except FileNotFoundError:
        assert "CI" not in os.environ, "SmolLM2 is missing: make model"
        return pytest.skip("SmolLM2 was not tried: make model book brings it")


def test_smollm_reads_the_sentence(wired, smollm):
    page = wired(head=stand_in(FILE, SIZE, SHA256))
    page.locator(".x-go").click()
    playwright.expect(page.locator(".x-about")).to_contain_text(
        "Read by SmolLM2, 134,515,008 parameters"
    )
    assert_scores(page, CAT[0], smollm)
    shown = [number(loss, 2) for loss in CAT[2]]
    assert page.locator(".x-tiles span").all_inner_texts() == shown
    page.asked.clear()
    page.context.set_offline(True)
    field(page).fill("The mat sat on the cat.")
    assert_scores(page, "The mat sat on the cat.", smollm)
    assert page.locator("dd").first.inner_text() == "43.27"
    strange = "é€😀 日本語"
    field(page).fill(strange)
    assert_scores(page, strange, smollm)
    assert page.asked == []


def test_what_the_tiny_model_read_stands_as_outlines_over_the_other(visit):
    page = visit(BENCH, part=PARTS["sentence"], head=stand_in())
    outlines, about = page.locator(".x-tiles u"), page.locator(".x-about")
    field(page).fill(TEA)
    assert_scores(page, TEA)
    assert outlines.count() == 0
    before = page.locator(".x-facts dd").last.inner_text()
    page.locator(".x-go").click()
    told = f"Outlined: the tiny model, {before} bits per byte."
    playwright.expect(about).to_contain_text(told)
    high = "all => all.map((x) => x.style.cssText)"
    bars = page.locator(".x-tiles i").evaluate_all(high)
    assert outlines.evaluate_all(high) == bars, "here it is the same model"
    front = """(one) => { const { x, y } = one.getBoundingClientRect();
        return document.elementFromPoint(x + 5, y + 1) === one; }"""
    outlines.first.scroll_into_view_if_needed()
    assert outlines.first.evaluate(front), "no bar is before it"
    field(page).fill("Another")
    assert_scores(page, "Another")
    assert outlines.count() == 0
