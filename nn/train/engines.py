"""Engines: three ways to the same losses and gradients, of which ``fit`` takes any."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from autodiff import lift
from autodiff.arrays import leaves
from autodiff.labels import element, gather
from nn.losses.regularised import RegularisedLoss
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array, read, write

__all__ = ["ENGINES", "Engine", "LiftedEngine", "Pass"]


OUTPUTS = "outputs"  # what a lifted program calls A[L]


class Pass(NamedTuple):
    """What a forward and a backward pass on a batch give.

    Attributes:
        J: the objective.
        A: the outputs A[L], shape (K, m).
        grads: the gradients of the parameters, by the names and shapes of ``Engine.params``.
    """

    J: float
    A: Array
    grads: dict[str, Array]


class Engine(Protocol):
    """A way to compute losses and gradients; all give the same numbers.

    Attributes:
        params: the parameters as arrays by name, live: write into them and the next pass uses it.
    """

    params: dict[str, Array]

    def outputs(self, X: Array) -> Array:
        """A[L] of shape (K, m)."""

    def run(self, X: Array, Y: Array) -> Pass:
        """Differentiate the objective of a batch."""

    def push(self) -> None:
        """Write the parameters into the model."""


class ScalarEngine:
    """Every forward and backward pass on a graph of Values."""

    def __init__(self, model: MLP, objective: RegularisedLoss, x: Array, y: Array) -> None:
        self.model, self.objective = model, objective
        self.values = gather(model.parameters())
        self.params = {name: read(array, "data") for name, array in self.values.items()}

    def outputs(self, X: Array) -> Array:
        self.push()
        return np.array([[a.data for a in self.model(x)] for x in X.T]).T

    def run(self, X: Array, Y: Array) -> Pass:
        self.push()
        outputs = [self.model(x) for x in leaves("X", X).T.tolist()]
        J = self.objective.node(self.model, outputs, leaves("Y", Y).T.tolist())
        self.model.zero_grad()
        J.backward()
        A = np.array([[a.data for a in output] for output in outputs]).T
        return Pass(J.data, A, {name: read(array, "grad") for name, array in self.values.items()})

    def push(self) -> None:
        for name, array in self.values.items():
            write(array, "data", self.params[name])


class MatrixEngine:
    """The matrix formulas of ``MatrixMLP``."""

    def __init__(self, model: MLP, objective: RegularisedLoss, x: Array, y: Array) -> None:
        self.model, self.objective, self.twin = model, objective, MatrixMLP.from_scalar(model)
        self.params = self.twin.params

    def outputs(self, X: Array) -> Array:
        return self.twin.forward(X).A[self.twin.L]

    def run(self, X: Array, Y: Array) -> Pass:
        cache = self.twin.forward(X)
        A = cache.A[self.twin.L]
        grads = self.twin.backward(cache, self.objective.loss.dA(A, Y), self.objective.l2)
        return Pass(self.objective.J(self.twin.W.values(), A, Y), A, grads.params)

    def push(self) -> None:
        self.model.load_state_dict(self.params)


class LiftedEngine:
    """The program that ``lift`` finds in the scalar graph of one sample, run on whole batches.

    It gives the loss, its gradients and the outputs. Outputs alone, for which there are no targets,
    come from the matrix twin, whose parameters are the program's own arrays.
    """

    def __init__(self, model: MLP, objective: RegularisedLoss, x: Array, y: Array) -> None:
        self.model = model
        inputs, targets = leaves("X", x), leaves("Y", y)
        outputs = model(inputs.tolist())
        for i, output in enumerate(outputs):
            output.label = element(OUTPUTS, (i,))
        J = objective.node(model, [outputs], [targets.tolist()])
        self.program = lift(J, inputs={"X": inputs, "Y": targets}, params=model, batch=True, keep=[OUTPUTS])
        self.params: dict[str, Array] = dict(self.program.params)
        self.twin = MatrixMLP.from_params(model, self.params)

    def outputs(self, X: Array) -> Array:
        return self.twin.forward(X).A[self.twin.L]

    def run(self, X: Array, Y: Array) -> Pass:
        result = self.program(X=X, Y=Y)
        return Pass(result.loss, result.values[OUTPUTS], result.grads)

    def push(self) -> None:
        self.program.push()


# An engine is made from a model, an objective, and the inputs and targets of one sample, (n,) and (K,).
ENGINES: dict[str, Callable[[MLP, RegularisedLoss, Array, Array], Engine]] = {
    "scalar": ScalarEngine,
    "matrix": MatrixEngine,
    "lifted": LiftedEngine,
}
