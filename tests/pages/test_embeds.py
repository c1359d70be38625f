"""Each live part on a page of its own, and in a frame on another site's page."""

import base64
import hashlib
import re

import pytest
from playwright.sync_api import expect

from browsing import assert_none, violations
from cells import weigh
from loading import ALL_ASKED
from pages import BOOK, serve
from test_policy import FIRST, SAID
from xent_book.site.embeds import ALONE
from xent_book.site.policy import guard

SHARED = re.compile(r"_static/(book\.css|(copy|live)\.js)|\.(svg|woff2)$")
# A host that frames the book and loads nothing else.
HOST = """<!DOCTYPE html><title>A blog</title>
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'; frame-src {site}">
<style>:root {{ color-scheme: dark }}</style><p>Three of them:</p>
<iframe title="gap" src="{site}embed/gap.html#gap=1~3.1_1_-0.5_2.5"></iframe>
<iframe title="ruler" src="{site}embed/ruler.html#ruler=2~65~"></iframe>
<iframe title="plan" src="{site}embed/plan.html#doctor=1.052~"></iframe>
"""

# One that takes what Share copies, and allows no script but that.
POST = """<!DOCTYPE html><title>A post</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
script-src '{script}'; style-src 'unsafe-inline'; frame-src http:">
<p>A part:</p>{body}"""


@pytest.mark.parametrize("name", ALONE)
def test_a_part_alone_is_small_and_fits_a_phone(visit, name):
    page = visit(f"embed/{name}.html", 320, theme="dark")
    page.locator(".x-live").wait_for()
    page.evaluate(ALL_ASKED)
    names = {re.sub(r".*?//[^/]*/|[?#].*", "", url) for url in page.asked}
    own = [BOOK / name for name in names if not SHARED.search(name)]
    weight, wide = sum(map(weigh, own)), page.evaluate("document.body.scrollWidth")
    assert_none(
        weight=weight > 40_000 and weight,
        wide=wide > 320 and wide,
        light=page.locator("html[data-theme=light]").count(),
        access=violations(page),
        share=page.locator(".share").count(),
    )
    chapter, _, anchor = page.locator(".ask a").get_attribute("href").partition("#")
    text = (BOOK / "embed" / chapter).resolve().read_text(encoding="utf8")
    assert f' id="{anchor}">' in text
    assert f'embed="{name}"' in text


@pytest.mark.parametrize("name", ALONE)
def test_its_policy_is_that_of_a_page_and_forbids_no_frame(name):
    page = (BOOK / f"embed/{name}.html").read_text(encoding="utf8")
    (said,) = SAID.findall(page)
    assert page.index(FIRST) < page.index(said) < page.index("<script")
    assert "frame-ancestors" not in said
    assert guard(page) == page


def test_a_log_alone_has_nothing_that_it_cannot_do_and_leads_to_where_it_can(visit):
    page = visit("embed/log.html", 390)
    page.locator(".x-live").wait_for()
    seen = page.locator("xent-log").locator(":is(textarea, .x-go, .x-says):visible")
    assert seen.count() == 0
    link = page.locator(".about a").get_attribute("href")
    chapter = (BOOK / "embed" / link).resolve().read_text(encoding="utf8")
    assert 'embed="log"' in chapter
    with page.expect_popup() as opened:
        page.locator(".about a").press("Enter")
    assert opened.value.url.endswith("/chapters/reading-a-log.html")


def hashed(script):
    """As a policy names a script that it allows."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def test_a_copied_frame_fits_its_page_and_has_the_colours_that_it_asks_for(open_page):
    page = open_page("chapters/04-token-loss.html")
    page.locator(".share summary").press("Enter")
    field = page.get_by_label("HTML for another page")
    expect(field).not_to_have_value("")
    line = field.input_value()
    (script,) = re.findall("<script>(.*?)</script>", line)
    body = line.replace("gap.html#", "gap.html?theme=light#")
    made = {"blog.html": POST.format(script=hashed(script), body=body)}
    with serve(made=made) as host:
        for width in (390, 800):
            page = open_page(f"{host}blog.html", width, theme="dark")
            _, inside = page.frames
            inside.locator(".x-live").wait_for()
            high = inside.evaluate(
                "document.fonts.ready.then(() => document.body.offsetHeight)"
            )
            expect(page.locator("iframe")).to_have_attribute("height", f"{high}")
            assert inside.evaluate("innerHeight") == high
            assert inside.locator("html[data-theme=light]").count() == 1
            page.emulate_media(color_scheme="light")
            page.emulate_media(color_scheme="dark")
            assert inside.locator("html[data-theme=light]").count() == 1
        assert page.said == []


def test_frames_on_another_site_show_the_state_of_their_links_and_work(open_page, site):
    made = {"blog.html": HOST.format(site=site)}
    with serve(made=made) as host:
        page = open_page(f"{host}blog.html", theme="light")
        gap, ruler, plan = (
            page.frame_locator(f"[title={name}]") for name in ("gap", "ruler", "plan")
        )
        read = gap.locator(".x-read")
        expect(read).to_have_text("loss = 3.63 − 1.0 = 2.63 if hat comes")
        gap.get_by_label("logit of mat").press("ArrowRight")
        expect(read).to_have_text("loss = 3.69 − 1.0 = 2.69 if hat comes")

        bits = ruler.locator(".x-value").nth(1)
        expect(bits).to_have_text("2.89")
        ruler.get_by_role("slider").press("ArrowRight")
        expect(bits).to_have_text("2.90")

        # A link of a part leads where it does in its chapter, in a tab of its own.
        verdict = plan.locator(".x-verdict")
        with page.expect_popup() as opened:
            verdict.get_by_role("link", name="Room 7").press("Enter")
        museum = f"{site}chapters/bug-museum.html"
        assert opened.value.url == f"{museum}#room-7-softmax-twice"
        opened.value.close()
        plan.get_by_label("near row").press("5")
        expect(verdict).not_to_contain_text("Room 7")
        assert page.said == []
