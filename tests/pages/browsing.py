"""Helpers for tests of a page: they measure, swipe, and run axe."""

import pytest
from axe_playwright_python import sync_playwright as axe

THEMES = ["light", "dark"]
WIDTHS = [390, 820, 1366]
SOFTMAX = "chapters/03-softmax.html"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # as long as all others together

# What moves while a page comes in, though nobody asked for it.
SHIFTS = """globalThis.shifts = 0;
new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries())
        if (!hadRecentInput) shifts += value;
}).observe({ type: "layout-shift", buffered: true });"""
FRAMES = """new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)))"""


# Of what is written, the first that shows of each kind: colours, grounds and sizes are
# alike where tags and classes are, and all grounds below; axe takes ms for each.
KINDS = """() => {
    const style = (one) => getComputedStyle(one), grounds = new Map([[null, ""]]);
    const ground = (one) => {
        if (!grounds.has(one)) {
            const { backgroundColor, backgroundImage, opacity } = style(one);
            grounds.set(one, [ground(one.parentElement), one.tagName, one.className,
                backgroundColor, backgroundImage, opacity].join());
        }
        return grounds.get(one);
    };
    const written = (one) => one.matches("input, textarea, select")
        || [...one.childNodes].some((x) => x.nodeType === 3 && x.data.trim());
    const kinds = new Set();
    for (const one of document.body.querySelectorAll("*")) {
        const { color, fontSize, fontWeight } = style(one);
        const kind = [ground(one), color, fontSize, fontWeight].join();
        const first = written(one) && !kinds.has(kind)
            && one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        if (first) kinds.add(kind);
        one.toggleAttribute("data-kind", first);
    }
}"""


def violations(page, rules=RULES, but=(), of=None):
    """What axe finds of a page, once what fades or moves is at its end."""
    page.evaluate("""document.getAnimations()
        .filter((one) => one.effect.getComputedTiming().endTime < Infinity)
        .forEach((one) => one.finish())""")
    off = {rule: {"enabled": False} for rule in but}
    kinds = ["violations"]
    options = {"runOnly": rules, "rules": off, "resultTypes": kinds, "preload": False}
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in axe.Axe().run(page, of, options).response["violations"]
        for node in violation["nodes"]
    ]


def faults_of_colour(page):
    """What axe finds of the colours of a page, whose kinds are some hundred."""
    page.evaluate(KINDS)
    return violations(page, COLOURS, of="[data-kind]")


def near(place, by=1):
    """Where something was, or how large, to a pixel: fonts round in their own ways."""
    return pytest.approx(place, abs=by)


def assert_none(**faults):
    """Of several kinds of faults, which are told together."""
    told = {kind: found for kind, found in faults.items() if found}
    assert not told, told


# Where a slider has been, until it comes to its goal from below.
FOLLOW = """(goal) => {
    const slider = document.querySelector("[type=range]");
    window.seen = [];
    const look = () => {
        seen.push(Number(slider.value));
        if (seen.at(-1) < goal) requestAnimationFrame(look);
    };
    look();
}"""

# As long as the page scrolls on, its place is another in each frame.
REST = """new Promise((done) => {
    let last, still = 0;
    const look = () => {
        still = scrollY === last ? still + 1 : 0;
        last = scrollY;
        still < 3 ? requestAnimationFrame(look) : done();
    };
    look();
})"""


def sides(drawn):
    """How far what is drawn reaches to the left and to the right.

    Playwright finds it in one step and measures it in the next; between them a part may
    draw itself anew.
    """
    measure = """all => all.every((x) => x.isConnected) && all
        .map((x) => x.getBoundingClientRect())
        .map(({ left, right }) => [left, right])"""
    while (found := drawn.evaluate_all(measure)) is False:
        pass
    lefts, rights = zip(*found, strict=True)
    return min(lefts), max(rights)


def swipe(page, start, end):
    """A finger from one point to the other, as the browser itself takes it."""
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    send("touchStart", start)
    for i in range(1, 11):
        send(
            "touchMove", [a + (b - a) * i / 10 for a, b in zip(start, end, strict=True)]
        )
    send("touchEnd")
    page.evaluate(REST)


def middle(one, share=0.5):
    box = one.bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def at_rest(page, part):
    """A part before anything is done: itself, what it says, which is nothing, and its
    height."""
    part, said = page.locator(part), page.get_by_role("status")
    assert said.inner_text() == ""
    return part, said, part.bounding_box()["height"]
