"""An array as a heat map."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from nn.model.module import Array
from viz.plots.figure import HEAT

__all__ = ["ROUNDING", "heat"]

MOST_COLUMNS, MOST_ROWS = 8, 12  # of a map with room for its numbers
ROUNDING = 1e-6  # of the numbers shown: what differs by less has the same colour


def heat(axes: Axes, numbers: Array, title: str, low: float, high: float) -> Any:
    """A map of numbers between ``low`` and ``high``; where there is room, with the numbers written in."""
    if not np.isfinite([low, high]).all():
        low, high = -1.0, 1.0
    size = max(abs(low), abs(high)) or 1.0
    if high - low < ROUNDING * size:  # one number, or as good as one, has one colour
        low, high = low - size, high + size
    image = axes.imshow(numbers, cmap=HEAT, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    axes.set_title(title, fontsize=10)
    for axis, count in ((axes.xaxis, numbers.shape[1]), (axes.yaxis, numbers.shape[0])):
        axis.set_ticks(range(count) if count <= 12 else [0, count - 1])
    if numbers.shape[1] <= MOST_COLUMNS and numbers.shape[0] <= MOST_ROWS:
        for (i, j), number in np.ndenumerate(numbers):
            color = _readable_on(image.to_rgba(np.asarray(number)))
            axes.text(j, i, f"{number:.2g}", ha="center", va="center", fontsize=7, color=color)
    return image


def _readable_on(ground: Any) -> str:
    """Black or white, whichever stands out more. Source: WCAG 2.2, relative luminance and contrast."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in ground[:3])
    return "white" if 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179 else "black"
