"""A recorded graph whose leaves are moved: all that depends on them follows, or nothing changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autodiff import Value
from autodiff.engine.errors import did_you_mean
from autodiff.engine.real import real_number
from autodiff.engine.recomputing import recompute
from autodiff.formulas.names import Names
from viz.live.decisions import Decisions

__all__ = ["LiveGraph"]


class LiveGraph:
    """The leaves of a graph by name, and what moves them.

    Args:
        order: the nodes, operands before consumers; the last one is the output.
    """

    def __init__(self, order: Sequence[Value]) -> None:
        self._order = order
        names = Names(order)
        self._name = {node: names[node] for node in order}
        self._constants = {node for node in order if names.is_constant(node)}
        self._leaves = [node for node in order if not node.op]
        self._named = {names[leaf]: leaf for leaf in self._leaves if leaf not in self._constants}
        self._place = {leaf: i for i, leaf in enumerate(order) if not leaf.op}
        self._decided = Decisions(order)

    @property
    def output(self) -> float:
        """The data of the output."""
        return self._order[-1].data

    @property
    def values(self) -> dict[str, float]:
        """The data of each leaf that has a name."""
        return {name: leaf.data for name, leaf in self._named.items()}

    @property
    def numbers(self) -> list[tuple[int, float]]:
        """The place of each leaf among the nodes, and its data."""
        return [(self._place[leaf], leaf.data) for leaf in self._leaves]

    @property
    def doubt(self) -> str:
        """Why another graph may be right for these numbers; ``""`` where none is."""
        return self._decided.otherwise()

    def follow(self) -> None:
        """Compute all nodes from the data that the leaves have now.

        Raises:
            DomainError: where an operation is not defined there; no node has changed then.
        """
        recompute(self._order)

    def move(self, values: Mapping[str, Any]) -> None:
        """Give leaves new data by their names, all of them or none.

        Raises:
            TypeError: for what is no mapping of names to numbers.
            ValueError: for a name that no leaf has.
            DomainError: for a number that is not finite, or where an operation is not defined.
        """
        if not isinstance(values, Mapping):
            raise TypeError(f"values are numbers by name, {{'w': 0.5}}, got {values!r:.60}")
        self._move([(self._leaf(name), name, number) for name, number in values.items()])

    def move_places(self, numbers: Iterable[tuple[int, Any]]) -> None:
        """The same by places among the nodes."""
        moved = []
        for i, number in numbers:
            if not 0 <= i < len(self._order):
                raise ValueError(
                    f"there is no node {i} in this graph of {len(self._order)}; run the cell again"
                )
            leaf = self._order[i]
            if leaf.op:
                raise ValueError(self._is_computed(self._name[leaf]))
            if leaf in self._constants:
                raise ValueError(
                    f"{leaf.data:g} stands in the expression as a number, and stays; to move it, make it "
                    f'Value({leaf.data:g}, "c")'
                )
            whole = isinstance(number, int)  # JavaScript's 2.0, or 1e20, which is one float as well
            moved.append((leaf, self._name[leaf], float(number) if whole else number))
        self._move(moved)

    def _leaf(self, name: Any) -> Value:
        if name in self._named:
            return self._named[name]
        if name in self._name.values():
            raise ValueError(self._is_computed(name))
        near = did_you_mean(str(name), self._named) or f"there are {self._told()}"
        raise ValueError(f"no leaf is called {name!r:.60}; {near}")

    def _is_computed(self, name: str) -> str:
        return f"{name} is computed; what is moved are the leaves: {self._told()}"

    def _told(self) -> str:
        names = list(self._named)
        return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")

    def _move(self, moved: Iterable[tuple[Value, str, Any]]) -> None:
        numbers = {}
        for leaf, name, number in moved:
            try:
                numbers[leaf] = real_number(number)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{name} stays {leaf.data:g}: {error}") from None
        before = {leaf: leaf.data for leaf in numbers}
        try:
            for leaf, number in numbers.items():
                leaf.data = number
            self.follow()
        except ValueError as error:
            for leaf, number in before.items():
                leaf.data = number
            raise type(error)(f"{error}; no number has changed") from None
