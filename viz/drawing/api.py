"""``draw``: a computation graph as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import autodiff
from autodiff import Value
from nn.model.module import Module
from viz.drawing.dot import to_dot
from viz.drawing.highlight import highlighted
from viz.drawing.look import SHOWN, Look
from viz.drawing.picture import Picture
from viz.drawing.sizes import fitting, place_of
from viz.drawing.subject import FOLDED, LEVELS, Subject, subject_of
from viz.graph.cut import nearest, what_is_missing

__all__ = ["DIRECTIONS", "draw"]

DIRECTIONS = ("LR", "TB", "RL", "BT")


def draw(
    y: Value | Sequence[Value] | Module | autodiff.Program,
    *,
    level: str | None = None,
    x: Any = None,
    size: str | tuple[float, float] | None = None,
    title: str = "",
    show: Sequence[str] | None = None,
    highlight: Iterable[Value | tuple[Value, Value]] = (),
    legend: bool | None = None,
    precision: int = 4,
    params: Iterable[Value] = (),
    depth: int | None = None,
    around: Value | None = None,
    max_nodes: int = 2500,
    local_derivatives: bool = False,
    gradient_width: bool = False,
    compact: bool = False,
    direction: str | None = None,
) -> Picture:
    r"""The computation graph behind ``y``, operands before what uses them.

    Layers and neurons are known by their parameters' labels, ``W1[0,2]`` and ``b1[0]`` (layer 1,
    neuron 0), samples by having nothing but parameters in common before the loss. A gradient is
    shown once a backward pass has come to a node; that of a constant, as the 2 in ``x**2``, never is.
    Mathematics in labels is set: ``$W_{1,2}$``, ``$\sigma$``.

    Args:
        y: an output, several of one graph, a model, or a lifted program, whose cards are its formulas.
        level: ``"scalar"`` shows every Value, ``"neuron"`` a card for each neuron, ``"layer"``
            a formula for each layer, ``Z1 = W1·A0 + b1``, and ``"formula"`` those that ``lift`` finds in
            any graph, with the gradients' on the edges, and the steps of a recurrence as one. The usual
            choice is ``"scalar"`` for Values, ``"layer"`` for models, and ``"formula"`` the only one for
            programs.
        x: the sample to run a model on. Without one, only its parameters have numbers.
        size: where the picture will be seen: ``"slide"`` (13.333 × 7.5 in, type of 18 pt or more),
            ``"column"`` of a page (3.4 in wide, 7 pt), ``"board"`` (4 : 3, 28 pt), or width and height
            in inches (9 pt). It decides on type, spacing, direction and how much a card says. What
            does not fit is folded, to neurons and then to layers, and a line under the picture says so.
        title: a line over the picture.
        show: what is said of a card: some of ``"name"``, ``"op"``, ``"data"``, ``"grad"``, ``"shape"``
            and ``"nodes"``, the number of nodes that it stands for. All of them, if left out.
        highlight: Values that stand out, and pairs ``(a, y)`` for all paths from a to y; the rest is pale.
        legend: True shows the kinds of cards, too; False leaves out what explains signs.
        precision: digits after the point; 0 for whole numbers.
        params: leaves to draw as parameters, besides those of a model or with such labels.
        depth: how many operations from the output (or from ``around``) to go.
        around: the Value whose surroundings to show; two operations far, if ``depth`` does not
            say otherwise.
        max_nodes: how many values to show at most, the nearest first.
        local_derivatives: write ∂result/∂operand where each edge ends; for ``level="scalar"``.
        gradient_width: make an edge the wider the larger the gradient that is passed back along it.
        compact: make an operation part of its result's card; a ``size`` does.
        direction: where the output is: ``"LR"`` right, ``"TB"`` below, ``"RL"`` left, ``"BT"`` above;
            right, if no ``size`` asks for something else.

    Raises:
        LiftError: for ``level="formula"``, where the graph cannot be lifted.
        TypeError: if ``y`` is none of these, or ``highlight`` holds something else.
        ValueError: for arguments outside what is said here, or a Value that is not in the graph.
        GraphvizError: with a ``size``, where no Graphviz is found to lay the picture out.

    >>> picture = draw(Value(2.0, "a") * Value(3.0, "b"))
    >>> picture.source.count("->")
    3
    """
    params, highlight = list(params), _as_list(highlight)
    _check(level, precision, depth, max_nodes, direction)
    shown = None if show is None else _shown(show)

    def subject_at(level: str | None) -> tuple[Subject, list[int], list[str]]:
        subject = subject_of(y, level, x, params)
        _check_level(subject, around, local_derivatives, gradient_width)
        start = subject.ends if around is None else [subject.index_of[around]]
        reach = 2 if around is not None and depth is None else depth
        kept = nearest(subject.cards, start, reach, max_nodes, both_ways=around is not None)
        missing = what_is_missing(subject.cards, kept)
        return subject, kept, [missing] if missing else []

    def look_of(subject: Subject) -> Look:
        lit, edges = highlighted(subject, highlight) if highlight else (None, set())
        return Look(
            precision=precision,
            local_derivatives=local_derivatives and subject.level == "scalar",
            gradient_width=gradient_width,
            direction=direction or "LR",
            crossing=subject.level == "neuron",
            known=subject.known,
            show=shown or SHOWN,
            compact=compact,
            title=title,
            legend=legend,
            lit=lit,
            lit_edges=edges,
        )

    if size is None:
        subject, kept, notes = subject_at(level)
        return to_dot(subject.cards, kept, look_of(subject), notes)

    def subjects() -> Iterator[tuple[Subject, list[int], list[str]]]:
        asked = subject_at(level)
        yield asked
        at = (
            FOLDED.index(asked[0].level)
            if asked[0].level in FOLDED and not local_derivatives
            else len(FOLDED)
        )
        for folded in FOLDED[at + 1 :]:
            yield subject_at(folded)

    return fitting(subjects, look_of, place_of(size), direction, shown)


def _as_list(highlight: Any) -> list[Any]:
    if isinstance(highlight, Value):
        raise TypeError("highlight= is a list of Values, or of pairs of them: highlight=[a]")
    return list(highlight)


def _shown(show: Sequence[str]) -> tuple[str, ...]:
    words = (show,) if isinstance(show, str) else tuple(show)
    unknown = [word for word in words if word not in SHOWN]
    if unknown or not words:
        raise ValueError(f"show= names some of {', '.join(map(repr, SHOWN))}; got {show!r:.80}")
    return words


def _check_level(subject: Subject, around: Value | None, local: bool, width: bool) -> None:
    """Refuse what a graph at this level does not have."""
    if local and subject.level != "scalar":
        raise ValueError("local derivatives are of scalars: ask for level='scalar' to see them")
    if width and subject.level == "formula":
        raise ValueError(
            "the formulas of a program have no size: ask for another level to see how large gradients are"
        )
    if around is not None and around not in subject.index_of:
        raise ValueError(f"around= is to be a Value of this graph, got {around!r:.80}")


def _check(
    level: str | None, precision: int, depth: int | None, max_nodes: int, direction: str | None
) -> None:
    if level not in (None, *LEVELS):
        raise ValueError(f"level is one of {', '.join(map(repr, LEVELS))}; got {level!r}")
    if direction not in (None, *DIRECTIONS):
        raise ValueError(f"direction is one of {', '.join(map(repr, DIRECTIONS))}; got {direction!r}")
    if precision < 0:
        raise ValueError(f"precision counts the digits after the point, got {precision}")
    if max_nodes < 1 or (depth is not None and depth < 0):
        raise ValueError(f"max_nodes is at least 1 and depth at least 0, got {max_nodes} and {depth}")
