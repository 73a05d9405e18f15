"""``draw``: a computation graph as a picture.

Values are cards with a name, their data and their gradient; operations are dark discs. What a
card is can be told by its shape alone, so that it survives a black-and-white printer, and every
text sits on a light ground of its own, so that pictures read on white and on dark pages alike.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

import graphviz

from autodiff import Value, topological_order
from autodiff.ops import OPS
from viz.render import to_bytes

__all__ = ["Picture", "draw"]

# DejaVu's widths are nearly Verdana's and Menlo's, so text stays inside its card elsewhere too.
TEXT = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"
DIGITS = "DejaVu Sans Mono,Menlo,Consolas,monospace"
INK, LINE = "#1B1F24", "#808080"  # LINE stands out 3:1 against white and against near-black

GRAPH = {"rankdir": "LR", "bgcolor": "transparent", "pad": "0.15", "nodesep": "0.15", "ranksep": "0.3"}
NODE = {"fontname": TEXT, "fontcolor": INK, "fontsize": "12", "style": "filled", "margin": "0.08,0.04"}

# Hues of Okabe & Ito (2008), which colour-blind readers tell apart.
CARDS = {
    "input": {"shape": "box", "color": "#0072B2", "fillcolor": "#DDEBF7", "penwidth": "1.5"},
    "parameter": {"shape": "box3d", "color": "#00795A", "fillcolor": "#DBF1E8", "penwidth": "1.5"},
    "constant": {"shape": "box", "style": "filled,dashed", "color": "#6B6B6B", "fillcolor": "#F2F2F2"},
    "result": {"shape": "box", "style": "filled,rounded", "color": "#6B6B6B", "fillcolor": "#FFFFFF"},
    "output": {
        "shape": "box", "style": "filled,rounded", "peripheries": "2",
        "color": "#C44E00", "fillcolor": "#FCE4D2", "penwidth": "1.5",
    },
}  # fmt: skip
DISC = {
    "shape": "ellipse", "style": "filled", "color": LINE, "fillcolor": "#2F3B4A", "fontcolor": "#FFFFFF",
    "width": "0.4", "height": "0.4", "margin": "0.03,0.0", "fontsize": "13",
}  # fmt: skip

_OF_A_NEURON = re.compile(r"[Wb](\d+)\[(\d+)(?:,\d+)?\]")


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A ``graphviz.Digraph`` that shows itself in a notebook also where there is no ``dot``."""

    def pipe(self, format: str | None = None, encoding: str | None = None, **options: Any) -> Any:
        """The rendered picture, as text if an encoding is given."""
        if options or format not in (None, "svg", "png", "pdf"):
            return super().pipe(format, encoding=encoding, **options)
        content = to_bytes(self, format or "svg")
        return content.decode(encoding) if encoding else content


def draw(y: Value, *, precision: int = 4, params: Iterable[Value] = ()) -> Picture:
    """The computation graph behind ``y``, operands left of what they are used for.

    Nodes of one neuron share a box, and neurons of one layer another; they are known by their
    parameters' labels, ``W1[0,2]`` and ``b1[0]`` (layer 1, neuron 0).

    Args:
        y: the output.
        precision: digits after the point.
        params: leaves to draw as parameters, besides those with such labels.

    Raises:
        TypeError: if ``y`` is not a Value.
        ValueError: for a negative precision.
    """
    if precision < 0:
        raise ValueError(f"precision counts the digits after the point, got {precision}")
    order = topological_order(y)
    number = {node: i for i, node in enumerate(order)}
    neuron = _neurons(order)
    given = set(params)
    picture = Picture(graph_attr=GRAPH, node_attr=NODE, edge_attr={"color": LINE, "arrowsize": "0.6"})
    members: dict[tuple[int, ...], list[Value]] = {}
    for node in order:
        members.setdefault(neuron.get(node, ()), []).append(node)
    layers: dict[int, Picture] = {}
    for place in sorted(members):
        part = picture if not place else _cluster(f"neuron {place[1]}", f"cluster_{place[0]}_{place[1]}")
        for node in members[place]:
            kind = "output" if node is y else _kind(node, node in given or (node in neuron and not node.op))
            part.node(f"v{number[node]}", _card(node, precision), **CARDS[kind])
            if node.op:
                part.node(f"o{number[node]}", OPS[node.op].symbol, **DISC)
        if place:
            layer = layers.setdefault(place[0], _cluster(f"layer {place[0]}", f"cluster_{place[0]}"))
            layer.subgraph(part)
    for layer in layers.values():
        picture.subgraph(layer)
    for node in order:
        for operand in node.operands:
            picture.edge(f"v{number[operand]}", f"o{number[node]}")
        if node.op:
            picture.edge(f"o{number[node]}", f"v{number[node]}")
    return picture


def _kind(node: Value, is_parameter: bool) -> str:
    if node.op:
        return "result"
    return "parameter" if is_parameter else "input" if node.label else "constant"


def _cluster(title: str, name: str) -> Picture:
    return Picture(
        name=name,
        graph_attr={"label": title, "style": "rounded,filled", "fillcolor": "#F4F6F8", "color": "#B4BBC4",
                    "fontname": TEXT, "fontsize": "11", "fontcolor": "#4A525C", "margin": "8"},
    )  # fmt: skip


def _card(node: Value, precision: int) -> str:
    """Name, data and gradient as an HTML-like label, the digits in one right-aligned column."""
    data, grad = _number(node.data, precision), _number(node.grad, precision)
    width = max(len(data), len(grad))
    title = f'<TR><TD COLSPAN="2"><B>{_text(node.label)}</B></TD></TR>' if node.label else ""
    rows = "".join(
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="9">{name}</FONT></TD>'
        f'<TD><FONT FACE="{DIGITS}" POINT-SIZE="10"> {number:>{width}}</FONT></TD></TR>'
        for name, number in (("data", data), ("grad", grad))
    )
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{title}{rows}</TABLE>>'


def _number(x: float, precision: int) -> str:
    small = x != 0.0 and abs(x) < 10.0**-precision
    return f"{x:.{precision}{'e' if small or abs(x) >= 1e6 else 'f'}}"


def _text(label: str) -> str:
    """A label as text inside an HTML-like label: nothing in it is markup or an escape."""
    shown = label if len(label) <= 40 else label[:39] + "…"
    shown = "".join(each if each.isprintable() else "⏎" if each == "\n" else "�" for each in shown)
    return html.escape(shown).replace("\\", "&#92;&#92;")


def _neurons(order: list[Value]) -> dict[Value, tuple[int, ...]]:
    """(layer, neuron) of the nodes that are part of one: parameters by their labels, then what
    is computed from them until something from outside the neuron comes in."""
    places: dict[Value, tuple[int, ...]] = {}
    for node in order:
        if not node.op:
            match = _OF_A_NEURON.fullmatch(node.label)
            if match:
                places[node] = (int(match[1]), int(match[2]))
            continue
        at_parameter = {places[each] for each in node.operands if not each.op and each in places}
        before = {places.get(each, ()) for each in node.operands if each.op or each.label} - {()}
        outside = any(each not in places and (each.op or each.label) for each in node.operands)
        if len(at_parameter) == 1 and (node.op == "mul" or before == at_parameter):
            (places[node],) = at_parameter
        elif len(before) == 1 and not at_parameter and not outside:
            (places[node],) = before
    return places
