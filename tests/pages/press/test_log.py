"""The reader of logs: examples, lines, files, links. It says what the library says."""

import re

import pytest
from playwright import sync_api as playwright

from browsing import near
from pages import BOOK
from shelf import BENCH, PARTS
from xent_book.parts import Log
from xent_lib import read_log

PAGE = "chapters/reading-a-log.html"
COPIES = {"permissions": ("clipboard-read", "clipboard-write")}
LOG = "\n".join(
    f"step {i} | loss {2 + 5 / (i + 5) + 0.02 * (i % 7) + 4 * (30 <= i < 33):.3f}"
    for i in range(0, 60)
)

with_python = pytest.mark.skipif(
    not (BOOK / "_static/python").exists(), reason="the book was built without Python"
)

# What the clipboard brings, as a paste does.
PASTE = """(field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    const options = { clipboardData, cancelable: true, bubbles: true };
    if (field.dispatchEvent(new ClipboardEvent("paste", options))) {
        field.value += text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
}"""
DROP = """(part, [name, text]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], name));
    const options = { dataTransfer, cancelable: true, bubbles: true };
    part.dispatchEvent(new DragEvent("dragover", options));
    part.dispatchEvent(new DragEvent("drop", options));
}"""


def found(page):
    """What is listed: the names of the findings, and what is said."""
    return [
        tuple(re.split(r":\s", one, maxsplit=1))
        for one in page.locator(".x-findings > :not([off]) li").all_inner_texts()
    ]


def expected(*given):
    findings = read_log(*given).findings
    return [(one.name, f"{one.words}.") for one in findings if one.name != "format"]


def choose(page, name):
    page.get_by_role("radio", name=name, exact=True).check(force=True)


@pytest.fixture
def log(visit):
    return visit(BENCH, part=PARTS["log"])


def test_each_example_has_its_curve_its_findings_and_its_pins(log):
    for name, reading in reversed(Log().readings.items()):
        choose(log, name)
        said = [one for one in reading["findings"] if one["name"] != "format"]
        assert found(log) == [(one["name"], f"{one['words']}.") for one in said]
        placed = [i for i, one in enumerate(said, 1) if one["at"] is not None]
        assert log.locator(".x-digit").all_text_contents() == [str(i) for i in placed]
        curves = log.locator(".x-curves :is(.x-train, path.x-valid):not(.x-fine)")
        assert curves.count() == len(reading["curves"])
        label = log.locator(".x-curves svg").get_attribute("aria-label")
        assert all(one["name"] in label for one in reading["curves"])
        playwright.expect(log.get_by_role("status")).to_contain_text(f"{name}: ")


def test_a_pin_stands_where_its_finding_is(log):
    choose(log, "spike")
    top = log.locator(".x-mark").first.bounding_box()
    paths = log.locator(".x-curves .x-train.x-fine").bounding_box()
    share = (top["x"] + top["width"] / 2 - paths["x"]) / paths["width"]
    assert share == pytest.approx(2020 / 4687, abs=0.01)


@with_python
def test_the_examples_come_before_the_form(visit):
    page = visit(PAGE)
    drawn = page.locator(".x-findings").bounding_box()
    assert page.locator("xent-log textarea").bounding_box()["y"] > drawn["y"]


def test_examples_are_chosen_by_keys(log):
    log.get_by_role("radio", name="healthy").focus()
    log.keyboard.press("ArrowRight")
    assert found(log)[-1][0] == "stairs"
    assert log.locator(".x-grid").count() == 3  # the ends of its epochs


@pytest.mark.parametrize("width", [360, 390, 1366])
def test_it_keeps_its_height_whatever_is_shown(visit, width):
    page = visit(BENCH, width, PARTS["log"])
    part = page.locator("xent-log")
    height = part.bounding_box()["height"]
    for name in Log().readings:
        choose(page, name)
        assert part.bounding_box()["height"] == near(height), name


