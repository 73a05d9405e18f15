"""What changes in a forward and a backward pass, one change after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from autodiff import Value, topological_order
from autodiff.transforms import grad

__all__ = ["Step", "backward_steps", "forward_steps"]


class Step(NamedTuple):
    """One change.

    Attributes:
        node: whose number changes.
        what: "data" or "grad".
        number: what it is then.
        user: in the backward pass the node that hands a gradient back; None for the first.
        place: which operand of it ``node`` is.
        passed: the gradient of ``user``, which times the local derivative is added.
        first: whether nothing was handed to ``node`` before.
    """

    node: Value
    what: str
    number: float
    user: Value | None = None
    place: int = 0
    passed: float = 1.0
    first: bool = True


def forward_steps(y: Value) -> list[Step]:
    """Every result in the order in which it is computed; leaves are known before."""
    return [Step(node, "data", node.data) for node in topological_order(y) if node.op]


def backward_steps(y: Value) -> list[Step]:
    """∂y/∂y = 1, and then what each node hands to each of its operands, users before operands: the order
    of ``backward()``, in which gradients add up.

    >>> x = Value(3.0, "x")
    >>> [(step.node.label or step.node.op, step.number) for step in backward_steps(x * x)]
    [('mul', 1.0), ('x', 3.0), ('x', 6.0)]
    """
    order = topological_order(y)
    gradients = {y: 1.0}
    steps = [Step(y, "grad", 1.0)]
    for user in reversed(order):
        for place, (node, local) in enumerate(zip(user.operands, user.local_derivatives)):
            first = node not in gradients
            gradients[node] = gradients.get(node, 0.0) + gradients[user] * local
            steps.append(Step(node, "grad", gradients[node], user, place, gradients[user], first))
    if any(map(math.isnan, gradients.values())):
        return _by_rule(y, order, steps)
    return steps


def _by_rule(y: Value, order: Sequence[Value], steps: Sequence[Step]) -> list[Step]:
    """The same steps, each node's last with the gradient that the engine gives it: along an edge on which
    nothing depends goes nothing, whatever the slopes after it."""
    right = dict(zip(order, grad(y, list(order)), strict=True))
    last = {step.node: k for k, step in enumerate(steps)}
    return [
        step._replace(number=right[step.node]) if last[step.node] == k or math.isnan(step.number) else step
        for k, step in enumerate(steps)
    ]
