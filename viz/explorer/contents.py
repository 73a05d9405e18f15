"""Everything the page is told about a graph, as plain lists and dicts for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autodiff import Value
from autodiff.engine.ops import OPS, Op
from autodiff.formulas.expr import READING, Expr, as_expr, symbol
from autodiff.formulas.names import Names
from viz.explorer.arrays import Factor, Formula, Grid, Group
from viz.explorer.card_size import LONGEST, card_size, card_symbol, card_title, disc_width
from viz.graph.cards import Card, scalar_cards
from viz.graph.fold import folded_cards
from viz.graph.structure import Structure
from viz.graph.titles import visible
from viz.layout.positions import lay_out

__all__ = ["page_contents"]


def page_contents(structure: Structure, groups: Sequence[Group]) -> dict[str, Any]:
    """What page.js reads; nodes are numbered in topological order.

    Keys:
        nodes: ``[op, operand, …]``, or ``[number]`` for a leaf.
        names, kinds: of each node; a kind is "input", "parameter", "constant", "result", "output".
        ops: for each operation used: its symbol, its formula and partial derivatives as MathML in x, z, y.
        pictures: laid out graphs, of scalars first and then, where there are layers, folded.
        groups: the arrays of the matrix view.
    """
    names = Names(structure.order)
    index = {node: i for i, node in enumerate(structure.order)}
    cards, of = scalar_cards(structure)
    for card, node in zip(cards, structure.order, strict=True):
        card.title = visible(names[node], LONGEST)
        if card.kind == "constant" and not names.is_constant(node):
            card.kind = "input"
    pictures = [_picture("Scalars", cards, of, index)]
    if structure.units:
        pictures.append(_picture("Neurons", *folded_cards(structure, by_neuron=True), index))
        pictures.append(_picture("Layers", *folded_cards(structure), index))
    used = dict.fromkeys(node.op for node in structure.order if node.op)
    return {
        "nodes": [
            [node.op, *(index[each] for each in node.operands)] if node.op else [node.data]
            for node in structure.order
        ],
        "names": [card.title for card in cards],
        "kinds": [card.kind for card in cards],
        "ops": {name: _operation(OPS[name]) for name in used},
        "pictures": pictures,
        "groups": [{"title": each.title, "grids": _grids(each, groups, index)} for each in groups],
    }


def _operation(op: Op) -> dict[str, Any]:
    operands = [symbol(each) for each in "xz"[: op.arity]]
    partials = op.partials(READING, *operands, symbol("y"))
    return {
        "symbol": op.symbol,
        "formula": Expr(op.name, tuple(operands)).mathml(),
        "partials": [as_expr(each).mathml() for each in partials],
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
            "unlabelled": card.folded == 1 and not card.values[0].label,
            "symbol": card_symbol(card),
            "disc": round(disc_width(card)),
            "box": [*map(round, (x - width / 2, y - height / 2, width, height))],
            "values": [index[value] for value in card.values],
            "shape": card.shape,
            "folded": card.folded if card.formula else 1,
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
    numbers = [str(round(each)) for each in curve]
    return f"M{' '.join(numbers[:2])}C{' '.join(numbers[2:])}"


def _grids(group: Group, groups: Sequence[Group], index: dict[Value, int]) -> list[dict[str, Any]]:
    numbers = {name: i for i, name in enumerate(grid.name for each in groups for grid in each.grids)}
    return [_grid(grid, numbers, index) for grid in group.grids]


def _grid(grid: Grid, numbers: dict[str, int], index: dict[Value, int]) -> dict[str, Any]:
    def factor(each: Factor | None) -> list[Any] | None:
        return None if each is None else [numbers[each.array], each.index, each.gradient]

    def formula(each: Formula | None) -> dict[str, Any] | None:
        return (
            None
            if each is None
            else {
                "factors": [*map(factor, each.factors)],
                "over": each.over,
                "plus": factor(each.plus),
                "g": each.g,
                "slope": factor(each.slope),
            }
        )

    return {
        "name": visible(grid.name, LONGEST),
        "about": grid.about,
        "index": grid.index,
        "shape": grid.nodes.shape,
        "nodes": [index.get(node, -1) for node in grid.nodes.ravel().tolist()],
        "value": formula(grid.value),
        "gradient": formula(grid.gradient),
    }
