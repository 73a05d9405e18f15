"""A compact engine in the style of Karpathy's microgpt: slots, and two tuples for every node.

Children and local derivatives are tuples, the chain rule is one loop over them, the topological
order is found by recursion. Written for this comparison.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.network import written_out
from benchmarks.problem import Problem
from benchmarks.timing import Contestant

__all__ = ["Scalar", "contestant"]


class Scalar:
    __slots__ = ("children", "data", "grad", "local_derivatives")

    def __init__(self, data: float, children: Any = (), local_derivatives: Any = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_derivatives = local_derivatives

    def __add__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data * other.data, (self, other), (other.data, self.data))

    def relu(self) -> Scalar:
        return Scalar(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self) -> None:
        order: list[Scalar] = []
        visited = set()

        def visit(node: Scalar) -> None:
            if node not in visited:
                visited.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node.children, node.local_derivatives):
                child.grad += local * node.grad


def contestant(problem: Problem) -> Contestant:
    """The slots engine at work on ``problem``."""
    return written_out("slots engine", Scalar, problem)
