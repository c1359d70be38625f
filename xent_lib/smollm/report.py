"""What the command prints of scores: tables, sums, lines of JSON."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping

from .. import LossTotals
from .records import HOW, Record, as_line, totals_of
from .scoring import Score

LABEL = 40  # characters of a text, where it stands for itself


def in_words(
    records: Iterable[tuple[Record, Score | None]], n_texts: int, top: int | None
) -> Iterator[str]:
    """A table a text, a line a file, and Formula (16) over all of them.

    Parameters
    ----------
    records : of texts, then of files, each with its score if it is new
    n_texts : how many are texts
    top : how many tokens of each are shown; None: all of a text, none of a file
    """
    totals, n_bytes = LossTotals(), 0
    for number, (record, new) in enumerate(records):
        own = totals_of(record)
        totals, n_bytes = totals + own, n_bytes + record["n_bytes"]
        is_text = number < n_texts
        if top or (top is None and is_text):
            yield from table(record, new, top)
        name = label(record["name"]) if is_text else visible(record["name"])
        yield f"{name}: {summary(own, record['n_bytes'])}"
    if totals.n_sequences > 1:
        yield f"Formula (16): {shown(totals.per_sequence)} nats a text"
        yield f"all: {summary(totals, n_bytes)}"


def in_json(records: Iterable[tuple[Record, Score | None]]) -> Iterator[str]:
    """A line a text or file, and one of all of them: how they were read, and sums."""
    totals, n_bytes = LossTotals(), 0
    how: Mapping[str, object] = {}
    for record, _ in records:
        totals, n_bytes = totals + totals_of(record), n_bytes + record["n_bytes"]
        how = {key: record[key] for key in HOW}
        yield as_line(record)
    if totals.n_sequences:
        yield json.dumps({**how, **sums(totals, n_bytes)}, ensure_ascii=False)


def sums(totals: LossTotals, n_bytes: int) -> Mapping[str, float]:
    return {
        "total": totals.total,
        "n_sequences": totals.n_sequences,
        "n_tokens": totals.n_tokens,
        "n_bytes": n_bytes,
        "per_sequence": totals.per_sequence,
        "per_token": totals.per_token,
        "perplexity": totals.perplexity,
        "bits_per_byte": totals.bits_per_byte(n_bytes),
    }


def table(record: Record, new: Score | None, top: int | None) -> Iterator[str]:
    """A row a token, in their order, or the costliest first; what was expected in its
    place is known of a new score only."""
    losses, tokens = record["losses"], record["tokens"]
    places: Iterable[int] = range(len(losses))
    if top is not None:
        places = sorted(places, key=lambda i: -losses[i])[:top]
    yield f"{'token':<16} {'−ln p':>8} {'p':>9}" + "  best guess" * bool(new)
    for i in places:
        row = f"{visible(tokens[i]):<16} {losses[i]:8.3f} {math.exp(-losses[i]):9.3g}"
        guess = f"  {visible(new.best_tokens[i])} {new.best_p[i]:.3g}" if new else ""
        yield row + guess


def label(text: str) -> str:
    """The beginning of a text, as its name."""
    return f"“{visible(text if len(text) <= LABEL else text[: LABEL - 1] + '…')}”"


def visible(token: str) -> str:
    """A token as one sees it: line ends and the like by their names."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in token)


def summary(totals: LossTotals, n_bytes: int) -> str:
    return (
        f"{shown(totals.total)} nats in {totals.n_tokens} tokens, "
        f"{shown(totals.per_token)} a token, "
        f"perplexity {shown(totals.perplexity, 5, 2)}, "
        f"{shown(totals.bits_per_byte(n_bytes))} bits a byte"
    )


def shown(x: float, figures: int = 6, decimals: int = 3) -> str:
    """No more digits than are the same on every processor."""
    decimals = min(decimals, figures - len(f"{x:.0f}"))
    return f"{round(x, decimals):.{max(decimals, 0)}f}"
