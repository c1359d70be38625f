"""A chapter in JupyterLab: its live part moves, in both themes, and git stays clean.

`make lab` runs this. Without a Chromium it is skipped, and says so; in CI that is a
failure.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from playwright import sync_api as playwright

from pages import CHROMIUM, FLAGS
from xent_book import example
from xent_book._html import number
from xent_book.lab.normalise import normalise
from xent_lib import smollm, softmax

# Milliseconds: what takes that long has failed, however busy the machine is.
PATIENCE = 180_000
ROOT = Path(__file__).parents[2]
CHAPTER = "03-softmax.ipynb"
# Where a link is, where it leads, and the first words there.
DATASET = "05-dataset-loss.ipynb#formula-16-from-the-inside-out"
LINKS = [
    ("links.ipynb", "#the-three-steps-as-formula-17", "The three steps as Formula"),
    ("links.ipynb", DATASET, "Formula (16), from the inside out"),
    ("links.ipynb", "glossary.md#nat", "Nat"),
    ("notation.md", DATASET, "Formula (16), from the inside out"),
    ("glossary.md", "#nat", "Nat"),
]

if not CHROMIUM:
    assert "CI" not in os.environ, "Chromium is missing"
    pytest.skip("no Chromium: JupyterLab was not tried", allow_module_level=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the chapters, and a reader without settings."""
    folder = tmp_path_factory.mktemp("reader")
    chapters = shutil.copytree(ROOT / "chapters", folder / "chapters")
    notebook = nbformat.read(chapters / CHAPTER, as_version=4)
    links = [f"[{link}]({link})" for start, link, _ in LINKS if start == "links.ipynb"]
    notebook.cells.append(nbformat.v4.new_markdown_cell("\n\n".join(links)))
    nbformat.write(notebook, chapters / "links.ipynb")
    return folder


@pytest.fixture(scope="module")
def address(folder):
    """Where JupyterLab runs, as `make notebooks` starts it, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    names = {name: str(folder / name) for name in own}
    notebooks = (folder / "chapters").glob("*.ipynb")
    trust = [sys.executable, "-m", "nbformat.sign", *notebooks]
    options = ["--no-browser", f"--port={port}", "--port-retries=0"]
    options += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    if getattr(os, "geteuid", bool)() == 0:
        options.append("--allow-root")
    environment = os.environ | names
    subprocess.run(trust, env=environment, check=True, capture_output=True)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, folder / "chapters"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        while server.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api").close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((folder / "log").read_text())
        yield f"http://127.0.0.1:{port}/lab"
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:  # now and then it waits for a kernel
            server.kill()
            server.wait()


# The kernel has answered, to the panel whose cells are run.
CONNECTED = """(async () => {
    const { sessionContext } = jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    await sessionContext.session.kernel.info;
})()"""


@pytest.fixture(scope="module")
def page(address):
    """The chapter, open, with all its cells run."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE
        )
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/tree/{CHAPTER}")
        page.wait_for_function("!!globalThis.jupyterapp")
        page.evaluate("jupyterapp.restored")
        active = page.evaluate("jupyterapp.isPluginActivated('xent-lab:plugin')")
        assert active, "JupyterLab reads window._JUPYTERLAB no more: see lab.js"
        page.locator("xent-pour .x-live").first.wait_for()  # alive before any run
        page.locator("[data-status=idle]").wait_for()
        page.evaluate(CONNECTED)  # else "run all" only clears
        run(page, "notebook:run-all-cells")
        yield page
        browser.close()


def run(page, command, **arguments):
    """Run a command to its end; one that never ends is an error."""
    page.evaluate(
        """([name, args, most]) => Promise.race([
            jupyterapp.commands.execute(name, args),
            new Promise((_, fail) => setTimeout(fail, most, `${name} did not end`)),
        ])""",
        [command, arguments, PATIENCE],
    )


