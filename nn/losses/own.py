"""A loss from a function of one's own: its derivative is found by the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff import Value
from nn.losses.base import Loss
from nn.model.module import Array

__all__ = ["OwnLoss"]


@dataclass(frozen=True)
class OwnLoss(Loss):
    """The loss f(a, y) of one sample, from its K outputs and K targets.

    In matrix form each sample is computed on Values, so that f may be any program; a subclass of ``Loss``
    that has a formula for its derivative is faster.

    >>> loss = OwnLoss(lambda a, y: (a[0] - y[0]) ** 4)
    >>> loss([0.5], [1.5])
    1.0
    """

    f: Callable[[Sequence[Any], Sequence[Any]], Any]

    @property
    def name(self) -> str:  # type: ignore[override]
        return getattr(self.f, "__qualname__", type(self.f).__qualname__)

    def formula(self, a: Any, y: Any) -> Any:
        if not isinstance(a, np.ndarray):
            return self.f(a, y)
        return np.array([self._loss(a[:, s], y[:, s])[0].data for s in range(a.shape[1])])

    def derivative(self, A: Array, Y: Array) -> Array:
        slopes = np.zeros_like(A)
        for s in range(A.shape[1]):
            loss, outputs = self._loss(A[:, s], Y[:, s])
            loss.backward()
            slopes[:, s] = [a.grad for a in outputs]
        return slopes

    def check(self, Y: Array) -> None:
        """Which targets mean something, only f knows."""

    def _loss(self, a: Array, y: Array) -> tuple[Value, list[Value]]:
        outputs = [Value(each) for each in a.tolist()]
        loss = self.f(outputs, y.tolist())
        if not isinstance(loss, Value):
            raise TypeError(
                f"a loss computes with the outputs it is given, which are Values, and returns one; "
                f"{self.name} returned {loss!r:.60} of type {type(loss).__name__}"
            )
        return loss, outputs
