"""A scalar engine in the way of A. Karpathy's micrograd (2020): a closure a node says what goes back.

``lectures`` runs on it, on micrograd itself and, with nothing but the class exchanged, on
``autodiff.Value``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

__all__ = ["Scalar"]


class Scalar:
    def __init__(self, data: float, _children: Any = (), _op: str = "", label: str = "") -> None:
        self.data = data
        self.grad: float = 0.0
        self.label = label
        self._backward: Callable[[], None] = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other: Any) -> Any:
        other = other if isinstance(other, Scalar) else Scalar(other)
        out = Scalar(self.data + other.data, (self, other), "+")

        def back() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._backward = back
        return out

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, Scalar) else Scalar(other)
        out = Scalar(self.data * other.data, (self, other), "*")

        def back() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = back
        return out

    def __pow__(self, power: float) -> Any:
        return self._made(self.data**power, power * self.data ** (power - 1), f"**{power}")

    def exp(self) -> Any:
        return self._made(math.exp(self.data), math.exp(self.data), "exp")

    def tanh(self) -> Any:
        t = math.tanh(self.data)
        return self._made(t, 1 - t * t, "tanh")

    def relu(self) -> Any:
        return self._made(max(0.0, self.data), float(self.data > 0), "ReLU")

    def _made(self, data: float, slope: float, op: str) -> Any:
        out = Scalar(data, (self,), op)

        def back() -> None:
            self.grad += slope * out.grad

        out._backward = back
        return out

    def __neg__(self) -> Any:
        return self * -1

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def backward(self) -> None:
        order: list[Scalar] = []
        seen = set()

        def visit(node: Scalar) -> None:
            if node not in seen:
                seen.add(node)
                for child in node._prev:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()
