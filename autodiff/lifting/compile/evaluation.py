"""Evaluation: an expression becomes calls, each into scratch space that is given back as soon as its
last reader is done.

For ``exp(x)·(exp(x) + 1)`` into ``out``, with one scratch array s:

    exp(x, out=s)        read twice, but equal parts are computed once
    add(s, 1.0, out=t)   s is still to be read, so this takes a second scratch array
    multiply(s, t, out=out)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff.formulas.expr import Expr
from autodiff.lifting.compile.elementary import Array, array_function, on_numbers, shared
from autodiff.lifting.compile.writer import THREADED, Operand, Writer

__all__ = ["evaluate"]


def evaluate(
    writer: Writer, expr: Expr, values: Mapping[str, Operand], out: Array, axes: tuple[int, ...] = ()
) -> Operand:
    """Write the calls that compute ``expr``, whose symbols stand for ``values``, the last one into ``out``;
    a ``total`` is the sum over ``axes``, an ``average`` the mean; they stay with length 1.

    Returns what holds the result: ``out``, or a number or one of ``values`` where nothing is to be
    computed.
    """
    expr = shared(expr)
    return _Evaluation(writer, expr, values, out, axes).value(expr)


class _Evaluation:
    """Writes the calls that compute one expression, in which equal parts are one."""

    def __init__(
        self,
        writer: Writer,
        expr: Expr,
        values: Mapping[str, Operand],
        out: Array,
        axes: tuple[int, ...],
    ) -> None:
        self.writer, self.expr, self.values, self.out, self.axes = writer, expr, values, out, axes
        self.done: dict[Expr, Operand] = {}
        self.scratch: set[Expr] = set()  # those whose results lie in scratch space
        self.waiting: dict[Expr, int] = {expr: 1}  # how often each is still to be read
        self.readers: dict[Expr, set[str | float]] = {}  # by what
        self._count(expr)

    def _count(self, node: Expr) -> None:
        for operand in node.args:
            self.readers.setdefault(operand, set()).add(node.head)
            self.waiting[operand] = self.waiting.get(operand, 0) + 1
            if self.waiting[operand] == 1:
                self._count(operand)

    def value(self, node: Expr) -> Operand:
        """What holds the result of a node, written if it was not yet."""
        if node not in self.done:
            if isinstance(node.head, float):
                self.done[node] = node.head
            elif node.args:
                self.done[node] = self._apply(node)
            else:
                self.done[node] = self.values[node.head]
        return self.done[node]

    def _apply(self, node: Expr) -> Operand:
        operands = [self.value(operand) for operand in node.args]
        head = str(node.head)
        if head in ("total", "average"):
            return self._total(node, operands[0])
        numbers = [operand for operand in operands if isinstance(operand, float)]
        if len(numbers) == len(operands):
            return on_numbers(head, numbers)
        function = array_function(head)
        shape = np.broadcast_shapes(*map(np.shape, operands))
        free = self._read_last_by(node)
        if function is np.greater and self.out.size >= THREADED and self.readers.get(node) == {"mul"}:
            target: Array = np.empty(shape, bool)  # a factor may be of bools; if large, that is quicker
        elif node is self.expr:
            target = self.out
        else:
            # A ufunc may write over its own operand; a longer function reads it again.
            may = isinstance(function, np.ufunc) and self.out.size > 1  # of one number, it is slower
            fitting = [array for array in free if array.shape == shape and may]
            target = fitting[0] if fitting else self.writer.scratch(shape)
            free = [array for array in free if array is not target]
            self.scratch.add(node)
        self.writer.elementwise(function, operands, target)
        self.writer.release(*free)
        return target

    def _total(self, node: Expr, operand: Any) -> Array:
        """The sum or the mean of an array over the axes."""
        shape = tuple(1 if axis in self.axes else n for axis, n in enumerate(operand.shape))
        target = self.writer.scratch(shape)
        self.scratch.add(node)
        self.writer.call(np.add.reduce, operand, axis=self.axes, keepdims=True, out=target)
        if node.head == "average":
            self.writer.call(np.multiply, target, target.size / operand.size, out=target)
        self.writer.release(*self._read_last_by(node))
        return target

    def _read_last_by(self, node: Expr) -> list[Array]:
        """The scratch arrays that this node is the last to read."""
        free: list[Any] = []
        for operand in dict.fromkeys(node.args):
            self.waiting[operand] -= node.args.count(operand)
            if operand in self.scratch and not self.waiting[operand]:
                free.append(self.done[operand])
        return free
