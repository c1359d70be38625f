"""All live parts: access, width, print and colours."""

import re
from pathlib import Path

import pytest

from bench import Stage
from browsing import REST, THEMES, assert_none, middle, near, swipe, violations
from heights import ELSE, FILE, MEASURED, OWN, WIDTHS, measure
from shelf import BENCH, PARTS, STORED, Shelf, parts_where
from xent_book import parts


def test_each_part_is_on_the_shelf():
    folders = Path(parts.__file__).parent.glob("*/*.js")
    shown = re.findall(r"<xent-(\w+) ", Shelf()._repr_html_())
    assert {*shown} == {path.stem for path in folders}


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1366, "light")])
def test_the_parts_are_accessible_and_fit(visit, width, theme):
    page = visit(BENCH, width, Shelf(), theme=theme, reduced_motion="reduce")
    wide = page.evaluate("document.documentElement.scrollWidth")
    small = """all => all.map(one => (one.labels?.[0] || one).getBoundingClientRect())
        .some(box => box.width < 24 || box.height < 24)"""
    targets = ".x-live :is(button, input, label):visible"
    assert_none(
        dead=parts_where(page, lambda x: not x.locator(".x-live").is_visible()),
        twice=parts_where(page, lambda x: x.locator(STORED).first.is_visible()),
        wide=wide > width and wide,
        # Smaller than 24 pixels.
        small=parts_where(page, lambda x: x.locator(targets).evaluate_all(small)),
        access=violations(page),
    )


def test_print_shows_what_is_stored(visit):
    page = visit(BENCH, part=Shelf())
    page.emulate_media(media="print")
    assert_none(
        missing=parts_where(page, lambda x: not x.locator(STORED).first.is_visible()),
        live=parts_where(page, lambda x: x.locator(".x-live").is_visible()),
    )


PULLED = ".x-live :is([type=range], [role=slider], .x-chart):visible"
VALUES = (
    """all => all.map((one) => one.value ?? [one.ariaValueNow, one.ariaValueText])"""
)


def test_a_swipe_up_the_page_moves_nothing(visit):
    """Wherever something may be pulled, and whatever it does as it is touched."""
    options = {"has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
    page = visit(BENCH, 390, Shelf(), **options)
    page.add_style_tag(content="main { padding-bottom: 200vh }")
    sliders = page.locator(".x-live :is([type=range], [role=slider])")
    before = sliders.evaluate_all(VALUES)
    for pulled in page.locator(PULLED).all():
        pulled.evaluate("one => one.scrollIntoView({ block: 'center' })")
        page.evaluate(REST)
        scrolled, (x, y) = page.evaluate("scrollY"), middle(pulled, 0.9)
        swipe(page, (x, y), (x + 4, y - 250))
        assert page.evaluate("scrollY") > scrolled + 100
        assert sliders.evaluate_all(VALUES) == before


COLOURS = """all => all.flatMap((one) => {
    const style = getComputedStyle(one);
    return [style.color, style.backgroundColor, style.borderTopColor, style.accentColor]
        .concat(one.matches("svg *") ? [style.stroke, style.fill] : []);
})"""
PLAIN = ["explorer", "opening", "game", "averages", "plan", "gap", "pour", "ruler"]
PLAIN += ["pair", "push", "sentence", "wall"]


@pytest.mark.parametrize("theme", THEMES)
def test_only_the_target_and_its_loss_are_orange(visit, theme):
    page = visit(BENCH, part=Shelf(), theme=theme)
    colour = "x => getComputedStyle(x).color"
    orange = page.locator(".x-loss strong").first.evaluate(colour)
    others = ".x-live :is(button, [type=radio], label:not(.x-word), .x-ink)"
    for found in (f"#{name} {others}" for name in PLAIN):
        colours = page.locator(found).evaluate_all(COLOURS)
        assert colours, found
        assert orange not in colours, found


@pytest.mark.parametrize("name", ["plan", "ruler"])
def test_one_types_on_where_one_is(visit, name):
    field = visit(BENCH, part=PARTS[name]).locator(".x-live input").first
    field.fill("0.4")
    field.press("ArrowLeft")
    field.press_sequentially("12")
    assert field.input_value() == "0.124"


@pytest.mark.parametrize("selector", MEASURED)
def test_until_its_script_runs_a_part_has_its_height(visit, selector):
    _, _, rest = FILE.read_text(encoding="utf8").partition(f"{selector} {{")
    rule = rest.partition("}")[0]
    high = dict(re.findall(r"--height([a-z-]*): ([0-9.]+)rem", rule))
    page = visit(BENCH, part=Stage(PARTS[MEASURED[selector]]), head=OWN)
    for width, at in WIDTHS.items():
        known = float(high.get(at) or high[WIDTHS[ELSE[width]]])
        assert 16 * measure(page, width) == near(16 * known), width
