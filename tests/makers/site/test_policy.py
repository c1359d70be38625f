"""A policy allows the page's inline scripts."""

import pytest

from xent_book.site.policy import FIRST, guard

DIGEST = "'sha256-NPN87yaxIIz9MIfTcBgD0qoqf1knq6HHpb6LWsGNBjM='"


def page(head="", body=""):
    return f"<head>\n{FIRST}{head}</head><body>{body}</body>"


def test_a_policy_comes_first_and_names_what_stands_within_the_page():
    guarded = guard(page('<script>a = "1"</script><script src="b.js"></script>'))
    start = f'{FIRST}<meta http-equiv="Content-Security-Policy" content="default-src '
    assert start in guarded
    assert f"script-src 'self' {DIGEST};" in guarded
    assert guard(guarded) == guarded


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ('<script src="_static/run.js?v=1"></script>', "worker-src 'self' blob:"),
        ("<xent-sentence>", "worker-src 'self'"),
    ],
)
def test_a_page_may_do_what_its_scripts_do(text, needs):
    assert f"; {needs}" in guard(page(body=text))
    assert f"; {needs.partition(' ')[0]} 'none'" in guard(page())


def test_each_page_of_a_build_has_one(build):
    assert "Content-Security-Policy" in build("Title\n=====", "site.policy").page
