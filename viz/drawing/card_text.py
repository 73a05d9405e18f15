"""What is written on a card, and what is said when the pointer rests on it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from autodiff import Value
from viz.drawing import style
from viz.graph.cards import Card

__all__ = ["card_label", "card_tooltip"]

Known = Collection[Value] | None  # Values whose numbers mean something; None for all


def card_label(card: Card, precision: int, known: Known = None) -> str:
    """Title, formula, shape and numbers: of an array the smallest and the largest."""
    rows: list[tuple[str, str]] = []
    has_numbers = _is_known(card, known)
    if card.shape:
        rows.append(("shape", _shape(card.shape if has_numbers else (*card.shape[:-1], "m"))))
    if has_numbers:
        rows += _ranges(card, precision)
    elif not (card.shape or card.title or card.formula):
        rows.append(("data", "?"))
    if card.formula and card.folded:
        rows.append(("nodes", f"{card.folded:,}"))
    return style.card(card.title, rows, card.formula)


def card_tooltip(card: Card, known: Known = None) -> str:
    """What a card is, in words, and its numbers in full."""
    what = f"{card.kind} {card.title} {card.formula}".rstrip()
    if len(card.values) != 1 or not _is_known(card, known):
        return style.tooltip(what)
    (value,) = card.values
    return style.tooltip(f"{what}: data {value.data!r}, grad {value.grad!r}")


def _is_known(card: Card, known: Known) -> bool:
    return known is None or all(value in known for value in card.values)


def _shape(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _ranges(card: Card, precision: int) -> list[tuple[str, str]]:
    """Data and gradient, as far as they are known, as a number or as ``lowest … highest``, aligned."""
    arrays = {name: array for name in ("data", "grad") if (array := card.numbers(name)) is not None}
    arrays = {name: array for name, array in arrays.items() if array.size}
    low, high = (
        [style.number(float(end(array)), precision) for array in arrays.values()] for end in (np.min, np.max)
    )
    if all(array.size == 1 for array in arrays.values()):
        return list(zip(arrays, low, strict=True))
    widths = max(map(len, low)), max(map(len, high))
    ranges = [f"{lo:>{widths[0]}} … {hi:>{widths[1]}}" for lo, hi in zip(low, high, strict=True)]
    return list(zip(arrays, ranges, strict=True))
