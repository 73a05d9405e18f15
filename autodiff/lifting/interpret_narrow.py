"""The interpreter for tapes of long chains, whose levels hold too few operations for arrays to pay.

The same as ``interpret.Interpreter``, one operation after the other on Python's floats: a chain of
100,000 operations takes 100,000 levels, on which NumPy would spend 30 times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import Op
from autodiff.lifting.record import LEAF, ROWS, Floats, Tape

__all__ = ["NarrowInterpreter"]

UNIT = 2.0**-53  # of float64, in which all leaves are exact
TINY = 2.0**-1074
SLOPE = 2.0**7  # roundings that a quick form of a derivative may cost
JUMP = 2.0**-20  # least change of a derivative, relatively, that is a jump

Operation = tuple[Op, int, tuple[int, ...]]  # row, node, operands


class NarrowInterpreter:
    """Runs a tape on any values of its leaves; see ``Interpreter`` for what its methods give."""

    def __init__(self, tape: Tape) -> None:
        self._operations: list[Operation] = []
        self._masks = [code != LEAF and ROWS[code].mask for code in tape.op.tolist()]
        for node, (code, a, b) in enumerate(zip(tape.op.tolist(), tape.a.tolist(), tape.b.tolist())):
            if code != LEAF:
                self._operations.append((ROWS[code], node, (a,) if b < 0 else (a, b)))

    def forward(self, values: Floats) -> None:
        """Compute the ``values`` of all operations from those of the leaves."""

        def column(v: list[float]) -> list[float]:
            for row, node, ids in self._operations:
                v[node] = _result(row, [v[i] for i in ids])
            return v

        values[...] = _by_column(column, values)

    def recomputed(self, values: Floats) -> Floats:
        """Each operation anew from the ``values`` of its operands; leaves as they are."""

        def column(v: list[float]) -> list[float]:
            anew = list(v)
            for row, node, ids in self._operations:
                anew[node] = _result(row, [v[i] for i in ids])
            return anew

        return _by_column(column, values)

    def backward(self, values: Floats, unsigned: bool = False) -> Floats:
        """∂(last node)/∂node for each node, at these values; ``unsigned``, what its terms add up to
        without their signs."""

        def column(v: list[float]) -> list[float]:
            cotangents = [0.0] * len(v)
            cotangents[-1] = 1.0
            for row, node, ids in reversed(self._operations):
                cotangent = cotangents[node]
                for i, local in zip(ids, _locals(row, [v[i] for i in ids], v[node])):
                    cotangents[i] += cotangent * (abs(local) if unsigned else local)
            return cotangents

        return _by_column(column, values)

    def backward_by_rule(self, values: Floats) -> Floats:
        """The same, with nothing going along edges that are flat; see ``autodiff.engine.exact``."""

        def column(v: list[float]) -> list[float]:
            cotangents: list[float | None] = [None] * len(v)
            cotangents[-1] = 1.0
            for row, node, ids in reversed(self._operations):
                cotangent = cotangents[node]
                if cotangent is None:
                    continue
                at = [v[i] for i in ids]
                for i, local, flat in zip(ids, _locals(row, at, v[node]), self._flat(row, ids, at, v[node])):
                    if not flat:
                        cotangents[i] = (cotangents[i] or 0.0) + cotangent * local
            return [cotangent or 0.0 for cotangent in cotangents]

        return _by_column(column, values)

    def _flat(self, row: Op, ids: tuple[int, ...], at: Sequence[float], y: float) -> Sequence[Any]:
        """For each operand whether the node does not depend on it."""
        if row.flat is not None:
            return row.flat(FLOATS, *at, y)
        if row.product:  # with a mask that is off
            return [self._masks[i] and not x for i, x in zip(reversed(ids), reversed(at))]
        return [False] * len(ids)

    def forward_errors(self, values: Floats, unit: float) -> Floats:
        """How far each node may be from ``values`` in floats that round by ``unit``."""

        def column(v: list[float]) -> list[float]:
            errors = [unit * abs(x) if unit > UNIT else 0.0 for x in v]
            for row, node, ids in self._operations:
                at, moves = [v[i] for i in ids], [errors[i] for i in ids]
                own = sum(map(abs, at)) if row.linear and len(ids) == 2 else abs(v[node])
                sides = _sides(row, at, v[node], moves)
                steepest = [max(map(abs, side)) for side in zip(*sides, strict=True)]
                errors[node] = 4.0 * unit * own + TINY + sum(map(_product, steepest, moves))
            return errors

        return _by_column(column, values)

    def backward_errors(self, values: Floats, errors: Floats, unit: float) -> Floats:
        """How far each cotangent may be from ``backward(values)``."""

        def column(v: list[float], moves_of: list[float], cotangents: list[float]) -> list[float]:
            doubts = [0.0] * len(v)
            for row, node, ids in reversed(self._operations):
                cotangent, doubt = abs(cotangents[node]), doubts[node]
                sides = _sides(row, [v[i] for i in ids], v[node], [moves_of[i] for i in ids])
                rounding = (8.0 if row.linear or row.product else SLOPE) * unit
                for i, (here, above, below) in zip(ids, zip(*sides, strict=True)):
                    change = max(abs(above - here), abs(below - here))
                    share = _product(cotangent, change + rounding * abs(here))
                    doubts[i] += share + _product(doubt, abs(here) + change) + TINY
            return doubts

        return _by_column(column, values, errors, self.backward(values))

    def kinks(self, values: Floats, errors: Floats) -> int:
        """How many operations have a kink within the ``errors`` of their operands."""
        count, v, moves_of = 0, values.tolist(), errors.tolist()
        for row, node, ids in self._operations:
            if row.linear or row.product:
                continue
            at, moves = [v[i] for i in ids], [moves_of[i] for i in ids]
            near = zip(*_sides(row, at, v[node], moves), strict=True)
            far = zip(*_sides(row, at, v[node], [4.0 * move for move in moves]), strict=True)
            for side, further in zip(near, far):
                change, most = _change(side), max(map(abs, side))
                if change > 0.5 * _change(further) and change > JUMP * most:
                    count += 1
                    break
        return count


def _change(side: Sequence[float]) -> float:
    """How far the first of three numbers is from the others."""
    return max(abs(side[1] - side[0]), abs(side[2] - side[0]))


def _by_column(function: Callable[..., list[float]], *arrays: Floats) -> Floats:
    """The function of each column (N,), as lists, or of the one column there is."""
    if arrays[0].ndim == 1:
        return np.array(function(*(array.tolist() for array in arrays)))
    columns = zip(*(array.T.tolist() for array in arrays), strict=True)
    return np.array([function(*column) for column in columns]).T


def _result(row: Op, at: Sequence[float]) -> float:
    try:
        y: float = row.forward(FLOATS, *at)
        if y - y == 0.0:
            return y
    except (ValueError, ArithmeticError):
        pass
    return float(row.forward(ARRAYS, *map(np.float64, at)))  # does what np.errstate says


def _locals(row: Op, at: Sequence[float], y: float) -> Sequence[float]:
    try:
        return row.partials(FLOATS, *at, y)
    except (ValueError, ArithmeticError):
        with np.errstate(all="ignore"):
            partials: tuple[Any, ...] = row.partials(ARRAYS, *map(np.float64, at), np.float64(y))
        return [float(p) for p in partials]


def _sides(row: Op, at: Sequence[float], y: float, moves: Sequence[float]) -> list[Sequence[float]]:
    """∂node/∂operand at the operands, and at both ends of how far they may be off."""
    if row.linear:
        return [row.linear] * 3
    above, below = [x + e for x, e in zip(at, moves)], [x - e for x, e in zip(at, moves)]
    with np.errstate(all="ignore"):
        ends = [_locals(row, moved, _result(row, moved)) for moved in (above, below)]
    return [_locals(row, at, y), *ends]


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0.0 or b == 0.0 else a * b if math.isfinite(a * b) else math.inf
