"""Plots of training, as matplotlib figures. Nothing here shows a window or touches ``pyplot``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

__all__ = ["plot_history"]


def plot_history(history: Any) -> Figure:
    """Training curves: the losses over the epochs, and beside them the accuracies if there are any.

    Args:
        history: what ``nn.fit`` returns, or a mapping from a name such as ``"train_loss"`` or
            ``"test_accuracy"`` to its numbers, one an epoch.

    Raises:
        ValueError: if there is nothing to plot.
    """
    curves = _curves(history)
    panels = [kind for kind in ("loss", "accuracy") if any(name.endswith(kind) for name in curves)]
    if not panels:
        raise ValueError(f"a history has lists named ...loss or ...accuracy; got {sorted(curves) or 'none'}")
    figure = Figure(figsize=(4.8 * len(panels), 3.4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for i, (name, numbers) in enumerate(curves.items()):
            if name.endswith(kind):
                label = name.removesuffix(kind).strip("_ ") or kind
                axes.plot(range(1, len(numbers) + 1), numbers, label=label, **STROKES[i % len(STROKES)])
        axes.set(xlabel="epoch", ylabel=kind, title=kind)
        if kind == "accuracy":
            axes.set_ylim(top=1.02)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


# Told apart by dash as well as by colour (Okabe & Ito 2008).
STROKES: list[dict[str, Any]] = [
    {"color": "#0072B2", "linestyle": "-"},
    {"color": "#D55E00", "linestyle": "--"},
    {"color": "#009E73", "linestyle": "-."},
    {"color": "#CC79A7", "linestyle": ":"},
]


def _curves(history: Any) -> dict[str, Sequence[float]]:
    named = history if isinstance(history, Mapping) else vars(history)
    return {name: each for name, each in named.items() if isinstance(each, (list, tuple)) and each}
