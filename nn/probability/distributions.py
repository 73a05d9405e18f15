"""What the outputs of a network say about the targets: the distributions whose negative
log-likelihoods the losses are.

Parameters and targets have shape (K, m): columns are samples, and the K numbers of a column are
independent given the parameters, so that their log-densities add up. ``log_prob`` has shape (m,).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nn.model.module import Array

__all__ = ["Bernoulli", "Categorical", "Laplace", "Normal"]


@dataclass(frozen=True)
class Normal:
    """y ~ Normal(μ, σ²), with density exp(-(y - μ)²/2σ²) / √(2πσ²).

    Args:
        mean: μ of shape (K, m).
        variance: σ² > 0, one number for all, or of shape (K, m): heteroscedastic, noise that
            differs from sample to sample.

    >>> Normal([[0.0]], [[1.0]]).log_prob([[0.0]])
    array([-0.91893853])
    """

    mean: npt.ArrayLike
    variance: npt.ArrayLike = 1.0

    def __post_init__(self) -> None:
        _check_positive("variance", self.variance)

    def log_prob(self, Y: npt.ArrayLike) -> Array:
        """log p(y) of each sample, shape (m,), for targets of shape (K, m)."""
        mean, variance, y = _together(Y, self.mean, self.variance)
        terms = np.log(2.0 * math.pi * variance) + (y - mean) ** 2 / variance
        return np.asarray(-0.5 * terms.sum(axis=0))


@dataclass(frozen=True)
class Laplace:
    """y ~ Laplace(μ, b), with density exp(-|y - μ|/b) / 2b.

    Args:
        mean: μ of shape (K, m), the median too.
        scale: b > 0, one number for all, or of shape (K, m); the variance is 2b².

    >>> Laplace([[0.0]], [[1.0]]).log_prob([[2.0]])
    array([-2.69314718])
    """

    mean: npt.ArrayLike
    scale: npt.ArrayLike = 1.0

    def __post_init__(self) -> None:
        _check_positive("scale", self.scale)

    def log_prob(self, Y: npt.ArrayLike) -> Array:
        """log p(y) of each sample, shape (m,), for targets of shape (K, m)."""
        mean, scale, y = _together(Y, self.mean, self.scale)
        return np.asarray(-np.sum(np.log(2.0 * scale) + np.abs(y - mean) / scale, axis=0))


@dataclass(frozen=True)
class Bernoulli:
    """y = 1 with probability σ(z), else 0.

    Args:
        logits: z of shape (K, m), any numbers.

    >>> Bernoulli([[0.0]]).log_prob([[1.0]])
    array([-0.69314718])
    """

    logits: npt.ArrayLike

    def log_prob(self, Y: npt.ArrayLike) -> Array:
        """log P(y) of each sample, shape (m,), for targets 0 and 1 of shape (K, m)."""
        z, y = _together(Y, self.logits)
        if not np.isin(y, (0.0, 1.0)).all():
            raise ValueError(f"an outcome is 0 or 1, got {float(y[~np.isin(y, (0.0, 1.0))][0])}")
        # 1 - σ(z) is σ(-z), and log σ(z) = -log(e⁰ + exp(-z)) is exact where σ(z) rounds to 0.
        return np.asarray(-np.sum(np.logaddexp(0.0, np.where(y == 1.0, -z, z)), axis=0))


@dataclass(frozen=True)
class Categorical:
    """y = k with probability softmax(z)ₖ.

    Args:
        logits: z of shape (K, m), any numbers.

    >>> Categorical([[0.0], [0.0]]).log_prob([1])
    array([-0.69314718])
    """

    logits: npt.ArrayLike

    def log_prob(self, classes: npt.ArrayLike) -> Array:
        """log P(y) of each sample, shape (m,), for class indices of shape (m,)."""
        z, y = np.asarray(self.logits, dtype=np.float64), np.asarray(classes)
        if z.ndim != 2 or y.shape != z.shape[1:]:
            raise ValueError(f"logits have shape (K, m) and classes (m,), got {z.shape} and {y.shape}")
        if not np.isin(y, np.arange(len(z))).all():
            raise ValueError(f"classes are whole numbers from 0 to {len(z) - 1}, got {y.tolist()!s:.60}")
        chosen = z[y.astype(np.intp), np.arange(z.shape[1])]
        return np.asarray(chosen - np.logaddexp.reduce(z, axis=0))


def _together(Y: npt.ArrayLike, *parameters: npt.ArrayLike) -> list[Array]:
    """The parameters and, last, the targets, all as arrays of the targets' shape (K, m)."""
    y = np.asarray(Y, dtype=np.float64)
    if y.ndim != 2:
        raise ValueError(f"targets have shape (K, m), columns are samples, got {y.shape}")
    arrays = [np.asarray(each, dtype=np.float64) for each in parameters]
    for each in arrays:
        if each.ndim and each.shape != y.shape:
            raise ValueError(f"parameters and targets have one shape (K, m), got {each.shape} and {y.shape}")
    return [*(np.broadcast_to(each, y.shape) for each in arrays), y]


def _check_positive(name: str, number: npt.ArrayLike) -> None:
    if not np.all(np.asarray(number) > 0.0):
        raise ValueError(f"a {name} is positive, got {np.min(number)}")
