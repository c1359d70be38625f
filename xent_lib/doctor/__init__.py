"""What a loss says, and what it cannot tell."""

from ._read_loss import Reading, read_loss

__all__ = ["Reading", "read_loss"]
