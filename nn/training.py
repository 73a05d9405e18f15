"""``fit``: the training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from nn.batch import as_batch
from nn.engines import ENGINES
from nn.lookup import lookup
from nn.losses import Loss
from nn.mlp import MLP
from nn.module import Array
from nn.objective import Objective
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
        if np.array_equal(targets, loss.from_classes(loss.to_classes(targets), len(targets))):
            getattr(self, f"{data}_accuracy").append(loss.accuracy(outputs, targets))


def fit(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    engine: str = "lifted",
    l2: float = 0.0,
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
        engine: ``"scalar"`` computes with Values, ``"matrix"`` with the matrix formulas, and
            ``"lifted"`` with the formulas that ``lift`` finds in the graph of one sample. All give
            the same numbers.
        l2: λ of a penalty λ/2·ΣW² in J.
        validation: inputs and targets to measure on after each epoch.
        seed: of the order of the samples.
        progress: show a bar with the loss.

    Raises:
        TypeError, ValueError: for data, names or numbers that do not fit; nothing has changed then.
        DomainError: where training diverges beyond the range of floats.
    """
    objective = Objective.of(loss, l2)
    kind = objective.loss
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 0:
        raise ValueError(f"epochs is a whole number, 0 or more, got {epochs!r}")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is at least 1, got {batch_size!r}")
    inputs, targets = _data(model, kind, X, Y)
    held_out = _data(model, kind, *validation) if validation else None
    runner = lookup("engine", engine, ENGINES)(model, objective, inputs[:, 0], targets[:, 0])
    optimizer = optimizer or SGD()
    rng, m, history = np.random.default_rng(seed), inputs.shape[1], History()
    with _bar(epochs, progress) as advance:
        for _ in range(epochs):
            outputs, J = np.empty((model.sizes[-1], m)), 0.0
            for batch in np.split(rng.permutation(m), range(batch_size or m, m, batch_size or m)):
                step = runner.run(inputs[:, batch], targets[:, batch])
                optimizer.step(runner.params, step.grads)
                outputs[:, batch] = step.A
                J += step.J * len(batch) / m
            history.append("train", kind, J, outputs, targets)
            if held_out:
                outputs = runner.outputs(held_out[0])
                weights = [array for name, array in runner.params.items() if name.startswith("W")]
                validation_J = objective.J(weights, outputs, held_out[1])
                history.append("validation", kind, validation_J, outputs, held_out[1])
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
