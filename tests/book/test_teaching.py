"""xent_book/teaching: each answer of each class, computed anew from its question."""

import re
import runpy
import sys
from math import exp, log

import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp
from scipy.special import softmax as p_of

from xent_book.run.pages import files_of_the_book
from xent_book.teaching import MISTAKES, STARTS, draw, exercises
from xent_book.teaching.__main__ import main

SEEDS = ["autumn", "spring", *map(str, range(40))]
NUMBER = re.compile(r"(?<![\w.])[+−]?\d[\d,]*(?:\.\d+)?")


def numbers(text):
    found = (one.replace(",", "").replace("−", "-") for one in NUMBER.findall(text))
    return [float(one) for one in found]


@pytest.fixture(params=SEEDS)
def made(request):
    return {one.title: one for one in exercises(request.param)}


@pytest.fixture
def logits(made):
    """Those of Exercise 2, as a student reads them."""
    question = made["More, and more times"].question
    return np.array(numbers(question)[:4])


@pytest.fixture
def came(made):
    """Which of the four words is the target of Exercise 4."""
    words = re.findall(r"\*(\w+)\*", made["More, and more times"].question)
    [word] = re.findall(r"goes on with \*(\w+)\*", question_of(made, "The loss of one"))
    return words.index(word)


def question_of(made, begins):
    return next(one.question for title, one in made.items() if title.startswith(begins))


def close(text, expected):
    """All the numbers of an answer, each to the digits that it has."""
    found = numbers(text)
    assert len(found) == len(expected), (text, found)
    for one, (value, digits) in zip(found, expected, strict=True):
        assert one == pytest.approx(value, abs=0.51 * 10**-digits), text


def test_surprises_add_up(made):
    exercise = made["Two surprises"]
    q, r = numbers(exercise.question)
    nats = [-log(q), -log(r), -log(q) - log(r)]
    expected = [*((x, 2) for x in nats), (nats[2] / log(2), 2), (q * r, 3)]
    close(exercise.answer, expected)


def test_a_lead_stays_or_grows(made, logits):
    exercise = made["More, and more times"]
    *_, added, factor = numbers(exercise.question)
    lead = logits[0] - logits[1]
    again = (logits + added)[0] - (logits + added)[1]
    close(exercise.answer, [(lead, 1), (again, 1), (factor * lead, 1)])


def test_probabilities_and_a_temperature(made, logits):
    exercise = made["Softmax by hand"]
    _, ratio = numbers(exercise.question)
    p, lead = p_of(logits), logits[0] - logits[1]
    first, second = exercise.answer.split(" The ratio is ")
    close(first, [(x, 3) for x in p])
    *said, temperature = numbers(second)
    assert said == pytest.approx([lead, p[0] / p[1], ratio, lead, ratio], abs=0.0051)
    p = p_of(logits / temperature)
    assert p[0] / p[1] == pytest.approx(ratio, rel=0.03)


def test_the_loss_of_one_token(made, logits, came):
    answer = made["The loss of one token"].answer
    loss = -log_softmax(logits)[came]
    expected = [(logsumexp(logits), 2), (logits[came], 1), (loss, 2), (exp(loss), 1)]
    close(answer, [*expected, (4, 0), (log(4), 2)])
    assert ("been better" in answer) == (loss > log(4))


def test_a_mistake_is_found_by_its_number(made, logits):
    exercise = made["A wrong number"]
    loss = -log_softmax(logits)[0]
    p = p_of(logits)
    wrong = [-log_softmax(p)[0], loss / log(2), loss / log(10), 1 - p[0]]
    said, verdict = exercise.answer.rsplit(", so ", 1)
    close(said, [(x, 3) for x in [loss, *wrong]])
    _, printed, *_ = numbers(exercise.question)
    like = [i for i, x in enumerate(wrong) if abs(x - printed) < 0.01]
    assert [MISTAKES[i] for i in like] == [verdict.removesuffix(".")]


def test_three_batches(made):
    exercise = made["Three batches"]
    n1, m1, n2, m2, n3, m3, _ = numbers(exercise.question)
    sums = [n1 * m1, n2 * m2, n3 * m3]
    total = sum(sums)
    expected = [*((x, 1) for x in [*sums, total]), (total / (n1 + n2 + n3), 2)]
    expected += [(total / 3, 2), ((m1 + m2 + m3) / 3, 2), (n1, 0), (n2, 0)]
    close(exercise.answer, expected)


def test_one_step(made, logits, came):
    push = np.eye(4)[came] - p_of(logits)
    before, after = -log_softmax(logits)[came], -log_softmax(logits + push)[came]
    expected = [*((x, 3) for x in push), (0, 0), *((x, 3) for x in logits + push)]
    close(made["One step"].answer, [*expected, (before, 2), (after, 2)])
    assert after < before


def test_a_first_loss(made):
    exercise = made["The first line of a log"]
    size, first = numbers(exercise.question)
    close(exercise.answer, [(size, 0), (log(size), 2)])
    [times] = [times for times, verdict in STARTS if verdict in exercise.answer]
    assert first / log(size) == pytest.approx(times, abs=0.001)


def test_two_tokenizers(made):
    exercise = made["Two tokenizers"]
    size, n1, loss1, n2, loss2 = numbers(exercise.question)
    per_byte = [n * loss / size / log(2) for n, loss in ((n1, loss1), (n2, loss2))]
    close(exercise.answer, [(per_byte[1], 2), (per_byte[0], 2)])
    assert loss1 < loss2, "the smaller loss per token is not the better model's"
    assert per_byte[1] < per_byte[0] - 0.01


def test_another_word_gives_other_numbers_and_the_same_word_the_same():
    assert [*exercises("autumn")] == [*exercises("autumn")]
    logits = {draw(seed)["scores"] for seed in SEEDS}
    assert len(logits) > 0.9 * len(SEEDS)


def test_two_pages_are_written_and_the_students_has_no_answer(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["teaching", "a word & more"])
    monkeypatch.delitem(sys.modules, "xent_book.teaching.__main__")  # as nobody has it
    runpy.run_module("xent_book.teaching", run_name="__main__")
    assert capsys.readouterr().out.split() == ["exercises.html", "key.html"]
    sheet, key = (
        (tmp_path / name).read_text(encoding="utf8").replace("\n", " ")
        for name in ("exercises.html", "key.html")
    )
    assert "a word &amp; more" in key
    assert "a word" not in sheet
    for one in exercises("a word & more"):
        begins = re.split(r"[*`]", one.answer.replace("\n", " "))[0]
        assert begins in key
        assert begins not in sheet


@pytest.mark.parametrize("seed", ["", " "])
def test_no_word_is_an_error_that_says_so(seed, capsys):
    with pytest.raises(SystemExit):
        main([seed])
    assert "argument seed: expected a word or a number" in capsys.readouterr().err


def test_python_in_the_page_cannot_write_the_key():
    assert "xent_book/sheet.py" in files_of_the_book()
    assert [name for name in files_of_the_book() if "teaching" in name] == []
