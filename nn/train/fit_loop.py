"""``fit``: the training loop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from nn.losses import Loss
from nn.losses.regularised import RegularisedLoss
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.model.samples import as_batch
from nn.registry import entry_named
from nn.train.checkpoint import architecture
from nn.train.engines import ENGINES
from nn.train.history import History, Metric, check_metrics
from nn.train.optim import SGD, Optimizer
from nn.train.training import Diverged, Plan, Training

__all__ = ["fit"]

REFRESH = 0.1  # seconds between two looks of the bar in an epoch


def fit(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    engine: str = "lifted",
    l2: float = 0.0,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    restarts: int = 0,
    seed: int = 0,
    progress: bool = False,
    save: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> History:
    """Train a network.

    Ctrl-C ends training after the step it is in, and leaves the weights of the best epoch; a
    second Ctrl-C ends it at once. A run that is saved and resumed with the same arguments ends
    in the same weights, to the last bit, as one that was never stopped.

    Args:
        model: whose parameters are changed.
        X: inputs of shape (n, m), columns are samples.
        Y: targets of shape (K, m); of shape (m,) for one output, or for class indices.
        loss: a name from ``nn.losses``.
        optimizer: gradient descent with learning rate 0.1 if left out.
        epochs: how often every sample is seen.
        batch_size: samples per step, drawn in a new order each epoch; all if left out. The last
            batch of an epoch holds what is left.
        engine: ``"scalar"`` computes with Values, ``"matrix"`` with the matrix formulas, and
            ``"lifted"`` with the formulas that ``lift`` finds in the graph of one sample. All give
            the same numbers.
        l2: λ of a penalty λ/2·ΣW² in J.
        validation: inputs and targets to measure on after each epoch, or the share of the samples
            to set aside for it.
        metrics: further things to measure, by name: functions of outputs of shape (K, m) and targets;
            "loss" and "accuracy" are measured anyway.
        patience: stop after so many epochs without a lower loss, on the validation data if there
            are any, and leave the weights of the best epoch.
        restarts: how often a run that begins to diverge, to a loss of an epoch above ten times that of its
            beginning, goes back to the best weights with a tenth of the learning rate.
        seed: of the order of the samples, and of those set aside.
        progress: show a bar with loss and speed.
        save: a file to write a checkpoint to after each epoch, and where training ends.
        resume: a checkpoint of this training to go on from.
        notes: what to keep with the checkpoints, as JSON can hold it.

    Raises:
        TypeError, ValueError: for data, names or numbers that do not fit, and CheckpointError for
            a checkpoint of another training; nothing has changed then.
        Diverged: if the loss is no longer finite, after the last of ``restarts``. The last weights with a
            finite loss are kept.
        RuntimeError: if the network or the optimiser is in another training that goes on meanwhile.
    """
    _check_whole("epochs", epochs, 0)
    _check_whole("patience", 1 if patience is None else patience, 1)
    _check_whole("restarts", restarts, 0)
    plan = _plan(model, X, Y, RegularisedLoss.of(loss, l2), batch_size, validation, seed, metrics or {})
    if save is not None:
        architecture(model)  # raises now, and not after the first epoch
    make = entry_named("engine", engine, ENGINES)
    optimizer = optimizer or SGD()
    with _in_no_other_training(model, optimizer):
        runner = make(model, plan.objective, plan.X[:, 0], plan.Y[:, 0])
        run = Training(model, plan, runner, optimizer, notes or {}, restarts)
        if resume is not None:
            run.restore(resume)
        with _interruptible() as interrupted, _bar(run.history.epochs, epochs, progress) as advance:
            try:
                _loop(run, epochs, patience, save, interrupted, advance)
                if save is not None:
                    run.save(save)
            finally:
                run.settle()
                said = [*run.history.restarts] if progress else []
                if run.history.stopped and (progress or interrupted()):
                    said.append(run.history.stopped)
                if said:
                    print("\n".join(said))
    return run.history


def _plan(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    objective: RegularisedLoss,
    batch_size: int | None,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | float | None,
    seed: int,
    metrics: Mapping[str, Metric],
) -> Plan:
    """What is learnt from what, if all of it fits together."""
    check_metrics(metrics)
    _check_whole("batch_size", 1 if batch_size is None else batch_size, 1)
    loss = objective.loss
    if loss.of_logits and model.layers[-1].activation.name == "softmax":
        raise ValueError(
            f"{loss.name} takes logits and computes their probabilities itself, but the outputs of "
            "this network are probabilities already; use output='linear', or another loss, such as mse"
        )
    data = _data(model, loss, X, Y)
    held_out: tuple[Array, Array] | None = None
    if isinstance(validation, (int, float)):
        data, held_out = _set_aside(data, validation, seed)
    elif validation is not None:
        held_out = _data(model, loss, *validation)
    m = data[0].shape[1]
    return Plan(objective, *data, held_out, min(batch_size or m, m), seed, metrics)


_in_training: set[int] = set()  # identities of networks and optimisers
_in_training_lock = threading.Lock()


@contextmanager
def _in_no_other_training(model: MLP, optimizer: Optimizer) -> Iterator[None]:
    """While open, no other ``fit`` changes these, in another thread or in a metric: the weights of
    two trainings would be a mixture of both.

    Raises:
        RuntimeError: if another does already.
    """
    own = {id(model): "this network", id(optimizer): "this optimiser"}
    with _in_training_lock:
        for identity in own.keys() & _in_training:
            raise RuntimeError(
                f"{own[identity]} is in another training that has not ended; wait for it, or give this one a "
                "copy.deepcopy of it"
            )
        _in_training.update(own)
    try:
        yield
    finally:
        with _in_training_lock:
            _in_training.difference_update(own)


def _loop(
    run: Training,
    epochs: int,
    patience: int | None,
    save: str | os.PathLike[str] | None,
    interrupted: Callable[[], bool],
    advance: Callable[[Training], None],
) -> None:
    history = run.history
    begin = time.perf_counter() - history.seconds
    while history.epochs < epochs:
        try:
            finished = run.step()
        except Diverged as error:
            run.restart(error)
            continue
        history.seconds = time.perf_counter() - begin
        advance(run)
        if interrupted():
            run.stop(f"stopped by Ctrl-C after step {history.steps}")
            return
        if finished and patience is not None and history.epochs - history.best_epoch >= patience:
            run.stop(f"stopped after epoch {history.epochs}: no lower loss for {patience} epochs")
            return
        if finished and save is not None and history.epochs < epochs:
            run.save(save)


def _data(model: MLP, loss: Loss, X: npt.ArrayLike, Y: npt.ArrayLike) -> tuple[Array, Array]:
    inputs = as_batch(X, model.sizes[0])
    return inputs, loss.targets(Y, model.sizes[-1], inputs.shape[1])


def _set_aside(
    data: tuple[Array, Array], share: float, seed: int
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The samples to train on, and a share of them, drawn by the seed, to measure on."""
    X, Y = data
    m = X.shape[1]
    count = round(share * m)
    if not 0.0 < share < 1.0 or not 0 < count < m:
        raise ValueError(f"validation sets aside a share of the {m} samples, between 0 and 1, got {share!r}")
    chosen = np.random.default_rng(seed).permutation(m)
    held_out, kept = chosen[:count], np.sort(chosen[count:])
    return (X[:, kept], Y[:, kept]), (X[:, held_out], Y[:, held_out])


def _check_whole(name: str, number: int, least: int) -> None:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        raise ValueError(f"{name} is a whole number, {least} or more, got {number!r}")


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """While open, a first Ctrl-C is only noted, so that no step is cut in two; the function says
    whether there was one. Signals reach the main thread only; elsewhere nothing changes."""
    asked = False

    def note(number: int, frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield lambda: False
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar(done: int, epochs: int, shown: bool) -> Iterator[Callable[[Training], None]]:
    """A progress bar over the epochs, as a function to call after each step."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TextColumn("{task.fields[loss]}"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, disable=not shown) as progress:
        shown_at = 0.0
        task = progress.add_task("training", total=epochs, completed=done, loss="", speed="")

        def advance(run: Training) -> None:
            nonlocal shown_at
            history = run.history
            begun = run.seen > 0
            if begun and history.seconds < shown_at + REFRESH:
                return
            shown_at = history.seconds
            m = run.plan.X.shape[1]
            loss = f"loss {history.train_loss[-1]:.4g}" if history.epochs else ""
            speed = f"{(m * history.epochs + run.seen) / max(history.seconds, 1e-9):,.0f} samples/s"
            progress.update(task, completed=history.epochs + run.seen / m, loss=loss, speed=speed)

        yield advance
