"""Faults of the gradient, which no step of the loss shows. With respect to
logits it is p − y in each row, divided by what the loss is divided by."""

from dataclasses import replace
from functools import partial

from .fault import Fault

gradient = partial(Fault, room=14, subject="The gradient is")
# fmt: off
NONE = gradient("no-gradient", "missing: the graph is cut, or every part is detached",
    "return the framework’s own number, with no detach, item or NumPy on the way")
RAISES = gradient("no-gradient", "missing: it raises an error",
    "change nothing in place that backward needs; if backward is your own, fix it",
    may_be_meant=True, right_if="you want no gradient")
SIGN = gradient("gradient-sign", "reversed",
    "flip its sign: p − y")
SCALED = gradient("gradient-scaled", "{:.4g} times that of the loss",
    "divide it by what the loss is divided by")
OF_SUM = replace(SCALED, what=f"{SCALED.what}, once for each token: that of the sum",
    may_be_meant=True, right_if="your update divides it by the number of tokens")
OF_MEAN = gradient("gradient-of-mean", "that of the mean of the losses",
    "multiply it by the number of losses",
    kind="convention", right_if="the model is trained on their mean")
NO_TARGET = gradient("gradient-without-target",
    "p in place of p − y: the target has no part in it",
    "subtract 1 at the target; if a framework takes the gradient, don’t detach that")
NO_SOFTMAX = gradient("gradient-without-softmax",
    "−y in place of p − y: the softmax has no part in it",
    "add p; if a framework takes the gradient, don’t detach the log-sum-exp")
UPSTREAM_LOST = gradient("gradient-upstream",
    "not multiplied by what each loss is multiplied by afterwards",
    "multiply by the gradient from above (grad_output), each token by its own; where a "
    "kernel reads it, by its strides, or make it contiguous")
OF_PADDING = gradient("gradient-of-padding", "not 0 where a target is ignored",
    "set the gradient of ignored places to 0")
OF_REST = gradient("gradient-of-rest", "that of the loss without its “{}”",
    "take the gradient of all parts of the loss")
BY_INPUT = gradient("gradient-by-p", "with respect to its p or ln p, not to logits",
    "multiply it by the gradient of softmax: with respect to logits it is p − y",
    kind="convention", right_if="softmax has its own gradient, which takes this one")
BY_OWN_P = replace(BY_INPUT, kind="fault", right_if="",
    what="with respect to the p that it computes, not to the logits that it takes")
OF_LARGEST = gradient("gradient-of-largest",
    "that of the loss, plus {:.2g} times the largest logit at that logit",
    "return the gradient of the loss alone",
    kind="convention", right_if="that logit is to stay near 0, as with RWKV’s L2Wrap")
GRADIENT = (
    *(NONE, RAISES, SIGN, SCALED, NO_TARGET, NO_SOFTMAX, UPSTREAM_LOST, OF_PADDING),
    *(OF_REST, OF_MEAN, BY_INPUT, OF_LARGEST),
)
