"""``RegularisedLoss``: the J of training, a mean loss and a penalty on weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff import Value, dot
from nn.losses.base import Loss
from nn.losses.by_name import loss_named
from nn.model.mlp import MLP
from nn.model.module import Array

__all__ = ["RegularisedLoss"]


@dataclass(frozen=True)
class RegularisedLoss:
    """J = mean loss of the samples + λ/2 · Σ W², the sum over the weights of all layers, no biases.

    The penalty keeps weights small; added to a negative log-likelihood it makes J, up to
    constants, the negative logarithm of a posterior whose prior is W ~ Normal(0, 1/(λ·m)).
    It is one term λ·W[l] in the backward pass.

    Attributes:
        loss: of one sample.
        l2: λ, 0 or more.
        weighted: whether samples have weights, as ``Loss`` takes them.
    """

    loss: Loss
    l2: float = 0.0
    weighted: bool = False

    @classmethod
    def of(cls, loss: Any, l2: float, weighted: bool = False) -> RegularisedLoss:
        """The objective of a loss by name.

        Raises:
            ValueError: for an unknown loss, and for a λ that is negative or not finite.
        """
        if isinstance(l2, (str, bool)) or not 0.0 <= l2 < float("inf"):
            raise ValueError(f"l2 is the strength of the penalty on weights, 0 or more, got {l2!r}")
        return cls(loss_named(loss), float(l2), weighted)

    def node(
        self,
        model: MLP,
        outputs: Sequence[Sequence[Value]],
        targets: Sequence[Sequence[Any]],
        weights: Sequence[Any] | None = None,
    ) -> Value:
        """J as a node, from the outputs, the targets, and the weight if it has one, of each sample."""
        J = self.loss.mean(outputs, targets, weights)
        W = model.weights() if self.l2 else []
        return J + 0.5 * self.l2 * dot(W, W) if W else J

    def J(self, W: Iterable[Array], A: Array, Y: Array, weights: Array | None = None) -> float:
        """J from each layer's W, and from outputs and targets whose columns are samples, with weights of
        shape (m,) if they have any."""
        return self.loss.J(A, Y, weights) + sum(map(self.penalty, W))

    def penalty(self, W: Array) -> float:
        """λ/2 · Σ W² of one layer."""
        return 0.5 * self.l2 * float(np.sum(W * W)) if self.l2 else 0.0
