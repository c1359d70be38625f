"""Scoring tokens, and leaving them out."""

import numpy as np
from playwright import sync_api as playwright

from shelf import BENCH, PARTS
from xent_book._html import number
from xent_book.parts.mask import MASKS, divided
from xent_book.recorded import chats

CHATS = chats()
LOSSES = np.concatenate([chat.losses for chat in CHATS])


def told(page):
    return page.locator(".x-row strong").all_inner_texts()


def expected(scored):
    end = len(CHATS[0].losses)
    kept = [LOSSES[:end][scored[:end]], LOSSES[end:][scored[end:]]]
    return [number(x, 2) for x in divided(kept, 64)]


def pressed(page):
    tokens = page.locator(".x-chat button")
    return np.array(
        tokens.evaluate_all("all => all.map((x) => x.ariaPressed === 'true')")
    )


def test_each_preset_scores_its_tokens_and_says_so(visit):
    page = visit(BENCH, part=PARTS["mask"])
    parts = np.concatenate([chat.parts for chat in CHATS])
    for name, kept in reversed(MASKS.items()):
        button = page.get_by_role("button", name=name, exact=True)
        button.click()
        playwright.expect(button).to_have_attribute("aria-pressed", "true")
        assert page.locator(".x-masks [aria-pressed=true]").count() == 1
        scored = np.isin(parts, kept)
        assert (pressed(page) == scored).all()
        assert told(page) == expected(scored)
        said = page.locator("[role=status]")
        begins = f"{scored.sum()} of 73 tokens are scored. The loss is by tokens "
        playwright.expect(said).to_contain_text(begins + told(page)[0])


def test_arrows_go_from_token_to_token_and_space_scores_one(visit):
    page = visit(BENCH, part=PARTS["mask"])
    tokens, scored = page.locator(".x-chat button"), pressed(page)
    assert tokens.evaluate_all("all => all.filter((x) => x.tabIndex === 0).length") == 1
    page.get_by_role("button", name="answers and their ends").focus()
    page.keyboard.press("Tab")
    for key, at in (
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
    ):
        page.keyboard.press(key)
        playwright.expect(tokens.nth(at)).to_be_focused()
    page.keyboard.press("Space")
    scored[1] = True
    assert (pressed(page) == scored).all()
    assert told(page) == expected(scored)
    assert page.locator(".x-masks [aria-pressed=true]").count() == 0
    playwright.expect(tokens.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    assert page.locator(".x-masks [aria-pressed=true]").count() == 1
    assert tokens.evaluate_all("all => all.filter((x) => x.tabIndex === 0).length") == 1


def test_a_conversation_without_a_scored_token_has_no_mean(visit):
    page = visit(BENCH, part=PARTS["mask"])
    page.get_by_role("button", name="answers only").click()
    first = page.locator(".x-chat").first
    while first.locator("[aria-pressed=true]").count():
        first.locator("[aria-pressed=true]").first.click()
    long = CHATS[1].losses[CHATS[1].parts == "answer"]
    assert told(page) == [number(long.mean(), 2), "NaN", number(long.sum() / 128, 2)]
