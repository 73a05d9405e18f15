"""A picture as shapes and texts on a plane, as Graphviz draws it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from viz.drawing import Picture
from viz.layout.process import to_bytes

__all__ = ["Item", "Scene", "Shape", "Text", "read_scene"]

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Shape:
    """A polygon, a curve of Bézier segments, or an ellipse, whose points are centre and radii.

    Colours are ``#rrggbb``, empty for none; ``dash`` is "", "dashed" or "dotted".
    """

    kind: str
    points: Points
    fill: str
    stroke: str
    width: float
    dash: str


@dataclass(frozen=True)
class Text:
    """A run of text from its left end, or around its middle, on its base line."""

    x: float
    y: float
    middle: bool
    text: str
    size: float
    color: str
    mono: bool = False
    bold: bool = False
    slanted: bool = False


@dataclass
class Item:
    """A card, a disc, an edge, a box, or the picture itself, with what is drawn for it, in order."""

    name: str
    shapes: list[Shape] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


@dataclass
class Scene:
    """Items from the ground up. x runs to the right and y up, from 0 to width and height, in points.

    Attributes:
        scale: how much larger than that it is to be printed.
        boxes: left, bottom, right and top of each card and disc.
        edges: (tail, head, which of those between these two) of each edge's item.
    """

    width: float
    height: float
    scale: float
    items: list[Item]
    boxes: dict[str, tuple[float, float, float, float]]
    edges: dict[str, tuple[str, str, int]]


def read_scene(picture: Picture) -> Scene:
    """The scene of a picture.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails.
    """
    graph = json.loads(to_bytes(picture, "json"))
    left, bottom, right, top = map(float, graph["bb"].split(","))
    pad = 72 * float(graph.get("pad", 0.15))
    shift = (pad - left, pad - bottom)
    width, height = right - left + 2 * pad, top - bottom + 2 * pad
    size = re.fullmatch(r"([\d.]+),([\d.]+)!", graph.get("size", ""))
    scale = min(72 * float(size[1]) / width, 72 * float(size[2]) / height) if size else 1.0
    ground = Item("graph")
    _read(graph, ("_ldraw_",), ground, shift)
    items, names, boxes = [ground], {}, {}
    cards = []
    for each in graph.get("objects", []):
        names[each["_gvid"]] = each["name"]
        item = Item(each["name"])
        _read(each, ("_draw_", "_ldraw_"), item, shift)
        if "pos" in each:
            x, y = map(float, each["pos"].split(","))
            w, h = 36 * float(each["width"]), 36 * float(each["height"])
            x, y = x + shift[0], y + shift[1]
            boxes[each["name"]] = (x - w, y - h, x + w, y + h)
            cards.append(item)
        else:
            items.append(item)
    edges: dict[str, tuple[str, str, int]] = {}
    seen: dict[tuple[str, str], int] = {}
    for number, each in enumerate(sorted(graph.get("edges", []), key=lambda edge: int(edge["_gvid"]))):
        ends = names[each["tail"]], names[each["head"]]
        item = Item(f"edge{number}")
        _read(each, ("_draw_", "_hdraw_", "_tdraw_", "_ldraw_"), item, shift)
        edges[item.name] = (*ends, seen.get(ends, 0))
        seen[ends] = seen.get(ends, 0) + 1
        items.append(item)
    return Scene(width, height, scale, [*items, *cards], boxes, edges)


def _read(each: dict[str, Any], parts: tuple[str, ...], item: Item, shift: tuple[float, float]) -> None:
    """Run the drawing operations of Graphviz, which set a pen and draw with it.

    Source: https://graphviz.org/docs/outputs/canon/#xdot
    """
    for part in parts:
        stroke, fill, width, dash, size, face, style = "#000000", "", 1.0, "", 14.0, "", 0
        for op in each.get(part, []):
            kind = op["op"]
            if kind == "c":
                stroke = _color(op["color"])
            elif kind == "C":
                fill = _color(op["color"])
            elif kind == "S":
                name, _, given = op["style"].partition("(")
                width = float(given.rstrip(")")) if name == "setlinewidth" else width
                dash = name if name in ("dashed", "dotted") else "" if name == "solid" else dash
            elif kind in "eE":
                x, y, w, h = op["rect"]
                points = [(x + shift[0], y + shift[1]), (w, h)]
                item.shapes.append(Shape("ellipse", points, fill if kind == "E" else "", stroke, width, dash))
            elif kind in "pPbBL":
                points = [(x + shift[0], y + shift[1]) for x, y in op["points"]]
                what = {"p": "polygon", "b": "curve", "l": "line"}[kind.lower()]
                item.shapes.append(Shape(what, points, fill if kind in "PB" else "", stroke, width, dash))
            elif kind == "F":
                size, face = op["size"], op["face"]
            elif kind == "t":
                style = op["fontchar"]
            elif kind == "T":
                x, y = op["pt"]
                x -= op["width"] if op["align"] == "r" else 0.0
                text = Text(x + shift[0], y + shift[1], op["align"] == "c", op["text"], size, stroke)
                bold, slanted = bool(style & 1), bool(style & 2)
                item.texts.append(replace(text, mono="Mono" in face, bold=bold, slanted=slanted))


def _color(code: str) -> str:
    """``#rrggbb``, or nothing for a colour that is not seen."""
    return "" if len(code) == 9 and code.endswith("00") else code[:7]
