"""``Dataset``, and what is done to one before training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nn.model.module import Array

__all__ = ["Dataset", "split", "standardise"]


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
    """

    name: str
    X: Array
    y: npt.NDArray[np.intp] | Array
    features: tuple[str, ...]
    target: str
    classes: tuple[str, ...] = ()

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
    """
    array = np.asarray(X, dtype=np.float64)
    known = array if reference is None else np.asarray(reference, dtype=np.float64)
    mean, deviation = known.mean(axis=1, keepdims=True), known.std(axis=1, keepdims=True)
    # The deviation of equal numbers is not always exactly 0.
    constant = np.ptp(known, axis=1, keepdims=True) == 0.0
    return np.asarray((array - mean) / np.where(constant, 1.0, deviation))
