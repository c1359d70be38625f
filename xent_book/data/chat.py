"""Stores the loss of each token of two conversations with SmolLM2: chat.json.

.venv/bin/python xent_book/data/chat.py    # five seconds; needs `make model`
"""

import json
from pathlib import Path

import numpy as np

from xent_lib import cross_entropy, smollm

HERE = Path(__file__).parent
START, END = "<|im_start|>", "<|im_end|>"  # around each message
CHATS = [
    [
        ("system", "Answer briefly."),
        ("user", "Where does the cat sleep?"),
        ("assistant", "On the mat."),
    ],
    [
        ("system", "Answer briefly."),
        ("user", "Why does my cat purr?"),
        (
            "assistant",
            "Cats purr when they are happy,"
            " but they also purr when they are sick or afraid.",
        ),
    ],
]


def rendered(tokenizer, messages):
    """The ids of a conversation in SmolLM2's template, and what each belongs to."""
    special = {text: tokenizer.tokens.index(text.encode()) for text in (START, END)}
    ids, parts = [], []
    for role, text in messages:
        name = "answer" if role == "assistant" else role
        for part, new in (
            ("template", [special[START], *tokenizer.encode(f"{role}\n")]),
            (name, tokenizer.encode(text)),
            ("end" if name == "answer" else "template", [special[END]]),
            ("template", tokenizer.encode("\n")),
        ):
            ids += new
            parts += [part] * len(new)
    return np.array(ids), parts


def losses(model, ids):
    """Of each token but the first, which nothing predicts."""
    return cross_entropy(model.logits(ids[:-1]), ids[1:]).round(4).tolist()


def chats(model):
    """Each alone, and behind those before it, in one row."""
    row = np.zeros(0, int)
    for messages in CHATS:
        ids, parts = rendered(model.tokenizer, messages)
        row = np.append(row, ids)
        yield {
            "messages": messages,
            "tokens": [model.tokenizer.decode([i]) for i in ids[1:]],
            "parts": parts[1:],
            "losses": losses(model, ids),
            "packed": losses(model, row)[-len(ids) + 1 :],
        }


def main():
    rows = [json.dumps(one) for one in chats(smollm.load())]
    text = "[\n" + ",\n".join(rows) + "\n]\n"
    (HERE / "chat.json").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
