"""Metrics by name: how good outputs are, beside the loss.

Each takes a loss, which knows what outputs and targets mean, outputs A and targets Y; columns are samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import softmax
from nn.losses import Loss
from nn.model.module import Array
from nn.probability import calibration
from nn.registry import entry_named
from nn.train.history import Metric

__all__ = ["METRICS", "metrics_named"]

Counts = npt.NDArray[np.float64]


def rmse(loss: Loss, A: Array, Y: Array) -> float:
    """√(mean (a - y)²)."""
    return float(np.sqrt(np.mean((A[: len(Y)] - Y) ** 2)))


def mae(loss: Loss, A: Array, Y: Array) -> float:
    """mean |a - y|."""
    return float(np.mean(np.abs(A[: len(Y)] - Y)))


def r2(loss: Loss, A: Array, Y: Array) -> float:
    """R² = 1 - Σ(a - y)² / Σ(y - ȳ)², the mean of the rows; nan where the targets are all the same.

    Source: scikit-learn's ``r2_score``.
    """
    errors = ((A[: len(Y)] - Y) ** 2).sum(axis=1)
    spread = ((Y - Y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.mean(np.where(spread > 0.0, 1.0 - errors / spread, np.nan)))


def balanced_accuracy(loss: Loss, A: Array, Y: Array) -> float:
    """The mean, over the classes that occur, of the share of a class that is told rightly (its recall)."""
    right, actual, _ = _counts(loss, A, Y)
    return float(np.mean(right[actual > 0] / actual[actual > 0]))


def precision(loss: Loss, A: Array, Y: Array) -> float:
    """What share of the samples told as a class are of it: of class 1 of two, else the mean of the classes
    ("macro"); 0 for a class that is never told."""
    right, _, told = _counts(loss, A, Y)
    return _macro(_share(right, told))


def recall(loss: Loss, A: Array, Y: Array) -> float:
    """What share of a class is told rightly: of class 1 of two, else the mean of the classes ("macro")."""
    right, actual, _ = _counts(loss, A, Y)
    return _macro(_share(right, actual))


def f1(loss: Loss, A: Array, Y: Array) -> float:
    """2·right / (actual + told), the harmonic mean of precision and recall: of class 1 of two, else the mean
    of the classes ("macro").

    Source: van Rijsbergen, Information retrieval (1979), chapter 7; scikit-learn's ``f1_score``.
    """
    right, actual, told = _counts(loss, A, Y)
    return _macro(_share(2.0 * right, actual + told))


def auc(loss: Loss, A: Array, Y: Array) -> float:
    """The area under the ROC curve: the probability that a sample of class 1 gets a larger output than one of
    class 0, ties counted half. Of more classes, the mean of each against the rest; nan if one is missing.

    Source: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982).
    """
    classes, scores = loss.to_classes(Y), _scores(loss, A)
    areas = [_area(scores[k], classes == k) for k in range(len(scores))]
    return areas[1] if len(areas) == 2 else float(np.mean(areas))


def calibration_error(loss: Loss, A: Array, Y: Array) -> float:
    """The expected calibration error, as ``probability.calibration`` has it."""
    if not loss.of_logits:
        raise ValueError(
            f"calibration_error needs probabilities, which outputs learnt by {loss.name} are not"
        )
    scores = _scores(loss, A)
    return calibration(
        scores if len(A) > 1 else np.vstack([1.0 - scores[1], scores[1]]), loss.to_classes(Y)
    ).error


NUMBERS = {"rmse": rmse, "mae": mae, "r2": r2}
CLASSES = {
    "balanced_accuracy": balanced_accuracy,
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "auc": auc,
    "calibration_error": calibration_error,
}
METRICS: dict[str, Callable[[Loss, Array, Array], float]] = {**NUMBERS, **CLASSES}


def metrics_named(
    chosen: str | Sequence[str | Metric] | Mapping[str, Metric | str] | None, loss: Loss, classes: bool
) -> dict[str, Metric]:
    """The metrics, functions of outputs and targets, by name.

    Args:
        chosen: a name; several names or functions; or functions by names of your own.
        classes: whether the targets stand for classes, as some metrics need.

    Raises:
        ValueError: for an unknown name, or one that means nothing for these targets.
    """
    if chosen is None:
        return {}
    if isinstance(chosen, str):
        chosen = [chosen]
    if not isinstance(chosen, Mapping):
        chosen = {each if isinstance(each, str) else _called(each): each for each in chosen}
    return {
        name: _metric(each, loss, classes) if isinstance(each, str) else each for name, each in chosen.items()
    }


def _called(metric: Any) -> str:
    return str(getattr(metric, "__name__", type(metric).__name__))


def _metric(name: str, loss: Loss, classes: bool) -> Metric:
    metric = entry_named("metric", name, METRICS)
    if name in CLASSES and not classes:
        raise ValueError(
            f"{name} is for targets that stand for classes; for numbers there are {', '.join(NUMBERS)}"
        )
    if name == "calibration_error" and not loss.of_logits:
        raise ValueError(f"{name} needs probabilities, and {loss.name} makes none of outputs")
    return partial(metric, loss)


def _scores(loss: Loss, A: Array) -> Array:
    """What speaks for each class, shape (classes, m): probabilities, if the loss is of logits."""
    if len(A) == 1:
        A = np.vstack([np.zeros_like(A), A]) if loss.of_logits else np.vstack([-A, A])
    return np.asarray(softmax(A)) if loss.of_logits else A


def _counts(loss: Loss, A: Array, Y: Array) -> tuple[Counts, Counts, Counts]:
    """Of each class, how many samples are told rightly, are of it, and are told to be."""
    each = np.arange(max(2, len(Y)))[:, None]
    actual, told = loss.to_classes(Y) == each, loss.decide(A) == each
    right, are, are_told = (where.sum(axis=1).astype(np.float64) for where in (actual & told, actual, told))
    return right, are, are_told


def _share(part: Counts, whole: Counts) -> Counts:
    return np.where(whole > 0.0, part / np.maximum(whole, 1.0), 0.0)


def _macro(of_class: Counts) -> float:
    return float(of_class[1] if len(of_class) == 2 else of_class.mean())


def _area(scores: Array, positive: npt.NDArray[np.bool_]) -> float:
    """From the ranks of the positive ones among all, ties at the mean of theirs."""
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return float("nan")
    _, place, ties = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2.0)[place]
    return float((ranks[positive].sum() - count * (count + 1) / 2.0) / (count * others))