def test_a_live_part_moves_by_keyboard_and_the_cells_stay(page):
    part = page.locator("xent-pour").last
    assert not part.locator("table").is_visible()
    cells = page.locator(".jp-Cell")
    all_of_them = len(nbformat.read(ROOT / "chapters" / CHAPTER, 4).cells)
    playwright.expect(cells).to_have_count(all_of_them)  # the last come late
    slider = part.get_by_role("slider", name="temperature")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    slider.press("d")
    slider.press("d")
    shown = part.locator(".x-who text").all_text_contents()
    p = softmax(example.logits / 0.7)  # the second after 0.5
    assert shown[:2] == ["mat", f"{100 * p[0]:.0f}"]
    assert cells.count() == all_of_them


def contrast(locator):
    """How far the strongest colour in a picture stands out from its ground, by WCAG."""
    image = Image.open(io.BytesIO(locator.screenshot())).convert("RGB")
    light = np.asarray(image).reshape(-1, 3) / 255
    linear = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722] + 0.05
    ground = np.median(luminance)
    return max(luminance.max() / ground, ground / luminance.min())


def stands_out(locator, least):
    """Whether it does, once a theme is painted: no event tells when that is."""
    end = time.monotonic() + PATIENCE / 1000
    while not (found := contrast(locator) > least) and time.monotonic() < end:
        locator.page.evaluate("new Promise(requestAnimationFrame)")
    return found


