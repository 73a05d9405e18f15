"""Own data: what ``train`` reaches with its defaults, beside scikit-learn's networks with theirs.

Six data sets as files, five seeds each: split, standardised and trained as ``python -m nn train --data FILE
--seed S`` does it. ``MLPClassifier`` and ``MLPRegressor`` get the same samples, inner layers and seed.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.results import Row
from benchmarks.timing import Spread
from duograd.experiment import Experiment, prepare
from duograd.train import COMMAND, TrainOptions
from duograd.training import trained
from nn.datasets import load

__all__ = ["add_arguments", "run"]

POINT, SHARE = 0.01, 1.05  # how far behind in accuracy, and in mean squared error, a network may be
SETS = ("wine", "breast_cancer", "digits", "iris", "diabetes", "cars")
OWN, PEER, LINEAR = "duograd, defaults", "scikit-learn, defaults", "linear model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks data``."""
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each (default: 5)")
    parser.add_argument("--sets", nargs="*", choices=SETS, default=SETS, help="data sets (all)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Train, print, and return the rows.

    Raises:
        RuntimeError: if a network is more than a point, or 5 % of squared error, behind.
    """
    how = f"Mean over the seeds 0 to {options.seeds - 1}, lowest to highest; commit {commit()}."
    table = Table(title="on test samples", title_justify="left")
    for heading in ("data", "measured", OWN, PEER):
        table.add_column(heading)
    rows, behind = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.sets:
            path = write(name, Path(folder) / f"{name}.csv")
            scores = np.array([both(path, seed) for seed in range(options.seeds)])
            quantity = "accuracy" if name not in ("diabetes", "cars") else "mean squared error"
            own, peer = scores.mean(axis=0)
            if own < peer - POINT if quantity == "accuracy" else own > SHARE * peer:
                behind.append(name)
            for contestant, found in zip((OWN, PEER), scores.T, strict=True):
                spread = Spread(float(found.mean()), float(found.min()), float(found.max()))
                rows.append(Row.alone("data", name, contestant, quantity, "", spread, how))
            table.add_row(name, quantity, f"{own:.4f}", f"{peer:.4f}")
    console.print(table)
    console.print(how, style="dim")
    if behind:
        raise RuntimeError(f"behind scikit-learn on {', '.join(behind)}")
    return rows


def write(name: str, path: Path) -> Path:
    """A data set as a file, the target last."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines(name))
    return path


def lines(name: str) -> Iterator[list[object]]:
    """The names of columns, and the samples."""
    if name == "cars":
        cars = load("cars")
        yield [*cars.features, cars.target]
        yield from ([*x, y] for x, y in zip(cars.X.T.tolist(), cars.y.tolist(), strict=True))
        return
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    yield [*map(str, getattr(found, "feature_names", range(found.data.shape[1]))), "target"]
    yield from ([*x, y] for x, y in zip(found.data.tolist(), found.target.tolist(), strict=True))


def both(path: Path, seed: int) -> tuple[float, float]:
    """Test accuracy, or mean squared error, of both networks."""
    words = ["--data", str(path), "--seed", str(seed)]
    options: TrainOptions = COMMAND.options.parse(COMMAND.parser("train"), words)
    experiment = prepare(options)
    history = trained(experiment, options, options.validation, progress=False)
    if history.restarts:
        raise RuntimeError(f"{path.name}, seed {seed}: {history.restarts[0]}")
    return score(experiment, experiment.outputs()), score(experiment, peer_outputs(experiment, seed))


def peer_outputs(experiment: Experiment, seed: int) -> np.ndarray:
    """What scikit-learn's network says of the test samples, of shape (K, m)."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPClassifier if experiment.data.classes else MLPRegressor
    network = kind(hidden_layer_sizes=experiment.model.sizes[1:-1], random_state=seed)
    X, X_test = experiment.X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its defaults do not always converge
        if experiment.data.classes:
            P = network.fit(X.T, experiment.train.y).predict_proba(X_test.T).T
            return np.asarray(P)
        return np.asarray(network.fit(X.T, experiment.Y[0][0]).predict(X_test.T))[None]


def score(experiment: Experiment, outputs: np.ndarray) -> float:
    """Accuracy, or the mean squared error in units of the target's variance."""
    if experiment.data.classes:
        return float(np.mean(outputs.argmax(axis=0) == experiment.test.y))
    return float(np.mean((outputs - experiment.Y[1]) ** 2))


def commit() -> str:
    """The commit that is measured."""
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"
