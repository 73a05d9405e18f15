"""``plot_history``: training curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nn.train.history import History
from viz.plots.figure import DASHES, Plot, colors, figure_of, plain

__all__ = ["plot_history"]

DATA = ("train", "validation", "val", "valid", "test")  # what a name may begin with
USUAL = ("loss", "accuracy")  # what a name may end with, whatever it begins with; shown first
COLUMNS = 3  # panels side by side


def plot_history(history: History | Mapping[str, Any] | Any, *, ax: Axes | None = None) -> Figure:
    """Training curves over the epochs: a panel for the loss, one for the accuracy, and one for each
    further metric, training and validation data together in each.

    Args:
        history: what ``nn.fit`` returns, or a mapping from a name such as ``"train_loss"`` or
            ``"validation_rmse"`` to its numbers, one an epoch (or an object with such attributes).
        ax: where to draw, in place of a new figure, what has a single panel.

    Raises:
        ValueError: if there is nothing to plot, or more than ``ax`` has room for.

    >>> figure = plot_history({"train_loss": [1.0, 0.5, 0.25]})
    >>> len(figure.axes)
    1
    """
    curves = history.curves() if isinstance(history, History) else _curves(history)
    panels: dict[str, dict[str, Sequence[float]]] = {quantity: {} for quantity in USUAL}
    for name, numbers in curves.items():
        data, quantity = _split(name)
        panels.setdefault(quantity, {})[data or quantity] = numbers
    panels = {quantity: lines for quantity, lines in panels.items() if lines}
    if not panels:
        raise ValueError(
            "a history has lists of numbers, one an epoch, as train_loss or validation_accuracy; got none"
        )
    if ax is not None:
        if len(panels) > 1:
            raise ValueError(f"ax= has room for one panel, and this history has {', '.join(panels)}")
        for quantity, lines in panels.items():
            _panel(ax, quantity, lines)
        return figure_of(ax)
    columns = min(len(panels), COLUMNS)
    rows = math.ceil(len(panels) / columns)
    figure = Plot(figsize=(4.8 * columns, 3.4 * rows), layout="constrained")
    for position, (quantity, lines) in enumerate(panels.items(), 1):
        _panel(figure.add_subplot(rows, columns, position), quantity, lines)
    return figure


def _curves(history: Any) -> dict[str, Sequence[float]]:
    """The lists of numbers among a mapping's items or an object's attributes."""
    named = history if isinstance(history, Mapping) else vars(history)
    lists: dict[str, Any] = {
        name: numbers for name, numbers in named.items() if isinstance(numbers, (list, tuple, np.ndarray))
    }
    return {
        name: numbers
        for name, numbers in lists.items()
        if len(numbers) and all(isinstance(number, Real) for number in numbers)
    }


def _split(name: str) -> tuple[str, str]:
    """The data and the quantity in a curve's name.

    >>> _split("validation_rmse"), _split("my_loss"), _split("perplexity")
    (('validation', 'rmse'), ('my', 'loss'), ('', 'perplexity'))
    """
    data, _, quantity = name.partition("_")
    if data in DATA and quantity:
        return data, quantity
    for usual in USUAL:
        if name.endswith(usual):
            return name.removesuffix(usual).strip("_ "), usual
    return "", name


def _panel(axes: Axes, quantity: str, lines: Mapping[str, Sequence[float]]) -> None:
    for i, (label, numbers) in enumerate(lines.items()):
        color, dash = colors()[i % len(colors())], DASHES[i % len(DASHES)]
        epochs = range(1, len(numbers) + 1)
        axes.plot(
            epochs, numbers, dash, color=color, label=plain(label), marker=".", markevery=_alone(numbers)
        )
    axes.set(xlabel="epoch", ylabel=plain(quantity), title=plain(quantity))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if quantity == "accuracy":
        axes.set_ylim(top=1.02)
    axes.grid(alpha=0.3)
    axes.legend()


def _alone(numbers: Sequence[float]) -> list[int]:
    """Where a line would not show a number, since those beside it are missing."""
    there = [False, *(math.isfinite(number) for number in numbers), False]
    return [i for i in range(len(numbers)) if there[i + 1] and not (there[i] or there[i + 2])]
