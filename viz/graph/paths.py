"""Paths in a graph of cards: what lies between one card and another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from viz.graph.cards import Card

__all__ = ["between", "edges_among"]


def between(cards: Sequence[Card], start: int, end: int) -> set[int]:
    """All cards on paths from ``start`` to ``end``, with both; empty if there is no path."""
    users: dict[int, list[int]] = {}
    operands: dict[int, list[int]] = {}
    for i, card in enumerate(cards):
        for edge in card.edges:
            users.setdefault(edge.operand, []).append(i)
            operands.setdefault(i, []).append(edge.operand)
    return _reachable(start, users) & _reachable(end, operands)


def edges_among(cards: Sequence[Card], chosen: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs (operand, user) of the edges between chosen cards."""
    members = set(chosen)
    return {(edge.operand, i) for i in members for edge in cards[i].edges if edge.operand in members}


def _reachable(start: int, following: dict[int, list[int]]) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for i in following.get(waiting.pop(), ()):
            if i not in seen:
                seen.add(i)
                waiting.append(i)
    return seen
