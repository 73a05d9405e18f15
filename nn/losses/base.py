"""What a loss is: one formula for Values and arrays, and its derivative as a matrix.

The formula of a loss is written once, on the K outputs a₁ … a_K of a sample and its targets.
On Values it records nodes; on the rows of A and Y, both (K, m) with samples as columns, the
same lines compute the m losses. Beside it stands its derivative by A, in matrix form.

J is the mean over the m samples. This is where 1/m enters the backward pass, in ``Loss.dA``. Samples may
have weights w, of shape (m,): then J = Σ wₛ·Lₛ / Σ wₛ. They come here ``evened``, so that their own mean is 1
and J is the mean of wₛ·Lₛ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Value, sum
from nn.model.module import Array

__all__ = ["Loss", "evened", "first_wrong", "mean_of_terms", "one_hot"]


class Loss(ABC):
    """A loss; call it for one sample: ``mse(model(x), [1.0])``.

    >>> from nn.losses import MSE
    >>> mse = MSE()
    >>> mse([0.5], [1.0]), mse.mean([[0.5], [1.0]], [[1.0], [1.0]])
    (0.25, 0.125)
    """

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

    def mean(
        self,
        outputs: Sequence[Sequence[Value]],
        targets: Sequence[Sequence[Any]],
        weights: Sequence[Any] | None = None,
    ) -> Value:
        """J, the mean loss of m samples, as a node; a sequence of K outputs and targets each, and a weight
        if there are any."""
        losses = [self.formula(a, y) for a, y in zip(outputs, targets, strict=True)]
        if weights is not None:
            losses = [w * each for w, each in zip(weights, losses, strict=True)]
        return mean_of_terms(losses)  # type: ignore[no-any-return]

    def J(self, A: Array, Y: Array, weights: Array | None = None) -> float:
        """J, the mean loss of m samples, from A and Y of shape (K, m), and weights of shape (m,) if there are
        any."""
        losses = np.asarray(self.formula(A, Y))
        losses = losses if weights is None else losses * weights
        with np.errstate(over="ignore"):
            mean = np.mean(losses)
        return float(mean if np.isfinite(mean) else np.sum(losses / losses.size))  # the sum may be too large

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

    def dA(self, A: Array, Y: Array, weights: Array | None = None) -> Array:
        """∂J/∂A of shape (K, m): the derivative of each sample's loss, times 1/m, and its weight if it has
        one."""
        m = A.shape[1]
        return np.asarray(self.derivative(A, Y) / m * (1.0 if weights is None else weights))

    def targets(self, Y: npt.ArrayLike, K: int, m: int) -> Array:
        """The targets of m samples that belong to K outputs, as an array of shape (rows(K), m).

        Args:
            Y: numbers of that shape, or (m,) if it is (1, m); for ``cross_entropy`` also m class indices.

        Raises:
            TypeError: if these are not numbers.
            ValueError: for another shape, or targets the loss has no meaning for.
        """
        rows = self.rows(K)
        if np.ma.is_masked(Y):
            raise TypeError("targets are masked in part; leave these samples out, or fill them in")
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


def evened(weights: Array) -> Array:
    """Weights of a batch, of shape (m,), times m / Σ w, so that their mean is 1; all 0 if all are."""
    largest = float(weights.max())
    if largest == 0.0:
        return weights
    scaled = weights / largest  # or their sum might be too large for a float
    return np.asarray(scaled * (len(scaled) / scaled.sum()))


def one_hot(classes: npt.ArrayLike, K: int) -> Array:
    """Shape (K, m): column s has a 1 in row ``classes[s]`` and 0 elsewhere.

    Raises:
        ValueError: for a class that is not one of 0 … K-1.

    >>> one_hot([0, 2], 3)
    array([[1., 0.],
           [0., 0.],
           [0., 1.]])
    """
    given = np.asarray(classes, dtype=np.float64)
    wrong = ~np.isin(given, np.arange(K))
    if given.ndim != 1 or wrong.any():
        got = first_wrong(given, wrong) if given.ndim == 1 else f"shape {given.shape}"
        raise ValueError(f"class indices are whole numbers from 0 to {K - 1}, one a sample; got {got}")
    return np.asarray(given == np.arange(K)[:, None], dtype=np.float64)


def mean_of_terms(terms: Sequence[Any]) -> Any:
    """Their sum times 1/n; a single term as it is."""
    if len(terms) == 1:
        return terms[0]
    share = 1.0 / len(terms)
    try:
        with np.errstate(over="raise"):
            return sum(terms) * share
    except (OverflowError, FloatingPointError):  # their sum is too large for a float, their mean may not be
        with np.errstate(over="ignore"):
            return sum([term * share for term in terms])


def first_wrong(array: Array, wrong: npt.NDArray[np.bool_]) -> float:
    """The first element for which ``wrong``, of the array's shape, is true; for messages."""
    return float(array[wrong][0])
