"""What is seen in each frame of a picture that moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autodiff import Value
from autodiff.engine.handmade import row_of
from viz.animation.scene import Item, Scene, Text
from viz.animation.steps import Step
from viz.drawing import Picture
from viz.drawing.card_text import card_text
from viz.drawing.style import number
from viz.graph.cards import Card

__all__ = ["Frame", "frames_of", "texts_of", "widest", "with_number"]


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes:
        numbers: for each card what stands in its rows "data" and "grad", without those not known yet.
        changed: index of the card that changed, None for none.
        row: "data" or "grad", the row that did.
        edge: the node of DOT that something is handed to, the one that hands it, and which of the edges
            between these.
        words: what happens, in a line.
    """

    numbers: dict[int, dict[str, str]]
    changed: int | None = None
    row: str = ""
    edge: tuple[str, str, int] | None = None
    words: str = ""


def frames_of(picture: Picture, steps: Sequence[Step], known: bool) -> list[Frame]:
    """The first frame, and one for each step whose card is in the picture.

    Args:
        known: whether all data are known from the start.
    """
    cards, kept, look = picture.cards, picture.kept, picture.look
    index: dict[Value, int] = {cards[i].values[0]: i for i in kept}
    numbers: dict[int, dict[str, str]] = {
        i: {"data": number(cards[i].values[0].data, look.precision)} if known or not cards[i].edges else {}
        for i in kept
    }
    frames = [Frame(_copy(numbers), words="before the backward pass" if known else "the leaves")]
    for step in steps:
        i = index.get(step.node)
        if i is None or (step.what == "grad" and cards[i].kind == "constant"):
            continue
        numbers[i][step.what] = number(step.number, look.precision)
        words = _words(step, look.precision)
        frames.append(Frame(_copy(numbers), i, step.what, _edge(step, i, index, cards), words))
    return frames


def widest(frames: Sequence[Frame]) -> dict[int, dict[str, str]]:
    """For each row of each card the longest of the texts that stand there in the course of time."""
    longest: dict[int, dict[str, str]] = {}
    for frame in frames:
        for i, rows in frame.numbers.items():
            for name, text in rows.items():
                if len(text) > len(longest.setdefault(i, {}).get(name, "")):
                    longest[i][name] = text
    return longest


def texts_of(scene: Scene, picture: Picture) -> Iterator[tuple[Item, int, str, list[Text]]]:
    """The texts of each row of numbers: the item, index of its card, name of the row, and its texts, of
    which the last is the number."""
    items = {item.name: item for item in scene.items}
    for i in picture.kept:
        item = items.get(f"v{i}")
        if item is None:
            continue
        end = len(item.texts)
        for name, _ in reversed(card_text(picture.cards[i], picture.look).rows):
            count = 1 if picture.look.compact and picture.look.terse and name in ("data", "shape") else 2
            yield item, i, name, item.texts[end - count : end]
            end -= count


def with_number(text: Text, shown: str) -> Text:
    """The same text with another number, which ends where that did."""
    return replace(text, text=f"{shown:>{len(text.text)}}")


def _copy(numbers: dict[int, dict[str, str]]) -> dict[int, dict[str, str]]:
    return {i: dict(rows) for i, rows in numbers.items()}


def _edge(step: Step, i: int, index: dict[Value, int], cards: Sequence[Card]) -> tuple[str, str, int] | None:
    if step.user is None or step.user not in index:
        return None
    user = index[step.user]
    same = [k for k, edge in enumerate(cards[user].edges) if edge.operand == i]
    return f"{i}", f"{user}", same.index(step.place) if step.place in same else 0


def _words(step: Step, precision: int) -> str:
    name, shown = _name(step.node), number(step.number, precision)
    if step.what == "data":
        operands = ", ".join(_name(operand) for operand in step.node.operands)
        sign = row_of(step.node).symbol
        return f"forward: {sign} of {operands} is {shown}"
    if step.user is None:
        return f"backward: the gradient of {name} by itself is 1"
    local = number(step.user.local_derivatives[step.place], precision)
    sum_of = "" if step.first else ", added to what it had:"
    equals = " =" if step.first else ""
    product = f"{number(step.passed, precision)} · {local}"
    return f"backward, from {_name(step.user)} to {name}: {product}{sum_of}{equals} {shown}"


def _name(node: Value) -> str:
    return node.label or (row_of(node).symbol if node.op else number(node.data, 4))
