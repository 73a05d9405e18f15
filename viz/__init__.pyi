"""Pictures of computation graphs and of training."""

from viz.animation import animate
from viz.drawing import compare_picture, draw
from viz.explorer import explore
from viz.lab import write_lab
from viz.live import widget
from viz.notebook import summary
from viz.plots import (
    plot_calibration,
    plot_decision_boundary,
    plot_gradient_norms,
    plot_gradients,
    plot_history,
    plot_layers,
    plot_loss_surface,
    plot_network,
    plot_weights,
)
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
