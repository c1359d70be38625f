"""The built pages in Firefox and WebKit: no error, and live parts that answer.

`make engines` builds the book and runs this.
"""

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest

import prose
from pages import BOOK, GLYPHS, PAGES
from xent_book import example
from xent_book._html import number
from xent_book.drawings import frames
from xent_book.parts import Averages, Explorer, Letters, Pair, Push
from xent_book.tokens import novel
from xent_lib import cross_entropy_grad, logsumexp, read_loss, smollm, softmax

RIGHT, ENTER, END, PAGE_DOWN = "\ue014", "\ue007", "\ue010", "\ue00f"


def it_draws_its_formulas(engine):
    formulas, fonts = engine.run("""return document.fonts.ready.then(() => [
        [...document.querySelectorAll(".katex")].filter((x) => x.checkVisibility())
            .map((x) => [...x.children].map((y) => y.getBoundingClientRect().width)),
        [...document.fonts].filter((x) => x.status === "loaded").map((x) => x.family),
    ])""")
    assert all(spoken <= 1 < drawn for spoken, drawn in formulas)
    assert "KaTeX_Main" in fonts or not formulas


def it_fits_a_phone(engine):
    """Neither window becomes as narrow as one; a frame does."""
    content, width = engine.run("""return new Promise((resolve) => {
        const phone = document.createElement("iframe");
        Object.assign(phone, { src: location.href, width: 390, height: 844 });
        document.body.append(phone);
        phone.onload = () => {
            const page = phone.contentDocument.documentElement;
            resolve([page.scrollWidth, page.clientWidth]);
            phone.remove();
        };
    })""")
    assert content <= width <= 390


KINDS = {}


def tried(kind):
    """What is done with each live part of a kind, by its place in the page and by what
    it was given."""

    def keep(function):
        KINDS[kind] = function
        return function

    return keep


@tried("explorer")
def a_slider_moves_the_loss(engine, place, config):
    slider = "[type=range]:not([hidden] *)"
    said = f"""const shown = [...part.querySelectorAll("strong, .x-p")];
        const {{ value }} = part.querySelector("{slider}");
        return [Number(value), shown.map((x) => x.textContent)];"""
    before, _ = engine.part(place, said)
    engine.press(place, slider, RIGHT)
    value, texts = engine.part(place, said)
    assert value > before
    logits, target = np.array(config["logits"]), config["target"]
    if "logits" in config["show"]:
        logits[0] = value
    else:  # the slider is that of p
        logits[target] = np.log(value / (1 - value)) + logsumexp(
            np.delete(logits, target)
        )
    now = Explorer(logits=logits, target=target)
    assert texts == [*map(number, now.p), number(now.loss)]


@tried("gap")
def a_dot_moves_the_wall(engine, place, config):
    engine.press(place, "[aria-label='logit of rug']", RIGHT)
    logits = np.array(config["logits"])
    logits[3] += 0.1
    wall = engine.part(place, "return part.querySelector('.x-lse').textContent")
    assert wall == f"log-sum-exp {number(logsumexp(logits), 2)}"
    ends = """return [".x-wall > line", ".x-lane > line"].map((selector) =>
        part.querySelector(selector).getBoundingClientRect().right)"""
    wall, beam = engine.part(place, ends)
    assert abs(wall - beam) < 3


@tried("pour")
def a_handle_moves_what_is_poured(engine, place, config):
    engine.press(place, ".x-alone, .x-spread", RIGHT)
    shown = engine.part(
        place,
        "return [...part.querySelectorAll('.x-who text')].map((x) => x.textContent)",
    )
    if config["change"] == "shift":
        assert shown[2:4] == ["hat", "1.1"]
    else:
        p = softmax(np.array(config["logits"]) / 0.6)  # the next after 0.5
        assert shown[:2] == ["mat", f"{100 * p[0]:.0f}"]


@tried("wall")
def the_ceiling_is_reached_and_the_largest_taken_off(engine, place, config):
    engine.press(place, ".x-go", ENTER)
    engine.read(place, "strong", "NaN")
    engine.press(place, ".x-go", ENTER)
    engine.part(place, "part.querySelector('[value=float64]').click()")
    engine.read(place, ".x-note", "Right, to three places")


