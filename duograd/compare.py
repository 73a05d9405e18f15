"""``duograd compare``: train a network, compare its gradients of four ways, and draw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autodiff import Value, leaves
from duograd.console import Console
from duograd.experiment import Experiment, prepare
from duograd.options import option, whole
from duograd.program import Command, UsageError, explained
from duograd.report import introduce, report
from duograd.training import TrainingOptions, check_writable, plot, trained
from nn import Comparison, History, compare
from viz import GraphvizError, explore, render

__all__ = ["COMMAND"]

MOST_COMPARED = 120  # samples, where --samples does not say how many
MOST_NODES = 400_000  # about, of their graph: a second or two to make and to lift
EXPLORED = 3  # test samples on the page

DESCRIPTION = """\
Trains a network of scalar nodes on a data set, then differentiates it four ways: by the chain rule
on its scalar graph, by the matrix formulas of backpropagation, by the formulas that lift finds in
the graph, and by finite differences. Prints how far these are apart, quantity by quantity, and the
formulas found, and writes into the output folder:

  graph.svg       the computation graph of one sample
  explorer.html   a page on which three samples go through the network, and numbers can be pulled on
  comparison.csv  every number that was compared
  training.png    the training curve, if there was training

Exit code: 0 if all gradients agree, 1 if they do not, 2 if the command could not be carried out."""


@dataclass(frozen=True, kw_only=True)
class CompareOptions(TrainingOptions):
    """A network that is trained, and what is compared and written then."""

    samples: int | None = option(
        type=whole(1),
        metavar="N",
        help=f"training samples that are compared ({MOST_COMPARED}, fewer of a large network)",
    )
    out: Path = option(type=Path, default="out", metavar="FOLDER", help="where to write (%(default)s)")


def run(options: CompareOptions, console: Console) -> int:
    """Train, compare all gradients, write the files; 0 if all agree."""
    with console.doing(f"reading {options.data}"):
        experiment = prepare(options)
    m = options.samples or usual_samples(experiment)
    if m > len(experiment.train):
        raise UsageError(f"there are {len(experiment.train)} training samples, --samples cannot be {m}")
    check_writable(options.out)
    introduce(experiment, console)
    history = trained(experiment, options, (experiment.X[1], experiment.Y[1]))
    report(experiment, console, options.metric or ())
    console.print()
    X, Y = experiment.X[0][:, :m], experiment.Y[0][:, :m]
    with console.doing(f"comparing the gradients of {m} samples"):
        comparison = compare(experiment.model, X, Y, experiment.loss, l2=options.l2)
    console.print(comparison)
    console.print("\nThe formulas found in the batch's scalar graph:")
    console.print(str(comparison.program), soft_wrap=True)
    console.print()
    with console.doing("drawing"):
        lines = written(experiment, history, comparison, options.out)
    for line in lines:
        console.print(line, soft_wrap=True)
    return 0 if comparison.agrees else 1


def usual_samples(experiment: Experiment) -> int:
    """How many samples are compared if nothing is said."""
    a_sample = 2 * len(experiment.model.parameters())
    return min(MOST_COMPARED, len(experiment.train), max(1, MOST_NODES // a_sample))


def written(experiment: Experiment, history: History, comparison: Comparison, folder: Path) -> list[str]:
    """Write the files, and say for each what it is."""
    writers: dict[str, tuple[str, Callable[[Path], object]]] = {
        "comparison.csv": ("every number that was compared", comparison.to_csv),
        "graph.svg": (
            "the computation graph of one test sample",
            lambda path: draw_sample(experiment, path),
        ),
    }
    if history.epochs:
        writers["training.png"] = ("the training curve", lambda path: plot(history, path))
    lines = []
    for name, (what, write) in writers.items():
        with explained(GraphvizError):
            write(folder / name)
        lines.append(f"wrote {folder / name}: {what}")
    return [*lines, write_page(experiment, folder / "explorer.html")]


def draw_sample(experiment: Experiment, path: Path) -> None:
    """Draw the first test sample on its way to its loss."""
    trace = experiment.model.trace(leaves("x", experiment.X[1][:, 0]).tolist())
    targets = leaves("y", experiment.Y[1][:, 0]).tolist()
    loss: Value = experiment.loss.formula(trace.A[len(trace.Z)], targets)
    loss.label = "loss"
    experiment.model.zero_grad()
    loss.backward()
    render(loss, path)


def write_page(experiment: Experiment, path: Path) -> str:
    """Write a page of a few test samples, or of one if that is all that fits; says what came of it."""
    X, Y = experiment.X[1], experiment.Y[1]
    for m in (min(EXPLORED, len(experiment.test)), 1):
        try:
            explore(experiment.model, path, X=X[:, :m], Y=Y[:, :m], loss=experiment.loss)
        except ValueError as error:
            left_out = str(error).partition(";")[0]  # what to do about it is for those who call explore()
        else:
            what = "a page to step through, with numbers to pull on"
            return f"wrote {path}: {what}, for {m} test sample{'s' if m > 1 else ''}"
    return f"left out {path}: {left_out}"


COMMAND = Command(CompareOptions, run, DESCRIPTION)
