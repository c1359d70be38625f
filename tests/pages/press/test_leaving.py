"""What a cell shows leads nowhere: each way out of a page, seen to work where it is
allowed, and to do nothing in an output."""

import contextlib
import json
import re
from html import escape, unescape

import pytest
from playwright.sync_api import Error

from cells import SCRATCH, output, tried, yours
from pages import BOOK, PATIENCE
from shelf import BENCH, PARTS, bench
from xent_book.site.policy import SAID

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
SVG = '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'


def part(name, **config):
    """A live part that was given something else."""
    shown = PARTS[name]._repr_html_()
    old = re.search('config="(.*?)"', shown)[1]
    new = json.dumps(json.loads(unescape(old)) | config)
    return shown.replace(old, escape(new))


# HTML by what it is; OUT is the address of another host.
WAYS = {
    "a refresh": '<meta http-equiv="refresh" content="0;url=OUT">',
    "a refresh within a drawing": f"{SVG}<foreignObject><meta http-equiv=refresh "
    'content="0;url=OUT"/></foreignObject></svg>',
    "a link": '<a href="OUT">a</a>',
    "a link without a scheme": '<a href="//OUT">a</a>',
    "a link to another window": '<a href="OUT" target="_blank">a</a>',
    "a ping": '<a href="#" ping="OUT">a</a>',
    "a place in an image": f'<img src="{PIXEL}" usemap="#m"><map name="m"><area '
    'href="OUT" coords="0,0,9,9"></map>',
    "a base": '<base href="OUT"><a href="#here">a</a>',
    "a form": '<form action="OUT"><button>a</button></form>',
    "a form that posts": '<form action="OUT" method="post"><button>a</button></form>',
    "a button": '<form><button formaction="OUT">a</button></form>',
    "an image that sends": f'<form action=OUT><input type=image src="{PIXEL}"></form>',
    "a link in a drawing": f'{SVG}<a href="OUT"><circle r="9"/></a></svg>',
    "an old link in a drawing": f'{SVG}<a xlink:href="OUT"><circle r="9"/></a></svg>',
    "a link that is set": f'{SVG}<a href="#"><circle r="9"/><set attributeName="href" '
    'to="OUT"/></a></svg>',
    "a link that moves": f'{SVG}<a href="#"><circle r="9"/><animate fill="freeze" '
    'attributeName="href" values="OUT;OUT" dur="1ms"/></a></svg>',
    "a frame": '<iframe src="OUT"></iframe>',
    "a frame of its own": '<iframe srcdoc="<meta http-equiv=refresh '
    "content='0;url=OUT'>\"></iframe>",
    "an object": '<object data="OUT"></object>',
    "what is embedded": '<embed src="OUT">',
    "an image": '<img src="OUT">',
    "one of several images": '<img srcset="OUT 1x">',
    "an image in a drawing": f'{SVG}<image href="OUT" width="9" height="9"/></svg>',
    "a film": '<video src="OUT"></video>',
    "a sound": '<audio src="OUT"></audio>',
    "a picture for a film": '<video poster="OUT"></video>',
    "a sheet": '<link rel="stylesheet" href="OUT">',
    "what comes next": '<link rel="prefetch" href="OUT">',
    "a script ahead": '<link rel="modulepreload" href="OUT">',
    "an import": '<style>@import "OUT";</style>',
    "a background": '<p style="background: url(OUT)">a</p>',
    "an old background": '<table background="OUT"><tr><td>a</table>',
    "an event": "<img src=data: onerror=\"location='OUT'\">",
    "a script's address": "<a href=\"javascript:location='OUT'\">a</a>",
    "a word of a part": part(
        "averages",
        kinds={
            "per_token": {
                "name": "<meta http-equiv=refresh content='0;url=OUT'>",
                "how": "b",
                "value": "c",
            }
        },
    ),
}
PRESS = """(all) => {
    for (const one of all)
        one.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}"""
PRESSED = "a, area, button, input, [href]"


class Raw:
    def __init__(self, shown):
        self.shown = shown

    def _repr_html_(self):
        return self.shown


def press_all(box):
    """Whatever can be clicked, once what moves has moved."""
    box.page.evaluate("new Promise(requestAnimationFrame)")
    box.locator(PRESSED).evaluate_all(PRESS)