def take(page, theme):
    run(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    body = page.locator(f"body[data-jp-theme-name='JupyterLab {theme}']")
    body.wait_for(state="attached")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_live_parts_and_formulas_can_be_read_in_both_themes(page, theme):
    take(page, theme)
    for shown in ("xent-pour .x-told", "xent-pour .x-wishes label"):
        assert stands_out(page.locator(shown).first, 7), shown
    assert stands_out(page.locator("mjx-mstyle").first, 4.5)  # the target's colour


def test_a_solution_is_folded_and_opens_with_its_formulas(page):
    page.locator(".jp-Cell").last.scroll_into_view_if_needed()
    folded = page.locator(".jp-MarkdownCell:has(details)", has_text="left with 0.35")
    cell = folded.first
    text = cell.locator("p").first
    assert not text.is_visible()
    computed = cell.locator("+ .jp-CodeCell")
    computed.scroll_into_view_if_needed()
    assert computed.inner_text().strip() == "# The solution, computed"
    cell.locator("summary").click()
    assert text.is_visible()
    cell.locator("mjx-container mjx-mi").first.wait_for()


def test_saving_leaves_git_clean(page, folder):
    run(page, "docmanager:save")
    stored = (ROOT / "chapters" / CHAPTER).read_text(encoding="utf8")
    path = folder / "chapters" / CHAPTER
    saved = nbformat.read(path, as_version=4)
    assert "language_info" in saved.metadata
    notebook, _ = normalise(saved, {})
    assert nbformat.writes(notebook) + "\n" == stored


def test_a_link_to_a_page_opens_it_rendered(page):
    page.locator(".jp-NotebookPanel a[href*='.md']").first.click()
    page.locator(".jp-MarkdownViewer h1").wait_for()


NEAR_THE_TOP = """(words) => {
  const top = (element) => element.getBoundingClientRect().top;
  const views = [...document.querySelectorAll(".jp-Document:not(.lm-mod-hidden)")];
  const headings = views.flatMap((view) => [...view.querySelectorAll("h2")]);
  const heading = headings.find(({ innerText }) => innerText.startsWith(words));
  return heading && Math.abs(top(heading) - top(heading.closest(".jp-Document"))) < 100;
}"""
# JupyterLab draws what is further up when it is idle, until all keeps its height.
AT_REST = """async () => {
  const idle = () => new Promise((done) => requestIdleCallback(done));
  const heights = () => [...document.querySelectorAll(".jp-Document *")]
    .map(({ scrollHeight }) => scrollHeight).join();
  for (let before, now = "", same = 0; same < 10; before = now) {
    await idle();
    now = heights();
    same = now === before ? same + 1 : 0;
  }
}"""


@pytest.mark.parametrize(("start", "link", "words"), LINKS)
def test_a_link_to_a_section_leads_there(page, address, start, link, words):
    page.goto(f"{address}/tree/{start}?reset")
    section = link[link.index("#") :]
    links = page.locator(f".jp-Document a[href$='{section}']")
    links.filter(has_not_text="¶").first.click()
    page.wait_for_function(NEAR_THE_TOP, arg=words)
    page.evaluate(AT_REST)  # what comes above it later may not push it away
    assert page.evaluate(NEAR_THE_TOP, words)
    if "Formula" in words:  # in a notebook the arrow keys go on from there
        assert words in page.locator(".jp-Cell.jp-mod-active h2:visible").inner_text()


def test_a_sentence_is_read_by_the_tiny_model(page, address):
    page.goto(f"{address}/tree/08-real-model.ipynb?reset")
    field = page.get_by_label("Your sentence")
    field.fill("The mat sat on the cat.")
    about = page.locator("xent-sentence .x-about", has_text="Read by a tiny model")
    about.wait_for()
    tiny = smollm.load(smollm.TINY)
    count = len(tiny.tokenizer.encode("The mat sat on the cat."))
    assert page.locator(".x-tiles button").count() == count
    assert not page.locator("xent-sentence .x-go").is_visible()
    totals = page.locator("xent-sentence .x-live dd").all()
    assert len(totals) == 4
    assert len({round(total.bounding_box()["y"]) for total in totals}) == 1


def test_the_last_scene_has_the_colours_of_the_book(page, address):
    page.goto(f"{address}/tree/08-real-model.ipynb?reset")
    page.locator("xent-sentence .x-live").wait_for()
    take(page, "Light")
    page.evaluate("jupyterapp.shell.currentWidget.content.scrollToItem(1e3, 'end')")
    scene = page.locator("xent-thread")
    for shown, part, colour in (
        ("circle.hit", "fill", "rgb(194, 65, 12)"),
        ("path.x-thin", "stroke", "rgb(91, 112, 131)"),
    ):
        one = scene.locator(shown).first
        playwright.expect(one).to_have_css(part, colour, timeout=PATIENCE)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_figures_and_cards_can_be_read_in_both_themes(page, address, theme):
    page.goto(f"{address}/tree/06-learning.ipynb?reset")
    page.locator("xent-push .x-live").first.wait_for()
    take(page, theme)
    for shown in (".jp-RenderedSVG img", "xent-push .x-note"):
        page.locator(shown).first.scroll_into_view_if_needed()
        assert stands_out(page.locator(shown).first, 7), shown
    ground = "x => getComputedStyle(x).backgroundColor"
    card, paper = (page.locator(x).first for x in ("xent-push", ".jp-Notebook"))
    assert card.evaluate(ground) != paper.evaluate(ground)


def test_a_number_of_the_text_is_pulled_and_the_cells_stay(page, address):
    page.goto(f"{address}/tree/02-logits.ipynb?reset")
    pulled = page.get_by_role("spinbutton", name="added to every score")
    pulled.wait_for()
    count = "jupyterapp.shell.currentWidget.content.widgets.length"
    cells = page.evaluate(count)
    for key in ["ArrowUp", "ArrowUp", "d", "d"]:
        pulled.press(key)
    assert pulled.evaluate("x => x.firstChild.data") == "102"
    shown = page.locator("xent-shift").first.locator(".x-live .x-score")
    expected = [number(o + 102, 1) for o in example.logits]
    assert shown.all_text_contents() == expected
    assert page.evaluate(count) == cells


# What reaches beyond what it stands in: JupyterLab has rules of its own for these.
BEYOND = """all => all.filter((one) => {
    const box = one.getBoundingClientRect();
    const around = one.parentElement.getBoundingClientRect();
    return box.right > around.right + 1 || box.bottom > around.bottom + 1;
}).map((one) => one.outerHTML)"""


@pytest.mark.parametrize(
    ("chapter", "shown"),
    [
        ("07-is-my-loss-good.ipynb", "xent-ruler .x-live dt"),
        ("08-real-model.ipynb", "xent-sentence .x-live textarea"),
    ],
)
def test_names_and_fields_stay_within_their_part(page, address, chapter, shown):
    page.goto(f"{address}/tree/{chapter}?reset")
    page.locator(shown).first.scroll_into_view_if_needed()
    assert page.locator(shown).evaluate_all(BEYOND) == []
