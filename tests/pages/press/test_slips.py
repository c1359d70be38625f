"""Where readers slipped: results of other code, a second tap, no network."""

import re

import pytest
from playwright.sync_api import expect

from browsing import violations
from cells import SCRATCH, cell, done, output, press, run, says, write, yours

PAGE = "chapters/04-token-loss.html"
OLD = re.compile("run-old")
CHANGED = "Changed, not run yet."


# What waits for a second tap waits for the test.
HOLD = """() => {
    const { setTimeout } = window, held = window.held = [];
    held.end = () => [held.pop()(), window.setTimeout = setTimeout];
    window.setTimeout = (act, ms) => ms === 600 ? held.push(act) : setTimeout(act, ms);
}"""


def test_what_runs_is_changed_and_stopped(visit):
    page = visit(PAGE)
    one = cell(page, 1)
    assert run(one) in {"same", "silent"}
    # A second tap stops nothing; once there is time to see what the first did, it does.
    page.evaluate(HOLD)
    write(one, "print(40 + 1)\nwhile True: pass")
    press(one)
    expect(one.locator(".run-yours")).to_have_text("41")
    one.locator(".run-go").click()
    page.evaluate("() => { held.end(); }")
    assert one.get_attribute("data-run") == "busy"
    press(one, "Stop")
    assert done(one) == "stopped"
    # Code that is changed while it runs says so at the end.
    write(one, "for i in range(10**7): i\nprint(40 + 2)")
    press(one)
    write(one, "print(40 + 3)")
    expect(one.locator(".run-says")).to_have_text(CHANGED)
    expect(one.locator(".run-yours")).to_have_text("42")
    expect(one).to_have_class(OLD)
    # No former error stands as if of now.
    write(one, "nothing")
    assert run(one) == "error"
    write(one, "while True: pass")
    press(one)
    expect(one.locator(".run-error")).to_have_count(0)
    press(one, "Stop")
    assert done(one) == "stopped"
    assert one.locator(".run-error").count() == 0
    # Output without end ends.
    write(one, "i = 0\nwhile True:\n    print(i); i += 1")
    press(one)
    expect(one.locator(".run-yours")).to_contain_text("… The rest is not shown.")
    assert len(output(one).splitlines()) == 1001
    press(one, "Stop")
    assert done(one) == "stopped"
    assert says(one).startswith("Stopped.")
    expect(one).not_to_have_class(OLD)


def test_code_that_was_not_run_says_so_and_greys_what_is_below(visit):
    page = visit(PAGE)
    one = cell(page, 1)
    label = "e => getComputedStyle(e, '::before').content"
    write(one, "print(40 + 2)")
    assert says(one) == CHANGED
    expect(one).to_have_class(OLD)
    assert run(one) == "yours"
    assert says(one) == ""
    expect(one).not_to_have_class(OLD)
    assert one.locator(".run-yours").evaluate(label) == "none"
    write(one, "print(40 + 3)")
    assert says(one) == CHANGED
    assert one.locator(".run-yours").evaluate(label) == '"Before the change"'
    assert one.get_attribute("data-run") is None
    assert violations(page, of="#cell-1") == []
    write(one, "print(40 + 2)")
    assert says(one) == ""
    expect(one).not_to_have_class(OLD)
    page.reload()
    assert says(one) == CHANGED, "what is kept was not run"
    expect(one).to_have_class(OLD)
    press(one, "Reset")
    assert says(one) == ""
    expect(one).not_to_have_class(OLD)


def test_a_finger_opens_code_at_its_start(visit):
    page = visit(PAGE, 390, has_touch=True, is_mobile=True)
    longest = """all => all.filter((e) => e.parentElement.querySelector(".run-change"))
        .sort((a, b) => b.scrollWidth - a.scrollWidth)[0].closest(".cell").id"""
    found = page.locator(".cell_input pre:visible").evaluate_all(longest)
    one = page.locator(f"#{found}")
    one.locator(".run-change").tap()
    area = one.get_by_role("textbox")
    expect(area).to_be_focused()
    frame = "e => [e.scrollLeft, e.scrollWidth > e.clientWidth]"
    assert one.locator(".run-code").evaluate(frame) == [0, True]
    assert area.evaluate("e => e.selectionStart") == 0


