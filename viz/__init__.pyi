"""Pictures of computation graphs and of training."""

from .animation import animate
from .drawing import compare_picture, draw
from .explorer import explore
from .lab import write_lab
from .live import widget
from .notebook import summary
from .plots import (
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
from .rendering import GraphvizError, render

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
