"""A recorded graph computed anew, in place, once data of its leaves have been changed."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff.engine.handmade import BY_HAND
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value, record

__all__ = ["recompute"]


def recompute(order: Sequence[Value]) -> None:
    """Compute each node from the data that its operands have now, by its row; all of them, or none.

    Which operations there are stays as it was recorded. Gradients are those of the latest pass still.

    Args:
        order: nodes in topological order.

    Raises:
        DomainError: where an operation is not defined at the new numbers; no node has changed then.
        ValueError: for a node made by hand, which has no rule; likewise.

    >>> from autodiff.engine.graph import topological_order
    >>> x = Value(3.0, "x")
    >>> y = x * x + 1.0
    >>> order = topological_order(y)
    >>> x.data = 2.0
    >>> recompute(order)
    >>> y.backward()
    >>> y.data, x.grad
    (5.0, 4.0)
    """
    before = [(node._data, node._da, node._db) for node in order]
    try:
        for node in order:
            if node.op == BY_HAND:
                raise ValueError(f"{node._a.described()} was made by hand, with no rule to compute it anew")
            if node.op:
                now = record(OPS[node.op], *node.operands)
                node._data, node._da, node._db = now._data, now._da, now._db
    except ValueError:  # a DomainError is one
        for node, numbers in zip(order, before):
            node._data, node._da, node._db = numbers
        raise
