"""How large a card of the page is, and as much of its texts as fits on it.

Sizes are in units of the page; a character is as wide as in DejaVu Sans 12.
"""

from __future__ import annotations

from viz.graph.cards import Card
from viz.graph.titles import columns, fitting, visible

__all__ = ["LARGE", "LONGEST", "MEASURES", "card_size", "card_symbol", "card_title", "disc_width"]

LONGEST = 300  # characters kept of a label
TITLE, FORMULA = 24, 60  # columns of a title, and of a formula, at most
CHARACTER, NUMBER, PADDING = 7.6, 62, 18
TWO_ROWS, ONE_ROW, FOLDED_ROWS = 42, 26, 64
MEASURES = {  # for a page that makes cards itself
    "title": TITLE,
    "character": CHARACTER,
    "number": NUMBER,
    "padding": PADDING,
    "two_rows": TWO_ROWS,
    "one_row": ONE_ROW,
    "folded_rows": FOLDED_ROWS,
}
LARGE = {  # where a page is projected: numbers of 23 stand under a title of 17, each in a row of its own
    "tall": True,
    "character": 10.4,
    "number": 106,
    "range": 196,  # from one number to another
    "two_rows": 76,
    "one_row": 34,
    "folded_rows": 84,
}


def card_size(card: Card) -> tuple[float, float]:
    """Width and height: room for the operation, the title and a number, or for the formula of a
    folded card."""
    if card.formula:
        return CHARACTER * max(24, columns(card_symbol(card))) + PADDING, FOLDED_ROWS
    title = 0 if card.kind == "constant" and card.values else CHARACTER * max(5, columns(card_title(card)))
    many = NUMBER + 4 * CHARACTER if len(card.values) > 1 else 0  # a shape and a range of numbers
    width = disc_width(card) + title + NUMBER + many + PADDING
    return width, ONE_ROW if card.kind == "constant" else TWO_ROWS


def disc_width(card: Card) -> float:
    """Width of the dark part that bears the operation; 0 for a leaf."""
    symbol = card_symbol(card)
    return CHARACTER * columns(symbol) + PADDING if symbol else 0.0


def card_title(card: Card) -> str:
    """As much of its title as fits."""
    return fitting(visible(card.title, LONGEST), TITLE)


def card_symbol(card: Card) -> str:
    """What computes the card: the formula of a folded one, or the operation's symbol."""
    return fitting(visible(card.formula, LONGEST), FORMULA) or card.symbol
