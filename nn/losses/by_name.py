"""The losses, by their names."""

from __future__ import annotations

from nn.losses.base import Loss
from nn.losses.classification import binary_cross_entropy, cross_entropy, hinge
from nn.losses.regression import gaussian_nll, mae, mse
from nn.registry import entry_named

__all__ = ["LOSSES", "loss_named"]

LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (mse, mae, hinge, binary_cross_entropy, cross_entropy, gaussian_nll)
}


def loss_named(name: str | Loss) -> Loss:
    """The loss of that name.

    Raises:
        ValueError: if there is none; the message suggests the nearest name.
    """
    return name if isinstance(name, Loss) else entry_named("loss", name, LOSSES)
