"""Every question was asked in public, and leads to a section of the book.

The numbers of the answers are bound in test_prose.py: they stand in those sections.
"""

import re

import pytest

import prose
import questions
import sources

QUESTIONS = [one for group in questions.table()["group"] for one in group["question"]]
BY_WORDS = {one["asks"]: one for one in QUESTIONS}


def test_the_page_is_the_table():
    page = (questions.CHAPTERS / "questions.md").read_text(encoding="utf8")
    assert page == questions.page(), "python tests/chapters/questions.py > …"


def test_every_question_stands_once():
    assert len(BY_WORDS) == len(QUESTIONS)


@pytest.mark.parametrize("asks", BY_WORDS)
def test_a_question_leads_to_a_section_that_answers_it(asks):
    one = BY_WORDS[asks]
    assert asks.endswith("?")
    assert prose.section(one["section"])
    shown = re.sub(r"\]\(.*?\)", "]", one["answer"])
    assert len(shown) <= 120  # two lines, so that readers find theirs at a glance


@pytest.mark.parametrize("asks", BY_WORDS)
def test_a_question_was_asked_in_the_thread_that_is_cited(asks):
    one = BY_WORDS[asks]
    cited = sources.table()[sources.slug(one["asked"])]["at"]
    assert any(cited.startswith(thread) for thread in one["threads"])


def test_every_thread_has_one_question_or_none():
    threads = [thread for one in QUESTIONS for thread in one["threads"]]
    threads += questions.table()["unanswered"]
    assert len({*threads}) == len(threads) > 200
    for thread in threads:
        github = r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+"
        assert re.fullmatch(rf"{github}|https://(?!github\.com)\S+", thread)


def test_a_section_ends_where_the_next_begins():
    text = prose.section("glossary.md#accuracy")
    assert text.startswith("Accuracy\n")
    assert "How much better" not in text
    with pytest.raises(KeyError):
        prose.section("glossary.md#accurate")
