"""Pictures of computation graphs and of training.

What ``__init__.pyi`` names is imported when it is first asked for: matplotlib alone takes longer than all
the rest.
"""

import lazy_loader

import autodiff  # noqa: F401 -- now, as an AttributeError in an import by name would be lost

__getattr__, __dir__, _ = lazy_loader.attach_stub(__name__, __file__)

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
