"""Print scores: tables, sums, lines of JSON."""

import math
from collections.abc import Iterable, Iterator, Mapping
from heapq import nlargest
from itertools import chain, repeat
from operator import itemgetter

import numpy as np

from .. import LossTotals
from .records import HOW, Record, as_line, totals_of
from .scoring import Score
from .spread import BLOCK, BLOCKS, TEXTS, Units, deviations, standard_error

HEAD = f"{'token':<16} {'−ln p':>8} {'p':>9}"
LABEL = 40  # characters of a text that is shown as its own name


Scored = tuple[Record, Score | None]  # a part's record, and its score if it is new


class Sums:
    """The sums of a text or of several, and the standard errors of their means."""

    def __init__(self) -> None:
        self.totals, self.n_bytes = LossTotals(), 0
        self.blocks, self.texts = Units(BLOCKS), Units(TEXTS)

    def add_part(self, record: Record) -> None:
        """Add a part of a text, in blocks of tokens."""
        self.totals += totals_of(record)
        self.n_bytes += record["n_bytes"]
        # A part of a character is shown as �, and is nearly always one byte.
        tokens = [token.replace("�", "?") for token in record["tokens"]]
        sizes = np.array([len(token.encode()) for token in tokens], float)
        sizes *= record["n_bytes"] / sizes.sum()
        rows = np.array([record["losses"], 0 * sizes, 0 * sizes + 1, sizes])
        for row in np.add.reduceat(rows, range(0, len(sizes), BLOCK), axis=1).T:
            self.blocks.add(row)

    def add_text(self, own: "Sums") -> None:
        self.totals += own.totals
        self.n_bytes += own.n_bytes
        one, self.blocks = own.totals, own.blocks  # of the only text, if there is one
        row = [one.total, one.n_sequences, one.n_tokens, own.n_bytes]
        self.texts.add(np.array(row))

    def errors(self) -> tuple[float | None, float | None, float | None]:
        """Of the loss per text, per token, and in bits per byte: None if not known."""
        several = self.totals.n_sequences > 1
        units = self.texts if several else self.blocks
        loss, texts, tokens, n_bytes = units.columns()
        per_text = standard_error(deviations(loss, texts)) if several else None
        bits = loss / math.log(2)
        return (
            per_text,
            standard_error(deviations(loss, tokens)),
            standard_error(deviations(bits, n_bytes)),
        )


def in_words(scored: Iterable[Scored], n_texts: int, top: int | None) -> Iterator[str]:
    """A table per text, a line per file, and Formula (16) over all of them.

    Parameters
    ----------
    scored : the parts of texts, then of files
    n_texts : how many texts there are
    top : how many tokens of each to show; None: all of a text, none of a file
    """
    all_texts = Sums()
    costliest: list[tuple[float, str]] = []
    for record, new, own in summed(scored):
        is_text = all_texts.totals.n_sequences < n_texts
        head, found = HEAD + "  best guess" * bool(new), rows(record, new)
        if record["first"] == 0:
            costliest = []
        if top:
            costliest = nlargest(top, chain(costliest, found), key=itemgetter(0))
        elif top is None and is_text:
            if record["first"] == 0:
                yield head
            yield from (row for _, row in found)
        if record["last"]:
            if costliest:
                yield head
                yield from (row for _, row in costliest)
            name = label(record["name"]) if is_text else visible(record["name"])
            yield f"{name}: {summary(own)}"
            all_texts.add_text(own)
    if all_texts.totals.n_sequences > 1:
        per_text = all_texts.totals.per_sequence, all_texts.errors()[0]
        yield f"Formula (16): {with_error(*per_text)} nats per text"
        yield f"all: {summary(all_texts)}"


def in_json(scored: Iterable[Scored]) -> Iterator[str]:
    """A line per part, and one for all texts with the settings and the sums."""
    all_texts = Sums()
    for record, _, own in summed(scored):
        yield as_line(record)
        if record["last"]:
            all_texts.add_text(own)
    if all_texts.totals.n_sequences:
        how = {key: record[key] for key in HOW}
        yield as_line({**how, **in_full(all_texts)})


def summed(scored: Iterable[Scored]) -> Iterator[tuple[Record, Score | None, Sums]]:
    """Each part with the sums of its text so far. A text counts only when its last part
    comes; that of a skipped one never does."""
    for record, new in scored:
        if record["first"] == 0:
            own = Sums()
        own.add_part(record)
        yield record, new, own


def in_full(sums: Sums) -> Mapping[str, float | None]:
    totals, n_bytes = sums.totals, sums.n_bytes
    perplexity = totals.perplexity  # JSON has no infinity
    per_text, per_token, per_byte = sums.errors()
    return {
        "total": totals.total,
        "n_sequences": totals.n_sequences,
        "n_tokens": totals.n_tokens,
        "n_bytes": n_bytes,
        "per_sequence": totals.per_sequence,
        "per_token": totals.per_token,
        "perplexity": perplexity if math.isfinite(perplexity) else None,
        "bits_per_byte": totals.bits_per_byte(n_bytes),
        "per_sequence_error": per_text,
        "per_token_error": per_token,
        "bits_per_byte_error": per_byte,
    }


def rows(record: Record, new: Score | None) -> Iterator[tuple[float, str]]:
    """For each token its loss and its row of the table. Only a new score knows the best
    guesses."""
    guesses: Iterable[str] = repeat("")
    if new:
        words = map(visible, new.best_tokens)
        guesses = map("  {} {:.3g}".format, words, new.best_p)
    return map(row, record["tokens"], record["losses"], guesses)


def row(token: str, loss: float, guess: str) -> tuple[float, str]:
    return loss, f"{visible(token):<16} {loss:8.3f} {math.exp(-loss):9.3g}{guess}"


def label(text: str) -> str:
    """The beginning of a text, as its name."""
    return f"“{visible(text if len(text) <= LABEL else text[: LABEL - 1] + '…')}”"


def visible(token: str) -> str:
    r"""A token with line ends and other invisible characters escaped, such as \n."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in token)


def summary(sums: Sums) -> str:
    totals, (_, per_token, per_byte) = sums.totals, sums.errors()
    bits = totals.bits_per_byte(sums.n_bytes)
    return (
        f"{shown(totals.total)} nats in {totals.n_tokens} tokens, "
        f"{with_error(totals.per_token, per_token)} per token, "
        f"perplexity {shown(totals.perplexity, 5, 2)}, "
        f"{with_error(bits, per_byte)} bits per byte"
    )


def with_error(mean: float, error: float | None) -> str:
    return shown(mean) if error is None else f"{shown(mean)} ± {shown(error, 4)}"


def shown(x: float, figures: int = 6, decimals: int = 3) -> str:
    """Round to digits that are the same on every processor."""
    decimals = min(decimals, figures - len(f"{x:.0f}"))
    return f"{round(x, decimals):.{max(decimals, 0)}f}"
