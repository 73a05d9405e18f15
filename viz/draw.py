"""``draw``: a computation graph as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autodiff import Value
from autodiff.labels import leaves
from nn.mlp import MLP, Layer, Neuron
from nn.module import Module
from viz.cards import scalar_cards
from viz.cut import nearest, what_is_missing
from viz.dot import Look, Picture, to_dot
from viz.fold import folded_cards
from viz.structure import find_structure

__all__ = ["DIRECTIONS", "LEVELS", "draw"]

LEVELS = ("scalar", "neuron", "layer")
DIRECTIONS = ("LR", "TB", "RL", "BT")


def draw(
    y: Value | Sequence[Value] | Module,
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
        y: an output, several of one graph, or a model.
        level: ``"scalar"`` shows every Value, ``"neuron"`` a card for each neuron, ``"layer"``
            a formula for each layer: ``Z1 = W1 @ A0 + b1``. The usual choice is ``"scalar"``
            for Values and ``"layer"`` for models.
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
    outputs, made_up, usual = _outputs(y, x)
    level = usual if level is None else level
    _check(level, precision, depth, max_nodes, direction, local_derivatives)
    found = find_structure(outputs, [*params, *(y.parameters() if isinstance(y, Module) else ())])
    cards, index = scalar_cards(found) if level == "scalar" else folded_cards(found, level == "neuron")
    if around is not None and around not in index:
        raise ValueError(f"around= is to be a Value of this graph, got {around!r:.80}")
    start = [index[each] for each in ([around] if around is not None else reversed(outputs))]
    if around is not None and depth is None:
        depth = 2
    kept = nearest(cards, start, depth, max_nodes, both_ways=around is not None)
    known = found.parameters if made_up else None
    look = Look(precision, local_derivatives, gradient_width, direction, level == "neuron", known)
    return to_dot(cards, kept, look, what_is_missing(cards, kept))


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
        raise TypeError(f"draw() takes a Value, a list of Values or a model, got {given}")
    return outputs, False, "scalar"


def _width(model: Module) -> int:
    if isinstance(model, MLP):
        return model.sizes[0]
    neuron = model.neurons[0] if isinstance(model, Layer) else model
    if isinstance(neuron, Neuron):
        return len(neuron.w)
    raise ValueError(f"say what to run the {type(model).__name__} on: draw(model, x=[...])")


def _check(
    level: str, precision: int, depth: int | None, max_nodes: int, direction: str, local_derivatives: bool
) -> None:
    if level not in LEVELS:
        raise ValueError(f"level is one of {', '.join(map(repr, LEVELS))}; got {level!r}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is one of {', '.join(map(repr, DIRECTIONS))}; got {direction!r}")
    if precision < 0:
        raise ValueError(f"precision counts the digits after the point, got {precision}")
    if max_nodes < 1 or (depth is not None and depth < 0):
        raise ValueError(f"max_nodes is at least 1 and depth at least 0, got {max_nodes} and {depth}")
    if local_derivatives and level != "scalar":
        raise ValueError(f"local derivatives are of scalars: leave level={level!r} out to see them")
