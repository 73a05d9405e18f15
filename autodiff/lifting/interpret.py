"""Interpret: a tape is run as it was recorded, operation by operation, a level at a time.

This is the plain meaning of a lifted program: each operation by its row of the table, and the chain
rule over the same operations in reverse. It knows nothing of formulas, so that programs can be held
against it, and a program whose formulas overflow can fall back on it.

Of y = w·x + b the tape has w, x, b on level 0, the product on level 1 and the sum on level 2. Three
such neurons have three products on level 1: one multiplication of arrays of length 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import Op
from autodiff.lifting.record import LEAF, ROWS, Floats, Ints, Tape

__all__ = ["Interpreter"]


Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Step:
    """Operations of one row and level.

    Attributes:
        row: of the table.
        nodes: (K,) their ids.
        operands: for each operand of the row, (K,) ids.
    """

    row: Op
    nodes: Ints
    operands: tuple[Ints, ...]


class Interpreter:
    """Runs a tape on any values of its leaves.

    Attributes:
        narrow: whether there are so few operations on a level that floats are quicker than arrays.

    Arrays of values, cotangents and errors have a number for each node of the tape, (N,), or a column
    for each of m samples, (N, m).
    """

    def __init__(self, tape: Tape) -> None:
        self._steps = _steps(tape)
        self._root = len(tape) - 1
        self._masks = np.array([row.mask for row in ROWS] + [False])[tape.op]  # the last is for leaves
        self.narrow = len(self._steps) * NARROW > len(tape)

    def forward(self, values: Floats) -> None:
        """Compute the ``values`` of all operations from those of the leaves.

        Whatever leaves a domain or overflows does what ``np.errstate`` says.
        """
        for step in self._steps:
            values[step.nodes] = self._result(step, values)

    def recomputed(self, values: Floats) -> Floats:
        """Each operation anew from the ``values`` of its operands; leaves as they are."""
        anew = values.copy()
        for step in self._steps:
            anew[step.nodes] = self._result(step, values)
        return anew

    def backward(self, values: Floats, unsigned: bool = False) -> Floats:
        """∂(last node)/∂node for each node, at these values; ``unsigned``, what its terms add up to
        without their signs."""
        cotangents = np.zeros_like(values)
        cotangents[self._root] = 1.0
        for step in reversed(self._steps):
            cotangent = cotangents[step.nodes]
            for ids, local in zip(step.operands, self._locals(step, values), strict=True):
                np.add.at(cotangents, ids, cotangent * (np.abs(local) if unsigned else local))
        return cotangents

    def backward_by_rule(self, values: Floats) -> Floats:
        """The same, with nothing going along edges that are flat; see ``autodiff.engine.exact``."""
        cotangents = np.zeros_like(values)
        cotangents[self._root] = 1.0
        arrived = np.zeros(values.shape, dtype=bool)
        arrived[self._root] = True
        for step in reversed(self._steps):
            here, cotangent = arrived[step.nodes], cotangents[step.nodes]
            edges = zip(step.operands, self._locals(step, values), self._flat(step, values), strict=True)
            for ids, local, flat in edges:
                passes = here & ~flat
                np.add.at(cotangents, ids, np.where(passes, cotangent * local, 0.0))
                np.logical_or.at(arrived, ids, passes)
        return cotangents

    def _flat(self, step: _Step, values: Floats) -> list[Bools]:
        """For each operand of a step where the nodes do not depend on it."""
        shape = values[step.nodes].shape
        if step.row.flat is not None:
            operands = [values[ids] for ids in step.operands]
            flat = step.row.flat(ARRAYS, *operands, values[step.nodes])
            return [np.broadcast_to(np.asarray(each) > 0.0, shape) for each in flat]
        if step.row.product:  # with a mask that is off
            return [self._off(ids, values) for ids in reversed(step.operands)]
        return [np.zeros(shape, dtype=bool)] * len(step.operands)

    def _off(self, ids: Ints, values: Floats) -> Bools:
        off: Bools = values[ids] == 0.0
        off[~self._masks[ids]] = False
        return off

    def forward_errors(self, values: Floats, unit: float) -> Floats:
        """How far each node may be from ``values`` when it is computed in floats that round by
        ``unit``, and sums are added up in any order: the rounding of every operation, and what those
        after it make of it. Leaves are exact in float64, and rounded in shorter floats.

        Source: running error analysis, Higham, Accuracy and Stability of Numerical Algorithms
        (2002), section 3.3.
        """
        errors = unit * np.abs(values) if unit > UNIT else np.zeros_like(values)
        for step in self._steps:
            sizes = [np.abs(values[ids]) for ids in step.operands]
            own = sizes[0] + sizes[1] if step.row.linear and len(sizes) == 2 else np.abs(values[step.nodes])
            error = 4.0 * unit * own + TINY
            for ids, slope in zip(step.operands, self._steepest(step, values, errors), strict=True):
                error += _product(slope, errors[ids])
            errors[step.nodes] = error
        return errors

    def backward_errors(self, values: Floats, errors: Floats, unit: float) -> Floats:
        """How far each cotangent may be from ``backward(values)`` in floats that round by ``unit``, where
        the values may be off by ``errors``.

        Where a kink lies within the error of an operand, the derivative may be that of either side.
        """
        cotangents = self.backward(values)
        doubts = np.zeros_like(values)
        for step in reversed(self._steps):
            cotangent, doubt = np.abs(cotangents[step.nodes]), doubts[step.nodes]
            changes = self._changes(step, values, errors)
            rounding = (8.0 if step.row.linear or step.row.product else SLOPE) * unit
            for ids, local, change in zip(step.operands, self._locals(step, values), changes, strict=True):
                slope = np.abs(local)
                share = _product(cotangent, change + rounding * slope) + _product(doubt, slope + change)
                np.add.at(doubts, ids, share + TINY)
        return doubts

    def kinks(self, values: Floats, errors: Floats) -> int:
        """How many operations have a kink within the ``errors`` of their operands: their derivative
        jumps there, while that of a smooth one changes four times as much over four times the way."""
        count = 0
        for step in self._steps:
            if step.row.linear or step.row.product:
                continue
            near, far = self._changes(step, values, errors), self._changes(step, values, 4.0 * errors)
            slopes = self._steepest(step, values, errors)
            jumps = [(a > 0.5 * b) & (a > JUMP * c) for a, b, c in zip(near, far, slopes, strict=True)]
            count += int(np.logical_or.reduce(jumps).sum())
        return count

    def _result(self, step: _Step, values: Floats) -> Floats:
        result: Floats = step.row.forward(ARRAYS, *[values[ids] for ids in step.operands])
        return result

    def _locals(self, step: _Step, values: Floats, moved: Floats | None = None) -> list[Floats]:
        """∂node/∂operand for the nodes of a step, whose operands may be ``moved`` by so much."""
        at = [values[ids] if moved is None else values[ids] + moved[ids] for ids in step.operands]
        y = values[step.nodes] if moved is None else step.row.forward(ARRAYS, *at)
        return [np.broadcast_to(np.asarray(p, float), y.shape) for p in step.row.partials(ARRAYS, *at, y)]

    def _steepest(self, step: _Step, values: Floats, errors: Floats) -> list[Floats]:
        """The largest |∂node/∂operand| at the operands and at the ends of their errors."""
        sides = [self._locals(step, values, moved) for moved in (None, errors, -errors)]
        return [np.fmax.reduce(np.abs(each)) for each in zip(*sides, strict=True)]

    def _changes(self, step: _Step, values: Floats, errors: Floats) -> list[Floats]:
        """How far ∂node/∂operand moves when the operands move to the ends of their errors."""
        sides = [self._locals(step, values, moved) for moved in (None, errors, -errors)]
        return [np.fmax(abs(a - x), abs(b - x)) for x, a, b in zip(*sides, strict=True)]


UNIT = 2.0**-53  # of float64, in which all leaves are exact
TINY = 2.0**-1074
SLOPE = 2.0**7  # roundings that a quick form of a derivative may cost, such as 1 - y² for tanh
JUMP = 2.0**-20  # least change of a derivative, relatively, that is a jump
NARROW = 16  # operations of one row and level, on average, from which arrays pay


def _product(a: Floats, b: Floats) -> Floats:
    """a·b, and 0 where one is 0 and the other infinite."""
    return np.where((a == 0.0) | (b == 0.0), 0.0, a * b)


def _steps(tape: Tape) -> list[_Step]:
    """The operations by level, those of one level by row."""
    operations = np.flatnonzero(tape.op != LEAF)
    if not len(operations):
        return []
    levels = np.array(_levels(tape.a.tolist(), tape.b.tolist()))
    kind = levels[operations] * len(ROWS) + tape.op[operations]
    order = np.argsort(kind, kind="stable")
    ends = np.flatnonzero(np.diff(kind[order])) + 1
    steps = []
    for nodes in np.split(operations[order], ends):
        row = ROWS[tape.op[nodes[0]]]
        steps.append(_Step(row, nodes, (tape.a[nodes], tape.b[nodes])[: row.arity]))
    return steps


def _levels(first: list[int], second: list[int]) -> list[int]:
    """0 for a leaf, else one more than the highest operand; -1 stands for no operand."""
    levels = [0] * len(first)
    for node, a in enumerate(first):
        if a >= 0:
            level = levels[a]
            b = second[node]
            if b >= 0 and levels[b] > level:
                level = levels[b]
            levels[node] = level + 1
    return levels
