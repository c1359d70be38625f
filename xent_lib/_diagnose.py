"""Which bug a loss function has: the door to the doctor, a distribution of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xent_doctor import Diagnosis


def diagnose(loss: Callable[..., Any], **declared: Any) -> "Diagnosis":
    """Name the faults of a loss function by calling it some two hundred times.

    This is `xent_doctor.diagnose`, which has the details. The doctor is imported at
    the first call: only those who test a loss function need it.

    Parameters
    ----------
    loss : callable
        A function of logits and targets, in NumPy, PyTorch, JAX or Keras.
    **declared
        What `xent_doctor.diagnose` takes, such as ``ignore_index=-1``,
        ``mask="loss_mask"`` or ``allow=["mean-of-means"]``.

    Returns
    -------
    xent_doctor.Diagnosis
        True if `healthy`. Its `repr` is the report.

    Raises
    ------
    ImportError
        If `xent_doctor` is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> def my_loss(logits, targets):
    ...     p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    ...     return -np.log2(p[np.arange(len(targets)), targets]).mean()
    >>> diagnose(my_loss).names
    ('base-2', 'plain-softmax')
    """
    try:
        from xent_doctor import diagnose as examine
    except ModuleNotFoundError as error:
        needs = (
            f"xent_lib.diagnose needs {error.name}: pip install xent_doctor, from the "
            "address at the foot of each chapter of the book"
        )
        raise ModuleNotFoundError(needs, name=error.name) from error
    return examine(loss, **declared)
