"""The page names every term of the list, or the build reports what is missing."""

import re

import pytest
from bs4 import BeautifulSoup

from xent_book.site.katex import render
from xent_book.site.terms import find_terms, name_tex, splice

PAGE = r"""
Two logits
==========

The exponential of *mat*, 24.53, and the sum **24.53 + 12.18 = 36.71**.

.. code-block:: python

   e = np.exp(o)
   p = e[0] / e.sum()  # "0.67" & more

.. math::

   p = \frac{\exp\big({\color{#c2410c}{o_1}}\big)}{\sum_a \exp\big(o_a\big)} \tag{17}

.. list-table::
   :header-rows: 1

   * - term
     - read
   * - :math:`\exp({\color{#c2410c}{o_1}})`
     - its exponential
   * - :math:`o_1`
     - the logit
   * - :math:`\sum_a \exp(o_a)`
     - the sum
"""

LIST = r"""
[[index]]
formula = '\tag{17}'
numbers = '\frac{«exp e^{«logit 3.2»}»}{«sum 36.71»} = 0.67'
[index.terms]
exp = { tex = '\exp(o_1)', text = ['of mat, «24.53»'], code = ['e = np.exp(o)'] }
logit = { tex = 'o_1' }
sum = { tex = '\sum_a \exp(o_a)', text = ['= «36.71»'], code = ['/ «e.sum()»'] }
"""


@pytest.fixture
def named(build):
    """Builds the page, with something changed in it or in the list."""

    def build_named(old="", new="", strict=True):
        assert not old or PAGE.count(old) + LIST.count(old) == 1
        return build(
            PAGE.replace(old, new) if old else PAGE,
            "site.katex",
            "site.terms",
            files={"chapters/terms.toml": LIST.replace(old, new) if old else LIST},
            html_math_renderer="katex",
            strict=strict,
        )

    return build_named


def soup(built):
    return BeautifulSoup(built.page, "html.parser")


def test_all_terms_are_folded_below_what_says_one(named):
    fold = soup(named()).select_one("xent-terms + details")
    assert fold.summary.text == "All symbols, one by one"
    assert len(fold.select("tbody tr")) == 3


def test_a_term_has_its_name_wherever_it_stands(named):
    built = named()
    assert built.status == 0, built.warnings
    page = soup(built)
    symbols, numbers = page.select("xent-terms div.formula")
    found = {
        name: [one.get_text() for one in page.select(f"[data-term={name}]")]
        for name in ("exp", "logit", "sum")
    }
    assert {"24.53", "e = np.exp(o)"} <= set(found["exp"])
    assert {"36.71", "e.sum()"} <= set(found["sum"])
    for part in (symbols, numbers, page.table):
        assert {one["data-term"] for one in part.select("[data-term]")} == set(found)


def test_inside_a_term_is_another(named):
    page = soup(named())
    for formula in page.select("xent-terms div.formula"):
        assert formula.select_one("[data-term=exp] [data-term=logit]")
        assert not formula.select_one("[data-term=sum] [data-term=logit]")


def test_the_rest_of_the_page_is_as_it_was(named):
    """Its text, its code's colours, and its formulas as one copies them."""
    page, plain = soup(named()), soup(named(LIST, "x = 1"))
    for added in page.select(".t-numbers, .t-bar"):
        added.decompose()
    for one in page.select("[data-term], xent-terms"):
        one.unwrap()
    for kind in ("p", "pre", "table", "annotation"):
        assert [x.get_text() for x in page.select(kind)] == [
            x.get_text() for x in plain.select(kind)
        ]
    page.smooth()
    says = "Pygments no longer puts a mark into a span of its own: see name_pieces"
    assert str(page.pre) == str(plain.pre), says
    assert not re.search("[\ue000-\uf8ff]", str(page))
    assert "htmlData" not in str(page)


def test_without_a_script_the_page_shows_no_more_than_before(named):
    page = soup(named())
    formula, numbers, bar = page.select_one("xent-terms").find_all(recursive=False)
    assert numbers.has_attr("hidden")
    assert bar.has_attr("hidden")
    assert not formula.has_attr("hidden")


