"""A regression whose truth is known: the mean and the variance of y at every x."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nn.model.module import Array
from nn.model.samples import as_batch
from nn.probability.distributions import Normal
from nn.probability.joint import Estimate, average, check_samples

__all__ = ["Conditional", "NoisyFunction"]


class Conditional(NamedTuple):
    """Mean and variance of y given x, each of shape (m,).

    >>> from nn.datasets import sine_truth
    >>> sine_truth(0.5).posterior([[0.0]])
    Conditional(mean=array([0.]), variance=array([0.25]))
    """

    mean: Array
    variance: Array


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
        return average(self.posterior(self.sample(m, seed)[0]).variance)


def _row(name: str, numbers: npt.ArrayLike, x: Array) -> Array:
    """What a function made of X, as shape (m,)."""
    array, m = np.asarray(numbers, dtype=np.float64), x.shape[1]
    if array.shape not in ((m,), (1, m)):
        raise ValueError(f"{name} of X of shape {x.shape} has shape ({m},), got {array.shape}")
    return array.reshape(m)
