"""Record: a graph of Values becomes a tape of arrays, in topological order."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.graph import topological_order
from autodiff.ops import OPS
from autodiff.value import Value

__all__ = ["LEAF", "ROWS", "Ints", "Tape", "record"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEAF = -1
ROWS = tuple(OPS.values())
_CODES = {"": LEAF} | {op.name: code for code, op in enumerate(ROWS)}


@dataclass(frozen=True)
class Tape:
    """A recorded graph of N nodes; node i's operands come before i, and the root is the last.

    Attributes:
        ids: node -> its index.
        op: (N,) index into ``ROWS``, or ``LEAF``.
        a, b: (N,) index of the first and second operand, -1 where there is none.
        data: (N,) the values at recording time.
    """

    ids: dict[Value, int]
    op: Ints
    a: Ints
    b: Ints
    data: Floats

    def __len__(self) -> int:
        return len(self.op)


def record(root: Value) -> Tape:
    """The tape of everything ``root`` depends on."""
    order = topological_order(root)
    n = len(order)
    ids = dict(zip(order, range(n)))
    index: dict[Any, int] = {**ids, None: -1}  # an absent operand is None

    def column(values: Any, dtype: Any) -> Any:
        return np.fromiter(values, dtype=dtype, count=n)

    return Tape(
        ids,
        op=column(map(_CODES.__getitem__, map(attrgetter("op"), order)), np.int64),
        a=column(map(index.__getitem__, map(attrgetter("_a"), order)), np.int64),
        b=column(map(index.__getitem__, map(attrgetter("_b"), order)), np.int64),
        data=column(map(attrgetter("data"), order), np.float64),
    )
