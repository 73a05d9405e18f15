"""The losses, by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nn.losses.base import Loss
from nn.losses.classification import binary_cross_entropy, cross_entropy, hinge
from nn.losses.own import OwnLoss
from nn.losses.regression import gaussian_nll, huber, mae, mse
from nn.registry import entry_named

__all__ = ["LOSSES", "loss_named"]

LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (mse, mae, huber, hinge, binary_cross_entropy, cross_entropy, gaussian_nll)
}


def loss_named(chosen: str | Loss | Callable[[Sequence[Any], Sequence[Any]], Any]) -> Loss:
    """The loss of that name, or the loss itself; a function ``f(a, y)`` of Values, the loss of one sample
    from its outputs and targets, becomes one.

    Raises:
        TypeError: for anything else.
        ValueError: if there is none of that name; the message suggests the nearest.

    >>> loss_named("mse")([0.5], [1.0])
    0.25
    """
    if isinstance(chosen, type) and issubclass(chosen, Loss):
        return chosen()
    if not isinstance(chosen, Loss) and callable(chosen):
        return OwnLoss(chosen)
    return chosen if isinstance(chosen, Loss) else entry_named("loss", chosen, LOSSES)
