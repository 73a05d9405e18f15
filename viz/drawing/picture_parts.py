"""What each node of a picture shows, for formats that Graphviz does not write."""

from __future__ import annotations

from typing import Any, NamedTuple

from viz.drawing.card_text import CardText, card_text
from viz.drawing.sockets import has_disc, node_of, sockets_of

__all__ = ["Part", "parts"]


class Part(NamedTuple):
    """A node of a picture: a card, or the disc of its operation.

    Attributes:
        card: index of the card.
        kind: of the card.
        is_disc: whether it is the disc.
        symbol: of the operation.
        sockets: what is said of each operand.
        text: what is written on the card.
        ground: the colour of its array, if that has one.
        latex: its heading in LaTeX, if that is known.
    """

    card: int
    kind: str
    is_disc: bool
    symbol: str
    sockets: list[str]
    text: CardText
    latex: str = ""
    ground: str = ""


def parts(picture: Any) -> dict[str, Part]:
    """The nodes of a picture by their names in DOT."""
    found: dict[str, Part] = {}
    for i in picture.kept:
        card, look = picture.cards[i], picture.look
        sockets = sockets_of(card, look)
        text = card_text(card, look)
        if has_disc(card, look):
            found[f"o{i}"] = Part(i, card.kind, True, card.symbol, sockets, text)
        if node_of(i, card, look) == f"v{i}":
            found[f"v{i}"] = Part(
                i, card.kind, False, card.symbol, sockets, text, card.latex, look.grounds.get(card.array, "")
            )
    return found
