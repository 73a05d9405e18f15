"""Joint distributions p(x, y) that are known to the last bit, to measure learners against.

Data are drawn (x, y) ~ D; a network models p(y|x). Here p(y|x), p(x) and the error that nobody
can avoid are known exactly. Columns of X, of shape (n, m), are samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff import softmax
from nn.batch import as_batch
from nn.module import Array
from nn.probability.distributions import Normal

__all__ = ["Conditional", "Estimate", "GaussianMixture", "NoisyFunction", "check_samples"]


class Estimate(NamedTuple):
    """A number and the standard error of its estimation, 0.0 if it is exact."""

    value: float
    standard_error: float = 0.0


class Conditional(NamedTuple):
    """Mean and variance of y given x, each of shape (m,)."""

    mean: Array
    variance: Array


class GaussianMixture:
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

    def sample(self, m: int, seed: int = 0) -> tuple[Array, npt.NDArray[np.intp]]:
        """m samples: X of shape (n, m) and classes y of shape (m,)."""
        check_samples(m)
        rng = np.random.default_rng(seed)
        y = rng.choice(len(self.priors), m, p=self.priors)
        noise = rng.normal(size=(m, self.means.shape[1], 1))
        return (self.means[y] + (self._roots[y] @ noise)[:, :, 0]).T, y

    def log_prob(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """log p(x, y) = log πᵧ + log Normal(x; μᵧ, Σᵧ), shape (m,)."""
        joint, classes = self._joint(X), np.asarray(y)
        if classes.shape != joint.shape[1:] or not np.isin(classes, np.arange(len(joint))).all():
            raise ValueError(
                f"y holds a class from 0 to {len(joint) - 1} for each of {joint.shape[1]} samples, "
                f"got {classes.tolist()!s:.60}"
            )
        return joint[classes.astype(np.intp), np.arange(joint.shape[1])]

    def log_marginal(self, X: npt.ArrayLike) -> Array:
        """log p(x) = log Σₖ p(x, k), shape (m,)."""
        return np.asarray(np.logaddexp.reduce(self._joint(X), axis=0))

    def posterior(self, X: npt.ArrayLike) -> Array:
        """P(y = k | x) = p(x, k) / p(x), shape (K, m)."""
        return np.asarray(softmax(self._joint(X)))

    def bayes_error(self, m: int = 100_000, seed: int = 0) -> Estimate:
        """The share of mistakes of the best classifier there can be, E[1 - maxₖ P(k | x)].

        Exact for two classes of equal covariance: with the distance Δ² = (μ₁-μ₀)ᵀΣ⁻¹(μ₁-μ₀) and
        r = log(π₁/π₀)/Δ it is π₀·Φ(r - Δ/2) + π₁·Φ(-r - Δ/2) (Duda, Hart & Stork, Pattern
        classification, 2001, section 2.6). Otherwise the mean over m samples.
        """
        if len(self.priors) == 2 and np.array_equal(*self.covariances):
            between = np.linalg.solve(self._roots[0], self.means[1] - self.means[0])
            distance = float(np.linalg.norm(between))
            if distance == 0.0:
                return Estimate(float(self.priors.min()))
            first, second = map(float, self.priors)
            r = math.log(second / first) / distance
            return Estimate(first * _phi(r - distance / 2) + second * _phi(-r - distance / 2))
        check_samples(m, least=2)
        return _mean(1.0 - self.posterior(self.sample(m, seed)[0]).max(axis=0))

    def _joint(self, X: npt.ArrayLike) -> Array:
        """log p(x, k), shape (K, m)."""
        n = self.means.shape[1]
        x = as_batch(X, n)
        # R⁻¹·(x - μ) has independent coordinates of variance 1, and |R| = √|Σ|.
        white = np.linalg.solve(self._roots, x - self.means[:, :, None])
        root = np.diagonal(self._roots, axis1=1, axis2=2)
        scale = np.log(self.priors) - np.log(root).sum(axis=1) - 0.5 * n * math.log(2.0 * math.pi)
        return np.asarray(scale[:, None] - 0.5 * (white**2).sum(axis=1))


class NoisyFunction:
    """x uniform in a box, and y = f(x) + σ(x)·ε with ε ~ Normal(0, 1):

        E[y | x] = f(x)        Var[y | x] = σ(x)²

    Args:
        mean: f, from X of shape (n, m) to shape (m,); for n = 1 also to (1, m), as ``np.sin`` does.
        noise: σ, a positive number, or a function like ``mean``.
        low, high: two corners of the box, numbers or of shape (n,).

    Raises:
        ValueError: for an empty box, or a noise that is not positive.

    >>> waves = NoisyFunction(np.sin, noise=0.1, low=-3.0, high=3.0)
    >>> waves.posterior([[0.0]])
    Conditional(mean=array([0.]), variance=array([0.01]))
    """

    def __init__(
        self,
        mean: Callable[[Array], npt.ArrayLike],
        noise: float | Callable[[Array], npt.ArrayLike] = 0.1,
        low: npt.ArrayLike = -1.0,
        high: npt.ArrayLike = 1.0,
    ) -> None:
        self.mean, self.noise = mean, noise
        self.low, self.high = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (low, high))
        if self.low.ndim != 1 or self.low.shape != self.high.shape or not (self.low < self.high).all():
            raise ValueError(f"each coordinate of low is below that of high, got {low!r} and {high!r}")
        if not callable(noise) and not 0.0 < noise < math.inf:
            raise ValueError(f"noise is a positive number, or a function of X, got {noise!r}")

    def sample(self, m: int, seed: int = 0) -> tuple[Array, Array]:
        """m samples: X of shape (n, m) and numbers y of shape (m,)."""
        check_samples(m)
        rng = np.random.default_rng(seed)
        X = rng.uniform(self.low[:, None], self.high[:, None], (len(self.low), m))
        given = self.posterior(X)
        return X, given.mean + np.sqrt(given.variance) * rng.normal(size=m)

    def log_prob(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """log p(x, y) = log p(x) + log Normal(y; f(x), σ(x)²), shape (m,)."""
        mean, variance = self.posterior(X)
        targets = np.asarray(y, dtype=np.float64)
        if targets.shape != mean.shape:
            raise ValueError(f"y has shape {mean.shape}, a number a sample, got {targets.shape}")
        return np.asarray(self.log_marginal(X) + Normal(mean[None], variance[None]).log_prob(targets[None]))

    def log_marginal(self, X: npt.ArrayLike) -> Array:
        """log p(x), shape (m,): -log of the box's volume inside, -∞ outside."""
        x = as_batch(X, len(self.low))
        inside = ((x >= self.low[:, None]) & (x <= self.high[:, None])).all(axis=0)
        return np.where(inside, -np.log(self.high - self.low).sum(), -math.inf)

    def posterior(self, X: npt.ArrayLike) -> Conditional:
        """Mean and variance of the normal distribution p(y | x), each of shape (m,)."""
        x = as_batch(X, len(self.low))
        noise = self.noise(x) if callable(self.noise) else np.full(x.shape[1], self.noise)
        deviation = _row("noise", noise, x)
        if not (deviation > 0.0).all():
            raise ValueError(f"noise is positive everywhere, got {deviation.min()}")
        return Conditional(_row("mean", self.mean(x), x), deviation**2)

    def bayes_error(self, m: int = 100_000, seed: int = 0) -> Estimate:
        """The mean squared error of the best regression there can be, E[σ(x)²].

        Exact for constant noise; otherwise the mean over m samples.
        """
        if not callable(self.noise):
            return Estimate(self.noise**2)
        check_samples(m, least=2)
        return _mean(self.posterior(self.sample(m, seed)[0]).variance)


def check_samples(m: int, least: int = 1) -> None:
    """Raise ValueError if m is no number of samples."""
    if isinstance(m, bool) or not isinstance(m, (int, np.integer)) or m < least:
        raise ValueError(f"the number of samples is a whole number, {least} or more, got {m!r}")


def _row(name: str, numbers: npt.ArrayLike, x: Array) -> Array:
    """What a function made of X, as shape (m,)."""
    array, m = np.asarray(numbers, dtype=np.float64), x.shape[1]
    if array.shape not in ((m,), (1, m)):
        raise ValueError(f"{name} of X of shape {x.shape} has shape ({m},), got {array.shape}")
    return array.reshape(m)


def _mean(numbers: Array) -> Estimate:
    return Estimate(float(numbers.mean()), float(numbers.std(ddof=1) / math.sqrt(len(numbers))))


def _phi(z: float) -> float:
    """Φ(z), the standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
