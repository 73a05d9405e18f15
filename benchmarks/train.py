"""Training: a step of gradient descent with each engine of ``fit``, micrograd, PyTorch and JAX.

The whole data set at once, in double precision: Iris with cross-entropy and tanh, and micrograd's
own demonstration, two moons with the hinge loss and relu. micrograd has no exponential, so it takes
part in the second only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from benchmarks.contest import HOW, compared
from benchmarks.problem import Problem, mean_hinge_loss
from benchmarks.results import Row, rows_of
from nn import MLP, MatrixMLP
from nn.datasets import load, moons, standardise
from nn.engines import ENGINES
from nn.losses import Loss, loss_named
from nn.objective import Objective

__all__ = ["add_arguments", "run"]

Array = npt.NDArray[np.float64]
Step = Callable[[], float]  # takes a step and returns the loss before it
RATE = 0.2
REFERENCE = "engine 'matrix'"


@dataclass(frozen=True)
class Case:
    """What is trained: MLP(n, sizes) from seed 0, on X (n, m) with targets Y (K, m)."""

    title: str
    sizes: list[int]
    activation: str
    loss: Loss
    X: Array
    Y: Array

    def model(self) -> MLP:
        """The network that every contestant starts from."""
        return MLP(len(self.X), self.sizes, activation=self.activation, seed=0)

    def layers(self) -> list[tuple[Array, Array]]:
        """W and b of each of its layers, biases as columns."""
        twin = MatrixMLP.from_scalar(self.model())
        return [(twin.params[f"W{l}"], twin.params[f"b{l}"].reshape(-1, 1)) for l in range(1, twin.L + 1)]


def cases() -> list[Case]:
    """Iris, and two moons."""
    found = []
    for data, title, sizes, activation, name in (
        (load("iris"), "Iris", [8, 3], "tanh", "cross_entropy"),
        (moons(100), "two moons", [16, 16, 1], "relu", "hinge"),
    ):
        loss = loss_named(name)
        X, Y = standardise(data.X), loss.from_classes(data.y, sizes[-1])
        title = f"a step on {title}, MLP({len(X)}, {sizes}), {activation}, {len(data)} samples"
        found.append(Case(title, sizes, activation, loss, X, Y))
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks train``."""
    parser.add_argument("--rounds", type=int, default=100, help="turns of every contestant (default: 100)")
    parser.add_argument("--skip", nargs="*", choices=PEERS, default=[], help="peers to leave out")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    how = f"Loss, gradients and update of all parameters. {HOW}"
    rows = []
    for case in cases():
        makers: dict[str, Callable[[], Step | None]] = {
            f"engine '{name}'": partial(engine_step, name, case) for name in ENGINES
        }
        makers |= {name: partial(make, case) for name, make in PEERS.items() if name not in options.skip}
        steps = {}
        for name, make in makers.items():
            try:
                step = make()
            except ImportError as error:
                console.print(f"{name} is left out: {error}. The extra 'bench' installs the peers.")
            else:
                if step is not None:
                    steps[name] = step
        check_losses(steps)
        contest = compared(case.title, steps, REFERENCE, options.rounds, console)
        rows += rows_of("train", case.title, contest, REFERENCE, how)
    console.print(how, style="dim")
    return rows


def check_losses(steps: dict[str, Step]) -> None:
    """Raise RuntimeError unless all contestants have the same losses in their first steps, each of
    which was taken with the gradients of those before."""
    losses = {name: np.array([step() for _ in range(4)]) for name, step in steps.items()}
    expected = losses[REFERENCE]
    for name, found in losses.items():
        if np.abs(found - expected).max() > 1e-12:
            raise RuntimeError(f"{name} trains to other losses than {REFERENCE}")


def engine_step(name: str, case: Case) -> Step:
    """An engine of ``fit`` on a network of its own."""
    engine = ENGINES[name](case.model(), Objective(case.loss), case.X[:, 0], case.Y[:, 0])

    def step() -> float:
        found = engine.run(case.X, case.Y)
        for each, grad in found.grads.items():
            engine.params[each] -= RATE * grad
        return found.J

    return step


def micrograd_step(case: Case) -> Step | None:
    """micrograd's own engine and networks; None for what it has no operations for."""
    from micrograd.engine import Value

    from benchmarks.peers.micrograd import network

    if case.loss.name != "hinge":
        return None
    layers = [(W.tolist(), b[:, 0].tolist()) for W, b in case.layers()]
    problem = Problem(layers, case.X.T.tolist(), case.Y[0].tolist())
    model = network(problem)

    def step() -> float:
        loss = mean_hinge_loss([model([Value(each) for each in x]) for x in problem.X], problem.Y)
        model.zero_grad()
        loss.backward()
        for each in model.parameters():
            each.data -= RATE * each.grad
        return float(loss.data)

    return step


def torch_step(case: Case) -> Step:
    """PyTorch, recording and differentiating anew in each step."""
    import torch

    X, Y, classes = torch.from_numpy(case.X), torch.from_numpy(case.Y), torch.from_numpy(case.Y.argmax(0))
    g = getattr(torch, case.activation)
    layers = [[torch.from_numpy(each.copy()).requires_grad_() for each in layer] for layer in case.layers()]
    optimizer = torch.optim.SGD([each for layer in layers for each in layer], RATE)

    def step() -> float:
        optimizer.zero_grad()
        A = X
        for W, b in layers[:-1]:
            A = g(torch.addmm(b, W, A))
        W, b = layers[-1]
        Z = torch.addmm(b, W, A)
        loss: Any = (
            (1.0 - Y * Z).relu().mean()
            if case.loss.name == "hinge"
            else torch.nn.functional.cross_entropy(Z.T, classes)
        )
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def jax_step(case: Case) -> Step:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    config: Any = jax.config  # untyped, and Any where JAX is not installed
    config.update("jax_enable_x64", True)
    g = jax.nn.relu if case.activation == "relu" else jnp.tanh

    def loss(layers: Any) -> Any:
        A = jnp.asarray(case.X)
        for W, b in layers[:-1]:
            A = g(W @ A + b)
        W, b = layers[-1]
        Z = W @ A + b
        if case.loss.name == "hinge":
            return jnp.maximum(1.0 - case.Y * Z, 0.0).mean()
        return (jax.scipy.special.logsumexp(Z, axis=0) - (case.Y * Z).sum(axis=0)).mean()

    def update(layers: Any) -> Any:
        J, grads = jax.value_and_grad(loss)(layers)
        return J, jax.tree.map(lambda each, grad: each - RATE * grad, layers, grads)

    compiled = jax.jit(update)
    layers: Any = [(jnp.asarray(W), jnp.asarray(b)) for W, b in case.layers()]

    def step() -> float:
        nonlocal layers
        J, layers = compiled(layers)
        return float(J)

    return step


PEERS: dict[str, Callable[[Case], Step | None]] = {
    "micrograd": micrograd_step,
    "PyTorch eager": torch_step,
    "JAX jit": jax_step,
}
