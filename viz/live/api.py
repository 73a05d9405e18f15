"""``widget``: the explorer's page in a notebook, linked to the Values it shows."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

import numpy.typing as npt

from autodiff import Value, topological_order
from autodiff.extras import installed
from nn.losses import Loss
from nn.model.mlp import MLP
from viz.explorer.api import explored
from viz.explorer.bundle import html_page
from viz.live.bundle import page_modules
from viz.live.graph import LiveGraph

__all__ = ["widget"]


def widget(
    y: Value | MLP,
    *,
    X: npt.ArrayLike | None = None,
    Y: npt.ArrayLike | None = None,
    loss: str | Loss | None = None,
    params: Iterable[Value] = (),
    height: int = 720,
) -> Any:
    """The page of ``explore`` as a widget of a notebook: what is moved in it moves the Values.

    Dragging a leaf, or typing its number, sets that Value's ``data`` and computes all that depends on it
    anew, in the page and in Python. Assigning in Python moves the page. The graph stays as it was recorded:
    where a number that is moved makes an ``if`` of Python's decide otherwise, that is said. Gradients are the
    page's; ``grad`` of a Value is what your own ``backward()`` made of it. Works in JupyterLab, Notebook,
    VS Code, Colab and marimo, with the extra ``notebook``: ``pip install 'duograd[notebook]'``. A notebook
    that is exported as HTML keeps the page, which then computes by itself.

    Args:
        y: the Value to show, or a model to run on ``X``, whose parameters are then moved.
        X, Y, loss, params: as in ``explore``.
        height: of the page, in pixels.

    Returns:
        The widget, an ``anywidget.AnyWidget``, with

        * ``values``, a dict of the leaves' numbers by name. ``shown.values = {"w": 2.0}`` moves those that
          are named; ``shown.observe(f, "values")`` calls f at each change, from wherever it comes. A number
          that is not finite, a name that no leaf has, and numbers at which y is not defined are refused with
          a ValueError, in the page with its sentence, and nothing has changed.
        * ``output``, the number of y, which can be observed, too.
        * ``pull()``, which takes over what was set elsewhere: by ``w.data = 2.0``, or by ``fit``.

    Raises:
        ImportError: without the extra.
        TypeError, LiftError, GraphvizError: as ``explore`` does.
        ValueError: as ``explore`` does, and for a node made by hand, which has no rule to compute it anew.

    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> y = (w * x).tanh()
    >>> shown = widget(y)
    >>> shown.observe(lambda change: print(f"y = {y.data:.4f}"), "values")
    >>> shown.values = {"w": 0.25}
    y = 0.4621
    >>> shown.values, w.data
    ({'w': 0.25, 'x': 2.0}, 0.25)
    """
    installed("anywidget", "notebook", "widget()")
    order, contents = explored(y, X, Y, loss, params)
    graph = LiveGraph(topological_order(y) if isinstance(y, Value) else order)
    graph.follow()  # page and Values begin with the same numbers
    kind = importlib.import_module("viz.live.linked").GraphWidget
    return kind(graph, html_page(contents, page_modules()), height)
