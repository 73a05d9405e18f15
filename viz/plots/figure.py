"""What all plots share: the figure that shows itself, colours, dashes and markers."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

__all__ = ["COLORS", "DASHES", "HEAT", "MARKERS", "Plot"]

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
