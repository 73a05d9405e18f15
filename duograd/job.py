"""A job of the command line: data, network and loss, from options to checked objects."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn.datasets import Dataset, load, load_csv, split, standardise
from nn.datasets.load import SHIPPED
from nn.losses import Loss, loss_named
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.registry import entry_named

__all__ = ["Job", "UsageError", "described", "explained", "load_named", "prepare"]


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn what library functions say about wrong input into a message for the command line."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise UsageError(described(error)) from error


def described(error: Exception) -> str:
    """An error in a line."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


@dataclass(frozen=True)
class Job:
    """Everything that training and comparing need, checked.

    Attributes:
        X: standardised inputs, of training and of test.
        Y: targets of both.
    """

    data: Dataset
    train: Dataset
    test: Dataset
    model: MLP
    loss: Loss
    X: tuple[Array, Array]
    Y: tuple[Array, Array]

    def description(self) -> str:
        """Data and model in a few lines."""
        data = self.data
        kind = f"one of {', '.join(data.classes)}" if data.classes else "a number"
        names = data.features if len(data.features) < 9 else (*data.features[:3], "…", data.features[-1])
        return (
            f"data   {data.name}: {len(data)} samples, of which {len(self.test)} are kept for the test\n"
            f"       from {', '.join(names)}\n"
            f"       tell {data.target}: {kind}\n"
            f"model  {self.model}, {len(self.model.parameters())} parameters"
        )

    def notes(self) -> dict[str, Any]:
        """What ``predict`` needs to know, beside the network, to use it on other samples."""
        targets = None if self.data.classes else _scaling(self.train.y[None].astype(np.float64))
        return {
            "data": self.data.name,
            "features": list(self.data.features),
            "target": self.data.target,
            "classes": list(self.data.classes),
            "loss": self.loss.name,
            "scaling": _scaling(self.train.X),
            "target scaling": targets,
        }

    def score(self) -> str:
        """How well the model does on the test samples."""
        twin = MatrixMLP.from_scalar(self.model)
        outputs = twin.forward(self.X[1]).A[twin.L]
        if self.data.classes:
            right = self.loss.decide(outputs) == self.test.y
            return f"accuracy {right.mean():.1%}, {right.sum()} of {len(right)} right"
        error = float(np.mean((outputs[: len(self.Y[1])] - self.Y[1]) ** 2))
        return f"mean squared error {error:.4g}, in units of the target's variance"


def prepare(options: argparse.Namespace) -> Job:
    """The job that ``--data``, ``--layers``, ``--activation``, ``--loss`` and ``--seed`` describe.

    Raises:
        UsageError: if these do not fit each other.
    """
    loss = loss_named(options.loss) if options.loss else None
    data = load_named(options.data, classes=True if loss and loss.for_classes else None)
    loss = loss or loss_named("cross_entropy" if data.classes else "mse")
    outputs = loss.outputs(len(data.classes) or 1)
    n = len(data.features)
    sizes = options.layers or [8 if n < 16 else 32, outputs]
    one_for_two = outputs == 2 and sizes[-1] == 1 and not loss.two_outputs
    if sizes[-1] != outputs and not one_for_two:
        what = f"{len(data.classes)} classes" if data.classes else "one number to predict"
        raise UsageError(
            f"{data.name} has {what}, so --layers ends with {outputs} for {loss.name}, not {sizes[-1]}"
        )
    train, test = split(data, seed=options.seed)
    if data.classes:
        rows = loss.rows(sizes[-1])
        Y = loss.from_classes(train.y, rows), loss.from_classes(test.y, rows)
    else:
        Y = standardise(train.y[None]), standardise(test.y[None], train.y[None])
    return Job(
        data,
        train,
        test,
        model=MLP(n, sizes, options.activation, seed=options.seed),
        loss=loss,
        X=(standardise(train.X), standardise(test.X, train.X)),
        Y=Y,
    )


def _scaling(X: Array) -> dict[str, list[float]]:
    """The offset and the factor of each row by which ``standardise`` makes offset + factor·x."""
    offset = standardise(np.zeros((len(X), 1)), X)
    factor = standardise(np.ones((len(X), 1)), X) - offset
    return {"offset": offset[:, 0].tolist(), "factor": factor[:, 0].tolist()}


def load_named(name: str, classes: bool | None = None) -> Dataset:
    """A shipped data set, or the file of that name."""
    if name not in SHIPPED and (Path(name).suffix or Path(name).exists()):
        return load_csv(name, classes=classes)
    return load(entry_named("data set or file", name, {each: each for each in SHIPPED}))
