"""Cards: what a picture of a graph shows, one for a scalar or one for a whole array of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Value
from autodiff.engine.handmade import row_of
from viz.graph.structure import Structure

__all__ = ["Boxes", "Card", "Edge", "kind_of", "scalar_cards"]

Boxes = tuple[tuple[str, int], ...]  # nested, outermost first, such as (("layer", 1), ("neuron", 0))


@dataclass
class Edge:
    """From an operand's card to the card that uses it.

    Attributes:
        operand: index of the operand's card.
        passed: the gradient handed back along it; the sum of magnitudes if it stands for many.
        local: the local derivative, for an edge between scalars.
    """

    operand: int
    passed: float = 0.0
    local: float | None = None


@dataclass
class Card:
    """One value, or the values of one array.

    Attributes:
        kind: "input", "parameter", "constant", "result" or "output".
        title: name of what it shows.
        symbol: of the operation that computes it; empty for a leaf.
        formula: what computes it, if it stands for many.
        values: the Values it shows, with their data and gradients.
        arrays: "data" or "grad" as numbers, for a card that shows no Values.
        shape: of the array they form, "m" being the number of samples; None for a single scalar.
        edges: one for each use of an operand.
        boxes: the boxes it lies in.
        folded: number of graph nodes it stands for, 0 where that is not known.
    """

    kind: str
    title: str
    symbol: str = ""
    formula: str = ""
    values: list[Value] = field(default_factory=list)
    arrays: dict[str, npt.NDArray[np.floating[Any]]] = field(default_factory=dict)
    shape: tuple[int | str, ...] | None = None
    edges: list[Edge] = field(default_factory=list)
    boxes: Boxes = ()
    folded: int = 1

    def numbers(self, attribute: str) -> npt.NDArray[np.floating[Any]] | None:
        """Its ``data`` or ``grad``; None where that is not known."""
        if not self.values:
            return self.arrays.get(attribute)
        return np.array([getattr(value, attribute) for value in self.values])


def scalar_cards(structure: Structure) -> tuple[list[Card], dict[Value, int]]:
    """A card for every node, operands before what uses them, and the index of each node's card."""
    index = {node: i for i, node in enumerate(structure.order)}
    boxes = _boxes(structure)
    cards = []
    for node in structure.order:
        operands = zip(node.operands, node.local_derivatives, strict=True)
        edges = [Edge(index[operand], node.grad * local, local) for operand, local in operands]
        symbol = row_of(node).symbol if node.op else ""
        kind = kind_of(node, structure)
        cards.append(Card(kind, node.label, symbol, values=[node], edges=edges, boxes=boxes[node]))
    return cards, index


def kind_of(node: Value, structure: Structure) -> str:
    """What a card that shows ``node`` looks like."""
    if node in structure.outputs:
        return "output"
    if node.op:
        return "result"
    return "parameter" if node in structure.parameters else "input" if node.label else "constant"


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
