"""Losses: how wrong an output is, once for Values and arrays, and its derivative as a matrix.

The formula of a loss is written once, on the K outputs a₁ … a_K of a sample and its targets.
On Values it records nodes; on the rows of A and Y, both (K, m) with samples as columns, the
same lines compute the m losses. Beside it stands its derivative by A, in matrix form.

J is the mean over the m samples. This is where 1/m enters the backward pass, in ``Loss.dA``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Value, dot, exp, logsumexp, relu, sigmoid, softmax, softplus, sum
from autodiff import abs as absolute
from autodiff.engine.numeric import ARRAYS
from nn.model.lookup import lookup
from nn.model.module import Array

__all__ = [
    "LOSSES",
    "Loss",
    "binary_cross_entropy",
    "cross_entropy",
    "gaussian_nll",
    "hinge",
    "loss_named",
    "mae",
    "mse",
    "one_hot",
]


LOG_2PI = math.log(2.0 * math.pi)


class Loss(ABC):
    """A loss; call it for one sample: ``mse(model(x), [1.0])``."""

    name: str
    for_classes = False  # whether targets stand for classes, and not for any numbers
    of_logits = False  # whether the formula itself turns outputs into probabilities
    two_outputs = False  # whether at least two outputs are needed
    boundary = 0.5  # between the classes 0 and 1, for a single output

    @abstractmethod
    def formula(self, a: Any, y: Any) -> Any:
        """The loss of one sample from its K outputs and its targets; of m samples from rows."""

    @abstractmethod
    def derivative(self, A: Array, Y: Array) -> Array:
        """∂(loss of sample s)/∂A[k,s], of A's shape (K, m)."""

    def magnitude(self, A: Array, Y: Array, size: Array) -> tuple[float, Array]:
        """How large the numbers are, at most, that J and each element of ``derivative`` are added up
        from, where those of A are added up from numbers as large as ``size``."""
        # A derivative is a difference of outputs and targets; without targets it is not.
        terms = np.abs(self.derivative(A, Y)) + np.abs(self.derivative(size, np.zeros_like(Y)))
        return abs(self.J(A, Y)) + float(np.max(size)) + float(np.max(np.abs(Y))), terms

    @abstractmethod
    def check(self, Y: Array) -> None:
        """Raise ValueError for targets of shape (K, m) that mean nothing to this loss."""

    def __call__(self, a: Sequence[Value], y: Any) -> Value:
        """The loss of one sample, as a node.

        Args:
            a: the K outputs of a network.
            y: K targets, numbers or Values; for ``cross_entropy`` also the index of the class.
        """
        if not isinstance(y, (list, tuple)):
            y = self.targets(np.reshape(y, (-1, 1)) if np.ndim(y) else [y], len(a), 1)[:, 0].tolist()
        if len(y) != self.rows(len(a)):
            raise ValueError(f"{self.name} pairs outputs and targets, got {len(a)} and {len(y)}")
        return self.formula(a, y)  # type: ignore[no-any-return]

    def mean(self, outputs: Sequence[Sequence[Value]], targets: Sequence[Sequence[Any]]) -> Value:
        """J, the mean loss of m samples, as a node; a sequence of K outputs and targets each."""
        return _average([self.formula(a, y) for a, y in zip(outputs, targets, strict=True)])  # type: ignore[no-any-return]

    def J(self, A: Array, Y: Array) -> float:
        """J, the mean loss of m samples, from A and Y of shape (K, m)."""
        return float(np.mean(self.formula(A, Y)))

    def rows(self, K: int) -> int:
        """The number of targets that belong to K outputs.

        Raises:
            ValueError: if the loss has no meaning for so many.
        """
        if K < 2 and self.two_outputs:
            raise ValueError(f"{self.name} needs an output for each of two or more classes, got {K} output")
        return K

    def outputs(self, rows: int) -> int:
        """The number of outputs that belong to so many targets; the inverse of ``rows``."""
        return rows

    def dA(self, A: Array, Y: Array) -> Array:
        """∂J/∂A of shape (K, m): the derivative of each sample's loss, times 1/m."""
        m = A.shape[1]
        return np.asarray(self.derivative(A, Y) / m)

    def targets(self, Y: npt.ArrayLike, K: int, m: int) -> Array:
        """The targets of m samples that belong to K outputs, as an array of shape (rows(K), m).

        Args:
            Y: numbers of that shape, or (m,) if it is (1, m); for ``cross_entropy`` also m class indices.

        Raises:
            TypeError: if these are not numbers.
            ValueError: for another shape, or targets the loss has no meaning for.
        """
        rows = self.rows(K)
        array = np.asarray(Y)
        if array.dtype.kind not in "biuf":
            given = repr(array.ravel()[:1].tolist())
            raise TypeError(f"targets are numbers, got {given:.60}; number classes as 0, 1, 2, …")
        array = self._shaped(array.astype(np.float64), rows, m)
        if array.shape != (rows, m):
            hint = "; its transpose fits: pass Y.T" if array.shape == (m, rows) else ""
            raise ValueError(f"Y has shape ({rows}, {m}), columns are samples, got {array.shape}{hint}")
        if not np.isfinite(array).all():
            raise ValueError("a target is not finite; leave that sample out")
        self.check(array)
        return array

    def _shaped(self, Y: Array, rows: int, m: int) -> Array:
        return Y.reshape(1, m) if rows == 1 and Y.shape == (m,) else Y

    def from_classes(self, classes: npt.ArrayLike, rows: int) -> Array:
        """Targets of shape (rows, m) for class indices: a 1 in the row of the class, else 0.

        With a single row the target is the index itself, 0 or 1.
        """
        return one_hot(classes, 2)[1:] if rows == 1 else one_hot(classes, rows)

    def to_classes(self, Y: Array) -> npt.NDArray[np.intp]:
        """The class indices, shape (m,), that ``from_classes`` made these targets from."""
        middle = self.from_classes([0, 1], 1).mean()
        return np.asarray(Y.argmax(axis=0) if len(Y) > 1 else Y[0] > middle, dtype=np.intp)

    def decide(self, A: Array) -> npt.NDArray[np.intp]:
        """The class indices, shape (m,), that outputs of shape (K, m) speak for: the largest of
        several, or the side of ``boundary`` that a single one is on."""
        return np.asarray(A.argmax(axis=0) if len(A) > 1 else A[0] > self.boundary, dtype=np.intp)

    def accuracy(self, A: Array, Y: Array) -> float:
        """Share of samples whose class the outputs speak for."""
        return float(np.mean(self.decide(A) == self.to_classes(Y)))


