"""This library as its users use it: ``nn.MLP`` and ``Value.backward``."""

from __future__ import annotations

from autodiff import Value
from benchmarks.problem import SIZES, Problem, mean_hinge_loss
from benchmarks.timing import Contestant
from nn import MLP

__all__ = ["contestant"]


def contestant(problem: Problem) -> Contestant:
    """This library at work on ``problem``."""
    model = MLP(SIZES[0], SIZES[1:], activation="relu")
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    parameters = [parameter for neuron in neurons for parameter in (*neuron.w, neuron.b)]
    for parameter, number in zip(parameters, problem.numbers(), strict=True):
        parameter.data = number

    def forward() -> Value:
        return mean_hinge_loss([model(x)[0] for x in problem.X], problem.Y)  # type: ignore[no-any-return]

    def gradients() -> list[float]:
        taken = [parameter.grad for parameter in parameters]
        model.zero_grad()
        return taken

    return Contestant("duograd", forward, Value.backward, gradients)
