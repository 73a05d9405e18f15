"""What Python computes on Values, written down for the page: a *tape* of operations of the table.

A tape is ``{"inputs": names, "nodes": […], "outputs": […]}``. A node is ``[row, place, …]``, where places
count the inputs and then the nodes, or ``[number]``. The page runs a tape by the rows of the table, on one
number or on many at once, and runs it backwards by their partial derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodiff import Value, topological_order
from autodiff.engine.value import as_value

__all__ = ["tape"]


def tape(inputs: Mapping[str, Value], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The tape of what was computed from the inputs."""
    given = list(inputs.values())
    results = [as_value(each) for each in outputs.values()]
    places = {node: i for i, node in enumerate(given)}
    nodes: list[list[Any]] = []
    for node in topological_order(*results):
        if node in places:
            continue
        nodes.append([node.op, *(places[each] for each in node.operands)] if node.op else [node.data])
        places[node] = len(places)
    return {
        "inputs": list(inputs),
        "nodes": nodes,
        "outputs": {name: places[each] for name, each in zip(outputs, results, strict=True)},
    }