class MSE(Loss):
    """Mean squared error, 1/K Σₖ (aₖ - yₖ)².

    The negative log-likelihood of K independent y ~ Normal(a, σ² = K/2), less the constant
    K/2·log(πK).
    """

    name = "mse"

    def formula(self, a: Any, y: Any) -> Any:
        errors = [ak - yk for ak, yk in zip(a, y, strict=True)]
        return _average([error * error for error in errors])

    def derivative(self, A: Array, Y: Array) -> Array:
        return 2.0 / len(A) * (A - Y)

    def check(self, Y: Array) -> None:
        """Any number is a target."""


class MAE(Loss):
    """Mean absolute error, 1/K Σₖ |aₖ - yₖ|; its derivative is 0 where a = y.

    The negative log-likelihood of K independent y ~ Laplace(a, scale K), less the constant
    K·log(2K).
    """

    name = "mae"

    def formula(self, a: Any, y: Any) -> Any:
        return _average([absolute(ak - yk) for ak, yk in zip(a, y, strict=True)])

    def derivative(self, A: Array, Y: Array) -> Array:
        return np.sign(A - Y) / len(A)

    def check(self, Y: Array) -> None:
        """Any number is a target."""


class Hinge(Loss):
    """Hinge loss, 1/K Σₖ max(0, 1 - yₖ·aₖ) with targets -1 and 1; it is no log-likelihood.

    Source: Cortes & Vapnik, Support-vector networks (1995).
    """

    name = "hinge"
    for_classes = True
    boundary = 0.0

    def formula(self, a: Any, y: Any) -> Any:
        return _average([relu(1.0 - yk * ak) for ak, yk in zip(a, y, strict=True)])

    def derivative(self, A: Array, Y: Array) -> Array:
        return np.asarray(-Y * ARRAYS.step(1.0 - Y * A) / len(A))

    def check(self, Y: Array) -> None:
        if not np.isin(Y, (-1.0, 1.0)).all():
            raise ValueError(f"hinge takes targets -1 and 1, got {_first(Y, ~np.isin(Y, (-1.0, 1.0)))}")

    def from_classes(self, classes: npt.ArrayLike, rows: int) -> Array:
        return 2.0 * super().from_classes(classes, rows) - 1.0


