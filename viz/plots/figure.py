"""What all plots share: the figure that shows itself, colours, dashes and markers."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["COLORS", "DASHES", "HEAT", "MARKERS", "Plot", "colors", "figure_of", "one_panel", "plain"]

# The colours of Okabe & Ito (2008), which colour-blind readers tell apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
HEAT = "cividis"  # evenly brighter from low to high, and the same to colour-blind readers


class Plot(Figure):
    """A ``matplotlib`` figure that shows itself in a notebook, without ``pyplot``."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=110)
        return file.getvalue()


def plain(name: str) -> str:
    """A name that somebody chose, for matplotlib, to which a ``$`` begins mathematics."""
    return name.replace("$", r"\$")


def colors() -> Sequence[str]:
    """Colours of lines: those of the reader's style sheet, where there is one that says."""
    cycle = matplotlib.rcParams["axes.prop_cycle"]
    if cycle == matplotlib.rcParamsDefault["axes.prop_cycle"] or "color" not in cycle.keys:
        return COLORS
    return [str(color) for color in cycle.by_key()["color"]]


def one_panel(ax: Axes | None, width: float, height: float) -> Axes:
    """The reader's own axes, or those of a new figure of this size in inches."""
    return Plot(figsize=(width, height), layout="constrained").subplots() if ax is None else ax


def figure_of(axes: Axes) -> Figure:
    """The figure that axes are part of, also where that is a part of another."""
    part = axes.get_figure()
    assert part is not None
    figure = part.canvas.figure
    assert isinstance(figure, Figure)
    return figure
