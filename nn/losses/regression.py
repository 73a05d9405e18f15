"""Losses for targets that are numbers: each is the negative logarithm of a density, up to constants."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import abs as absolute
from autodiff import exp, minimum
from nn.losses.base import Loss, mean_of_terms
from nn.model.module import Array

__all__ = ["MAE", "MSE", "GaussianNLL", "Huber", "gaussian_nll", "huber", "mae", "mse"]

LOG_2PI = math.log(2.0 * math.pi)


class MSE(Loss):
    """Mean squared error, 1/K Σₖ (aₖ - yₖ)².

    The negative log-likelihood of K independent y ~ Normal(a, σ² = K/2), less the constant
    K/2·log(πK).

    >>> MSE()([0.5, 2.0], [0.0, 1.0])
    0.625
    """

    name = "mse"

    def formula(self, a: Any, y: Any) -> Any:
        errors = [ak - yk for ak, yk in zip(a, y, strict=True)]
        return mean_of_terms([error * error for error in errors])

    def derivative(self, A: Array, Y: Array) -> Array:
        return 2.0 / len(A) * (A - Y)

    def check(self, Y: Array) -> None:
        """Any number is a target."""


class MAE(Loss):
    """Mean absolute error, 1/K Σₖ |aₖ - yₖ|; its derivative is 0 where a = y.

    The negative log-likelihood of K independent y ~ Laplace(a, scale K), less the constant
    K·log(2K).

    >>> MAE()([0.5, 2.0], [0.0, 1.0])
    0.75
    """

    name = "mae"

    def formula(self, a: Any, y: Any) -> Any:
        return mean_of_terms([absolute(ak - yk) for ak, yk in zip(a, y, strict=True)])

    def derivative(self, A: Array, Y: Array) -> Array:
        return np.sign(A - Y) / len(A)

    def check(self, Y: Array) -> None:
        """Any number is a target."""


@dataclass(frozen=True)
class Huber(Loss):
    """Huber's loss, 1/K Σₖ h(aₖ - yₖ): h(e) = e²/2 up to |e| = δ, and δ·(|e| - δ/2) beyond.

    It is written c·(|e| - c/2) with c = min(|e|, δ), which no large e makes overflow.

    Source: Huber, Robust estimation of a location parameter (1964), as PyTorch's ``HuberLoss``.

    Args:
        delta: δ, a positive number.

    >>> Huber()([0.5, 3.0], [0.0, 1.0])
    0.8125
    """

    delta: float = 1.0

    name = "huber"

    def __post_init__(self) -> None:
        if not 0.0 < self.delta < math.inf:
            raise ValueError(f"delta is a positive number, got {self.delta!r:.60}")

    def formula(self, a: Any, y: Any) -> Any:
        terms = []
        for ak, yk in zip(a, y, strict=True):
            error = absolute(ak - yk)
            near = minimum(error, self.delta)
            terms.append(near * (error - 0.5 * near))
        return mean_of_terms(terms)

    def derivative(self, A: Array, Y: Array) -> Array:
        return np.clip(A - Y, -self.delta, self.delta) / len(A)

    def check(self, Y: Array) -> None:
        """Any number is a target."""


class GaussianNLL(Loss):
    """Negative log-likelihood of K/2 independent yₖ ~ Normal(μₖ, σₖ²), over K/2, with both learnt: of
    the K outputs the first half are the means μ, the second half the log-variances s = log σ²,

        2/K Σₖ ½·(log 2π + sₖ + (yₖ - μₖ)²·exp(-sₖ)).

    With s constant it is ``mse`` up to constants. Source: Nix & Weigend, Estimating the mean and
    variance of the target probability distribution (1994).

    >>> GaussianNLL()([0.5, 0.0], [0.0])
    1.0439385332046727
    """

    name = "gaussian_nll"

    def formula(self, a: Any, y: Any) -> Any:
        errors = [mean - yk for mean, yk in zip(a, y, strict=False)]
        logs = a[len(errors) :]
        squares = [error * error * exp(-s) for error, s in zip(errors, logs, strict=True)]
        return 0.5 * (mean_of_terms([s + square for s, square in zip(logs, squares, strict=True)]) + LOG_2PI)

    def derivative(self, A: Array, Y: Array) -> Array:
        means, logs = np.split(A, 2)
        error, precision = means - Y, np.exp(-logs)
        return np.vstack([error * precision, 0.5 - 0.5 * error * error * precision]) / len(Y)

    def magnitude(self, A: Array, Y: Array, size: Array) -> tuple[float, Array]:
        # Rounding in s is a relative error of exp(-s), and J has the size of its constant at least.
        (_, logs), (means, sizes) = np.split(A, 2), np.split(size, 2)
        error, precision = means + np.abs(Y), np.exp(-logs) * (1.0 + sizes)
        terms = error * error * precision
        J = float(np.max(sizes + terms)) + LOG_2PI
        return J, np.vstack([error * precision, 0.5 + 0.5 * terms]) / len(Y)

    def rows(self, K: int) -> int:
        if K % 2:
            raise ValueError(f"gaussian_nll takes a mean and a log-variance for each target, got {K} outputs")
        return K // 2

    def outputs(self, rows: int) -> int:
        return 2 * rows

    def check(self, Y: Array) -> None:
        """Any number is a target."""

    def decide(self, A: Array) -> npt.NDArray[np.intp]:
        return super().decide(A[: len(A) // 2])


mse, mae, huber, gaussian_nll = MSE(), MAE(), Huber(), GaussianNLL()
