"""``plot_gradient_norms``: how long each gradient was, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from viz.plots.figure import DASHES, MARKERS, colors, figure_of, one_panel, plain

__all__ = ["plot_gradient_norms"]


def plot_gradient_norms(norms: Mapping[str, Any] | Any, *, ax: Axes | None = None) -> Figure:
    """The length ‖dW‖ of each gradient over the epochs, on a logarithmic scale: lines that fall from the
    last layer to the first vanish, lines that climb explode.

    Args:
        norms: a mapping from a name such as ``"W1"`` to its numbers, one an epoch, or a history
            that has such a mapping as ``gradient_norms``.
        ax: where to draw, in place of a new figure.

    Raises:
        ValueError: if there is nothing to plot.

    >>> figure = plot_gradient_norms({"W1": [1.0, 0.1], "W2": [2.0, 1.0]})
    >>> len(figure.axes[0].lines)
    2
    """
    named = norms if isinstance(norms, Mapping) else getattr(norms, "gradient_norms", None)
    if not named:
        raise ValueError(
            "norms= maps names of parameters to numbers, one an epoch: {'W1': [0.5, 0.3], 'W2': [1.2, 0.9]}"
        )
    axes = one_panel(ax, 5.6, 3.8)
    for k, (name, numbers) in enumerate(named.items()):
        values = np.ravel(np.asarray(numbers, dtype=np.float64))
        color, dash, marker = colors()[k % len(colors())], DASHES[k % len(DASHES)], MARKERS[k % len(MARKERS)]
        epochs = np.arange(1, len(values) + 1)
        positive = np.where(values > 0.0, values, np.nan)
        every = max(len(values) // 8, 1)
        axes.plot(
            epochs, positive, dash, color=color, label=plain(name), marker=marker, ms=4, markevery=every
        )
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel="epoch", ylabel="length of the gradient", title="gradients by layer")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure_of(axes)
