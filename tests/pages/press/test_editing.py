"""Change, stop and answer a cell, on one page."""

import numpy as np
from playwright.sync_api import expect

from browsing import violations
from cells import cell, done, output, press, run, says
from xent_book.example import logits, target
from xent_lib import cross_entropy

PAGE = "chapters/04-token-loss.html"
LOSS = 10  # print(np.exp(losses).round(2))


def test_a_cell_is_changed_in_its_place(visit):
    page = visit(PAGE)
    one = cell(page, 1)
    code = one.locator("pre").first.inner_text().rstrip()
    one.locator("pre").first.click(position={"x": 60, "y": 24})
    area = one.get_by_role("textbox", name="Code of cell 1")
    expect(area).to_be_focused()
    assert 0 < area.evaluate("e => e.selectionStart") < code.index("\n")
    under = one.locator(".run-code > pre")
    assert area.bounding_box() == under.bounding_box()
    assert violations(page, of="#cell-1") == []
    page.keyboard.press("Control+End")
    page.keyboard.type(
        "\nfor o in (4.2, 5.2):\n"
        "print((1 / np.exp([0, *logits[1:] - o]).sum()).round(2))"
    )
    assert area.input_value().endswith(
        ":\n    print((1 / np.exp([0, *logits[1:] - o]).sum()).round(2))"
    )
    for key in ("Tab", "Shift+Tab", "Control+z", "Control+z"):
        page.keyboard.press(key)
    assert area.input_value().endswith(
        ":\n    print((1 / np.exp([0, *logits[1:] - o]).sum()).round(2))"
    )
    assert under.locator(".k").all_inner_texts()[-2:] == ["for", "in"]
    page.keyboard.press("Shift+Enter")
    assert done(one) == "yours"
    assert output(one).splitlines()[1:] == ["0.81", "0.92"]
    assert one.locator(".cell_output").first.is_hidden()

    page.keyboard.type("\nnothing")
    page.keyboard.press("Shift+Enter")
    assert done(one) == "error"
    assert output(one).splitlines()[-3:] == [
        "Line 9 of this cell:",
        "    nothing",
        "NameError: name 'nothing' is not defined",
    ]
    assert run(cell(page, 3)) == "above"
    assert says(cell(page, 3)) == "Not run: there was an error in cell 1 above."

    page.keyboard.press("Escape")
    expect(one.get_by_role("button", name="Run cell 1")).to_be_focused()
    press(one, "Reset")
    assert one.locator("pre").first.inner_text().rstrip() == code
    assert one.locator(".run-yours").count() == 0
    assert one.locator(".cell_output").is_visible()


def test_a_changed_logit_changes_the_loss_below(visit):
    """And the table, the part and the claims, which say so."""
    page = visit(PAGE)
    press(cell(page, 1), "Edit")
    code = cell(page, 1).get_by_role("textbox")
    code.fill(code.input_value().replace("3.2", "4.2"))
    assert run(cell(page, LOSS)) == "differs"
    loss = cross_entropy(logits + np.eye(4)[0], target)
    assert f"{np.exp(loss):.2f}" in output(cell(page, LOSS))
    assert cell(page, LOSS).locator(".run-printed").is_visible(), "both are shown"
    assert cell(page, 4).get_attribute("data-run") == "differs"
    expect(cell(page, 4).locator(".run-yours xent-gap .x-live")).to_be_visible()
    assert "no longer holds" in output(cell(page, 5))
    # What an earlier run gave goes, where a cell could not run.
    code.fill(code.input_value().replace("4.2", "four"))
    assert run(cell(page, LOSS)) == "above"
    assert cell(page, LOSS).locator(".run-yours").count() == 0
    assert cell(page, LOSS).locator(".run-printed").count() == 0


def test_what_runs_can_be_stopped(visit):
    page = visit(PAGE)
    one = cell(page, 1)
    press(one, "Edit")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nwhile True:\nprint('on')")
    page.keyboard.press("Shift+Enter")
    expect(one.locator(".run-yours")).to_contain_text("on")
    press(one, "Stop")
    assert done(one) == "stopped"
    assert says(one).startswith("Stopped. Python restarts")
    press(one, "Reset")
    assert run(cell(page, 3)) == "same"


def test_a_changed_cell_is_kept_on_the_readers_machine(visit):
    page = visit(PAGE)
    one = cell(page, 1)
    printed = one.locator("pre").first.inner_text()
    press(one, "Edit")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nprint(logits[0] + 1)")
    page.reload()
    assert one.locator("pre").first.inner_text().rstrip() == (
        printed.rstrip() + "\nprint(logits[0] + 1)"
    )
    assert not page.locator("[data-run]").count(), "it was run by itself"
    assert run(one) in {"yours", "differs"}
    assert output(one).splitlines()[-1] == "4.2"
    press(one, "Reset")
    page.reload()
    assert one.locator("pre").first.inner_text() == printed


def turn(page, number):
    return page.locator(f"#exercises section:nth-of-type({number}) .run-turn")


def test_a_wrong_answer_below_a_changed_cell_leads_to_that_cell(visit):
    page = visit(PAGE)
    one, three = cell(page, 1), turn(page, 3)
    press(one, "Edit")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nlogits[0] = 1.5")
    assert run(one) == "yours"
    three.get_by_role("textbox").fill("1 / logits[0]")
    assert run(three) == "yours"
    link = three.get_by_role("link", name="cell 1")
    assert link.get_attribute("href") == f"#{one.get_attribute('id')}"
    three.get_by_role("textbox").fill("np.e**3.02")
    assert run(three) == "yours"
    assert says(three) == "✓ That is it."


def test_an_exercise_is_solved_below_it_and_kept(visit):
    page = visit(PAGE)
    three = turn(page, 3)
    three.get_by_role("textbox").fill("1 / logits[0]")
    page.keyboard.press("Shift+Enter")
    assert done(three) == "yours"
    assert says(three) == "Not yet: 0.3125 is too low."
    answer = "np.e**3.02"
    three.get_by_role("textbox").fill(answer)
    assert run(three) == "yours"
    assert says(three) == "✓ That is it."
    page.reload()
    assert three.get_by_role("textbox").input_value() == answer
    assert not page.locator("[data-run]").count(), "it was run by itself"
    press(three, "Reset")
    page.reload()
    assert three.get_by_role("textbox").input_value() == ""
