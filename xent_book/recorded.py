"""What was measured once, and stored in `data/`, beside the program that did.

Of what SmolLM2 says of the sentences of Chapter 8, logits are stored in steps of 2⁻¹⁰,
losses of 2⁻¹¹, and p of 2⁻¹⁶: half a step is what storing moves them by, 0.0005 a logit
at most. Another processor moves a loss by 0.0001. Losses of training runs are stored in
steps of 2⁻¹⁰ nats per letter.
"""

import json
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = files("xent_book") / "data"
STEPS = {"logits": 2.0**10, "losses": 2.0**11, "best_p": 2.0**16, "runs": 2.0**10}

Floats = NDArray[np.float64]


def measured(name: str) -> Any:
    """The measurements of `data/`, by their name: smollm.

    Examples
    --------
    >>> list(measured("smollm"))
    ['sentences', 'words', 'p(mat) by start', 'sum by start', 'by window', 'looks']
    """
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf8"))


def sentences() -> dict[str, Any]:
    """Some sentences by their text: tokens, losses, ranks and guesses, as `Sentence`
    takes them.

    Examples
    --------
    >>> sentences()["The cat sat on the mat."]["tokens"]
    ['The', ' cat', ' sat', ' on', ' the', ' mat', '.']
    """
    return {one["text"]: one for one in measured("smollm")["sentences"]}


def words() -> dict[str, int]:
    """The ids of the toy's four words, with the space before them.

    Examples
    --------
    >>> words()["mat"]
    1171
    """
    return dict(measured("smollm")["words"])


def mat_by_start() -> dict[str, float]:
    """p(mat) after "The cat sat on the", by what stands before it.

    Examples
    --------
    >>> mat_by_start()["<|endoftext|>"]
    0.32495
    """
    return dict(measured("smollm")["p(mat) by start"])


def sum_by_start() -> dict[str, float]:
    """The loss of "The cat sat on the mat.", by what stands before it.

    Examples
    --------
    >>> sum_by_start()
    {'<|endoftext|>': 20.92, '<|im_start|>': 42.54}
    """
    return dict(measured("smollm")["sum by start"])


def by_window() -> list[tuple[int, int, float]]:
    """The mean loss of one text, 2,048 tokens of a novel, that is read in windows of so
    many tokens, of which the next begins so many further on.

    Examples
    --------
    >>> by_window()[-1]
    (2048, 2048, 3.3128)
    """
    return [(size, step, mean) for size, step, mean in measured("smollm")["by window"]]


def looks() -> list[list[float]]:
    """How the second "the" of the sentence looks back, in shares of the start token and
    of the five words: two heads of the attention, and all 270 on average.

    Examples
    --------
    >>> looks()[0]
    [0.0, 0.0, 0.0, 0.032, 0.947, 0.021]
    """
    return [list(row) for row in measured("smollm")["looks"]]


def cat() -> tuple[Floats, NDArray[np.int64]]:
    """Of "The cat sat on the mat." the logits, a row a token, and the ids.

    The start token is the first id, and has no logits, since nothing forecasts it.

    Examples
    --------
    >>> logits, ids = cat()
    >>> logits.shape, len(ids)
    ((7, 49152), 8)
    """
    with _arrays() as arrays:
        return arrays["logits"] / STEPS["logits"], arrays["ids"].astype(np.int64)


def lines() -> list[str]:
    """The 2,400 sentences of WordNet.

    Examples
    --------
    >>> lines()[1]
    'A bee stung my arm yesterday.'
    """
    file = FOLDER / "wordnet" / "sentences.txt"
    return file.read_text(encoding="ascii").splitlines()


@dataclass(frozen=True)
class Blank:
    """A sentence of WordNet without a word, and what SmolLM2 expects there."""

    left: str  # what stands before the word
    word: str  # the one that came
    right: str  # the mark after it
    words: tuple[str, ...]  # the likeliest four that fit
    p: tuple[float, ...]  # of these as whole words

    @property
    def text(self) -> str:
        """The whole sentence."""
        return f"{self.left} {self.word}{self.right}"

    @property
    def bet(self) -> tuple[float, ...]:
        """What SmolLM2 bets on the four words, and on something else: a fifth, since
        that is what comes in one sentence of five."""
        return (*(0.8 * p / sum(self.p) for p in self.p), 0.2)

    @property
    def came(self) -> int:
        """Which of these it was."""
        return [*self.words, self.word].index(self.word)

    @property
    def loss(self) -> float:
        """The surprise of SmolLM2, in nats."""
        return -math.log(self.bet[self.came])


