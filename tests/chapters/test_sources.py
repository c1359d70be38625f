"""What the pages say about the world is in the sources that they cite, word for word.

Of the numbers, tests/chapters/test_prose.py binds those that state a result, too.
"""

import re

import pytest

import prose
import sources

TABLE = sources.table()
TOLD = [(path.stem, *told) for path in prose.PAGES for told in prose.page_told(path)]
CITING = [told for told in TOLD if told[2]]


def computed(page, near):
    """Whether a figure is a cell's, or bound by name."""
    named = prose.ledger()["pages"].get(page, {})
    return lambda figure: (
        figure in named
        or (
            re.fullmatch(prose.NUMBER, figure)
            and any(prose.rounds_to(number, figure) for number in near)
        )
    )


def faults_of(page, sentence, cited, near):
    return sources.faults_in(sentence, cited, computed(page, near))


def shifted(figure):
    """A figure with another last digit."""
    digits = "0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"
    *_, last = re.finditer(r"[\d⁰¹²³⁴⁵⁶⁷⁸⁹]", figure)
    (row,) = [row for row in digits if last[0] in row]
    moved = row[(row.index(last[0]) + 1) % 10]
    return figure[: last.start()] + moved + figure[last.end() :]


@pytest.mark.parametrize("name", TABLE)
def test_an_entry_is_whole(name):
    assert sources.faults_of(TABLE[name]) == []


def test_the_bibliography_is_the_table():
    page = (sources.CHAPTERS / "bibliography.md").read_text(encoding="utf8")
    assert page == sources.bibliography(), "python tests/chapters/sources.py > …"


def test_each_source_is_cited_and_nothing_else():
    cited = {one for _, _, cited, _ in CITING for one in cited}
    within = re.findall(r"\]\(#([\w-]+)\)", sources.bibliography())
    assert cited | {*within} == {*TABLE}


@pytest.mark.parametrize("page", {told[0]: None for told in TOLD})
def test_a_page_says_what_its_sources_say(page):
    wrong = {told[1]: faults_of(*told) for told in TOLD if told[0] == page}
    assert {sentence: faults for sentence, faults in wrong.items() if faults} == {}


def test_the_check_sees_the_book():
    assert len(CITING) > 60
    assert sum(len(sources.figures(told[1])) for told in CITING) > 60


def sentences_of(name):
    return [told for told in CITING if name in told[2]]


@pytest.mark.parametrize("name", TABLE)
def test_each_number_of_an_entry_is_on_a_page(name):
    said = {one for told in sentences_of(name) for one in sources.figures(told[1])}
    for number in TABLE[name].get("numbers", []):
        assert any(sources.rounds_to(number, figure) for figure in said), number


def test_the_four_logs_of_chapter_10_are_those_of_the_thread():
    page = (sources.CHAPTERS / "bug-museum.ipynb").read_text(encoding="utf8")
    rows = re.findall(r'"\| (\d+ \| \d+ \| \d+ \| [\d.]+) \|', page)
    assert len(rows) == 4
    assert all(row in TABLE["llamafactory-7443"]["words"] for row in rows)


# The check checks itself: each digit that is changed must turn a test red.


@pytest.mark.parametrize("page", {told[0]: None for told in CITING})
def test_a_digit_changed_in_a_sentence_is_seen(page):
    missed = []
    for _, sentence, cited, _ in (told for told in CITING if told[0] == page):
        for figure in sources.figures(sentence):
            if any(sources.holds(TABLE[one], figure) for one in cited):
                changed = sentence.replace(figure, shifted(figure))
                fault = f"{shifted(figure)} stands in no source"
                missed += [changed] * (fault not in sources.faults_in(changed, cited))
    assert missed == []


@pytest.mark.parametrize("page", {told[0]: None for told in CITING})
def test_a_year_or_a_day_changed_in_a_sentence_is_seen(page):
    missed = []
    for _, sentence, cited, _ in (told for told in CITING if told[0] == page):
        for match in sources.DATE.finditer(sentence):
            for part in filter(None, (match[1], match[3])):
                moved = match[0].replace(part, str(int(part) + 7))
                changed = sentence.replace(match[0], moved)
                faults = " ".join(sources.faults_in(changed, cited))
                missed += [changed] * ("is the date of no source" not in faults)
    assert missed == []


@pytest.mark.parametrize("name", [name for name in TABLE if TABLE[name].get("numbers")])
def test_a_digit_changed_in_a_quotation_or_a_table_is_seen(name):
    source = TABLE[name]
    for number in source["numbers"]:
        words = source["words"].replace(number.rstrip("%"), shifted(number))
        listed = [shifted(one) if one == number else one for one in source["numbers"]]
        assert sources.faults_of(source | {"words": words}), number
        changed = source | {"numbers": listed}
        said = [one for told in sentences_of(name) for one in sources.figures(told[1])]
        lost = [x for x in said if sources.holds(source, x) > sources.holds(changed, x)]
        assert sources.faults_of(changed) or lost, number


WRONG = {
    "its bug has no range": {"bug": "for long"},
    "too many words": {"words": "so " * 26},
    "it cites a line": {"note": "It is line 49."},
    "a file wants a commit, and what it defines": {"at": "https://a.org/blob/main/b"},
    "its state is none": {"state": "solved"},
    "a date lies after it was seen": {"dated": "2027"},
    "a field is unknown": {"when": "1951"},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_of_an_entry_is_seen(fault):
    (name,) = [name for name in TABLE if name.startswith("nanochat-2ce")]
    assert fault in sources.faults_of(TABLE[name] | WRONG[fault])


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Before 0.3 it printed 19.12 for 70.61.", None),
        ("In August 2022 it printed 19.12 for 70.61.", None),
        ("It printed 19.12 for 70.61.", "the range of evaluate 242 is missing"),
        ("Before 0.3 it prints 19.12.", "“prints”, but evaluate 242 is past"),
        ("Before 0.3 it printed 19.12, on line 12.", "it cites a line"),
        ("Before 0.3 it printed “ppl = 19.1218”.", None),
        ("Before 0.3 it printed “19.13”.", "“19.13” are not its words"),
        ("Before 0.4 it printed 19.12.", "0.4 stands in no source"),
        ("Before 0.3, in 2021, it printed 19.12.", "2021 is the date of no source"),
    ],
)
def test_a_fault_of_a_sentence_is_seen(sentence, fault):
    faults = sources.faults_in(sentence, ["evaluate-242"])
    assert (fault in faults) if fault else faults == []


def test_a_year_without_a_source_is_seen():
    assert sources.faults_in("In 1951 they guessed.", []) == [
        "1951 is the date of no source"
    ]