def test_where_no_python_runs_it_says_so_and_shows_the_examples(log):
    assert "xent-log run.log" in log.locator(".x-says").inner_text()
    assert log.locator("textarea:visible, .x-given :visible").count() == 0
    log.locator("xent-log").evaluate(DROP, ["run.log", LOG])
    assert log.locator("[value=yours]").is_hidden()
    choose(log, "factor")
    assert found(log)[0][0] == "factor"


def read(page):
    """Waits until Python has read."""
    go = page.locator("xent-log .x-go")
    playwright.expect(go).to_have_text("Read it")
    playwright.expect(page.locator(".x-says")).not_to_have_text("Reading …")


@with_python
def test_a_loss_that_falls_far_has_several_numbers_at_its_axis(visit):
    page = visit(PAGE)
    lines = "\n".join(f"step {i} loss {9 * 0.9**i:.4f}" for i in range(40))
    page.locator("xent-log textarea").fill(lines)
    page.locator("xent-log .x-go").click()
    read(page)
    written = page.locator(".x-curves text.x-end").all_text_contents()
    assert [x for x in written if x[0].isdigit()] == ["0.2", "0.5", "1", "2", "5"]


@with_python
def test_lines_files_and_wrong_ones_are_read_in_the_page(visit):
    page = visit(PAGE, **COPIES)
    field, part = page.locator("xent-log textarea"), page.locator("xent-log")
    says = page.locator(".x-says")

    # Pasted lines are read at once, and Python comes, as it does for a cell.
    field.evaluate(PASTE, LOG)
    playwright.expect(page.get_by_role("radio", name="yours")).to_be_checked()
    assert found(page) == expected(LOG)
    assert says.inner_text() == ""
    assert "spike" in [name for name, _ in found(page)]
    own = found(page)

    # A vocabulary, by keys alone.
    page.get_by_label("vocabulary V").focus()
    page.keyboard.type("50,257\n")
    playwright.expect(page.locator(".x-findings")).to_contain_text("10.825")
    assert found(page) == expected(LOG, 50_257)

    # What the library refuses is told in its words; what was there stays.
    page.get_by_label("vocabulary V").fill("1")
    page.keyboard.press("Enter")
    playwright.expect(says).to_contain_text("vocabulary must be")
    with pytest.raises(ValueError, match="vocabulary must be") as refused:
        read_log(LOG, 1)
    assert says.inner_text() == str(refused.value)
    assert found(page) == expected(LOG, 50_257)
    page.get_by_label("vocabulary V").fill("many")
    page.keyboard.press("Enter")
    playwright.expect(says).to_contain_text("'many'")
    page.get_by_label("vocabulary V").fill("")

    field.fill("")
    field.press_sequentially("no numbers here")
    field.press("Control+Enter")
    playwright.expect(says).to_contain_text("no loss found in log")
    # No curve stays that would pass for that of these lines.
    playwright.expect(page.get_by_role("radio", name="yours")).to_be_hidden()
    playwright.expect(page.get_by_role("radio", name="healthy")).to_be_checked()

    # Few points have whole numbers below them, each once.
    field.fill("2.5\n2.4\n2.3\n2.2")
    field.press("Control+Enter")
    drawn = page.get_by_role("img", name="over point 1 to 4")
    playwright.expect(drawn).to_be_visible()
    below = [x for x in drawn.locator("text").all_text_contents() if "." not in x]
    assert below[:4] == ["1", "2", "3", "point 4"]

    # A file that is dropped, and one that is chosen.
    part.evaluate(DROP, ["run.log", LOG.replace("loss", "train_loss")])
    playwright.expect(page.locator(".x-findings")).to_contain_text("train_loss")
    assert field.get_attribute("placeholder").startswith("run.log, 0.0 MB")
    chosen = {"name": "b.log", "mimeType": "text/plain", "buffer": LOG.encode()}
    page.locator("xent-log [type=file]").set_input_files(chosen)
    playwright.expect(page.locator(".x-findings")).not_to_contain_text("train_loss")
    read(page)
    assert found(page) == own

    # A long paste is not put into the field, and reading can be stopped.
    field.evaluate(PASTE, LOG * 3000)
    assert field.input_value() == ""
    go = page.locator("xent-log .x-go")
    playwright.expect(go).to_have_text("Stop")
    go.click()
    playwright.expect(says).to_have_text("Stopped.")
    playwright.expect(go).to_have_text("Read it")
    assert found(page) == own

    # A link carries the reading, and shows it without Python.
    drawn = page.locator(".x-train").get_attribute("d")
    share = page.locator("xent-log .share")
    share.locator("summary").click()
    share.get_by_role("button", name="Copy").first.click()
    playwright.expect(share.locator("output")).to_have_text("link copied")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.url
    assert len(address) < 4000
    page.goto("about:blank")
    page.asked.clear()
    page.goto(address)
    playwright.expect(page.get_by_role("radio", name="yours")).to_be_checked()
    assert found(page) == own
    assert page.locator(".x-train").get_attribute("d") == drawn
    assert not [url for url in page.asked if "/python/" in url]


