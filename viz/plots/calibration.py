"""``plot_calibration``: whether predicted probabilities come true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nn.probability import calibration
from viz.plots.figure import COLORS, Plot

__all__ = ["plot_calibration"]


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

    >>> figure = plot_calibration([[0.75, 0.6, 0.9], [0.25, 0.4, 0.1]], [0, 1, 0])
    >>> len(figure.axes)
    2
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
