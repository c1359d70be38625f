"""The known faults of gradients."""

from dataclasses import replace

from ._steps import Fault

SUBJECT = "The gradient is"


def of(name: str, what: str, mend: str) -> Fault:
    return Fault(name, what, mend, 14, subject=SUBJECT)


NONE = of(
    "no-gradient",
    "none: the graph is cut, or every part is detached",
    "return the framework’s own number, with no detach, item or NumPy on the way",
)
RAISES = replace(
    of(
        "no-gradient",
        "none that can be taken: backward raises",
        "change nothing in place that backward needs; if backward is your own, fix it",
    ),
    may_be_meant=True,
    if_="none is wanted",
)
SIGN = of("gradient-sign", "reversed", "flip the sign: p − y")
SCALED = of(
    "gradient-scaled",
    "{:.4g} times that of the loss",
    "divide it by what the loss is divided by",
)
OF_SUM = replace(
    SCALED,
    what=f"{SCALED.what}, once for each token: of the sum, not the mean",
    may_be_meant=True,
    if_="your update divides it by the number of tokens",
)
OF_MEAN = replace(
    of(
        "gradient-of-mean",
        "that of the mean of its losses",
        "multiply it by their number",
    ),
    kind="convention",
    if_="their mean is trained on",
)
NO_TARGET = of(
    "gradient-without-target",
    "p, where it should be p − y: the target has no part in it",
    "subtract 1 at the target; a framework’s own has it unless that is detached",
)
NO_SOFTMAX = of(
    "gradient-without-softmax",
    "−y, where it should be p − y: the softmax has no part in it",
    "add p; a framework’s own has it unless the log-sum-exp is detached",
)
UPSTREAM_LOST = of(
    "gradient-upstream",
    "not multiplied by what the loss is multiplied by afterwards, for each token",
    "multiply by what comes from above (grad_output), for each token its own",
)
OF_PADDING = of(
    "gradient-of-padding",
    "not 0 where a target is ignored",
    "give ignored places a gradient of 0",
)
OF_REST = of(
    "gradient-of-rest",
    'that of the loss without its "{}"',
    "let the gradient be of all that the loss has",
)
BY_INPUT = Fault(
    "gradient-by-p",
    "by the p, or ln p, that it takes, not by the logits",
    "multiply it by the softmax’s own: by the logits it is p − y",
    14,
    kind="convention",
    if_="the softmax has a gradient of its own, which takes it",
    subject=SUBJECT,
)
OF_LARGEST = Fault(
    "gradient-of-largest",
    "that of the loss, with {:.2g} times the largest logit added at it",
    "return what comes from above alone",
    14,
    kind="convention",
    if_="that logit is to be held near 0, as by RWKV’s L2Wrap",
    subject=SUBJECT,
)
BY_OWN_P = replace(
    BY_INPUT,
    what="by the p that it makes, not by the logits that it takes",
    kind="fault",
    if_="",
)
OF_GRADIENT = (
    *(NONE, RAISES, SIGN, SCALED, NO_TARGET, NO_SOFTMAX, UPSTREAM_LOST, OF_PADDING),
    *(OF_REST, OF_MEAN, BY_INPUT, OF_LARGEST),
)
