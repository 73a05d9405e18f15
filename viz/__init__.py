"""Pictures of computation graphs and of training."""

from viz.draw import draw
from viz.notebook import summary
from viz.plots import plot_history
from viz.render import GraphvizError, render

__all__ = ["GraphvizError", "draw", "plot_history", "render", "summary"]
