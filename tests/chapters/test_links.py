"""`make test-sources`, against a local server that answers as the real ones do."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

import links
from links import API, RAW

ROOT = Path(__file__).parents[2]
TABLE = links.sources.table()
THREAD, FILE, PAGE, PAPER = (
    TABLE[name]
    for name in ("optax-1792", "dask-resilience", "pytorch-loss", "cover-1978")
)
ISSUE = f"{API}/google-deepmind/optax/issues/1792"
PATH = FILE["at"].partition("/blob/")[2]
NOW = f"{RAW}/dask/distributed/HEAD/{PATH.partition('/')[2]}"
COMPARED = f"{API}/dask/distributed/compare/{PATH[:40]}...HEAD?per_page=1"


def issue(source, **now):
    """The answer of GitHub's programming interface, as far as it is read."""
    merged = source["state"] == "merged"
    state = "closed" if merged else source["state"]
    pull = {"merged_at": "2026-08-11T00:00:00Z" if merged else None}
    told = {"title": source["title"], "html_url": source["at"], "state": state}
    return json.dumps(told | {"pull_request": pull} | now)


def world():
    """What each address answers when nothing has changed."""
    found = {}
    for source in TABLE.values():
        number, words = source["at"].split("/")[-1], source.get("words", "")
        if source["state"] in links.sources.THREADS:
            found[f"{API}/{source['who']}/issues/{number}"] = 200, issue(source)
        elif match := links.COMMIT.fullmatch(source["at"]):
            found[f"{source['at']}.patch"] = 200, words
        elif match := links.FILE.fullmatch(source["at"]):
            home, sha, path = match.groups()
            for at in (sha, "HEAD"):
                address = f"{RAW}/{home}/{at}/{path}"  # which another source may have
                found[address] = 200, found.get(address, (200, ""))[1] + words
        else:
            found[source["at"]] = 200, f"<p>{words}</p>"
        if source["state"] == "file":
            compared = f"{API}/{match[1]}/compare/{match[2]}...HEAD?per_page=1"
            found[compared] = 200, json.dumps({"status": "ahead"})
    return found


@contextmanager
def serve(answers):
    """A server of this machine in place of all others: each answer by its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            status, text = answers.get(f"https:/{self.path}", (404, ""))
            self.send_response(status)
            if 300 < status < 400:
                self.send_header("Location", text)
            self.end_headers()
            self.wfile.write(text.encode())

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def run(capsys):
    """What the command ends with when addresses answer so, and its list."""

    def run(answers):
        with serve(answers) as address:
            code = links.main(["--through", address])
        *listed, summary = capsys.readouterr().out.splitlines()
        assert summary == f"{len(TABLE)} sources asked, {len(listed)} to look at"
        return code, listed

    return run


def test_nothing_has_changed(run):
    assert run(world()) == (0, [])


def test_the_command_ends_as_its_list_says():
    answers = world() | {PAPER["at"]: (404, "")}
    with serve(answers) as address:
        command = [sys.executable, ROOT / "tests/makers/links.py", "--through", address]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "tests/chapters")}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.startswith("gone       Cover 1978 (https://doi.org/")


NEW = "https://github.com/jax-ml/optax/pull/1792"
LATER = "https://docs.pytorch.org/docs/3.0/cross_entropy.html"
CASES = {
    "a thread that was merged": (
        THREAD,
        {ISSUE: (200, issue(THREAD | {"state": "merged"}))},
        "changed",
        "was open, is merged",
    ),
    "a thread that was closed": (
        THREAD,
        {ISSUE: (200, issue(THREAD, state="closed"))},
        "changed",
        "was open, is closed",
    ),
    "another title": (
        THREAD,
        {ISSUE: (200, issue(THREAD, title="Shift"))},
        "changed",
        "its title is “Shift”",
    ),
    "a repository that was moved": (
        THREAD,
        {
            ISSUE: (301, "https://api.github.com/repositories/7/issues/1792"),
            "https://api.github.com/repositories/7/issues/1792": (
                200,
                issue(THREAD, html_url=NEW),
            ),
        },
        "moved",
        f"to {NEW}",
    ),
    "a thread that was deleted": (
        THREAD,
        {ISSUE: (410, "")},
        "gone",
        f"410 of {ISSUE}",
    ),
    "asked too often": (THREAD, {ISSUE: (403, "")}, "no answer", f"403 of {ISSUE}"),
    "a file that was taken away": (FILE, {NOW: (404, "")}, "gone", f"404 of {NOW}"),
    "a file that says otherwise": (
        FILE,
        {NOW: (200, "Resilience")},
        "changed",
        "its words are not there on the main branch",
    ),
    "a commit of a side branch": (
        FILE,
        {COMPARED: (200, json.dumps({"status": "diverged"}))},
        "changed",
        "its commit is not of the main branch",
    ),
    "a page that was moved": (
        PAGE,
        {PAGE["at"]: (301, LATER), LATER: (200, PAGE["words"])},
        "moved",
        f"to {LATER}",
    ),
    "a page that says otherwise": (
        PAGE,
        {PAGE["at"]: (200, "reduction='sum'")},
        "changed",
        "its words are not there",
    ),
    "a page that fails": (PAGE, {PAGE["at"]: (500, "")}, "no answer", PAGE["at"]),
    "a page in circles": (PAGE, {PAGE["at"]: (302, PAGE["at"])}, "no answer", "0 of"),
    "a paper that is gone": (PAPER, {PAPER["at"]: (404, "")}, "gone", PAPER["at"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_changed_is_listed_with_its_link(run, case):
    source, answers, kind, what = CASES[case]
    code, listed = run(world() | answers)
    assert code == 1
    assert len(listed) == 1
    assert listed[0].startswith(f"{kind:9}  {source['name']} ({source['at']}): ")
    assert what in listed[0]


def test_a_publisher_that_refuses_programs_is_listed_and_no_failure(run):
    code, (line,) = run(world() | {PAPER["at"]: (403, "")})
    assert code == 0
    assert line.startswith(f"refused    {PAPER['name']} ({PAPER['at']})")


def test_a_doi_leads_elsewhere_and_has_not_moved(run):
    publisher = "https://ieeexplore.ieee.org/document/1055912"
    answers = {PAPER["at"]: (302, publisher), publisher: (200, "")}
    assert run(world() | answers) == (0, [])


def test_where_nobody_answers_all_are_listed():
    with serve({}) as address:
        pass
    faults = links.faults_of(PAGE, lambda at: links.ask(at, address))
    assert [kind for kind, _ in faults] == ["no answer"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<b>19.1218</b> and,\n  later, 70.6083", True),
        ("19.1218, [later](a.md), 70.6083", True),
        ("19.1218 &amp; later, 70.6083", True),
        ("19.1219 and later, 70.6083", False),
    ],
)
def test_words_stand_in_a_text_whatever_its_markup(text, found):
    assert links.stands("19.1218 … later, 70.6083", text) == found


def test_make_and_the_workflow_ask_every_week():
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    assert re.search(
        "^test-sources: .*\n\t@.*python tests/makers/links.py$", makefile, re.M
    )
    workflow = (ROOT / ".github/workflows/weekly.yml").read_text(encoding="utf8")
    goals = yaml.safe_load(workflow)["jobs"]["goal"]["strategy"]["matrix"]["goal"]
    assert "test-sources" in goals
    assert "schedule:" in workflow
