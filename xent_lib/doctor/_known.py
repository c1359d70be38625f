"""All that the doctor knows by name, in one place: what `allow` takes."""

from collections.abc import Sequence

from ._calls import OF_CALLS
from ._checks import MASKED
from ._documents import ACROSS
from ._faults import OF_LOSSES
from ._faults_of_gradient import OF_GRADIENT
from ._faults_of_padding import (
    ALL_COUNTED,
    BY_PLACE,
    INVERTED,
    MASK_AHEAD,
    SMOOTHED,
    TOO_LONG,
)
from ._faults_of_pairs import NOT_SHIFTED
from ._faults_of_splits import OF_SPLITS
from ._sequences import ROWS_ALONE
from ._unlike import DIVIDED, LACKING
from ._weights import WEIGHTED, WEIGHTED_ONLY

FAULTS = (
    *OF_LOSSES,
    NOT_SHIFTED,
    BY_PLACE,
    MASK_AHEAD,
    INVERTED,
    SMOOTHED,
    TOO_LONG,
    ALL_COUNTED,
    ACROSS,
    MASKED,
    ROWS_ALONE,
    *OF_CALLS,
    WEIGHTED,
    WEIGHTED_ONLY,
    DIVIDED,
    LACKING,
    *OF_GRADIENT,
    *OF_SPLITS,
)


def check_names(names: Sequence[str]) -> None:
    if isinstance(names, str) or not {one.name for one in FAULTS}.issuperset(names):
        raise ValueError(
            f"allow must be a list of names in xent_lib.doctor.FAULTS, got {names!r}"
        )
