"""Fit: training on small data, some epochs and to a loss, beside scikit-learn's MLPClassifier and PyTorch.

Each as its users write it: ours by one call of ``fit``, scikit-learn's by one call of ``fit`` or of
``partial_fit`` for each epoch, PyTorch's by a loop over batches. Everything is in the time: making the
network, and with ours recording and lifting it.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from benchmarks.contest import HOW, compared
from benchmarks.results import Row, rows_of
from nn import MLP, History, fit, optim
from nn.datasets import load, standardise

__all__ = ["add_arguments", "run"]

RATE = 0.01  # of Adam
OURS = "fit, lifted"
MOST = 1000  # epochs, after which a loss is out of reach


@dataclass(frozen=True)
class Case:
    """A classifier of one hidden layer of tanh, trained by Adam on cross-entropy.

    Attributes:
        X, y: samples of shape (n, m), and their classes.
        epochs: of a training whose time is taken.
        loss: to be reached.
    """

    title: str
    X: npt.NDArray[np.float64]
    y: npt.NDArray[np.intp]
    hidden: int
    batch_size: int
    epochs: int
    loss: float

    @property
    def classes(self) -> int:
        """How many there are."""
        return int(self.y.max()) + 1


def cases() -> list[Case]:
    """Iris, and images of digits."""
    iris, digits = load("iris"), load("digits")
    return [
        Case("Iris, MLP(4, [8, 3])", standardise(iris.X), iris.y.astype(np.intp), 8, 16, 50, 0.1),
        Case(
            "digits, MLP(64, [32, 10])",
            digits.X / np.abs(digits.X).max(),
            digits.y.astype(np.intp),
            32,
            32,
            10,
            0.1,
        ),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks fit``."""
    parser.add_argument("--rounds", type=int, default=9, help="turns of every contestant (default: 9)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    rows = []
    for case in cases():
        for title, epochs, loss in (
            (f"{case.epochs} epochs of {case.title}", case.epochs, None),
            (f"{case.title} to a loss of {case.loss}", MOST, case.loss),
        ):
            title = f"{title}, {case.X.shape[1]:,} samples in batches of {case.batch_size}"
            trainings = {}
            for name, training in TRAININGS.items():
                try:
                    trainings[name] = seeded(training, case, epochs, loss)
                    trainings[name]()
                except ImportError as error:
                    del trainings[name]
                    console.print(f"{name} is left out: {error}. The extra 'bench' installs the peers.")
            contest = compared(title, trainings, OURS, options.rounds, console, time.process_time)
            rows += rows_of("fit", title, contest, OURS, f"{WHAT} {HOW}")
    console.print(f"{WHAT} {HOW}", style="dim")
    return rows


WHAT = (
    "Processor time, PyTorch with one thread. Making the network, recording and lifting included. Adam with "
    "a rate of 0.01, each call from other initial weights, which every library draws its own way; a loss is "
    "the mean over an epoch's batches, each as it was when it was computed."
)


def seeded(
    training: Callable[[Case, int, float | None, int], float], case: Case, epochs: int, loss: float | None
) -> Callable[[], None]:
    """A training with another seed in each call, which is seen to reach the loss."""
    seeds = itertools.count()

    def step() -> None:
        reached = training(case, epochs, loss, next(seeds))
        if loss is not None and not reached <= loss:
            raise RuntimeError(f"{training.__name__} reaches {reached:.3g} on {case.title}, not {loss}")

    return step


def ours(case: Case, epochs: int, loss: float | None, seed: int) -> float:
    """One call of ``fit``."""

    def enough(history: History) -> bool:
        return loss is not None and history.train_loss[-1] <= loss

    history = fit(
        MLP(len(case.X), [case.hidden, case.classes], seed=seed),
        case.X,
        case.y,
        loss="cross_entropy",
        optimizer=optim.Adam(RATE),
        epochs=epochs,
        batch_size=case.batch_size,
        callback=enough,
        seed=seed,
    )
    return history.train_loss[-1]


def scikit_learn(case: Case, epochs: int, loss: float | None, seed: int) -> float:
    """``MLPClassifier``."""
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(
        [case.hidden],
        activation="tanh",
        alpha=0.0,
        batch_size=case.batch_size,
        learning_rate_init=RATE,
        max_iter=epochs,
        tol=0.0,
        n_iter_no_change=epochs,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        if loss is None:
            network.fit(case.X.T, case.y)
        else:
            for _ in range(epochs):
                network.partial_fit(case.X.T, case.y, classes=np.arange(case.classes))
                if network.loss_ <= loss:
                    break
    return float(network.loss_)


def pytorch(case: Case, epochs: int, loss: float | None, seed: int) -> float:
    """A loop over batches, in double precision."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    layers = (torch.nn.Linear(len(case.X), case.hidden), torch.nn.Linear(case.hidden, case.classes))
    network = torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1]).double()
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    cross_entropy: Any = torch.nn.CrossEntropyLoss()
    X, y = torch.tensor(case.X.T), torch.tensor(case.y)
    mean = float("inf")
    for _ in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(y)).split(case.batch_size):
            optimizer.zero_grad()
            J = cross_entropy(network(X[batch]), y[batch])
            J.backward()
            optimizer.step()
            total += float(J.detach()) * len(batch)
        mean = total / len(y)
        if loss is not None and mean <= loss:
            break
    return mean


TRAININGS = {OURS: ours, "scikit-learn": scikit_learn, "PyTorch": pytorch}
