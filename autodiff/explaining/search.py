"""The paths from an input to an output: how many there are, and the largest of them.

There can be exponentially many: twenty doublings y = x + x, one after the other, have a million.
So they are counted, and the largest found, without walking the others.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from autodiff.engine.value import Value

__all__ = ["Edge", "Edges", "Walk", "count", "edges_between", "largest"]


class Edge(NamedTuple):
    """A node's dependence on one of its operands that lies on a path."""

    place: int  # which of the operands it is
    operand: Value
    size: float  # log |local derivative|


Edges = dict[Value, list[Edge]]
"""The edges on paths, by the node they start from; the nodes with operands first."""

Walk = list[tuple[Value, int]]
"""A path from the output: each node before the input, and which of its operands comes next."""


def edges_between(order: Iterable[Value], wrt: Value) -> Edges:
    """The edges of all paths from ``wrt`` to nodes of ``order``, which has operands before consumers."""
    edges: Edges = {}
    for node in order:
        on_paths = [
            Edge(place, operand, _size(node.local_derivatives[place]))
            for place, operand in enumerate(node.operands)
            if operand in edges
        ]
        if node is wrt:
            edges[node] = []  # what the input depends on itself is no part of a path from it
        elif on_paths:
            edges[node] = on_paths
    return edges


def _size(factor: float) -> float:
    """log |factor|; 0 and what is not finite are far out, where sums still have an order."""
    size = abs(factor)
    return math.log(size) if 0.0 < size < math.inf else -1e9 if size == 0.0 else 1e9


def count(edges: Edges, output: Value) -> int:
    """How many paths there are: each node has as many as its operands together."""
    waiting = Counter(edge.operand for below in edges.values() for edge in below)
    counts: dict[Value, int] = {}
    for node, below in edges.items():
        counts[node] = sum(counts[edge.operand] for edge in below) if below else 1
        for edge in below:
            waiting[edge.operand] -= 1
            if not waiting[edge.operand]:  # a count can have as many digits as there are nodes
                del counts[edge.operand]
    return counts.get(output, 0)


_Trail = Any  # None at the output, else (trail to the node before, that node, place of this one)


def largest(edges: Edges, output: Value, wrt: Value, k: int) -> Iterator[Walk]:
    """The k paths of largest |product|, by best-first search from the output.

    A partial path is ranked by the largest product that any completion of it reaches, which
    one pass over the nodes tells exactly. So the first k paths that arrive are the largest, and
    no more than k partial ones need to be kept. Products are compared by their logarithms,
    which do not underflow.
    """
    reach: dict[Value, float] = {}
    for node, below in edges.items():
        reach[node] = max((edge.size + reach[edge.operand] for edge in below), default=0.0)
    frontier: list[tuple[float, int, float, Value, _Trail]] = [(0.0, 0, 0.0, output, None)] if k else []
    made = 0  # orders equals, and keeps the comparison from reaching the Values
    arrived = 0
    while frontier:
        _, _, size, node, trail = frontier.pop()
        if node is wrt:
            arrived += 1
            yield _walk(trail)
        for edge in edges[node]:
            made += 1
            new = size + edge.size
            entry = (new + reach[edge.operand], -made, new, edge.operand, (trail, node, edge.place))
            bisect.insort(frontier, entry)
        del frontier[: max(0, len(frontier) - (k - arrived))]


def _walk(trail: _Trail) -> Walk:
    walk = []
    while trail is not None:
        trail, node, place = trail
        walk.append((node, place))
    return walk[::-1]
