"""``History``: what was measured while a network was trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nn.losses import Loss
from nn.model.module import Array

__all__ = ["History", "Metric", "are_classes", "check_metrics"]

Metric = Callable[[Array, Array], float]  # from outputs of shape (K, m) and targets
OWN = ("loss", "accuracy")  # what is measured anyway, on each of the data
DATA = ("train", "validation")


@dataclass
class History:
    """What ``fit`` measured, one number an epoch; ``viz.plot_history`` draws it, and after
    ``import viz`` it draws itself in notebooks.

    Attributes:
        train_loss: J over the samples, each as it was when its batch was computed.
        train_accuracy: share of samples whose outputs speak for their class, likewise; empty
            where the targets do not stand for classes.
        validation_loss, validation_accuracy: after the epoch, if validation data were given.
        metrics: what you asked to be measured, by names such as ``"train_rmse"``.
        gradient_norms: if recorded, for each parameter by name the length ‖dW‖ of its gradient before any
            clipping, the mean over the steps of each epoch; ``viz.plot_gradient_norms`` draws them.
        steps: number of steps made.
        seconds: how long these took, all in all.
        stopped: why training ended before its last epoch; ``""`` if it did not.
        restarts: where it began to diverge and went back, a sentence each.

    >>> from nn import MLP, fit
    >>> from nn.datasets import sine
    >>> data = sine(50)
    >>> history = fit(MLP(1, [4, 1]), data.X, data.y, epochs=3)
    >>> len(history.train_loss), history.steps
    (3, 3)
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    gradient_norms: dict[str, list[float]] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0
    stopped: str = ""
    restarts: list[str] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """Number of epochs that were finished."""
        return len(self.train_loss)

    @property
    def decisive(self) -> list[float]:
        """The loss that tells which weights are best: of the validation data if there are any."""
        return self.validation_loss or self.train_loss

    @property
    def best_epoch(self) -> int:
        """The first epoch, counted from 1, with the lowest ``decisive`` loss; 0 if there is none."""
        return 1 + int(np.argmin(self.decisive)) if self.decisive else 0

    def curve(self, name: str) -> list[float]:
        """The numbers of that name, live."""
        own = {f"{data}_{quantity}" for data in DATA for quantity in OWN}
        return getattr(self, name) if name in own else self.metrics.setdefault(name, [])

    def curves(self) -> dict[str, list[float]]:
        """All that was measured, by name."""
        names = [*(f"{data}_{quantity}" for data in DATA for quantity in OWN), *self.metrics]
        return {name: self.curve(name) for name in names if self.curve(name)}


def are_classes(loss: Loss, Y: Array) -> bool:
    """Whether targets of shape (K, m) stand for classes; numbers that are all the same, for a loss of
    numbers, do not."""
    classes = loss.to_classes(Y)
    return np.array_equal(Y, loss.from_classes(classes, len(Y))) and (
        loss.for_classes or bool((classes != classes[0]).any())
    )


def check_metrics(metrics: Mapping[str, Metric]) -> None:
    """See that every metric has a curve of its own.

    Raises:
        TypeError: if one is no function.
        ValueError: for a name that is no word, or that a history has for something else.
    """
    for name, metric in metrics.items():
        if not isinstance(name, str) or not name.isprintable() or not name:
            raise ValueError(f"a metric is called by a word, such as 'rmse', got {name!r:.60}")
        if name in OWN:
            raise ValueError(
                f"a history has a curve {name!r} of its own, so a metric needs another name, "
                f"such as 'my_{name}'"
            )
        if not callable(metric):
            raise TypeError(f"the metric {name!r} is a function of outputs and targets, got {metric!r:.60}")
