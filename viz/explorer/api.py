"""``explore``: a page to step through a computation graph and pull on its numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy.typing as npt

from autodiff import Value
from autodiff.lifting.handmade import with_rows
from nn.files import replacing
from nn.losses import Loss, loss_named
from nn.model.mlp import MLP
from nn.model.samples import as_batch
from viz.explorer.arrays import Network, labelled_arrays, network
from viz.explorer.bundle import html_page
from viz.explorer.contents import page_contents
from viz.explorer.page_file import PageFile
from viz.graph.structure import find_structure

__all__ = ["MOST_NODES", "explore", "explored"]

MOST_NODES = 50_000  # a page with more of them answers slowly, however it is folded


def explore(
    y: Value | MLP,
    path: str | os.PathLike[str] = "explorer.html",
    *,
    X: npt.ArrayLike | None = None,
    Y: npt.ArrayLike | None = None,
    loss: str | Loss | None = None,
    params: Iterable[Value] = (),
) -> PageFile:
    """Write a page that shows how ``y`` is computed and differentiated; open it in any browser.

    The page steps through the forward and the backward pass, lets every leaf be changed, and
    shows the arrays that labels such as ``W1[0,2]`` name beside the scalar nodes behind them. Folded,
    the graph is a card for each formula that ``lift`` finds in it, and for each array; a card opens in its
    place to the scalars in it. A graph of more than ``MOST_SCALARS`` nodes is only shown folded; where
    ``lift`` finds no formulas, the page says so and is folded by layers. It is one file that needs nothing
    else. Neither Values nor a model are changed.

    Args:
        y: the Value to explore, or a model to run on ``X``.
        path: the file; one that was there is replaced once the new one is complete.
        X: a model's inputs of shape (n, m), columns are samples. One to three show most.
        Y: targets, as ``nn.comparing.four_ways`` takes them; then J, the mean loss, is explored. Without
            them the model needs one output and one sample.
        loss: a name from ``nn.losses``; ``"mse"`` where there are targets.
        params: leaves that "step downhill" moves, besides those of a model and those labelled
            like them; if there are none, it moves every labelled leaf.

    Returns:
        The path, which shows the page where it stands alone at the end of a notebook's cell.

    Raises:
        TypeError: if ``y`` is neither.
        ValueError: for arguments that do not fit, or a graph of more than ``MOST_NODES`` nodes;
            the message says how to cut it.
        LiftError: for a node made by hand that is no row of the table, for the page computes with rows.
        GraphvizError: where no Graphviz is found.
        OSError: if the file cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> page = explore(a * b, Path(tempfile.mkdtemp()) / "product.html")
    >>> Path(page).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    True
    """
    with replacing(path) as unfinished:
        _, contents = explored(y, X, Y, loss, params)
        unfinished.write_text(html_page(contents), encoding="utf-8")
    return PageFile(path)


def explored(
    y: Value | MLP,
    X: npt.ArrayLike | None,
    Y: npt.ArrayLike | None,
    loss: str | Loss | None,
    params: Iterable[Value],
) -> tuple[list[Value], dict[str, Any]]:
    """The nodes that the page of ``explore`` shows, in its order, and what it is told of them."""
    shown = _subject(y, X, Y, loss)
    structure = find_structure([shown.output], params)
    _check_size(structure.order, isinstance(y, MLP))
    groups = shown.groups or labelled_arrays(structure.order)
    return structure.order, page_contents(structure, groups)


def _subject(y: Any, X: Any, Y: Any, loss: str | Loss | None) -> Network:
    """The graph to show: that of a Value, or of a model on a batch."""
    if isinstance(y, Value):
        if X is not None or Y is not None or loss is not None:
            raise ValueError("X, Y and loss are for models; the graph of a Value has its inputs already")
        return Network(with_rows(y), [])
    if not isinstance(y, MLP):
        given = f"{y!r:.60} of type {type(y).__name__}"
        raise TypeError(f"what is explored is a Value or an MLP, got {given}{_hint(y)}")
    if X is None:
        raise ValueError(
            "a model is explored on samples: give X=X, Y=Y, loss='mse' as well, "
            f"with X of shape ({y.sizes[0]}, m)"
        )
    inputs = as_batch(X, y.sizes[0])
    if Y is None:
        if loss is not None:
            raise ValueError("a loss compares outputs with targets; give Y too")
        if y.sizes[-1] * inputs.shape[1] > 1:
            raise ValueError(
                f"{y.sizes[-1]} outputs for {inputs.shape[1]} samples are not one number to differentiate; "
                "give targets Y, so that it is the mean loss"
            )
        return network(y, inputs, None, None)
    kind = loss_named(loss or "mse")
    return network(y, inputs, kind.targets(Y, y.sizes[-1], inputs.shape[1]), kind)


def _hint(y: Any) -> str:
    if isinstance(y, (list, tuple)) and y and all(isinstance(element, Value) for element in y):
        return "; pick one of them, or explore their sum"
    if callable(y):
        return "; call it, and explore the Value it returns"
    return ""


def _check_size(order: list[Value], of_model: bool) -> None:
    if len(order) > MOST_NODES:
        fewer = "take fewer samples, such as X[:, :1]" if of_model else "explore a Value inside it"
        raise ValueError(
            f"this graph has {len(order):,} nodes, and a page shows {MOST_NODES:,} at most; {fewer}, "
            "or see it folded with draw(y, level='layer')"
        )
