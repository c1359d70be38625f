"""Print scores: tables, sums, lines of JSON."""

import math
from collections.abc import Iterable, Iterator, Mapping
from heapq import nlargest
from itertools import chain, repeat
from operator import itemgetter

from .. import LossTotals
from .records import HOW, Record, as_line, totals_of
from .scoring import Score

HEAD = f"{'token':<16} {'−ln p':>8} {'p':>9}"
LABEL = 40  # characters of a text that is shown as its own name


Scored = tuple[Record, Score | None]  # a part's record, and its score if it is new


def in_words(scored: Iterable[Scored], n_texts: int, top: int | None) -> Iterator[str]:
    """A table per text, a line per file, and Formula (16) over all of them.

    Parameters
    ----------
    scored : the parts of texts, then of files
    n_texts : how many texts there are
    top : how many tokens of each to show; None: all of a text, none of a file
    """
    totals, n_bytes = LossTotals(), 0
    costliest: list[tuple[float, str]] = []
    for record, new, own, own_bytes in summed(scored):
        is_text = totals.n_sequences < n_texts
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
            yield f"{name}: {summary(own, own_bytes)}"
            totals, n_bytes = totals + own, n_bytes + own_bytes
    if totals.n_sequences > 1:
        yield f"Formula (16): {shown(totals.per_sequence)} nats per text"
        yield f"all: {summary(totals, n_bytes)}"


def in_json(scored: Iterable[Scored]) -> Iterator[str]:
    """A line per part, and one for all texts with the settings and the sums."""
    totals, n_bytes = LossTotals(), 0
    for record, _, own, own_bytes in summed(scored):
        yield as_line(record)
        if record["last"]:
            totals, n_bytes = totals + own, n_bytes + own_bytes
    if totals.n_sequences:
        how = {key: record[key] for key in HOW}
        yield as_line({**how, **sums(totals, n_bytes)})


def summed(
    scored: Iterable[Scored],
) -> Iterator[tuple[Record, Score | None, LossTotals, int]]:
    """Each part with the sums of its text so far. A text counts only when its last part
    comes; that of a skipped one never does."""
    for record, new in scored:
        if record["first"] == 0:
            own, n_bytes = LossTotals(), 0
        own, n_bytes = own + totals_of(record), n_bytes + record["n_bytes"]
        yield record, new, own, n_bytes


def sums(totals: LossTotals, n_bytes: int) -> Mapping[str, float | None]:
    perplexity = totals.perplexity  # JSON has no infinity
    return {
        "total": totals.total,
        "n_sequences": totals.n_sequences,
        "n_tokens": totals.n_tokens,
        "n_bytes": n_bytes,
        "per_sequence": totals.per_sequence,
        "per_token": totals.per_token,
        "perplexity": perplexity if math.isfinite(perplexity) else None,
        "bits_per_byte": totals.bits_per_byte(n_bytes),
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


def summary(totals: LossTotals, n_bytes: int) -> str:
    return (
        f"{shown(totals.total)} nats in {totals.n_tokens} tokens, "
        f"{shown(totals.per_token)} per token, "
        f"perplexity {shown(totals.perplexity, 5, 2)}, "
        f"{shown(totals.bits_per_byte(n_bytes))} bits per byte"
    )


def shown(x: float, figures: int = 6, decimals: int = 3) -> str:
    """Round to digits that are the same on every processor."""
    decimals = min(decimals, figures - len(f"{x:.0f}"))
    return f"{round(x, decimals):.{max(decimals, 0)}f}"
