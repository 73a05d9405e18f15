"""``plot_weights``: each layer's W and its gradient as heat maps with the numbers in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from nn.losses import Loss, loss_named
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array
from viz.plots.figure import Plot
from viz.plots.heat import heat

__all__ = ["plot_weights"]


def plot_weights(
    model: MLP, X: npt.ArrayLike | None = None, Y: npt.ArrayLike | None = None, loss: str | Loss = "mse"
) -> Figure:
    """W of each layer as a heat map, and beside it, for samples with targets, its gradient dW.

    A row is a neuron and a column what it reads: the layer before it.

    Args:
        model: a network.
        X: inputs of shape (n, m), columns are samples, for dW.
        Y: their targets, as ``nn.fit`` takes them.
        loss: a name from ``nn.losses``.

    Raises:
        ValueError: for X without Y, or shapes that do not fit.

    >>> len(plot_weights(MLP(2, [3, 1])).axes) >= 2
    True
    """
    twin = MatrixMLP.from_scalar(model)
    lines: list[list[tuple[str, Array]]] = [[(f"W{l}", W)] for l, W in twin.W.items()]
    if X is not None:
        if Y is None:
            raise ValueError("gradients are of a loss: give the targets Y, too")
        kind, cache = loss_named(loss), twin.forward(X)
        A = cache.A[twin.L]
        grads = twin.backward(cache, kind.dA(A, kind.targets(Y, *A.shape)))
        for l, line in enumerate(lines, 1):
            line.append((f"dW{l}", grads.dW[l]))
    tall = [0.9 + 0.26 * min(len(line[0][1]), 16) for line in lines]
    figure = Plot(figsize=(4.6 * len(lines[0]), sum(tall) + 0.3), layout="constrained")
    grid = figure.subplots(len(lines), len(lines[0]), squeeze=False, height_ratios=tall)
    for panels, line in zip(grid, lines, strict=True):
        for axes, (name, numbers) in zip(panels, line, strict=True):
            shown = heat(axes, numbers, name, float(np.min(numbers)), float(np.max(numbers)))
            figure.colorbar(shown, ax=axes, fraction=0.06)
    return figure