@tried("push")
def ten_steps_against_the_slope(engine, place, config):
    engine.part(place, "part.querySelectorAll('button')[1].click()")
    engine.read(place, ".x-note", "10 steps: from ")
    o = np.array(config["logits"])
    for _ in range(10):
        o -= config["size"] * cross_entropy_grad(o, config["target"])
    engine.read(place, ".x-large", number(Push(o).losses[0]))


@tried("letters")
def a_step_is_learnt(engine, place, config):
    engine.part(
        place,
        """for (const button of part.querySelectorAll("button"))
            if (button.textContent === "One step") button.click();""",
    )
    engine.read(place, ".x-large", number(Letters(novel()[0], steps=1).losses[1]))


@tried("mask")
def a_token_is_scored(engine, place, config):
    engine.press(place, ".x-chat button", ENTER)
    scored = "return part.querySelectorAll('.x-chat [aria-pressed=true]').length"
    assert engine.part(place, scored) == 27


@tried("pair")
def a_logit_of_one_model_moves_the_divergence(engine, place, config):
    engine.press(place, "[type=range]", RIGHT)
    fixed = np.array(example.logits, float)
    fixed[0] += 0.1
    shown = "return part.querySelector('.x-live dd').textContent"
    assert engine.part(place, shown) == number(Pair(fixed).forward)


@tried("log")
def an_example_is_read(engine, place, config):
    shown = """part.querySelector('[value="spike"]').click();
        return part.querySelector('.x-findings > :not([off])').textContent"""
    assert "spike" in engine.part(place, shown)


@tried("shards")
def a_word_moves_and_the_loss_stays(engine, place, config):
    engine.press(place, ".x-held button", ENTER)
    shown = "return [...part.querySelectorAll('.x-held')].map((x) => x.children.length)"
    assert engine.part(place, shown) == [1, 3, 0]
    loss = engine.part(place, "return part.querySelector('.x-loss strong').textContent")
    assert loss == "0.490"


@tried("plan")
def a_number_is_found(engine, place, config):
    engine.part(
        place,
        """const field = part.querySelector("[name=near]");
        field.value = "0.7067";
        field.dispatchEvent(new Event("input", { bubbles: true }));""",
    )
    engine.read(place, ".x-verdict", "in bits")


@tried("exhibit")
def the_next_line_runs(engine, place, config):
    engine.press(place, "[type=radio]", RIGHT)
    lines = sorted(config["lines"]) if config.get("asks") else config["lines"]
    engine.read(place, ".x-gives strong", lines[1][1])


@tried("ruler")
def a_loss_is_read(engine, place, config):
    engine.press(place, "[type=range]", RIGHT)
    words = engine.part(
        place,
        "return [...part.querySelectorAll('.x-words span')].map((x) => x.textContent)",
    )
    assert words == list(read_loss(3.03, 50_257, 4.4).words)


@tried("shift")
def a_number_of_the_text_moves_the_scores(engine, place, config):
    engine.run("document.querySelectorAll('.x-pull')[arguments[0]].focus()", place)
    engine.type(RIGHT)
    scores = np.array(config["logits"]) + config["value"] + 1
    shown = """return [...part.querySelectorAll(".x-live .x-score")]
        .map((x) => x.textContent)"""
    assert engine.part(place, shown) == [number(x, 1) for x in scores]


@tried("game")
def a_bet_costs_its_surprise(engine, place, config):
    for _ in range(3):
        engine.press(place, ".x-well", ENTER)
    engine.press(place, ".x-go", ENTER)
    engine.read(place, ".x-ask", "your surprise is ")


@tried("sentence")
def a_sentence_is_read(engine, place, config):
    engine.part(
        place,
        """const field = part.querySelector("textarea");
        field.value = "The mat sat on the cat.";
        field.dispatchEvent(new Event("input"));""",
    )
    assert "393,888 parameters" in engine.read(place, ".x-about", "Austen")
    tiles, total = engine.part(
        place,
        """return [".x-tiles", "dd"].map((selector) =>
            part.querySelector(selector).textContent)""",
    )
    losses = [float(loss) for loss in re.findall(r"\d+\.\d\d", tiles)]
    [right] = smollm.score(smollm.load(smollm.TINY), ["The mat sat on the cat."])
    np.testing.assert_allclose(losses, right.losses, rtol=0, atol=0.006)
    assert abs(right.losses.sum() - float(total)) < 0.006


