"""What a loss says, and which bug a loss function has."""

from ._diagnose import Diagnosis, Finding, diagnose
from ._read_loss import Reading, read_loss

__all__ = ["Diagnosis", "Finding", "Reading", "diagnose", "read_loss"]
