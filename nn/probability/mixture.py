"""Classes whose measurements are normally distributed."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import FLOATS
from autodiff.engine.special import normal_cdf
from nn.model.module import Array
from nn.model.samples import as_batch
from nn.probability.joint import Classification, Estimate

__all__ = ["GaussianMixture"]


class GaussianMixture(Classification):
    """K classes, each with normally distributed measurements:

        P(y = k) = πₖ        p(x | y = k) = Normal(x; μₖ, Σₖ)

    Args:
        priors: π, shape (K,), positive numbers that add up to 1.
        means: μ, shape (K, n).
        covariances: Σ, shape (K, n, n), or (n, n) for all classes; symmetric, positive definite.

    Raises:
        ValueError: for other shapes, or numbers that are no probabilities or covariances.

    >>> pair = GaussianMixture([0.5, 0.5], [[-1.0], [1.0]], [[1.0]])
    >>> pair.posterior([[0.0]]).tolist()
    [[0.5], [0.5]]
    """

    def __init__(self, priors: npt.ArrayLike, means: npt.ArrayLike, covariances: npt.ArrayLike) -> None:
        self.priors = np.asarray(priors, dtype=np.float64)
        self.means = np.asarray(means, dtype=np.float64)
        if self.priors.ndim != 1 or self.means.ndim != 2 or len(self.means) != len(self.priors):
            raise ValueError(
                f"priors have shape (K,) and means (K, n), got {self.priors.shape} and {self.means.shape}"
            )
        if not (self.priors > 0.0).all() or abs(self.priors.sum() - 1.0) > 1e-9:
            raise ValueError(f"priors are positive and add up to 1, got {self.priors.tolist()}")
        if not np.isfinite(self.means).all():
            raise ValueError(f"means are finite, got {self.means.tolist()!s:.60}")
        K, n = self.means.shape
        given = np.asarray(covariances, dtype=np.float64)
        if given.shape not in ((n, n), (K, n, n)):
            raise ValueError(f"covariances have shape ({K}, {n}, {n}) or ({n}, {n}), got {given.shape}")
        self.covariances = np.broadcast_to(given, (K, n, n))
        if not np.allclose(self.covariances, np.swapaxes(self.covariances, 1, 2)):
            raise ValueError("a covariance is symmetric; one of these is not")
        try:
            self._roots = np.linalg.cholesky(self.covariances)  # Σ = R·Rᵀ
        except np.linalg.LinAlgError:
            raise ValueError(
                "a covariance is positive definite; one of these is not: some direction has no variance"
            ) from None

    def draw(self, y: npt.NDArray[np.intp], rng: np.random.Generator) -> Array:
        noise = rng.normal(size=(len(y), self.means.shape[1], 1))
        return (self.means[y] + (self._roots[y] @ noise)[:, :, 0]).T

    def log_joint(self, X: npt.ArrayLike) -> Array:
        n = self.means.shape[1]
        x = as_batch(X, n)
        # R⁻¹·(x - μ) has independent coordinates of variance 1, and |R| = √|Σ|.
        white = np.linalg.solve(self._roots, x - self.means[:, :, None])
        root = np.diagonal(self._roots, axis1=1, axis2=2)
        scale = np.log(self.priors) - np.log(root).sum(axis=1) - 0.5 * n * math.log(2.0 * math.pi)
        return np.asarray(scale[:, None] - 0.5 * (white**2).sum(axis=1))

    def bayes_error(self, m: int = 100_000, seed: int = 0) -> Estimate:
        """The share of mistakes of the best classifier there can be, E[1 - maxₖ P(k | x)].

        Exact for one measurement, and for two classes of equal covariance, where only the
        coordinate along Σ⁻¹(μ₁ - μ₀) tells them apart (Duda, Hart & Stork, Pattern classification,
        2001, section 2.6). Otherwise the mean over m samples.
        """
        if self.means.shape[1] == 1:
            deviations = np.sqrt(self.covariances[:, 0, 0])
            return Estimate(_error_on_a_line(self.priors, self.means[:, 0], deviations))
        if len(self.priors) == 2 and np.array_equal(*self.covariances):
            between = np.linalg.solve(self._roots[0], self.means[1] - self.means[0])
            means = np.array([0.0, np.linalg.norm(between)])
            return Estimate(_error_on_a_line(self.priors, means, np.ones(2)))
        return super().bayes_error(m, seed)


def _error_on_a_line(priors: Array, means: Array, deviations: Array) -> float:
    """The mass of all classes but the likeliest, for one measurement, class by class Normal(μₖ, σₖ²).

    log p(x, k) is a parabola in x, so the likeliest class changes only where two of these cross.
    """
    means = means - means.mean()  # so that squares of far means do not swallow their distances
    square, slope = -0.5 / deviations**2, means / deviations**2
    parabolas = np.array([square, slope, np.log(priors / deviations) + square * means**2])
    crossings = [
        float(root.real)
        for j, k in zip(*np.triu_indices(len(priors), 1), strict=True)
        for root in np.roots(parabolas[:, j] - parabolas[:, k])
        if np.isreal(root)
    ]
    error = 0.0
    for low, high in pairwise([-math.inf, *sorted(crossings), math.inf]):
        middle = _inside(low, high)
        likeliest = np.argmax(np.polyval(parabolas, middle))
        for k in range(len(priors)):
            if k != likeliest:
                z = ((edge - float(means[k])) / float(deviations[k]) for edge in (low, high))
                error += float(priors[k]) * _between(*z)
    return error


def _between(low: float, high: float) -> float:
    """The mass of Normal(0, 1) between the two, a difference of its smaller tails."""
    a, b = (-high, -low) if low > 0.0 else (low, high)
    return float(normal_cdf(FLOATS, b) - normal_cdf(FLOATS, a))


def _inside(low: float, high: float) -> float:
    """A point between the two, either of which may be infinite."""
    if math.isinf(low) and math.isinf(high):
        return 0.0
    return high - 1.0 if math.isinf(low) else low + 1.0 if math.isinf(high) else (low + high) / 2
