"""The chain rule to the letter: along an edge that its row declares flat goes no cotangent.

At x = -1 the slope of relu is 0 and that of the square root of relu(x) is infinite. Their product in
floats is nan; but relu(x) does not depend on x there, so that nothing comes back to it, whatever
comes later: ∂(√relu(x) + x)/∂x = 1. The quick passes multiply all the same, for a flat slope is 0
and seldom meets an infinite one. Where one of their results is nan it is computed again by the rule here.

A product of numbers, 0·√x at 0, is flat nowhere: its 0·∞ is nan here, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autodiff.engine.errors import described
from autodiff.engine.graph import topological_order
from autodiff.engine.handmade import BY_HAND, row_of
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value, record

__all__ = ["backward_by_rule", "check_unchanged", "cotangents_by_rule", "flat_edges", "tangents_by_rule"]


def flat_edges(node: Value) -> tuple[bool, ...]:
    """For each operand whether ``node`` does not depend on it where it was computed, as its row declares.

    A product with a mask that is off (``step`` where it is 0) does not depend on its other factor.

    >>> x = Value(-1.0)
    >>> flat_edges(x.relu()), flat_edges(x.maximum(0.0)), flat_edges(x * x)
    ((True,), (True, False), (False, False))
    """
    if not node.op:
        return ()
    row, operands = row_of(node), node.operands
    if row.flat is not None:
        check_unchanged([node])
        flat = row.flat(FLOATS, *(operand.data for operand in operands), node.data)
        return tuple(map(bool, flat))
    if node.op != BY_HAND and row.product:
        factors = zip(reversed(operands), node.local_derivatives)  # each slope is the other factor
        return tuple(bool(factor.op) and row_of(factor).mask and not data for factor, data in factors)
    return (False,) * len(operands)


def check_unchanged(nodes: Iterable[Value]) -> None:
    """Refuse to differentiate where ``data`` was changed after it had been used.

    Each node has to hold what its row makes of the data that its operands have now.

    Raises:
        ValueError: which names the first node that does not.
    """
    for node in nodes:
        if not node.op:
            continue
        if node.op == BY_HAND:
            node._a.check_unchanged()
            continue
        try:
            now = record(OPS[node.op], *node.operands)
            same = _bits(now) == _bits(node)
        except ArithmeticError:
            same = False
        if not same:
            label = f"{node.label} = " if node.label else ""
            raise ValueError(
                f"{label}{node.op}({described(*node.operands)}) was recorded as {node.data!r} with other "
                "data: a .data was changed since; build the graph again, then differentiate it"
            )


def _bits(node: Value) -> str:
    """The numbers of a node as text, in which nan equals nan and 0.0 is not -0.0."""
    return repr((node.data, node.local_derivatives))


def cotangents_by_rule(output: Value, path: Iterable[Value], gradient: float = 1.0) -> dict[Value, float]:
    """gradient · ∂output/∂node for the nodes of a path, in topological order, that it arrives at."""
    cotangents = {output: float(gradient)}
    nodes = [*path]
    known = {*nodes}
    for node in reversed(nodes):
        if node not in cotangents:
            continue
        edges = zip(node.operands, node.local_derivatives, flat_edges(node), strict=True)
        for operand, local, flat in edges:
            if operand in known and not flat:
                cotangents[operand] = cotangents.get(operand, 0.0) + cotangents[node] * local
    return cotangents


def tangents_by_rule(path: Iterable[Value], speeds: Mapping[Value, float]) -> dict[Value, float]:
    """The speed of each node of a path, in topological order, that depends on one that moves."""
    tangents = dict(speeds)
    for node in path:
        edges = zip(node.operands, node.local_derivatives, flat_edges(node), strict=True)
        moving = [(operand, local) for operand, local, flat in edges if operand in tangents and not flat]
        if moving:
            own = tangents.get(node, 0.0)
            tangents[node] = own + sum(local * tangents[operand] for operand, local in moving)
    return tangents


def backward_by_rule(output: Value, gradient: float = 1.0) -> dict[Value, float]:
    """gradient · ∂output/∂leaf for each leaf; the ``grad`` of the other nodes is written."""
    order = topological_order(output)
    cotangents = cotangents_by_rule(output, order, gradient)
    for node in order:
        if node.op:
            node._grad = cotangents.get(node, 0.0)
    return {node: cotangents.get(node, 0.0) for node in order if not node.op}
