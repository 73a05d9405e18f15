"""``plot_gradients``: scalar and matrix gradients as heat maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nn.comparing.comparison import Comparison
from viz.plots.figure import Plot
from viz.plots.heat import ROUNDING, heat

__all__ = ["plot_gradients"]


def plot_gradients(comparison: Comparison, quantities: Sequence[str] = (), column: str = "matrix") -> Plot:
    """Gradients as heat maps: by the scalar graph, by the matrix formulas, and their difference.

    Args:
        comparison: what ``nn.comparing.four_ways`` returned.
        quantities: names of its rows, one line of maps each; every dW and db if left out.
        column: what to hold against the scalar graph.

    Raises:
        ValueError: for a quantity or a column that was not compared; the message lists those that were.

    >>> from nn import MLP, compare
    >>> comparison = compare(MLP(1, [2, 1], seed=0), [[0.5, 1.0]], [[1.0, 0.0]])
    >>> figure = plot_gradients(comparison, ["dW1"])
    >>> figure.axes[0].get_title()
    'dW1, scalar'
    """
    rows = {row.quantity: row for row in comparison.rows}
    chosen = list(quantities) or [name for name in rows if name.startswith(("dW", "db"))]
    for name in chosen:
        if name not in rows:
            raise ValueError(f"{name!r} was not compared; these were: {', '.join(rows)}")
        if column not in rows[name].values:
            raise ValueError(f"{name} was not computed by {column!r}, but by {', '.join(rows[name].values)}")
    tall = [0.9 + 0.22 * min(len(np.atleast_2d(rows[name].values["scalar"])), 16) for name in chosen]
    figure = Plot(figsize=(10.0, sum(tall)), layout="constrained")
    grid = figure.subplots(len(chosen), 3, squeeze=False, height_ratios=tall)
    for line, name in zip(grid, chosen, strict=True):
        scalar, other = (np.atleast_2d(rows[name].values[way]) for way in ("scalar", column))
        if scalar.shape != other.shape:
            raise ValueError(f"{name} has shape {scalar.shape} by scalar and {other.shape} by {column}")
        low, high = min(scalar.min(), other.min()), max(scalar.max(), other.max())
        heat(line[0], scalar, f"{name}, scalar", low, high)
        shared = heat(line[1], other, f"{name}, {column}", low, high)
        figure.colorbar(shared, ax=line[:2], fraction=0.05)
        difference = other - scalar
        gap = float(np.abs(difference).max())
        scale = max(gap, ROUNDING * max(abs(low), abs(high), rows[name].scale)) or 1.0
        what = "rounding" if gap < scale else "difference"
        own = heat(line[2], difference, f"{what}, at most {gap:.1e}", -scale, scale)
        figure.colorbar(own, ax=line[2], fraction=0.1)
    return figure
