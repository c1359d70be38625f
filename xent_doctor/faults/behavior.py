"""Faults of no step: what a loss does beside returning a number. Two equal calls show
them, or a call of one row and then one of a batch."""

from dataclasses import replace

from .fault import Fault

# fmt: off
RANDOM = Fault("random", "random: two equal calls differ",
    "leave dropout, noise and sampling out of the loss")
RAISES = replace(RANDOM, what="random: of equal calls some raise an error",
    fix="find out what it depends on beside its arguments")
AVERAGE = Fault("running-average", "a running average of its calls: equal calls differ",
    "return the loss of this call, and average where it is printed")
GROWS = Fault("accumulated", "added up over its calls: equal calls differ",
    "begin each call at 0", room=2)
IN_PLACE = Fault("in-place", "changed by the call",
    "work on a copy", subject="Its arguments are", may_be_meant=True)
ROW_INDEX = Fault("row-index", "that of whole rows: log_p[targets], with no row index",
    "pick one entry of each row: log_p[np.arange(N), targets]",
    lambda log_p, targets: -log_p[targets].mean(axis=-1), step="score")
BEHAVIOR = (RANDOM, AVERAGE, GROWS, IN_PLACE, ROW_INDEX)
