"""Graphs as arrays: what a forward pass recorded in a process of its own, and the same graph made of it here.

Nothing but numbers comes over, and the graph is held to finite differences like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff.arrays import Array
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value, record
from autodiff.lifting.record import LEAF, ROWS, record_graph
from autodiff.staging.arguments import Binding, flattened
from autodiff.staging.recording import Graph
from nn.judging.binding import same_random_numbers
from nn.judging.ways import Way, WithLoss

__all__ = ["graph", "graph_of", "recorded_graph", "tape_of"]

MOST = 200_000  # nodes


def graph(way: Way, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The leaves and the output of a forward pass, recorded here, or in the process where it runs."""
    if hasattr(way, "tape"):
        return graph_of(way.tape(arguments))
    if isinstance(way, WithLoss) and hasattr(way.inner, "tape"):
        found, output = graph_of(way.inner.tape(arguments))
        return found, np.asarray(way.of(output.view(Array), arguments), dtype=object)
    return recorded_graph(way, arguments)


def recorded_graph(way: Any, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The leaves of a recorded forward pass, arrays of Values by name, and its output."""
    binding = Binding(way.function)
    bound = binding.bind((), dict(arguments))
    with same_random_numbers():
        graph = Graph(way.function, binding, bound, flattened(bound), labels=False)
    leaves = {name: np.asarray(array) for name, array in graph.leaves.items()}
    return leaves, np.asarray(way.output(graph.result), dtype=object)


def tape_of(way: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same as arrays.

    Raises:
        ValueError: for a graph that has nodes made by hand, or too many.
    """
    leaves, outputs = recorded_graph(way, arguments)
    nodes = [each if isinstance(each, Value) else Value(float(each)) for each in outputs.ravel().tolist()]
    tape = record_graph(nodes[0], nodes[1:])
    if tape.by_hand or len(tape) > MOST:
        raise ValueError("it has nodes made by hand, or too many")

    def numbers(values: Any) -> Any:
        flat = [tape.ids.get(value, -1) for value in values.ravel().tolist()]
        return np.array(flat, dtype=np.int64).reshape(values.shape)

    return {
        "rows": [ROWS[code].name if code != LEAF else "" for code in np.unique(tape.op).tolist()],
        "op": np.unique(tape.op, return_inverse=True)[1].astype(np.int64),
        "a": tape.a,
        "b": tape.b,
        "data": tape.data,
        "leaves": {name: numbers(array) for name, array in leaves.items()},
        "values": {
            name: np.array([v.data for v in array.ravel().tolist()]) for name, array in leaves.items()
        },
        "outputs": np.array([tape.ids[node] for node in nodes], dtype=np.int64).reshape(outputs.shape),
    }


def graph_of(tape: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The leaves and the output of a graph, as Values.

    Raises:
        ValueError, LookupError, TypeError: if it is no graph.
    """
    rows = [OPS[name] if name else None for name in tape["rows"]]
    if len(tape["op"]) > MOST:
        raise ValueError("it has too many nodes")
    labels = {
        int(n): f"{name}[{','.join(map(str, index))}]" if index else name
        for name, numbers in tape["leaves"].items()
        for index, n in np.ndenumerate(numbers)
        if n >= 0
    }
    nodes: list[Value] = []
    columns = (np.asarray(tape[name]).tolist() for name in ("op", "a", "b", "data"))
    for number, (op, a, b, data) in enumerate(zip(*columns)):
        row = rows[op]
        if max(a, b) >= number:
            raise ValueError("an operand comes after what is made of it")
        if row is None:
            nodes.append(Value(float(data), labels.get(number, "")))
        else:
            nodes.append(record(row, nodes[a], nodes[b]) if row.arity == 2 else record(row, nodes[a]))
    leaves = {}
    for name, numbers in tape["leaves"].items():
        array = np.empty(numbers.shape, dtype=object)
        for place, (index, n) in enumerate(np.ndenumerate(numbers)):
            own = Value(float(tape["values"][name][place]), f"{name}[{','.join(map(str, index))}]")
            array[index] = nodes[n] if n >= 0 else own
        leaves[name] = array
    outputs = np.empty(tape["outputs"].shape, dtype=object)
    for index, n in np.ndenumerate(tape["outputs"]):
        outputs[index] = nodes[n]
    return leaves, outputs
