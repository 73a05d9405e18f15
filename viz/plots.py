"""Plots as matplotlib figures. Each function returns its figure; none shows a window or touches ``pyplot``.

Lines differ in dash as well as colour and points in shape; heat maps grow brighter with the
number, so that they also read in grey.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nn.comparing.comparison import Comparison
from nn.losses import Loss, loss_named
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.probability import calibration

__all__ = [
    "Plot",
    "plot_calibration",
    "plot_decision_boundary",
    "plot_gradients",
    "plot_history",
    "plot_layers",
]

# The colours of Okabe & Ito (2008), which colour-blind readers tell apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
HEAT = "cividis"  # evenly brighter from low to high, and the same to colour-blind readers

Probabilities = Callable[[Array], npt.ArrayLike]


class Plot(Figure):
    """A ``matplotlib`` figure that shows itself in a notebook, without ``pyplot``."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=110)
        return file.getvalue()


def plot_history(history: Any) -> Plot:
    """Training curves: the losses over the epochs, and beside them the accuracies if there are any.

    Args:
        history: what ``nn.fit`` returns, or a mapping from a name such as ``"train_loss"`` or
            ``"validation_accuracy"`` to its numbers, one an epoch.

    Raises:
        ValueError: if there is nothing to plot.
    """
    named = history if isinstance(history, Mapping) else vars(history)
    curves = {name: each for name, each in named.items() if isinstance(each, (list, tuple)) and each}
    panels = [kind for kind in ("loss", "accuracy") if any(name.endswith(kind) for name in curves)]
    if not panels:
        raise ValueError(f"a history has lists named ...loss or ...accuracy; got {sorted(curves) or 'none'}")
    figure = Plot(figsize=(4.8 * len(panels), 3.4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        chosen = {
            name.removesuffix(kind).strip("_ ") or kind: each
            for name, each in curves.items()
            if name.endswith(kind)
        }
        for i, (label, numbers) in enumerate(chosen.items()):
            color, dash = COLORS[i % len(COLORS)], DASHES[i % len(DASHES)]
            epochs = range(1, len(numbers) + 1)
            axes.plot(epochs, numbers, dash, color=color, label=label, marker="." if len(numbers) < 3 else "")
        axes.set(xlabel="epoch", ylabel=kind, title=kind)
        if kind == "accuracy":
            axes.set_ylim(top=1.02)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def plot_decision_boundary(
    model: MLP | Probabilities,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    posterior: Probabilities | None = None,
    *,
    classes: Sequence[str] = (),
    resolution: int = 200,
) -> Plot:
    """Where a classifier of two measurements changes its mind, under the samples.

    With two classes the ground shows P(y = 1 | x), with more the probability of the likeliest.

    Args:
        model: a network, or a function from X of shape (2, m) to P(y = k | x) of shape (classes, m).
        X: samples of shape (2, m), columns are samples.
        y: their classes, shape (m,), from 0.
        posterior: the exact P(y = k | x), a function like ``model``, drawn beside it.
        classes: names of the classes.
        resolution: points along an axis at which the model is asked.

    Raises:
        ValueError: for shapes that do not fit.
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
    figure = Plot(figsize=(5.0 * len(panels) + 0.8, 4.4), layout="constrained")
    line = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, predict) in zip(line, panels.items(), strict=True):
        P = np.asarray(predict(grid), dtype=np.float64)
        if P.ndim != 2 or len(P) < 2 or P.shape[1] != grid.shape[1]:
            raise ValueError(f"{title}: P(y = k | x) has shape (classes, {grid.shape[1]}), got {P.shape}")
        ground = _ground(axes, sides, P.reshape(len(P), resolution, resolution))
        _scatter(axes, samples, labels, classes)
        axes.set(xlabel="x₁", ylabel="x₂", title=title)
    label = "P(y = 1 | x)" if len(P) == 2 else "P of the likeliest class"
    figure.colorbar(ground, ax=figure.axes, label=label, ticks=np.linspace(0.0, 1.0, 11), format="%.1f")
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
        axes.scatter(x1, x2, 26, color, marker=marker, edgecolors="white", lw=0.7, label=name, zorder=3)
    axes.legend(loc="best", framealpha=0.9)


def plot_gradients(comparison: Comparison, quantities: Sequence[str] = (), column: str = "matrix") -> Plot:
    """Gradients as heat maps: by the scalar graph, by the matrix formulas, and their difference.

    Args:
        comparison: what ``nn.comparing.four_ways`` returned.
        quantities: names of its rows, one line of maps each; every dW and db if left out.
        column: what to hold against the scalar graph.

    Raises:
        ValueError: for a quantity or a column that was not compared; the message lists those that were.
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
        scalar, other = (np.atleast_2d(rows[name].values[each]) for each in ("scalar", column))
        if scalar.shape != other.shape:
            raise ValueError(f"{name} has shape {scalar.shape} by scalar and {other.shape} by {column}")
        low, high = min(scalar.min(), other.min()), max(scalar.max(), other.max())
        _heat(line[0], scalar, f"{name}, scalar", low, high)
        shared = _heat(line[1], other, f"{name}, {column}", low, high)
        figure.colorbar(shared, ax=line[:2], fraction=0.05)
        difference = other - scalar
        gap = float(np.abs(difference).max())
        own = _heat(line[2], difference, f"difference, at most {gap:.1e}", -gap or -1.0, gap or 1.0)
        figure.colorbar(own, ax=line[2], fraction=0.1)
    return figure


def _heat(axes: Axes, numbers: Array, title: str, low: float, high: float) -> Any:
    """One map; where there is room, with the numbers written in."""
    image = axes.imshow(numbers, cmap=HEAT, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    axes.set_title(title, fontsize=10)
    for axis, count in ((axes.xaxis, numbers.shape[1]), (axes.yaxis, numbers.shape[0])):
        axis.set_ticks(range(count) if count <= 12 else [0, count - 1])
    if numbers.shape[1] <= 4 and numbers.shape[0] <= 12:
        for (i, j), number in np.ndenumerate(numbers):
            color = "white" if number < (low + high) / 2.0 else "black"
            axes.text(j, i, f"{number:.2g}", ha="center", va="center", fontsize=7, color=color)
    return image


def plot_layers(
    model: MLP, X: npt.ArrayLike, Y: npt.ArrayLike, loss: str | Loss = "mse", bins: int = 30
) -> Plot:
    """Histograms of a batch, layer by layer: activations A, and gradients dZ and dW.

    A layer whose activations pile up at the ends is saturated, and gradients that shrink from
    the last layer to the first vanish.

    Args:
        model: a network.
        X: inputs of shape (n, m), columns are samples.
        Y: targets, as ``nn.fit`` takes them.
        loss: a name from ``nn.losses``.
        bins: of each histogram.
    """
    kind, twin = loss_named(loss), MatrixMLP.from_scalar(model)
    cache = twin.forward(X)
    A = cache.A[twin.L]
    grads = twin.backward(cache, kind.dA(A, kind.targets(Y, *A.shape)))
    columns = {"activations A": cache.A, "gradients dZ": grads.dZ, "gradients dW": grads.dW}
    figure = Plot(figsize=(10.0, 1.9 * twin.L + 0.4), layout="constrained")
    grid = figure.subplots(twin.L, len(columns), squeeze=False)
    for j, (title, arrays) in enumerate(columns.items()):
        for l in range(1, twin.L + 1):
            axes, numbers = grid[l - 1, j], arrays[l].ravel()
            axes.hist(numbers, bins=bins, color=COLORS[min(j, 1)], edgecolor="white", linewidth=0.3)
            axes.locator_params(nbins=5)
            axes.ticklabel_format(style="sci", scilimits=(-2, 4))
            axes.set_title(f"layer {l}: std {numbers.std():.2g}", fontsize=9)
            axes.set_ylabel("count")
            axes.tick_params(labelsize=8)
        grid[-1, j].set_xlabel(title)
    return figure


def plot_calibration(P: npt.ArrayLike, y: npt.ArrayLike, bins: int = 10) -> Plot:
    """Whether predicted probabilities come true: of the samples called 70 % sure, are 70 % right?

    Above, the share that is right against the mean confidence, bin by bin; below, how many
    samples are in each bin. The expected calibration error is the mean distance from the
    diagonal, each bin weighing as much as it has samples.

    Source: Guo et al., On calibration of modern neural networks (2017), section 2.

    Args:
        P: probabilities of shape (classes, m), columns are samples, as ``predict_proba`` gives them.
        y: the true classes, shape (m,).
        bins: how many, of equal width from 0 to 1.

    Raises:
        ValueError: for shapes that do not fit, or numbers that are no probabilities.
    """
    table = calibration(P, y, bins)
    filled = table.counts > 0
    figure = Plot(figsize=(4.6, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], ":", color="#808080", label="perfectly calibrated")
    above.plot(table.confidence[filled], table.accuracy[filled], "o-", color=COLORS[0], label="model")
    above.set(ylabel="share that is right", ylim=(-0.02, 1.02))
    above.set_title(f"calibration: expected error {table.error:.3f}")
    above.grid(alpha=0.3)
    above.legend()
    below.bar((np.arange(bins) + 0.5) / bins, table.counts, width=0.9 / bins, color=COLORS[0])
    below.set(xlabel="confidence", ylabel="samples", xlim=(0, 1))
    return figure
