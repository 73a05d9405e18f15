"""``python -m nn``: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from autodiff import DomainError
from duograd.commands import MOST_COMPARED, OPTIMIZERS, run_compare, run_train
from duograd.job import UsageError, described
from duograd.judge import run_judge
from duograd.predict import run_predict
from nn.datasets.load import SHIPPED
from nn.losses import LOSSES
from nn.model.activations import ACTIVATIONS
from nn.train.engines import ENGINES
from nn.train.training import Diverged

__all__ = ["main"]

COMPARE = """\
Trains a network of scalar nodes on a data set, then differentiates it four ways: by the chain rule
on its scalar graph, by the matrix formulas of backpropagation, by the formulas that lift finds in
the graph, and by finite differences. Prints how far these are apart, quantity by quantity, and the
formulas found, and writes into the output folder:

  graph.svg       the computation graph of one sample
  explorer.html   a page on which three samples go through the network, and numbers can be pulled on
  comparison.csv  every number that was compared
  training.png    the training curve, if there was training

Exit code: 0 if all gradients agree, 1 if they do not, 2 if the command could not be carried out."""

TRAIN = """\
Trains a network on a data set and measures it on samples kept for the test. The network is written
scalar by scalar; the lifted engine finds the matrix formulas in the graph of one sample and runs
these. A tenth of the other samples is set aside for validation. Ctrl-C ends training after the step
it is in, with the weights of the epoch that was best on them.

Exit code: 0, or 2 if the command could not be carried out."""

PREDICT = """\
Predicts the target of each sample of a data set, or of a CSV file of measurements with or without
it, with a network that python -m nn train --save wrote.

Exit code: 0, or 2 if the command could not be carried out."""

JUDGE = """\
Judges backpropagation that you wrote. The Python file defines one or more of

  def backward(twin, cache, dA): ...   twin.W[l], twin.b[l], twin.g[l]; cache.Z[l], cache.A[l], where
                                       A[0] is X; dA is ∂J/∂A of the last layer, 1/m included.
                                       Returns a dict such as {"dW2": …, "db2": …, "dW1": …}
  def dZ(dA, Z, A, g): ...             single rules, each for one layer; dZ may leave out the last
  def dW(dZ, A): ...                   arguments, dW gets the A of the layer before, and dA
  def db(dZ): ...                      computes that of the layer before. Columns are samples.
  def dA(W, dZ): ...
  class Value: ...                     a scalar class with data, grad and backward()

and is run in a process of its own, on networks of several shapes. For what is first wrong, the
verdict names the mistake that gives the same numbers, if one is known.

Exit code: 0 if all is right, 1 if something is wrong, 2 if there is nothing that can be judged."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal may not know ⊙ or ᵀ
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Console], int] = options.run
    try:
        return run(options, Console(highlight=False))
    except (UsageError, Diverged, DomainError, OSError) as error:
        print(f"error: {described(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nn", description="Networks of scalars and of matrices.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def command(name: str, run: Callable[..., int], what: str, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=what, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        added.set_defaults(run=run)
        return added

    add = command("compare", run_compare, "train, then compare the gradients of four ways", COMPARE)
    _add_job(add, epochs=60)
    add.set_defaults(save=None, resume=None, patience=None)
    add.add_argument(
        "--samples",
        type=_whole(1),
        metavar="N",
        help=f"training samples that are compared ({MOST_COMPARED}, or all if there are fewer)",
    )
    add.add_argument("--out", type=Path, default=Path("out"), metavar="FOLDER", help="where to write (out)")
    add = command("train", run_train, "train a network, and say how well and how fast", TRAIN)
    _add_job(add, epochs=30)
    add.add_argument(
        "--patience",
        type=_whole(1),
        metavar="N",
        help="stop after N epochs without a lower loss on the validation samples",
    )
    add.add_argument("--save", type=Path, metavar="FILE", help="checkpoint to write after each epoch, .npz")
    add.add_argument("--resume", type=Path, metavar="FILE", help="checkpoint of this training to go on from")
    add.add_argument("--plot", type=Path, metavar="FILE", help="draw the training curve, .png or .svg")
    add = command("predict", run_predict, "use a network that was saved", PREDICT)
    add.add_argument("model", type=Path, metavar="FILE", help="what train --save wrote")
    add.add_argument("--data", metavar="NAME|CSV", help="samples to predict (those it was trained on)")
    add.add_argument("--out", type=Path, metavar="FILE", help="write all predictions, a .csv file")
    add = command("judge", run_judge, "find the mistake in a backward pass of your own", JUDGE)
    add.add_argument("file", type=Path, metavar="FILE", help="a Python file")
    add.add_argument("--layers", type=_sizes, metavar="N,M,…", help="one network: inputs, then layers")
    add.add_argument("--activation", default="tanh", metavar="NAME", help="of the inner layers (tanh)")
    add.add_argument("--output", metavar="NAME", help="activation of the last layer (the same)")
    add.add_argument("--loss", metavar="NAME", help=f"{', '.join(LOSSES)} (mse)")
    add.add_argument("--timeout", type=_positive, default=20.0, metavar="SECONDS", help="for all of it (20)")
    return parser


def _add_job(parser: argparse.ArgumentParser, epochs: int) -> None:
    add = parser.add_argument
    add(
        "--data",
        default="iris",
        metavar="NAME|CSV",
        help=f"a shipped data set ({', '.join(SHIPPED)}) or a CSV file, a sample a line, target last (iris)",
    )
    add(
        "--layers",
        type=_sizes,
        metavar="M,…",
        help="neurons of each layer, outputs last (8 or 32, then as many as the data need: 8,3 for iris)",
    )
    add(
        "--activation",
        default="tanh",
        metavar="NAME",
        help=f"of the inner layers: {', '.join(ACTIVATIONS)} (tanh)",
    )
    add("--loss", metavar="NAME", help=f"{', '.join(LOSSES)} (cross_entropy; mse if targets are numbers)")
    add("--l2", type=float, default=0.0, metavar="λ", help="strength of a penalty λ/2·ΣW² (0)")
    add("--optimizer", default="sgd", metavar="NAME", help=f"{', '.join(OPTIMIZERS)} (sgd)")
    add(
        "--learning-rate",
        type=_positive,
        metavar="η",
        help=", ".join(f"{rate:g} for {name}" for name, (_, rate) in OPTIMIZERS.items()),
    )
    add("--batch-size", type=_whole(1), default=16, metavar="N", help="samples a step (16)")
    add("--engine", choices=ENGINES, default="lifted", help="what computes gradients in training (lifted)")
    add(
        "--epochs",
        type=_whole(0),
        default=epochs,
        metavar="N",
        help=f"passes through the training samples ({epochs})",
    )
    add("--seed", type=_whole(0), default=0, metavar="N", help="of weights, split and order of samples (0)")


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"give a positive number, not {text!r}")
    return number


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
