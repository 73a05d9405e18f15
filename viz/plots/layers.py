"""``plot_layers``: what a batch makes of each layer, as histograms."""

from __future__ import annotations

import numpy.typing as npt

from nn.losses import Loss, loss_named
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from viz.plots.figure import COLORS, Plot

__all__ = ["plot_layers"]


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

    >>> from nn import MLP
    >>> from nn.datasets import xor
    >>> data = xor(20)
    >>> len(plot_layers(MLP(2, [4, 2]), data.X, data.y, "cross_entropy").axes)
    6
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
