"""Formulas that respond, term by term."""

import re

import pytest

import prose
from browsing import SOFTMAX, THEMES, middle, near, swipe, violations
from pages import GLYPHS

TERMS = prose.terms()


# The text of an element; KaTeX repeats each formula as TeX and as HTML.
ONCE = """x => {
  const copy = x.cloneNode(true);
  copy.querySelectorAll("annotation, .katex-html").forEach((one) => one.remove());
  return copy.textContent;
}"""


def lit(page):
    """The names that are lit, and what of them is not in a formula."""
    return set(
        page.locator(".t-lit").evaluate_all("all => all.map(x => x.dataset.term)")
    ), page.locator(".t-lit:is(tr, p > *, pre *)").all_inner_texts()


def glyph(page, term, view=":scope > .formula"):
    """A glyph that is the term's, and of none within it."""
    host = page.locator(f"xent-terms:has([data-term={term}])").first
    own = f"{view} [data-term={term}] :is(.mord, .mop, .mopen)"
    return host.locator(
        f"{own}:not(:has(*)):not([data-term={term}] [data-term] *)"
    ).first


@pytest.mark.parametrize("width", [360, 1366])
@pytest.mark.parametrize("name", TERMS)
def test_a_glyph_answers_for_the_innermost_term_around_it(visit, name, width):
    page = visit(f"chapters/{name}.html", width)
    for host in page.locator("xent-terms").all():
        for view in (":scope > .formula", ".t-numbers > .formula"):
            host.evaluate("x => x.scrollIntoView({block: 'center'})")
            wrong = host.locator(f"{view} .katex-html").evaluate(GLYPHS)
            assert wrong == []
            host.get_by_role("button", name="In numbers").click()


def test_pointing_at_a_term_lights_all_that_belongs_to_it(visit):
    page = visit(SOFTMAX)
    line = page.locator(".t-bar p")
    hint = line.inner_text()
    glyph(page, "exp").hover()
    names, parts = lit(page)
    assert names == {"exp"}
    assert {"24.53", "e = np.exp(logits)"} <= set(parts)
    assert line.inner_text() == "its exponential: 24.53"
    glyph(page, "logit").hover()
    assert lit(page)[0] == {"logit"}
    assert line.inner_text() == "the logit of the next word: 3.2"
    page.locator("p > [data-term=sum]").first.hover()
    assert lit(page)[0] == {"sum"}
    page.locator(".bd-article h1").hover()
    assert lit(page) == (set(), [])
    assert line.inner_text() == hint


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_lit_has_a_ground_of_its_own(visit, theme):
    page = visit(SOFTMAX, theme=theme)
    page.get_by_text("All symbols, one by one").click()
    ground = "x => getComputedStyle(x).backgroundColor"
    for one in page.locator(":is(tr, p > *, pre *)[data-term=exp]").all():
        plain = one.evaluate(ground)
        one.hover()
        assert one.evaluate(ground) != plain
        page.locator(".bd-article h1").hover()


@pytest.mark.parametrize("theme", THEMES)
def test_the_rest_of_the_formula_steps_back(visit, theme):
    page = visit(SOFTMAX, theme=theme, reduced_motion="reduce")
    colour = "x => getComputedStyle(x).color"
    before = {t: glyph(page, t).evaluate(colour) for t in ("exp", "logit", "sum")}
    glyph(page, "exp").hover()
    after = {t: glyph(page, t).evaluate(colour) for t in before}
    assert before["logit"] != before["exp"] == before["sum"]
    assert after["exp"] == before["exp"]
    assert after["logit"] == before["logit"]
    assert after["sum"] != before["sum"]


def test_a_tap_keeps_a_term_and_a_second_one_lets_it_go(visit):
    page = visit(SOFTMAX, 390, has_touch=True, is_mobile=True)
    page.get_by_text("All symbols, one by one").tap()
    row = page.locator("tr[data-term=exp]")
    for one in (glyph(page, "exp"), row, page.locator("p > [data-term=exp]").first):
        one.tap()
        assert lit(page)[0] == {"exp"}
        one.tap()
        assert lit(page)[0] == set()
    row.tap()
    switch = page.get_by_role("button", name="In numbers")
    switch.tap()
    switch.tap()
    assert lit(page)[0] == {"exp"}
    glyph(page, "sum").tap()
    assert lit(page)[0] == {"sum"}
    page.locator(".bd-article h1").tap()
    assert lit(page)[0] == set()
    row.tap()
    page.keyboard.press("Escape")
    assert lit(page)[0] == set()


def test_a_swipe_that_starts_on_a_formula_scrolls_and_lights_nothing(visit):
    page = visit(SOFTMAX, 390, has_touch=True, is_mobile=True)
    exp = glyph(page, "exp")
    exp.evaluate("x => x.scrollIntoView({block: 'center'})")
    scrolled = page.evaluate("scrollY")
    x, y = middle(exp)
    swipe(page, (x, y), (x + 4, y - 250))
    assert page.evaluate("scrollY") > scrolled + 100
    assert lit(page)[0] == set()


