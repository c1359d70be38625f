"""The frame of a page: the contents at the left, the margin at the right."""

from playwright.sync_api import expect

LONG = "chapters/10-bug-museum.html"
CURRENT = ".contents [aria-current]"


def test_the_contents_say_where_one_reads(visit):
    page = visit(LONG)
    page.set_viewport_size({"width": 1366, "height": 700})
    assert page.locator(CURRENT).count() == 0
    read = [0.0]
    for section in (page.locator(".bd-article h2").nth(i) for i in (2, 9, -1)):
        section.evaluate("x => x.scrollIntoView()")
        name = section.inner_text().removesuffix("#")
        expect(page.locator(CURRENT)).to_have_text(name)
        assert page.locator(CURRENT).evaluate(
            """(link) => {
                const seen = link.closest(".bd-sidebar-primary");
                const list = seen.getBoundingClientRect();
                const { top, bottom } = link.getBoundingClientRect();
                return list.top <= top && bottom <= list.bottom;
            }"""
        )
        line = (
            "x => parseFloat(getComputedStyle(x, '::before').height) / x.offsetHeight"
        )
        read.append(page.locator(".contents").evaluate(line))
    assert read == sorted(set(read))
    assert 0.9 < read[-1] <= 1
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator(CURRENT)).to_have_count(0)


def test_on_a_phone_the_contents_are_in_the_drawer_which_a_link_closes(visit):
    page = visit(LONG, 390)
    assert not page.locator(".contents").is_visible()
    page.get_by_role("button", name="Toggle primary sidebar").click()
    page.locator(".contents a").nth(3).click()
    expect(page.locator(".contents")).not_to_be_visible()
    expect(page.locator(CURRENT)).to_have_count(1)
    heading = page.locator(".bd-article h2").nth(3)
    assert 0 <= heading.bounding_box()["y"] < 200
