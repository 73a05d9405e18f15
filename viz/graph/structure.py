"""What a scalar graph is made of: neurons, layers and samples, found from labels and edges.

Parameters say where they belong, ``W1[0,2]`` and ``b1[0]`` to neuron 0 of layer 1. The nodes
Σⱼ Wᵢⱼ·aⱼ + bᵢ computed from them follow, and the activation after those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from autodiff import Value, topological_order
from autodiff.engine.ops import OPS
from autodiff.labels import Place

__all__ = ["Structure", "find_structure"]

Unit = tuple[int, int]  # layer, which counts from 1, and neuron, which counts from 0


@dataclass(frozen=True)
class Structure:
    """A graph and what its nodes are part of; what is not in a mapping is part of nothing.

    Attributes:
        order: all nodes, operands before consumers.
        outputs: the nodes the graph was recorded for.
        parameters: leaves that are parameters.
        places: leaf -> what its label says of its place in an array.
        units: node -> neuron; parameters, products, sums and activations.
        weights: the W among the parameters.
        products: the W·a of neurons.
        sums: node -> neuron of each z, the whole weighted sum of a neuron for one sample.
        activations: z -> a, its activation.
        samples: node -> number of the sample it is computed from; empty for a single sample.
    """

    order: list[Value]
    outputs: tuple[Value, ...]
    parameters: set[Value]
    places: dict[Value, Place]
    units: dict[Value, Unit] = field(default_factory=dict)
    weights: set[Value] = field(default_factory=set)
    products: set[Value] = field(default_factory=set)
    sums: dict[Value, Unit] = field(default_factory=dict)
    activations: dict[Value, Value] = field(default_factory=dict)
    samples: dict[Value, int] = field(default_factory=dict)


def find_structure(outputs: Iterable[Value], params: Iterable[Value] = ()) -> Structure:
    """The structure of the graph behind ``outputs``; ``params`` are parameters whatever their labels."""
    outputs = tuple(outputs)
    order = topological_order(*outputs)
    places = {node: Place.of(node.label) for node in order if not node.op}
    structure = Structure(order, outputs, set(params), places)
    _find_neurons(structure)
    _find_activations(structure)
    if structure.units:
        _find_samples(structure)
    return structure


def _find_neurons(structure: Structure) -> None:
    units, weights, sums = structure.units, structure.weights, structure.sums
    for node in structure.order:
        if not node.op:
            place = structure.places[node]
            if place.letter in ("W", "b") and place.layer is not None and place.index:
                units[node] = (place.layer, place.index[0])
                structure.parameters.add(node)
                if place.letter == "W":
                    weights.add(node)
        elif node.op == "mul":
            a, b = node.operands
            if (a in weights) != (b in weights):  # W·W is a penalty, not part of a neuron
                structure.products.add(node)
                sums[node] = units[node] = units[a if a in weights else b]
        elif node.op == "add":
            parts = [each for each in node.operands if each.op or each.label]  # but for a 0 to start from
            of = {units.get(each) if each not in weights else None for each in parts}
            unit = of.pop() if len(of) == 1 else None
            if unit and any(each.op for each in parts):
                sums[node] = units[node] = unit
                for each in parts:
                    sums.pop(each, None)
    neurons = {units[product] for product in structure.products}
    for node in [node for node, unit in units.items() if unit not in neurons]:
        del units[node]  # a label alone, as in a sum of squares, makes no neuron


def _find_activations(structure: Structure) -> None:
    """g is what every z of a layer goes through, and goes nowhere else; so a loss is not taken for one."""
    after: dict[Value, list[Value]] = {z: [] for z in structure.sums}
    for node in structure.order:
        for operand in node.operands:
            if operand in after:
                after[operand].append(node)
    candidates: dict[int, dict[Value, Value]] = {}
    uniform: dict[int, set[str]] = {}
    for z, (layer, _) in structure.sums.items():
        (a, *others) = after[z] or [z]
        suits = not others and not OPS[a.op].linear and _takes_only(a, z)
        uniform.setdefault(layer, set()).add(a.op if suits else "")
        candidates.setdefault(layer, {})[z] = a
    for layer, pairs in candidates.items():
        if len(uniform[layer]) == 1 and "" not in uniform[layer]:
            for z, a in pairs.items():
                structure.activations[z] = a
                structure.units[a] = structure.sums[z]


def _takes_only(a: Value, z: Value) -> bool:
    """Whether ``a`` is a function of z alone: other operands have defaults and are constants."""
    if a is z or a.operands[0] is not z:
        return False
    rest = a.operands[1:]
    return len(rest) == len(OPS[a.op].defaults) and not any(each.op or each.label for each in rest)


def _find_samples(structure: Structure) -> None:
    """Give each node the sample it depends on, if there are several and they do not mix.

    Up to the last layer, what touches is of one sample. In the loss they meet.
    """
    order, units = structure.order, structure.units
    inner = {node for node in units if node.op}
    for node in reversed(order):  # also what lies between layers
        if node in inner:
            inner.update(each for each in node.operands if each not in structure.parameters)
    parent: dict[Value, Value] = {node: node for node in inner}

    def root(node: Value) -> Value:
        while parent[node] is not node:
            parent[node] = node = parent[parent[node]]
        return node

    for node in order:
        if node in inner:
            for each in node.operands:
                if each in inner:
                    parent[root(each)] = root(node)
    numbers: dict[Value, int] = {}
    of = {node: numbers.setdefault(root(node), len(numbers)) for node in order if node in inner}
    if len(numbers) < 2:
        return
    for node in order:
        if node.op and node not in inner:
            _join(node, [of.get(each, -1) for each in node.operands if each.op or each in of], of)
    outside: dict[Value, list[int]] = {}
    for node in order:
        for each in node.operands:
            if not each.op and each not in of and each not in structure.parameters:
                outside.setdefault(each, []).append(of.get(node, -1))
    for leaf, consumers in outside.items():  # targets and constants
        _join(leaf, consumers, of)
    structure.samples.update(of)


def _join(node: Value, samples: Collection[int], of: dict[Value, int]) -> None:
    if len(set(samples)) == 1 and -1 not in samples:
        of[node] = next(iter(samples))
