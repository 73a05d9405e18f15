"""The check that every program passes before it is handed out."""

from __future__ import annotations

import numpy as np

from autodiff.lifting.compile.run import Run
from autodiff.lifting.plan import Plan

__all__ = ["LiftError", "check_loss"]


class LiftError(RuntimeError):
    """The lifted program does not give what the graph gave."""


def check_loss(loss: float, expected: float, plan: Plan, run: Run) -> None:
    """Compare the loss of a program's run on the recorded data with the graph's.

    The tolerance is relative to the largest number the last formula adds up, since a loss near
    zero is as uncertain as its terms.

    Raises:
        LiftError: if they differ by more.
    """
    values = run.buffers.values
    read = [values[access.varies][access.positions] for access in plan.formulas[-1].accesses]
    scale = max([abs(expected), *(float(np.abs(array).max()) for array in read if array.size)])
    dtype = values[0].dtype
    tolerance = 1e-12 if dtype == np.float64 else 100 * float(np.finfo(dtype).eps)
    if not abs(loss - expected) <= tolerance * scale:
        raise LiftError(
            f"the lifted program gives {loss!r} where the graph has {expected!r}; if a leaf's data "
            "was changed after the graph was recorded, build the loss again and lift that"
        )
