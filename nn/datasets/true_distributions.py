"""The joint distributions that generated data are drawn from."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.special import normal_cdf, normal_pdf
from nn.model.module import Array
from nn.model.samples import as_batch
from nn.probability import Classification, Estimate, GaussianMixture, NoisyFunction

__all__ = [
    "Circles",
    "Xor",
    "blobs_truth",
    "circle_points",
    "circles_truth",
    "sine_truth",
    "xor_points",
    "xor_truth",
]


def circles_truth(noise: float = 0.05) -> Circles:
    """Where ``circles`` come from, with either class equally likely. Noise is above 0: points that
    lie on a line have no density.

    >>> circles_truth(0.1).posterior([[0.5], [0.0]]).round(3)
    array([[1.],
           [0.]])
    """
    return Circles(noise)


def xor_truth(noise: float = 0.0) -> Xor:
    """Where ``xor`` comes from, with either class equally likely.

    >>> xor_truth(0.2).posterior([[1.0], [1.0]]).round(3)
    array([[1.],
           [0.]])
    """
    return Xor(noise)


def blobs_truth(noise: float = 0.5, classes: int = 3) -> GaussianMixture:
    """Where ``blobs`` come from: equally likely classes, normally distributed with standard
    deviation ``noise`` around centres at equal distances on the circle of radius 1.

    >>> blobs_truth().posterior([[1.0], [0.0]]).round(2).ravel()
    array([1., 0., 0.])
    """
    if classes < 2 or not 0.0 < noise < math.inf:
        raise ValueError(f"blobs are two or more, of noise above 0; got {classes!r} and noise={noise!r}")
    angle = 2.0 * math.pi * np.arange(classes) / classes
    centres = np.array([np.cos(angle), np.sin(angle)]).T
    return GaussianMixture(np.full(classes, 1.0 / classes), centres, noise**2 * np.eye(2))


def sine_truth(noise: float = 0.1) -> NoisyFunction:
    """Where ``sine`` comes from: x uniform from -π to π, and y ~ Normal(sin x, noise²).

    >>> sine_truth(0.5).posterior([[0.0]])
    Conditional(mean=array([0.]), variance=array([0.25]))
    """
    return NoisyFunction(np.sin, noise, -math.pi, math.pi)


def circle_points(y: npt.NDArray[np.intp], rng: np.random.Generator) -> Array:
    """Points on the circles of radius 1/2 (class 0) and 1 (class 1), before noise."""
    angle, radius = rng.uniform(0.0, 2.0 * math.pi, len(y)), 0.5 + 0.5 * y
    return np.asarray(radius * np.array([np.cos(angle), np.sin(angle)]))


def xor_points(y: npt.NDArray[np.intp], rng: np.random.Generator) -> Array:
    """Points of the square whose coordinates have the same sign (class 0) or not (1), before noise."""
    size, side = 1.0 - rng.uniform(0.0, 1.0, (2, len(y))), rng.choice([-1.0, 1.0], len(y))
    return np.array([side * size[0], side * (1.0 - 2.0 * y) * size[1]])


class Circles(Classification):
    """Two circles, of radii Rₖ = 1/2 and 1, and noise of standard deviation σ:

        p(x | k) = exp(-(r² + Rₖ²)/2σ²) · I₀(r·Rₖ/σ²) / 2πσ²        with r = |x|

    The mean, over the circle, of normal densities around its points; I₀ is the modified Bessel
    function, and r has the distribution of S. O. Rice (Mathematical analysis of random noise, 1945).
    """

    def __init__(self, noise: float) -> None:
        if not 0.0 < noise < math.inf:
            raise ValueError(f"noise is above 0, without it points on a line have no density; got {noise!r}")
        self.noise, self.priors, self.radii = noise, np.array([0.5, 0.5]), np.array([0.5, 1.0])

    def draw(self, y: npt.NDArray[np.intp], rng: np.random.Generator) -> Array:
        return np.asarray(circle_points(y, rng) + self.noise * rng.normal(size=(2, len(y))))

    def log_joint(self, X: npt.ArrayLike) -> Array:
        return self._log_joint_at(np.hypot(*as_batch(X, 2)))

    def _log_joint_at(self, r: Array) -> Array:
        """log p(x, k) at the distances r, shape (K, m)."""
        R, variance = self.radii[:, None], self.noise**2
        bell = -((r - R) ** 2) / (2.0 * variance)  # what exp(-r·R/σ²) · I₀ leaves of the exponent
        return np.asarray(bell + _log_i0e(r * R / variance) - math.log(4.0 * math.pi * variance))

    def bayes_error(self, m: int = 100_000, seed: int = 0) -> Estimate:
        """The share of mistakes of the best classifier there can be, exact: the inner circle is the
        likelier one up to a distance, and the error an integral over the others' on either side."""
        low, high = 0.0, 2.0 + 2.0 * self.noise
        for _ in range(60):
            middle = (low + high) / 2
            inner, outer = self._log_joint_at(np.array([middle]))[:, 0]
            low, high = (middle, high) if inner > outer else (low, middle)
        nodes, weights = np.polynomial.legendre.leggauss(200)
        reach, error = 20.0 * self.noise, 0.0
        for k, (a, b) in enumerate(((low, low + reach), (max(0.0, low - reach), low))):
            r = (a + b) / 2 + (b - a) / 2 * nodes
            density = 2.0 * math.pi * r * np.exp(self._log_joint_at(r)[k])
            error += float(density @ weights) * (b - a) / 2
        return Estimate(error)


