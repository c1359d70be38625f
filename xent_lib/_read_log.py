"""What a training log proves: its curves, and findings with their numbers."""

import codecs
import os
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import check_integer, check_number
from ._read_loss import check_range

if TYPE_CHECKING:
    from .logs.curves import Curve, Log
    from .logs.findings import Finding

BARS = "▁▂▃▄▅▆▇█"
DRAWN = 2000  # points of a curve at most: more than a screen has


@dataclass(frozen=True, repr=False)
class LogReport:
    """The curves of a log, what can be said of them, and what would tell more."""

    curves: "tuple[Curve, ...]"
    findings: "tuple[Finding, ...]"
    log: "Log"

    @property
    def needs(self) -> tuple[str, ...]:
        """What would let it say more."""
        needs, log = [], self.log
        if 2 * len(log.main[0]) < len(log.whole[0]):  # most of it is not read
            return ()
        roles = {one.role for one in log.others}
        starts = any(one.unit == "step" and one.x[0] <= 100 for one in log.whole)
        if log.vocabulary is None and starts:
            needs.append("vocabulary, to compare the first loss with ln V")
        if log.main[0].unit == "step" and not (log.steps_per_epoch or "epoch" in roles):
            needs.append("steps_per_epoch, to look for stairs")
        if "perplexity" not in roles and "unit" not in log.said:
            needs.append("a perplexity beside the loss, to know its unit")
        return tuple(needs)

    def __repr__(self) -> str:
        indent = " " * (max(len(one.name) for one in self.findings) + 2)
        lines = [
            textwrap.fill(
                f"{one.name:{len(indent)}}{one.words}", 80, subsequent_indent=indent
            )
            for one in self.findings
        ]
        drawn = [f"{indent}{sparkline(one.y)}  {one.name}" for one in self.log.main]
        more = f"More could be found with {'; '.join(self.needs)}"
        end = [textwrap.fill(more, 80)] if self.needs else []
        return "\n".join([lines[0], *drawn, *lines[1:], *end])

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON. NaN and infinity, which it doesn't have, are None.

        A curve of more than 2,000 points is reduced to the least and the largest of
        each thousandth.
        """
        return {
            "curves": [as_dict(one) for one in self.curves],
            "findings": [
                vars(one) | {"numbers": {k: plain(x) for k, x in one.numbers.items()}}
                for one in self.findings
            ],
            "needs": list(self.needs),
            "vocabulary": self.log.vocabulary,
            "steps_per_epoch": self.log.steps_per_epoch,
        }

    def plot(self) -> Any:
        """Draw the loss of training and of validation with matplotlib; return the axes.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            told = "LogReport.plot needs matplotlib: pip install matplotlib"
            raise ImportError(told, name="matplotlib") from error
        axes = Figure().add_subplot(
            xlabel=self.log.main[0].unit or "point", ylabel="loss"
        )
        for one in self.log.main:
            kept = reduced(one)
            axes.plot(kept.x, kept.y, label=one.name)
        if self.log.vocabulary:
            axes.axhline(np.log(self.log.vocabulary), linestyle=":", label="ln V")
        axes.legend()
        return axes


def as_dict(curve: "Curve") -> dict[str, Any]:
    kept = reduced(curve)
    x, y = ([plain(v) for v in numbers.tolist()] for numbers in (kept.x, kept.y))
    told = {"name": curve.name, "role": curve.role, "split": curve.split}
    return {**told, "unit": curve.unit, "points": len(curve), "x": x, "y": y}


