"""Check which sources of the book have changed: `make test-sources`.

It prints a list, link by link, and ends with 1 if there is something on it:

    moved      there is a new address
    gone       the address answers no more
    changed    the state of a thread, its title, or the words in a file or on a page
    refused    a publisher answers no program: look yourself (this alone ends with 0)
    no answer  ask again

With `--through http://127.0.0.1:8000` that server is asked in place of all others, with
the host as the first part of the path.
"""

import html
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin

import sources

API, RAW = "https://api.github.com/repos", "https://raw.githubusercontent.com"
FILE = re.compile(r"https://github\.com/([^/]+/[^/]+)/blob/([0-9a-f]{40})/(.+)")
COMMIT = re.compile(r"https://github\.com/([^/]+/[^/]+)/commit/([0-9a-f]{40})")


@dataclass
class Answer:
    status: int
    address: str  # which answered in the end
    text: str = ""
    moved: bool = False  # for good, on the way there

    @property
    def fault(self) -> tuple[str, str] | None:
        if self.status == 200:
            return None
        kinds = {404: "gone", 410: "gone"}
        kinds |= dict.fromkeys((401, 403, 405, 406, 418, 429), "refused")
        return kinds.get(self.status, "no answer"), f"{self.status} of {self.address}"


Ask = Callable[[str], Answer]
Faults = Iterator[tuple[str, str]]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        """No redirect is followed unseen."""


OPENER = urllib.request.build_opener(Stay)


def ask(address: str, through: str = "") -> Answer:
    """What an address answers, after its redirects."""
    moved = False
    for _ in range(8):
        asked = f"{through}/{address.split('://')[1]}" if through else address
        request = urllib.request.Request(asked, headers={"User-Agent": "xent_lib book"})
        try:
            response = OPENER.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        except OSError as error:
            return Answer(0, address, str(error))
        with response:
            if response.status in {301, 302, 303, 307, 308}:
                moved |= response.status in {301, 308}
                address = urljoin(address, response.headers["Location"])
                continue
            text = response.read(4_000_000).decode("utf8", "replace")
            return Answer(response.status, address, text, moved)
    return Answer(0, address, "it turns in circles")


def stands(words: str, text: str) -> bool:
    """Whether the words are in a text, whatever its markup and its spaces."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    texts = [text, html.unescape(re.sub("<[^>]*>", "", text))]
    parts = ["".join(part.split()) for part in words.split("…")]
    return any(all(part in "".join(one.split()) for part in parts) for one in texts)


def faults_of(source: dict, ask: Ask) -> Faults:
    """What has changed of a source."""
    if source["state"] in sources.THREADS:
        yield from faults_of_thread(source, ask)
    elif source["state"] == "file":
        yield from faults_of_file(source, ask)
    else:
        yield from faults_of_page(source, ask)


def faults_of_thread(source: dict, ask: Ask) -> Faults:
    found = ask(f"{API}/{source['who']}/issues/{source['at'].split('/')[-1]}")
    if found.fault:
        kind, what = found.fault
        yield "no answer" if kind == "refused" else kind, what  # asked too often
        return
    now = json.loads(found.text)
    merged = (now.get("pull_request") or {}).get("merged_at")
    state = "merged" if merged else now["state"]
    if now["html_url"] != source["at"]:
        yield "moved", f"to {now['html_url']}"
    if state != source["state"]:
        yield "changed", f"was {source['state']}, is {state}"
    if now["title"] != source["title"]:
        yield "changed", f"its title is “{now['title']}”"


def faults_of_file(source: dict, ask: Ask) -> Faults:
    if commit := COMMIT.fullmatch(source["at"]):
        home, sha, then = *commit.groups(), ask(f"{source['at']}.patch")
        texts = {"at its commit": then}
    else:
        home, sha, path = FILE.fullmatch(source["at"]).groups()
        then, now = (ask(f"{RAW}/{home}/{at}/{path}") for at in (sha, "HEAD"))
        texts = {"at its commit": then, "on the main branch": now}
    for where, found in texts.items():
        if found.fault:
            yield found.fault
        elif not found.text.startswith("%PDF") and not stands(
            source.get("words", ""), found.text
        ):
            yield "changed", f"its words are not there {where}"
    compared = ask(f"{API}/{home}/compare/{sha}...HEAD?per_page=1")
    if compared.fault:
        yield "no answer", compared.fault[1]
    elif json.loads(compared.text)["status"] not in {"ahead", "identical"}:
        yield "changed", "its commit is not of the main branch"


def faults_of_page(source: dict, ask: Ask) -> Faults:
    found = ask(source["at"])
    if found.fault:
        yield found.fault
        return
    if found.moved and "doi.org" not in source["at"]:
        yield "moved", f"to {found.address}"
    quoted = source["state"] == "page" and "via" not in source
    if quoted and not stands(source.get("words", ""), found.text):
        yield "changed", "its words are not there"


def main(arguments: list[str]) -> int:
    through = arguments[1] if arguments[:1] == ["--through"] else ""
    table = sources.table().values()
    with ThreadPoolExecutor(4) as pool:
        asked = partial(ask, through=through)
        found = pool.map(lambda source: [*faults_of(source, asked)], table)
        listed = [
            (kind, source, what)
            for source, faults in zip(table, found, strict=True)
            for kind, what in faults
        ]
    for kind, source, what in listed:
        print(f"{kind:9}  {source['name']} ({source['at']}): {what}")
    print(f"{len(table)} sources asked, {len(listed)} to look at")
    return int(any(kind != "refused" for kind, *_ in listed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
