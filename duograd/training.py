"""How commands train a network: the options of it, and one call of ``fit``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from duograd.experiment import Experiment, NetworkOptions
from duograd.options import checked, option, positive, whole
from duograd.program import UsageError, explained
from nn import Diverged, History, fit
from nn.files import replacing
from nn.losses.regularised import RegularisedLoss
from nn.model.module import Array
from nn.registry import entry_named
from nn.train.engines import ENGINES
from nn.train.optim import SGD, Adam, AdamW, Optimizer
from viz import plot_history

__all__ = [
    "OPTIMIZERS",
    "OptimizerChoice",
    "TrainingOptions",
    "check_writable",
    "plot",
    "trained",
]


@dataclass(frozen=True)
class OptimizerChoice:
    """An optimiser that can be chosen.

    Attributes:
        make: makes one of a learning rate.
        rate: the learning rate if none is chosen.
    """

    make: Callable[[float], Optimizer]
    rate: float


EPOCHS, STEPS = 30, 480  # at least, if nothing is said: of a small table an epoch is few steps
RESTARTS = 2  # of a training that begins to diverge

OPTIMIZERS = {
    "sgd": OptimizerChoice(SGD, 0.2),
    "momentum": OptimizerChoice(lambda rate: SGD(rate, momentum=0.9), 0.02),
    "nesterov": OptimizerChoice(lambda rate: SGD(rate, momentum=0.9, nesterov=True), 0.02),
    "adam": OptimizerChoice(Adam, 0.005),
    "adamw": OptimizerChoice(AdamW, 0.01),
}


def _strength(word: str) -> float:
    number = float(word)
    return RegularisedLoss.of("mse", number).l2  # which says what is wrong with a negative one


def _optimizer(word: str) -> OptimizerChoice:
    return entry_named("optimizer", word, OPTIMIZERS)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(NetworkOptions):
    """A network, what it learns from, and how."""

    l2: float = option(
        type=checked(_strength), default=0.0, metavar="λ", help="strength of a penalty λ/2·ΣW² (0)"
    )
    optimizer: OptimizerChoice = option(
        type=checked(_optimizer), default="adam", metavar="NAME", help=f"{', '.join(OPTIMIZERS)} (adam)"
    )
    learning_rate: float | None = option(
        type=positive,
        metavar="η",
        help=", ".join(f"{choice.rate:g} for {name}" for name, choice in OPTIMIZERS.items()),
    )
    batch_size: int = option(type=whole(1), default=16, metavar="N", help="samples a step (%(default)s)")
    engine: str = option(
        choices=ENGINES, default="lifted", help="what computes gradients in training (%(default)s)"
    )
    epochs: int | None = option(
        type=whole(0),
        metavar="N",
        help=f"passes through the training samples (as many as make {STEPS} steps, {EPOCHS} or more)",
    )


def trained(
    experiment: Experiment,
    options: TrainingOptions,
    validation: tuple[Array, Array] | float,
    *,
    patience: int | None = None,
    save: Path | None = None,
    resume: Path | None = None,
    progress: bool = True,
) -> History:
    """Train the network of an experiment, with a bar of progress if that is wanted.

    Args:
        validation, patience, save, resume, progress: as ``fit`` takes them.

    Raises:
        UsageError: if the options do not fit each other, or training diverges.
    """
    with explained(Diverged):
        return fit(
            experiment.model,
            experiment.X[0],
            experiment.Y[0],
            loss=experiment.loss,
            optimizer=options.optimizer.make(options.learning_rate or options.optimizer.rate),
            epochs=usual_epochs(experiment, options) if options.epochs is None else options.epochs,
            batch_size=options.batch_size,
            engine=options.engine,
            l2=options.l2,
            validation=validation,
            patience=patience,
            seed=options.seed,
            restarts=RESTARTS,
            progress=progress,
            save=save,
            resume=resume,
            notes=experiment.notes(),
        )


def usual_epochs(experiment: Experiment, options: TrainingOptions) -> int:
    """How many epochs there are if nothing is said; the same for a training and for one that resumes it."""
    steps = -(-len(experiment.train) // options.batch_size)
    return max(EPOCHS, -(-STEPS // steps))


def check_writable(folder: Path) -> None:
    """Make a folder if it is missing, and complain now rather than after training.

    Raises:
        UsageError: if there is a file of that name.
        OSError: if nothing can be written there.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is to be a folder, but it is a file")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def plot(history: History, path: Path) -> None:
    """Write the training curve to a file."""
    with replacing(path) as unfinished:
        plot_history(history).savefig(unfinished, dpi=150)
