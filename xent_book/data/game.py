"""Stores which words SmolLM2 expects in the sentences of the game: game.json.

.venv/bin/python xent_book/data/game.py    # half an hour; needs `make model`

game.txt has the sentences in the order of the game. Behind a bar stand words that
SmolLM2 finds likely and that don't fit there, such as "the": they are passed over. The
boxes are the likeliest four of the others. The sentences were chosen by what stands
before the blank, without a look at the word that came; of these, four whose word is in
a box were drawn for each one whose word isn't, and a few unpleasant words left out.
"""

import json
import re
from pathlib import Path

import numpy as np
from tqdm import tqdm

from xent_lib import smollm, softmax

HERE = Path(__file__).parent
LINE = re.compile(r"(?P<left>.*) \[(?P<word>.*)\](?P<right>[^|]*?)(?: \| (?P<not>.*))?")
FIRST, NEXT = 16, 3  # tokens with which a word may begin, and go on
LEAST = 0.004  # p at which a word goes on by another token
LONGEST = 4  # tokens
BOXES = 4


class Words:
    """The whole words that may come next, and their p.

    p of a word is the product over its tokens, as the tokenizer cuts it or the model
    prefers to, times the chance that the word ends there: that the next token begins
    with no letter, digit, hyphen or apostrophe.
    """

    def __init__(self, model):
        self.model = model
        tokens = [t.decode("utf8", "replace") for t in model.tokenizer.tokens]
        self.tokens = tokens
        self.ends = np.array([not re.match(r"[\w'’\-\ufffd]", t) for t in tokens])
        self.begins = np.array([bool(re.fullmatch(" [A-Za-z]+", t)) for t in tokens])
        self.goes_on = np.array([bool(re.fullmatch("[a-z]+", t)) for t in tokens])

    def after(self, left):
        """The words by their p, the likeliest first."""
        found, step = {}, [(self.model.encode(left).tolist(), "", 1.0)]
        for depth in range(LONGEST + 1):
            rows = self.p([ids for ids, _, _ in step])
            longer = []
            for (ids, word, p), row in zip(step, rows, strict=True):
                if word:
                    found[word] = found.get(word, 0) + p * float(row[self.ends].sum())
                kind, most = (self.goes_on, NEXT) if word else (self.begins, FIRST)
                for t in np.argsort(-row * kind, kind="stable")[:most].tolist():
                    goes_on = depth < LONGEST and p * row[t] > LEAST
                    if kind[t] and (goes_on or not word):
                        piece = self.tokens[t].strip()
                        longer.append(([*ids, t], word + piece, p * float(row[t])))
            if not longer:
                break
            step = longer
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def p(self, sequences):
        """A row of probabilities after each of these."""
        hidden = self.model.hidden([np.asarray(ids) for ids in sequences])
        last = np.cumsum([len(ids) for ids in sequences]) - 1
        return softmax((hidden[last] @ self.model.output.T).astype(float))


def boxes(words, text):
    """A line of game.txt as the game takes it."""
    line, passed = LINE.fullmatch(text), passed_over(text)
    found = words.after(line["left"])
    fit = [(word, p) for word, p in found.items() if word not in passed]
    four, p = zip(*fit[:BOXES], strict=True)
    return [line["left"], line["word"], line["right"], four, [round(x, 4) for x in p]]


def passed_over(text):
    """The words behind the bar."""
    return (LINE.fullmatch(text)["not"] or "").split()


def lines():
    return (HERE / "game.txt").read_text(encoding="ascii").splitlines()


def main():
    words = Words(smollm.load())
    rows = [json.dumps(boxes(words, one)) for one in tqdm(lines())]
    text = "[\n" + ",\n".join(rows) + "\n]\n"
    (HERE / "game.json").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
