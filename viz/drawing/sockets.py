"""Which nodes stand for a card, and what is said of each operand where its edge ends."""

from __future__ import annotations

from viz.drawing.card_text import is_written
from viz.drawing.look import Look
from viz.drawing.style import number
from viz.graph.cards import Card

__all__ = ["has_disc", "node_of", "sockets_of"]


def has_disc(card: Card, look: Look) -> bool:
    """Whether the operation of a card has a disc of its own before it."""
    return bool(card.symbol) and not look.compact and "op" in look.show


def node_of(i: int, card: Card, look: Look) -> str:
    """The node of DOT that stands for card ``i`` where others use it."""
    return f"v{i}" if not has_disc(card, look) or is_written(card, look) else f"o{i}"


def sockets_of(card: Card, look: Look) -> list[str]:
    """What is said of each operand at the operation; empty where there is nothing to say."""
    said = []
    for edge in card.edges:
        parts = [str(edge.place)] if edge.place else []
        if look.local_derivatives and edge.local is not None:
            parts.append(f"∂ {number(edge.local, look.precision)}")
        said.append(" ".join(parts))
    return said if any(said) else []
