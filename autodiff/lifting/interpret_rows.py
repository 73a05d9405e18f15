"""Operations of one row of the table that do not wait for each other, run as one on arrays.

Arrays of values, cotangents and errors have a number for each node of the tape, (N,), or a column for
each of m samples, (N, m). What the methods are for says ``interpret.Interpreter``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import Op
from autodiff.lifting.record import Floats, Ints

__all__ = ["TINY", "Bools", "Rows", "product_of_bounds"]

Bools = npt.NDArray[np.bool_]

TINY = 2.0**-1074
SLOPE = 2.0**7  # roundings that a quick form of a derivative may cost, such as 1 - y² for tanh
JUMP = 2.0**-20  # least change of a derivative, relatively, that is a jump


@dataclass(frozen=True)
class Rows:
    """K operations of one row.

    Attributes:
        row: of the table.
        nodes: (K,) their ids.
        operands: for each operand of the row, (K,) ids.
        masks: (N,) whether a node of the tape is a mask.
    """

    row: Op
    nodes: Ints
    operands: tuple[Ints, ...]
    masks: Bools

    def result(self, values: Floats) -> Floats:
        """What the operations make of the values of their operands."""
        result: Floats = self.row.forward(ARRAYS, *[values[ids] for ids in self.operands])
        return result

    def recomputed(self, values: Floats) -> Floats:
        """The same."""
        return self.result(values)

    def backward(self, values: Floats, cotangents: Floats, unsigned: bool) -> None:
        """Pass cotangents on to the operands."""
        cotangent = cotangents[self.nodes]
        for ids, local in zip(self.operands, self._locals(values), strict=True):
            np.add.at(cotangents, ids, cotangent * (np.abs(local) if unsigned else local))

    def backward_by_rule(self, values: Floats, cotangents: Floats, arrived: Bools) -> None:
        """The same, but not along flat edges; ``arrived`` says which nodes have got a cotangent."""
        here, cotangent = arrived[self.nodes], cotangents[self.nodes]
        for ids, local, flat in zip(self.operands, self._locals(values), self._flat(values), strict=True):
            passes = here & ~flat
            np.add.at(cotangents, ids, np.where(passes, cotangent * local, 0.0))
            np.logical_or.at(arrived, ids, passes)

    def forward_errors(self, values: Floats, errors: Floats, unit: float) -> None:
        """Write how far the nodes may be off."""
        sizes = [np.abs(values[ids]) for ids in self.operands]
        own = sizes[0] + sizes[1] if self.row.linear and len(sizes) == 2 else np.abs(values[self.nodes])
        error = 4.0 * unit * own + TINY
        for ids, slope in zip(self.operands, self._steepest(values, errors), strict=True):
            error += product_of_bounds(slope, errors[ids])
        errors[self.nodes] = error

    def backward_errors(
        self, values: Floats, errors: Floats, cotangents: Floats, doubts: Floats, unit: float
    ) -> None:
        """Pass on how far cotangents may be off."""
        cotangent, doubt = np.abs(cotangents[self.nodes]), doubts[self.nodes]
        rounding = (8.0 if self.row.linear or self.row.product else SLOPE) * unit
        changes = self._changes(values, errors)
        for ids, local, change in zip(self.operands, self._locals(values), changes, strict=True):
            slope = np.abs(local)
            share = product_of_bounds(cotangent, change + rounding * slope)
            np.add.at(doubts, ids, share + product_of_bounds(doubt, slope + change) + TINY)

    def kinks(self, values: Floats, errors: Floats) -> int:
        """How many of the operations have a kink within the errors of their operands."""
        if self.row.linear or self.row.product:
            return 0
        near, far = self._changes(values, errors), self._changes(values, 4.0 * errors)
        slopes = self._steepest(values, errors)
        jumps = [(a > 0.5 * b) & (a > JUMP * c) for a, b, c in zip(near, far, slopes, strict=True)]
        return int(np.logical_or.reduce(jumps).sum())

    def _flat(self, values: Floats) -> list[Bools]:
        """For each operand where the nodes do not depend on it."""
        shape = values[self.nodes].shape
        if self.row.flat is not None:
            operands = [values[ids] for ids in self.operands]
            flat = self.row.flat(ARRAYS, *operands, values[self.nodes])
            return [np.broadcast_to(np.asarray(each) > 0.0, shape) for each in flat]
        if self.row.product:  # with a mask that is off
            return [self._off(ids, values) for ids in reversed(self.operands)]
        return [np.zeros(shape, dtype=bool)] * len(self.operands)

    def _off(self, ids: Ints, values: Floats) -> Bools:
        off: Bools = values[ids] == 0.0
        off[~self.masks[ids]] = False
        return off

    def _locals(self, values: Floats, moved: Floats | None = None) -> list[Floats]:
        """∂node/∂operand for the nodes, whose operands may be ``moved`` by so much."""
        at = [values[ids] if moved is None else values[ids] + moved[ids] for ids in self.operands]
        y = values[self.nodes] if moved is None else self.row.forward(ARRAYS, *at)
        partials = (np.asarray(p, float) for p in self.row.partials(ARRAYS, *at, y))
        return [p if p.shape == y.shape else np.broadcast_to(p, y.shape) for p in partials]

    def _steepest(self, values: Floats, errors: Floats) -> list[Floats]:
        """The largest |∂node/∂operand| at the operands and at the ends of their errors."""
        if self.row.linear:
            return [np.abs(each) for each in self._locals(values)]
        sides = [self._locals(values, moved) for moved in (None, errors, -errors)]
        return [np.fmax.reduce(np.abs(each)) for each in zip(*sides, strict=True)]

    def _changes(self, values: Floats, errors: Floats) -> list[Floats]:
        """How far ∂node/∂operand moves when the operands move to the ends of their errors."""
        if self.row.linear:
            return [np.zeros(values[self.nodes].shape)] * len(self.operands)
        sides = [self._locals(values, moved) for moved in (None, errors, -errors)]
        return [np.fmax(abs(a - x), abs(b - x)) for x, a, b in zip(*sides, strict=True)]


def product_of_bounds(a: Floats, b: Floats) -> Floats:
    """a·b, and 0 where one is 0 and the other infinite."""
    return np.where((a == 0.0) | (b == 0.0), 0.0, a * b)
