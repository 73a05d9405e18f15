"""Training: a step of gradient descent with each engine of ``fit``, micrograd, PyTorch and JAX.

The whole data set at once, in double precision: Iris with cross-entropy and tanh, and micrograd's
own demonstration, two moons with the hinge loss and relu. micrograd has no exponential, so it takes
part in the second only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from benchmarks.contest import HOW, compared
from benchmarks.networks import Network, jax_loss, torch_loss
from benchmarks.results import Row, rows_of
from nn import MLP, MatrixMLP
from nn.datasets import load, moons, standardise
from nn.losses import Loss, loss_named
from nn.losses.regularised import RegularisedLoss
from nn.train.engines import ENGINES

__all__ = ["add_arguments", "run"]

Array = npt.NDArray[np.float64]
Step = Callable[[], float]  # takes a step and returns the loss before it
RATE = 0.2
REFERENCE = "engine 'matrix'"


@dataclass(frozen=True)
class Case:
    """What is trained: MLP(n, sizes) from seed 0, on X (n, m) with targets Y (K, m), by the engines
    of ``fit`` and by ``peers``."""

    title: str
    sizes: list[int]
    activation: str
    loss: Loss
    X: Array
    Y: Array
    peers: list[str]

    def model(self) -> MLP:
        """The network that every contestant starts from."""
        return MLP(len(self.X), self.sizes, activation=self.activation, seed=0)

    def network(self) -> Network:
        """The same, with the data, for the peers."""
        twin = MatrixMLP.from_scalar(self.model())
        W, b = list(twin.W.values()), [each.reshape(-1) for each in twin.b.values()]
        return Network(self.activation, W, b, self.X, self.Y[0] if self.sizes[-1] == 1 else self.Y)


def cases() -> list[Case]:
    """Iris, and two moons."""
    found = []
    for data, title, sizes, activation, name, peers in (
        (load("iris"), "Iris", [8, 3], "tanh", "cross_entropy", ["pytorch", "jax"]),
        (moons(100), "two moons", [16, 16, 1], "relu", "hinge", ["micrograd", "pytorch", "jax"]),
    ):
        loss = loss_named(name)
        X, Y = standardise(data.X), loss.from_classes(data.y, sizes[-1])
        title = f"a step on {title}, MLP({len(X)}, {sizes}), {activation}, {len(data)} samples"
        found.append(Case(title, sizes, activation, loss, X, Y, peers))
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
        steps = {f"engine '{name}'": engine_step(name, case) for name in ENGINES}
        for key in case.peers:
            name, make = PEERS[key]
            if key not in options.skip:
                try:
                    steps[name] = make(case.network())
                except ImportError as error:
                    console.print(f"{name} is left out: {error}. The extra 'bench' installs the peers.")
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
    engine = ENGINES[name](case.model(), RegularisedLoss(case.loss), case.X[:, 0], case.Y[:, 0])

    def step() -> float:
        found = engine.run(case.X, case.Y)
        for each, grad in found.grads.items():
            engine.params[each] -= RATE * grad
        return found.J

    return step


def micrograd_step(network: Network) -> Step:
    """micrograd's own engine and networks."""
    from benchmarks.peers import micrograd

    problem = network.problem()
    model = micrograd.network(problem)

    def step() -> float:
        loss = micrograd.loss(model, problem)
        model.zero_grad()
        loss.backward()
        for each in model.parameters():
            each.data -= RATE * each.grad
        return float(loss.data)

    return step


def torch_step(network: Network) -> Step:
    """PyTorch, recording and differentiating anew in each step."""
    import torch

    parameters, loss = torch_loss(network)
    optimizer = torch.optim.SGD(parameters, RATE)

    def step() -> float:
        optimizer.zero_grad()
        J = loss()
        J.backward()
        optimizer.step()
        return float(J.item())

    return step


def jax_step(network: Network) -> Step:
    """JAX, the whole step compiled."""
    import jax

    parameters, loss = jax_loss(network)

    def update(parameters: Any) -> Any:
        J, grads = jax.value_and_grad(loss)(parameters, network.X, network.Y)
        return J, jax.tree.map(lambda each, grad: each - RATE * grad, parameters, grads)

    compiled = jax.jit(update)

    def step() -> float:
        nonlocal parameters
        J, parameters = compiled(parameters)
        return float(J)

    return step


PEERS: dict[str, tuple[str, Callable[[Network], Step]]] = {
    "micrograd": ("micrograd", micrograd_step),
    "pytorch": ("PyTorch eager", torch_step),
    "jax": ("JAX jit", jax_step),
}
