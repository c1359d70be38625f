"""The arrows of the gradient, step by step."""

from shelf import BENCH, PARTS
from xent_book import example
from xent_book._html import number
from xent_book.parts import Arrows
from xent_lib import cross_entropy


def test_the_arrows_take_steps_and_begin_anew(visit):
    page = visit(BENCH, part=PARTS["arrows"], reduced_motion="reduce")
    losses = [number(state.loss) for state in Arrows(30).states]
    shown = page.locator(".x-live .x-fall text")
    step, run = (page.get_by_role("button", name=x) for x in ("Take a step", "Run"))
    assert shown.text_content() == losses[0]
    step.click()
    assert shown.text_content() == losses[1]
    step.press("Enter")
    assert shown.text_content() == losses[2]
    run.click()
    assert shown.text_content() == losses[30]
    assert step.is_disabled()
    assert run.is_disabled()
    page.get_by_role("radio", name="sat").check()
    assert shown.text_content() == number(cross_entropy(example.logits, 2))
    step.click()
    assert float(shown.text_content()) < cross_entropy(example.logits, 2)
    page.get_by_text("After 1 step the loss is").wait_for(state="attached")
    page.get_by_role("button", name="Reset").click()
    assert shown.text_content() == losses[0]
    assert page.get_by_role("radio", name="mat").is_checked()


def test_the_arrows_run_step_by_step(visit):
    page = visit(BENCH, part=PARTS["arrows"])
    page.evaluate("""() => {
        const fall = document.querySelector(".x-live .x-fall");
        window.seen = new Set();
        new MutationObserver(() => seen.add(fall.querySelector("text").textContent))
            .observe(fall, { childList: true });
    }""")
    page.get_by_role("button", name="Run").click()
    page.locator(".x-run:disabled").wait_for()
    losses = [number(state.loss) for state in Arrows(30).states]
    assert page.evaluate("[...seen]") == losses[1:]
