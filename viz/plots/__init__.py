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

__all__ = [
    "Plot",
    "plot_calibration",
    "plot_decision_boundary",
    "plot_gradients",
    "plot_history",
    "plot_layers",
]