def game() -> list[Blank]:
    """600 sentences of WordNet to bet on, in the order of the game.

    Examples
    --------
    >>> one = game()[0]
    >>> len(one.words), one.word in one.left
    (4, False)
    """
    return [
        Blank(left, word, right, tuple(words), tuple(p))
        for left, word, right, words, p in measured("game")
    ]


@dataclass(frozen=True, eq=False)
class Chat:
    """A conversation in SmolLM2's template, token by token, without the first one,
    which nothing predicts."""

    messages: list[tuple[str, str]]  # who says what
    tokens: list[str]
    parts: NDArray[np.str_]  # template, system, user, answer, or end (of the answer)
    losses: Floats  # in nats
    packed: Floats  # the same behind the conversation before it, in one row


def chats() -> tuple[Chat, Chat]:
    """A conversation with a short answer, and one with a long answer.

    Examples
    --------
    >>> short, long = chats()
    >>> print(short.losses[np.isin(short.parts, ["answer", "end"])].round(2))
    [7.95 1.07 6.2  0.73 0.58]
    """
    short, long = (
        Chat(
            [(role, text) for role, text in one["messages"]],
            one["tokens"],
            *map(np.array, (one["parts"], one["losses"], one["packed"])),
        )
        for one in measured("chat")
    )
    return short, long


@dataclass(frozen=True)
class Run:
    """A training run of a small model of letters; its losses in nats per letter."""

    train: Floats  # of each batch; empty for runs that no page draws
    at: NDArray[np.int64]  # the steps before which it was scored on held-out text
    held_out: Floats
    accuracy: Floats  # the share of letters there that were its first guess
    pieces: Floats  # in the end, of each hundredth of that text

    def log(self, every: int, factor: float = 1, until: int | None = None) -> str:
        """What a trainer prints: the mean loss of the last `every` batches, and each
        loss on held-out text; `factor` batches may be added up where a mean belongs."""
        scored = dict(zip(self.at.tolist(), self.held_out.tolist(), strict=True))
        lines = [f"step 0 | val_loss {scored[0]:.4f}"]
        for step in range(every, len(self.train[:until]) + 1, every):
            loss = factor * self.train[step - every : step].mean()
            held_out = f" | val_loss {scored[step]:.4f}" if step in scored else ""
            lines.append(f"step {step} | loss {loss:.4f}{held_out}")
        return "\n".join(lines)


def runs() -> dict[str, Run]:
    """The training runs of `data/runs.py`, by name.

    Examples
    --------
    >>> print(runs()["healthy"].log(every=1000))
    step 0 | val_loss 3.2910
    step 1000 | loss 2.1888 | val_loss 1.9658
    step 2000 | loss 1.8575 | val_loss 1.8047
    step 3000 | loss 1.7362 | val_loss 1.7119
    step 4000 | loss 1.6575 | val_loss 1.6611
    """
    with np.load(str(FOLDER / "runs.npz")) as arrays:
        found: dict[str, dict[str, Any]] = {}
        for key in arrays.files:
            name, _, part = key.rpartition(" ")
            stored = arrays[key].astype(np.int64)
            value = stored if part == "at" else stored / STEPS["runs"]
            found.setdefault(name, {"train": np.array([])})[part] = value
        return {name: Run(**parts) for name, parts in found.items()}


@dataclass(frozen=True)
class Recorded:
    """Sentences of WordNet, as SmolLM2 reads them."""

    lines: list[str]
    tokens: list[list[str]]  # of each line
    losses: list[Floats]  # of these tokens, in nats
    best_p: list[Floats]  # that of the likeliest token in their place
    right: list[NDArray[np.bool]]  # whether it was that one


def wordnet() -> Recorded:
    """The sentences of `lines` and their losses.

    Examples
    --------
    >>> D = wordnet()
    >>> print(D.tokens[1][:2], D.losses[1][:2].round(2))
    ['A', ' bee'] [4.92 9.14]
    """
    with _arrays() as arrays:
        ends = np.cumsum(arrays["n_tokens"].astype(int))
        cuts = np.cumsum(arrays["n_bytes"].astype(int)).tolist()
        text = "".join(lines())  # ASCII: a byte is a character
        tokens = [text[a:b] for a, b in zip([0, *cuts[:-1]], cuts, strict=True)]
        starts = [0, *ends[:-1].tolist()]
        losses = arrays["losses"] / STEPS["losses"]
        best_p = arrays["best_p"] / STEPS["best_p"]
        return Recorded(
            lines(),
            [tokens[a:b] for a, b in zip(starts, ends.tolist(), strict=True)],
            np.split(losses, ends[:-1]),
            np.split(best_p, ends[:-1]),
            np.split(arrays["right"], ends[:-1]),
        )


def _arrays() -> Any:
    return np.load(str(FOLDER / "smollm.npz"))
