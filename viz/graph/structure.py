"""What a scalar graph is made of: neurons, layers and samples, found from labels and edges.

Parameters say where they belong, ``W1[0,2]`` and ``b1[0]`` to neuron 0 of layer 1. The nodes
Σⱼ Wᵢⱼ·aⱼ + bᵢ computed from them follow, and the activation after those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from autodiff import Value, topological_order
from autodiff.engine.handmade import BY_HAND, row_of
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
        reached: the nodes that a gradient has come to.
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
    reached: set[Value] = field(default_factory=set)
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
    structure = Structure(order, outputs, set(params), places, _reached(order))
    _find_neurons(structure)
    _find_activations(structure)
    if structure.units:
        _find_samples(structure)
    return structure


def _reached(order: Iterable[Value]) -> set[Value]:
    """Nodes whose gradient is known: it is not 0, or it is that of an operand of such a node.

    A gradient of 0 anywhere else is what every Value begins with, before any backward pass.
    """
    reached: set[Value] = set()
    for node in reversed(list(order)):
        if node.grad != 0.0 or node in reached:
            reached.add(node)
            reached.update(node.operands)
    return reached


def _find_neurons(structure: Structure) -> None:
    """Follow ``W1[0,0]*x[0] + W1[0,1]*x[1] + b1[0]`` from its leaves: each product has one weight, and
    a sum is the neuron's for as long as all its terms are."""
    units, weights, sums = structure.units, structure.weights, structure.sums
    for node in structure.order:
        if not node.op:
            place = structure.places[node]
            if place.letter in ("W", "b") and place.layer is not None and place.index:
                units[node] = (place.layer, place.index[0])
                structure.parameters.add(node)
                if place.letter == "W":
                    weights.add(node)
            elif place.letter == "w" and place.index:  # of a lone neuron
                structure.parameters.add(node)
        elif node.op == "mul":
            a, b = node.operands
            if (a in weights) != (b in weights):  # W·W is a penalty, not part of a neuron
                structure.products.add(node)
                sums[node] = units[node] = units[a if a in weights else b]
        elif node.op == "add":
            terms = [term for term in node.operands if term.op or term.label]  # but for a 0 to start from
            neurons = {units.get(term) if term not in weights else None for term in terms}
            unit = neurons.pop() if len(neurons) == 1 else None
            if unit and any(term.op for term in terms):
                sums[node] = units[node] = unit
                for term in terms:
                    sums.pop(term, None)  # a part of this larger sum
    if any(places.letter == "w" and places.index for places in structure.places.values()):
        structure.parameters.update(leaf for leaf, place in structure.places.items() if place.label == "b")
    used = {units[product] for product in structure.products}
    for node in [node for node, unit in units.items() if unit not in used]:
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
        suits = not others and a.op != BY_HAND and not row_of(a).linear and _takes_only(a, z)
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
    others = a.operands[1:]
    return len(others) == len(row_of(a).defaults) and not any(other.op or other.label for other in others)


def _find_samples(structure: Structure) -> None:
    """Give each node the sample it depends on, if there are several and they do not mix.

    Up to the last layer, what touches is of one sample: z1[0] and z1[1] share x[0], so both are of
    its sample, and parameters, which all samples share, do not count. In the loss samples meet:
    ``(a - y)²`` is of the sample of its a, the sum of two such squares of none.
    """
    order, parameters = structure.order, structure.parameters
    sample_of = _connected(structure)
    if len(set(sample_of.values())) < 2:
        return
    for node in order:
        if node.op and node not in sample_of:
            operands = [operand for operand in node.operands if operand.op or operand in sample_of]
            _join(node, [sample_of.get(operand) for operand in operands], sample_of)
    users: dict[Value, list[int | None]] = {}
    for node in order:
        for operand in node.operands:
            if not (operand.op or operand in sample_of or operand in parameters):
                users.setdefault(operand, []).append(sample_of.get(node))
    for leaf, samples in users.items():  # targets and constants
        _join(leaf, samples, sample_of)
    structure.samples.update(sample_of)


def _connected(structure: Structure) -> dict[Value, int]:
    """Nodes of layers, of what lies between them and of their inputs, each with the number of the
    connected part of the graph that it belongs to."""
    order = structure.order
    inner = {node for node in structure.units if node.op}
    for node in reversed(order):
        if node in inner:
            inner.update(operand for operand in node.operands if operand not in structure.parameters)
    parent: dict[Value, Value] = {node: node for node in inner}

    def root(node: Value) -> Value:
        while parent[node] is not node:
            parent[node] = node = parent[parent[node]]
        return node

    for node in order:
        if node in inner:
            for operand in node.operands:
                if operand in inner:
                    parent[root(operand)] = root(node)
    numbers: dict[Value, int] = {}
    return {node: numbers.setdefault(root(node), len(numbers)) for node in order if node in inner}


def _join(node: Value, samples: Collection[int | None], sample_of: dict[Value, int]) -> None:
    """Let a node be of the one sample that all around it are of, if there is one."""
    first, *others = {*samples} or {None}
    if first is not None and not others:
        sample_of[node] = first
