"""Everything the page is told about a graph, as plain lists and dicts for JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import autodiff
from autodiff import Value
from autodiff.engine.ops import OPS, Op
from autodiff.formulas.expr import Expr, symbol
from autodiff.formulas.names import Names
from autodiff.formulas.textbook import book_partials
from viz.explorer.arrays import Factor, Formula, Grid, Group
from viz.explorer.card_size import LONGEST, MEASURES, card_size, card_symbol, card_title, disc_width
from viz.graph.cards import Card, scalar_cards
from viz.graph.fold import folded_cards
from viz.graph.formulas import Folding, fold_by_formulas
from viz.graph.structure import Structure
from viz.graph.titles import visible
from viz.layout.positions import lay_out

__all__ = ["MOST_SCALARS", "operation_texts", "page_contents"]

MOST_SCALARS = 3000  # of a picture of every scalar; nobody can read more, and the page would answer slowly
FEWEST_FOLDED = 12  # nodes of a graph that is worth folding


def page_contents(structure: Structure, groups: Sequence[Group]) -> dict[str, Any]:
    """What ``page/graph.js`` reads; nodes are numbered in topological order.

    Keys:
        nodes: ``[op, operand, …]``, or ``[number]`` for a leaf.
        names, kinds: of each node; a kind is "input", "parameter", "constant", "result", "output".
        ops: for each operation used: its symbol, its formula and partial derivatives as MathML in x, z, y.
        labelled: whether each node has a label of its own.
        pictures: laid out graphs, of scalars first, if there are not too many, and then folded.
        unlifted: why there is no picture by formulas; empty where there is one, or nothing to fold.
        groups: the arrays of the matrix view.
        measures: by which the page makes cards of the scalars in a folded one.
    """
    names = Names(structure.order)
    index = {node: i for i, node in enumerate(structure.order)}
    cards, of = scalar_cards(structure)
    folding, unlifted = _formulas(structure)
    called = _element_names(names, folding)
    for card, node in zip(cards, structure.order, strict=True):
        card.title = visible(called.get(node) or names[node], LONGEST)
        if card.kind in ("constant", "input"):
            card.kind = "constant" if names.is_constant(node) else "input"
    pictures = [_picture("Scalars", cards, of, index)] if len(cards) <= MOST_SCALARS else []
    if structure.units:
        pictures.append(_picture("Neurons", *folded_cards(structure, by_neuron=True), index))
    if structure.units or not (pictures or folding):
        pictures.append(_picture("Layers", *folded_cards(structure), index))
    if folding:
        pictures.append(_picture("Formulas", folding.cards, folding.of, index))
    numbers = {grid.name: i for i, grid in enumerate(grid for group in groups for grid in group.grids)}
    used = dict.fromkeys(node.op for node in structure.order if node.op)
    return {
        "nodes": [
            [node.op, *(index[operand] for operand in node.operands)] if node.op else [node.data]
            for node in structure.order
        ],
        "names": [card.title for card in cards],
        "kinds": "".join(card.kind[0] for card in cards),  # a letter a node, as graphs may have 50,000
        "labelled": "".join(str(int(bool(node.label))) for node in structure.order),
        "ops": {name: operation_texts(OPS[name]) for name in used},
        "pictures": pictures,
        "unlifted": unlifted,
        "measures": MEASURES,
        "groups": [{"title": group.title, "grids": _grids(group, numbers, index)} for group in groups],
    }


def _formulas(structure: Structure) -> tuple[Folding | None, str]:
    """The graph folded by the formulas that ``lift`` finds, or why it is not; neither where they are hardly
    fewer than the scalars."""
    if len(structure.order) < FEWEST_FOLDED:
        return None, ""
    try:
        folding = fold_by_formulas(structure)
    except (autodiff.LiftError, TypeError, ValueError) as error:
        return None, str(error)
    if 2 * len(folding.cards) > len(structure.order):
        return None, ""
    for card, values in zip(folding.cards, folding.values, strict=True):
        card.values = values
    for i in folding.of.values():
        folding.cards[i].folded += bool(folding.cards[i].formula)
    return folding, ""


def _element_names(names: Names, folding: Folding | None) -> dict[Value, str]:
    """What nodes without a label are called as elements of arrays, where nothing else is called so."""
    taken = {names[node] for node in names.order}
    found = folding.names.items() if folding else ()
    return {node: name for node, name in found if name not in taken and not re.fullmatch(r"v\d+", name)}


def operation_texts(op: Op) -> dict[str, Any]:
    """An operation's symbol, and its formula and partial derivatives in a book's MathML of x, z and y.

    Without the element ``math`` around each, which ``formulas.js`` adds.
    """

    def inside(expression: Expr) -> str:
        return re.sub("^<math[^>]*>|</math>$", "", expression.mathml())

    operands = [symbol(letter) for letter in "xz"[: op.arity]]
    return {
        "symbol": op.symbol,
        "formula": inside(Expr(op.name, tuple(operands))),
        "partials": [inside(partial) for partial in book_partials(op, operands, symbol("y"))],
    }


def _picture(
    level: str, cards: Sequence[Card], of: dict[Value, int], index: dict[Value, int]
) -> dict[str, Any]:
    """A laid out graph: its cards, for each node the card it is part of, edges and boxes."""
    sizes = [card_size(card) for card in cards]
    layout = lay_out(cards, sizes, crossing=level == "Neurons")
    shown = [
        {
            "kind": card.kind,
            "title": card_title(card),
            "unlabelled": card.folded == 1 and len(card.values) == 1 and not card.values[0].label,
            "symbol": card_symbol(card),
            "disc": round(disc_width(card)),
            "box": [*map(round, (x - width / 2, y - height / 2, width, height))],
            "values": [index[value] for value in card.values],
            "shape": card.shape or None,
            "folded": card.folded if card.formula else 1,
            "isFormula": bool(card.formula),
        }
        for card, (x, y), (width, height) in zip(cards, layout.centres, sizes, strict=True)
    ]
    return {
        "level": level,
        "size": [round(layout.width), round(layout.height)],
        "cards": shown,
        "of": [of[node] for node in index],
        "edges": [
            [edge.operand, i, k, _path(curve)]
            for i, card in enumerate(cards)
            for k, (edge, curve) in enumerate(zip(card.edges, layout.curves[i], strict=True))
        ],
        "boxes": [[box.title, *map(round, (box.x, box.y, box.width, box.height))] for box in layout.boxes],
    }


def _path(curve: Sequence[float]) -> str:
    """The ``d`` of an SVG path."""
    numbers = [str(round(coordinate)) for coordinate in curve]
    return f"M{' '.join(numbers[:2])}C{' '.join(numbers[2:])}"


def _grids(group: Group, numbers: dict[str, int], index: dict[Value, int]) -> list[dict[str, Any]]:
    """A group's arrays; ``numbers`` are those of all arrays by name, ``index`` that of each node."""
    return [_grid(grid, numbers, index) for grid in group.grids]


def _factor(factor: Factor, numbers: dict[str, int]) -> list[Any]:
    return [numbers[factor.array], factor.index, factor.gradient]


def _formula(formula: Formula, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "factors": [_factor(factor, numbers) for factor in formula.factors],
        "over": formula.over,
        "plus": formula.plus and _factor(formula.plus, numbers),
        "g": formula.g,
        "slope": formula.slope and _factor(formula.slope, numbers),
    }


def _grid(grid: Grid, numbers: dict[str, int], index: dict[Value, int]) -> dict[str, Any]:
    return {
        "name": visible(grid.name, LONGEST),
        "about": grid.about,
        "index": grid.index,
        "shape": grid.nodes.shape,
        "nodes": [index.get(node, -1) for node in grid.nodes.ravel().tolist()],
        "value": grid.value and _formula(grid.value, numbers),
        "gradient": grid.gradient and _formula(grid.gradient, numbers),
    }
