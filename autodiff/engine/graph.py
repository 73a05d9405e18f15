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
        stack = [output]
        while stack:
            node = stack[-1]
            a, b = node._a, node._b
            if isinstance(a, tuple):
                a, b = node.operands
            if a is not None and a not in seen:
                seen.add(a)
                stack.append(a)
            elif b is not None and b not in seen:
                seen.add(b)
                stack.append(b)
            else:
                order.append(node)
                stack.pop()
    return order
