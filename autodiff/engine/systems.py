"""Systems: A·X = B, solved by elimination, which each element of X remembers.

What is recorded of it are scalars, each with its rule; but that X is A⁻¹·B, whatever the order of the rows,
can be read from no element. So it is noted. ``lift`` makes one array operation of it, and no guard of the
order, a choice on the data, for A⁻¹·B does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from autodiff.engine.choices import Choice, Site
from autodiff.engine.value import Value

__all__ = ["Exchange", "LinearSystem", "Place", "note_solution", "place_in_solution"]

MUCH_SMALLER = 1e-3
"""A pivot keeps its place in its column unless it is so much smaller than the largest: an order that holds
for data near by."""


@dataclass(frozen=True)
class Exchange:
    """The choice of a pivot.

    Attributes:
        column: the Values that it is one of, the one that is in its place first.
        best: which was chosen.
        site: the line of source that asked for the solution.
    """

    column: Sequence[Value]
    best: int
    site: Site

    @classmethod
    def of(cls, column: Sequence[Value], site: Site) -> Exchange:
        """The first of a column, unless it is much smaller than the largest, which is chosen then."""
        sizes = [abs(x.data) for x in column]
        small = any(sizes[0] < MUCH_SMALLER * size for size in sizes[1:])
        return cls(column, sizes.index(max(sizes)) if small else 0, site)

    def choices(self) -> Iterator[Choice]:
        """The comparisons that it consists of, as choices of Python's."""
        first, *others = sizes = [abs(x) for x in self.column]
        for size in others:
            part = size * MUCH_SMALLER
            yield Choice(">=", (first, part), first.data >= part.data, self.site)
        if self.best:
            yield Choice("argmax", tuple(sizes), self.best, self.site)


@dataclass(frozen=True, eq=False)
class LinearSystem:
    """A·X = B of Values.

    Attributes:
        A: (n, n), rows.
        B: (n, k), likewise.
        exchanges: the pivots that were chosen, in order.
    """

    A: Sequence[Sequence[Value]]
    B: Sequence[Sequence[Value]]
    exchanges: list[Exchange] = field(default_factory=list)


Place = tuple[LinearSystem, int, int]
"""A system, and a row and a column of its solution."""


def note_solution(system: LinearSystem, X: Sequence[Sequence[Value]]) -> None:
    """Let the nodes of X, which nobody has seen yet, remember what they solve."""
    for i, row in enumerate(X):
        for j, node in enumerate(row):
            node._solves = (system, i, j)


place_in_solution: Callable[[Any], Place | None] = attrgetter("_solves")
"""Of which system a node is part of the solution, and where; None of all others."""
