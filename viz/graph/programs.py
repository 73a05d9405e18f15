"""Cards of a lifted program: its arrays, the formulas that compute them, and those of the gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import autodiff
from autodiff.labels import Place
from autodiff.lifting.formula import Block
from autodiff.lifting.write.rendered import Line
from viz.graph.cards import Card, Edge

__all__ = ["names_in", "program_cards", "target_name"]

RAISED = str.maketrans(dict.fromkeys("ᵀ⁻⁰¹²³⁴⁵⁶⁷⁸⁹", " "))  # what may follow a name and is no part of it


def program_cards(program: autodiff.Program) -> tuple[list[Card], dict[str, int]]:
    """A card for each parameter, input and named constant, then one for each line of the forward pass;
    and the index of the card of each name.

    The formula of a gradient stands on the edge along which it is handed back; on the card of its array,
    where it belongs to no single edge. Steps of a recurrence are one card, in a box that counts them, and
    what they read of the step before comes along an edge that returns.
    """
    leaves = [block for block in program.blocks if block.role in ("parameter", "input")]
    cards = [_array(block, program) for block in leaves]
    index = {block.symbol: i for i, block in enumerate(leaves)}
    for name, numbers in program.constants.items():
        index[name] = len(cards)
        cards.append(Card("constant", name, shape=numbers.shape, arrays={"data": numbers}))
    first = len(cards)
    for line in program.forward:
        target = target_name(line.text)
        card = Card("result", "", shape=line.shape, folded=0, boxes=_boxes(target, line))
        card.formula, card.latex = line.in_text, line.in_latex.replace("&", "", 1)
        index.setdefault(target, len(cards))
        cards.append(card)
    cards[-1].kind = "output"
    for i, line in enumerate(program.forward, first):
        operands = [index[name] for name in names_in(line.text.partition(" = ")[2], index)]
        cards[i].edges = [Edge(operand, returns=operand >= i) for operand in operands]
    _add_gradients(cards, index, program.backward)
    return cards, index


def target_name(text: str) -> str:
    """The name of the array that a line computes.

    >>> target_name("H[t] = W·H[t-1]"), target_name("dA1 += W2ᵀ·dZ2")
    ('H', 'dA1')
    """
    found = re.match(r"\w+", text)
    return found[0] if found else text


def names_in(text: str, known: Iterable[str]) -> list[str]:
    """The known names that occur in a formula, in its order; a word before a bracket is a function.

    >>> names_in("W2ᵀ·dZ2 ⊙ exp(Z1²)", {"W2", "W", "dZ2", "Z1", "exp"})
    ['W2', 'dZ2', 'Z1']
    """
    known = set(known)
    words = re.findall(r"[^\W\d]\w*(?!\w|\()", text.translate(RAISED))
    return [word for word in dict.fromkeys(words) if word in known]


def _array(block: Block, program: autodiff.Program) -> Card:
    arrays = {"data": program.params[block.name]} if block.role == "parameter" else {}
    return Card(block.role, block.symbol, shape=program.shape(block), arrays=arrays, boxes=_layer(block.name))


def _boxes(target: str, line: Line) -> tuple[tuple[str, int], ...]:
    """The layer of Z1 and A1, or the index over which a line is repeated, and how often."""
    if line.ranges:
        count = 1
        for index in line.ranges:
            count *= abs(index.last - index.first) + 1
        return ((f"{', '.join(index.text for index in line.ranges)}   ×", count),)
    return _layer(target)


def _layer(name: str) -> tuple[tuple[str, int], ...]:
    place = Place(name)
    return (("layer", place.layer),) if place.letter in ("W", "b", "Z", "A") and place.layer else ()


def _add_gradients(cards: Sequence[Card], index: dict[str, int], lines: Sequence[Line]) -> None:
    """Write the formulas of gradients where they are handed back."""
    cotangents = {f"d{name}": name for name in index}
    for line in lines:
        name = cotangents.get(target_name(line.text))
        if name is None:
            continue
        text = re.split(r" \+?= ", line.text, maxsplit=1)[1]
        users = {index[cotangents[each]] for each in names_in(text, cotangents)}
        place = index[name]
        leaving = [(i, edge) for i, card in enumerate(cards) for edge in card.edges if edge.operand == place]
        edges = [edge for i, edge in leaving if i in users] or [edge for _, edge in leaving]
        if len(edges) == 1 and not edges[0].said:
            edges[0].said = text
            edges[0].latex = re.split(r" &\+?= ", line.latex, maxsplit=1)[1]
        else:
            cards[place].gradients.append(line.text)
