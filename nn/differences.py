"""Central finite differences of a network's loss: slopes measured without any derivative rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nn.losses import Loss
from nn.matrix import Cache, MatrixMLP
from nn.module import Array

__all__ = ["Slopes", "differences"]

# Halves the digits between the rounding of J and the curvature that a step leaves out.
# Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1.
STEP = float(np.cbrt(np.finfo(np.float64).eps))


@dataclass(frozen=True)
class Slopes:
    """Slopes of J in each element of one quantity, arrays of its shape.

    Attributes:
        central: (J(q + h) - J(q - h)) / 2h.
        low, high: the smaller and the larger of the slopes to the left and to the right. Next to
            a kink, as relu has one, they differ, and ∂J/∂q lies at one end or between.
    """

    central: Array
    low: Array
    high: Array


def differences(twin: MatrixMLP, cache: Cache, Y: Array, loss: Loss) -> dict[str, Slopes]:
    """The slopes of J in every parameter and in every X, Z and A, by the names dX, dZ1, dW1, …

    Samples do not influence each other, so an intermediate of all samples is moved at once and
    each sample's own loss is looked at.
    """
    W, b, g, Z, A = twin.W, twin.b, twin.g, cache.Z, cache.A

    def onward(l: int, A: Array) -> Array:
        """The m losses if A[l] were this."""
        for k in range(l + 1, twin.L + 1):
            A = g[k].forward(W[k] @ A + b[k])
        return np.asarray(loss.formula(A, Y))

    def of_layer(l: int) -> dict[str, Slopes]:
        return {
            f"dW{l}": _of_parameter(lambda W: onward(l, g[l].forward(W @ A[l - 1] + b[l])), W[l]),
            f"db{l}": _of_parameter(lambda b: onward(l, g[l].forward(W[l] @ A[l - 1] + b)), b[l]),
            f"dZ{l}": _of_samples(lambda Z: onward(l, g[l].forward(Z)), Z[l]),
            f"dA{l}": _of_samples(lambda A: onward(l, A), A[l]),
        }

    found = {"dX": _of_samples(lambda X: onward(0, X), A[0])}
    for l in W:
        found.update(of_layer(l))
    return found


def _of_samples(losses: Callable[[Array], Array], Q: Array) -> Slopes:
    """For Q of shape (k, m), of which each column influences the loss of its sample only."""
    rows = np.stack([_slopes(losses, Q, (i,)) for i in range(len(Q))], axis=1)
    return Slopes(*(rows / Q.shape[1]))


def _of_parameter(losses: Callable[[Array], Array], Q: Array) -> Slopes:
    """For Q of which each element influences the losses of all samples."""
    elements = np.array([_slopes(losses, Q, index).mean(axis=1) for index in np.ndindex(Q.shape)])
    return Slopes(*elements.T.reshape(3, *Q.shape))


def _slopes(losses: Callable[[Array], Array], Q: Array, index: tuple[int, ...]) -> Array:
    """How the m losses change with ``Q[index]``: central, low and high, of shape (3, m)."""
    up, down = Q.copy(), Q.copy()
    h = STEP * np.maximum(1.0, np.abs(Q[index]))
    up[index] += h
    down[index] -= h
    above, here, below = losses(up), losses(Q), losses(down)
    left = (here - below) / (Q[index] - down[index])
    right = (above - here) / (up[index] - Q[index])
    central = (above - below) / (up[index] - down[index])
    return np.array([central, np.minimum(left, right), np.maximum(left, right)])
