"""``Dataset``, and what is done to one before training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nn.datasets.roles import Column
from nn.datasets.table import Remark
from nn.model.module import Array

__all__ = ["Dataset", "Scaling", "fill_missing", "split", "standardise"]


@dataclass(frozen=True)
class Dataset:
    """Samples and their targets.

    Attributes:
        name: for people.
        X: measurements of shape (n, m), columns are samples.
        y: targets of shape (m,): class indices as ints, or numbers.
        features: the n names of the measurements.
        target: the name of the target.
        classes: the names of the classes; empty where targets are numbers.
        columns: what each column of the table it comes from was read as; empty if it comes from none.
        remarks: what was taken for granted in reading it.

    >>> from nn.datasets import moons
    >>> data = moons(100)
    >>> data.X.shape, data.classes, len(data.take([0, 1, 2]))
    ((2, 100), ('upper', 'lower'), 3)
    """

    name: str
    X: Array
    y: npt.NDArray[np.intp] | Array
    features: tuple[str, ...]
    target: str
    classes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def __len__(self) -> int:
        """The number of samples, m."""
        return len(self.y)

    def take(self, samples: npt.ArrayLike) -> Dataset:
        """The data set of the samples with these indices."""
        chosen = np.asarray(samples, dtype=np.intp)
        return replace(self, X=self.X[:, chosen], y=self.y[chosen])


def split(data: Dataset, test: float = 0.2, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Training and test samples, each in random order; the same seed gives the same split.

    Of every class the share ``test`` is set aside, so that both parts hold them alike.

    Raises:
        ValueError: for a share that is not between 0 and 1, or so few samples that a part is empty.

    >>> from nn.datasets import moons
    >>> train, test = split(moons(100), 0.25)
    >>> len(train), len(test)
    (76, 24)
    """
    if not 0.0 < test < 1.0:
        raise ValueError(f"the share of test samples lies between 0 and 1, got {test!r}")
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(data.y == k) for k in range(len(data.classes))] or [np.arange(len(data))]
    halves = [np.split(rng.permutation(group), [len(group) - round(test * len(group))]) for group in groups]
    trained, tested = (rng.permutation(np.concatenate(part)) for part in zip(*halves, strict=True))
    if not len(trained) or not len(tested):
        raise ValueError(f"{len(data)} samples are too few to set {test:.0%} of them aside")
    return data.take(trained), data.take(tested)


def standardise(X: npt.ArrayLike, reference: npt.ArrayLike | None = None) -> Array:
    """(X - mean) / standard deviation, row by row, so that measurements of any unit count alike.

    Args:
        X: shape (n, m), columns are samples.
        reference: the samples, of shape (n, any), whose mean and deviation are used: those of
            training, so that nothing is learnt from the test samples. X itself if left out.

    A row that is constant in the reference is only shifted.

    >>> standardise([[1.0, 3.0], [10.0, 50.0]])
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    return Scaling.of(X if reference is None else reference).standardised(X)


class Scaling(NamedTuple):
    """How rows of numbers are standardised, and back; arrays of shape (n, 1).

    Attributes:
        unit: a power of two near the largest number, where that is very large or very small, so that no
            square leaves the range of floats; else 1.
        mean, deviation: in these units.
    """

    unit: Array
    mean: Array
    deviation: Array

    @classmethod
    def of(cls, reference: npt.ArrayLike) -> Scaling:
        """That of the rows of a reference, of shape (n, any)."""
        known = np.asarray(reference, dtype=np.float64)
        largest = np.maximum(np.abs(known).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        unit = np.where((largest > 1e100) | (largest < 1e-100), np.exp2(np.floor(np.log2(largest))), 1.0)
        known = known / unit
        mean, deviation = known.mean(axis=1, keepdims=True), known.std(axis=1, keepdims=True)
        # The deviation of equal numbers is not always exactly 0.
        constant = np.ptp(known, axis=1, keepdims=True) == 0.0
        return cls(unit, mean, np.where(constant, 1.0 / unit, deviation))

    def standardised(self, X: npt.ArrayLike) -> Array:
        """(X - mean) / deviation."""
        return np.asarray((np.asarray(X, dtype=np.float64) / self.unit - self.mean) / self.deviation)

    def original(self, Z: npt.ArrayLike) -> Array:
        """The numbers of which Z are the standardised ones; infinite where they leave the range of floats."""
        with np.errstate(over="ignore"):
            return np.asarray((np.asarray(Z, dtype=np.float64) * self.deviation + self.mean) * self.unit)


def fill_missing(X: npt.ArrayLike, reference: npt.ArrayLike | None = None) -> Array:
    """X with the mean of its row in place of each nan; 0 in a row where nothing is known.

    Args:
        X: shape (n, m), columns are samples.
        reference: the samples, of shape (n, any), whose means are used: those of training, so that
            nothing is learnt from the test samples. X itself if left out.

    >>> fill_missing([[1.0, np.nan, 3.0]])
    array([[1., 2., 3.]])
    """
    array = np.asarray(X, dtype=np.float64)
    known = array if reference is None else np.asarray(reference, dtype=np.float64)
    there = ~np.isnan(known)
    # Divided first, as the sum may be larger than floats are.
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    mean = np.where(there, known / count, 0.0).sum(axis=1, keepdims=True)
    return np.where(np.isnan(array), mean, array)
