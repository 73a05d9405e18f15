"""Plots as matplotlib figures. Each function returns its figure; none shows a window or touches ``pyplot``.

Lines differ in dash as well as colour and points in shape; heat maps grow brighter with the
number, so that they also read in grey. Imports ``nn``, and nothing else of ``viz``.
"""

from viz.plots.boundary import plot_decision_boundary
from viz.plots.calibration import plot_calibration
from viz.plots.figure import Plot
from viz.plots.gradients import plot_gradients
from viz.plots.history import plot_history
from viz.plots.layers import plot_layers
from viz.plots.network import plot_network
from viz.plots.norms import plot_gradient_norms
from viz.plots.surface import plot_loss_surface
from viz.plots.weights import plot_weights

__all__ = [
    "Plot",
    "plot_calibration",
    "plot_decision_boundary",
    "plot_gradient_norms",
    "plot_gradients",
    "plot_history",
    "plot_layers",
    "plot_loss_surface",
    "plot_network",
    "plot_weights",
]
