"""What is said of a log: a finding, its sentence, and the numbers in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .curves import Curve, main_curve

SENTENCES = {
    "format": "{loss}: {count}, {at} to {to}, {first} to {last}{more}",
    "unit nats": "{other} = e^{loss} in {agree} of {rows} rows, such as {y} and {p}: "
    "{loss} is in nats",
    "unit bits": "{other} = 2^{loss} in {agree} of {rows} rows, such as {y} and {p}: "
    "{loss} is in bits",
    "unit both": "{other} / {loss} = {ratio} in all {rows} rows: one curve, twice. If "
    "{loss} is in nats per token, a token has {bytes_per_token} bytes",
    "unit neither": "{other} is neither e^{loss} nor 2^{loss} in any of {rows} rows, "
    "such as {y} and {p}: it is of something else",
    "unit tokens": "{loss} is {ratio} times ln {other}, such as {y} and {p}: a sum "
    "over so many tokens, if {other} is per token",
    "unit sum": "{loss} is never below {least}. As a mean in nats per token, that is "
    "worse than a guess among 10⁹ tokens: it may be a sum, over tokens or a batch",
    "factor losses": "{loss} is {factor} times {other} where it is not equal to it, "
    "in {rows} rows: a sum where a mean belongs",
    "factor setting": "{loss} grows with {other}, {grows} times for {times} times the "
    "setting. A mean would not; a sum does",
    "factor validation": "{loss} is {least} to {most} times {other} at all {rows} "
    "evaluations, as if {factor} means were added up in one of them",
    "factor start": "{loss} starts at {share} of {factor} ln V, as if {factor} means "
    "were added up: of accumulation steps, or of devices",
    "auxiliary beside": "{other} is beside {loss} in {rows} rows. By its name, it is "
    "another loss of training",
    "auxiliary inside": "{loss} − {other} is {least} to {most} in {rows} rows, while "
    "{loss} moves by {moves}: an almost constant term is added",
    "rounding": "All {points} numbers of {loss} have {bits} significant bits, as in "
    "{format}: near its end, smaller changes than {step} are lost",
    "first-loss at": "{loss} is {y} at {at}, {share} of ln V = {equal}: a blind guess, "
    "where an untrained model starts",
    "first-loss above": "{loss} is {y} at {at}, {share} of ln V = {equal}: worse than "
    "a blind guess. An untrained model with small logits starts at ln V",
    "first-loss below": "{loss} is {y} at {at}, {share} of ln V = {equal}: better than "
    "a blind guess. The model, its output bias or another V may be why",
    "floor": "{loss} is within {error} of {what} {value}, in its last {points} points",
    "zero": "{loss} is written as 0 in {points} of {all} points, from {at} on. No "
    "model is that sure: no token may be scored, or its numbers may be broken",
    "not-finite once": "{loss} is {y} at {at}, not finite in {points} of {all} points "
    "and {last} at the end",
    "not-finite dead": "{loss} is {y} at {at}, not finite in {points} of {all} points, "
    "and ends so",
    "not-finite gradient": "{loss} is {y} at {at}, and not finite in {points} of {all} "
    "points, while the loss is finite",
    "other-loss policy": "Rewards are beside {loss}, which starts at {y}. A policy's "
    "loss, such as GRPO's, is about 0 by construction: read the rewards",
    "other-loss preferences": "Chosen and rejected are beside {loss}, which starts at "
    "{y}: a loss of preferences, which starts at ln 2 = 0.6931",
    "spike recovered": "{loss} rises from {level} to {y} at {at}, and is back at {end} "
    "at {until}",
    "spike open": "{loss} rises from {level} to {y} at {at}, and is not back when the "
    "log ends, at {end}",
    "diverged": "{loss} was at {level} around {at}. Its last {points} points are all "
    "above that, at {end}",
    "still-falling": "{loss} still falls: in its last {points} points, the second half "
    "is {late} on average, the first {early}, {z} standard errors of ranks",
    "plateau": "{loss} is flat: in its last {points} points, the second half is {late} "
    "on average, the first {early}. More than {most} does not fit its noise",
    "overfitting": "{other} is lowest at {at}, {least}, and higher at all {points} "
    "evaluations since, {end} in the end, while {loss} falls on",
    "validation-below": "{other} is below the {loss} that follows it at {below} of "
    "{rows} evaluations, by {gap} in the middle. Dropout, label smoothing or other "
    "text can do that; the log does not say",
    "overlap": "The steps of {loss} go from {x} back to {to}, {times} in all: it was "
    "resumed, or has two writers",
    "repeats rows": "{points} numbers of {loss} in a row come twice: from {at}, and "
    "from {again}",
    "repeats order": "{loss} changes in epoch {epoch} as in the one before: {points} "
    "changes have a correlation of {r}. The texts came in the same order",
    "stairs": "{loss} falls where an epoch ends, by {first} ± {error} at {at} beyond "
    "its course, {z} standard errors over all {ends} ends. In the next epoch, each "
    "text has been learned from before",
}


@dataclass(frozen=True)
class Finding:
    """What can be said: its name and kind, a sentence, and the numbers in it."""

    name: str
    kind: str
    words: str
    numbers: dict[str, float | int | str]


def say(kind: str, loss: str, **numbers: Any) -> Finding:
    """The finding with that sentence, whose first word is its name."""
    floats = {k: float(x) for k, x in numbers.items() if isinstance(x, np.floating)}
    plain: dict[str, float | int | str] = {"loss": loss, **numbers, **floats}
    shown = {k: show(x) if isinstance(x, float) else x for k, x in plain.items()}
    name, _, rest = kind.partition(" ")
    return Finding(name, rest, SENTENCES[kind].format(**shown), plain)


def show(x: float) -> str:
    return f"{x:,.5g}"


@dataclass(frozen=True)
class Log:
    """The curves of a log, and what its reader knows of them."""

    curves: Sequence[Curve]
    vocabulary: int | None
    steps_per_epoch: float | None

    @cached_property
    def train(self) -> Curve | None:
        return main_curve(self.curves, "train")

    @cached_property
    def valid(self) -> Curve | None:
        return main_curve(self.curves, "validation")

    @cached_property
    def main(self) -> list[Curve]:
        return [one for one in (self.train, self.valid) if one is not None]

    @cached_property
    def runs(self) -> list[Curve]:
        """The main curve, and those of other runs beside it, which W&B names so."""
        _, dash, metric = self.main[0].name.rpartition(" - ")
        others = [one for one in self.curves if one.name.endswith(f" - {metric}")]
        return [self.main[0], *(one for one in others if dash and one != self.main[0])]

    @cached_property
    def settings(self) -> bool:
        """Whether it is a table of settings: its rows follow no step and no epoch."""
        return self.main[0].header and not self.main[0].unit

    def role(self, role: str) -> list[Curve]:
        return [one for one in self.curves if one.role == role]
