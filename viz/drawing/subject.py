"""What is to be drawn: the cards of a Value's graph, of a model, or of a lifted program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

import autodiff
from autodiff import Value
from autodiff.arrays import leaves
from nn.model.mlp import MLP, Layer, Neuron
from nn.model.module import Module
from viz.graph.cards import Card, scalar_cards
from viz.graph.fold import folded_cards
from viz.graph.formulas import fold_by_formulas
from viz.graph.programs import program_cards
from viz.graph.structure import Structure, find_structure

__all__ = ["FOLDED", "LEVELS", "Subject", "subject_of"]

FOLDED = ("scalar", "neuron", "layer")  # each the one before, folded
LEVELS = (*FOLDED, "formula")


class Subject(NamedTuple):
    """Cards to draw.

    Attributes:
        cards: operands before what uses them.
        index_of: the index of each Value's card.
        ends: indices of the outputs' cards.
        level: one of LEVELS.
        known: the Values whose numbers mean something, None for all.
    """

    cards: list[Card]
    index_of: dict[Value, int]
    ends: list[int]
    level: str
    known: set[Value] | None = None


def subject_of(y: Any, level: str | None, x: Any, params: Iterable[Value]) -> Subject:
    """The cards of whatever ``draw`` takes; its arguments are explained there.

    Raises:
        TypeError: if ``y`` is nothing that can be drawn.
        ValueError: for a level or an ``x`` that ``y`` has no use for, or a model that needs an ``x``.
    """
    if _is_program(y):
        if level not in (None, "layer", "formula") or x is not None:
            raise ValueError("a program is drawn by its formulas: leave level and x out")
        cards, _ = program_cards(y)
        return Subject(cards, {}, [len(cards) - 1], "formula")
    is_model = isinstance(y, Module)
    outputs = _run(y, x) if is_model else _outputs(y, x)
    level = level or ("layer" if is_model else "scalar")
    structure = find_structure(outputs, [*params, *(y.parameters() if is_model else ())])
    if level == "formula":
        return _as_formulas(structure)
    if level == "scalar":
        cards, index = scalar_cards(structure)
    else:
        cards, index = folded_cards(structure, by_neuron=level == "neuron")
    known = structure.parameters if is_model and x is None else None  # the inputs are made up
    return Subject(cards, index, [index[output] for output in reversed(outputs)], level, known)


def _is_program(y: Any) -> bool:
    """Programs are imported for nothing that is surely none: that takes longer than most pictures."""
    return not isinstance(y, (Value, Module, list, np.ndarray)) and isinstance(y, autodiff.Program)


def _as_formulas(structure: Structure) -> Subject:
    """The formulas that ``lift`` finds in a graph."""
    folding = fold_by_formulas(structure)
    return Subject(folding.cards, folding.of, [len(folding.cards) - 1], "formula")


def _run(model: Module, x: Any) -> list[Value]:
    """A model's outputs for a sample, or for inputs of 0 that stand for any."""
    inputs = leaves("x", np.zeros(_width(model))) if x is None else x
    results = model(inputs)  # type: ignore[operator]
    return np.ravel(np.asarray(results, dtype=object)).tolist()


def _outputs(y: Any, x: Any) -> list[Value]:
    if x is not None:
        raise ValueError("x= is the sample to run a model on; the graph of a Value has its inputs already")
    many = isinstance(y, (list, tuple, np.ndarray))
    outputs = np.ravel(np.asarray(y, dtype=object)).tolist() if many else [y]
    if not outputs or not all(isinstance(output, Value) for output in outputs):
        given = f"{y!r:.60} of type {type(y).__name__}" if not many else f"{outputs!r:.60}"
        raise TypeError(f"draw() takes a Value, a list of Values, a model or a program, got {given}")
    return outputs


def _width(model: Module) -> int:
    """How many inputs a model takes."""
    if isinstance(model, MLP):
        return model.sizes[0]
    neuron = model.neurons[0] if isinstance(model, Layer) else model
    if isinstance(neuron, Neuron):
        return len(neuron.w)
    raise ValueError(f"say what to run the {type(model).__name__} on: draw(model, x=[...])")
