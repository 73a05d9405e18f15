"""``duograd train``: train a network, and say how well and how fast."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from duograd.console import Console, Unread
from duograd.experiment import Experiment, prepare
from duograd.options import option, share, whole
from duograd.program import Command
from duograd.report import introduce, report
from duograd.training import TrainingOptions, check_plot, check_writable, plot, trained
from nn import History
from nn.files import check_target
from nn.losses.regularised import RegularisedLoss
from nn.train.engines import ENGINES, LiftedEngine

__all__ = ["COMMAND"]

MEASURED = 3  # steps of the scalar engine
SOON = 3.0  # seconds that measuring these may take

DESCRIPTION = """\
Trains a network on a data set and measures it on samples kept for the test. The network is written
scalar by scalar; the lifted engine finds the matrix formulas in the graph of one sample and runs
these. A tenth of the other samples is set aside for validation, or as many as --validation says.
Ctrl-C ends training after the step it is in, with the weights of the epoch that was best on them.

Exit code: 0, or 2 if the command could not be carried out."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions(TrainingOptions):
    """A network that is trained, when to stop, and what to keep."""

    validation: float = option(
        type=share,
        default=0.1,
        metavar="SHARE",
        help="of the training samples, set aside to choose weights by (%(default)s)",
    )
    patience: int | None = option(
        type=whole(1),
        metavar="N",
        help="stop after N epochs without a lower loss on the validation samples",
    )
    save: Path | None = option(type=Path, metavar="FILE", help="checkpoint to write after each epoch, .npz")
    resume: Path | bool | None = option(
        type=Path,
        nargs="?",
        const=True,
        metavar="FILE",
        help="checkpoint of this training to go on from; without FILE, that of --save if it exists",
    )
    plot: Path | None = option(type=Path, metavar="FILE", help="draw the training curve, .png or .svg")


def run(options: TrainOptions, console: Console) -> int:
    """Train and say how well and how fast."""
    with console.doing(f"reading {options.data}"):
        experiment = prepare(options)
    for path in (options.save, options.plot):
        if path:
            check_writable(path.parent)
            check_target(path)
    if options.plot:
        check_plot(options.plot)
    introduce(experiment, console)
    if options.engine in ("lifted", "jax"):
        objective = RegularisedLoss(experiment.loss, options.l2)
        first = experiment.X[0][:, 0], experiment.Y[0][:, 0]
        with console.doing("lifting the graph of one sample"):
            program = LiftedEngine(experiment.model, objective, *first).program
        console.print(f"lifted {str(program).partition(chr(10))[0]}, from one sample's graph")
    history = trained(
        experiment,
        options,
        options.validation,
        patience=options.patience,
        save=options.save,
        resume=options.resume,
    )
    try:
        say(options, experiment, history, console)
    except Unread:
        if options.save:
            print(f"nobody reads what is printed; {options.save} holds the training", file=sys.stderr)
        raise
    return 0


def say(options: TrainOptions, experiment: Experiment, history: History, console: Console) -> None:
    """Say how good the network is, and how fast it learnt."""
    report(experiment, console, options.metric or ())
    console.print(
        f"time   {history.seconds:.1f} s for {history.steps:,} steps with the {options.engine} engine"
    )
    if options.engine != "scalar" and history.steps:
        with console.doing("measuring the scalar engine"):
            objective = RegularisedLoss(experiment.loss, options.l2)
            seconds, how = scalar_seconds(experiment, objective, options.batch_size)
        console.print(
            f"       the scalar engine would have taken about {duration(seconds * history.steps)} "
            f"(extrapolated: {how})",
            soft_wrap=True,
        )
    if options.save:
        console.print(f"wrote {options.save}: the network and its training", soft_wrap=True)
    if options.plot and history.epochs:
        plot(history, options.plot)
        console.print(f"wrote {options.plot}: the training curve", soft_wrap=True)


def scalar_seconds(experiment: Experiment, objective: RegularisedLoss, batch_size: int) -> tuple[float, str]:
    """Seconds a step of the scalar engine takes, measured on a few if that is soon done, or else on one
    sample; and how it was measured."""
    X, Y = experiment.X[0][:, :batch_size], experiment.Y[0][:, :batch_size]
    engine = ENGINES["scalar"](experiment.model, objective, X[:, 0], Y[:, 0])
    begin = time.perf_counter()
    engine.run(X[:, :1], Y[:, :1])
    one = time.perf_counter() - begin
    if MEASURED * one * X.shape[1] > SOON:
        return one * X.shape[1], f"one sample took {one:.2g} s, and a step has {X.shape[1]}"
    begin = time.perf_counter()
    for _ in range(MEASURED):
        engine.run(X, Y)
    seconds = (time.perf_counter() - begin) / MEASURED
    return seconds, f"{MEASURED} of its steps took {seconds:.2g} s each"


def duration(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 60.0:
        return f"{seconds:.1f} s" if seconds < 10.0 else f"{seconds:.0f} s"
    return f"{seconds / 60.0:.1f} minutes" if seconds < 3600.0 else f"{seconds / 3600.0:.1f} hours"


COMMAND = Command(TrainOptions, run, DESCRIPTION)
