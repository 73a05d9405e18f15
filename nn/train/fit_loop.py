"""``fit``: the training loop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from nn.files import check_target
from nn.losses import Loss
from nn.losses.regularised import RegularisedLoss
from nn.model.mlp import MLP
from nn.registry import entry_named
from nn.train.checkpoint import architecture
from nn.train.devices import Devices, engine_named
from nn.train.history import History, Metric, are_classes, check_metrics
from nn.train.metrics import metrics_named
from nn.train.optim import Optimizer, Schedule, optimizer_named, scheduled
from nn.train.plan import Plan, class_weights, samples, set_aside
from nn.train.resuming import restore
from nn.train.resuming import save as save_training
from nn.train.training import Callback, Diverged, Training

__all__ = ["fit"]

RECORDED = {"gradient_norms": "lengths of gradients"}  # what may be kept of each epoch
REFRESH = 0.1  # seconds between two looks of the bar in an epoch
SILENCE = 2.0  # seconds without a line where there is no terminal; longer in a longer training


def fit(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    *,
    loss: str | Loss | Callable[[Sequence[Any], Sequence[Any]], Any] = "mse",
    optimizer: str | Optimizer | Callable[[], Optimizer] | None = None,
    schedule: str | Callable[[float, int], Schedule] | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    engine: str = "lifted",
    devices: Devices | None = None,
    l2: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    validation: Sequence[npt.ArrayLike] | float | None = None,
    sample_weight: npt.ArrayLike | None = None,
    class_weight: str | Mapping[int, float] | None = None,
    metrics: str | Sequence[str | Metric] | Mapping[str, Metric | str] | None = None,
    record: Sequence[str] = (),
    patience: int | None = None,
    restarts: int = 0,
    callback: Callback | None = None,
    seed: int = 0,
    progress: bool = False,
    save: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | bool | None = None,
    notes: Mapping[str, Any] | None = None,
) -> History:
    """Train a network.

    Ctrl-C ends training after the step it is in, and leaves the weights of the best epoch; a
    second Ctrl-C ends it at once. A run that is saved and resumed with the same arguments, wherever and
    however often it was cut, ends in the same weights and history, to the last bit, as one that was never
    stopped; resuming one that has ended changes nothing, and says so.

    There is no dropout: its random masks would make each sample a graph of its own, where here the scalar
    graph, the matrix formulas and the lifted program are the same computation. Against overfitting there are
    ``l2``, ``patience`` and the optimisers' ``weight_decay``.

    Args:
        model: whose parameters are changed.
        X: inputs of shape (n, m), columns are samples.
        Y: targets of shape (K, m); of shape (m,) for one output, or for class indices.
        loss: a name from ``nn.losses``, or a loss such as ``losses.CrossEntropy(label_smoothing=0.1)``; a
            function ``f(a, y)`` of a sample's outputs, as Values, and targets.
        optimizer: a name from ``optim.OPTIMIZERS``, with its usual learning rate, an optimiser, or what makes
            one; gradient descent with learning rate 0.1 if left out.
        schedule: a name from ``optim.SCHEDULES``, of the optimiser's learning rate over all steps, or a
            function that makes a schedule of a rate and the number of steps.
        epochs: how often every sample is seen.
        batch_size: samples per step, drawn in a new order each epoch; all if left out. The last
            batch of an epoch holds what is left.
        engine: ``"scalar"`` computes with Values, ``"matrix"`` with the matrix formulas, and
            ``"lifted"`` with the formulas that ``lift`` finds in the graph of one sample; ``"jax"`` has
            these compiled by JAX, in float64 without a change of its settings, for many devices. All give
            the same numbers.
        devices: of ``engine="jax"``: N of them, over which samples are split; (N, M), where the neurons of
            wide layers are split in M, too; or devices of JAX's. All that JAX sees if left out.
        l2: λ of a penalty λ/2·ΣW² in J.
        clip_norm, clip_value: what ``optim.clip`` does to the gradients before each step.
        validation: inputs and targets, and weights if they have any, to measure on after each epoch, or the
            share of the samples to set aside for it.
        sample_weight: w of shape (m,): J is Σ wₛ·Lₛ / Σ wₛ over the samples of a batch.
        class_weight: weights of classes by their index, or ``"balanced"``, which weighs all classes alike;
            they multiply those of the samples, on the validation data, too. With label smoothing a sample
            has the weight wₖ of its own class k, as it stands before it is smoothed, for its whole loss:
            J = -Σₛ w(kₛ)·Σⱼ ỹⱼ·log pⱼ / Σₛ w(kₛ). PyTorch's ``CrossEntropyLoss(weight, label_smoothing=ε)``
            has wⱼ inside of the inner sum; both are the same if ε is 0 or all weights are equal.
        metrics: further things to measure: names from ``nn.train.metrics``, or functions of outputs of shape
            (K, m) and targets, by name; "loss" and "accuracy" are measured anyway.
        record: what else to keep of each epoch: ``"gradient_norms"``, see ``History``.
        patience: stop after so many epochs without a lower loss, on the validation data if there
            are any, and leave the weights of the best epoch, if training ends otherwise, too.
        restarts: how often a run that begins to diverge, to a loss of an epoch above ten times that of its
            beginning, goes back to the best weights with a tenth of the learning rate.
        callback: called with the history after each epoch; ends training if it returns True. It may have
            ``state_dict()``, of what JSON can hold, and ``load_state_dict``: then its state is kept with
            checkpoints.
        seed: of the order of the samples, and of those set aside.
        progress: show a bar with loss and speed.
        save: a file to write a checkpoint to after each epoch, and where training ends.
        resume: a checkpoint of this training to go on from; True for that of ``save``, if it exists.
        notes: what to keep with the checkpoints, as JSON can hold it.

    Raises:
        TypeError, ValueError: for data, names or numbers that do not fit, and CheckpointError for
            a checkpoint of another training; nothing has changed then.
        ImportError: if JAX is asked for and not installed; it names the extra.
        Diverged: if the loss is no longer finite, after the last of ``restarts``. The last weights with a
            finite loss are kept.
        RuntimeError: if the network or the optimiser is in another training that goes on meanwhile.

    >>> from nn.datasets import xor
    >>> data = xor(40, seed=0)
    >>> model = MLP(2, [8, 2], seed=0)
    >>> history = fit(model, data.X, data.y, loss="cross_entropy", optimizer="adam", epochs=200)
    >>> history.train_loss[-1] < 0.5 * history.train_loss[0]
    True
    """
    _check_whole("epochs", epochs, 0)
    _check_whole("patience", 1 if patience is None else patience, 1)
    _check_whole("restarts", restarts, 0)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback is a function of the history, got {callback!r:.60}")
    weighted = sample_weight is not None or class_weight is not None
    objective = RegularisedLoss.of(loss, l2, weighted)
    data = X, Y, np.ones(np.shape(X)[-1:]) if weighted and sample_weight is None else sample_weight
    plan = _plan(model, data, objective, batch_size, validation, class_weight, seed, metrics)
    plan = replace(plan, record=_recorded(record))
    chosen = optimizer_named(optimizer)
    steps = epochs * -(-plan.m // plan.batch_size)
    chosen = scheduled(chosen, schedule, steps, clip_norm=clip_norm, clip_value=clip_value)
    if resume is True:
        if save is None:
            raise ValueError("resume=True goes on from the file of save, so it needs one")
        resume = save if os.path.exists(save) else None
    if save is not None:
        architecture(model)  # raises now, and not after the first epoch
        check_target(save)
    make = engine_named(engine, devices)
    with _in_no_other_training(model, chosen):
        runner = make(model, plan.objective, plan.data.X[:, 0], plan.data.Y[:, 0])
        run = Training(model, plan, runner, chosen, notes or {}, restarts, callback)
        if resume:
            restore(run, resume)
        said = _carried_out(run, epochs, patience, save, resume, progress)
        if said:
            print("\n".join(said))
    return run.history


def _plan(
    model: MLP,
    data: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike | None],
    objective: RegularisedLoss,
    batch_size: int | None,
    validation: Sequence[npt.ArrayLike] | float | None,
    class_weight: str | Mapping[int, float] | None,
    seed: int,
    metrics: str | Sequence[str | Metric] | Mapping[str, Metric | str] | None,
) -> Plan:
    """What is learnt from what, if all of it fits together."""
    _check_whole("batch_size", 1 if batch_size is None else batch_size, 1)
    _check_whole("seed", seed, 0)
    loss, n, K = objective.loss, model.sizes[0], model.sizes[-1]
    if loss.of_logits and model.layers[-1].activation.name == "softmax":
        raise ValueError(
            f"{loss.name} takes logits and computes their probabilities itself, but the outputs of "
            "this network are probabilities already; use output='linear', or another loss, such as mse"
        )
    learnt, held_out = samples(loss, n, K, *data), None
    measured = metrics_named(metrics, loss, are_classes(loss, learnt.Y))
    check_metrics(measured)
    if isinstance(validation, (int, float)):
        learnt, held_out = set_aside(learnt, validation, seed)
    elif validation is not None:
        if not isinstance(validation, (tuple, list)) or len(validation) not in (2, 3):
            raise TypeError(f"validation is a share, or inputs and targets, got {validation!r:.60}")
        held_out = samples(loss, n, K, *validation)
    if class_weight is not None:
        learnt, held_out = class_weights(loss, class_weight, learnt, held_out)
    m = learnt.X.shape[1]
    return Plan(objective, learnt, held_out, min(batch_size or m, m), int(seed), measured)


def _recorded(record: Sequence[str]) -> tuple[str, ...]:
    names = (record,) if isinstance(record, str) else tuple(record)
    for name in names:
        entry_named("record", name, RECORDED)
    return tuple(dict.fromkeys(names))


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


def _carried_out(
    run: Training,
    epochs: int,
    patience: int | None,
    save: str | os.PathLike[str] | None,
    resume: str | os.PathLike[str] | bool | None,
    progress: bool,
) -> list[str]:
    """Train, and leave in the model and the file what is to be left; returns what there is to say."""
    done = run.history.steps
    with _interruptible() as interrupted, _bar(run.history.epochs, epochs, progress) as advance:
        try:
            ended = _loop(run, epochs, patience, save, interrupted, advance)
            if save is not None:
                save_training(run, save)
        except Diverged:
            said = list(run.history.restarts) if progress else []
            if said:
                print("\n".join(said))
            raise
        finally:
            run.settle()
    history = run.history
    if resume and ended and history.steps == done:
        return [f"{resume} holds a training that has ended, after {history.epochs} epochs; nothing changed"]
    said = [*history.restarts] if progress else []
    return [*said, history.stopped] if history.stopped and (progress or interrupted()) else said


def _loop(
    run: Training,
    epochs: int,
    patience: int | None,
    save: str | os.PathLike[str] | None,
    interrupted: Callable[[], bool],
    advance: Callable[[Training], None],
) -> bool:
    """Make steps; whether training ended, and was not interrupted."""
    history = run.history
    begin = time.perf_counter() - history.seconds
    while not run.ended(epochs, patience):
        try:
            run.step()
        except Diverged as error:
            run.restart(error)
            continue
        history.seconds = time.perf_counter() - begin
        advance(run)
        if interrupted() and not run.ended(epochs, patience):
            run.stop(f"stopped by Ctrl-C after step {history.steps}")
            return False
        if not run.seen and save is not None and history.epochs < epochs:
            save_training(run, save)
    return True


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


class _BarConsole(Console):
    """One that nobody need read: training goes on, where rich would end the process."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


