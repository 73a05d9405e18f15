"""``duograd explore``: the explorer page of a network on a data set, or of an expression."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duograd.console import Console
from duograd.data import DataOptions
from duograd.experiment import (
    activation_option,
    dataset_and_loss,
    fitting_sizes,
    loss_option,
    seed_option,
)
from duograd.options import ExpressionOptions, option, positional, sizes, whole
from duograd.program import Command, UsageError, explained
from nn import MLP
from nn.datasets import standardise
from nn.datasets.load import SHIPPED
from nn.losses import Loss
from nn.model.activations import Activation
from viz import explore

__all__ = ["COMMAND"]

EXAMPLES = """\
examples:
  %(prog)s --data iris --layers 3,3 -o page.html --open
  %(prog)s --data mine.csv --layers 4,1 --samples 2 --loss mse
  %(prog)s "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.html
"""


@dataclass(frozen=True, kw_only=True)
class ExploreOptions(ExpressionOptions, DataOptions):
    """An expression, or a network and its data, and where the page goes."""

    expression: str | None = positional(nargs="?", help="arithmetic and functions of the table, in quotes")  # type: ignore[assignment]
    data: str | None = option(  # type: ignore[assignment]
        metavar="NAME|CSV", help=f"a shipped data set ({', '.join(SHIPPED)}) or a file of your own"
    )
    layers: tuple[int, ...] = option(
        type=sizes, default="3", metavar="M,…", help="neurons of each layer; outputs last, or left out (3)"
    )
    activation: Activation = activation_option()
    loss: Loss | None = loss_option()
    samples: int = option(type=whole(1), default=3, metavar="N", help="samples in the graph (%(default)s)")
    seed: int = seed_option("the weights and the choice of samples")
    out: Path = option(
        "-o", type=Path, default="explorer.html", metavar="FILE", help="the page (%(default)s)"
    )
    open: bool = option(action="store_true", help="show it in the browser")


def run(options: ExploreOptions, console: Console) -> int:
    """Write the page, and open it if asked to."""
    if bool(options.data) == bool(options.expression):
        raise UsageError("give an expression in quotes, or --data and --layers for a network")
    with explained(), console.doing("making the page"):
        page = network_page(options) if options.data else explore(options.graph()[0], options.out)
    console.print(f"wrote {page}", soft_wrap=True)
    if options.open:
        webbrowser.open(page.resolve().as_uri())
    return 0


def network_page(options: ExploreOptions) -> Path:
    """Write the page of an untrained network on a few samples."""
    data, loss = dataset_and_loss(options, options.loss)
    layers = options.layers
    if len(layers) == 1:
        layers = (*layers, loss.outputs(len(data.classes) or 1))
    layers = fitting_sizes(layers, data, loss)
    if options.samples > len(data):
        raise UsageError(f"--samples is from 1 to {len(data)}, got {options.samples}")
    chosen = np.sort(np.random.default_rng(options.seed).permutation(len(data))[: options.samples])
    Y = loss.from_classes(data.y, loss.rows(layers[-1])) if data.classes else standardise(data.y[None])
    model = MLP(len(data.features), layers, options.activation, seed=options.seed)
    return explore(model, options.out, X=standardise(data.X)[:, chosen], Y=Y[:, chosen], loss=loss)


COMMAND = Command(
    ExploreOptions,
    run,
    "Write a page that steps through a computation graph and lets its numbers be changed.",
    EXAMPLES,
)
