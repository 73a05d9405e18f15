"""``fit``: the training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autodiff.labels import gather, leaves
from nn.batch import as_batch
from nn.lookup import lookup
from nn.losses import Loss, loss_named
from nn.matrix import MatrixMLP
from nn.mlp import MLP
from nn.module import Array, read, write
from nn.optim import SGD, Optimizer

__all__ = ["History", "fit"]


@dataclass
class History:
    """What ``fit`` measured, one number an epoch.

    Attributes:
        train_loss: mean loss over the samples, each as it was when its batch was computed.
        train_accuracy: share of samples whose outputs speak for their class, likewise; empty
            where the targets do not stand for classes.
        validation_loss, validation_accuracy: after the epoch, if validation data were given.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)

    def append(self, data: str, loss: Loss, J: float, outputs: Array, targets: Array) -> None:
        """Note an epoch's mean loss on the "train" or "validation" data, and the accuracy if
        the targets stand for classes."""
        getattr(self, f"{data}_loss").append(J)
        K = len(targets)
        if np.array_equal(targets, loss.from_classes(loss.to_classes(targets), K)):
            getattr(self, f"{data}_accuracy").append(loss.accuracy(outputs, targets))


class Engine(Protocol):
    """A way to compute losses and gradients; all give the same numbers."""

    def outputs(self, X: Array) -> Array:
        """A[L] of shape (K, m)."""

    def step(self, X: Array, Y: Array, optimizer: Optimizer) -> tuple[float, Array]:
        """Move the parameters once; J and A[L] as they were before."""

    def push(self) -> None:
        """Write the parameters into the model."""


class ScalarEngine:
    """Every forward and backward pass on a graph of Values."""

    def __init__(self, model: MLP, loss: Loss) -> None:
        self.model, self.loss = model, loss
        self.values = gather(model.parameters())
        self.params = {name: read(array, "data") for name, array in self.values.items()}

    def outputs(self, X: Array) -> Array:
        return np.array([[a.data for a in self.model(x)] for x in X.T]).T

    def step(self, X: Array, Y: Array, optimizer: Optimizer) -> tuple[float, Array]:
        outputs = [self.model(x) for x in leaves("X", X).T.tolist()]
        J = self.loss.mean(outputs, leaves("Y", Y).T.tolist())
        self.model.zero_grad()
        J.backward()
        optimizer.step(self.params, {name: read(array, "grad") for name, array in self.values.items()})
        self.push()
        return J.data, np.array([[a.data for a in output] for output in outputs]).T

    def push(self) -> None:
        for name, array in self.values.items():
            write(array, "data", self.params[name])


class MatrixEngine:
    """The matrix formulas of ``MatrixMLP``."""

    def __init__(self, model: MLP, loss: Loss) -> None:
        self.model, self.loss, self.twin = model, loss, MatrixMLP.from_scalar(model)

    def outputs(self, X: Array) -> Array:
        return self.twin.forward(X).A[self.twin.L]

    def step(self, X: Array, Y: Array, optimizer: Optimizer) -> tuple[float, Array]:
        cache = self.twin.forward(X)
        A = cache.A[self.twin.L]
        grads = self.twin.backward(cache, self.loss.dA(A, Y))
        optimizer.step(self.twin.params, grads.params)
        return self.loss.J(A, Y), A

    def push(self) -> None:
        self.model.load_state_dict(self.twin.params)


ENGINES: dict[str, Callable[[MLP, Loss], Engine]] = {"scalar": ScalarEngine, "matrix": MatrixEngine}


def fit(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    engine: str = "scalar",
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    seed: int = 0,
    progress: bool = False,
) -> History:
    """Train a network.

    Args:
        model: whose parameters are changed.
        X: inputs of shape (n, m), columns are samples.
        Y: targets of shape (K, m); of shape (m,) for one output, or for class indices.
        loss: a name from ``nn.losses``.
        optimizer: gradient descent with learning rate 0.1 if left out.
        epochs: how often every sample is seen.
        batch_size: samples per step, drawn in a new order each epoch; all if left out.
        engine: ``"scalar"`` computes with Values, ``"matrix"`` with the matrix formulas.
        validation: inputs and targets to measure on after each epoch.
        seed: of the order of the samples.
        progress: show a bar with the loss.

    Raises:
        TypeError, ValueError: for data, names or numbers that do not fit; nothing has changed then.
        DomainError: where training diverges beyond the range of floats.
    """
    kind = loss_named(loss)
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 0:
        raise ValueError(f"epochs is a whole number, 0 or more, got {epochs!r}")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is at least 1, got {batch_size!r}")
    inputs, targets = _data(model, kind, X, Y)
    held_out = _data(model, kind, *validation) if validation else None
    runner: Engine = lookup("engine", engine, ENGINES)(model, kind)
    optimizer = optimizer or SGD()
    rng, m, history = np.random.default_rng(seed), inputs.shape[1], History()
    with _bar(epochs, progress) as advance:
        for _ in range(epochs):
            outputs, J = np.empty(targets.shape), 0.0
            for batch in np.split(rng.permutation(m), range(batch_size or m, m, batch_size or m)):
                batch_J, outputs[:, batch] = runner.step(inputs[:, batch], targets[:, batch], optimizer)
                J += batch_J * len(batch) / m
            history.append("train", kind, J, outputs, targets)
            if held_out:
                outputs = runner.outputs(held_out[0])
                history.append("validation", kind, kind.J(outputs, held_out[1]), outputs, held_out[1])
            advance(J)
    runner.push()
    return history


def _data(model: MLP, loss: Loss, X: npt.ArrayLike, Y: npt.ArrayLike) -> tuple[Array, Array]:
    inputs = as_batch(X, model.sizes[0])
    return inputs, loss.targets(Y, model.sizes[-1], inputs.shape[1])


@contextmanager
def _bar(epochs: int, shown: bool) -> Iterator[Callable[[float], None]]:
    """A progress bar over the epochs, as a function to call with the loss after each."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("epochs"),
        TextColumn("{task.fields[loss]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, disable=not shown) as progress:
        task = progress.add_task("training", total=epochs, loss="")
        yield lambda J: progress.update(task, advance=1, loss=f"loss {J:.4f}")
