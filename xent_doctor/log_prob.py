"""Functions that give ln p: of each token, or of each sequence.

They are losses but for a sign and a reduction, so they are examined as such, with the
sign declared. What differs is what is right: the sum over the tokens of a sequence,
which of a loss is a convention. A mean, which of a loss is right, is a convention here:
plain DPO takes the sum, and other preference losses the mean.
"""

from dataclasses import replace

from .explanation import Explanation
from .faults import BESIDE, by_name
from .loss import LOSS
from .probes import SEQUENCES, TOKENS
from .report import Diagnosis, Finding, Shown
from .subject import MEAN_OF_EACH, SHAPES

[SIGN] = by_name("sign")
AVERAGED = BESIDE["log-prob-averaged"]
MEAN, OF_EACH = "a mean of ln p", "ln p of each sequence"
OF_LOSS, OF_LOG_PROB = Finding("").subject, AVERAGED.subject


def as_log_prob(case: Explanation, found: Diagnosis) -> Diagnosis:
    """The same, of a function that is to give ln p."""
    of_each = "per-sequence" in found.names
    called = found.called
    if of_each:  # one number each is what it should give
        called = called.replace(f", {MEAN_OF_EACH}", "").replace(MEAN, OF_EACH)
    findings = [
        replace(
            one,
            subject=one.subject.replace(OF_LOSS, OF_LOG_PROB),
            room=AVERAGED.room if one.name == "shifted-twice" else one.room,
        )
        for one in found.findings
        if one.name not in ("per-sequence", "mean-of-means")
    ]
    if case.reduction == "mean" and not of_each:
        seen = case.seen(SEQUENCES, TOKENS)
        each = replace(case, faults=(), reduction="none").predicted(SEQUENCES, TOKENS)
        shown = Shown.of("three sequences", seen, each.sum(axis=-1).mean())
        findings.insert(0, Finding.of(AVERAGED, shown))
    return replace(found, called=called, findings=tuple(findings))


def negated(as_loss: Diagnosis, found: Diagnosis) -> Diagnosis:
    """What is found of it as a loss, if that explains it: it gives −ln p."""
    known = all(one.name for one in as_loss.findings)
    fault = Finding.of("log-prob-negated")
    return replace(as_loss, findings=(fault, *as_loss.findings)) if known else found


# What gives ln p of each sequence is asked for sequences first.
LOG_PROB = replace(
    LOSS,
    gives={"none": "ln p of each token", "mean": MEAN, "sum": "ln p of all sequences"},
    declared=(SIGN,),
    shapes=(*SHAPES[1:3], SHAPES[0], *SHAPES[3:]),
    worded=as_log_prob,
)
