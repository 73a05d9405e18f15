"""``python -m viz explore``: the explorer page of a network on a data set, or of an expression."""

from __future__ import annotations

import argparse
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autodiff.parsing import expression, variables, words
from nn.datasets import load, load_csv, standardise
from nn.datasets.load import SHIPPED
from nn.losses import LOSSES, loss_named
from nn.model.mlp import MLP
from viz.explorer.explore import explore

__all__ = ["run"]

EXAMPLES = """\
examples:
  python -m viz explore --data iris --layers 3,3 -o page.html --open
  python -m viz explore --data mine.csv --layers 4,1 --samples 2 --loss mse
  python -m viz explore "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.html
"""


def run(arguments: Sequence[str]) -> None:
    """write a page to step through a graph and change its numbers"""
    parser = argparse.ArgumentParser(
        prog="python -m viz explore",
        description="Write a page that steps through a computation graph and lets its numbers be changed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("expression", nargs="?", help="arithmetic and functions of the table, in quotes")
    add("variables", nargs="*", metavar="NAME=NUMBER", help="a value for each name in it")
    add("--data", metavar="NAME|CSV", help=f"a shipped data set ({', '.join(SHIPPED)}) or a CSV file")
    add("--layers", default="3", metavar="M,…", help="neurons of each layer; outputs last, or left out (3)")
    add("--activation", default="tanh", metavar="NAME", help="of the inner layers (tanh)")
    add("--loss", metavar="NAME", help=f"{', '.join(LOSSES)} (cross_entropy; mse if targets are numbers)")
    add("--samples", type=int, default=3, metavar="N", help="samples in the graph (3)")
    add("--seed", type=int, default=0, metavar="N", help="of the weights and the choice of samples (0)")
    add("-o", "--out", default="explorer.html", metavar="FILE", help="the page (explorer.html)")
    add("--open", action="store_true", help="show it in the browser")
    options = parser.parse_intermixed_args(words(arguments))
    if bool(options.data) == bool(options.expression):
        raise ValueError("give an expression in quotes, or --data and --layers for a network")
    page = _network(options) if options.data else _expression(options)
    print(f"wrote {page}")
    if options.open:
        webbrowser.open(page.resolve().as_uri())


def _expression(options: argparse.Namespace) -> Path:
    leaves = variables(options.variables)
    y = expression(options.expression.strip(), **leaves)
    if y.op and "y" not in leaves:
        y.label = "y"
    return explore(y, options.out)


def _network(options: argparse.Namespace) -> Path:
    loss = loss_named(options.loss) if options.loss else None
    classes = True if loss and loss.for_classes else None
    data = load(options.data) if options.data in SHIPPED else load_csv(options.data, classes=classes)
    loss = loss or loss_named("cross_entropy" if data.classes else "mse")
    outputs = loss.outputs(len(data.classes) or 1)
    sizes = _sizes(options.layers, outputs, one=outputs == 2 and not loss.two_outputs)
    if not 1 <= options.samples <= len(data):
        raise ValueError(f"--samples is from 1 to {len(data)}, got {options.samples}")
    chosen = np.sort(np.random.default_rng(options.seed).permutation(len(data))[: options.samples])
    targets = loss.from_classes(data.y, loss.rows(sizes[-1])) if data.classes else standardise(data.y[None])
    model = MLP(len(data.features), sizes, options.activation, seed=options.seed)
    X = standardise(data.X)[:, chosen]
    return explore(model, options.out, X=X, Y=targets[:, chosen], loss=loss)


def _sizes(text: str, outputs: int, one: bool) -> list[int]:
    """The layers' sizes; the last is added where only inner ones are given."""
    try:
        sizes = [int(each) for each in text.split(",")]
    except ValueError:
        raise ValueError(f"--layers are sizes such as 8,{outputs}, got {text!r}") from None
    if len(sizes) == 1:
        sizes.append(outputs)
    if sizes[-1] != outputs and not (one and sizes[-1] == 1):
        raise ValueError(f"--layers ends with the number of outputs, {outputs}, got {text!r}")
    return sizes
