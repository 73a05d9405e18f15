"""``plot_decision_boundary``: where a classifier changes its mind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array
from viz.plots.figure import COLORS, HEAT, MARKERS, Plot, figure_of, plain

__all__ = ["plot_decision_boundary"]

Probabilities = Callable[[Array], npt.ArrayLike]


def plot_decision_boundary(
    model: MLP | Probabilities,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    posterior: Probabilities | None = None,
    *,
    classes: Sequence[str] = (),
    resolution: int = 200,
    ax: Axes | None = None,
) -> Figure:
    """Where a classifier of two measurements changes its mind, under the samples.

    With two classes the ground shows P(y = 1 | x), with more the probability of the likeliest.

    Args:
        model: a network, or a function from X of shape (2, m) to P(y = k | x) of shape (classes, m).
        X: samples of shape (2, m), columns are samples.
        y: their classes, shape (m,), from 0.
        posterior: the exact P(y = k | x), a function like ``model``, drawn beside it.
        classes: names of the classes.
        resolution: points along an axis at which the model is asked.
        ax: where to draw, in place of a new figure; with a single panel.

    Raises:
        ValueError: for shapes that do not fit, or a posterior beside ``ax``, which is one panel.

    >>> from nn.datasets import xor
    >>> data = xor(20)
    >>> figure = plot_decision_boundary(MLP(2, [4, 2]), data.X, data.y, classes=data.classes, resolution=20)
    >>> len(figure.axes) > 0
    True
    """
    samples, labels = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.intp)
    if samples.ndim != 2 or samples.shape[0] != 2:
        raise ValueError(f"a plane shows two measurements: X has shape (2, m), got {samples.shape}")
    if labels.shape != samples.shape[1:]:
        raise ValueError(f"y has a class for each sample, shape ({samples.shape[1]},), got {labels.shape}")
    panels = {"model": MatrixMLP.from_scalar(model).predict_proba if isinstance(model, MLP) else model}
    if posterior is not None:
        panels["exact posterior"] = posterior
    low, high = samples.min(axis=1), samples.max(axis=1)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    sides = [np.linspace(low[i] - margin[i], high[i] + margin[i], resolution) for i in range(2)]
    grid = np.stack(np.meshgrid(*sides)).reshape(2, -1)
    if ax is not None and posterior is not None:
        raise ValueError("ax= is one panel: give the model and the posterior each a call of its own")
    if ax is None:
        own = Plot(figsize=(5.0 * len(panels) + 0.8, 4.4), layout="constrained")
        line = own.subplots(1, len(panels), squeeze=False)[0].tolist()
    else:
        line = [ax]
    for axes, (title, predict) in zip(line, panels.items(), strict=True):
        P = np.asarray(predict(grid), dtype=np.float64)
        if P.ndim != 2 or len(P) < 2 or P.shape[1] != grid.shape[1]:
            raise ValueError(f"{title}: P(y = k | x) has shape (classes, {grid.shape[1]}), got {P.shape}")
        ground = _ground(axes, sides, P.reshape(len(P), resolution, resolution))
        _scatter(axes, samples, labels, classes)
        axes.set(xlabel="x₁", ylabel="x₂", title=title)
    label = "P(y = 1 | x)" if len(P) == 2 else "P of the likeliest class"
    figure = figure_of(line[0])
    figure.colorbar(ground, ax=line, label=label, ticks=np.linspace(0.0, 1.0, 11), format="%.1f")
    return figure


def _ground(axes: Axes, sides: Sequence[Array], P: Array) -> Any:
    """Probabilities as brightness, and a line wherever another class becomes the likeliest."""
    shown, lowest = (P[1], 0.0) if len(P) == 2 else (P.max(axis=0), 1.0 / len(P))
    ground = axes.contourf(*sides, shown, levels=np.linspace(lowest, 1.0, 21), cmap=HEAT, alpha=0.75)
    likeliest = P.argmax(axis=0)
    for k in range(len(P) if len(P) > 2 else 1):
        if (likeliest == k).any() and (likeliest != k).any():
            ahead = P[k] - np.delete(P, k, axis=0).max(axis=0)
            axes.contour(*sides, ahead, levels=[0.0], colors="white", linewidths=2.0)
    return ground


def _scatter(axes: Axes, samples: Array, labels: npt.NDArray[np.intp], classes: Sequence[str]) -> None:
    for k in np.unique(labels):
        name = classes[k] if k < len(classes) else f"class {k}"
        marker, color = MARKERS[k % len(MARKERS)], COLORS[k % len(COLORS)]
        x1, x2 = samples[:, labels == k]
        axes.scatter(
            x1, x2, 26, color, marker=marker, edgecolors="white", lw=0.7, label=plain(name), zorder=3
        )
    axes.legend(loc="best", framealpha=0.9)
