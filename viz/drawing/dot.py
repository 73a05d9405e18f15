"""Cards as DOT, the language of Graphviz, in the look that ``viz.drawing.style`` sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autodiff import Value
from viz.drawing import style
from viz.drawing.card_text import card_label, card_tooltip
from viz.drawing.gradient_width import GradientWidth
from viz.drawing.picture import Picture
from viz.graph.cards import Card, Edge
from viz.layout.nesting import Nesting
from viz.layout.policy import graph_attributes

__all__ = ["Look", "to_dot"]


@dataclass(frozen=True)
class Look:
    """How cards are drawn; see ``draw`` for what is not explained here.

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
    attributes |= graph_attributes(cards, kept, crossing=look.crossing, discs=True)
    if notes:
        attributes["label"] = style.caption(*notes)
    picture = Picture(graph_attr=attributes, node_attr=style.NODE, edge_attr=style.EDGE)
    if look.crossing:
        sides = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}
        tail, head = sides[look.direction]
        picture.attr("edge", tailport=tail, headport=head)
    _draw_nodes(picture, cards, kept, look)
    _draw_edges(picture, cards, kept, look, width)
    return picture


def _draw_nodes(picture: Picture, cards: Sequence[Card], kept: Sequence[int], look: Look) -> None:
    """Every card in its box, and the boxes in the picture."""
    boxes = Nesting(picture, style.CLUSTER)
    if look.crossing and look.direction in ("LR", "RL"):  # Graphviz stacks a column in a box from below
        kept = [*(i for i in kept if not cards[i].boxes), *(i for i in reversed(kept) if cards[i].boxes)]
    for i in kept:
        card = cards[i]
        box = boxes[card.boxes]
        label = card_label(card, look.precision, look.known)
        box.node(f"v{i}", label, tooltip=card_tooltip(card, look.known), **style.CARDS[card.kind])
        if card.symbol:
            box.node(f"o{i}", card.symbol, tooltip=style.tooltip(card.values[0].op), **style.DISC)
    boxes.close()


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
