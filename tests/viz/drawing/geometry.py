"""Where things are in a picture: cards, texts and edges, read from Graphviz's own layout."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import numpy as np

from viz.layout.process import to_bytes

NUMBER = r"-?[\d.]+(?:e[-+]?\d+)?"


@dataclass
class Drawn:
    """Boxes are (left, bottom, right, top) in points; texts are (box, size of type, text)."""

    scale: float
    width: float
    height: float
    nodes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    texts: dict[str, list] = field(default_factory=dict)
    edges: list[tuple[str, str, list[tuple[float, float]]]] = field(default_factory=list)

    @property
    def smallest(self) -> float:
        """The smallest type as it is printed, in points."""
        return self.scale * min(size for texts in self.texts.values() for _, size, _ in texts)


def drawn(picture) -> Drawn:
    graph = json.loads(to_bytes(picture, "json"))
    left, bottom, right, top = map(float, graph["bb"].split(","))
    pad = 2 * 72 * float(graph["pad"])
    width, height = right - left + pad, top - bottom + pad
    scale = 1.0
    if size := re.fullmatch(r"([\d.]+),([\d.]+)!", graph.get("size", "")):
        scale = min(72 * float(size[1]) / width, 72 * float(size[2]) / height)
    found = Drawn(scale, width * scale, height * scale)
    found.texts["graph"] = list(_texts(graph))
    names = {}
    for item in graph.get("objects", []):
        names[item["_gvid"]] = item["name"]
        if "pos" in item:
            x, y = map(float, item["pos"].split(","))
            w, h = 36 * float(item["width"]), 36 * float(item["height"])
            found.nodes[item["name"]] = (x - w, y - h, x + w, y + h)
        found.texts[item["name"]] = list(_texts(item))
    for edge in graph.get("edges", []):
        pairs = re.findall(rf"({NUMBER}),({NUMBER})", edge["pos"])
        points = [tuple(map(float, pair)) for pair in pairs]
        start = points[1:] if edge["pos"].startswith("e") else points
        found.edges.append((names[edge["tail"]], names[edge["head"]], list(_along(start))))
    return found


def _texts(item):
    size = 0.0
    for op in item.get("_ldraw_", []):
        if op["op"] == "F":
            size = op["size"]
        elif op["op"] == "T":
            x, y = op["pt"]
            left = x - {"l": 0.0, "c": 0.5, "r": 1.0}[op["align"]] * op["width"]
            yield (left, y, left + op["width"], y + 0.7 * size), size, op["text"]


def _along(points):
    """Points on a spline of Bézier curves."""
    for k in range(0, len(points) - 1, 3):
        p0, p1, p2, p3 = points[k : k + 4]
        for i in range(21):
            t = i / 20
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield tuple(a * p0[j] + b * p1[j] + c * p2[j] + d * p3[j] for j in (0, 1))


def overlapping(found: Drawn) -> list[tuple[str, str]]:
    """Pairs of cards that overlap."""
    items = sorted(found.nodes.items(), key=lambda item: item[1][0])
    pairs = []
    for i, (one, a) in enumerate(items):
        for other, b in items[i + 1 :]:
            if b[0] >= a[2] - 0.1:
                break
            if a[1] < b[3] - 0.1 and b[1] < a[3] - 0.1:
                pairs.append((one, other))
    return pairs


def crossed(found: Drawn, slack: float = 1.5) -> list[tuple[str, str, str]]:
    """Edges, and the cards that they run through without belonging to them."""
    names, boxes = [*found.nodes], np.array([*found.nodes.values()]).reshape(-1, 1, 4)
    low, high = boxes[..., :2] + slack, boxes[..., 2:] - slack
    hits = []
    for tail, head, points in found.edges:
        along = np.array(points)
        met = ((low < along) & (along < high)).all(axis=2).any(axis=1)
        hits += [(tail, head, names[k]) for k in np.flatnonzero(met) if names[k] not in (tail, head)]
    return hits


def outside(found: Drawn, slack: float = 1.0) -> list[tuple[str, str]]:
    """Texts that leave their card."""
    return [
        (name, text)
        for name, (left, bottom, right, top) in found.nodes.items()
        for (x0, y0, x1, y1), _, text in found.texts[name]
        if x0 < left - slack or x1 > right + slack or y0 < bottom - slack or y1 > top + slack
    ]
