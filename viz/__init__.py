"""Pictures of computation graphs and of training."""

from viz.drawing import draw
from viz.explorer import explore
from viz.notebook import summary
from viz.plots import plot_calibration, plot_decision_boundary, plot_gradients, plot_history, plot_layers
from viz.rendering import GraphvizError, render

__all__ = [
    "GraphvizError",
    "draw",
    "explore",
    "plot_calibration",
    "plot_decision_boundary",
    "plot_gradients",
    "plot_history",
    "plot_layers",
    "render",
    "summary",
]
