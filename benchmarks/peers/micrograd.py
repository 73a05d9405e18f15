"""micrograd, as published on PyPI: its own engine and its own networks."""

from __future__ import annotations

from functools import partial
from typing import Any

from micrograd.engine import Value
from micrograd.nn import MLP

from benchmarks.problem import SIZES, Problem, mean_hinge_loss
from benchmarks.timing import Contestant

__all__ = ["contestant", "loss", "network"]


def network(problem: Problem) -> MLP:
    """Its own network, with the problem's parameters."""
    model = MLP(SIZES[0], list(SIZES[1:]))
    for parameter, number in zip(model.parameters(), problem.numbers(), strict=True):
        parameter.data = number
    return model


def loss(model: MLP, problem: Problem) -> Any:
    """The problem's loss, recorded anew."""
    return mean_hinge_loss([model([Value(each) for each in x]) for x in problem.X], problem.Y)


def contestant(problem: Problem) -> Contestant:
    """micrograd at work on ``problem``."""
    model = network(problem)

    def gradients() -> list[float]:
        taken = [each.grad for each in model.parameters()]
        model.zero_grad()
        return taken

    return Contestant("micrograd", partial(loss, model, problem), Value.backward, gradients)
