"""``plot_history``: training curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viz.plots.figure import COLORS, DASHES, Plot

__all__ = ["plot_history"]


def plot_history(history: Any) -> Plot:
    """Training curves: the losses over the epochs, and beside them the accuracies if there are any.

    Args:
        history: what ``nn.fit`` returns, or a mapping from a name such as ``"train_loss"`` or
            ``"validation_accuracy"`` to its numbers, one an epoch.

    Raises:
        ValueError: if there is nothing to plot.
    """
    named = history if isinstance(history, Mapping) else vars(history)
    curves = {name: each for name, each in named.items() if isinstance(each, (list, tuple)) and each}
    panels = [kind for kind in ("loss", "accuracy") if any(name.endswith(kind) for name in curves)]
    if not panels:
        raise ValueError(f"a history has lists named ...loss or ...accuracy; got {sorted(curves) or 'none'}")
    figure = Plot(figsize=(4.8 * len(panels), 3.4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        chosen = {
            name.removesuffix(kind).strip("_ ") or kind: each
            for name, each in curves.items()
            if name.endswith(kind)
        }
        for i, (label, numbers) in enumerate(chosen.items()):
            color, dash = COLORS[i % len(COLORS)], DASHES[i % len(DASHES)]
            epochs = range(1, len(numbers) + 1)
            axes.plot(epochs, numbers, dash, color=color, label=label, marker="." if len(numbers) < 3 else "")
        axes.set(xlabel="epoch", ylabel=kind, title=kind)
        if kind == "accuracy":
            axes.set_ylim(top=1.02)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure
