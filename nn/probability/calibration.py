"""Whether predicted probabilities are the right ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nn.model.module import Array

__all__ = ["Calibration", "calibration", "kl_divergence"]


@dataclass(frozen=True)
class Calibration:
    """Predictions by how sure they are, in bins of equal width from 0 to 1.

    Attributes:
        edges: of the bins, shape (bins + 1,).
        counts: samples in each bin.
        confidence: mean probability of the predicted class in each bin, nan in an empty one.
        accuracy: share of the predictions that are right, nan in an empty one.
        error: the expected calibration error Σ counts/m · |accuracy - confidence|.

    >>> from nn.probability import calibration
    >>> print(calibration([[0.75, 0.75, 0.75, 0.75], [0.25, 0.25, 0.25, 0.25]], [0, 0, 0, 1], bins=2))
    bin           samples  confidence  accuracy
    0.50 to 1.00        4       0.750     0.750
    expected calibration error 0.0000
    """

    edges: Array
    counts: npt.NDArray[np.intp]
    confidence: Array
    accuracy: Array
    error: float

    def __str__(self) -> str:
        """The reliability table: a line for each bin that is not empty."""
        bins = zip(self.edges, self.edges[1:], self.counts, self.confidence, self.accuracy, strict=False)
        lines = [
            f"{low:.2f} to {high:.2f}  {count:7d}  {sure:10.3f}  {true:8.3f}"
            for low, high, count, sure, true in bins
            if count
        ]
        heading = f"{'bin':12s}  samples  confidence  accuracy"
        return "\n".join([heading, *lines, f"expected calibration error {self.error:.4f}"])


def calibration(P: npt.ArrayLike, y: npt.ArrayLike, bins: int = 10) -> Calibration:
    """Of the samples a model calls 70 % sure, are 70 % right?

    Source: Guo et al., On calibration of modern neural networks (2017), section 2.

    Args:
        P: probabilities of shape (classes, m), columns are samples, as ``predict_proba`` gives them.
        y: the true classes, shape (m,).
        bins: how many.

    Raises:
        ValueError: for shapes that do not fit, or numbers that are no probabilities.

    >>> P = np.array([[0.75, 0.75, 0.75, 0.75], [0.25, 0.25, 0.25, 0.25]])
    >>> calibration(P, [0, 0, 0, 1]).error, calibration(P, [0, 0, 1, 1]).error
    (0.0, 0.25)
    """
    probabilities, labels = _probabilities("P", P), np.asarray(y)
    if labels.shape != probabilities.shape[1:]:
        raise ValueError(f"P has shape (classes, m) and y (m,), got {probabilities.shape} and {labels.shape}")
    if not np.isin(labels, np.arange(len(probabilities))).all():
        raise ValueError(f"y holds classes from 0 to {len(probabilities) - 1}, got {labels.tolist()!s:.60}")
    if bins < 1:
        raise ValueError(f"there is at least one bin, got {bins!r}")
    confidence, right = probabilities.max(axis=0), probabilities.argmax(axis=0) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    samples = np.where(counts, counts, np.nan)
    sure, true = (np.bincount(place, each, bins) / samples for each in (confidence, right))
    error = float(np.nansum(counts * np.abs(true - sure)) / len(labels))
    return Calibration(np.linspace(0.0, 1.0, bins + 1), counts, sure, true, error)


def kl_divergence(P: npt.ArrayLike, Q: npt.ArrayLike) -> float:
    """KL(P ‖ Q) = Σₖ Pₖ·log(Pₖ/Qₖ) in nats, the mean over the samples.

    The number of nats by which the cross-entropy of Q lies above the least possible, that of P.

    Args:
        P: the exact probabilities, of shape (classes, m), columns are samples.
        Q: the learnt ones, of the same shape. Infinity, if one is 0 where P is not.

    Raises:
        ValueError: for shapes that do not fit, or numbers that are no probabilities.

    >>> round(kl_divergence([[0.5], [0.5]], [[0.25], [0.75]]), 6)
    0.143841
    """
    p, q = _probabilities("P", P), _probabilities("Q", Q)
    if p.shape != q.shape:
        raise ValueError(f"P and Q have the same shape (classes, m), got {p.shape} and {q.shape}")
    likely = p > 0.0  # 0·log 0 is 0
    if (q[likely] == 0.0).any():
        return float("inf")
    return float(np.sum(p[likely] * np.log(p[likely] / q[likely])) / p.shape[1])


def _probabilities(name: str, P: npt.ArrayLike) -> Array:
    array = np.asarray(P, dtype=np.float64)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} has shape (classes, m), columns are samples, got {array.shape}")
    if not ((array >= 0.0).all() and np.abs(array.sum(axis=0) - 1.0).max() <= 1e-6):
        raise ValueError(f"each column of {name} holds probabilities that add up to 1")
    return array
