"""Interpret: a tape is run as it was recorded, operation by operation, a level at a time.

This is the plain meaning of a lifted program: each operation by its row of the table, and the chain
rule over the same operations in reverse. It knows nothing of formulas, so that programs can be held
against it, and a program whose formulas overflow can fall back on it.

Of y = w·x + b the tape has w, x, b on level 0, the product on level 1 and the sum on level 2. Three
such neurons have three products on level 1: one multiplication of arrays of length 3.
"""

from __future__ import annotations

import numpy as np

from autodiff.lifting.interpret_rows import Bools, Rows
from autodiff.lifting.interpret_sums import Sums, continued
from autodiff.lifting.record import LEAF, ROWS, Floats, Ints, Tape

__all__ = ["Interpreter", "Schedule"]

UNIT = 2.0**-53  # of float64, in which all leaves are exact
NARROW = 16  # operations at a time, on average, from which arrays pay


class Schedule:
    """Which operations of a tape are run at once, and in which order.

    Attributes:
        narrow: whether these are so few that floats are quicker than arrays.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        joins = continued(tape)
        levels = np.array(_levels(tape.a, tape.b, joins))
        heads = _heads(tape, joins)
        operations = np.flatnonzero(tape.op != LEAF)
        self._lengths = np.bincount(heads[operations], minlength=len(tape))
        levels[heads[operations]] = levels[operations]  # of a sum, that of its last addition
        lengths = self._lengths[heads]
        ranks = np.cumsum(np.bincount(lengths) > 0)  # small numbers sort far quicker
        codes = len(ROWS) + int(ranks[-1])
        kind = levels[heads] * codes + np.where(lengths > 1, len(ROWS) - 1 + ranks[lengths], tape.op)
        kind = kind[operations].astype(np.min_scalar_type(int(kind.max())))
        order = np.argsort(kind, kind="stable")
        self._nodes, self._heads = operations[order], heads
        self._ends = np.flatnonzero(np.diff(kind[order])) + 1
        self.narrow = NARROW * (len(self._ends) + 1) > len(tape)

    def steps(self) -> list[Rows | Sums]:
        """The operations, operands first."""
        if not len(self._nodes):
            return []
        masks = np.array([row.mask for row in ROWS] + [False])[self._tape.op]  # the last is for leaves
        steps: list[Rows | Sums] = []
        for nodes in np.split(self._nodes, self._ends):
            heads = self._heads[nodes]
            length = self._lengths[heads[0]]
            if length > 1:
                steps.append(Sums.of(self._tape, nodes[np.argsort(heads, kind="stable")].reshape(-1, length)))
            else:
                row = ROWS[self._tape.op[nodes[0]]]
                operands = (self._tape.a[nodes], self._tape.b[nodes])[: row.arity]
                steps.append(Rows(row, nodes, operands, masks))
        return steps


def _levels(first: Ints, second: Ints, joins: Bools) -> list[int]:
    """0 for a leaf, else one more than the highest operand, -1 standing for no operand; but an addition
    that joins a sum is on one level with it."""
    levels = [0] * len(first)
    # Numbers are taken out of the arrays one by one: a list of them all is as many objects, and takes longer.
    for node, (a, b, join) in enumerate(zip(first.data, second.data, joins.data)):
        if a >= 0:
            level = levels[a]
            if join:
                if levels[b] < level:
                    levels[node] = level
                    continue
                level = levels[b]
            elif b >= 0 and levels[b] > level:
                level = levels[b]
            levels[node] = level + 1
    return levels


def _heads(tape: Tape, joins: Bools) -> Ints:
    """The first addition of the sum that a node belongs to, or the node itself."""
    heads = np.where(joins, tape.a, np.arange(len(tape)))
    while joins[heads].any():
        heads = heads[heads]
    return heads


class Interpreter:
    """Runs a tape on any values of its leaves.

    Arrays of values, cotangents and errors have a number for each node of the tape, (N,), or a column
    for each of m samples, (N, m).
    """

    def __init__(self, tape: Tape, schedule: Schedule | None = None) -> None:
        self._steps = (schedule or Schedule(tape)).steps()
        self._root = len(tape) - 1

    def forward(self, values: Floats) -> None:
        """Compute the ``values`` of all operations from those of the leaves.

        Whatever leaves a domain or overflows does what ``np.errstate`` says.
        """
        for step in self._steps:
            values[step.nodes] = step.result(values)

    def recomputed(self, values: Floats) -> Floats:
        """Each operation anew from the ``values`` of its operands; leaves as they are."""
        anew = values.copy()
        for step in self._steps:
            anew[step.nodes] = step.recomputed(values)
        return anew

    def backward(self, values: Floats, unsigned: bool = False) -> Floats:
        """∂(last node)/∂node for each node, at these values; ``unsigned``, what its terms add up to
        without their signs."""
        cotangents = np.zeros_like(values)
        cotangents[self._root] = 1.0
        for step in reversed(self._steps):
            step.backward(values, cotangents, unsigned)
        return cotangents

    def backward_by_rule(self, values: Floats) -> Floats:
        """The same, with nothing going along edges that are flat; see ``autodiff.engine.exact``."""
        cotangents = np.zeros_like(values)
        cotangents[self._root] = 1.0
        arrived = np.zeros(values.shape, dtype=bool)
        arrived[self._root] = True
        for step in reversed(self._steps):
            step.backward_by_rule(values, cotangents, arrived)
        return cotangents

    def forward_errors(self, values: Floats, unit: float) -> Floats:
        """How far each node may be from ``values`` when it is computed in floats that round by
        ``unit``, and sums are added up in any order: the rounding of every operation, and what those
        after it make of it. Leaves are exact in float64, and rounded in shorter floats.

        Source: running error analysis, Higham, Accuracy and Stability of Numerical Algorithms
        (2002), section 3.3.
        """
        errors = unit * np.abs(values) if unit > UNIT else np.zeros_like(values)
        for step in self._steps:
            step.forward_errors(values, errors, unit)
        return errors

    def backward_errors(self, values: Floats, errors: Floats, unit: float) -> Floats:
        """How far each cotangent may be from ``backward(values)`` in floats that round by ``unit``, where
        the values may be off by ``errors``.

        Where a kink lies within the error of an operand, the derivative may be that of either side.
        """
        cotangents = self.backward(values)
        doubts = np.zeros_like(values)
        for step in reversed(self._steps):
            step.backward_errors(values, errors, cotangents, doubts, unit)
        return doubts

    def kinks(self, values: Floats, errors: Floats) -> int:
        """How many operations have a kink within the ``errors`` of their operands: their derivative
        jumps there, while that of a smooth one changes four times as much over four times the way."""
        return sum(step.kinks(values, errors) for step in self._steps)
