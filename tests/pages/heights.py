"""Measures how high the live parts are, and writes it to `parts/heights.css`: until its
script runs a part is kept that high, and the text below it stays where it is."""

from playwright import sync_api as playwright

from bench import Stage
from pages import CHROMIUM, FLAGS, serve
from shelf import PARTS, bench
from xent_book.site.live import BOOK

FILE = BOOK / "parts/heights.css"
MEASURED = {
    "xent-averages": "averages",
    "xent-gap": "gap",
    "xent-letters": "letters",
    "xent-log": "log",
    "xent-mask": "mask",
    "xent-pair": "pair",
    'xent-pour[config*="shift"]': "pour",
    'xent-pour[config*="temperature"]': "heat",
    "xent-push": "push",
    "xent-ruler": "ruler",
    "xent-sentence": "sentence",
    "xent-shards": "shards",
    "xent-shift": "add",
    "xent-wall": "wall",
}
WIDTHS = {820: "", 1366: "-wide", 390: "-narrow", 360: "-least"}
ELSE = {1366: 820, 360: 390}  # the width whose height live.css takes if there is none
# As on a page where Python runs: a log's part is less high without.
OWN = "<style>[config] { min-height: 0 !important }</style>"
OWN += "<script>runPython = true</script>"
# Once it has its fonts, and its height no longer changes.
HEIGHT = """document.fonts.ready.then(() => new Promise((done) => {
    let last, still = 0;
    const look = () => {
        const { height } = document.querySelector("[config]").getBoundingClientRect();
        still = height === last ? still + 1 : 0;
        last = height;
        still < 9 ? requestAnimationFrame(look) : done(height);
    };
    look();
}))"""
HEAD = """/* How high each part is, at four widths of the window: tests/pages/heights.py
   writes it. Those of plan and exhibit are in their own sheets. */
"""


def measure(page: playwright.Page, width: int) -> float:
    """How high the part on this page is at this width, in rem."""
    page.set_viewport_size({"width": width, "height": 900})
    for _ in range(2):  # with all fonts from the start
        page.reload()
        page.locator(".x-live").wait_for()
        page.evaluate(HEIGHT)
    return page.evaluate(HEIGHT) / 16


def pages() -> dict[str, str]:
    return {
        f"{name}.html": bench(Stage(PARTS[name]), OWN) for name in MEASURED.values()
    }


def write(browser: playwright.Browser, address: str) -> str:
    text, page = HEAD, browser.new_page()
    for selector, name in MEASURED.items():
        page.goto(f"{address}{name}.html")
        high = {width: f"{measure(page, width):.2f}rem" for width in WIDTHS}
        text += f"{selector} {{\n"
        for width, at in WIDTHS.items():
            if high[width] != high.get(ELSE.get(width)):
                text += f"  --height{at}: {high[width]};\n"
        text += "}\n"
    page.close()
    return text


if __name__ == "__main__":
    with playwright.sync_playwright() as started, serve(made=pages()) as address:
        found = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        FILE.write_text(write(found, address), encoding="utf8")
