"""Faults that break the promise of a parameter: of a mask, lengths, documents, weights,
or a count. `{}` in the words is the name of that parameter.

Those with a step change “ignore” or “reduce”, and show where padding is given by it.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from ..reference import Array, ignore
from .fault import Fault
from .ignored import Scored


def longer(scored: Array) -> Array:
    """With one more place after those of each sequence."""
    return scored | (np.arange(scored.shape[-1]) == scored.sum(-1, keepdims=True))


def ignore_longer(targets: Array, ignored: int | None, V: int) -> Scored:
    targets, scored = ignore(targets, ignored, V)
    return targets, longer(scored)


def ignore_shorter(targets: Array, ignored: int | None, V: int) -> Scored:
    targets, scored = ignore(targets, ignored, V)
    at = np.arange(scored.shape[-1])
    return targets, scored & (at < scored.sum(-1, keepdims=True) - 1)


padding = partial(Fault, room=5)
# fmt: off
MASK_AHEAD = padding("mask-ahead",
    "masked at the place that predicts, not at the place of the target",
    "shift the mask like the targets: mask[:, 1:]",
    kind="convention", right_if="its mask is 1 where the next token is to be scored")
INVERTED = padding("mask-inverted",
    "that of the tokens where its `{}` is 0, though by its name it is 1 at real ones",
    "score where it is 1: losses * mask, not losses * (1 - mask)",
    may_be_meant=True, right_if="yours is 1 at padding")
AT_PADDING = replace(INVERTED, kind="convention", right_if="yours is 1 at real tokens",
    what="that of the tokens where its `{}` is 1, which in PyTorch is 1 at padding",
    fix="score where it is 0: losses * ~mask")
UNUSED = padding("padding-scored",
    "computed over padding, too: its `{}` changes nothing",
    "multiply the loss of each token by its own 0 or 1, in the same shape")
OTHER_NUMBER = replace(UNUSED, what="computed over padding, too",
    may_be_meant=True, right_if="{} is the padding")
IN_DIVISOR = replace(UNUSED, step="reduce",
    what="computed over padding, too: only the divisor uses its `{}`",
    fix="multiply the losses by it, too, before they are added up",
    run=lambda losses, scored, V, how: losses.sum() / scored.sum())
LOGITS_MASKED = padding("logits-masked",
    "computed over padding, too: its logits are masked, and cost ln V",
    "mask the losses, not the logits: losses * mask",
    lambda losses, scored, V, how: np.mean(np.where(scored, losses, np.log(V))),
    step="reduce")
MASKED_LOGITS = (
    LOGITS_MASKED,
    replace(LOGITS_MASKED, run=lambda losses, scored, V, how:
        np.sum(np.where(scored, losses, np.log(V))) / scored.sum()),
)
TOO_LONG = padding("length-too-long",
    "computed over one place too many of each padded sequence",
    "use the places < length, not <= length; after a shift, those < length − 1",
    ignore_longer, step="ignore")
TOO_SHORT = replace(TOO_LONG, name="length-too-short", run=ignore_shorter,
    what="computed without the last place of each sequence, by its length",
    fix="use the places < length, not < length − 1")
TOO_FAR = (
    TOO_LONG,
    replace(TOO_LONG, step="reduce",  # divided by the right length
        run=lambda losses, scored, V, how: losses[longer(scored)].sum() / scored.sum()),
)
ACROSS_DOCUMENTS = Fault("across-documents",
    "computed across documents, too: one predicts the first token of the next",
    "leave out each target whose document is not that of the token before it",
    room=3, may_be_meant=True)
PROMPT_SCORED = padding("prompt-scored",
    "computed over the prompts, too: its `{}` changes nothing",
    "leave out the targets of each prompt: where(arange(T) < prompt_len, −100, t)",
    room=15)
PROMPT_TOO_SHORT = replace(PROMPT_SCORED, name="prompt-off-by-one",
    what="computed over the last token of each prompt, too, whose length is its `{}`",
    may_be_meant=True)
PROMPT_TOO_LONG = replace(PROMPT_TOO_SHORT,
    what="computed without the first token after each prompt, whose length is its `{}`")
PROMPTS = (PROMPT_SCORED, PROMPT_TOO_SHORT, PROMPT_TOO_LONG)
ALL_COUNTED = padding("count-of-places", "that of all places, the padding among them",
    "count the scored tokens",
    subject="The number beside the sum is", may_be_meant=True)
CLASS_WEIGHTS = Fault("class-weights",
    "weighted by class (here {}), and divided by the sum of the weights",
    "leave the weights out of what is reported",
    kind="convention", right_if="the weights are meant", room=21)
CLASS_WEIGHTS_ALONE = Fault("class-weights-alone",
    "weighted by class (here {}), but not divided by the sum of the weights",
    "divide by the sum of the scored tokens’ weights", may_be_meant=True, room=21)
DIVIDED_BY_WEIGHTS = Fault("weights-inverted",
    "divided by its `{}`: what has more weight counts less",
    "multiply each loss by its weight, and divide by the sum of the weights",
    may_be_meant=True)
ONE_MINUS_WEIGHTS = replace(DIVIDED_BY_WEIGHTS,
    what="weighted by 1 minus its `{}`: what has more weight counts less")
WEIGHTS_SQUARED = replace(DIVIDED_BY_WEIGHTS, name="weights-squared",
    what="weighted by the square of its `{}`",
    fix="multiply each loss by its weight once")
WEIGHTS_BY_COUNT = replace(DIVIDED_BY_WEIGHTS, name="weights-by-count",
    what="divided by the number of tokens, not by the sum of its `{}`",
    fix="divide by the sum of the weights", right_if="your weights average 1",
    kind="convention", room=21)
WEIGHTS_UNUSED = replace(DIVIDED_BY_WEIGHTS, name="weights-unused",
    what="the same whatever its `{}`, as if that were a mask, or not used",
    right_if="it is a mask")
WEIGHTS_MISUSED = replace(DIVIDED_BY_WEIGHTS, name="weights-misused",
    what="neither the mean nor the sum weighted by its `{}`")
WEIGHTS = (
    CLASS_WEIGHTS, CLASS_WEIGHTS_ALONE, DIVIDED_BY_WEIGHTS, ONE_MINUS_WEIGHTS,
    WEIGHTS_SQUARED, WEIGHTS_BY_COUNT, WEIGHTS_UNUSED, WEIGHTS_MISUSED,
)
PADDING_RAISES = padding("padding-raises",
    "an error where a target is {}, which marks its padding",
    "look up ln p of a valid id in its place, and leave its loss out",
    subject="It gives")
PADDING_NOT_A_NUMBER = Fault("padding-not-a-number",
    "not a number where a target is left out: 0 · ∞, or 0 · NaN",
    "mask neither logits nor p, and take where(mask, losses, 0)", room=11)
PARAMETER_UNUSED = padding("padding-parameter-unused",
    "right only with the default of its `{}`, not with another number",
    "pass it on: ignore_index=ignore_index, or targets != ignore_index")
UNUSED_PARAMETER = Fault("parameter-unused",
    "the same whatever its `{}`, which is not used",
    "use it, or pass it on; or leave it out of the parameters",
    may_be_meant=True, right_if="it is there for the caller alone")
EMPTY_SEQUENCE = Fault("empty-sequence",
    "not a number where one sequence of a batch has no token to score",
    "divide by the tokens of the batch, or leave out the sequence that has none",
    room=6)
PROMISES = (
    LOGITS_MASKED, PADDING_RAISES, PADDING_NOT_A_NUMBER, PARAMETER_UNUSED,
    UNUSED_PARAMETER, EMPTY_SEQUENCE,
)
