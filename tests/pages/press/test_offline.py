"""After the first Run the book opens offline, even pages never visited."""

from playwright.sync_api import expect

from cells import cell, run
from pages import serve

PAGE = "chapters/04-token-loss.html"
NEVER_SEEN = "chapters/06-learning.html"
WORD = "Now opens offline, too."
SCREEN = {"width": 390, "height": 844}
PHONE = {"viewport": SCREEN, "has_touch": True, "is_mobile": True}
RECTANGLES = """(said) => {
  const words = document.createRange();
  words.selectNodeContents(said);
  return [...words.getClientRects()].map((one) => one.toJSON());
}"""
WORKERS = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"


def test_after_a_press_pages_open_and_run_without_a_host(browser):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    with serve() as address:
        page.goto(address + PAGE)
        assert page.evaluate(WORKERS) == 0, "before a press nothing is kept"
        assert run(cell(page, 1)) == "same"
        expect(page.get_by_text(WORD)).to_be_visible()
        bar = page.locator(".run-bar", has_text=WORD)
        assert bar.bounding_box()["height"] < 30, "one line, which ends at the edge"
    page.goto(address + NEVER_SEEN)
    page.locator(".x-live").first.wait_for()
    assert page.evaluate("document.fonts.check('1rem Charis SIL')")
    assert run(cell(page, 2)) in {"same", "silent"}
    assert page.get_by_text(WORD).count() == 0, "it was said"
    page.goto(f"{address}search.html?q=softmax")
    page.locator("#search-results a").first.click()
    expect(page.locator(".bd-article h1")).to_be_visible()
    page.goto(address)
    expect(page.locator(".bd-article h1")).to_contain_text("How surprised")
    page.close()


def test_on_a_phone_what_is_said_stands_beside_the_copy_button(browser):
    page = browser.new_page(**PHONE)
    with serve() as address:
        page.goto(address + PAGE)
        one = cell(page, 1)
        one.get_by_role("button", name="Run").tap()
        expect(page.get_by_text(WORD)).to_be_visible()
        copy = one.locator(".copybtn").bounding_box()
        said = one.get_by_text(WORD)
        words = said.evaluate(RECTANGLES)
        assert len(words) == 1, "one line"
        assert words[0]["x"] >= copy["x"] + copy["width"]
    page.close()


def test_who_is_online_gets_what_the_host_has(browser):
    made = {}
    page = browser.new_page()
    with serve(made=made) as address:
        page.goto(address + PAGE)
        run(cell(page, 1))
        expect(page.get_by_text(WORD)).to_be_visible()
        made[NEVER_SEEN] = "<h1>Newer</h1>"
        page.goto(address + NEVER_SEEN)
        assert page.locator("h1").inner_text() == "Newer"
    page.close()
