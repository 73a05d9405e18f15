"""``plot_network``: a network as books draw it, circles by layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from nn.losses import Loss, loss_named
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array
from viz.plots.figure import COLORS, figure_of, one_panel

__all__ = ["plot_network"]

RADIUS, STEP, COLUMN = 0.3, 1.0, 3.0  # of a circle, and between circles and layers
MOST, NUMBERED = 12, 24  # circles of a layer that are drawn, and edges that bear a number
NARROWEST, WIDEST = 0.4, 3.5  # points
POSITIVE, NEGATIVE = COLORS[0], COLORS[1]


def plot_network(
    model: MLP,
    X: npt.ArrayLike | None = None,
    Y: npt.ArrayLike | None = None,
    *,
    gradients: bool = False,
    loss: str | Loss = "mse",
    numbers: bool | None = None,
    ax: Axes | None = None,
) -> Figure:
    """A network as circles by layers, each weight an edge: the wider the larger, blue where it is
    positive, dashed and orange where it is negative. A square with a 1 stands for the biases.

    Args:
        model: a network.
        X: inputs of shape (n, m). With one sample its numbers stand in the circles.
        Y: targets, for ``gradients``.
        gradients: draw dW and db in place of W and b.
        loss: a name from ``nn.losses``, for ``gradients``.
        numbers: write the numbers on the edges; if left out, where there are at most 24 of them.
        ax: where to draw, in place of a new figure.

    Raises:
        TypeError: if the model is no MLP.
        ValueError: for gradients without samples, or shapes that do not fit.

    >>> len(plot_network(MLP(2, [3, 1])).axes)
    1
    """
    if not isinstance(model, MLP):
        raise TypeError(f"plot_network() takes an MLP, got {type(model).__name__}")
    twin = MatrixMLP.from_scalar(model)
    weights, biases, inside = _numbers(twin, X, Y, gradients, loss)
    sizes = [twin.W[1].shape[1], *(len(twin.W[l]) for l in range(1, twin.L + 1))]
    tallest = min(max(sizes), MOST) + 1
    axes = one_panel(ax, 1.2 + 2.3 * len(sizes), 0.8 + 0.72 * tallest)
    centres = [_column(l, size, tallest) for l, size in enumerate(sizes)]
    count = sum(W.size for W in weights.values()) + sum(b.size for b in biases.values())
    written = count <= NUMBERED if numbers is None else numbers
    largest = max(float(np.abs(each).max()) for each in (*weights.values(), *biases.values())) or 1.0
    for l, W in weights.items():
        bias = (COLUMN * (l - 1), (tallest - 1) * STEP + 0.35)
        _edges(axes, W, [centres[l - 1], centres[l]], largest, written)
        _edges(axes, biases[l], [{0: bias}, centres[l]], largest, written)
        _square(axes, bias)
    for l, column in enumerate(centres):
        _circles(axes, l, column, sizes[l], inside[l] if inside else None, len(centres) - 1)
    what = "gradients of the weights" if gradients else "weights"
    axes.set_title(f"{what}: at most {largest:.3g}; dashed where negative", fontsize=10)
    axes.set_aspect("equal")
    axes.set_xlim(-1.0, COLUMN * (len(sizes) - 1) + 1.0)
    axes.set_ylim(-1.1, tallest * STEP)
    axes.axis("off")
    return figure_of(axes)


def _numbers(
    twin: MatrixMLP, X: Any, Y: Any, gradients: bool, loss: str | Loss
) -> tuple[dict[int, Array], dict[int, Array], dict[int, Array] | None]:
    """Weights and biases, or their gradients, and the activations of a single sample."""
    if X is None:
        if gradients:
            raise ValueError("gradients are of a loss on samples: plot_network(model, X, Y, gradients=True)")
        return twin.W, twin.b, None
    cache = twin.forward(np.asarray(X, dtype=np.float64).reshape(twin.W[1].shape[1], -1))
    single = cache.A if cache.A[0].shape[1] == 1 else None
    if not gradients:
        return twin.W, twin.b, single
    if Y is None:
        raise ValueError("gradients are of a loss: give the targets Y, too")
    kind, A = loss_named(loss), cache.A[twin.L]
    grads = twin.backward(cache, kind.dA(A, kind.targets(np.reshape(Y, (-1, A.shape[1])), *A.shape)))
    return grads.dW, grads.db, single


def _column(l: int, size: int, tallest: int) -> dict[int, tuple[float, float]]:
    """Centres of the circles of a layer that are drawn, first on top; the last stands for itself."""
    shown = list(range(size)) if size <= MOST else [*range(MOST - 1), size - 1]
    top = (tallest - 1 + len(shown)) / 2 * STEP - STEP
    return {neuron: (COLUMN * l, top - STEP * place) for place, neuron in enumerate(shown)}


def _edges(
    axes: Axes, W: Array, columns: list[dict[int, tuple[float, float]]], largest: float, written: bool
) -> None:
    left, right = columns
    pairs = [(W[i, j], start, end) for i, end in right.items() for j, start in left.items()]
    lines, widths = [], []
    for k, (weight, (x0, y0), (x1, y1)) in enumerate(pairs):
        lines.append([(x0, y0), (x1, y1)])
        share = min(abs(weight) / largest, 1.0) if np.isfinite(weight) else 1.0
        widths.append(NARROWEST + (WIDEST - NARROWEST) * share)
        if written:
            at = 0.3 + 0.25 * (k % len(left)) / max(len(left) - 1, 1)  # those of one circle in a column
            box = {"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.9}
            axes.text(
                x0 + at * (x1 - x0), y0 + at * (y1 - y0), f"{weight:.2f}",
                ha="center", va="center", fontsize=7, color="black", bbox=box, zorder=2.5,
            )  # fmt: skip
    negative = [bool(weight < 0) for weight, _, _ in pairs]
    axes.add_collection(
        LineCollection(
            lines,
            linewidths=widths,
            colors=[NEGATIVE if each else POSITIVE for each in negative],
            linestyles=[(0, (3, 1.5)) if each else "-" for each in negative],
            zorder=1,
        )
    )


def _square(axes: Axes, at: tuple[float, float]) -> None:
    x, y = at
    axes.add_patch(Rectangle((x - 0.2, y - 0.2), 0.4, 0.4, fc="white", ec="#4A525C", lw=1.2, zorder=3))
    axes.text(x, y, "1", ha="center", va="center", fontsize=9, color="black", zorder=4)


def _circles(
    axes: Axes, l: int, column: dict[int, tuple[float, float]], size: int, a: Array | None, last: int
) -> None:
    name = "x" if l == 0 else "a"
    for place, (neuron, (x, y)) in enumerate(column.items()):
        fill = "#DDEBF7" if l == 0 else "#FCE4D2" if l == last else "white"
        axes.add_patch(Circle((x, y), RADIUS, fc=fill, ec="#1B1F24", lw=1.2, zorder=3))
        label = rf"${name}_{{{neuron}}}$" if l == 0 else rf"${name}^{{[{l}]}}_{{{neuron}}}$"
        shown = label if a is None else f"{float(a[neuron, 0]):.2f}"
        axes.text(
            x, y, shown, ha="center", va="center", fontsize=10 if a is None else 8, color="black", zorder=4
        )
        if size > MOST and place == MOST - 2:
            axes.text(x, y - STEP / 2, "⋮", ha="center", va="center", fontsize=10, zorder=4)
    middle = next(iter(column.values()))[0]
    title = "input" if l == 0 else "output" if l == last else f"layer {l}"
    axes.text(middle, -0.9, f"{title} ({size})", ha="center", va="center", fontsize=9)
