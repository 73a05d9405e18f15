"""Folding: the same graph with a card for every neuron, or for every array.

Each node belongs to a *part*, and each part becomes one card. Where parameters tell the layers
apart, the parts are the note's: ``Z1 = W1·A0 + b1`` and ``A1 = tanh(Z1)``. What lies between
layers or after them is one part for each layer it follows. In a graph without layers, nodes that
are computed from the same leaves are a part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autodiff import Value
from autodiff.engine.handmade import row_of
from autodiff.labels import Place
from viz.graph.cards import Card, Edge, kind_of, slopes
from viz.graph.structure import Structure

__all__ = ["folded_cards"]

UNNAMED = Place("")


@dataclass(frozen=True)
class Part:
    """What a node is folded into; nodes of equal parts share a card.

    Attributes:
        what: "array" of leaves, "Z" or "A" of a layer, "neuron", or "rest".
        layer: of Z, A and a neuron; for the rest, what ``_follows`` says of its nodes.
        neuron: index of a neuron in its layer.
        place: name of an array of leaves, or of one row of it.
    """

    what: str
    layer: int = 0
    neuron: int = 0
    place: Place = UNNAMED


def folded_cards(structure: Structure, by_neuron: bool = False) -> tuple[list[Card], dict[Value, int]]:
    """A card for every part, and the index of each node's card.

    Args:
        by_neuron: a card for each neuron and each input instead of each array.
    """
    parts = _parts(structure, by_neuron)
    index: dict[Part, int] = {}
    members: list[list[Value]] = []
    for node in structure.order:
        if index.setdefault(parts[node], len(index)) == len(members):
            members.append([])
        members[index[parts[node]]].append(node)
    of = {node: index[parts[node]] for node in structure.order}
    values, edges = _crossings(structure, of, len(members))
    names = _Names(structure, parts)
    cards = []
    for i, part in enumerate(index):
        shown = values[i] or members[i][-1:]
        if part.what == "neuron":
            shown = [value for value in shown if value.op]  # its output; a penalty reads its weights, too
        card = Card(kind="result", title="", values=shown, folded=len(members[i]))
        card.reached = any(value in structure.reached for value in shown)
        names.describe(card, part, members[i])
        card.edges = list(edges[i].values())
        cards.append(card)
    return cards, of


def _parts(structure: Structure, by_neuron: bool) -> dict[Value, Part]:
    after = set(structure.activations.values())
    follows = _follows(structure)
    parts: dict[Value, Part] = {}
    for node in structure.order:
        unit = structure.units.get(node)
        if unit and by_neuron:
            parts[node] = Part("neuron", *unit)
        elif unit and node.op:
            parts[node] = Part("A" if node in after else "Z", unit[0])
        elif node.op:
            parts[node] = Part("rest", follows[node])
        elif node.label:
            place = structure.places[node]
            parts[node] = Part("array", place=Place(place.array, place.index[:1] if by_neuron else ()))
    for node in structure.order:
        for operand in node.operands:
            if operand not in parts:  # a constant: an input to a neuron, or a detail of what uses it
                parts[operand] = Part("array") if node in structure.products else parts[node]
    for node in structure.outputs:
        parts.setdefault(node, Part("array"))
    return parts


def _follows(structure: Structure) -> dict[Value, int]:
    """The last layer a node depends on; without layers, the set of labelled arrays, as bits."""
    follows: dict[Value, int] = {}
    bits: dict[str, int] = {}
    for node in structure.order:
        if node in structure.units:
            follows[node] = structure.units[node][0] if node.op else 0
        elif not node.op:
            array = structure.places[node].array
            follows[node] = 0 if structure.units or not array else bits.setdefault(array, 1 << len(bits))
        else:
            before = [follows[operand] for operand in node.operands]
            follows[node] = max(before) if structure.units else before[0] | before[-1]
    return follows


def _crossings(
    structure: Structure, of: Mapping[Value, int], count: int
) -> tuple[list[list[Value]], list[dict[int, Edge]]]:
    """For each part: its values that other parts use or that are outputs, and its incoming edges."""
    values: list[dict[Value, None]] = [{} for _ in range(count)]
    edges: list[dict[int, Edge]] = [{} for _ in range(count)]
    for node in structure.order:
        i = of[node]
        for operand, local in zip(node.operands, slopes(node)):
            j = of[operand]
            if i != j:
                values[j][operand] = None
                edge = edges[i].setdefault(j, Edge(j))
                if node in structure.reached and local is not None:
                    edge.passed = (edge.passed or 0.0) + abs(node.grad * local)
    for node in structure.outputs:
        values[of[node]][node] = None
    return [list(crossing) for crossing in values], edges


class _Names:
    """Titles, formulas and shapes of the parts of one graph."""

    def __init__(self, structure: Structure, parts: Mapping[Value, Part]) -> None:
        self.structure = structure
        self.g = {structure.sums[z][0]: row_of(a).name for z, a in structure.activations.items()}
        self.biased = {
            layer
            for node, (layer, _) in structure.units.items()
            if not node.op and node not in structure.weights
        }
        inputs = [
            (structure.units[node][0], operand)
            for node in structure.order
            if node in structure.products
            for operand in node.operands
            if operand not in structure.weights
        ]
        leaves = {structure.places[x].array for _, x in inputs if not x.op}
        self.A0 = leaves.pop() if len(leaves) == 1 else None  # the note's other name for the input X
        self.inputs: dict[int, dict[str, None]] = {}
        for layer, x in inputs:
            self.inputs.setdefault(layer, {})[self._source(x, parts[x])] = None

    def _source(self, x: Value, part: Part) -> str:
        """The array that an input of a neuron is taken from."""
        if x in self.structure.units:
            layer = self.structure.units[x][0]
            return f"A{layer}" if layer in self.g else f"Z{layer}"
        if x.op:
            return f"H{part.layer}"
        name = self.structure.places[x].array
        return "A0" if name == self.A0 else name

    def describe(self, card: Card, part: Part, nodes: Sequence[Value]) -> None:
        """Fill in what the card of a part says."""
        structure, l, count = self.structure, part.layer, len(card.values)
        card.kind = "output" if any(node in structure.outputs for node in nodes) else "result"
        card.shape = (count,) if count > 1 else None
        if part.what == "array":
            card.kind, card.title = kind_of(nodes[0], structure), self._title(part.place)
            if not part.place.index:
                is_column = part.place.array == self.A0 or nodes[0] in structure.units  # x and b, in the note
                card.shape = _shape([structure.places[node].index for node in nodes], 2 if is_column else 0)
            l = structure.units[nodes[0]][0] if nodes[0] in structure.units else 0
        elif part.what == "rest":
            card.title = card.values[-1].label if card.kind == "output" else ""
            name = f"H{l} = " if any(f"H{l}" in names for names in self.inputs.values()) else ""
            card.formula = name + ", ".join(dict.fromkeys(row_of(node).symbol for node in nodes if node.op))
            return
        elif part.what == "neuron":
            i = f"[{part.neuron}]"
            z = self._weighted(l, i)
            card.formula = f"a{l}{i} = {self.g[l]}({z})" if l in self.g else f"z{l}{i} = {z}"
        else:
            neurons = len({structure.units[value] for value in card.values})
            card.shape = (neurons, count // neurons)
            card.formula = f"Z{l} = {self._weighted(l)}" if part.what == "Z" else f"A{l} = {self.g[l]}(Z{l})"
        card.boxes = (("layer", l),) if l else ()

    def _weighted(self, l: int, i: str = "") -> str:
        sources = list(self.inputs[l])
        x = sources[0] if len(sources) == 1 else f"[{'; '.join(sources)}]"
        return f"W{l}{i}·{x}" + (f" + b{l}{i}" if l in self.biased else "")

    def _title(self, place: Place) -> str:
        alias = Place("A0", place.index).label
        return place.label if place.array != self.A0 else f"{alias} = {place.label}" if place.array else alias


def _shape(indices: Sequence[tuple[int, ...]], axes: int = 0) -> tuple[int, ...] | None:
    """The shape of an array with these indices, with an axis of samples where each occurs often.

    It has ``axes`` axes at least; a single number without an index has none.
    """
    if len({len(index) for index in indices}) > 1:
        return (len(indices),)
    shape = tuple(max(axis) + 1 for axis in zip(*indices, strict=True))
    size = math.prod(shape)
    if len(indices) % size:
        return (len(indices),)
    if size < len(indices):
        shape = (*shape, len(indices) // size)
    return shape + (1,) * (axes - len(shape)) or None
