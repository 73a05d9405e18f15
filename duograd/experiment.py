"""Data, network and loss: what commands that learn from data are about."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from duograd.data import DataOptions, is_file
from duograd.options import checked, option, sizes, whole
from duograd.program import UsageError, explained
from nn import MLP, MatrixMLP
from nn.datasets import Dataset, fill_missing, split, standardise
from nn.datasets.dataset import Scaling
from nn.losses import LOSSES, Loss, loss_named
from nn.model.activations import ACTIVATIONS, Activation, activation_named
from nn.model.init import INITIALISERS
from nn.model.module import Array

__all__ = [
    "Experiment",
    "NetworkOptions",
    "activation_option",
    "dataset_and_loss",
    "fitting_sizes",
    "loss_option",
    "prepare",
    "seed_option",
]


def activation_option() -> Any:
    """``--activation`` of a network."""
    return option(
        type=checked(activation_named),
        default="tanh",
        metavar="NAME",
        help=f"of the inner layers: {', '.join(ACTIVATIONS)} (%(default)s)",
    )


def loss_option(otherwise: str = "cross_entropy; mse if targets are numbers") -> Any:
    """``--loss``; None if it is left out."""
    return option(type=checked(loss_named), metavar="NAME", help=f"{', '.join(LOSSES)} ({otherwise})")


def seed_option(of: str) -> Any:
    """``--seed`` of what is drawn at random."""
    return option(type=whole(0), default=0, metavar="N", help=f"of {of} (%(default)s)")


@dataclass(frozen=True, kw_only=True)
class NetworkOptions(DataOptions):
    """A network and what it learns from."""

    layers: tuple[int, ...] | None = option(
        type=sizes,
        metavar="M,…",
        help="neurons of each layer, outputs last (8 or 32, then as many as the data need: 8,3 for iris)",
    )
    activation: Activation = activation_option()
    init: str = option(
        choices=INITIALISERS, default="xavier_uniform", help="how weights are drawn (%(default)s)"
    )
    loss: Loss | None = loss_option()
    seed: int = seed_option("weights, split and order of samples")


@dataclass(frozen=True)
class Experiment:
    """Data, network and loss that fit each other.

    Attributes:
        X: standardised inputs, of training and of test.
        Y: targets of both.
        source: the name of shipped data, or the whole path of a file.
        own: whether the data are of a file, and not shipped.
        na: what means a missing value in the table, beside the usual words.
        means: what stands for a missing value of each input; empty if it is to be refused.
    """

    data: Dataset
    train: Dataset
    test: Dataset
    model: MLP
    loss: Loss
    X: tuple[Array, Array]
    Y: tuple[Array, Array]
    source: str
    own: bool
    na: list[str]
    means: list[float]

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
        targets = None if self.data.classes else scaling_note(Scaling.of(self.train.y[None]))
        return {
            "data": self.data.name,
            "source": self.source,
            "features": list(self.data.features),
            "columns": [asdict(column) for column in self.data.columns],
            "na": self.na,
            "means": self.means,
            "target": self.data.target,
            "classes": list(self.data.classes),
            "loss": self.loss.name,
            "scaling": scaling_note(Scaling.of(self.train.X)),
            "target scaling": targets,
        }

    def outputs(self) -> Array:
        """What the model says of the test samples, of shape (K, m)."""
        twin = MatrixMLP.from_scalar(self.model)
        return twin.forward(self.X[1]).A[twin.L]

    def score(self) -> str:
        """How well the model does on the test samples."""
        outputs = self.outputs()
        if self.data.classes:
            right = self.loss.decide(outputs) == self.test.y
            return f"accuracy {right.mean():.1%}, {right.sum()} of {len(right)} right"
        error = float(np.mean((outputs[: len(self.Y[1])] - self.Y[1]) ** 2))
        return f"mean squared error {error:.4g}, in units of the target's variance"


def prepare(options: NetworkOptions) -> Experiment:
    """The experiment that the options describe.

    Raises:
        UsageError: if they do not fit each other.
    """
    with explained():
        # Means are those of the training samples, so they are put in after the split.
        data, loss = dataset_and_loss(options, options.loss, "keep" if options.missing == "mean" else None)
        n = len(data.features)
        layers = options.layers or (8 if n < 16 else 32, loss.outputs(len(data.classes) or 1))
        layers = fitting_sizes(layers, data, loss)
        train, test = split(data, seed=options.seed)
        means = fill_missing(np.full((n, 1), np.nan), train.X)[:, 0].tolist()
        test = replace(test, X=fill_missing(test.X, train.X))
        train = replace(train, X=fill_missing(train.X))
        if data.classes:
            rows = loss.rows(layers[-1])
            Y = loss.from_classes(train.y, rows), loss.from_classes(test.y, rows)
        else:
            Y = standardise(train.y[None]), standardise(test.y[None], train.y[None])
        return Experiment(
            data,
            train,
            test,
            model=MLP(n, layers, options.activation, seed=options.seed, init=options.init),
            loss=loss,
            X=(standardise(train.X), standardise(test.X, train.X)),
            Y=Y,
            source=os.path.abspath(options.data) if is_file(options.data) else options.data,
            own=is_file(options.data),
            na=options.na or [],
            means=means if options.missing == "mean" else [],
        )


def dataset_and_loss(
    options: DataOptions, loss: Loss | None, missing: str | None = None
) -> tuple[Dataset, Loss]:
    """The data, their targets read as the loss needs them, and the loss, or else the usual one for them."""
    data = options.dataset(loss, missing)
    return data, loss or loss_named("cross_entropy" if data.classes else "mse")


def fitting_sizes(layers: tuple[int, ...], data: Dataset, loss: Loss) -> tuple[int, ...]:
    """The sizes of the layers, if the last has the outputs that data and loss need.

    Raises:
        UsageError: if it has not; one output may stand for two classes where the loss allows it.
    """
    outputs = loss.outputs(len(data.classes) or 1)
    one_for_two = outputs == 2 and layers[-1] == 1 and not loss.two_outputs
    if layers[-1] != outputs and not one_for_two:
        what = f"{len(data.classes)} classes" if data.classes else "one number to predict"
        raise UsageError(
            f"{data.name} has {what}, so --layers ends with {outputs} for {loss.name}, not {layers[-1]}"
        )
    return layers


def scaling_note(scaling: Scaling) -> dict[str, list[float]]:
    """A scaling as JSON has it."""
    return {name: array[:, 0].tolist() for name, array in scaling._asdict().items()}
