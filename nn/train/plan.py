"""``Plan``: what is learnt from what, as long as a network is trained."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nn.losses import LOSSES, Loss
from nn.losses.base import evened
from nn.losses.regularised import RegularisedLoss
from nn.model.module import Array, as_floats
from nn.model.samples import as_batch
from nn.train.history import History, Metric, are_classes

__all__ = ["Plan", "Samples", "class_weights", "samples", "set_aside"]


CLASS_WEIGHT = "class_weight is 'balanced' or a weight for each class by its index"


class Samples(NamedTuple):
    """Inputs of shape (n, m), targets of shape (K, m), and weights of shape (m,) if there are any."""

    X: Array
    Y: Array
    weights: Array | None = None

    def take(self, chosen: npt.NDArray[np.intp]) -> Samples:
        """The samples with these indices."""
        weights = None if self.weights is None else self.weights[chosen]
        return Samples(self.X[:, chosen], self.Y[:, chosen], weights)


@dataclass(frozen=True)
class Plan:
    """All that stays as it is while a network is trained."""

    objective: RegularisedLoss
    data: Samples
    held_out: Samples | None
    batch_size: int
    seed: int
    metrics: Mapping[str, Metric]
    record: tuple[str, ...] = ()

    @property
    def m(self) -> int:
        """How many samples are learnt from."""
        return int(self.data.X.shape[1])

    def order(self, epoch: int) -> npt.NDArray[np.intp]:
        """The samples in the order in which an epoch sees them; it needs no generator's state, so
        a resumed training has the same."""
        return np.random.default_rng([self.seed, epoch]).permutation(self.m)

    def share(self, batch: npt.NDArray[np.intp]) -> float:
        """What part the loss of a batch has in the loss of an epoch."""
        weights = self.data.weights
        if weights is None:
            return len(batch) / self.m
        return float(weights[batch].sum() / weights.sum())

    @cached_property
    def of_classes(self) -> bool:
        """Whether the targets stand for classes."""
        return are_classes(self.objective.loss, self.data.Y)

    def measure(self, history: History, data: str, J: float, A: Array, Y: Array) -> None:
        """Note an epoch's J on the "train" or "validation" data, the accuracy if the targets stand for
        classes, and the metrics."""
        history.curve(f"{data}_loss").append(J)
        if self.of_classes:
            history.curve(f"{data}_accuracy").append(self.objective.loss.accuracy(A, Y))
        for name, metric in self.metrics.items():
            history.curve(f"{data}_{name}").append(float(metric(A, Y)))

    def held_out_loss(self, W: list[Array], outputs: Array) -> float:
        """J on the samples that are held out."""
        assert self.held_out is not None
        weights = None if self.held_out.weights is None else evened(self.held_out.weights)
        return self.objective.J(W, outputs, self.held_out.Y, weights)

    def description(self) -> dict[str, Any]:
        """What a checkpoint must agree with to be one of this training."""
        digest = hashlib.sha256()
        for array in (*self.data, *(self.held_out or ())):
            if array is not None:
                digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return {
            "loss": _called(self.objective.loss),
            "l2": self.objective.l2,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "metrics": sorted(self.metrics),
            "record": list(self.record),
            "data": digest.hexdigest(),
        }


def _called(loss: Loss) -> str:
    """Its name, or how it is made if it has options other than the usual."""
    other = is_dataclass(loss) and LOSSES.get(loss.name, loss) != loss
    return repr(loss) if other else loss.name


def samples(loss: Loss, n: int, K: int, X: npt.ArrayLike, Y: npt.ArrayLike, weights: Any = None) -> Samples:
    """The samples of a network with n inputs and K outputs.

    Raises:
        TypeError, ValueError: for what has not their shapes, or numbers without meaning.
    """
    inputs = as_batch(X, n)
    m = inputs.shape[1]
    targets = loss.targets(Y, K, m)
    if weights is None:
        return Samples(inputs, targets)
    array = as_floats(weights, "sample_weight")
    if array.shape != (m,):
        raise ValueError(f"sample_weight has a weight for each of the {m} samples, got shape {array.shape}")
    if not (np.isfinite(array) & (array >= 0.0)).all() or not array.any():
        raise ValueError("sample_weight holds finite numbers, 0 or more, of which some are more")
    return Samples(inputs, targets, array)


def class_weights(
    loss: Loss, weights: str | Mapping[int, float], data: Samples, held_out: Samples | None
) -> tuple[Samples, Samples | None]:
    """Both samples with their weights times those of their classes.

    Args:
        weights: of classes by index, 1 where there is none; or ``"balanced"``: m / (K·mₖ) for each of the
            K classes that occur, mₖ times, among the m samples of training.

    Source of the latter: King & Zeng, Logistic regression in rare events data (2001), as scikit-learn's
    ``compute_class_weight``.

    Raises:
        TypeError, ValueError: if these are no weights, or targets no classes.
    """
    parts = [data] if held_out is None else [data, held_out]
    if not all(are_classes(loss, part.Y) for part in parts):
        raise ValueError(
            "class_weight is for targets that stand for classes; for others there is sample_weight"
        )
    classes = loss.to_classes(data.Y)
    if isinstance(weights, str):
        if weights != "balanced":
            raise ValueError(f"{CLASS_WEIGHT}, got {weights!r:.60}")
        present, counts = np.unique(classes, return_counts=True)
        table = dict(zip(present.tolist(), (len(classes) / (len(present) * counts)).tolist(), strict=True))
    else:
        table = _checked(weights, loss, len(data.Y))
    weighted = []
    for part in parts:
        of_class = np.array([table.get(k, 1.0) for k in loss.to_classes(part.Y).tolist()])
        each = of_class if part.weights is None else of_class * part.weights
        if not each.any():
            raise ValueError("class_weight leaves no sample a weight above 0")
        weighted.append(part._replace(weights=each))
    return weighted[0], weighted[1] if held_out else None


def _checked(weights: Any, loss: Loss, rows: int) -> dict[int, float]:
    if not isinstance(weights, Mapping):
        raise TypeError(f"{CLASS_WEIGHT}, got {weights!r:.60}")
    K = max(rows, 2)
    for k, weight in weights.items():
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 0 <= k < K:
            raise ValueError(f"class_weight names classes by their index, from 0 to {K - 1}, got {k!r:.60}")
        if isinstance(weight, (bool, str)) or not 0.0 <= weight < float("inf"):
            raise ValueError(f"the weight of a class is a finite number, 0 or more, got {weight!r:.60}")
    return {int(k): float(weight) for k, weight in weights.items()}


def set_aside(data: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """The samples to train on, and a share of them, drawn by the seed, to measure on.

    Raises:
        ValueError: if that leaves no sample for one of them.
    """
    m = data.X.shape[1]
    if not 0.0 < share < 1.0:
        raise ValueError(f"validation sets aside a share of the {m} samples, between 0 and 1, got {share!r}")
    if m < 2:
        raise ValueError("one sample is too few to set a share of it aside for validation")
    count = min(max(round(share * m), 1), m - 1)
    chosen = np.random.default_rng(seed).permutation(m)
    return data.take(np.sort(chosen[count:])), data.take(chosen[:count])
