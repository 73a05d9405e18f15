"""Keeping: the arrays inside a graph, operation by operation in the recorded order.

What formulas cannot compute because they add up in another order is taken from here, and what they
compute is held to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autodiff.labels import element
from autodiff.lifting.check import FACTOR
from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.errors import LiftError
from autodiff.lifting.plan import Kept
from autodiff.lifting.record import Floats
from autodiff.lifting.recorded import Recorded

__all__ = ["check_kept", "recorded_arrays"]


def recorded_arrays(
    kept: Sequence[Kept], recorded: Recorded, arrays: Mapping[str, Floats], m: int
) -> list[Floats]:
    """Each of ``kept`` for parameters and inputs by name, on m samples.

    Raises:
        FloatingPointError: where an operation leaves its domain or overflows, and for an array of
            which the recorded graph has no nodes.
    """
    if any((array.nodes < 0).any() for array in kept):
        raise FloatingPointError
    values = recorded.values(arrays, m)
    with np.errstate(all="raise", under="ignore"):
        recorded.interpreter.forward(values)
    with np.errstate(all="ignore"):
        cotangents = recorded.interpreter.backward(values) / m
    return [_gathered(array, cotangents if array.cotangent else values) for array in kept]


def _gathered(kept: Kept, numbers: Floats) -> Floats:
    """What stands at the nodes of a kept array in ``numbers`` (N, m)."""
    here = numbers[kept.nodes]
    if kept.varies:
        return here.reshape(*kept.shape, -1)
    return (here.sum(axis=1) if kept.cotangent else here[:, 0]).reshape(kept.shape)


def check_kept(kept: Sequence[Kept], recorded: Recorded, arrays: Sequence[Array], unit: float) -> None:
    """Compare what a program keeps on the recorded data with the graph.

    Args:
        kept: what is kept.
        recorded: the graph.
        arrays: each of ``kept`` by the program, on one sample.
        unit: what rounding does to a number of the program's dtype, relatively.

    Raises:
        LiftError: if the program is wrong.
    """
    values = recorded.data[:, None]
    with np.errstate(all="ignore"):
        cotangents = recorded.interpreter.backward(values)
        errors = recorded.interpreter.forward_errors(values, unit)
        doubts = recorded.interpreter.backward_errors(values, errors, unit)
    for array, got in zip(kept, arrays, strict=True):
        inside = array.nodes >= 0
        right, bound = (cotangents, doubts) if array.cotangent else (values, errors)
        right, bound = right[array.nodes[inside], 0], bound[array.nodes[inside], 0]
        error = np.abs(got.ravel()[inside] - right)
        off = ~(error <= 64.0 * unit * np.abs(right)) & ~(error <= FACTOR * bound) & np.isfinite(bound)
        if off.any():
            place = np.unravel_index(int(np.flatnonzero(inside)[off][0]), array.shape)
            raise LiftError(
                f"the program that lift found keeps {element(array.name, [int(i) for i in place])} = "
                f"{float(got[place].item())!r} where the graph has {float(right[off][0])!r}; "
                "this is a mistake of lift: please report it with the code that built the graph"
            )