class Xor(Classification):
    """The four quarters of the square from -1 to 1, and noise of standard deviation σ.

    A coordinate that was positive has the density a(x) = Φ(x/σ) - Φ((x - 1)/σ), one that was
    negative a(-x), so that for class 0, of equal signs,

        p(x | 0) = ½·(a(x₁)·a(x₂) + a(-x₁)·a(-x₂))

    and for class 1 the same with -x₂ in place of x₂.
    """

    def __init__(self, noise: float) -> None:
        if not 0.0 <= noise < math.inf:
            raise ValueError(f"noise is a standard deviation, 0 or more, got {noise!r}")
        self.noise, self.priors = noise, np.array([0.5, 0.5])

    def draw(self, y: npt.NDArray[np.intp], rng: np.random.Generator) -> Array:
        return np.asarray(xor_points(y, rng) + self.noise * rng.normal(size=(2, len(y))))

    def log_joint(self, X: npt.ArrayLike) -> Array:
        x = as_batch(X, 2)
        (a1, a2), (b1, b2) = self._log_a(x), self._log_a(-x)
        return np.array([np.logaddexp(a1 + a2, b1 + b2), np.logaddexp(a1 + b2, b1 + a2)]) - math.log(4.0)

    def posterior(self, X: npt.ArrayLike) -> Array:
        """P(y = k | x), shape (2, m); without noise, outside of the square too, as the signs say."""
        if self.noise:
            return super().posterior(X)
        same = 0.5 + 0.5 * np.prod(np.sign(as_batch(X, 2)), axis=0)
        return np.array([same, 1.0 - same])

    def bayes_error(self, m: int = 100_000, seed: int = 0) -> Estimate:
        """The share of mistakes of the best classifier there can be, which goes by the signs: exact,
        2q(1 - q) where q = Φ(-1/σ) + σ·(φ(0) - φ(1/σ)) is how often noise turns a sign."""
        if not self.noise:
            return Estimate(0.0)
        z = np.array([0.0, 1.0 / self.noise])
        q = float(normal_cdf(ARRAYS, -z)[1] - self.noise * np.diff(normal_pdf(ARRAYS, z))[0])
        return Estimate(2.0 * q * (1.0 - q))

    def _log_a(self, x: Array) -> Array:
        """log a(x); a is even around ½."""
        out = np.abs(x - 0.5)
        if not self.noise:
            return np.where(out <= 0.5, 0.0, -math.inf)
        upper, lower = _log_normal_cdf((0.5 - out) / self.noise), _log_normal_cdf(-(0.5 + out) / self.noise)
        return np.asarray(upper + np.log(-np.expm1(lower - upper)))


def _log_i0e(x: Array) -> Array:
    """log(exp(-x)·I₀(x)) for x ≥ 0; where I₀ would overflow by its asymptotic series (Abramowitz &
    Stegun 1964, 9.7.1), whose next term is below 1e-14 there."""
    near, far = np.minimum(x, 500.0), 8.0 * np.maximum(x, 500.0)
    series = 1.0 + (1.0 + (9.0 + (225.0 + 11025.0 / (4.0 * far)) / (3.0 * far)) / (2.0 * far)) / far
    tail = np.log(series) - 0.5 * np.log(math.pi / 4.0 * far)
    return np.where(x < 500.0, np.log(np.i0(near)) - near, tail)


def _log_normal_cdf(z: Array) -> Array:
    """log Φ(z); where Φ would underflow by its asymptotic series (Abramowitz & Stegun 1964, 26.2.12),
    whose next term is below 1e-10 there."""
    near, far = np.maximum(z, -37.0), np.minimum(z, -37.0)
    w = 1.0 / far**2
    series = 1.0 - w * (1.0 - w * (3.0 - w * 15.0))
    tail = -0.5 * far**2 - np.log(-far * math.sqrt(2.0 * math.pi)) + np.log(series)
    return np.where(z > -37.0, np.log(normal_cdf(ARRAYS, near)), tail)
