"""Limits: slopes where a value is at the edge of its domain."""

from __future__ import annotations

import numpy as np

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import Op

__all__ = ["limits"]


def limits(op: Op, *operands_and_result: float) -> tuple[float, float]:
    """Local derivatives where Python's floats refuse: at the edge of a domain (sqrt at 0) the
    value exists and the slope does not; IEEE arithmetic gives its limit, inf, or nan where
    there is none."""
    with np.errstate(all="ignore"):
        partials = op.partials(ARRAYS, *map(np.float64, operands_and_result))
    np.add(0.0, 0.0)  # clears the processor's flags: np.sqrt of an array of Values would warn of them
    return float(partials[0]), float(partials[1]) if len(partials) == 2 else 0.0
