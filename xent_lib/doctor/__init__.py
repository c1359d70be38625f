"""What a loss says, and which bug a loss function has."""

from ._diagnose import assert_healthy, diagnose
from ._known import FAULTS
from ._probes import MORE_PROBES, PROBES
from ._read_loss import Reading, read_loss
from ._report import Diagnosis, Finding
from ._splits import diagnose_step

__all__ = [
    "FAULTS",
    "MORE_PROBES",
    "PROBES",
    "Diagnosis",
    "Finding",
    "Reading",
    "assert_healthy",
    "diagnose",
    "diagnose_step",
    "read_loss",
]
