"""The built pages in Firefox and WebKit: no error, and live parts that answer.

`make engines` builds the book and runs this.
"""

import html
import json
import re

import numpy as np
import pytest

import prose
from pages import BOOK, GLYPHS, PAGES
from xent_book._html import number
from xent_book.parts import Arrows, Averages, Explorer, Push
from xent_lib import cross_entropy_grad, logsumexp, smollm, softmax
from xent_lib.doctor import read_loss

RIGHT, ENTER, END = "\ue014", "\ue007", "\ue010"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_error_draws_its_formulas_and_fits_a_phone(engine, path):
    engine.open(path)
    assert engine.run("return wrong") == []
    formulas, fonts = engine.run("""return document.fonts.ready.then(() => [
        [...document.querySelectorAll(".katex")].filter((x) => x.checkVisibility())
            .map((x) => [...x.children].map((y) => y.getBoundingClientRect().width)),
        [...document.fonts].filter((x) => x.status === "loaded").map((x) => x.family),
    ])""")
    assert all(spoken <= 1 < drawn for spoken, drawn in formulas)
    assert "KaTeX_Main" in fonts or not formulas
    # Neither window becomes as narrow as a phone; a frame does.
    content, width = engine.run("""return new Promise((resolve) => {
        const phone = document.createElement("iframe");
        Object.assign(phone, { src: location.href, width: 390, height: 844 });
        document.body.append(phone);
        phone.onload = () => {
            const page = phone.contentDocument.documentElement;
            resolve([page.scrollWidth, page.clientWidth]);
        };
    })""")
    assert content <= width <= 390


def parts(kind):
    """All live parts of a kind: the page, its place there, and what it was given."""
    found = {
        f"{path}-{place}": (path, place, json.loads(html.unescape(config)))
        for path in PAGES
        for place, (tag, config) in enumerate(
            re.findall(r'<xent-(\w+) config="(.*?)"', (BOOK / path).read_text("utf8"))
        )
        if tag == kind
    }
    assert found, f"no page in _build/html has {kind}: make book"
    names = ("path", "place", "config")
    return pytest.mark.parametrize(names, found.values(), ids=found)


@parts("explorer")
def test_a_slider_moves_the_loss(engine, path, place, config):
    engine.open(path)
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


@parts("gap")
def test_a_dot_moves_the_wall(engine, path, place, config):
    engine.open(path)
    engine.press(place, "[aria-label='logit of rug']", RIGHT)
    logits = np.array(config["logits"])
    logits[3] += 0.1
    wall = engine.part(place, "return part.querySelector('.x-lse').textContent")
    assert wall == f"log-sum-exp {number(logsumexp(logits), 2)}"
    ends = """return [".x-wall > line", ".x-lane > line"].map((selector) =>
        part.querySelector(selector).getBoundingClientRect().right)"""
    wall, beam = engine.part(place, ends)
    assert abs(wall - beam) < 3


@parts("arrows")
def test_a_step_turns_the_arrows(engine, path, place, config):
    engine.open(path)
    engine.part(place, "part.querySelector('.x-go').click()")
    loss = engine.part(
        place, "return part.querySelector('.x-live .x-fall text').textContent"
    )
    assert loss == number(Arrows(1, config["size"]).states[1].loss)


@parts("pour")
def test_a_handle_moves_what_is_poured(engine, path, place, config):
    engine.open(path)
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


@parts("wall")
def test_the_ceiling_is_reached_and_the_largest_taken_off(engine, path, place, config):
    engine.open(path)
    engine.press(place, ".x-go", ENTER)
    engine.read(place, "strong", "NaN")
    engine.press(place, ".x-go", ENTER)
    engine.part(place, "part.querySelector('[value=float64]').click()")
    engine.read(place, ".x-note", "Right, to three places")