def test_the_text_leads_to_each_example_that_it_names(visit):
    page = visit(PAGE)
    links = page.locator("main a[href^='#log=']")
    assert links.count() == 5
    for i in range(5):
        links.nth(i).click()
        name = links.nth(i).inner_text()
        playwright.expect(page.get_by_role("radio", name=name)).to_be_checked()
        playwright.expect(page.locator("xent-log .x-curves")).to_be_in_viewport()


def test_a_link_to_an_example_is_its_name(log):
    choose(log, "spike")
    assert log.evaluate("document.querySelector('xent-log').sent()") == "spike"


@pytest.mark.parametrize("code", ["", "AAAA", "eJw", "bnVsbA", "~", "constructor"])
def test_a_broken_link_changes_nothing(open_page, code):
    page = open_page(BENCH, part=PARTS["log"])
    before = page.locator(".x-curves").inner_html()
    page.evaluate(f"location.hash = '#log={code}'")
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert page.locator(".x-curves").inner_html() == before
    assert page.said == []


def evil(y):
    """A reading with elements in each of its texts."""
    tag = "<img src=x>"
    curve = {"name": tag, "split": tag, "unit": tag, "x": [1, 2], "y": [y, 2]}
    curve["means"] = None
    finding = {"name": tag, "words": f"evil {tag}", "on": tag, "at": 1}
    more = {"levels": [[1.5, tag]], "epoch": None, "needs": [tag]}
    return {"curves": [curve], "findings": [finding], **more}


@pytest.mark.parametrize(("y", "shown"), [(1, True), ("<img src=y>", False)])
def test_what_a_link_brings_is_text_and_no_element(open_page, y, shown):
    page = open_page(BENCH, part=PARTS["log"])
    code = page.evaluate("(reading) => xent.logPacked(reading)", evil(y))
    page.evaluate(f"location.hash = '#log={code}'")
    if shown:
        page.get_by_text("evil <img src=x>.").wait_for()
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert page.locator(".x-live img").count() == 0
    assert page.locator("[value=yours]").is_checked() == shown
    assert page.said == []


def test_a_page_whose_python_did_not_come_shows_no_dead_field(visit):
    page = visit(BENCH)
    page.route("**/run.js*", lambda route: route.fulfill(body=""))
    page.goto(PAGE)
    log = page.locator("xent-log")
    playwright.expect(log.locator(".x-says")).to_contain_text("xent-log run.log")
    assert log.locator("textarea:visible, .x-given :visible").count() == 0
    log.get_by_role("radio", name="spike").check(force=True)
    playwright.expect(log.locator(".x-findings > :not([off])")).to_contain_text("spike")