def way(how, address):
    shown = WAYS[how].replace("//OUT", address.removeprefix("http:"))
    return shown.replace("OUT", address)


def wait_for(page, came, path):
    for _ in range(PATIENCE // 10):
        if path in came:
            return
        page.wait_for_timeout(10)
    pytest.fail(f"{path} did not come: {came}")


@pytest.mark.parametrize("how", WAYS)
def test_the_way_is_one(new_tab, made, other, how):
    """On a page that has no policy and shows it as it is."""
    address, came = other
    page = new_tab()
    made[BENCH] = SAID.sub("", bench(Raw(way(how, address))))
    page.goto(BENCH)
    with contextlib.suppress(Error):  # it has gone already
        press_all(page.locator(".cell"))
    wait_for(page, came, "connected")
    page.context.close()


def see_nothing_came(page, came, address):
    """What comes after all else has come. The page has to be there, too: a navigation
    under way would interrupt the next one."""
    assert came == []
    assert len(page.context.pages) == 1
    last = f"<meta http-equiv=refresh content='0;url={address}last'>"
    page.evaluate("(last) => { document.body.innerHTML = last; }", last)
    page.wait_for_url("**/last")
    assert {*came} == {"connected", "/last"}


def test_no_output_leads_out_of_the_page(open_page, other):
    address, came = other
    page = open_page(SCRATCH)
    for how in WAYS:
        for kind in ("HTML", "SVG") if SVG in WAYS[how] else ("HTML",):
            code = f"from IPython.display import {kind}\n{kind}({way(how, address)!r})"
            assert tried(page, code) == "yours", how
            press_all(yours(page).locator(".run-yours"))
    see_nothing_came(page, came, address)


def test_nor_does_what_a_cell_says_in_pythons_name(open_page, other):
    address, came = other
    page = open_page(SCRATCH)
    data = {"text/html": way("a refresh", address)}
    said = {
        "type": "outputs",
        "outputs": [{"output_type": "display_data", "data": data}],
    }
    code = f"import js\njs.postMessage(js.JSON.parse({json.dumps(said)!r}))"
    assert tried(page, code) == "yours"
    see_nothing_came(page, came, address)


def test_no_live_part_leads_out_of_the_book_whatever_it_is_given(open_page):
    plan = part("plan", ruler="https://example.org/#", given=["0.1234", ""])
    page = open_page(BENCH, part=Raw(plan))
    link = page.get_by_role("link", name="the ruler")
    assert link.evaluate("(one) => one.origin === location.origin")


def test_what_is_left_out_is_told(open_page, other):
    page = open_page(SCRATCH)
    shown = f"<p>A <b>word</b> of <a href='{other[0]}'>a friend</a></p><form></form>"
    code = f"from IPython.display import HTML\nHTML({shown!r})"
    assert tried(page, code) == "yours"
    assert output(yours(page)).splitlines() == [
        "A word of a friend",
        "",
        f'Removed, since an output may not lead anywhere: href="{other[0]}", <form>',
    ]


# What of the outputs of a page is left out, or changed.
CHANGED = """async (cells) => {
    const write = (nodes) => {
        const box = document.createElement("template");
        box.content.append(nodes);
        for (const part of box.content.querySelectorAll("[config]")) {
            const config = JSON.parse(part.getAttribute("config"));
            part.setAttribute("config", JSON.stringify(config));
        }
        return box.innerHTML;
    };
    const wrong = [];
    for (const { outputs } of await (await fetch(cells)).json())
        for (const { data } of outputs) {
            const html = (data?.["text/html"] ?? data?.["image/svg+xml"] ?? "")
                .replace(/<\\?xml[^]*?<svg/, "<svg")
                .replace(/<(metadata|style)[^]*?<\\/\\1>/g, "");
            const { content, left } = runClean(html);
            const was = document.createElement("template");
            was.innerHTML = html;
            const [one, other] = [content, was.content].map(write);
            if (left.length || one !== other) wrong.push([left, one, other]);
        }
    return wrong;
}"""


def test_what_the_book_has_printed_is_shown_as_it_is(open_page):
    page = open_page(SCRATCH)
    page.add_script_tag(url="/_static/pressed.js")
    found = list(BOOK.glob("_static/cells/*.json"))
    assert len(found) > 11
    for cells in found:
        assert page.evaluate(CHANGED, f"/_static/cells/{cells.name}") == [], cells
