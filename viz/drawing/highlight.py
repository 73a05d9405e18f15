"""``highlight=``: which cards and edges stand out, the rest being pale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autodiff import Value
from viz.drawing.subject import Subject
from viz.graph.paths import between, edges_among

__all__ = ["highlighted"]


def highlighted(subject: Subject, chosen: Iterable[Any]) -> tuple[set[int], set[tuple[int, int]]]:
    """Indices of the highlighted cards, and pairs (operand, user) of the highlighted edges.

    Args:
        chosen: Values, and pairs of Values for all paths from the one to the other.

    Raises:
        TypeError: for anything else.
        ValueError: for a Value that is not in the graph, or two without a path between them.
    """
    lit: set[int] = set()
    edges: set[tuple[int, int]] = set()
    for each in chosen:
        if isinstance(each, Value):
            lit.add(_card_of(subject, each))
            continue
        if not (isinstance(each, tuple) and len(each) == 2 and all(isinstance(v, Value) for v in each)):
            raise TypeError(
                "highlight= takes Values of the graph, and pairs (a, y) for the paths from a to y; "
                f"got {each!r:.80}"
            )
        start, end = (_card_of(subject, value) for value in each)
        way = between(subject.cards, start, end) or between(subject.cards, end, start)
        if not way:
            raise ValueError(f"highlight=: no path leads from {each[0]!r:.60} to {each[1]!r:.60}")
        lit |= way
        edges |= edges_among(subject.cards, way)
    return lit, edges


def _card_of(subject: Subject, value: Value) -> int:
    if value not in subject.index_of:
        raise ValueError(f"highlight= is to hold Values of this graph, got {value!r:.80}")
    return subject.index_of[value]
