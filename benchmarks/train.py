"""Training: a step of gradient descent on Iris with each engine of ``fit``, PyTorch and JAX.

The whole batch of 150, cross-entropy of MLP(4, [8, 3]), tanh between its layers, double precision.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from benchmarks.contest import HOW, compared
from benchmarks.results import Row, rows_of
from nn import MLP, MatrixMLP
from nn.datasets import load, standardise
from nn.engines import ENGINES
from nn.losses import cross_entropy, one_hot
from nn.objective import Objective

__all__ = ["add_arguments", "run"]

Array = npt.NDArray[np.float64]
Step = Callable[[], float]  # takes a step and returns the loss before it
RATE = 0.2
REFERENCE = "engine 'matrix'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks train``."""
    parser.add_argument("--rounds", type=int, default=100, help="turns of every contestant (default: 100)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    iris = load("iris")
    X, Y = standardise(iris.X), one_hot(iris.y, 3)
    makers: dict[str, Callable[[], Step]] = {f"engine '{name}'": engine_step(name, X, Y) for name in ENGINES}
    makers |= {"PyTorch eager": lambda: torch_step(X, Y), "JAX jit": lambda: jax_step(X, Y)}
    steps = {}
    for name, make in makers.items():
        try:
            steps[name] = make()
        except ImportError as error:
            console.print(f"{name} is left out: {error}. The extra 'bench' installs the peers.")
    check_losses(steps)
    case = "a step on Iris, MLP(4, [8, 3]), 150 samples"
    found = compared(case, steps, REFERENCE, options.rounds, console)
    how = f"Loss, gradients and update of all parameters. {HOW}"
    console.print(how, style="dim")
    return rows_of("train", case, found, REFERENCE, how)


def check_losses(steps: dict[str, Step]) -> None:
    """Raise RuntimeError unless all contestants have the same losses in their first steps."""
    losses = {name: np.array([step() for _ in range(5)]) for name, step in steps.items()}
    expected = losses[REFERENCE]
    for name, found in losses.items():
        if np.abs(found - expected).max() > 1e-12:
            raise RuntimeError(f"{name} trains to other losses than {REFERENCE}")


def engine_step(name: str, X: Array, Y: Array) -> Callable[[], Step]:
    """An engine of ``fit`` on a network of its own."""

    def make() -> Step:
        engine = ENGINES[name](MLP(4, [8, 3], seed=0), Objective(cross_entropy), X[:, 0], Y[:, 0])

        def step() -> float:
            found = engine.run(X, Y)
            for each, grad in found.grads.items():
                engine.params[each] -= RATE * grad
            return found.J

        return step

    return make


def parameters() -> list[Array]:
    """W1, b1, W2, b2 of the network that all start from, biases as columns."""
    arrays = MatrixMLP.from_scalar(MLP(4, [8, 3], seed=0)).params
    return [arrays[name].reshape(len(arrays[name]), -1) for name in ("W1", "b1", "W2", "b2")]


def torch_step(X: Array, Y: Array) -> Step:
    """PyTorch, recording and differentiating anew in each step."""
    import torch

    x, classes = torch.from_numpy(X), torch.from_numpy(Y.argmax(0))
    W1, b1, W2, b2 = weights = [torch.from_numpy(each.copy()).requires_grad_() for each in parameters()]
    optimizer = torch.optim.SGD(weights, RATE)

    def step() -> float:
        optimizer.zero_grad()
        Z = torch.addmm(b2, W2, torch.tanh(torch.addmm(b1, W1, x)))
        loss: Any = torch.nn.functional.cross_entropy(Z.T, classes)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def jax_step(X: Array, Y: Array) -> Step:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    config: Any = jax.config  # untyped, and Any where JAX is not installed
    config.update("jax_enable_x64", True)

    def loss(weights: Any) -> Any:
        W1, b1, W2, b2 = weights
        Z = W2 @ jnp.tanh(W1 @ X + b1) + b2
        return (jax.scipy.special.logsumexp(Z, axis=0) - (Y * Z).sum(axis=0)).mean()

    def update(weights: Any) -> Any:
        J, grads = jax.value_and_grad(loss)(weights)
        return J, [each - RATE * grad for each, grad in zip(weights, grads, strict=True)]

    compiled = jax.jit(update)
    weights: Any = [jnp.asarray(each) for each in parameters()]

    def step() -> float:
        nonlocal weights
        J, weights = compiled(weights)
        return float(J)

    return step
