"""What is written on a card, and what is said when the pointer rests on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from viz.drawing.look import Look
from viz.drawing.style import number
from viz.graph.cards import Card

__all__ = ["CardText", "card_text", "card_words", "is_written"]


class CardText(NamedTuple):
    """The texts of a card: a formula on dark ground, a name, and under it names and their values."""

    heading: str
    title: str
    rows: list[tuple[str, str]]


def card_text(card: Card, look: Look) -> CardText:
    """Formula, name, shape and numbers, as far as they are asked for: of an array the range."""
    rows: list[tuple[str, str]] = []
    has_numbers = _is_known(card, look)
    if card.shape and "shape" in look.show:
        rows.append(("shape", _shape(card.shape if has_numbers else (*card.shape[:-1], "m"))))
    if card.cells:
        rows += _cells(card, look)
    elif has_numbers:
        rows += _numbers(card, look)
    elif not (card.shape or card.title or card.formula) and "data" in look.show:
        rows.append(("data", "?"))
    if "grad" in look.show:
        rows += [(name, formula) for name, _, formula in (line.partition(" = ") for line in card.gradients)]
    if card.formula and card.folded and "nodes" in look.show:
        rows.append(("nodes", f"{card.folded:,}"))
    title = card.title if "name" in look.show else ""
    heading = card.formula if "op" in look.show else ""
    if not (title or rows or heading) and not (card.symbol and "op" in look.show):
        title = card.title or card.symbol or card.formula or _data(card, look)  # no card is blank
    return CardText(heading, title, rows)


def is_written(card: Card, look: Look) -> bool:
    """Whether a result has a card of its own beside the disc of its operation."""
    text = card_text(card, look)
    return bool(text.heading or text.title or text.rows)


def card_words(card: Card, look: Look) -> str:
    """What a card is, in words, and its numbers in full."""
    what = f"{card.kind} {card.title} {card.formula}".rstrip()
    if len(card.values) != 1 or not _is_known(card, look):
        return what
    (value,) = card.values
    grad = card.numbers("grad")
    return f"{what}: data {value.data!r}" + ("" if grad is None else f", grad {value.grad!r}")


def _is_known(card: Card, look: Look) -> bool:
    return look.known is None or all(value in look.known for value in card.values)


def _shape(shape: Iterable[int | str]) -> str:
    axes = list(map(str, shape))
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def _data(card: Card, look: Look) -> str:
    data = card.numbers("data") if _is_known(card, look) else None
    return number(float(data[0]), look.precision) if data is not None and data.size else "·"


def _numbers(card: Card, look: Look) -> list[tuple[str, str]]:
    """Data and gradient, as far as they are known, as a number or as ``lowest … highest``, aligned."""
    asked = [name for name in ("data", "grad") if name in look.show]
    if card.said:
        return [(name, card.said[name]) for name in asked if name in card.said]
    arrays = {name: array for name in asked if (array := card.numbers(name)) is not None and array.size}
    if all(array.size == 1 for array in arrays.values()):
        return [(name, number(float(array.flat[0]), look.precision)) for name, array in arrays.items()]
    ends = {name: _ends(array, look.precision) for name, array in arrays.items()}
    widths = [max(len(each[i]) for each in ends.values()) for i in (0, 1)]
    return [
        (name, f"{low:>{widths[0]}} … {high:>{widths[1]}}{rest}") for name, (low, high, rest) in ends.items()
    ]


def _cells(card: Card, look: Look) -> list[tuple[str, str]]:
    """Matrices, a row of text for each of theirs."""
    rows: list[tuple[str, str]] = []
    for name, matrix in card.cells.items():
        if name in look.show:
            texts = [[number(float(x), look.precision) for x in row] for row in matrix]
            width = max(len(text) for row in texts for text in row)
            lines = ["  ".join(f"{text:>{width}}" for text in row) for row in texts]
            rows += [("" if at else name, line) for at, line in enumerate(lines)]
    return rows


def _ends(array: np.ndarray, precision: int) -> tuple[str, str, str]:
    """The smallest and the largest number, and how many are none."""
    numbers = array[~np.isnan(array)]
    lacking = array.size - numbers.size
    if not numbers.size:
        return "nan", "nan", ""
    low, high = (number(float(end(numbers)), precision) for end in (np.min, np.max))
    return low, high, f", {lacking:,} nan" if lacking else ""
