"""Cutting a large graph down to the part that is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from viz.graph.cards import Card

__all__ = ["nearest", "what_is_missing"]


def nearest(
    cards: Sequence[Card], start: Iterable[int], depth: int | None, max_nodes: int, both_ways: bool = False
) -> list[int]:
    """Indices of the cards to draw, in their order: the nearest to ``start``, breadth first.

    Args:
        start: indices to begin at.
        depth: how many operations away a card may be; None for any.
        max_nodes: how many cards at most.
        both_ways: go along to what uses a card as well as to its operands.
    """
    users: list[list[int]] = [[] for _ in cards]
    if both_ways:
        for i, card in enumerate(cards):
            for edge in card.edges:
                users[edge.operand].append(i)
    away = dict.fromkeys(start, 0)
    queue = list(away)
    for i in queue:
        if away[i] == depth or len(queue) >= max_nodes:
            continue
        for j in [*(edge.operand for edge in cards[i].edges), *users[i]]:
            if j not in away:
                away[j] = away[i] + 1
                queue.append(j)
    return sorted(queue[:max_nodes])


def what_is_missing(cards: Sequence[Card], kept: Sequence[int]) -> str:
    """A sentence on what was left out; empty if nothing was."""
    if len(kept) == len(cards):
        return ""
    leaves = sum(not cards[i].edges for i in set(range(len(cards))).difference(kept))
    results = len(cards) - len(kept) - leaves
    parts = [f"{results:,} result{'s' * (results > 1)}"] if results else []
    if leaves:
        parts.append(f"{leaves:,} lea{'ves' if leaves > 1 else 'f'}")
    left_out = " and ".join(parts)
    return f"{len(kept):,} of {len(cards):,} values shown; {left_out} left out (see depth, around, max_nodes)"