def test_the_formula_in_numbers_keeps_its_number(named):
    for formula in soup(named()).select("xent-terms div.formula .katex-html"):
        assert formula.select_one(".tag").get_text() == "(17)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"\tag{17}" + "\n\n", r"\tag{18}" + "\n\n", r"0 formulas have \\tag\{17\}"),
        (r"{\sum_a \exp\big(o_a\big)}", "{2}", r"\\tag\{17\} has no \\sum_a \\exp"),
        (r"   * - :math:`o_1`", "   * - o_1", "has no row for o_1"),
        ("*mat*, 24.53", "*mat*, 24.54", "the text has 0 times of mat, «24.53»"),
        ("mat, «24.53»", "«mat, 24.53»", "the text has 0 times of «mat, 24.53»"),
        ("= 36.71**", "= 36.71** = 36.71", "the text has 2 times = «36.71»"),
        ("   e = np.exp(o)", "   e = exp(o)", r"the code has 0 times e = np.exp\(o\)"),
        ("«sum 36.71»", "«total 36.71»", "in numbers, total is no term"),
    ],
)
def test_what_is_not_there_fails_the_strict_build_by_name(named, old, new, said):
    built = named(old, new)
    assert re.search(said, built.warnings)
    assert built.status == 1


def test_a_formula_without_a_table_is_said_to_have_none(named):
    built = named(PAGE[PAGE.index(".. list-table") :], "")
    assert built.warnings.count("has no row for") == 3


def test_a_page_that_the_list_does_not_name_is_left_alone(build):
    files = {"chapters/terms.toml": LIST.replace("index", "other")}
    ours = "site.katex", "site.terms"
    page = build(PAGE, *ours, files=files, html_math_renderer="katex").page
    assert "data-term" not in page
    assert "xent-terms" not in page


@pytest.mark.parametrize(
    ("tex", "terms", "found"),
    [
        # As far outside as it stands: not within the second term.
        ("f(x) + x", {"f": "f(x)", "x": "x"}, "<f f(x)> + <x x>"),
        ("f(x)", {"x": "x", "f": "f(x)"}, "<f f(<x x>)>"),
        # The braces that a term opens are its own; a colour around it is not.
        ("x_{i+1}^{2}", {"x": "x_{i+1}"}, "<x x_{i+1}>^{2}"),
        (r"{\color{#c00}{a}} b", {"ab": "a b"}, r"<ab {\color{#c00}{a}} b>"),
        (
            r"\big({\color{#c00}{a}}\big)",
            {"a": "a"},
            r"\big({\color{#c00}{<a a>}}\big)",
        ),
        # A letter of a command is none of the formula's.
        (r"\min_i \mathrm{in} i", {"i": "i"}, r"\min_<i i> \mathrm{in} <i i>"),
        # Of several the one that is meant.
        ("x_i + x_{1:i}", {"i": "1:«i»"}, "x_i + x_{1:<i i>}"),
    ],
)
def test_a_term_is_found_in_a_formula(tex, terms, found):
    assert splice(tex, find_terms(tex, terms), "<{} ".format, ">") == found
    named = name_tex(tex, find_terms(tex, terms))
    assert re.sub(r"\\htmlData\{term=(\w+)\}\{", r"<\1 ", named).replace(
        "}", ""
    ) == found.replace(">", "").replace("}", "")
    assert named.count("{") == named.count("}")


def test_names_change_nothing_of_a_formula():
    """Neither its symbols nor the space between them."""
    tex = r"p(x \mid y) = \frac{\exp\big({\color{#c2410c}{o}}\big)}{\sum_{a=1}^{V} o_a}"
    terms = {
        "x": "x",
        "is": r"\mid",
        "p": r"p(x \mid y)",
        "o": "o",
        "all": r"\sum_{a=1}^{V}",
    }
    named = name_tex(tex, find_terms(tex, terms))
    assert named.count("term=") >= len(terms)

    def leaves(html):
        # All but the struts: they are where a line could break, which none does.
        found = BeautifulSoup(html, "html.parser").select(
            ".katex-html span:not(.strut)"
        )
        return [str(one) for one in found if not one.find("span")]

    assert leaves(render(tex, True, named)) == leaves(render(tex, True))