@tried("averages")
def the_second_average_is_per_sequence(engine, place, config):
    engine.press(place, "[type=radio]", RIGHT)
    texts, losses = zip(
        *((each["text"], each["losses"]) for each in config["sentences"]), strict=True
    )
    expected = Averages(texts, losses, config["pad"]).averages["per sequence"]
    shown = engine.part(place, "return part.querySelector('.x-level').textContent")
    assert shown == number(expected, 2)


def a_formula_answers(engine):
    wrong, lit, said = engine.run(f"""
        const host = document.querySelector("xent-terms");
        host.scrollIntoView({{ block: "center" }});
        const wrong = ({GLYPHS})(host.querySelector(".katex-html"));
        const key = host.querySelector(".t-keys button");
        key.click();
        const lit = document.querySelectorAll("tr.t-lit").length;
        const line = host.querySelector(".t-bar p > :not([off])").cloneNode(true);
        const again = line.querySelectorAll("annotation, .katex-html");
        again.forEach((one) => one.remove()); // KaTeX has a formula three times
        return [wrong, lit, [key.ariaLabel, line.textContent]];
    """)
    assert wrong == []
    assert lit == 1
    assert len({re.sub(r"\s", "", text) for text in said}) == 1


def a_drawing_is_pulled(engine):
    before, after = engine.run("""
        const grip = [...document.querySelectorAll(".grip")]
            .find((one) => one.checkVisibility());
        const said = () => grip.getAttribute("aria-valuetext");
        const before = said(), options = { key: "ArrowLeft", bubbles: true };
        grip.focus();
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", options));
        return [before, said()];
    """)
    assert None not in (before, after)
    assert before != after


PART = re.compile(r'<xent-(\w+)[^>]* config="(.*?)"')
PARTS = {path: PART.findall((BOOK / path).read_text("utf8")) for path in PAGES}


def test_each_kind_of_live_part_is_tried():
    assert {kind for found in PARTS.values() for kind, _ in found} == {*KINDS}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_error_and_all_that_lives_in_it_answers(engine, path):
    engine.open(path)
    it_draws_its_formulas(engine)
    for place, (kind, config) in enumerate(PARTS[path]):
        KINDS[kind](engine, place, json.loads(html.unescape(config)))
    if frames(Path(path).stem):
        a_drawing_is_pulled(engine)
    if Path(path).stem in prose.terms():
        a_formula_answers(engine)
    it_fits_a_phone(engine)  # at last: the page in it clears what is kept for both
    assert engine.run("return wrong") == []


def test_a_part_gives_a_picture_of_itself(engine):
    """Not one colour, and the orange of the word that came is in it."""
    engine.open("chapters/03-softmax.html")
    seen = engine.run("""const ready = customElements.whenDefined("xent-pour");
        return ready.then(async () => {
        const script = new URL("../_static/picture.js", location).href;
        const { picture } = await import(script);
        const part = document.querySelector("xent-pour");
        const image = await createImageBitmap(await picture(part));
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width: image.width, height: image.height });
        const pen = canvas.getContext("2d");
        pen.drawImage(image, 0, 0);
        const { data } = pen.getImageData(0, 0, image.width, image.height);
        let orange = 0, dark = 0;
        for (let i = 0; i < data.length; i += 4) {
            orange += data[i] > data[i + 2] + 100;
            dark += data[i] < 80;
        }
        return [image.width / part.offsetWidth, orange, dark];
    }).catch((error) => `${error}`)""")
    assert not isinstance(seen, str), seen
    width, orange, dark = seen
    assert 2 < width < 2.3
    assert orange > 100
    assert dark > 1000


def test_slides_are_seen_whole_and_a_remote_leads_on(engine):
    until = "return new Promise((done) => {{ const look = () => {} ? done({}) : "
    until += "requestAnimationFrame(look); look(); }})"
    engine.open("teaching/slides.html")
    cut = """[...document.querySelectorAll("main > section")]
        .filter((one) => one.scrollHeight > one.clientHeight + 1).length"""
    fits = "'fit' in document.documentElement.dataset"
    assert engine.run(until.format(fits, cut)) == 0
    engine.type(PAGE_DOWN)
    engine.run(until.format("location.hash === '#2'", ""))
    # That a part drew itself a frame later, while its size was looked for, is no error.
    wrong = [x for x in engine.run("return wrong") if "ResizeObserver loop" not in x]
    assert wrong == []
