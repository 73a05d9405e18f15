"""Values, models and training histories show themselves in notebooks once ``viz`` is imported.

``autodiff`` and ``nn`` know nothing of pictures, so the method that notebooks look for is given
to their classes here.
"""

from __future__ import annotations

import importlib
from collections import Counter
from typing import Any

from autodiff import Value, topological_order
from nn.model.mlp import MLP, Layer, Neuron
from nn.model.module import Module
from nn.train.history import History
from viz.drawing import Picture, draw
from viz.rendering import GraphvizError

__all__ = ["summary"]

SMALL = 100  # nodes; a larger scalar graph cannot be read


def summary(y: Value) -> str:
    """What the graph behind ``y`` consists of, in a line of text.

    >>> x = Value(3.0, "x")
    >>> summary((x * x).tanh())
    '3 nodes: 1 leaf, 2 operations (1 mul, 1 tanh), 2 deep'
    """
    order = topological_order(y)
    counts = Counter(node.op for node in order)
    leaves = counts.pop("", 0)
    depth: dict[Value, int] = {}
    for node in order:
        depth[node] = max((depth[operand] + 1 for operand in node.operands), default=0)
    kinds = ", ".join(f"{count:,} {op}" for op, count in counts.most_common())
    total = counts.total()
    return (
        f"{len(order):,} node{'s' * (len(order) > 1)}: {leaves:,} lea{'f' if leaves == 1 else 'ves'}, "
        f"{total:,} operation{'s' * (total != 1)}{f' ({kinds})' if kinds else ''}, {depth[y]:,} deep"
    )


def _show_value(self: Value, **unused: Any) -> dict[str, Any]:
    """The picture of a small graph; of a large one a folded one, and what it consists of."""
    if not self.op:
        return {}
    if len(topological_order(self)) <= SMALL:
        return _picture(self)
    advice = "for all of it, draw(y) or explore(y); for the end of it, draw(y, max_nodes=50)"
    words = {"text/plain": f"{self!r}\n{summary(self)}\n{advice}"}
    folded = draw(self, level="layer")
    return {**_picture(folded), **words} if len(folded.kept) <= SMALL else words


def _show_model(self: Module, **unused: Any) -> dict[str, Any]:
    return _picture(self) if isinstance(self, (MLP, Layer, Neuron)) else {}


def _picture(y: Value | Module | Picture) -> dict[str, Any]:
    picture = y if isinstance(y, Picture) else draw(y)
    try:
        return {"image/svg+xml": picture.pipe(encoding="utf-8"), "text/plain": repr(y)}
    except GraphvizError:  # without pictures, the text does
        return {}


def _show_history(self: History) -> bytes | None:
    plots = importlib.import_module("viz.plots")  # dear, and seldom asked for
    figure = plots.plot_history(self) if self.epochs else None
    return figure._repr_png_() if isinstance(figure, plots.Plot) else None


Value._repr_mimebundle_ = _show_value  # type: ignore[attr-defined]
Module._repr_mimebundle_ = _show_model  # type: ignore[attr-defined]
History._repr_png_ = _show_history  # type: ignore[attr-defined]
