"""What is said of a log: a finding, its sentence, and the numbers in it."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from .curves import Curve

START = "{loss} is {y} at {at}, {share:.3f} times ln V, the {equal} of a blind guess"
TURN = "{loss} is lowest at {at}, {y}. All {points} later points are higher, {end} in "
TURN += "the end"
HALVES = "the halves of its last {points} points average {early} and then {late}"
ERRORS = " by {z:,.1f} of its standard errors"
SENTENCES = {
    "format": "{loss}: {all} point{s}, {at} to {to}, {y} to {end}{more}",
    "unit": "{loss} is in {per}: {other} = {base}^{loss} in {agree} of {rows} rows",
    "unit both": "{other} is a constant times {loss} in all {rows} rows. If {loss} is "
    "in nats per token, a token has {bytes_per_token} bytes",
    "unit sum": "{loss} is never below {least}. As a mean in nats per token, that is "
    "worse than a guess among 10⁹ tokens: it may be a sum, over tokens or a batch",
    "factor validation": "{loss} is {ratio:.3g} times {other} in the median of {rows} "
    "evaluations, as if about {factor} means were added up in one of them",
    "auxiliary beside": "{other} is beside {loss} in {rows} rows: another loss by name",
    "auxiliary inside": "{loss} − {other} is {least} to {most} in {rows} rows, while "
    "{loss} moves by {moves}: an almost constant term is added",
    "first-loss at": START + ". An untrained model starts there",
    "first-loss above": START + ". Large logits can do that, or a sum",
    "first-loss below": START + ". Earlier training, another V, or one division too "
    "many (accumulation) may be why",
    "floor": "{loss} is within {error} of {what} {value}, in its last {points} points",
    "zero": "{loss} is written as 0 in {points} of {all} points, first at {at}: "
    "below half of its last digit. No token may be scored, or numbers may be broken",
    "not-finite": "{loss} is {y} at {at}, not finite in {points} of {all} points, and "
    "{end} at the end",
    "other-loss negative": "{loss} is {y} at {at}, and below 0 in {points} of {all} "
    "points. A mean of −ln p never is",
    "other-loss policy": "{loss}, which starts at {y}, is a policy's by its name or by "
    "rewards beside it. Such a loss is about 0 by construction: read the rewards",
    "other-loss preferences": "Chosen and rejected are beside {loss}, which starts at "
    "{y}: a loss of preferences, which starts at ln 2 = 0.6931",
    "spike recovered": "{loss} rises from {level} to {y} at {at}, and is back at {end} "
    "at {until}",
    "spike open": "{loss} rises from {level} to {y} at {at}, and ends at {end}",
    "diverged back": TURN,
    "diverged": "{loss} rises: " + HALVES + ". A line through them rises" + ERRORS,
    "still-falling": "{loss} still falls: "
    + HALVES
    + ". A line through them falls"
    + ERRORS,
    "plateau": "{loss} hardly moves at its end: " + HALVES + ", and differ by no more "
    "than {most:.3g}",
    "overfitting": TURN + ". From {since} on, the halves of {other} "
    "average {early} and then {late}",
    "validation-below": "{other} is below the {loss} that follows it, a mean until "
    "halfway to the next evaluation, {below} of {rows} times, by {gap:.3g} (median). "
    "Dropout or other text can do that",
    "overlap": "{loss} has {runs} parts, the second from {to} after {at}: another run, "
    "one resumed, several that write in turn, or several losses a step. {rest}",
    "repeats": "{loss} changes in the second epoch as in the first: {points} points "
    "have changes with a correlation of {r:.3g}: the texts came in the same order",
    "rounding": "{loss} has {values} values, all of {bits} bits, as in {form}",
    "stairs": "{loss} drops where an epoch ends: at {at} by {first:.3g} ± {error:.2g} "
    "below its trend, and over all {ends} ends by {z:,.1f} standard errors",
}


@dataclass(frozen=True)
class Finding:
    name: str
    kind: str
    words: str
    numbers: dict[str, float | int | str]


def say(name: str, of: Curve, kind: str = "", i: int = 0, /, **numbers: Any) -> Finding:
    """A finding at a point of a curve, with those of these numbers that it tells."""
    words = SENTENCES.get(f"{name} {kind}") or SENTENCES[name]
    form = dict(re.findall(r"{(\w+):?(.*?)}", words))
    every = {"loss": of.name, "all": len(of), "at": of.where(i), "y": of.y[i]}
    every |= {"end": of.y[-1]} | numbers
    told = {k: np.asarray(every[k]).item() for k in form}
    usual = {int: ",", float: ",.5g", str: ""}
    shown = {k: format(x, form[k] or usual[type(x)]) for k, x in told.items()}
    words = re.sub(r"{(\w+).*?}", lambda field: shown[field[1]], words)
    return Finding(name, kind, words, told)
