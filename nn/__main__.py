"""``python -m nn``: the command line, the one place in ``nn`` that may draw and so imports ``viz``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from autodiff import DomainError, Value
from autodiff.files import replacing
from autodiff.labels import leaves
from nn.activations import ACTIVATIONS
from nn.compare import compare
from nn.datasets import Dataset, load, load_csv, split, standardise
from nn.datasets.load import SHIPPED
from nn.lookup import lookup
from nn.losses import LOSSES, Loss, loss_named
from nn.mlp import MLP
from nn.module import Array
from nn.optim import SGD
from nn.training import History, fit

__all__ = ["main"]

LEARNING_RATE, BATCH_SIZE = 0.2, 16
MOST_COMPARED = 30  # samples, where --samples does not say how many

DESCRIPTION = """\
Trains a network of scalar nodes on a data set, then differentiates it three ways: by the chain rule
on its scalar graph, by the matrix formulas of backpropagation, and by finite differences. Prints
how far these are apart, quantity by quantity, and writes into the output folder:

  graph.svg       the computation graph of one sample
  comparison.csv  every number that was compared
  training.png    the training curve, if there was training

Exit code: 0 if all gradients agree, 1 if they do not, 2 if the command could not be carried out."""


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal may not know ⊙ or ᵀ
    options = _parser().parse_args(arguments)
    try:
        return _compare(options, Console(highlight=False))
    except (UsageError, DomainError, OSError) as error:
        print(f"error: {_described(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nn", description="Networks of scalars and of matrices.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    command = commands.add_parser(
        "compare",
        help="train, then compare scalar and matrix backpropagation",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("--data", default="iris", metavar="NAME|CSV",
        help=f"a shipped data set ({', '.join(SHIPPED)}) or a CSV file, a sample a line, target last (iris)")
    add("--layers", type=_sizes, metavar="M,…",
        help="neurons of each layer, outputs last (8, then as many as the data need: 8,3 for iris)")
    add("--activation", default="tanh", metavar="NAME",
        help=f"of the inner layers: {', '.join(ACTIVATIONS)} (tanh)")
    add("--loss", metavar="NAME", help=f"{', '.join(LOSSES)} (cross_entropy; mse if targets are numbers)")
    add("--epochs", type=_whole(0), default=60, metavar="N", help="passes through the training samples (60)")
    add("--seed", type=_whole(0), default=0, metavar="N", help="of weights, split and order of samples (0)")
    add("--samples", type=_whole(1), metavar="N",
        help=f"training samples that are compared ({MOST_COMPARED}, or all if there are fewer)")
    add("--out", type=Path, default=Path("out"), metavar="FOLDER", help="where to write (out)")  # fmt: skip
    return parser


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(each) for each in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"give sizes such as 8,3, not {text!r}") from None
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"a layer has at least one neuron, not {min(sizes)} as in {text!r}")
    return sizes


def _whole(least: int) -> type[int]:
    def number(text: str) -> int:
        if not text.lstrip("-").isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"give a whole number, {least} or more, not {text!r}")
        return int(text)

    return number  # type: ignore[return-value]


@dataclass(frozen=True)
class Job:
    """Everything that training and comparing need, checked."""

    data: Dataset
    train: Dataset
    test: Dataset
    model: MLP
    loss: Loss
    X: tuple[Array, Array]  # standardised, of training and of test
    Y: tuple[Array, Array]
    samples: int


def _compare(options: argparse.Namespace, console: Console) -> int:
    with _explained():
        job = _prepare(options)
    _check_writable(options.out)
    data, model = job.data, job.model
    kind = f"one of {', '.join(data.classes)}" if data.classes else "a number"
    console.print(f"data   {data.name}: {len(data)} samples, of which {len(job.test)} are kept for the test")
    console.print(f"       from {', '.join(data.features)}")
    console.print(f"       tell {data.target}: {kind}")
    console.print(f"model  {model}, {len(model.parameters())} parameters")
    history = fit(
        model, job.X[0], job.Y[0], loss=job.loss, optimizer=SGD(LEARNING_RATE), epochs=options.epochs,
        batch_size=BATCH_SIZE, validation=(job.X[1], job.Y[1]), seed=options.seed, progress=True,
    )  # fmt: skip
    console.print(f"test   {_score(job)}\n")
    comparison = compare(model, job.X[0][:, : job.samples], job.Y[0][:, : job.samples], job.loss)
    console.print(comparison)
    console.print()
    for name, what, write in (
        ("comparison.csv", "every number that was compared", comparison.to_csv),
        ("graph.svg", "the computation graph of one test sample", lambda path: _draw_graph(job, path)),
        ("training.png", "the training curve", lambda path: _plot(history, path)),
    ):
        if name != "training.png" or options.epochs:
            write(options.out / name)
            console.print(f"wrote {options.out / name}: {what}", soft_wrap=True)
    return 0 if comparison.agrees else 1


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what library functions say about wrong input into a message for the command line."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise UsageError(_described(error)) from error


def _described(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _prepare(options: argparse.Namespace) -> Job:
    loss = loss_named(options.loss) if options.loss else None
    data = _load(options.data, classes=True if loss and loss.for_classes else None)
    loss = loss or loss_named("cross_entropy" if data.classes else "mse")
    outputs = len(data.classes) or 1
    sizes = options.layers or [8, outputs]
    one_for_two = outputs == 2 and sizes[-1] == 1 and not loss.two_outputs
    if sizes[-1] != outputs and not one_for_two:
        what = f"{outputs} classes" if data.classes else "one number to predict"
        raise UsageError(f"{data.name} has {what}, so --layers ends with {outputs}, not {sizes[-1]}")
    train, test = split(data, seed=options.seed)
    samples = options.samples or min(MOST_COMPARED, len(train))
    if samples > len(train):
        raise UsageError(f"there are {len(train)} training samples, --samples cannot be {samples}")
    if data.classes:
        Y = loss.from_classes(train.y, sizes[-1]), loss.from_classes(test.y, sizes[-1])
    else:
        Y = standardise(train.y[None]), standardise(test.y[None], train.y[None])
    return Job(
        data, train, test,
        model=MLP(len(data.features), sizes, options.activation, seed=options.seed),
        loss=loss,
        X=(standardise(train.X), standardise(test.X, train.X)),
        Y=Y,
        samples=samples,
    )  # fmt: skip


def _load(name: str, classes: bool | None) -> Dataset:
    """A shipped data set, or the file of that name."""
    if name not in SHIPPED and (Path(name).suffix or Path(name).exists()):
        return load_csv(name, classes=classes)
    return load(lookup("data set or file", name, {each: each for each in SHIPPED}))


def _check_writable(folder: Path) -> None:
    """Raise OSError now rather than after training."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out names a folder, but {str(folder)!r} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _score(job: Job) -> str:
    outputs = np.array([[a.data for a in job.model(x)] for x in job.X[1].T]).T
    if job.data.classes:
        right = job.loss.decide(outputs) == job.test.y
        return f"accuracy {right.mean():.1%}, {right.sum()} of {len(right)} right"
    error = float(np.mean((outputs - job.Y[1]) ** 2))
    return f"mean squared error {error:.4g}, in units of the target's variance"


def _draw_graph(job: Job, path: Path) -> None:
    """Draw the first test sample on its way to its loss."""
    from viz import GraphvizError, render

    trace = job.model.trace(leaves("x", job.X[1][:, 0]).tolist())
    loss: Value = job.loss.formula(trace.A[len(trace.Z)], leaves("y", job.Y[1][:, 0]).tolist())
    loss.label = "loss"
    job.model.zero_grad()
    loss.backward()
    try:
        render(loss, path)
    except GraphvizError as error:
        raise UsageError(str(error)) from error


def _plot(history: History, path: Path) -> None:
    from viz import plot_history

    with replacing(path) as unfinished:
        plot_history(history).savefig(unfinished, dpi=150)


if __name__ == "__main__":
    sys.exit(main())
