"""Links to a reader's state: they show the same, and overwrite nobody's own."""

from playwright.sync_api import expect

from shelf import BENCH, PARTS

COPIES = {"permissions": ("clipboard-read", "clipboard-write")}


def send(page, name):
    """Copy a link by its button, which says so, and open it anew."""
    link = page.get_by_role("button", name=f"link to this {name}")
    link.click()
    expect(page.get_by_role("button", name="link copied")).to_be_visible()
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.url
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(address)
    return address.partition("#")[2]


def typed(page):
    fields = page.locator(".x-live input:not([type])")
    return [one.input_value() for one in fields.all()]


def test_a_link_carries_what_the_ruler_read(visit):
    page = visit(BENCH, part=PARTS["ruler"], **COPIES)
    first = typed(page)
    loss, _, length = page.get_by_role("textbox").all()
    loss.fill("20.49")
    length.fill("")
    words = page.locator(".x-words").inner_text()
    assert send(page, "reading") == "ruler=20.49~50%2C257~"
    assert typed(page) == ["20.49", "50,257", ""]
    assert page.locator(".x-words").inner_text() == words
    page.evaluate("location.hash = '#ruler=1'")  # not what it should be
    page.evaluate("location.hash = '#ruler=2~65~1'")
    expect(loss).to_have_value("2")
    page.get_by_role("button", name="Reset").click()
    assert typed(page) == first


def test_a_link_carries_what_the_doctor_found(visit):
    page = visit(BENCH, part=PARTS["plan"], **COPIES)
    page.get_by_role("button", name="Reset").click()
    assert page.get_by_role("button", name="link").count() == 0, "of nothing"
    near, far = page.locator(".x-live input").all()
    near.fill("0.4899")
    far.fill("20.72")
    found = page.locator(".x-verdict").inner_text()
    assert send(page, "finding") == "doctor=0.4899~20.72"
    assert typed(page) == ["0.4899", "20.72"]
    assert page.locator(".x-verdict").inner_text() == found
