"""Give each live part a page of its own, which other sites may show in a frame.

`embed/gap.html` has the part of its chapter's page, with its table, and a line that
leads there. `theme/copy.js` writes the frame's line, with the state of the part.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

from xent_book.site.contents import parts
from xent_book.site.downloads import credit

FOLDER = "embed"
# An exhibit says little without its room. The second of a chapter has its number.
TITLES = {
    "averages": "Four ways to average a loss",
    "explorer": "A forecast and its loss",
    "game": "Guess five words",
    "gap": "The loss as a distance",
    "letters": "Learn which letter follows which",
    "log": "What a training log proves",
    "mask": "Which tokens count",
    "pair": "Two models on one token",
    "plan": "Which bug gives this loss?",
    "pour": "Softmax, poured",
    "pour-2": "Softmax at other temperatures",
    "push": "The gradient as pushes",
    "push-2": "Steps at a learning rate",
    "ruler": "What a loss means",
    "sentence": "How surprising is your sentence?",
    "shards": "A vocabulary on several machines",
    "shift": "The same number added to every score",
    "wall": "Where exponentials overflow",
}
# What a chapter has said before its part, for those who meet the part alone.
SCORES = (
    "A language model has read “The cat sat on the” and gives each word that could "
    "come next a score"
)
ABOUT = {
    "averages": "Three sentences, and the loss of each of their tokens. Their average "
    "depends on what the sum is divided by.",
    "explorer": "A model gives each word a probability, as in a weather forecast. Its "
    "loss is how surprised it was by the word that came: −ln p.",
    "game": "How surprised are you by the next word of a sentence? This is what the "
    "loss of a language model measures.",
    "gap": f"{SCORES}, its logit. The log-sum-exp is the logarithm of the sum of all "
    "e<sup>logit</sup>. How far a word lies below it is the loss, in nats, if that "
    "word comes next.",
    "letters": "A small model learns from a text which letter follows which, and its "
    "loss falls with each step.",
    "log": "The loss curves of a training run say more than they seem to.",
    "mask": "Two conversations with a chat model, and the loss of each token. Which "
    "of them should count?",
    "pair": f"{SCORES}, its logit. One model is fixed, and the other is in training.",
    "plan": "Give your own loss function the rows below. The number that it prints "
    "tells which bug it has, if it has one.",
    "pour": f"{SCORES}, o. Softmax makes probabilities of the scores: it deals out a "
    "hundred chips.",
    "pour-2": f"{SCORES}. A temperature divides the scores before softmax makes "
    "probabilities of them, here a hundred chips.",
    "push": f"{SCORES}, its logit. The gradient of the loss says how to change the "
    "logits once a word has come.",
    "push-2": f"{SCORES}, its logit. The learning rate says how far a training step "
    "follows the gradient of the loss.",
    "ruler": "A loss says how surprised a language model was by a text. Here is one "
    "loss in different units.",
    "sentence": "A language model reads your sentence. Each bar shows how surprised it "
    "was by a token, in nats.",
    "shards": f"{SCORES}, its logit. The words are on several machines, which join "
    "their sums to get the loss of <em>mat</em>.",
    "shift": f"{SCORES}. Adding the same number to every score changes no probability.",
    "wall": f"{SCORES}, its logit. The softmax needs e<sup>logit</sup>, which not "
    "every number format can hold.",
}


def named(body: str) -> str:
    """The text of a page whose parts say which page is their own."""
    seen: Counter[str] = Counter()

    def name(tag: re.Match[str]) -> str:
        seen[tag[1]] += 1
        own = tag[1] + (f"-{seen[tag[1]]}" if seen[tag[1]] > 1 else "")
        if own not in TITLES:
            return tag[0]
        return f'{tag[0]} embed="{own}" data-title="{TITLES[own]}"'

    return re.sub(r"<xent-(\w+)(?= config=)", name, body)


def name_parts(app: Sphinx, pagename: str, template: str, context: dict, doctree):
    if doctree and pagename != app.config.root_doc:  # whose game is that of Chapter 1
        context["body"] = named(context["body"])


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """A page for each part, once those of the chapters are written."""
    for pagename in (name for _, names in parts(app) for name in names):
        page = Path(app.outdir, f"{pagename}.html").read_text(encoding="utf8")
        for found in BeautifulSoup(page, "html.parser").select("[embed]"):
            name, section = str(found["embed"]), found.find_parent("section")
            # As it stands there: the parser would write the names of SVG in lower case.
            tag = re.escape(found.name)
            whole = re.findall(rf'<{tag} embed="{name}".*?</{tag}>', page, re.DOTALL)
            home = app.config.html_baseurl
            about = {
                "pageurl": home and f"{home}{pagename}.html",
                "title": TITLES[name],
                "about": ABOUT[name],
                "body": whole[0],
                "chapter": pagename,
                "chapter_title": app.env.titles[pagename].astext(),
                "credit": credit(app.config.html_title),
                "home": home,
                "section": section and section["id"],
                "loads": ["copy", "live", found.name.removeprefix("xent-")],
            }
            yield f"{FOLDER}/{name}", about, "embed.html"


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", name_parts)
    app.connect("html-collect-pages", pages)
