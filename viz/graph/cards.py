"""Cards: what a picture of a graph shows, one for a scalar or one for a whole array of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Value
from autodiff.engine.handmade import BY_HAND, row_of
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import Op
from autodiff.engine.value import is_constant
from viz.graph.structure import Structure

__all__ = ["Boxes", "Card", "Edge", "kind_of", "order_matters", "scalar_cards", "slopes"]

Boxes = tuple[tuple[str, int], ...]  # nested, outermost first, such as (("layer", 1), ("neuron", 0))


@dataclass
class Edge:
    """From an operand's card to the card that uses it.

    Attributes:
        operand: index of the operand's card.
        passed: the gradient handed back along it, the sum of magnitudes if it stands for many; None
            where that is not known.
        local: the local derivative, for an edge between scalars.
        place: 1 for the first operand and 2 for the second, where their order matters; else 0.
        returns: whether it comes from a later card, or the same: from the step before, in a recurrence.
        said, latex: the formula of the gradient that is handed back along it.
    """

    operand: int
    passed: float | None = None
    local: float | None = None
    place: int = 0
    returns: bool = False
    said: str = ""
    latex: str = ""


@dataclass
class Card:
    """One value, or the values of one array.

    Attributes:
        kind: "input", "parameter", "constant", "result" or "output".
        title: name of what it shows.
        symbol: of the operation that computes it; empty for a leaf.
        formula: what computes it, if it stands for many.
        latex: that formula in LaTeX, if its text is not all there is to know.
        values: the Values it shows, with their data and gradients.
        arrays: "data" or "grad" as numbers, for a card that shows no Values.
        shape: of the array they form, "m" being the number of samples; None for a single scalar.
        edges: one for each use of an operand.
        boxes: the boxes it lies in.
        folded: number of graph nodes it stands for, 0 where that is not known.
        reached: whether a gradient has come to it.
        said: texts that stand in place of its "data" and "grad", if there are any.
        gradients: formulas of its gradient that stand on no edge.
        cells: a matrix "data" or "grad" that is written out, row by row.
        array: name of the array it belongs to, where arrays have colours.
    """

    kind: str
    title: str
    symbol: str = ""
    formula: str = ""
    latex: str = ""
    values: list[Value] = field(default_factory=list)
    arrays: dict[str, npt.NDArray[np.floating[Any]]] = field(default_factory=dict)
    shape: tuple[int | str, ...] | None = None
    edges: list[Edge] = field(default_factory=list)
    boxes: Boxes = ()
    folded: int = 1
    reached: bool = True
    said: dict[str, str] = field(default_factory=dict)
    gradients: list[str] = field(default_factory=list)
    cells: dict[str, npt.NDArray[np.floating[Any]]] = field(default_factory=dict)
    array: str = ""

    def numbers(self, attribute: str) -> npt.NDArray[np.floating[Any]] | None:
        """Its ``data`` or ``grad``; None where it is not known, or of no interest: a constant's grad."""
        if attribute == "grad" and (self.kind == "constant" or not self.reached):
            return None
        if not self.values:
            return self.arrays.get(attribute)
        return np.array([getattr(value, attribute) for value in self.values])


def scalar_cards(structure: Structure) -> tuple[list[Card], dict[Value, int]]:
    """A card for every node, operands before what uses them, and the index of each node's card."""
    index = {node: i for i, node in enumerate(structure.order)}
    boxes = _boxes(structure)
    cards = []
    for node in structure.order:
        symbol = row_of(node).symbol if node.op else ""
        card = Card(kind_of(node, structure), node.label, symbol, values=[node], boxes=boxes[node])
        card.reached = node in structure.reached
        ordered = bool(node.op) and order_matters(node)
        for place, (operand, local) in enumerate(zip(node.operands, slopes(node)), 1):
            passed = node.grad * local if card.reached and local is not None else None
            card.edges.append(Edge(index[operand], passed, local, place if ordered else 0))
        cards.append(card)
    return cards, index


def slopes(node: Value) -> Sequence[float | None]:
    """∂node/∂operand for each operand; None where nobody knows, of a node that was made by hand."""
    try:
        return node.local_derivatives
    except ValueError:
        return [None] * len(node.operands)


def order_matters(node: Value) -> bool:
    """Whether the operands of a result may not change places, as in x - z.

    >>> x, z = Value(1.0), Value(2.0)
    >>> order_matters(x - z), order_matters(x * z), order_matters(x.tanh())
    (True, False, False)
    """
    if node.op == BY_HAND:
        return len(node.operands) > 1 and row_of(node).symbol not in ("+", "*", "×", "add", "mul")
    return len(node.operands) > 1 and _is_ordered(row_of(node))


@cache
def _is_ordered(op: Op) -> bool:
    try:
        pairs = ((1.25, 0.5), (0.75, 2.0))  # in the domain of every function of the table
        return any(op.forward(FLOATS, x, z) != op.forward(FLOATS, z, x) for x, z in pairs)
    except (ArithmeticError, ValueError):  # a row of one's own that is defined elsewhere
        return True


def kind_of(node: Value, structure: Structure) -> str:
    """What a card that shows ``node`` looks like."""
    if node in structure.outputs:
        return "output"
    if node.op:
        return "result"
    return "parameter" if node in structure.parameters else "constant" if is_constant(node) else "input"


def _boxes(structure: Structure) -> dict[Value, Boxes]:
    """The boxes of each node: sample, layer, neuron, as far as they are known."""
    boxes: dict[Value, Boxes] = {}
    for node in structure.order:
        sample: Boxes = (("sample", structure.samples[node]),) if node in structure.samples else ()
        unit = structure.units.get(node)
        boxes[node] = (*sample, ("layer", unit[0]), ("neuron", unit[1])) if unit else sample
        for operand in node.operands:  # a constant lies where it is used
            if not (operand.op or operand.label or boxes[operand]):
                boxes[operand] = boxes[node]
    return boxes
