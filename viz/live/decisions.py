"""What Python decided by numbers while a graph was recorded, asked again at other numbers.

``y = z if z > 0 else 0 * z`` records one of two graphs. Where z is moved to the other side the graph that is
there says something, but not what the line would say. So it is with an elimination whose pivot becomes tiny.
"""

from __future__ import annotations

import linecache
from collections.abc import Sequence

from autodiff import Value, topological_order
from autodiff.engine.choices import Choice, choices_at
from autodiff.engine.handmade import BY_HAND
from autodiff.engine.ops import OPS
from autodiff.engine.systems import place_in_solution
from autodiff.engine.value import record
from autodiff.lifting.guards import place

__all__ = ["Decisions"]


class Decisions:
    """The choices that were made on nodes that depend on a graph's leaves.

    Args:
        order: the graph's nodes, with the data that they were recorded with.
    """

    def __init__(self, order: Sequence[Value]) -> None:
        self._choices, _ = choices_at(node for node in order if not node.op)
        systems = dict.fromkeys(place[0] for place in map(place_in_solution, order) if place)
        exchanges = (exchange for system in systems for exchange in system.exchanges)
        self._choices += [choice for exchange in exchanges for choice in exchange.choices()]
        compared = dict.fromkeys(value for choice in self._choices for value in choice.values)
        inside = {*order}
        # What was compared need not be part of the graph, as z - 1 in ``if z > 1``; those are not changed.
        self._beside = [node for node in topological_order(*compared) if node.op and node not in inside]

    def otherwise(self) -> str:
        """What would be decided otherwise now, in a sentence; ``""`` where nothing is."""
        if not self._choices:
            return ""
        now = self._computed()
        for choice in self._choices:
            values = tuple(now.get(value, value) for value in choice.values)
            if not Choice(choice.kind, values, choice.outcome, choice.site).holds():
                line = linecache.getline(*choice.site).strip()
                return (
                    f"{place(choice.site)}{f', `{line}`,' if line else ''} chose this graph at the numbers "
                    "it was recorded with; at these it would choose another one"
                )
        return ""

    def _computed(self) -> dict[Value, Value]:
        """Nodes beside the graph as they are for the leaves of now, but for what cannot be computed."""
        now: dict[Value, Value] = {}
        for node in self._beside:
            if node.op == BY_HAND:
                continue
            try:
                now[node] = record(OPS[node.op], *(now.get(each, each) for each in node.operands))
            except ValueError:
                continue
        return now