@contextmanager
def _bar(done: int, epochs: int, shown: bool) -> Iterator[Callable[[Training], None]]:
    """A progress bar over the epochs, or lines where it could not move, as a function to call after each
    step."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TextColumn("{task.fields[loss]}"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
    )
    console = _BarConsole(markup=False, emoji=False, highlight=False)
    live = console.is_terminal or console.is_jupyter
    with Progress(*columns, console=console, disable=not shown) as progress:
        shown_at, spoken_at = 0.0, time.perf_counter()
        task = progress.add_task("training", total=epochs, completed=done, loss="", speed="")

        def advance(run: Training) -> None:
            nonlocal shown_at, spoken_at
            history = run.history
            begun = run.seen > 0
            if begun and history.seconds < shown_at + REFRESH:
                return
            shown_at = history.seconds
            m = run.plan.m
            loss = f"loss {history.train_loss[-1]:.4g}" if history.epochs else ""
            speed = f"{(m * history.epochs + run.seen) / max(history.seconds, 1e-9):,.0f} samples/s"
            if shown and not live and time.perf_counter() > spoken_at + SILENCE * (1 + history.seconds / 60):
                spoken_at = time.perf_counter()
                done = f"{history.epochs}/{epochs} epochs"
                console.print(f"training {done} {loss} {speed}", soft_wrap=True)  # no bar moves in a file
            progress.update(task, completed=history.epochs + run.seen / m, loss=loss, speed=speed)

        yield advance
