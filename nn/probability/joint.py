"""Joint distributions p(x, y) that are known to the last bit, to measure learners against.

Data are drawn (x, y) ~ D; a network models p(y|x). Here p(y|x), p(x) and the error that nobody
can avoid are known exactly. Columns of X, of shape (n, m), are samples.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff import softmax
from nn.model.module import Array

__all__ = ["Classification", "Estimate", "average", "check_samples"]


class Estimate(NamedTuple):
    """A number and the standard error of its estimation, 0.0 if it is exact.

    >>> from nn.datasets import blobs_truth
    >>> error = blobs_truth().bayes_error(m=1000)
    >>> 0.0 < error.value < 0.2, error.standard_error > 0.0
    (True, True)
    """

    value: float
    standard_error: float = 0.0


class Classification(ABC):
    """A joint distribution of measurements x and a class y, of K: P(y = k) = πₖ, and p(x | y = k) as
    a subclass says.

    Attributes:
        priors: π, shape (K,).

    >>> from nn.datasets import blobs_truth
    >>> truth = blobs_truth()
    >>> isinstance(truth, Classification), int(truth.posterior([[1.0], [0.0]]).argmax())
    (True, 0)
    """

    priors: Array

    @abstractmethod
    def log_joint(self, X: npt.ArrayLike) -> Array:
        """log p(x, k) = log πₖ + log p(x | y = k) for each class k, shape (K, m)."""

    @abstractmethod
    def draw(self, y: npt.NDArray[np.intp], rng: np.random.Generator) -> Array:
        """X of shape (n, m), drawn from p(x | y) for classes y of shape (m,)."""

    def sample(self, m: int, seed: int = 0) -> tuple[Array, npt.NDArray[np.intp]]:
        """m samples: X of shape (n, m) and classes y of shape (m,)."""
        check_samples(m)
        rng = np.random.default_rng(seed)
        y = rng.choice(len(self.priors), m, p=self.priors)
        return self.draw(y, rng), y

    def log_prob(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """log p(x, y), shape (m,), for classes y of shape (m,)."""
        joint, classes = self.log_joint(X), np.asarray(y)
        if classes.shape != joint.shape[1:] or not np.isin(classes, np.arange(len(joint))).all():
            raise ValueError(
                f"y holds a class from 0 to {len(joint) - 1} for each of {joint.shape[1]} samples, "
                f"got {classes.tolist()!s:.60}"
            )
        return joint[classes.astype(np.intp), np.arange(joint.shape[1])]

    def log_marginal(self, X: npt.ArrayLike) -> Array:
        """log p(x) = log Σₖ p(x, k), shape (m,)."""
        return np.asarray(np.logaddexp.reduce(self.log_joint(X), axis=0))

    def posterior(self, X: npt.ArrayLike) -> Array:
        """P(y = k | x) = p(x, k) / p(x), shape (K, m)."""
        return np.asarray(softmax(self.log_joint(X)))

    def bayes_error(self, m: int = 100_000, seed: int = 0) -> Estimate:
        """The share of mistakes of the best classifier there can be, E[1 - maxₖ P(k | x)]: the mean
        over m samples."""
        check_samples(m, least=2)
        return average(1.0 - self.posterior(self.sample(m, seed)[0]).max(axis=0))


def check_samples(m: int, least: int = 1) -> None:
    """Raise ValueError if m is no number of samples."""
    if isinstance(m, bool) or not isinstance(m, (int, np.integer)) or m < least:
        raise ValueError(f"the number of samples is a whole number, {least} or more, got {m!r}")


def average(numbers: Array) -> Estimate:
    """Their mean, and its standard error."""
    return Estimate(float(numbers.mean()), float(numbers.std(ddof=1) / math.sqrt(len(numbers))))
