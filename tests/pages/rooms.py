"""Measures how high the live parts are, and writes it to `parts/rooms.css`: until its
script runs a part has this room, and the text below it stays where it is."""

from playwright import sync_api as playwright

from bench import Stage
from pages import CHROMIUM, FLAGS, serve
from shelf import PARTS, bench
from xent_book.site.live import BOOK

FILE = BOOK / "parts/rooms.css"
ROOMS = {
    "xent-gap": "gap",
    "xent-pair": "pair",
    "xent-plan": "plan",
    "xent-pour": "pour",
    'xent-pour[config*="temperature"]': "heat",
    "xent-push": "push",
    "xent-ruler": "ruler",
    "xent-sentence": "sentence",
    "xent-shards": "shards",
    "xent-shift": "add",
    "xent-wall": "wall",
}
WIDTHS = {820: "--room", 1366: "--room-wide", 390: "--room-narrow", 360: "--room-least"}
OWN = "<style>[config] { min-height: 0 !important }</style>"
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
HEAD = """/* How high each part is, at four widths of the window: rooms.py wrote it. */
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
    return {f"{name}.html": bench(Stage(PARTS[name]), OWN) for name in ROOMS.values()}


def write(browser: playwright.Browser, address: str) -> str:
    text, page = HEAD, browser.new_page()
    for selector, name in ROOMS.items():
        page.goto(f"{address}{name}.html")
        rooms = (f"  {at}: {measure(page, w):.2f}rem;\n" for w, at in WIDTHS.items())
        text += f"{selector} {{\n{''.join(rooms)}}}\n"
    page.close()
    return text


if __name__ == "__main__":
    with playwright.sync_playwright() as started, serve(made=pages()) as address:
        found = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        FILE.write_text(write(found, address), encoding="utf8")
