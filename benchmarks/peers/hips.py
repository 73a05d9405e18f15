"""HIPS autograd, one scalar at a time.

It is made for whole arrays, where it is quick; here it shows what a general tracer costs per
scalar. Its graph lives inside ``value_and_grad``, so forward and backward are one time.
"""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import value_and_grad

from benchmarks.peers.network import neuron
from benchmarks.problem import Problem
from benchmarks.timing import Contestant

__all__ = ["contestant"]


def contestant(problem: Problem) -> Contestant:
    """HIPS autograd at work on ``problem``."""
    found: list[Any] = []

    def loss(layers: Any) -> Any:
        total = 0.0
        for x, y in zip(problem.X, problem.Y, strict=True):
            a: list[Any] = x
            for number, (W, b) in enumerate(layers, start=1):
                a = [neuron(w, bias, a) for w, bias in zip(W, b)]
                if number < len(layers):
                    a = [np.maximum(z, 0.0) for z in a]
            total = total + np.maximum(1.0 + -y * a[0], 0.0)
        return total * (1.0 / len(problem.X))

    differentiate = value_and_grad(loss)

    def forward() -> Any:
        value, gradient = differentiate(problem.layers)
        found[:] = [gradient]
        return value

    def gradients() -> list[float]:
        return [float(each) for W, b in found.pop() for w, bias in zip(W, b) for each in (*w, bias)]

    return Contestant("HIPS autograd", forward, lambda _: None, gradients, keeps_graph=False)
