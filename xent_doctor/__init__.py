"""Which bug a loss function has, by its name.

`diagnose` calls a loss function with small rows of logits, and compares its answers
with the right loss and with all known faults. `diagnose_step` does it for a training
step whose sequences are split. `FAULTS` is the catalogue; `PROBES` are the questions,
and `PROBES_BY_KIND` those of distillation and DPO.
"""

from .diagnose import assert_healthy, diagnose, diagnose_step
from .faults import FAULTS
from .probes import MORE_PROBES, PROBES
from .report import Diagnosis, Finding
from .two_models import PROBES_BY_KIND

__all__ = [
    "FAULTS",
    "MORE_PROBES",
    "PROBES",
    "PROBES_BY_KIND",
    "Diagnosis",
    "Finding",
    "assert_healthy",
    "diagnose",
    "diagnose_step",
]
