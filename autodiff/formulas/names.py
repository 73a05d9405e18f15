"""What the nodes of a graph are called where it is put in words or formulas."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

from autodiff.engine.handmade import BY_HAND, row_of
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value
from autodiff.formulas.expr import Expr, as_expr, symbol
from autodiff.formulas.textbook import book_partials

__all__ = ["Names"]


class Names:
    """The names of nodes, and each node's rule written with them.

    A node is called by its label; where two share one, the later gets a number, ``h_2``. An
    unlabelled node is called v1, v2, … in the given order. Unlabelled leaves among labelled ones
    are constants: they are called by their number.

    Args:
        order: the nodes, operands before consumers.
        variables: leaves that are not constants, labelled or not.

    >>> from autodiff.engine.graph import topological_order
    >>> x = Value(3.0, "x")
    >>> y = 2 * x + 1
    >>> names = Names(topological_order(y))
    >>> names[y], names.definition(y), names.partials(y.operands[0])
    ('v2', v1 + 1, (x, 2))
    """

    def __init__(self, order: Sequence[Value], variables: Collection[Value] = ()) -> None:
        leaves = [node for node in order if not node.op]
        unlabelled = {leaf for leaf in leaves if not leaf.label} - set(variables)
        self.order = order
        self._constants = unlabelled if any(leaf.label for leaf in leaves) else set()
        self._names = _unique(order, self._constants)
        self._partials: dict[Value, tuple[Expr, ...]] = {}

    def __getitem__(self, node: Value) -> str:
        return self._names[node]

    def is_constant(self, node: Value) -> bool:
        """Whether the node is called by its number."""
        return node in self._constants

    def expr(self, node: Value) -> Expr:
        """The node's name, or a constant's number, as an expression."""
        return as_expr(node.data) if node in self._constants else symbol(self._names[node])

    def definition(self, node: Value) -> Expr:
        """How the node was computed from its operands: ``w*x``. A leaf is itself."""
        return Expr(row_of(node).name, tuple(map(self.expr, node.operands))) if node.op else self.expr(node)

    def gradient(self, output: Value, node: Value) -> Expr:
        """∂output/∂node as an expression."""
        return Expr("div", (symbol(f"∂{self[output]}"), symbol(f"∂{self[node]}")))

    def partials(self, node: Value) -> tuple[Expr, ...]:
        """∂(node)/∂(operand) as a textbook prints them, one for each operand."""
        if node.op and node not in self._partials:
            self._partials[node] = tuple(map(as_expr, self._slopes(node)))
        return self._partials.get(node, ())

    def _slopes(self, node: Value) -> Sequence[Expr | float]:
        if node.op == BY_HAND:
            return [float(f"{slope:.6g}") for slope in node.local_derivatives]  # which are all that is known
        return book_partials(OPS[node.op], [*map(self.expr, node.operands)], self.expr(node))


def _unique(order: Sequence[Value], constants: set[Value]) -> dict[Value, str]:
    labels = {node.label for node in order}
    used: set[str] = set()
    candidates: dict[str, Iterator[str]] = {}
    names: dict[Value, str] = {}
    for node in order:
        label = node.label
        if node in constants:
            names[node] = as_expr(node.data).text()
            continue
        if label not in candidates:
            candidates[label] = _numbered(f"{label}_", 2) if label else _numbered("v", 1)
        free = label and label not in used
        names[node] = label if free else next(name for name in candidates[label] if name not in labels)
        used.add(label)
    return names


def _numbered(stem: str, first: int) -> Iterator[str]:
    return (f"{stem}{i}" for i in itertools.count(first))
