"""Engines: three ways to the same losses and gradients; ``fit`` takes any, and the one of ``devices``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

import autodiff
from autodiff import dot
from autodiff.arrays import leaves
from autodiff.labels import element, gather
from nn.losses.own import OwnLoss
from nn.losses.regularised import RegularisedLoss
from nn.model.activations import OwnActivation
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array, read, write

__all__ = ["ENGINES", "PROBE", "WEIGHTS", "Engine", "EngineMaker", "LiftedEngine", "Pass"]


# What a lifted program calls A[L], the weights of samples, and what is added to J in proportion to A[L].
OUTPUTS, WEIGHTS, PROBE = "outputs", "weight", "probe"

SAME = 1e-9  # how far a loss of one's own may be from what its formulas give, relatively


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

    def run(self, X: Array, Y: Array, weights: Array | None = None) -> Pass:
        """Differentiate the objective of a batch, with weights of shape (m,) whose mean is 1 if it is
        weighted."""

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

    def run(self, X: Array, Y: Array, weights: Array | None = None) -> Pass:
        self.push()
        outputs = [self.model(x) for x in leaves("X", X).T.tolist()]
        each = None if weights is None else weights.tolist()
        J = self.objective.node(self.model, outputs, leaves("Y", Y).T.tolist(), each)
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

    def run(self, X: Array, Y: Array, weights: Array | None = None) -> Pass:
        cache = self.twin.forward(X)
        A = cache.A[self.twin.L]
        grads = self.twin.backward(cache, self.objective.loss.dA(A, Y, weights), self.objective.l2)
        return Pass(self.objective.J(self.twin.W.values(), A, Y, weights), A, grads.params)

    def push(self) -> None:
        self.model.load_state_dict(self.params)


class LiftedEngine:
    """The program that ``lift`` finds in the scalar graph of one sample, run on whole batches.

    It gives the loss, its gradients and the outputs. Outputs alone, for which there are no targets,
    come from the matrix twin, whose parameters are the program's own arrays.

    Args:
        probed: whether the program has an input ``probe`` of A[L]'s shape, C, and adds 1/m·Σ C ⊙ A[L] to J.
            It is 0, and there for who differentiates the program by it: the slope is 1/m·A[L].
    """

    def __init__(
        self, model: MLP, objective: RegularisedLoss, x: Array, y: Array, probed: bool = False
    ) -> None:
        self.model, self.objective, self.probed = model, objective, probed
        inputs, targets = leaves("X", x), leaves("Y", y)
        outputs = model(inputs.tolist())
        for i, output in enumerate(outputs):
            output.label = element(OUTPUTS, (i,))
        data = {"X": inputs, "Y": targets}
        if objective.weighted:
            data[WEIGHTS] = leaves(WEIGHTS, np.ones(1))
        each = data[WEIGHTS].tolist() if objective.weighted else None
        J = objective.node(model, [outputs], [targets.tolist()], each)
        if probed:
            data[PROBE] = leaves(PROBE, np.zeros(len(outputs)))
            J = J + dot(data[PROBE].tolist(), outputs)
        self.program = autodiff.lift(J, inputs=data, params=model, batch=True, keep=[OUTPUTS])
        self.params: dict[str, Array] = dict(self.program.params)
        self.twin = MatrixMLP.from_params(model, self.params)

    def outputs(self, X: Array) -> Array:
        return self.twin.forward(X).A[self.twin.L]

    def run(self, X: Array, Y: Array, weights: Array | None = None) -> Pass:
        done = self.computed(X, Y, weights)
        self._check_own_activations(X, done.A)
        if isinstance(self.objective.loss, OwnLoss):
            self._check_own_loss(done.J, done.A, Y, weights)
        return done

    def computed(self, X: Array, Y: Array, weights: Array | None = None) -> Pass:
        """What the program gives; ``run`` sees to it that it is that of the model."""
        further = {} if weights is None else {WEIGHTS: weights[None]}
        if self.probed:
            further[PROBE] = np.zeros((self.model.sizes[-1], X.shape[1]))
        result = self.program(X=X, Y=Y, **further)
        return Pass(result.loss, result.values[OUTPUTS], result.grads)

    def _check_own_activations(self, X: Array, A: Array) -> None:
        """See that activations that are functions of one's own did the same operations for all elements.

        Raises:
            ValueError: if they did not.
        """
        own = [g.name for g in self.twin.g.values() if isinstance(g, OwnActivation)]
        if own and not np.allclose(A, self.outputs(X), rtol=SAME, atol=SAME):
            raise ValueError(
                f"{' or '.join(dict.fromkeys(own))} computes differently from element to element, and the "
                "formulas of one sample do not serve all. Use engine='scalar' or 'matrix', or functions such "
                "as relu, abs and maximum for a condition"
            )

    def _check_own_loss(self, J: float, A: Array, Y: Array, weights: Array | None) -> None:
        """See that a loss of one's own does the same operations for all samples, and not those of one branch
        for one and those of another for the next.

        Raises:
            ValueError: if it does not.
        """
        expected = self.objective.J(self.twin.W.values(), A, Y, weights)
        if not abs(J - expected) <= SAME * (abs(J) + abs(expected)):
            raise ValueError(
                f"the loss {self.objective.loss.name} is {expected:.6g} of this batch, but the formulas of "
                f"one sample give {J:.6g}: it computes differently from sample to sample. Use "
                "engine='scalar' or 'matrix', or functions such as relu, abs and maximum for a condition"
            )

    def push(self) -> None:
        self.program.push()


# An engine is made from a model, an objective, and the inputs and targets of one sample, (n,) and (K,).
EngineMaker = Callable[[MLP, RegularisedLoss, Array, Array], Engine]
ENGINES: dict[str, EngineMaker] = {
    "scalar": ScalarEngine,
    "matrix": MatrixEngine,
    "lifted": LiftedEngine,
}
