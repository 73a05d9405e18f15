"""``draw``: a computation graph as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autodiff import Program, Value
from nn.model.module import Module
from viz.drawing.dot import Look, to_dot
from viz.drawing.picture import Picture
from viz.drawing.subject import LEVELS, subject_of
from viz.graph.cut import nearest, what_is_missing

__all__ = ["DIRECTIONS", "draw"]

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
    subject = subject_of(y, level, x, params)
    if local_derivatives and subject.level != "scalar":
        raise ValueError("local derivatives are of scalars: ask for level='scalar' to see them")
    if gradient_width and isinstance(y, Program):
        raise ValueError("a program's picture has no gradients; draw the graph it was lifted from")
    if around is not None and around not in subject.index_of:
        raise ValueError(f"around= is to be a Value of this graph, got {around!r:.80}")
    start = subject.ends if around is None else [subject.index_of[around]]
    if around is not None and depth is None:
        depth = 2
    kept = nearest(subject.cards, start, depth, max_nodes, both_ways=around is not None)
    crossing = subject.level == "neuron"
    look = Look(precision, local_derivatives, gradient_width, direction, crossing, subject.known)
    return to_dot(subject.cards, kept, look, what_is_missing(subject.cards, kept))


def _check(level: str | None, precision: int, depth: int | None, max_nodes: int, direction: str) -> None:
    if level not in (None, *LEVELS):
        raise ValueError(f"level is one of {', '.join(map(repr, LEVELS))}; got {level!r}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is one of {', '.join(map(repr, DIRECTIONS))}; got {direction!r}")
    if precision < 0:
        raise ValueError(f"precision counts the digits after the point, got {precision}")
    if max_nodes < 1 or (depth is not None and depth < 0):
        raise ValueError(f"max_nodes is at least 1 and depth at least 0, got {max_nodes} and {depth}")
