"""Links to a reader's state: they show the same, and overwrite nobody's own."""

import pytest
from playwright.sync_api import expect

from sentences import TEA, assert_scores, field, stand_in
from shelf import BENCH, PARTS

COPIES = {"permissions": ("clipboard-read", "clipboard-write")}
STILL = {"reduced_motion": "reduce"}


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
    return [one.input_value() for one in page.get_by_role("textbox").all()]


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
    near, far = page.get_by_role("textbox").all()
    near.fill("0.4899")
    far.fill("20.72")
    found = page.locator(".x-verdict").inner_text()
    assert send(page, "finding") == "doctor=0.4899~20.72"
    assert typed(page) == ["0.4899", "20.72"]
    assert page.locator(".x-verdict").inner_text() == found


def chips(page):
    return [int(text or 0) for text in page.locator(".x-chips").all_inner_texts()]


def place(page, well, taps):
    for _ in range(taps):
        page.locator(".x-well").nth(well).click()
    page.locator(".x-go").click()


def test_a_bet_that_is_sent_waits_for_the_readers_own(visit):
    page = visit(BENCH, part=PARTS["bet"], **COPIES, **STILL)
    assert page.get_by_role("button", name="link").count() == 0, "before the word"
    place(page, 2, 6)
    assert send(page, "bet") == "bet=0-0-60-0-40"
    ask, line = page.locator(".x-ask"), page.locator(".x-live .x-sentence")
    assert ask.inner_text().startswith("A friend has bet. You have 100")
    assert chips(page) == [0] * 5
    assert "mat" not in line.inner_text()
    assert "60" not in page.locator(".x-play").inner_text()
    assert page.locator(".x-ours >> visible=true").count() == 0
    place(page, 2, 4)
    assert line.inner_text() == "The cat sat on the mat"
    assert ask.inner_text().endswith("surprise is 0.92. Your friend had 60: 0.51.")
    shown = page.locator(".x-chips").all_inner_texts()
    words = [text.split() for text in shown]
    assert words == [[], [], ["40", "friend", "60"], [], ["60", "friend", "40"]]
    named = page.locator(".x-well").nth(2).get_attribute("aria-label")
    assert named == "mat: 40 chips, your friend 60"
    dots = page.locator(".x-ours").all_inner_texts()
    assert dots == ["our model 0.49", "your friend 0.51"]
    # Who has bet sees both at once; one's own link brings nobody's.
    page.reload()
    assert "Your friend had 60" in ask.inner_text()
    assert send(page, "bet") == "bet=0-0-40-0-60"
    place(page, 2, 4)
    page.reload()
    assert "friend" not in page.locator("xent-bets .x-live").inner_text()


def test_a_friend_may_have_ruled_out_what_came(visit):
    page = visit(BENCH, part=PARTS["bet"], **STILL)
    page.evaluate("location.hash = '#bet=100-0-0-0-0'")
    expect(page.locator(".x-ask")).to_contain_text("A friend")
    place(page, 0, 1)
    said = page.locator(".x-ask").inner_text()
    assert said.endswith("is infinite. Your friend had none: infinite.")
    assert page.locator(".x-ours").all_inner_texts() == ["our model 0.49"]
    page.locator(".x-go").click()
    assert page.locator(".x-live").get_by_text("friend").count() == 0


@pytest.mark.parametrize("bet", ["0", "90-90-0-0-0", "x"])
def test_what_is_no_bet_is_not_shown(visit, bet):
    page = visit(BENCH, part=PARTS["bet"], **STILL)
    page.goto(f"{page.url}#bet={bet}")
    page.reload()
    assert page.locator(".x-ask").inner_text().startswith("You are the model.")
    place(page, 0, 1)
    assert chips(page) == [10, 0, 0, 0, 90]


@pytest.mark.parametrize("name", ["ruler", "plan", "bet"])
def test_a_link_that_is_not_copied_is_in_the_address(visit, name):
    page = visit(BENCH, part=PARTS[name], **STILL)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    if name == "bet":
        page.locator(".x-go").click()
    page.get_by_role("button", name="link to this").click()
    said = page.get_by_role("button", name="link in the address bar")
    expect(said).to_be_visible()
    assert "#" in page.url


def test_a_link_names_the_model_which_waits_for_a_press(visit):
    page = visit(BENCH, part=PARTS["sentence"], head=stand_in(), **COPIES)
    page.locator(".x-go").click()
    expect(page.locator(".x-about")).to_contain_text("Read by SmolLM2, 393,888")
    field(page).fill(TEA)
    assert_scores(page, TEA)
    assert send(page, "sentence").endswith("&model=SmolLM2")
    assert_scores(page, TEA)
    assert "a tiny model" in page.locator(".x-about").inner_text()
    note = page.locator(".x-acts small")
    expect(note).to_have_text("Shared as read by SmolLM2.")
    page.locator(".x-go").click()
    expect(page.locator(".x-about")).to_contain_text("Read by SmolLM2")
    expect(note).to_have_text("")