@pytest.mark.parametrize("way", ["Escape", "blur"])
def test_an_editor_in_which_nothing_changed_closes(visit, way):
    page = visit(PAGE)
    one = cell(page, 1)
    press(one, "Edit")
    expect(one.get_by_role("textbox")).to_be_focused()
    if way == "Escape":
        page.keyboard.press("Escape")
        expect(one.locator(".run-go")).to_be_focused()
    else:
        page.locator(".bd-article h1").click()
    expect(one.get_by_role("textbox")).to_have_count(0)
    expect(one.locator(".run-change")).not_to_have_attribute("hidden", "")
    press(one, "Edit")
    page.keyboard.type("1 + 1 #")
    page.keyboard.press("Escape")
    expect(one.get_by_role("textbox")).to_have_count(1)


def test_code_of_an_address_costs_no_reader_their_own(visit):
    page = visit(SCRATCH)
    mine = yours(page)
    write(mine, "print('mine')")
    page.goto(f"{SCRATCH}#code=print('theirs')")
    area = mine.get_by_role("textbox")
    expect(area).to_have_value("print('theirs')")
    assert says(mine) == CHANGED
    area.fill("print('theirs, changed')")
    page.reload()
    expect(area).to_have_value("print('theirs')")
    press(mine, "Back to yours")
    expect(area).to_have_value("print('mine')")
    assert "#" not in page.url
    page.reload()
    expect(area).to_have_value("print('mine')")
    press(mine, "Reset")
    assert mine.locator("pre").first.inner_text().strip() == "# Your code"


def test_without_a_network_it_says_so(visit):
    page = visit(PAGE, first=True)  # the cells of another visit are in no cache
    page.context.set_offline(True)
    assert run(cell(page, 1)) == "broken"
    word = "You are offline, and this browser has not stored what this cell needs yet."
    assert says(cell(page, 1)) == word
    page.context.set_offline(False)
    page.said.clear()  # the browser's own word for it
    assert run(cell(page, 1)) in {"same", "silent"}


def test_what_is_asked_and_answered_is_read_whole_on_a_phone(visit):
    page = visit(PAGE, 390)
    asks = page.locator(".run-asks").last
    assert asks.inner_text() == "Your turn: end with the number of tokens, and run it."
    turn = page.locator(".run-turn").last
    turn.get_by_role("textbox").fill("print('the number')")
    assert run(turn) == "yours"
    assert says(turn) == "Not yet: end with the number of tokens, without print."
    # A verdict wraps.
    press(cell(page, 1), "Edit")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nlogits = logits + [1, 0, 0, 0]")
    assert run(cell(page, 5)) == "differs"
    broken = page.locator(".run-broken pre").first
    assert "no longer holds" in broken.inner_text()
    assert broken.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_name_from_above_is_told_where_a_cell_stands_alone(visit):
    page = visit(SCRATCH)
    mine = page.locator(".tag_share")
    write(mine, "softmax(logits)")
    assert run(mine) == "error"
    assert output(mine).endswith("softmax is in xent_lib: from xent_lib import softmax")
    write(mine, "per_token")
    assert run(mine) == "error"
    words = "per_token comes from cell 4 above, but this cell runs without those above."
    assert says(mine) == words
    write(mine, "nowhere")
    assert run(mine) == "error"
    assert says(mine) == ""


def test_a_cell_that_no_page_runs_has_no_button(visit):
    page = visit("chapters/at-scale.html")
    one = cell(page, 3)
    one.locator("summary").click()
    word = "This cell runs only in the notebook: a page has no dask."
    assert says(one) == word
    assert one.locator(".run-bar").count() == 0


# As a browser answers that keeps nothing, as its reader wishes.
REFUSED = """for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, {
        configurable: true,
        get() { throw new DOMException("refused", "SecurityError"); },
    });"""


def test_a_browser_that_keeps_nothing_shows_the_book_all_the_same(visit):
    page = visit(PAGE, before=REFUSED, first=True, theme="dark")
    theme = page.locator("html[data-theme=dark]")
    expect(theme).to_have_count(1)
    for _ in range(2):  # automatic, light, dark
        page.locator(".theme-switch-button:visible").click()
    expect(theme).to_have_count(1)
    page.locator(".theme-switch-button:visible").click()
    expect(theme).to_have_count(1)
    one = cell(page, 1)
    write(one, "40 + 2")
    assert run(one) == "yours"
    page.keyboard.press("Control+k")
    page.keyboard.type("perplexity")
    expect(page.locator("dialog [role=status]")).to_contain_text("Found in")
