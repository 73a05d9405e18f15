"""``draw``: a computation graph as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autodiff import Program, Value
from autodiff.labels import leaves
from nn.model.mlp import MLP, Layer, Neuron
from nn.model.module import Module
from viz.dot import Look, Picture, to_dot
from viz.graph.cards import Card, scalar_cards
from viz.graph.cut import nearest, what_is_missing
from viz.graph.fold import folded_cards
from viz.graph.programs import program_cards
from viz.graph.structure import find_structure

__all__ = ["DIRECTIONS", "LEVELS", "draw"]

LEVELS = ("scalar", "neuron", "layer")
DIRECTIONS = ("LR", "TB", "RL", "BT")


def draw(
    y: Value | Sequence[Value] | Module | Program,
    *,
    level: str | None = None,
    x: Any = None,
    precision: int = 4,
    params: Iterable[Value] = (),
    depth: int | None = None,
    around: Value | None = None,
    max_nodes: int = 2500,
    local_derivatives: bool = False,
    gradient_width: bool = False,
    direction: str = "LR",
) -> Picture:
    """The computation graph behind ``y``, operands before what uses them.

    Layers and neurons are known by their parameters' labels, ``W1[0,2]`` and ``b1[0]`` (layer 1,
    neuron 0), samples by having nothing but parameters in common before the loss.

    Args:
        y: an output, several of one graph, a model, or a lifted program, whose cards are its formulas.
        level: ``"scalar"`` shows every Value, ``"neuron"`` a card for each neuron, ``"layer"``
            a formula for each layer: ``Z1 = W1 @ A0 + b1``. The usual choice is ``"scalar"``
            for Values, ``"layer"`` for models, and the only one for programs.
        x: the sample to run a model on. Without one, only its parameters have numbers.
        precision: digits after the point.
        params: leaves to draw as parameters, besides those of a model or with such labels.
        depth: how many operations from the output (or from ``around``) to go.
        around: the Value whose surroundings to show; two operations far, if ``depth`` does not
            say otherwise.
        max_nodes: how many values to show at most, the nearest first.
        local_derivatives: write ∂result/∂operand on each edge; for ``level="scalar"``.
        gradient_width: make an edge the wider the larger the gradient that is passed back along it.
        direction: where the output is: ``"LR"`` right, ``"TB"`` below, ``"RL"`` left, ``"BT"`` above.

    Raises:
        TypeError: if ``y`` is none of these.
        ValueError: for arguments outside what is said here, or an ``around`` that is not in the graph.
    """
    _check(level, precision, depth, max_nodes, direction)
    graph = _program(y, level, x) if isinstance(y, Program) else _graph(y, level, x, params)
    if local_derivatives and graph.level != "scalar":
        raise ValueError("local derivatives are of scalars: ask for level='scalar' to see them")
    if gradient_width and isinstance(y, Program):
        raise ValueError("a program's picture has no gradients; draw the graph it was lifted from")
    if around is not None and around not in graph.index_of:
        raise ValueError(f"around= is to be a Value of this graph, got {around!r:.80}")
    start = graph.ends if around is None else [graph.index_of[around]]
    if around is not None and depth is None:
        depth = 2
    kept = nearest(graph.cards, start, depth, max_nodes, both_ways=around is not None)
    crossing = graph.level == "neuron"
    look = Look(precision, local_derivatives, gradient_width, direction, crossing, graph.known)
    return to_dot(graph.cards, kept, look, what_is_missing(graph.cards, kept))


class _Graph(NamedTuple):
    """What is to be drawn: its cards, the index of each Value's card, those of the outputs, the
    level, and the Values whose numbers mean something, None for all."""

    cards: list[Card]
    index_of: dict[Value, int]
    ends: list[int]
    level: str
    known: set[Value] | None = None


def _program(program: Program, level: str | None, x: Any) -> _Graph:
    if level not in (None, "layer") or x is not None:
        raise ValueError("a program is drawn by its formulas: leave level and x out")
    cards = program_cards(program)
    return _Graph(cards, {}, [len(cards) - 1], "layer")


def _graph(y: Any, level: str | None, x: Any, params: Iterable[Value]) -> _Graph:
    outputs, made_up, usual = _outputs(y, x)
    level = level or usual
    found = find_structure(outputs, [*params, *(y.parameters() if isinstance(y, Module) else ())])
    cards, index = scalar_cards(found) if level == "scalar" else folded_cards(found, level == "neuron")
    ends = [index[each] for each in reversed(outputs)]
    return _Graph(cards, index, ends, level, found.parameters if made_up else None)


def _outputs(y: Any, x: Any) -> tuple[list[Value], bool, str]:
    """The outputs, whether the inputs behind them are made up, and the usual level."""
    if isinstance(y, Module):
        made_up = x is None
        results = y(leaves("x", np.zeros(_width(y))) if made_up else x)  # type: ignore[operator]
        return np.ravel(np.asarray(results, dtype=object)).tolist(), made_up, "layer"
    if x is not None:
        raise ValueError("x= is the sample to run a model on; the graph of a Value has its inputs already")
    many = isinstance(y, (list, tuple, np.ndarray))
    outputs = np.ravel(np.asarray(y, dtype=object)).tolist() if many else [y]
    if not outputs or not all(isinstance(each, Value) for each in outputs):
        given = f"{y!r:.60} of type {type(y).__name__}" if not many else f"{outputs!r:.60}"
        raise TypeError(f"draw() takes a Value, a list of Values, a model or a program, got {given}")
    return outputs, False, "scalar"


def _width(model: Module) -> int:
    if isinstance(model, MLP):
        return model.sizes[0]
    neuron = model.neurons[0] if isinstance(model, Layer) else model
    if isinstance(neuron, Neuron):
        return len(neuron.w)
    raise ValueError(f"say what to run the {type(model).__name__} on: draw(model, x=[...])")


def _check(level: str | None, precision: int, depth: int | None, max_nodes: int, direction: str) -> None:
    if level not in (None, *LEVELS):
        raise ValueError(f"level is one of {', '.join(map(repr, LEVELS))}; got {level!r}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is one of {', '.join(map(repr, DIRECTIONS))}; got {direction!r}")
    if precision < 0:
        raise ValueError(f"precision counts the digits after the point, got {precision}")
    if max_nodes < 1 or (depth is not None and depth < 0):
        raise ValueError(f"max_nodes is at least 1 and depth at least 0, got {max_nodes} and {depth}")
