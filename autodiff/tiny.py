"""The whole idea in one page: a number that remembers how it was computed, and a network made of them.

``autodiff.Value`` and ``nn.MLP`` do the same with more operations, errors that say what to do, and
in less time; tests hold them to this page.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise


class Value:
    """A number, the Values it was computed from, and its derivative by each of them."""

    def __init__(self, data: float, operands: tuple[Value, ...] = (), derivatives: tuple[float, ...] = ()):
        self.data = data
        self.operands = operands
        self.local_derivatives = derivatives
        self.grad = 0.0  # ∂output/∂self, after output.backward()

    def __mul__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __add__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    __rmul__, __radd__ = __mul__, __add__

    def __sub__(self, other: Value | float) -> Value:
        return self + other * -1.0

    def __pow__(self, n: float) -> Value:
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self) -> Value:
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def tanh(self) -> Value:
        y = math.tanh(self.data)
        return Value(y, (self,), (1.0 - y * y,))

    def backward(self) -> None:
        """The chain rule: each node passes grad · local derivative on to its operands."""
        order = topological_order(self)
        for node in order:
            if node.operands:  # leaves keep what earlier passes brought them
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            for operand, local in zip(node.operands, node.local_derivatives):
                operand.grad += node.grad * local


def topological_order(output: Value) -> list[Value]:
    """Every node that the output was computed from, operands before the nodes that use them."""
    order: list[Value] = []
    stack = [output]
    seen = set()
    while stack:
        waiting = [operand for operand in stack[-1].operands if operand not in seen]
        if waiting:
            stack.append(waiting[0])
        else:
            order.append(stack.pop())
            seen.add(order[-1])
    return order


class MLP:
    """Layers of neurons tanh(w · x + b), the last layer without tanh: MLP([2, 3, 1]) has two layers."""

    def __init__(self, sizes: list[int]):
        def neuron(n: int) -> tuple[list[Value], Value]:
            return [Value(random.gauss(0.0, n**-0.5)) for _ in range(n)], Value(0.0)

        self.layers = [[neuron(n) for _ in range(m)] for n, m in pairwise(sizes)]

    def __call__(self, x: list[Value]) -> list[Value]:
        for layer in self.layers:
            z = [sum((w * xi for w, xi in zip(weights, x)), bias) for weights, bias in layer]
            x = z if layer is self.layers[-1] else [zi.tanh() for zi in z]
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]
