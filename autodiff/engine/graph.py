"""Traversals over recorded graphs, without recursion, so that any depth works."""

from __future__ import annotations

from autodiff.engine.value import Value

__all__ = ["topological_order"]


def topological_order(*outputs: Value) -> list[Value]:
    """Every node that ``outputs`` depend on, and they themselves, operands before consumers.

    The order is a depth-first postorder with operands visited left to right, so the same graph
    always gives the same list.

    Raises:
        TypeError: if an output is not a Value.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"a graph starts at a Value, got {output!r:.60} of type {type(output).__name__}")
        if output in seen:
            continue
        seen.add(output)
        # The way from the output down to the node in hand; beside each, its operands still to visit.
        way = [(output, iter(output.operands))]
        while way:
            node, waiting = way[-1]
            for operand in waiting:
                if operand not in seen:
                    seen.add(operand)
                    way.append((operand, iter(operand.operands)))
                    break
            else:
                order.append(node)
                way.pop()
    return order
