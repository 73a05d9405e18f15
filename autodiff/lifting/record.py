"""Record: a graph of Values becomes a tape of arrays, in topological order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.graph import topological_order
from autodiff.engine.handmade import HandMade
from autodiff.engine.ops import OPS
from autodiff.engine.value import WITH_NUMBERS, Value, as_value, operand_slots, record
from autodiff.fast import FoldedSum, FoldedTerms
from autodiff.lifting.handmade import Found, rows_by_hand

__all__ = ["LEAF", "ROWS", "Floats", "Ints", "Solution", "Tape", "record_graph"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEAF = -1
ROWS = [*OPS.values()]
"""The rows by the codes that tapes have for them. One that was taken out of the table keeps its code."""
_CODES = {"": LEAF} | {op.name: code for code, op in enumerate(ROWS)}


@dataclass(frozen=True, eq=False)
class Solution:
    """Nodes of a tape that are X of A·X = B.

    Attributes:
        A: (n, n) ids.
        B: (n, k) ids.
        X: (n, k) ids, -1 where nobody reads an element.
    """

    A: Ints
    B: Ints
    X: Ints


@dataclass(frozen=True)
class Tape:
    """A recorded graph of N nodes; node i's operands come before i, and the root is the last.

    Attributes:
        ids: node -> its index; the nodes inside a folded sum, which do not exist yet, have indices only.
        op: (N,) index into ``ROWS``, or ``LEAF``.
        a, b: (N,) index of the first and second operand, -1 where there is none.
        data: (N,) the values at recording time.
        by_hand: for each line of source that made nodes by hand which row they were found to be.
        solutions: nodes that are read off others as solutions of linear systems, and have no operands.
        left_out: the number of operations that these stand for.
    """

    ids: dict[Value, int]
    op: Ints
    a: Ints
    b: Ints
    data: Floats
    by_hand: tuple[str, ...] = ()
    solutions: tuple[Solution, ...] = ()
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.op)


def record_graph(root: Value, others: Iterable[Value] = (), first: Iterable[Value] = ()) -> Tape:
    """The tape of everything that ``root`` and ``others`` depend on. Where one of these reads the root, a
    sum of it alone, root + 0, is the last node, for no other reads that. What is to come ``first`` has its
    numbers in that order.

    Raises:
        LiftError: for a node made by hand that is no row of the table.
    """
    recorder = _Recorder([root, *others])
    for node in first:
        recorder.walk(node)
    recorder.walk(root)
    number = recorder.count - 1
    for other in others:
        recorder.walk(other)
    tape = recorder.tape()
    if number == len(tape) - 1:
        return tape
    if not (np.isin(number, tape.a) or np.isin(number, tape.b)):
        return _with_last(tape, number)
    recorder.walk(root + 0.0)
    return recorder.tape()


def _with_last(tape: Tape, number: int) -> Tape:
    """The tape with a node that no other reads as the last."""
    order = np.append(np.delete(np.arange(len(tape)), number), number)
    place = np.append(np.argsort(order), -1)  # -1 stays -1
    ids = {node: int(place[i]) for node, i in tape.ids.items()}
    parts = (tape.op[order], place[tape.a[order]], place[tape.b[order]], tape.data[order])
    return Tape(ids, *parts, tape.by_hand)


def _add_new_rows() -> None:
    """Give codes to the rows that are in the table since."""
    for name, row in [*OPS.items()]:
        if name not in _CODES or ROWS[_CODES[name]] is not row:
            ROWS.append(row)
            _CODES[name] = len(ROWS) - 1


class _Recorder:
    """Numbers nodes, operands before consumers, and notes what each does.

    A folded sum start + Σ wᵢ·xᵢ is one object that stands for 2n nodes, w₁·x₁, start + w₁·x₁, and
    so on. It gets 2n numbers, its own being the last, without being unfolded.
    """

    def __init__(self, outputs: Sequence[Value]) -> None:
        self.outputs = outputs
        # The rows that nodes made by hand are, once one is met; and what is said of that.
        self.rows: dict[Value, Found] = {}
        self.by_hand: list[str] = []
        self.ids: dict[Value, int] = {}
        self.count = 0
        # Nodes that are no folded sums: number, node, numbers of the operands. In arrays, since a list of
        # millions of numbers is millions of objects.
        self.place, self.a, self.b = array("q"), array("q"), array("q")
        self.nodes: list[Value] = []
        # Folded sums: first number, n, data of the start; numbers of all operands, and derivatives by them.
        self.sums, self.lengths, self.starts = array("q"), array("q"), array("d")
        self.operands, self.derivatives = array("q"), array("d")

    def walk(self, root: Value) -> None:
        """Depth first, operands from left to right; a node is numbered when it is left."""
        ids, number_of = self.ids, self.ids.get
        stack = [root]
        push, pop = stack.append, stack.pop
        note, note_place, note_a, note_b = self.nodes.append, self.place.append, self.a.append, self.b.append
        while stack:
            node = pop()
            if node in ids:
                continue  # it was met again before its turn came
            if node.__class__ is FoldedSum and (terms := node.terms) is not None:
                numbers: list[Any] = [*map(number_of, terms[0])]
                if None in numbers:
                    push(node)
                    stack += [each for each, number in zip(terms[0], numbers) if number is None][::-1]
                else:
                    self._sum(node, terms, numbers)
                continue
            a, b = operand_slots(node)
            if (a is None or b is None) and node.op in WITH_NUMBERS:
                a, b = node.operands
            i = -1 if a is None else number_of(a)
            j = -1 if b is None else number_of(b)
            if i is None and isinstance(a, HandMade):
                self._row(node, a, stack)
                continue
            if i is None or j is None:
                push(node)
                if b is not None and j is None:
                    push(b)
                if a is not None and i is None:
                    push(a)
                continue
            ids[node] = count = self.count
            note_place(count)
            note(node)
            note_a(i)
            note_b(j)
            self.count = count + 1

    def _number(self, node: Value, noted: Value, numbers: Sequence[int]) -> None:
        """The end of ``walk`` for a node that is noted as another."""
        self.ids[node] = self.count
        self.place.append(self.count)
        self.nodes.append(noted)
        i, j = (*numbers, -1, -1)[:2]
        self.a.append(i)
        self.b.append(j)
        self.count += 1

    def _row(self, node: Value, hand: HandMade, stack: list[Value]) -> None:
        """Number a node made by hand, as the row it is, once its operands are."""
        if node not in self.rows:
            self.rows, self.by_hand = rows_by_hand(topological_order(*self.outputs))
        waiting = [each for each in hand.operands if each not in self.ids]
        if waiting:
            stack += [node, *reversed(waiting)]
            return
        row, rest = self.rows[node]
        operands = [*hand.operands, *map(as_value, rest)]
        for constant in operands[len(hand.operands) :]:
            self._number(constant, constant, ())
        self._number(node, record(row, *operands), [self.ids[operand] for operand in operands])

    def _sum(self, node: Value, folded: FoldedTerms, operands: list[int]) -> None:
        _, derivatives, start = folded
        n = len(derivatives) // 2
        self.sums.append(self.count)
        self.lengths.append(n)
        self.starts.append(start)
        self.operands.fromlist(operands)
        self.derivatives.fromlist(derivatives)
        self.count += 2 * n
        self.ids[node] = self.count - 1

    def tape(self) -> Tape:
        """The notes as arrays."""
        n = self.count
        op, a, b = (np.full(n, LEAF) for _ in range(3))
        data = np.empty(n)
        place = np.asarray(self.place)
        _add_new_rows()
        try:
            codes = map(_CODES.__getitem__, map(attrgetter("op"), self.nodes))
            op[place] = np.fromiter(codes, np.int64, len(place))
        except KeyError as missing:
            OPS[missing.args[0]]  # which says what happened to that row
            raise
        a[place], b[place] = np.asarray(self.a), np.asarray(self.b)
        data[place] = np.fromiter(map(attrgetter("data"), self.nodes), np.float64, len(place))
        if self.sums:
            first, lengths = np.asarray(self.sums), np.asarray(self.lengths)
            terms = np.cumsum(lengths) - lengths  # where each sum's terms begin
            of = np.repeat(np.arange(len(first)), lengths)
            within = np.arange(len(of)) - terms[of]
            product = first[of] + 2 * within
            operands, derivatives = np.asarray(self.operands), np.asarray(self.derivatives)
            factor = 2 * np.arange(len(of)) + of + 1  # each sum has its start before its factors
            op[product], a[product], b[product] = _CODES["mul"], operands[factor], operands[factor + 1]
            start = operands[2 * terms + np.arange(len(first))]
            op[product + 1] = _CODES["add"]
            a[product + 1] = np.where(within == 0, start[of], product - 1)
            b[product + 1] = product
            data[product] = derivatives[factor] * derivatives[factor + 1]
            starts = np.asarray(self.starts)
            for n in np.unique(lengths):  # sums of equal length at once, each added up from left to right
                those = np.flatnonzero(lengths == n)
                added = product[terms[those, None] + np.arange(n)]
                columns = np.column_stack((starts[those], data[added]))
                data[added + 1] = np.add.accumulate(columns, axis=1)[:, 1:]
        return Tape(self.ids, op, a, b, data, tuple(self.by_hand))
