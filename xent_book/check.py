"""Check the claims of the pages when their cells run."""

import numpy as np

BROKEN = "✗ This no longer holds. If you changed the example, that is why."


def check(*claims: bool | np.bool) -> None:
    """Print a line if a claim is false; don't stop the notebook.

    Raises
    ------
    TypeError : if a claim is not a bool, such as an array without .all()

    Examples
    --------
    >>> check(1 + 1 == 2, 0.49 < 0.5)
    >>> check(0.49 > 0.5)
    ✗ This no longer holds. If you changed the example, that is why.
    """
    for claim in claims:
        if not isinstance(claim, bool | np.bool):
            raise TypeError(f"a claim must be True or False, got {claim!r}")
    if not all(claims):
        print(BROKEN)
