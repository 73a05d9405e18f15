"""How commands train a network: the options of it, and one call of ``fit``."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import viz
from duograd.experiment import Experiment, NetworkOptions
from duograd.options import checked, not_negative, option, positive, whole
from duograd.program import UsageError, explained
from nn import Diverged, History, fit
from nn.files import replacing
from nn.losses.regularised import RegularisedLoss
from nn.model.module import Array
from nn.registry import entry_named
from nn.train.devices import ENGINE_NAMES, Devices
from nn.train.metrics import METRICS
from nn.train.optim import OPTIMIZERS, SCHEDULES, Optimizer, OptimizerChoice

__all__ = [
    "TrainingOptions",
    "check_plot",
    "check_writable",
    "plot",
    "trained",
]


EPOCHS, STEPS = 30, 480  # at least, if nothing is said: of a small table an epoch is few steps
RESTARTS = 2  # of a training that begins to diverge


def _strength(word: str) -> float:
    number = float(word)
    return RegularisedLoss.of("mse", number).l2  # which says what is wrong with a negative one


@checked
def class_weight(word: str) -> tuple[str, float]:
    """``balanced``, or CLASS=WEIGHT; the name may hold ``=``."""
    if word == "balanced":
        return word, 1.0
    name, equals, weight = word.rpartition("=")
    if not equals:
        raise ValueError(f"give 'balanced', or CLASS=WEIGHT such as yes=2, not {word!r}")
    return name, not_negative(weight)


@checked
def devices(word: str) -> Devices:
    """How many devices, or N,M of a grid."""
    try:
        number, *further = map(int, word.split(","))
    except ValueError:
        number, further = 0, []
    if min(number, *further, 1) < 1 or len(further) > 1:
        raise ValueError(f"give a number of devices such as 8, or a grid such as 4,2, not {word!r}")
    return (number, further[0]) if further else number


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
    schedule: str | None = option(
        choices=SCHEDULES, help="how the learning rate changes, over all steps (it stays the same)"
    )
    weight_decay: float | None = option(
        type=not_negative, metavar="λ", help="of the optimiser (0; 0.01 for adamw)"
    )
    clip: float | None = option(type=positive, metavar="NORM", help="shorten longer gradients to this norm")
    class_weight: list[tuple[str, float]] | None = option(
        type=class_weight,
        action="append",
        metavar="balanced|CLASS=W",
        help="how much the samples of a class count; 'balanced' weighs all classes alike",
    )
    metric: list[str] | None = option(
        choices=METRICS, action="append", help="measure this, too; may be given several times"
    )
    batch_size: int = option(type=whole(1), default=16, metavar="N", help="samples a step (%(default)s)")
    engine: str = option(
        choices=ENGINE_NAMES, default="lifted", help="what computes gradients in training (%(default)s)"
    )
    devices: Devices | None = option(
        type=devices,
        metavar="N[,M]",
        help="of the engine jax: split samples over N devices, and wide layers in M (all that JAX sees)",
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
    resume: Path | bool | None = None,
    progress: bool = True,
) -> History:
    """Train the network of an experiment, with a bar of progress if that is wanted.

    Args:
        validation, patience, save, resume, progress: as ``fit`` takes them.

    Raises:
        UsageError: if the options do not fit each other, JAX is asked for and missing, or training diverges.
    """
    epochs = usual_epochs(experiment, options) if options.epochs is None else options.epochs
    with explained(Diverged, ImportError):
        return fit(
            experiment.model,
            experiment.X[0],
            experiment.Y[0],
            loss=experiment.loss,
            optimizer=optimizer(options),
            schedule=options.schedule,
            class_weight=class_weights(options, experiment.data.classes),
            metrics=options.metric,
            epochs=epochs,
            batch_size=options.batch_size,
            engine=options.engine,
            devices=options.devices,
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


def optimizer(options: TrainingOptions) -> Optimizer:
    """The optimiser that the options describe, but for the schedule, which knows the number of steps."""
    settings = {"weight_decay": options.weight_decay, "clip_norm": options.clip}
    given = {name: setting for name, setting in settings.items() if setting is not None}
    return options.optimizer.make(options.learning_rate or options.optimizer.rate, **given)


def class_weights(options: TrainingOptions, classes: Sequence[str]) -> str | dict[int, float] | None:
    """The weights of classes as ``fit`` takes them.

    Raises:
        UsageError: if there are no such classes.
    """
    if not options.class_weight:
        return None
    if not classes:
        raise UsageError("--class-weight is for classes, and the target is a number")
    names = [name for name, _ in options.class_weight]
    if "balanced" in names and "balanced" not in classes:
        if len(names) > 1:
            raise UsageError("--class-weight is 'balanced', or weights of classes, not both")
        return "balanced"
    with explained():
        places = {name: k for k, name in enumerate(classes)}
        return {entry_named("class", name, places): weight for name, weight in options.class_weight}


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


def check_plot(path: Path) -> None:
    """Complain before training if no plot can be written to a file of that name.

    Raises:
        UsageError: if its suffix is none of a picture.
    """
    figure = importlib.import_module("matplotlib.figure")  # dear, and few ask for a curve
    known = figure.Figure().canvas.get_supported_filetypes()
    with explained():
        entry_named("suffix of a plot", path.suffix.removeprefix(".").lower(), known)


def plot(history: History, path: Path) -> None:
    """Write the training curve to a file."""
    with replacing(path) as unfinished:
        viz.plot_history(history).savefig(unfinished, dpi=150)