def plain(value: Any) -> Any:
    """None for a number that JSON doesn't have."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def reduced(curve: "Curve") -> "Curve":
    """Points to draw: of each part, the least and the largest; NaN is the largest."""
    if len(curve) <= DRAWN:
        return curve
    parts = np.array_split(np.arange(len(curve)), DRAWN // 2)
    y = np.nan_to_num(curve.y, nan=np.inf)
    kept = {
        int(part[find(y[part])]) for part in parts for find in (np.argmin, np.argmax)
    }
    return curve.at(np.array(sorted(kept)))


def sparkline(y: Any, width: int = 40) -> str:
    """A curve as bars, from the least to the largest mean of each part; × for NaN."""
    with np.errstate(all="ignore"):
        mean = np.array([one.mean() for one in np.array_split(y, min(width, len(y)))])
    good = np.isfinite(mean)
    low, high = (mean[good].min(), mean[good].max()) if good.any() else (0.0, 0.0)
    level = np.where(good, (mean - low) / ((high - low) or 1.0) * (len(BARS) - 1), 0)
    return "".join(
        BARS[round(float(at))] if ok else "×"
        for at, ok in zip(level, good, strict=True)
    )


def read_log(
    log: str | os.PathLike[str],
    vocabulary: int | None = None,
    steps_per_epoch: float | None = None,
) -> LogReport:
    """Find the loss curves in a training log, and say what its numbers prove.

    It reads what trainers print, their JSON and CSV, tables, and columns of numbers,
    such as a step and a loss. What a progress bar shows again is one point. A number
    is identified by its key, or by the English words around it. A line of more than
    20,000 characters is left out. A loss ℓ is in nats, unless the log shows otherwise.
    The findings, by name:

    - `format`: which columns it took.
    - `unit`: nats if a perplexity beside a loss is exp(ℓ), bits if it is 2 to the power
      of ℓ, within the digits written; the bytes per token, if bits per byte are a
      constant times ℓ; a sum, if ℓ stays above ln 10⁹ = 20.72.
    - `first-loss`: ℓ / ln V at the start. Within 3% of 1, it is a blind guess.
    - `factor`: a whole number between training and validation.
    - `floor`: a stay within 0.05% of ln V, ln 2, ln(e + V − 1) − 1 (a softmax taken
      twice), or −ln of an epsilon.
    - `zero`, `not-finite`, `auxiliary` (terms), `other-loss` (a policy's, one of
      preferences, or one below 0).
    - `spike`: two points in a row above the 25 before by three times their range and by
      20%; or at the start a leap to twice all before and by 3 nats, after which the
      next is a nat higher, too, and which doesn't come again.
    - `overlap`: steps that go back, or stand while ℓ changes. The longest part between
      such places is read: a few points, where several runs or ranks write in turn.
    - `rounding`: all values on the grid of bfloat16 or float16, with more digits.
    - `repeats`: an epoch whose points rise and fall like those of the first.
    - `stairs`, `still-falling`, `plateau`, `diverged` (it rises at its end): a line, or
      a line with a step, fitted to the points. A run has also diverged if its points
      (from 40 on, the means of twenty parts) rise again by half of the lowest, and by
      half of the fall to it.
    - `overfitting`, `validation-below`: evaluations compared with their own noise.

    Noise alone gives rise to a finding of the last three lines in about one of 10,000
    curves if it is independent, however heavy its tails, and in up to one of 1,000 if
    nine tenths of it come from the point before. A log seldom shows a cause, so causes
    are named as possible ones.

    Parameters
    ----------
    log : str or path
        The text of a log, or a `Path` to its file: UTF-8, or UTF-16 with its mark.
    vocabulary : int, optional
        V, from 2 to 10⁹, if the log doesn't name it.
    steps_per_epoch : number, optional
        From 1 to 10⁹, as the log counts steps, or else its points, if the log
        doesn't show it.

    Returns
    -------
    LogReport
        curves; findings, each with a name, a kind, words, and the numbers in them;
        needs, which would let it say more; to_dict(), for JSON; and plot(), for which
        matplotlib must be installed. Its `repr` is the report.

    Raises
    ------
    TypeError
        If `log` is neither a text nor a path, or another argument is not a number.
    ValueError
        If no loss is found in the log, or an argument is out of range.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> log = '''
    ... step 0 | loss 9.25 | ppl 10404.57
    ... step 1 | loss 8.50 | ppl 4914.77
    ... step 2 | loss nan | ppl nan'''
    >>> print(read_log(log, vocabulary=10_000))
    format      loss: 3 points, step 0 to 2, 9.25 to nan; the log also has ppl
                █▁×  loss
    not-finite  loss is nan at step 2, not finite in 1 of 3 points, and nan at the
                end
    unit        loss is in nats: ppl = e^loss in 2 of 2 rows
    first-loss  loss is 9.25 at step 0, 1.004 times ln V, the 9.2103 of a blind
                guess. An untrained model starts there
    More could be found with steps_per_epoch, to look for stairs

    References
    ----------
    Stanford CS336, Assignment 1 (Basics), Spring 2025, equation (18), for the
    perplexity. What people ask about their curves, in public threads.
    """
    if vocabulary is not None:
        check_integer("vocabulary", vocabulary, " or None")
        check_range("vocabulary", vocabulary, 2, 10**9)
    if steps_per_epoch is not None:
        check_number("steps_per_epoch", steps_per_epoch)
        check_range("steps_per_epoch", steps_per_epoch, 1, 10**9)
    if isinstance(log, os.PathLike):
        text = decode(Path(log).read_bytes())
    elif isinstance(log, str):
        text = log
    else:
        raise TypeError(f"log must be a text or a Path, got {type(log).__name__}")
    from .logs import read
    from .logs.rows import LOSSES

    found, said = read(text, vocabulary, steps_per_epoch)
    losses = (one for one in found.others if one.role in LOSSES)
    return LogReport((*found.main, *losses), tuple(said), found)


def decode(data: bytes) -> str:
    """The text of a file: UTF-16 if it is marked so or looks so, else UTF-8.

    PowerShell writes UTF-16 with a mark; a part that was cut from it has none.
    """
    data = data.lstrip(b"\0")  # of a file that was emptied while its run wrote
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    code = "utf16" if marked else "utf-16-le" if data[1:2] == b"\0" else "utf8"
    return data.decode(code, errors="replace")
