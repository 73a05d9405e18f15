"""Cards as DOT, the language of Graphviz, in the look that ``viz.style`` sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import graphviz
import numpy as np

from autodiff import Value
from viz import style
from viz.gradient_width import GradientWidth
from viz.graph.cards import Boxes, Card, Edge
from viz.rendering import to_bytes

__all__ = ["Look", "Picture", "to_dot"]

MANY = 500  # cards; from here on, Graphviz gets a bound on how long it polishes the layout
LONG = 20_000  # columns that all edges together span; from here on, they do not bend around cards


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A ``graphviz.Digraph`` that shows itself in a notebook also where there is no ``dot``."""

    def pipe(self, format: str | None = None, encoding: str | None = None, **options: Any) -> Any:
        """The rendered picture, as text if an encoding is given."""
        if options or format not in (None, "svg", "png", "pdf"):
            return super().pipe(format, encoding=encoding, **options)
        content = to_bytes(self, format or "svg")
        return content.decode(encoding) if encoding else content


@dataclass(frozen=True)
class Look:
    """How cards are drawn; see ``viz.drawing`` for what is not explained here.

    Attributes:
        crossing: whether everything feeds everything, as neurons do: leave room for the edges,
            and keep the order of the cards.
        known: Values whose numbers mean something; None for all.
    """

    precision: int = 4
    local_derivatives: bool = False
    gradient_width: bool = False
    direction: str = "LR"
    crossing: bool = False
    known: Collection[Value] | None = None


def to_dot(cards: Sequence[Card], kept: Sequence[int], look: Look, note: str = "") -> Picture:
    """The picture of the cards with the indices ``kept``, and a line under it."""
    notes = [note] if note else []
    width = None
    if look.gradient_width:
        gradients = [edge.passed for i in kept for edge in cards[i].edges]
        width = GradientWidth([*gradients, *(cards[i].values[0].grad for i in kept if cards[i].symbol)])
        notes.append(width.legend())
    attributes = {**style.GRAPH, "rankdir": look.direction}
    if look.crossing:
        attributes |= {"ranksep": "1.2", "mclimit": "0.01", "splines": "line"}
    if notes:
        attributes["label"] = style.caption(*notes)
    if len(kept) > MANY:
        attributes |= {"nslimit": "0.1", "nslimit1": "0.1", "mclimit": "0.1", "splines": "polyline"}
        if _total_length(cards, kept) > LONG:
            attributes |= {"mclimit": "0.05", "splines": "line"}
    picture = Picture(graph_attr=attributes, node_attr=style.NODE, edge_attr=style.EDGE)
    if look.crossing:
        ends = {"LR": "ew", "RL": "we", "TB": "sn", "BT": "ns"}[look.direction]
        picture.attr("edge", tailport=ends[0], headport=ends[1])
    _draw_nodes(picture, cards, kept, look)
    _draw_edges(picture, cards, kept, look, width)
    return picture


def _total_length(cards: Sequence[Card], kept: Sequence[int]) -> int:
    """How many columns all edges together span."""
    column: dict[int, int] = {}
    total = 0
    for i in kept:
        before = [column[edge.operand] for edge in cards[i].edges if edge.operand in column]
        column[i] = max(before, default=-1) + 1
        total += sum(column[i] - each for each in before)
    return total


def _draw_nodes(picture: Picture, cards: Sequence[Card], kept: Sequence[int], look: Look) -> None:
    """Every card in its box, and the boxes in the picture."""
    boxes: dict[Boxes, Picture] = {(): picture}
    if look.crossing and look.direction in ("LR", "RL"):  # Graphviz stacks a column in a box from below
        kept = [*(i for i in kept if not cards[i].boxes), *(i for i in reversed(kept) if cards[i].boxes)]
    for i in kept:
        card = cards[i]
        for depth in range(1, len(card.boxes) + 1):
            place = card.boxes[:depth]
            if place not in boxes:
                title = " ".join(map(str, place[-1]))
                name = "_".join(["cluster", *(f"{kind}{number}" for kind, number in place)])
                boxes[place] = Picture(name, graph_attr={**style.CLUSTER, "label": title, "tooltip": title})
        box = boxes[card.boxes]
        box.node(f"v{i}", _label(card, look), tooltip=_tooltip(card, look), **style.CARDS[card.kind])
        if card.symbol:
            box.node(f"o{i}", card.symbol, tooltip=style.tooltip(card.values[0].op), **style.DISC)
    for place in sorted(boxes, key=lambda place: (-len(place), place)):
        if place:
            boxes[place[:-1]].subgraph(boxes[place])


