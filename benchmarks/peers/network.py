"""An MLP for any engine whose scalars have + and *: a neuron is a sum, written as people write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.problem import Problem, mean_hinge_loss
from benchmarks.timing import Contestant

__all__ = ["written_out"]


def neuron(w: list[Any], b: Any, x: list[Any]) -> Any:
    return sum((wi * xi for wi, xi in zip(w, x)), b)


def written_out(name: str, Scalar: Callable[[float], Any], problem: Problem) -> Contestant:
    """The engine whose leaves are ``Scalar(number)`` at work on ``problem``."""
    layers = [
        ([[Scalar(w) for w in row] for row in W], [Scalar(bias) for bias in b]) for W, b in problem.layers
    ]
    parameters = [each for W, b in layers for w, bias in zip(W, b, strict=True) for each in (*w, bias)]

    def score(x: list[Any]) -> Any:
        for number, (W, b) in enumerate(layers, start=1):
            x = [neuron(w, bias, x) for w, bias in zip(W, b)]
            if number < len(layers):
                x = [z.relu() for z in x]
        return x[0]

    def forward() -> Any:
        return mean_hinge_loss([score([Scalar(each) for each in x]) for x in problem.X], problem.Y)

    def gradients() -> list[float]:
        taken = [each.grad for each in parameters]
        for each in parameters:
            each.grad = 0.0
        return taken

    return Contestant(name, forward, lambda loss: loss.backward(), gradients)