@pytest.mark.parametrize("name", TERMS)
def test_the_tab_key_goes_from_the_outer_terms_to_the_inner(visit, name):
    page = visit(f"chapters/{name}.html")
    for host in page.locator("xent-terms").all():
        keys = host.get_by_role("group", name="Terms of the formula")
        formula = host.locator(":scope > .formula")
        terms = "all => all.map(x => x.dataset.term)"
        found = formula.locator("[data-term]").evaluate_all(terms)
        formula.focus()
        walked = []
        for _ in range(keys.get_by_role("button").count()):
            page.keyboard.press("Tab")
            key = page.locator(":focus")
            walked.append(key.get_attribute("data-term"))
            assert lit(page)[0] == {walked[-1]}
            # What is shown is what a screen reader says of the key.
            said = re.sub(r"\s", "", key.get_attribute("aria-label"))
            line = host.locator(".t-bar p > :not([off])").evaluate(ONCE)
            assert re.sub(r"\s", "", line) == said
            assert "\\" not in said, "TeX"
        assert walked == list(dict.fromkeys(found)), "a term of the formula has no key"
        page.keyboard.press("Enter")
        assert key.get_attribute("aria-pressed") == "true"
        page.keyboard.press("Tab")
        assert lit(page)[0] == {walked[-1]}
        page.keyboard.press("Escape")
        assert lit(page)[0] == set()
        assert key.get_attribute("aria-pressed") == "false"


# Which rows of the tables change the height of a formula, and which of its two views is
# cut, or not alone.
MOVES = """(hosts) => {
    const heights = () => hosts.map((host) => host.getBoundingClientRect().height);
    const before = heights(), wrong = [];
    const seen = (one) => one.checkVisibility({ visibilityProperty: true });
    for (const view of ["symbols", "numbers"]) {
        for (const row of document.querySelectorAll("tr[data-term]")) {
            row.click();
            if (heights().some((height, i) => Math.abs(height - before[i]) >= 1))
                wrong.push(row.innerText);
        }
        for (const host of hosts) {
            const views = [...host.querySelectorAll(".formula")];
            const [shown, ...more] = views.filter(seen);
            if (shown.scrollWidth > shown.clientWidth || more.length) wrong.push(view);
            host.querySelector(".t-bar > button").click();
        }
    }
    return wrong;
}"""


# How high a page is, once its parts have taken its width in.
SETTLED = """async () => {
    for (let last;;) {
        const now = document.body.scrollHeight;
        if (now === last) return now;
        last = now;
        for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);
    }
}"""


@pytest.mark.parametrize("name", TERMS)
def test_nothing_moves_when_a_formula_answers(visit, name):
    page = visit(f"chapters/{name}.html")
    for width in (360, 390, 768, 1366):
        page.set_viewport_size({"width": width, "height": 900})
        height = page.evaluate(SETTLED)
        assert page.locator("xent-terms").evaluate_all(MOVES) == [], width
        assert page.evaluate("document.body.scrollHeight") == height, width


def test_the_formula_in_numbers_is_accessible_and_answers(visit):
    page = visit(SOFTMAX)
    switch = page.get_by_role("button", name="In numbers")
    symbols = page.locator("xent-terms > .formula")
    switch.press("Enter")
    assert switch.get_attribute("aria-pressed") == "true"
    assert not symbols.is_visible()
    assert violations(page, of="xent-terms") == []
    glyph(page, "sum", ".t-numbers").hover()
    assert page.locator(".t-bar p").inner_text().endswith(": 40.04")
    switch.press("Enter")
    assert symbols.is_visible()
    assert not page.locator(".t-numbers").is_visible()


@pytest.mark.parametrize("how", ["without a script", "on paper"])
def test_a_formula_that_cannot_answer_is_a_formula(visit, how):
    page = visit(SOFTMAX, java_script_enabled=how == "on paper")
    if how == "on paper":
        page.get_by_role("button", name="In numbers").click()
        page.emulate_media(media="print")
    assert page.locator("xent-terms > .formula").is_visible()
    host = page.locator("xent-terms").bounding_box()
    formula = page.locator("xent-terms > .formula").bounding_box()
    assert host["height"] == near(formula["height"])


def test_the_rest_steps_back_in_forced_colours(visit):
    page = visit(SOFTMAX, forced_colors="active")
    glyph(page, "exp").hover()
    colours = [
        glyph(page, term).evaluate("x => getComputedStyle(x).color")
        for term in ("exp", "sum")
    ]
    assert colours[0] != colours[1]
    row = page.locator("tr[data-term=exp]")
    assert row.evaluate("x => getComputedStyle(x).outlineStyle") == "solid"