def _draw_edges(
    picture: Picture, cards: Sequence[Card], kept: Sequence[int], look: Look, width: GradientWidth | None
) -> None:
    """Edges from operands to operations to results; a stub stands for what a card lacks."""
    shown = set(kept)
    for i in kept:
        card = cards[i]
        end = f"o{i}" if card.symbol else f"v{i}"
        for edge in card.edges:
            if edge.operand in shown:
                picture.edge(f"v{edge.operand}", end, **_edge(edge, look, width))
        _stub(picture, f"before{i}", sum(edge.operand not in shown for edge in card.edges), to=end)
        if card.symbol:
            picture.edge(end, f"v{i}", **(width.edge(card.values[0].grad) if width else {}))
    users = Counter(edge.operand for i, card in enumerate(cards) if i not in shown for edge in card.edges)
    for i in kept:
        _stub(picture, f"after{i}", users[i], of=f"v{i}")


def _stub(picture: Picture, name: str, count: int, of: str = "", to: str = "") -> None:
    if count:
        picture.node(name, f"… {count:,} more", tooltip="left out", **style.STUB)
        picture.edge(of or name, to or name, style="dotted", tooltip="left out")


def _edge(edge: Edge, look: Look, width: GradientWidth | None) -> dict[str, str]:
    attributes = width.edge(edge.passed) if width else {}
    if edge.local is not None:
        attributes["tooltip"] = f"local derivative {edge.local!r}, passes back {edge.passed!r}"
        if look.local_derivatives:
            attributes["label"] = style.caption(f"∂ {style.number(edge.local, look.precision)}")
    return attributes


def _is_known(card: Card, look: Look) -> bool:
    return look.known is None or all(value in look.known for value in card.values)


def _label(card: Card, look: Look) -> str:
    """Title, formula, shape and numbers: of an array the smallest and the largest."""
    rows: list[tuple[str, str]] = []
    known = _is_known(card, look)
    if card.shape:
        rows.append(("shape", _shape(card.shape if known else (*card.shape[:-1], "m"))))
    if known:
        rows += _ranges(card, look.precision)
    elif not (card.shape or card.title or card.formula):
        rows.append(("data", "?"))
    if card.formula and card.folded:
        rows.append(("nodes", f"{card.folded:,}"))
    return style.card(card.title, rows, card.formula)


def _shape(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _ranges(card: Card, precision: int) -> list[tuple[str, str]]:
    both = {name: card.numbers(name) for name in ("data", "grad")}
    numbers = {name: each for name, each in both.items() if each is not None and each.size}
    low, high = (
        [style.number(float(end(each)), precision) for each in numbers.values()] for end in (np.min, np.max)
    )
    if all(each.size == 1 for each in numbers.values()):
        return list(zip(numbers, low, strict=True))
    widths = max(map(len, low)), max(map(len, high))
    ranges = [f"{lo:>{widths[0]}} … {hi:>{widths[1]}}" for lo, hi in zip(low, high, strict=True)]
    return list(zip(numbers, ranges, strict=True))


def _tooltip(card: Card, look: Look) -> str:
    """What a card is, in words, and its numbers in full."""
    what = f"{card.kind} {card.title} {card.formula}".rstrip()
    if len(card.values) != 1 or not _is_known(card, look):
        return style.tooltip(what)
    (value,) = card.values
    return style.tooltip(f"{what}: data {value.data!r}, grad {value.grad!r}")
