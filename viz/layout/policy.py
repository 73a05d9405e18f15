"""What Graphviz may spend on a layout: one decision, whoever draws the graph.

Graphviz's ``dot`` places nodes, puts them in an order with few crossings and bends edges around
cards. The first two take the longer the more nodes there are, and repeat until nothing gets better, so
that a bound on the rounds is enough. Bending an edge takes about the square of the columns it
spans: from a hidden layer into a sum of eighty products these are up to 160 with the operations'
discs, and all of them took 36 s where straight lines take 0.1 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from viz.graph.cards import Card

__all__ = ["QUICK", "graph_attributes"]

MANY = 300  # cards; from here on, a bound on the rounds in which Graphviz betters a layout
BENT = 150_000  # squares of the columns that edges span, summed up; from here on, edges are straight

# For a page that lays a graph out at every keystroke: 300 cards in 0.1 s.
QUICK = {"splines": "line", "mclimit": "0.1", "nslimit": "0.1", "nslimit1": "0.1"}


def graph_attributes(
    cards: Sequence[Card],
    shown: Sequence[int] | None = None,
    *,
    crossing: bool = False,
    discs: bool = False,
) -> dict[str, str]:
    """Attributes of the whole graph: its bounds, and how edges run.

    Args:
        cards: operands before what uses them.
        shown: indices of those that are laid out; None for all.
        crossing: whether everything feeds everything, as neurons do: leave room for the edges, and
            keep the order of the cards.
        discs: whether each operation has a disc of its own before its card, which doubles the columns.
    """
    shown = range(len(cards)) if shown is None else shown
    if crossing:
        attributes = {"ranksep": "1.2", "mclimit": "0.01"}
        if all(span == 1 for span in _spans(cards, shown)):  # a straight line would run through cards between
            attributes["splines"] = "line"
    elif len(shown) > MANY:
        attributes = {"mclimit": "0.1", "splines": "polyline"}
    else:
        attributes = {}
    if len(shown) > MANY:
        attributes |= {"nslimit": "0.1", "nslimit1": "0.1"}
        columns = 2 if discs else 1
        if sum((columns * span) ** 2 for span in _spans(cards, shown)) > BENT:
            attributes |= {"splines": "line", "outputorder": "edgesfirst"}  # under the cards, not over them
    return attributes


def _spans(cards: Sequence[Card], shown: Sequence[int]) -> list[int]:
    """How many columns each edge spans: a result stands right of its operands, a leaf by its first user."""
    column: dict[int, int] = {}
    for i in _from_the_leaves(cards, shown):
        operands = [column[edge.operand] for edge in cards[i].edges if edge.operand in column]
        column[i] = max(operands, default=-1) + 1
    edges = [(edge.operand, i) for i in shown for edge in cards[i].edges if edge.operand in column]
    first: dict[int, int] = {}
    for operand, user in edges:
        first[operand] = min(column[user], first.get(operand, column[user]))
    for i in first:
        if not cards[i].edges:
            column[i] = first[i] - 1
    return [column[user] - column[operand] for operand, user in edges]


def _from_the_leaves(cards: Sequence[Card], shown: Sequence[int]) -> Sequence[int]:
    """Operands before what uses them; as they are, where folding has made a circle."""
    members = set(shown)
    before = {i: [edge.operand for edge in cards[i].edges if edge.operand in members] for i in shown}
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:
        return shown
