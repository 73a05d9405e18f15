"""Pictures of computation graphs and of training."""

from __future__ import annotations

import importlib
from typing import Any

from viz.drawing import compare_picture, draw
from viz.explorer import explore
from viz.lab import write_lab
from viz.live import widget
from viz.notebook import summary
from viz.rendering import GraphvizError, render

__all__ = [
    "GraphvizError",
    "animate",
    "compare_picture",
    "draw",
    "explore",
    "plot_calibration",
    "plot_decision_boundary",
    "plot_gradient_norms",
    "plot_gradients",
    "plot_history",
    "plot_layers",
    "plot_loss_surface",
    "plot_network",
    "plot_weights",
    "render",
    "summary",
    "widget",
    "write_lab",
]


def __getattr__(name: str) -> Any:
    """What paints with matplotlib, at its first use: its import would be half of this one's time.

    Raises:
        AttributeError: if nothing has this name.
    """
    for paints in ("viz.plots", "viz.animation") if name in __all__ else ():
        if hasattr(module := importlib.import_module(paints), name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
