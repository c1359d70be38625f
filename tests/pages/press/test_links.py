"""Share: links to a part's state show the same again, in its chapter and in a frame."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browsing import violations
from pages import BOOK
from shelf import BENCH, PARTS

COPIES = {"permissions": ("clipboard-read", "clipboard-write")}

# What a reader does, for each part whose state is more than what is typed: where the
# focus is, and which keys follow.
MOVED = {
    "averages": [("[value=token]", " "), (".x-go", "Enter")],
    "curve": [(".x-drag", "PageUp"), (".x-drag", "ArrowRight")],
    "gap": [
        ("[type=radio] >> nth=0", "ArrowRight"),
        ("[type=range] >> nth=2", "PageUp"),
    ],
    "heat": [("[role=slider]", "ArrowRight")],
    "letters": [("button >> text=One step", "Enter")] * 3,
    "logits": [(".x-logit >> nth=1", "PageUp"), (".x-heat", "ArrowRight")],
    "mask": [
        (".x-masks button >> nth=1", "Enter"),
        (".x-chat button >> nth=2", "Enter"),
    ],
    "pair": [("[type=range] >> nth=3", "PageUp")],
    "pour": [(".x-lever input", "ArrowRight"), ("[value=square]", " ")],
    "push": [("[type=range] >> nth=1", "PageUp"), (".x-go", "Enter")],
    "shards": [("[aria-label^=hat]", "Enter")],
    "add": [(".x-more", "Enter")],
    "wall": [("[value=bfloat16]", " "), (".x-go", "Enter"), (".x-go", "Enter")],
}
SHOWN = """() => {
    const live = document.querySelector(".x-live");
    const controls = [...live.querySelectorAll("input, textarea, [aria-pressed]")];
    const state = ({ value, checked, ariaPressed }) => [value, checked, ariaPressed];
    return [live.innerText, controls.map(state)];
}"""


def shown(page):
    """What a part says, but not how a step came about, and where its controls stand."""
    text, controls = page.evaluate(SHOWN)
    return [re.sub(r"\d+ steps?: from.*|\w+ is pushed up by.*", "", text), controls]


def send(page):
    """Copy a link by its button, and open it anew, where nothing is kept."""
    page.locator(".share summary").first.press("Enter")
    page.get_by_role("button", name="Copy").first.press("Enter")
    expect(page.locator(".share output").first).to_have_text("link copied")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.url
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(address)
    return address.partition("#")[2]


def typed(page):
    fields = page.locator(".x-live input[name]:not([type])")
    return [one.input_value() for one in fields.all()]


@pytest.mark.parametrize("name", MOVED)
def test_a_link_carries_what_a_part_shows(visit, name):
    page = visit(BENCH, part=PARTS[name], reduced_motion="reduce", **COPIES)
    first = shown(page)
    for where, key in MOVED[name]:
        page.locator(".x-live").locator(where).press(key)
    moved = shown(page)
    assert moved != first
    state = send(page)
    assert shown(page) == moved
    key, _, text = state.partition("=")
    # A link that somebody broke changes nothing, or shows what can be.
    for broken in ("x", text.replace("~", "", 1) + "x", "~".join("9" * 9), "1e999_NaN"):
        page.evaluate(f"location.hash = '#{key}={broken}'")
    for where, press in MOVED[name]:
        page.locator(".x-live").locator(where).press(press)
    assert "NaN" not in page.locator(".x-live").inner_text()


def test_a_link_carries_what_the_ruler_read(visit):
    page = visit(BENCH, part=PARTS["ruler"], **COPIES)
    first = typed(page)
    loss, _, length = page.locator(".x-live").get_by_role("textbox").all()
    loss.fill("20.49")
    length.fill("")
    words = page.locator(".x-words").inner_text()
    assert send(page) == "ruler=20.49~50%2C257~"
    assert typed(page) == ["20.49", "50,257", ""]
    assert page.locator(".x-words").inner_text() == words
    page.evaluate("location.hash = '#ruler=1'")  # not what it should be
    page.evaluate("location.hash = '#ruler=2~65~1'")
    expect(loss).to_have_value("2")
    page.get_by_role("button", name="Reset").click()
    assert typed(page) == first


def test_a_link_carries_what_the_doctor_found(visit):
    page = visit(BENCH, part=PARTS["plan"], **COPIES)
    near, far = page.locator("xent-plan input[name]").all()
    near.fill("0.4899")
    far.fill("20.72")
    found = page.locator(".x-verdict").inner_text()
    assert send(page) == "doctor=0.4899~20.72"
    assert typed(page) == ["0.4899", "20.72"]
    assert page.locator(".x-verdict").inner_text() == found


def test_share_stands_in_the_stage_of_every_part(visit):
    for path in ("03-softmax", "06-learning", "bug-museum", "08-real-model"):
        for width in (360, 820, 1366):
            page = visit(f"chapters/{path}.html", width)
            page.locator(".share summary").first.wait_for()
            for share in page.locator(".share").all():
                share.locator("summary").click()
                box, place = share.bounding_box(), "one => one.parentNode.offsetWidth"
                assert box["width"] == pytest.approx(share.evaluate(place), abs=1)
                assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [360, 1366])
def test_what_share_opens_moves_nothing_and_is_accessible(visit, width):
    page = visit("chapters/04-token-loss.html", width)
    part, share = page.locator("xent-gap"), page.locator(".share")
    places = "all => all.map((one) => one.getBoundingClientRect().top + scrollY)"
    before = page.locator("xent-gap, h2, footer").evaluate_all(places)
    summary = share.locator("summary")
    summary.press("Enter")
    assert page.locator("xent-gap, h2, footer").evaluate_all(places) == before
    assert summary.bounding_box()["height"] >= 24
    assert violations(page, of=".share") == []
    for field in share.get_by_role("textbox").all():  # an address is long
        assert field.bounding_box()["width"] > share.bounding_box()["width"] / 2
    # The lines follow what the part shows.
    link, line = (one.input_value for one in share.get_by_role("textbox").all())
    old = link()
    part.locator("[type=range]").first.press("ArrowRight")
    expect(share.get_by_role("textbox").first).not_to_have_value(old)
    ((source, high),) = re.findall(
        '<iframe src="([^"]*)" title="The loss as a distance" .*height="(.*?)"', line()
    )
    assert source.partition("#")[2] == link().partition("#")[2]
    assert re.search(r"/embed/gap\.html#", source)
    share.get_by_role("button").last.press("Escape")
    expect(summary).to_be_focused()
    expect(share.get_by_role("button")).to_have_count(0)
    # Where no script may make it fit, the frame holds all of its page on a phone, too.
    page.set_viewport_size({"width": 390, "height": int(high)})
    page.goto(source)
    page.locator(".x-live").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight") <= int(high)


def test_from_disk_the_links_are_those_of_the_page(tab):
    page = tab()
    page.goto((BOOK / "chapters/04-token-loss.html").as_uri())
    page.locator(".share summary").press("Enter")
    expect(page.get_by_label("Link to")).to_have_value(
        re.compile("^file:.*loss.html#gap=")
    )
    page.goto(page.get_by_label("Link to").input_value().replace("3.2", "3.1"))
    page.reload()
    expect(page.locator(".x-read")).to_contain_text("− 3.1 =")


def blocks(image):
    """The mean of each square of 8 × 8 pixels, as an array."""
    gray = image.convert("L")
    size = gray.width // 8, gray.height // 8
    return np.asarray(gray.resize(size, Image.Resampling.BOX), float).ravel()


@pytest.mark.parametrize(
    ("path", "name", "width", "scheme"),
    [
        ("03-softmax", "xent-pour", 1366, "light"),
        ("07-is-my-loss-good", "xent-ruler", 390, "dark"),
    ],
)
def test_a_saved_picture_shows_a_part_as_it_looks(visit, path, name, width, scheme):
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = visit(f"chapters/{path}.html", width, **options)
    part = page.locator(name).first
    part.locator("button.x-go, input").first.press("Enter")  # no longer its first state
    part.locator("[type=range], input").first.press("ArrowRight")
    share = part.locator(".share")
    share.locator("summary").press("Enter")
    with page.expect_download() as saved:
        share.get_by_role("button", name="Save a picture").press("Enter")
    expect(share.locator("output")).to_have_text("picture saved")
    assert saved.value.suggested_filename == f"{name.removeprefix('xent-')}.png"
    picture = Image.open(saved.value.path())
    share.evaluate("one => one.remove()")
    shown = Image.open(io.BytesIO(part.screenshot(animations="disabled")))
    assert picture.width == pytest.approx(2 * (shown.width + 48), abs=4)
    inside = picture.resize((picture.width // 2, picture.height // 2))
    inside = inside.crop((24, 24, 24 + shown.width, 24 + shown.height))
    one, other = blocks(inside), blocks(shown)
    assert np.corrcoef(one, other)[0, 1] > 0.95
    assert one.std() == pytest.approx(other.std(), rel=0.1)
