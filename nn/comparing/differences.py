"""Central finite differences of a network's loss: slopes measured without any derivative rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nn.losses.regularised import RegularisedLoss
from nn.model.matrix import Cache, MatrixMLP
from nn.model.module import Array

__all__ = ["Slopes", "differences"]

# Halves the digits between the rounding of J and the curvature that a step leaves out.
# Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1.
STEP = float(np.cbrt(np.finfo(np.float64).eps))
MOST = 2000  # elements of a parameter, or rows of another quantity, that are measured
JUMP = 1e-2  # in a slope, over so small a step: more than curvature does


class Moved(NamedTuple):
    """The network with one number changed.

    Attributes:
        losses: of the m samples.
        slopes: of the activations and the loss it went through on the way, of shape (any, m).
    """

    losses: Array
    slopes: Array


@dataclass(frozen=True)
class Slopes:
    """Slopes of J in each element of one quantity, arrays of its shape.

    Attributes:
        central: (J(q + h) - J(q - h)) / 2h.
        kinks: where q ± h has a kink between its ends, as relu has one, so that this is no
            approximation of ∂J/∂q.
        left_out: where nothing was measured, as there are many elements; None if everywhere was.
    """

    central: Array
    kinks: npt.NDArray[np.bool_]
    left_out: npt.NDArray[np.bool_] | None = None

    @property
    def unusable(self) -> npt.NDArray[np.bool_]:
        """Where ``central`` says nothing of ∂J/∂q."""
        return self.kinks if self.left_out is None else self.kinks | self.left_out


def differences(twin: MatrixMLP, cache: Cache, Y: Array, objective: RegularisedLoss) -> dict[str, Slopes]:
    """The slopes of J in every parameter and in every X, Z and A, by the names dX, dZ1, dW1, …

    Samples do not influence each other, so an intermediate of all samples is moved at once and
    each sample's own loss is looked at.
    """
    W, b, g, Z, A, loss = twin.W, twin.b, twin.g, cache.Z, cache.A, objective.loss

    def from_A(l: int, A: Array) -> Moved:
        """What follows if A[l] is this."""
        if l < twin.L:
            return from_Z(l + 1, W[l + 1] @ A + b[l + 1])
        return Moved(np.asarray(loss.formula(A, Y)), loss.derivative(A, Y) * len(A))

    def from_Z(l: int, Z: Array) -> Moved:
        """What follows if Z[l] is this."""
        A = g[l].forward(Z)
        losses, slopes = from_A(l, A)
        return Moved(losses, np.vstack([g[l].derivative(Z, A).reshape(-1, Z.shape[1]), slopes]))

    def from_W(l: int, W: Array) -> Moved:
        """What follows if W[l] is this."""
        losses, slopes = from_Z(l, W @ A[l - 1] + b[l])
        return Moved(losses + objective.penalty(W), slopes)

    def of_layer(l: int) -> dict[str, Slopes]:
        return {
            f"dW{l}": _of_parameter(lambda W: from_W(l, W), W[l]),
            f"db{l}": _of_parameter(lambda b: from_Z(l, W[l] @ A[l - 1] + b), b[l]),
            f"dZ{l}": _of_samples(lambda Z: from_Z(l, Z), Z[l]),
            f"dA{l}": _of_samples(lambda A: from_A(l, A), A[l]),
        }

    found = {"dX": _of_samples(lambda X: from_A(0, X), A[0])}
    for l in W:
        found.update(of_layer(l))
    return found


def _of_samples(network: Callable[[Array], Moved], Q: Array) -> Slopes:
    """For Q of shape (k, m), of which each column influences the loss of its sample only."""
    measured = [(i,) for i in _some(len(Q))]
    slopes, kinks = zip(*(_slopes(network, Q, row) for row in measured), strict=True)
    return _spread(Q.shape, measured, np.array(slopes) / Q.shape[1], np.array(kinks))


def _of_parameter(network: Callable[[Array], Moved], Q: Array) -> Slopes:
    """For Q of which each element influences the losses of all samples."""
    measured = [tuple(map(int, np.unravel_index(i, Q.shape))) for i in _some(Q.size)]
    slopes, kinks = zip(*(_slopes(network, Q, index) for index in measured), strict=True)
    mean, any_kink = np.array([each.mean() for each in slopes]), np.array([each.any() for each in kinks])
    return _spread(Q.shape, measured, mean, any_kink)


def _some(count: int) -> list[int]:
    """Numbers from 0 to count - 1: all, or of very many some at equal distances, the ends among them."""
    return [int(i) for i in np.linspace(0, count - 1, min(count, MOST)).round()]


def _spread(
    shape: tuple[int, ...],
    measured: Sequence[tuple[int, ...]],
    slopes: Array,
    kinks: npt.NDArray[np.bool_],
) -> Slopes:
    """What was measured at some places, in arrays of the quantity's shape."""
    places = tuple(np.array(measured).T)
    central, at_kinks, left_out = np.full(shape, np.nan), np.zeros(shape, np.bool_), np.ones(shape, np.bool_)
    central[places], at_kinks[places], left_out[places] = slopes, kinks, False
    return Slopes(central, at_kinks, left_out if left_out.any() else None)


def _slopes(
    network: Callable[[Array], Moved], Q: Array, index: tuple[int, ...]
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """How each of the m losses changes with ``Q[index]``, and whether it meets a kink; (m,) each."""
    up, down = Q.copy(), Q.copy()
    h = STEP * np.maximum(1.0, np.abs(Q[index]))
    up[index] += h
    down[index] -= h
    above, below = network(up), network(down)
    central = (above.losses - below.losses) / (up[index] - down[index])
    return central, np.any(np.abs(above.slopes - below.slopes) > JUMP, axis=0)
