"""What commands say of one's own data: before training how it is read, after it how good the network is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from rich.table import Table
from rich.text import Text

from duograd.console import Console
from duograd.data import columns_table
from duograd.experiment import Experiment
from nn import MLP, MatrixMLP, fit
from nn.datasets.dataset import Scaling
from nn.model.module import Array
from nn.train.metrics import metrics_named
from nn.train.optim import Adam

__all__ = ["introduce", "linear_outputs", "report"]

MOST_CLASSES = 12  # in a matrix of confusions; of more, the most frequent confusions are listed
LINEAR_STEPS = 3000  # of the training of a linear model of classes, at most
LINEAR_BATCH = 64


def introduce(experiment: Experiment, console: Console) -> None:
    """Say what is learnt from what; of one's own table, what each column is read as, too."""
    data = experiment.data
    if experiment.own:
        console.print(columns_table(data))
        left_out = [column.name for column in data.columns if column.role == "ignore"]
        if left_out:
            console.print(
                f"left out {', '.join(left_out)}; --roles NAME=number or NAME=category reads one",
                soft_wrap=True,
            )
        for remark in data.remarks:
            console.print(f"note   {remark.in_a_command()}", soft_wrap=True)
    console.print(experiment.description(), soft_wrap=experiment.own)


def report(experiment: Experiment, console: Console, metrics: Sequence[str] = ()) -> None:
    """Say how good the network is on the test samples, by further metrics, too; of one's own data, beside a
    linear model and a constant, and where it is wrong."""
    console.print(f"test   {experiment.score()}")
    if metrics:
        measured = metrics_named(metrics, experiment.loss, bool(experiment.data.classes))
        outputs = experiment.outputs()
        numbers = (f"{name} {metric(outputs, experiment.Y[1]):.4g}" for name, metric in measured.items())
        console.print(f"       {', '.join(numbers)}", soft_wrap=True)
    if experiment.own:
        of_kind = _on_classes if experiment.data.classes else _on_numbers
        with console.doing("training a linear model"):
            parts = [*of_kind(experiment)]
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, str))


def linear_outputs(experiment: Experiment) -> tuple[Array, str]:
    """What a linear model that learnt from the same samples says of the test samples, of shape (K, m), and a
    remark if Ctrl-C has stopped its training.

    Of numbers, it is the one with the least squares; of classes, a network without inner layers.
    """
    (X, X_test), targets = experiment.X, experiment.train.y
    if not experiment.data.classes:
        inputs, tested = (np.vstack([part, np.ones(part.shape[1])]) for part in (X, X_test))
        weights = np.linalg.lstsq(inputs.T, experiment.Y[0][0], rcond=None)[0]
        return np.asarray(weights @ tested)[None], ""
    model = MLP(len(X), [len(experiment.data.classes)], seed=0)
    epochs = max(1, min(100, LINEAR_STEPS * LINEAR_BATCH // X.shape[1]))
    history = fit(
        model,
        X,
        targets,
        loss="cross_entropy",
        optimizer=Adam(0.01),
        epochs=epochs,
        batch_size=LINEAR_BATCH,
        engine="matrix",
    )
    outputs = MatrixMLP.from_scalar(model).forward(X_test).A[1]
    return outputs, " (not trained to its end)" if history.stopped else ""


def _on_classes(experiment: Experiment) -> Iterator[str | Table]:
    actual, classes = np.asarray(experiment.test.y, dtype=np.intp), experiment.data.classes
    majority = int(np.bincount(np.asarray(experiment.train.y, dtype=np.intp)).argmax())
    outputs, stopped = linear_outputs(experiment)
    linear = float(np.mean(outputs.argmax(axis=0) == actual))
    yield (
        f"       beside a linear model{stopped} {linear:.1%}, always {classes[majority]!r} "
        f"{np.mean(actual == majority):.1%}"
    )
    predicted = experiment.loss.decide(experiment.outputs())
    if len(classes) <= MOST_CLASSES:
        yield _confusions(classes, actual, predicted)
        return
    wrong = Counter((int(a), int(p)) for a, p in zip(actual, predicted, strict=True) if a != p)
    for (a, p), count in wrong.most_common(MOST_CLASSES):
        yield f"       {count}× {classes[a]} was taken for {classes[p]}"


def _confusions(
    classes: tuple[str, ...], actual: npt.NDArray[np.intp], predicted: npt.NDArray[np.intp]
) -> Table:
    table = Table()
    for heading in ("is ╲ taken for", *classes):
        table.add_column(Text(heading), justify="right")
    for k, name in enumerate(classes):
        counts = np.bincount(predicted[actual == k], minlength=len(classes))
        table.add_row(Text(name), *(str(count) if count else "·" for count in counts))
    return table


def _on_numbers(experiment: Experiment) -> Iterator[str]:
    # In standardised units, as squares of large numbers leave the range of floats.
    scaling, actual = Scaling.of(experiment.train.y[None]), experiment.Y[1][0]
    told = {
        "network": experiment.outputs()[0],
        "linear model": linear_outputs(experiment)[0][0],
        "the mean": 0.0,
    }
    unit = float(scaling.unit[0, 0]) * float(scaling.deviation[0, 0])
    errors = {name: outputs - actual for name, outputs in told.items()}
    rms = {name: unit * float(np.sqrt(np.mean(error**2))) for name, error in errors.items()}
    listed = ", ".join(f"{name} {error:.4g}" for name, error in rms.items())
    yield f"       root of the mean squared error, in units of {experiment.data.target}: {listed}"
    least, low, middle, high, most = unit * np.quantile(errors["network"], [0.0, 0.25, 0.5, 0.75, 1.0])
    yield (
        f"       predicted less actual: from {least:.4g} to {most:.4g}, "
        f"half of them from {low:.4g} to {high:.4g}, the median {middle:.4g}"
    )
