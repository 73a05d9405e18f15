"""Losses for targets that stand for classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import dot, log_softmax, relu, sigmoid, softmax, softplus
from autodiff.engine.namespaces import ARRAYS
from nn.losses.base import Loss, first_wrong, mean_of_terms, one_hot
from nn.model.module import Array

__all__ = ["BinaryCrossEntropy", "CrossEntropy", "Hinge", "binary_cross_entropy", "cross_entropy", "hinge"]


class Hinge(Loss):
    """Hinge loss, 1/K Σₖ max(0, 1 - yₖ·aₖ) with targets -1 and 1; it is no log-likelihood.

    Source: Cortes & Vapnik, Support-vector networks (1995).

    >>> Hinge()([0.5, 2.0], [1.0, 1.0])
    0.25
    """

    name = "hinge"
    for_classes = True
    boundary = 0.0

    def formula(self, a: Any, y: Any) -> Any:
        return mean_of_terms([relu(1.0 - yk * ak) for ak, yk in zip(a, y, strict=True)])

    def derivative(self, A: Array, Y: Array) -> Array:
        return np.asarray(-Y * ARRAYS.step(1.0 - Y * A) / len(A))

    def check(self, Y: Array) -> None:
        if not np.isin(Y, (-1.0, 1.0)).all():
            raise ValueError(f"hinge takes targets -1 and 1, got {first_wrong(Y, ~np.isin(Y, (-1.0, 1.0)))}")

    def from_classes(self, classes: npt.ArrayLike, rows: int) -> Array:
        return 2.0 * super().from_classes(classes, rows) - 1.0


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Binary cross-entropy of logits, 1/K Σₖ -yₖ·log σ(aₖ) - (1 - yₖ)·log(1 - σ(aₖ)).

    The logarithms are written -log σ(a) = softplus(-a) and -log(1 - σ(a)) = softplus(a), which
    are exact also where σ(a) rounds to 0 or 1. The negative log-likelihood of K independent
    y ~ Bernoulli(σ(a)), over K.

    Args:
        label_smoothing: ε, 0 if left out; targets are (1 - ε)·yₖ + ε/2 instead of yₖ.

    >>> BinaryCrossEntropy()([0.0], [1.0])
    0.6931471805599453
    """

    label_smoothing: float = 0.0

    name = "binary_cross_entropy"
    for_classes = True
    of_logits = True
    boundary = 0.0

    def __post_init__(self) -> None:
        _check_smoothing(self.label_smoothing)

    def _smoothed(self, y: Any) -> Any:
        ε = self.label_smoothing
        return [(1.0 - ε) * yk + 0.5 * ε for yk in y] if ε else y

    def formula(self, a: Any, y: Any) -> Any:
        y = self._smoothed(y)
        return mean_of_terms(
            [yk * softplus(-ak) + (1.0 - yk) * softplus(ak) for ak, yk in zip(a, y, strict=True)]
        )

    def derivative(self, A: Array, Y: Array) -> Array:
        Y = np.asarray(self._smoothed(Y))
        # σ(A) - Y, in a form that does not cancel where σ(A) is close to Y.
        return np.asarray(((1.0 - Y) * sigmoid(A) - Y * sigmoid(-A)) / len(A))

    def check(self, Y: Array) -> None:
        wrong = (Y < 0.0) | (Y > 1.0)
        if wrong.any():
            raise ValueError(f"binary_cross_entropy takes targets from 0 to 1, got {first_wrong(Y, wrong)}")


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Cross-entropy of logits, -Σₖ yₖ·log softmax(a)ₖ.

    It is log Σⱼ exp(aⱼ) - Σₖ yₖ·aₖ where the targets add up to 1, but in that form large logits of
    equal size would leave no digit of the difference.

    Targets are class indices, or a column of probabilities per sample (one-hot, for instance).
    The negative log-likelihood of y ~ Categorical(softmax(a)).

    Args:
        label_smoothing: ε, 0 if left out; targets are (1 - ε)·yₖ + ε/K instead of yₖ, as in PyTorch.

    Source of the smoothing: Szegedy et al., Rethinking the Inception architecture (2016), section 7.

    >>> CrossEntropy()([0.0, 0.0], [1.0, 0.0])
    0.6931471805599453
    """

    label_smoothing: float = 0.0

    name = "cross_entropy"
    for_classes = True
    of_logits = True
    two_outputs = True

    def __post_init__(self) -> None:
        _check_smoothing(self.label_smoothing)

    def _smoothed(self, y: Any) -> Any:
        ε = self.label_smoothing
        return [(1.0 - ε) * yk + ε / len(y) for yk in y] if ε else [*y]

    def formula(self, a: Any, y: Any) -> Any:
        return -dot(self._smoothed(y), [*log_softmax(a)])  # of rows, if these are arrays

    def derivative(self, A: Array, Y: Array) -> Array:
        Y = np.asarray(self._smoothed(Y))
        return np.asarray(softmax(A) * Y.sum(axis=0) - Y)

    def magnitude(self, A: Array, Y: Array, size: Array) -> tuple[float, Array]:
        J, _ = super().magnitude(A, Y, size)
        return J, np.asarray(np.abs(self.derivative(A, Y)) + softmax(size))

    def check(self, Y: Array) -> None:
        wrong = (Y < 0.0) | (np.abs(Y.sum(axis=0) - 1.0) > 1e-9)
        if wrong.any():
            s = int(np.argwhere(wrong)[0, 1])
            raise ValueError(
                "cross_entropy takes class indices, or a column of probabilities a sample that add up to 1, "
                f"got {Y[:, s].tolist()} in column {s}"
            )

    def _shaped(self, Y: Array, rows: int, m: int) -> Array:
        return one_hot(Y, rows) if Y.shape == (m,) else Y


def _check_smoothing(smoothing: float) -> None:
    if not 0.0 <= smoothing < 1.0:
        raise ValueError(f"label_smoothing is at least 0 and below 1, got {smoothing!r:.60}")


hinge, binary_cross_entropy, cross_entropy = Hinge(), BinaryCrossEntropy(), CrossEntropy()