class BinaryCrossEntropy(Loss):
    """Binary cross-entropy of logits, 1/K Σₖ -yₖ·log σ(aₖ) - (1 - yₖ)·log(1 - σ(aₖ)).

    The logarithms are written -log σ(a) = softplus(-a) and -log(1 - σ(a)) = softplus(a), which
    are exact also where σ(a) rounds to 0 or 1. The negative log-likelihood of K independent
    y ~ Bernoulli(σ(a)), over K.
    """

    name = "binary_cross_entropy"
    for_classes = True
    of_logits = True
    boundary = 0.0

    def formula(self, a: Any, y: Any) -> Any:
        return _average([yk * softplus(-ak) + (1.0 - yk) * softplus(ak) for ak, yk in zip(a, y, strict=True)])

    def derivative(self, A: Array, Y: Array) -> Array:
        # σ(A) - Y, in a form that does not cancel where σ(A) is close to Y.
        return np.asarray(((1.0 - Y) * sigmoid(A) - Y * sigmoid(-A)) / len(A))

    def check(self, Y: Array) -> None:
        wrong = (Y < 0.0) | (Y > 1.0)
        if wrong.any():
            raise ValueError(f"binary_cross_entropy takes targets from 0 to 1, got {_first(Y, wrong)}")


class CrossEntropy(Loss):
    """Cross-entropy of logits, log Σⱼ exp(aⱼ) - Σₖ yₖ·aₖ, which is -Σₖ yₖ·log softmax(a)ₖ.

    Targets are class indices, or a column of probabilities per sample (one-hot, for instance).
    The negative log-likelihood of y ~ Categorical(softmax(a)).
    """

    name = "cross_entropy"
    for_classes = True
    of_logits = True
    two_outputs = True

    def formula(self, a: Any, y: Any) -> Any:
        return logsumexp(a) - dot([*y], [*a])  # of rows, if these are arrays

    def derivative(self, A: Array, Y: Array) -> Array:
        return np.asarray(softmax(A)) - Y

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


class GaussianNLL(Loss):
    """Negative log-likelihood of K/2 independent yₖ ~ Normal(μₖ, σₖ²), over K/2, with both learnt: of
    the K outputs the first half are the means μ, the second half the log-variances s = log σ²,

        2/K Σₖ ½·(log 2π + sₖ + (yₖ - μₖ)²·exp(-sₖ)).

    With s constant it is ``mse`` up to constants. Source: Nix & Weigend, Estimating the mean and
    variance of the target probability distribution (1994).
    """

    name = "gaussian_nll"

    def formula(self, a: Any, y: Any) -> Any:
        errors = [mean - yk for mean, yk in zip(a, y, strict=False)]
        logs = a[len(errors) :]
        squares = [error * error * exp(-s) for error, s in zip(errors, logs, strict=True)]
        return 0.5 * (_average([s + square for s, square in zip(logs, squares, strict=True)]) + LOG_2PI)

    def derivative(self, A: Array, Y: Array) -> Array:
        means, logs = np.split(A, 2)
        error, precision = means - Y, np.exp(-logs)
        return np.vstack([error * precision, 0.5 - 0.5 * error * error * precision]) / len(Y)

    def magnitude(self, A: Array, Y: Array, size: Array) -> tuple[float, Array]:
        # Rounding in s is a relative error of exp(-s).
        (_, logs), (means, sizes) = np.split(A, 2), np.split(size, 2)
        error, precision = means + np.abs(Y), np.exp(-logs) * (1.0 + sizes)
        terms = error * error * precision
        return float(np.max(sizes + terms)), np.vstack([error * precision, 0.5 + 0.5 * terms]) / len(Y)

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


def one_hot(classes: npt.ArrayLike, K: int) -> Array:
    """Shape (K, m): column s has a 1 in row ``classes[s]`` and 0 elsewhere.

    Raises:
        ValueError: for a class that is not one of 0 … K-1.
    """
    given = np.asarray(classes, dtype=np.float64)
    wrong = ~np.isin(given, np.arange(K))
    if given.ndim != 1 or wrong.any():
        got = _first(given, wrong) if given.ndim == 1 else f"shape {given.shape}"
        raise ValueError(f"class indices are whole numbers from 0 to {K - 1}, one a sample; got {got}")
    return np.asarray(given == np.arange(K)[:, None], dtype=np.float64)


def _average(terms: Sequence[Any]) -> Any:
    """Their sum times 1/n; a single term as it is."""
    return terms[0] if len(terms) == 1 else sum(terms) * (1.0 / len(terms))


def _first(array: Array, wrong: npt.NDArray[np.bool_]) -> float:
    return float(array[wrong][0])


mse, mae, hinge = MSE(), MAE(), Hinge()
binary_cross_entropy, cross_entropy, gaussian_nll = BinaryCrossEntropy(), CrossEntropy(), GaussianNLL()

LOSSES: dict[str, Loss] = {
    each.name: each for each in (mse, mae, hinge, binary_cross_entropy, cross_entropy, gaussian_nll)
}


def loss_named(name: str | Loss) -> Loss:
    """The loss of that name.

    Raises:
        ValueError: if there is none; the message suggests the nearest name.
    """
    return name if isinstance(name, Loss) else lookup("loss", name, LOSSES)
