"""Cards of a lifted program: its arrays and the formulas that compute them."""

from __future__ import annotations

from autodiff import Program
from autodiff.labels import Place
from autodiff.lifting.formula import Block
from viz.graph.cards import Card, Edge

__all__ = ["program_cards"]


def program_cards(program: Program) -> list[Card]:
    """A card for each parameter and input, then one for each formula of the forward pass.

    Numbers that the graph held as constants are part of the formulas that use them.
    """
    shown = [block for block in program.blocks if block.role in ("parameter", "input")]
    index: dict[Block, int] = {block: i for i, block in enumerate(shown)}
    cards = [_card(block, block.role, program) for block in shown]
    for number, formula in enumerate(program.formulas):
        is_last = number == len(program.formulas) - 1
        card = _card(formula.block, "output" if is_last else "result", program)
        card.title, card.formula, card.folded = "", program.line(number), 0
        read = [block for access in formula.accesses for block in program.plan.blocks_read(access)]
        card.edges = [Edge(index[block]) for block in dict.fromkeys(read) if block in index]
        index[formula.block] = len(cards)
        cards.append(card)
    return cards


def _card(block: Block, kind: str, program: Program) -> Card:
    name = Place(block.name)
    boxes = (("layer", name.layer),) if name.letter in ("W", "b", "Z", "A") and name.layer else ()
    arrays = {"data": program.params[block.name]} if block.role == "parameter" else {}
    return Card(kind, block.name, shape=program.shape(block), arrays=arrays, boxes=boxes)
