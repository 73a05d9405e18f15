"""Where Graphviz puts cards of given sizes, the boxes around them and the edges between them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graphviz

from viz.graph.cards import Boxes, Card
from viz.layout.nesting import Nesting
from viz.layout.policy import graph_attributes
from viz.layout.process import to_bytes

__all__ = ["SPACING", "Box", "Layout", "lay_out"]

_UNITS = 72.0  # of the page, and points of Graphviz, in an inch
SPACING = {"rankdir": "LR", "nodesep": "0.18", "ranksep": "0.85", "pad": "0"}


@dataclass(frozen=True)
class Box:
    """A titled box around the cards of a sample, a layer or a neuron: corner, width and height."""

    title: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """A laid out graph; x runs to the right and y down, in the units of the sizes given.

    Attributes:
        width, height: of the whole.
        centres: (x, y) of each card.
        curves: for each card, one cubic Bézier curve an operand, from the operand to the card:
            x₀, y₀, and then three points a segment.
        boxes: outer ones first.
    """

    width: float
    height: float
    centres: list[tuple[float, float]]
    curves: list[list[list[float]]]
    boxes: list[Box]


def lay_out(cards: Sequence[Card], sizes: Sequence[tuple[float, float]], crossing: bool = False) -> Layout:
    """The layout of ``cards``, operands to the left of what uses them.

    Args:
        sizes: width and height of each card.
        crossing: whether everything feeds everything, as neurons do: leave room for the edges,
            and keep the order of the cards.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails.
    """
    graph = json.loads(to_bytes(_dot(cards, sizes, crossing), "json0"))
    _, _, width, height = map(float, graph["bb"].split(","))
    centres = [(0.0, 0.0)] * len(cards)
    index_of: dict[int, int] = {}  # by Graphviz's own number of a card
    boxes = []
    for item in graph.get("objects", []):
        if item["name"].startswith("cluster"):
            if "bb" in item:
                left, bottom, right, top = map(float, item["bb"].split(","))
                boxes.append(Box(item["label"], left, height - top, right - left, top - bottom))
        else:
            index_of[item["_gvid"]] = int(item["name"])
            (centres[int(item["name"])],) = _points(item["pos"], height)
    curves: list[list[list[float]]] = [[[] for _ in card.edges] for card in cards]
    for edge in graph.get("edges", []):
        curves[index_of[edge["head"]]][int(edge["id"])] = _curve(edge["pos"], height)
    boxes.sort(key=lambda box: -box.width * box.height)
    if crossing:
        _order(cards, centres)
        curves = _straight(cards, sizes, centres)
    return Layout(width, height, centres, curves, boxes)


def _dot(cards: Sequence[Card], sizes: Sequence[tuple[float, float]], crossing: bool) -> graphviz.Digraph:
    """Blank cards of fixed size: what is written on them is no concern of Graphviz."""
    attributes = {**SPACING, **graph_attributes(cards, crossing=crossing)}
    node = {"shape": "box", "fixedsize": "true", "label": ""}
    picture = graphviz.Digraph(graph_attr=attributes, node_attr=node, edge_attr={"arrowsize": "0"})
    boxes = Nesting(picture, {"margin": "10", "fontsize": "12"})
    for i, (card, (width, height)) in enumerate(zip(cards, sizes, strict=True)):
        inches = {"width": f"{width / _UNITS:.4f}", "height": f"{height / _UNITS:.4f}"}
        boxes[card.boxes].node(str(i), **inches)
    for i, card in enumerate(cards):
        for k, edge in enumerate(card.edges):
            picture.edge(f"{edge.operand}:e", f"{i}:w", id=str(k))
    boxes.close()
    return picture


def _order(cards: Sequence[Card], centres: list[tuple[float, float]]) -> None:
    """Let the cards in a box change places until they stand in their own order, first on top."""
    columns: dict[Boxes, list[int]] = {}
    for i, card in enumerate(cards):
        if card.boxes:
            columns.setdefault(card.boxes, []).append(i)
    for column in columns.values():
        spots = sorted((centres[i] for i in column), key=lambda spot: spot[1])
        for i, spot in zip(column, spots, strict=True):
            centres[i] = spot


def _straight(
    cards: Sequence[Card], sizes: Sequence[tuple[float, float]], centres: Sequence[tuple[float, float]]
) -> list[list[list[float]]]:
    """Edges as straight lines, from the right side of an operand to the left side of the card."""

    def line(operand: int, user: int) -> list[float]:
        start = [centres[operand][0] + sizes[operand][0] / 2, centres[operand][1]]
        end = [centres[user][0] - sizes[user][0] / 2, centres[user][1]]
        return [*start, *start, *end, *end]

    return [[line(edge.operand, i) for edge in card.edges] for i, card in enumerate(cards)]


def _points(text: str, height: float) -> list[tuple[float, float]]:
    pairs = re.findall(r"(-?[\d.]+(?:e[-+]?\d+)?),(-?[\d.]+(?:e[-+]?\d+)?)", text)
    return [(float(x), height - float(y)) for x, y in pairs]


def _curve(pos: Any, height: float) -> list[float]:
    """The numbers of a spline; ``e,x,y`` in front is the tip, where the last segment ends."""
    tip = re.match(r"e,\S+ ", pos)
    points = _points(pos[tip.end() :] if tip else pos, height)
    if tip:
        points[-1] = _points(tip[0], height)[0]
    return [coordinate for point in points for coordinate in point]