@parts("push")
def test_ten_steps_against_the_slope(engine, path, place, config):
    engine.open(path)
    engine.part(place, "part.querySelectorAll('button')[1].click()")
    engine.read(place, ".x-note", "10 steps: from ")
    o = np.array(config["logits"])
    for _ in range(10):
        o -= config["size"] * cross_entropy_grad(o, config["target"])
    engine.read(place, ".x-lost", number(Push(o).losses[0]))


@parts("spacing")
def test_the_loss_of_two_equal_logits_becomes_0(engine, path, place, config):
    engine.open(path)
    engine.press(place, "[type=range]", END)
    loss = engine.part(place, "return part.querySelector('strong').textContent")
    assert loss == "0.000"


@parts("shards")
def test_a_word_moves_and_the_loss_stays(engine, path, place, config):
    engine.open(path)
    engine.press(place, ".x-held button", ENTER)
    shown = "return [...part.querySelectorAll('.x-held')].map((x) => x.children.length)"
    assert engine.part(place, shown) == [1, 3, 0]
    loss = engine.part(place, "return part.querySelector('.x-loss strong').textContent")
    assert loss == "0.490"


@parts("plan")
def test_a_number_is_found(engine, path, place, config):
    engine.open(path)
    engine.press(place, "[type=range]", RIGHT)
    found = engine.part(place, "return part.querySelector('.x-verdict').textContent")
    assert "is binary cross-entropy" in found


@parts("ruler")
def test_a_loss_is_read(engine, path, place, config):
    engine.open(path)
    engine.press(place, "[type=range]", RIGHT)
    words = engine.part(
        place,
        "return [...part.querySelectorAll('.x-words span')].map((x) => x.textContent)",
    )
    assert words == list(read_loss(3.03, 50_257, 4.4).words)


@parts("shift")
def test_a_number_of_the_text_moves_the_scores(engine, path, place, config):
    engine.open(path)
    engine.run("document.querySelectorAll('.x-pull')[arguments[0]].focus()", place)
    engine.type(RIGHT)
    logits, value = np.array(config["logits"]), config["value"] + config["step"]
    scores = logits + value if config["change"] == "add" else logits * value
    shown = """return [...part.querySelectorAll(".x-live .x-score")]
        .map((x) => x.textContent)"""
    assert engine.part(place, shown) == [number(x, 1) for x in scores]


@parts("bets")
def test_a_bet_costs_its_surprise(engine, path, place, config):
    engine.open(path)
    answer = config["rounds"][0]["answer"]
    for _ in range(3):
        engine.press(place, f'[value="{answer}"]', ENTER)
    engine.press(place, ".x-go", ENTER)
    engine.read(
        place,
        "[role=status]",
        f"You had 30 chips on it: your surprise is {number(-np.log(0.3), 2)}",
    )


@parts("sentence")
def test_a_sentence_is_read(engine, path, place, config):
    engine.open(path)
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


@parts("averages")
def test_the_second_average_is_per_sequence(engine, path, place, config):
    engine.open(path)
    engine.press(place, "[type=radio]", RIGHT)
    texts, losses = zip(
        *((each["text"], each["losses"]) for each in config["sentences"]), strict=True
    )
    expected = Averages(texts, losses, config["pad"]).averages["per sequence"]
    shown = engine.part(place, "return part.querySelector('.x-level').textContent")
    assert shown == number(expected, 2)


@pytest.mark.parametrize("name", prose.terms())
def test_a_formula_answers(engine, name):
    engine.open(f"chapters/{name}.html")
    wrong, lit, said = engine.run(f"""
        const host = document.querySelector("xent-terms");
        host.scrollIntoView({{ block: "center" }});
        const wrong = ({GLYPHS})(host.querySelector(".katex-html"));
        const key = host.querySelector(".t-keys button");
        key.click();
        const lit = document.querySelectorAll("tr.t-lit").length;
        return [wrong, lit, [key.ariaLabel, host.querySelector(".t-said").textContent]];
    """)
    assert wrong == []
    assert lit == 1
    assert len({re.sub(r"\s", "", text) for text in said}) == 1
