"""Run the cells of a page in it."""

import gzip

from pages import PATIENCE

SCRATCH = "chapters/scratch.html"  # its last cell is empty, but for a comment

# Comes to an end with the run of a cell. (`expect` describes the whole page each time
# that it looks in vain, which took as long as Python did.)
RAN = """(cell) => new Promise((done) => {
    const look = () => cell.dataset.run !== "busy" && done(true);
    new MutationObserver(look).observe(cell, { attributeFilter: ["data-run"] });
    look();
})"""
RUN_ALL = f"""async () => {{
    for (const cell of document.querySelectorAll("[id^=cell-]:has(.run-go)")) {{
        cell.querySelector(".run-go").click();
        await ({RAN})(cell);
    }}
    return true;
}}"""


def cell(page, number):
    return page.locator(f"#cell-{number}")


def press(cell, button="Run"):
    """Press the button of a cell, in a closed fold, too, which hides its role."""
    # Run has other words on a translated page.
    own = ".run-go" if button == "Run" else f'[aria-label^="{button} "]'
    cell.locator(own).dispatch_event("click")


def done(cell):
    """The state of a cell that was pressed, once it has run."""
    cell.page.wait_for_function(RAN, arg=cell.element_handle(), timeout=PATIENCE)
    return cell.get_attribute("data-run")


def run(cell):
    press(cell)
    return done(cell)


def says(cell):
    return cell.locator(".run-says").inner_text()


def output(cell):
    """What the reader's own run gave."""
    return cell.locator(".run-yours").inner_text().strip()


def write(cell, code):
    """Write code into a cell, whatever is in it."""
    if not cell.get_by_role("textbox").count():
        press(cell, "Edit")
    cell.get_by_role("textbox").fill(code)


def yours(page):
    """The cell of the scratch page that is the reader's."""
    return cell(page, 5)


def tried(page, code):
    """The state of that cell, once it has run this code."""
    write(yours(page), code)
    return run(yours(page))


def press_all(page):
    """The states of all cells, once each button was pressed, one after the other."""
    page.wait_for_function(RUN_ALL, timeout=10 * PATIENCE)
    states = page.locator(".cell[id^=cell-]").evaluate_all(
        "all => all.map((one) => [+one.id.slice(5), one.dataset.run])"
    )
    return dict(states)


def weigh(path):
    """The bytes of a file as a host sends it."""
    data = path.read_bytes()
    packed = path.suffix in {".gz", ".woff2"}
    return len(data if packed else gzip.compress(data))
