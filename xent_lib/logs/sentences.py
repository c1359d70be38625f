"""What is said of a log: a finding, its sentence, and the numbers in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SENTENCES = {
    "format": "{loss}: {points} point{s}, {at} to {to}, {first} to {last}{more}",
    "unit nats": "{other} = e^{loss} in {agree} of {rows} rows, such as {y} and {p}: "
    "{loss} is in nats",
    "unit bits": "{other} = 2^{loss} in {agree} of {rows} rows, such as {y} and {p}: "
    "{loss} is in bits",
    "unit both": "{other} / {loss} = {ratio} in all {rows} rows: one curve, twice. If "
    "{loss} is in nats per token, a token has {bytes_per_token} bytes",
    "unit sum": "{loss} is never below {least}. As a mean in nats per token, that is "
    "worse than a guess among 10⁹ tokens: it may be a sum, over tokens or a batch",
    "factor validation": "{loss} is {least} to {most} times {other} at all {rows} "
    "evaluations, as if {factor} means were added up in one of them",
    "auxiliary beside": "{other} is beside {loss} in {rows} rows: another loss by name",
    "auxiliary inside": "{loss} − {other} is {least} to {most} in {rows} rows, while "
    "{loss} moves by {moves}: an almost constant term is added",
    "first-loss at": "{loss} is {y} at {at}, {share} of ln V = {equal}: a blind guess, "
    "where an untrained model starts",
    "first-loss above": "{loss} is {y} at {at}, {share} of ln V = {equal}: worse than "
    "a blind guess. Its logits may be large, or several means be added up",
    "first-loss below": "{loss} is {y} at {at}, {share} of ln V = {equal}{beside}: "
    "earlier training, the model, another V or a division (accumulation) may be why",
    "floor": "{loss} is within {error} of {what} {value}, in its last {points} points",
    "zero": "{loss} is written as 0 in {points} of {all} points, from {at} on: "
    "below half of its last digit. No token may be scored, or numbers may be broken",
    "not-finite": "{loss} is {y} at {at}, not finite in {points} of {all} points, and "
    "{last} at the end",
    "other-loss policy": "Rewards are beside {loss}, which starts at {y}. A policy's "
    "loss, such as GRPO's, is about 0 by construction: read the rewards",
    "other-loss preferences": "Chosen and rejected are beside {loss}, which starts at "
    "{y}: a loss of preferences, which starts at ln 2 = 0.6931",
    "spike recovered": "{loss} rises from {level} to {y} at {at}, and is back at {end} "
    "at {until}",
    "spike open": "{loss} rises from {level} to {y} at {at}, and ends at {end}",
    "diverged": "{loss} rises: in its last {points} points, the second half is {late} "
    "on average, the first {early}, {z} standard errors",
    "diverged turned": "{loss} is lowest at {at}, {least}, and higher at all {points} "
    "points since, {end} in the end",
    "still-falling": "{loss} still falls: in its last {points} points, the second half "
    "is {late} on average, the first {early}, {z} standard errors",
    "plateau": "{loss} is flat: in its last {points} points, the second half is {late} "
    "on average, the first {early}. More than {most} does not fit its noise",
    "plateau slow": "{loss} {way} by no more than {most}: in its last {points} points, "
    "the second half is {late} on average, the first {early}",
    "overfitting": "{other} is lowest at {at}, {least}, and higher at all {points} "
    "evaluations since, {end} in the end, while {loss} falls on",
    "validation-below": "{other} is below the {loss} that follows it at {below} of "
    "{rows} evaluations, by {gap} in the middle. Dropout or other text can do that",
    "overlap": "{loss} goes back from {at} to {to}: another run, one resumed, or two "
    "writers. The longest is read here, part {which} of {runs}, of {points} points",
    "repeats rows": "{loss} has the same {points} values from {at} and from {again} on",
    "repeats order": "{loss} changes in the second epoch as in the first: {points} "
    "points have changes with a correlation of {r}. The texts came in the same order",
    "rounding": "{loss} has {values} values, all of {bits} bits, as in {form}",
    "stairs": "{loss} falls where an epoch ends, by {first} ± {error} at {at} beyond "
    "its course, {z} standard errors over all {ends} ends: then each text comes again",
}


@dataclass(frozen=True)
class Finding:
    name: str
    kind: str
    words: str
    numbers: dict[str, float | int | str]


def say(name: str, loss: str, kind: str = "", /, **numbers: Any) -> Finding:
    words = SENTENCES.get(f"{name} {kind}") or SENTENCES[name]
    told = {"loss": loss} | {k: x for k, x in numbers.items() if f"{{{k}}}" in words}
    plain = {k: x.item() if isinstance(x, np.generic) else x for k, x in told.items()}
    form = {int: ",", float: ",.5g", str: ""}
    shown = {k: format(x, form[type(x)]) for k, x in plain.items()}
    return Finding(name, kind, words.format(**shown), plain)
