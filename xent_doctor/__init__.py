"""Which bug a loss function has, by its name.

`diagnose` calls a loss function with small rows of logits, and compares its answers
with the right loss and with all known faults. `diagnose_step` does it for a training
step whose sequences are split. `FAULTS` is the catalogue; `PROBES` are the questions.
"""

from .diagnose import assert_healthy, diagnose, diagnose_step
from .faults import FAULTS
from .probes import MORE_PROBES, PROBES
from .report import Diagnosis, Finding

__all__ = [
    "FAULTS",
    "MORE_PROBES",
    "PROBES",
    "Diagnosis",
    "Finding",
    "assert_healthy",
    "diagnose",
    "diagnose_step",
]
