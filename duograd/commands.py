"""The commands of ``python -m nn``; the one place in ``nn`` that may draw and so imports ``viz``."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from autodiff import Value
from autodiff.labels import leaves
from duograd.job import Job, UsageError, explained, prepare
from nn.comparing.four_ways import compare
from nn.files import replacing
from nn.losses.regularised import RegularisedLoss
from nn.model.module import Array
from nn.registry import entry_named
from nn.train.engines import ENGINES, LiftedEngine
from nn.train.fit_loop import fit
from nn.train.history import History
from nn.train.optim import SGD, Adam, AdamW, Optimizer

__all__ = ["run_compare", "run_train"]

MOST_COMPARED = 120  # samples, where --samples does not say how many
VALIDATION = 0.1  # share of the training samples that train sets aside
EXPLORED = 3  # test samples on the page
MEASURED = 3  # steps of the scalar engine
# How an optimiser is made, and the learning rate if none is given.
OPTIMIZERS: dict[str, tuple[Callable[[float], Optimizer], float]] = {
    "sgd": (SGD, 0.2),
    "momentum": (lambda rate: SGD(rate, momentum=0.9), 0.02),
    "nesterov": (lambda rate: SGD(rate, momentum=0.9, nesterov=True), 0.02),
    "adam": (Adam, 0.01),
    "adamw": (AdamW, 0.01),
}


def run_compare(options: argparse.Namespace, console: Console) -> int:
    """Train, compare all gradients, write the files; 0 if all agree."""
    with explained():
        job = prepare(options)
    samples = options.samples or min(MOST_COMPARED, len(job.train))
    if samples > len(job.train):
        raise UsageError(f"there are {len(job.train)} training samples, --samples cannot be {samples}")
    _check_writable(options.out)
    console.print(job.description())
    history = _fit(job, options, (job.X[1], job.Y[1]))
    console.print(f"test   {job.score()}\n")
    comparison = compare(job.model, job.X[0][:, :samples], job.Y[0][:, :samples], job.loss, l2=options.l2)
    console.print(comparison)
    console.print("\nThe formulas found in the batch's scalar graph:")
    console.print(comparison.program, markup=False, soft_wrap=True)
    console.print()
    for name, what, write in (
        ("comparison.csv", "every number that was compared", comparison.to_csv),
        ("graph.svg", "the computation graph of one test sample", lambda path: _draw_graph(job, path)),
        ("training.png", "the training curve", lambda path: _plot(history, path)),
    ):
        if name != "training.png" or options.epochs:
            write(options.out / name)
            console.print(f"wrote {options.out / name}: {what}", soft_wrap=True)
    console.print(_write_explorer(job, options.out / "explorer.html"), soft_wrap=True)
    return 0 if comparison.agrees else 1


def run_train(options: argparse.Namespace, console: Console) -> int:
    """Train and say how well and how fast."""
    with explained():
        job = prepare(options)
    for path in (options.save, options.plot):
        if path:
            _check_writable(path.parent)
    console.print(job.description())
    objective = RegularisedLoss(job.loss, options.l2)
    if options.engine == "lifted":
        program = LiftedEngine(job.model, objective, job.X[0][:, 0], job.Y[0][:, 0]).program
        console.print(f"lifted {str(program).partition(chr(10))[0]}, from one sample's graph")
    history = _fit(job, options, VALIDATION)  # the test samples have no say in which weights are best
    console.print(f"test   {job.score()}")
    steps = f"{history.steps:,} steps with the {options.engine} engine"
    console.print(f"time   {history.seconds:.1f} s for {steps}")
    if options.engine != "scalar" and history.steps:
        scalar = _scalar_seconds(job, objective, options.batch_size)
        console.print(
            f"       the scalar engine would have taken about {_duration(scalar * history.steps)} "
            f"(extrapolated: {MEASURED} of its steps took {scalar:.2g} s each)",
            soft_wrap=True,
        )
    if options.save:
        console.print(f"wrote {options.save}: the network and its training", soft_wrap=True)
    if options.plot and history.epochs:
        _plot(history, options.plot)
        console.print(f"wrote {options.plot}: the training curve", soft_wrap=True)
    return 0


def _fit(job: Job, options: argparse.Namespace, validation: tuple[Array, Array] | float) -> History:
    with explained():
        make, rate = entry_named("optimizer", options.optimizer, OPTIMIZERS)
        return fit(
            job.model,
            job.X[0],
            job.Y[0],
            loss=job.loss,
            optimizer=make(options.learning_rate or rate),
            epochs=options.epochs,
            batch_size=options.batch_size,
            engine=options.engine,
            l2=options.l2,
            validation=validation,
            patience=options.patience,
            seed=options.seed,
            progress=True,
            save=options.save,
            resume=options.resume,
            notes=job.notes(),
        )


def _scalar_seconds(job: Job, objective: RegularisedLoss, batch_size: int) -> float:
    """Seconds a step of the scalar engine takes, measured on a few."""
    X, Y = job.X[0][:, :batch_size], job.Y[0][:, :batch_size]
    engine = ENGINES["scalar"](job.model, objective, X[:, 0], Y[:, 0])
    begin = time.perf_counter()
    for _ in range(MEASURED):
        engine.run(X, Y)
    return (time.perf_counter() - begin) / MEASURED


def _duration(seconds: float) -> str:
    if seconds < 60.0:
        return f"{seconds:.1f} s" if seconds < 10.0 else f"{seconds:.0f} s"
    return f"{seconds / 60.0:.1f} minutes" if seconds < 3600.0 else f"{seconds / 3600.0:.1f} hours"


def _check_writable(folder: Path) -> None:
    """Raise OSError now rather than after training."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is to be a folder, but it is a file")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _draw_graph(job: Job, path: Path) -> None:
    """Draw the first test sample on its way to its loss."""
    from viz import GraphvizError, render

    trace = job.model.trace(leaves("x", job.X[1][:, 0]).tolist())
    loss: Value = job.loss.formula(trace.A[len(trace.Z)], leaves("y", job.Y[1][:, 0]).tolist())
    loss.label = "loss"
    job.model.zero_grad()
    loss.backward()
    try:
        render(loss, path)
    except GraphvizError as error:
        raise UsageError(str(error)) from error


def _write_explorer(job: Job, path: Path) -> str:
    """Write a page of a few test samples, or of one if that is all that fits; says what came of it."""
    from viz import explore

    samples = min(EXPLORED, len(job.test))
    for m in (samples, 1):
        try:
            explore(job.model, path, X=job.X[1][:, :m], Y=job.Y[1][:, :m], loss=job.loss)
        except ValueError as error:
            left_out = str(error).partition(";")[0]  # what to do about it is for those who call explore()
        else:
            what = "a page to step through, with numbers to pull on"
            return f"wrote {path}: {what}, for {m} test sample{'s' if m > 1 else ''}"
    return f"left out {path}: {left_out}"


def _plot(history: History, path: Path) -> None:
    from viz import plot_history

    with replacing(path) as unfinished:
        plot_history(history).savefig(unfinished, dpi=150)
