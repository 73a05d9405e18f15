"""``compare_picture``: a network's scalar graph and its matrix formulas in one picture, in equal colours."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff
from autodiff import Value
from autodiff.labels import Place, ValueArray
from nn.losses import Loss
from nn.losses.by_name import loss_named
from nn.model.mlp import MLP
from nn.model.samples import as_batch
from viz.drawing import style
from viz.drawing.dot import to_dot
from viz.drawing.look import Look
from viz.drawing.picture import Picture
from viz.graph.batch import RecordedBatch, record_batch
from viz.graph.cards import Card, Edge, scalar_cards
from viz.graph.programs import program_cards, target_name
from viz.graph.structure import Structure, find_structure

__all__ = ["compare_picture"]

MOST_NODES = 400  # of the scalar graph; more cannot be read beside its formulas
MOST_CELLS = 36  # of an array that is written out


def compare_picture(
    model: MLP,
    X: Any,
    y: Any,
    loss: str | Loss = "mse",
    *,
    precision: int = 2,
    title: str = "",
    direction: str = "TB",
) -> Picture:
    """The graph of scalars and the matrix formulas that ``lift`` finds in it, side by side, after a backward
    pass.

    The scalars of an array have the colour of its formula's card, whose rows hold their numbers: Z1[0,2]
    stands in row 0 and column 2 of Z1. A gradient's formula is on the edge along which it is handed back.

    Args:
        X: samples in columns, shape (n, m).
        y: targets, of shape (K, m), or what the loss takes for them.
        loss: its name, or a Loss.
        precision: digits after the point.
        title: a line over the picture.
        direction: where the outputs are: ``"TB"`` below, and the two graphs side by side; ``"LR"`` right, and
            one below the other.

    Raises:
        TypeError: if ``model`` is no MLP.
        ValueError: for samples and targets that do not fit, and a graph too large to be read.

    >>> from nn import MLP
    >>> picture = compare_picture(MLP(2, [1], seed=0), [[0.5], [-1.0]], [[1.0]])
    >>> "Z1 = W1·X + b1" in picture.source and "Z1[0,0]" in picture.source
    True
    """
    if not isinstance(model, MLP):
        raise TypeError(f"compare_picture() takes an MLP, got {model!r:.60} of type {type(model).__name__}")
    kind = loss_named(loss)
    inputs = as_batch(X, model.sizes[0])
    batch = record_batch(model, inputs, kind.targets(y, model.sizes[-1], inputs.shape[1]), kind)
    structure = find_structure([batch.output], model.parameters())
    if len(structure.order) > MOST_NODES:
        raise ValueError(
            f"this graph has {len(structure.order):,} nodes, and beside its formulas {MOST_NODES} can be "
            "read at most: take fewer samples, such as X[:, :1], or a smaller network"
        )
    model.zero_grad()
    batch.output.backward()
    scalars = _scalars(find_structure([batch.output], model.parameters()))
    formulas = _formulas(model, batch)
    for card in formulas:
        card.edges = [_moved(edge, len(scalars)) for edge in card.edges]
    cards = [*scalars, *formulas]
    arrays = dict.fromkeys(card.array for card in formulas)
    grounds = {name: style.ARRAYS[k % len(style.ARRAYS)] for k, name in enumerate(arrays)}
    look = Look(precision=precision, compact=True, direction=direction, title=title, grounds=grounds)
    return to_dot(cards, range(len(cards)), look)


def _scalars(structure: Structure) -> list[Card]:
    """Cards of the scalars; what has no label of its own belongs to the sum or the loss it goes into."""
    cards, index = scalar_cards(structure)
    for node in structure.order:
        card = cards[index[node]]
        unit = structure.units.get(node)
        array = Place.of(node.label).array if node.label else f"Z{unit[0]}" if unit and node.op else ""
        card.array = array or ("J" if node.op else "")
        card.boxes = (("scalars, nodes:", len(cards)),)
    return cards


def _formulas(model: MLP, batch: RecordedBatch) -> list[Card]:
    """Cards of the formulas, with the numbers of the scalars in their cells."""
    assert batch.Y is not None
    nodes: dict[str, ValueArray] = {}
    for l in batch.Z:
        nodes[f"Z{l}"] = batch.Z[l]
        if batch.A[l][0, 0] is not batch.Z[l][0, 0]:
            nodes[f"A{l}"] = batch.A[l]
    program = autodiff.lift(
        batch.output, inputs={"X": batch.A[0], "Y": batch.Y}, params=model, keep=list(nodes)
    )
    nodes |= {"X": batch.A[0], "Y": batch.Y}
    for l, layer in enumerate(model.layers, 1):
        nodes[f"W{l}"] = np.array([neuron.w for neuron in layer.neurons], dtype=object)
        nodes[f"b{l}"] = np.array([[neuron.b] for neuron in layer.neurons], dtype=object)
    nodes["J"] = np.array([[batch.output]], dtype=object)
    cards, _ = program_cards(program)
    for card in cards:
        card.array = card.title or target_name(card.formula)
        card.boxes = (("matrices, formulas:", len(program.forward)),)
        if card.array in nodes and nodes[card.array].size <= MOST_CELLS:
            card.cells = _cells(nodes[card.array], with_grad=card.array not in ("X", "Y"))
    return cards


def _cells(nodes: ValueArray, with_grad: bool) -> dict[str, Any]:
    def numbers(attribute: str) -> Any:
        values: list[Value] = nodes.ravel().tolist()
        return np.array([getattr(value, attribute) for value in values]).reshape(nodes.shape)

    return {name: numbers(name) for name in ("data", "grad")[: 1 + with_grad]}


def _moved(edge: Edge, by: int) -> Edge:
    edge.operand += by
    return edge
