"""The backward pass: the chain rule in reverse topological order."""

from __future__ import annotations

import math

from autodiff.engine.exact import cotangents_by_rule
from autodiff.engine.graph import topological_order
from autodiff.engine.handmade import BY_HAND
from autodiff.engine.value import Value

__all__ = ["backward_pass"]


def backward_pass(output: Value, gradient: float = 1.0) -> None:
    """Compute ∂output/∂node for every node that ``output`` depends on: ``output.backward()``.

    All are multiplied by ``gradient``, which is that of something else by the output.

    A node passes cotangent · local derivative to each operand, and its cotangent, ∂output/∂node, is
    the sum of what it was passed. In y = x·x + x the product passes 1·x to x twice and the sum
    passes 1 once, so ∂y/∂x = 2x + 1.

    Cotangents are kept in a dict of this pass and not in the nodes: another thread may
    differentiate the same nodes, and a pass that is cut short leaves no trace.

    Where a result is nan, the pass is done by the rule of ``autodiff.engine.exact``, which knows what
    does not depend on what.

    Source: reverse accumulation, Griewank & Walther, Evaluating Derivatives (2008), ch. 3.
    """
    cotangents = {output: float(gradient)}
    order = topological_order(output)
    for node in reversed(order):
        cotangent = cotangents[node]
        if node.op == BY_HAND:
            node._grad = cotangent  # where a closure looks for it
            operands, locals_, cotangent = node._a.shares(cotangent)
        else:
            operands, locals_ = node.operands, node.local_derivatives
        for operand, local in zip(operands, locals_, strict=True):
            cotangents[operand] = cotangents.get(operand, 0.0) + cotangent * local
    if any(map(math.isnan, cotangents.values())):
        cotangents = {**dict.fromkeys(cotangents, 0.0), **cotangents_by_rule(output, order, gradient)}
    # A leaf gets the sum of this pass in one addition: only so does calling twice exactly double it.
    # In the slot, where Python lets no other thread come between reading and writing.
    for node, cotangent in cotangents.items():
        node._grad = cotangent if node.op else node._grad + cotangent
