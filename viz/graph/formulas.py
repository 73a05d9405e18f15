"""Folding by formulas: a card for each array and each line of what ``lift`` finds in a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from autodiff import Value, lifting
from autodiff.engine.value import is_constant
from autodiff.labels import element, gather
from viz.graph.cards import Card
from viz.graph.programs import program_cards, target_name
from viz.graph.structure import Structure

__all__ = ["Folding", "fold_by_formulas"]


@dataclass(frozen=True)
class Folding:
    """A graph whose every node is in one card.

    Attributes:
        program: what ``lift`` found.
        cards: those of the program, operands before what uses them.
        of: node -> index of its card.
        values: for each card the nodes that are its elements, in their order; none for what the graph
            computes in another way than the formulas do.
        names: node without a label -> what it is called as an element, ``S[0,2]``.
    """

    program: lifting.Program
    cards: list[Card]
    of: dict[Value, int]
    values: list[list[Value]]
    names: dict[Value, str]


def fold_by_formulas(structure: Structure) -> Folding:
    """The graph of ``structure`` by its formulas. A node that is no element of an array is a detail of the
    first formula that uses it.

    Raises:
        LiftError, TypeError, ValueError: where the graph cannot be lifted.
    """
    params, inputs = _leaves(structure)
    outputs = [*structure.outputs]
    loss = outputs[0] if len(outputs) == 1 else outputs
    program, nodes = lifting.lift_with_nodes(loss, inputs, params)
    cards, index = program_cards(program)
    values: list[list[Value]] = [[] for _ in cards]
    names: dict[Value, str] = {}
    arrays = {**gather(params), **inputs}
    for block in program.blocks:
        if block.role in ("parameter", "input") and block.name in arrays:
            values[index[block.symbol]] = arrays[block.name].ravel().tolist()
    first = len(cards) - len(nodes)
    for i, (line, found) in enumerate(zip(program.forward, nodes, strict=True), first):
        values[i] = [node for node in found if node is not None]
        if not line.ranges and all(isinstance(n, int) for n in line.shape):
            places = np.ndindex(*line.shape)  # type: ignore[arg-type]
            names |= {
                node: element(target_name(line.text), place)
                for node, place in zip(found, places, strict=False)
                if node is not None and not node.label
            }
    of = _owners(structure, values, len(cards) - 1)
    return Folding(program, cards, of, values, names)


def _leaves(structure: Structure) -> tuple[list[Value], Mapping[str, np.ndarray]]:
    """Parameters, and the other named leaves as arrays; where none is named, all leaves that are no
    constants. Leaves without a label are else numbers in the formulas."""
    named = [node for node in structure.places if node.label]
    if not named:
        return [node for node in structure.places if not is_constant(node)], {}
    params = [node for node in named if node in structure.parameters or node in structure.units] or named
    others = [node for node in named if node not in {*params}]
    return params, gather(others) if others else {}


def _owners(structure: Structure, values: Iterable[Iterable[Value]], last: int) -> dict[Value, int]:
    """For each node its card: that of which it is an element, else the first that uses it."""
    of: dict[Value, int] = {}
    for i, nodes in enumerate(values):
        for node in nodes:
            of.setdefault(node, i)
    of |= dict.fromkeys(structure.outputs, last)
    first: dict[Value, int] = {}
    for node in reversed(structure.order):
        i = of.setdefault(node, first.get(node, last))
        for operand in node.operands:
            first[operand] = min(i, first.get(operand, last))
    return {node: of[node] for node in structure.order}
