"""Checkpoints of a training: all that its further way depends on, so that a run that was cut anywhere ends
in the same bits as one that was not."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.model.module import Array
from nn.train.checkpoint import FORMAT, Checkpoint, CheckpointError, architecture, damaged
from nn.train.history import History
from nn.train.training import SLOWER, Training, copied

__all__ = ["restore", "save"]

# What files that were written before these were kept mean.
OLDER: dict[str, Any] = {
    "metrics": [],
    "record": [],
    "first": None,
    "restarts": [],
    "called off": False,
    "callback": None,
}


def save(run: Training, path: str | os.PathLike[str]) -> None:
    """Write a checkpoint of a training.

    Raises:
        OSError: if it cannot be written.
        TypeError: if notes, or the state of a callback, hold what JSON cannot.
    """
    groups: dict[str, Mapping[str, Array]] = {
        "params": run.engine.params,
        "best": run.best,
        "sound": run.sound,
        "optimizer": run.optimizer.state_dict(),
        "history": {name: np.array(curve) for name, curve in run.history.curves().items()},
        "norms": {name: np.array(curve) for name, curve in run.history.gradient_norms.items()},
        "run": {"A": run.A, **({"norms": run.norms} if run.norms.size else {})},
    }
    arrays = {f"{group}/{name}": each for group, named in groups.items() for name, each in named.items()}
    history, state_dict = run.history, getattr(run.callback, "state_dict", None)
    progress = {
        "seen": run.seen,
        "J": run.J,
        "first": run.first,
        "steps": history.steps,
        "seconds": history.seconds,
        "restarts": history.restarts,
        "called off": run.called_off,
        "callback": None if state_dict is None else state_dict(),
    }
    about = {"format": FORMAT, **_description(run), "kept": run.kept, "notes": dict(run.notes)}
    Checkpoint(arrays, {**about, "progress": progress}).write(path)


def restore(run: Training, path: str | os.PathLike[str]) -> None:
    """Go on from a checkpoint.

    Raises:
        OSError: if it cannot be read.
        CheckpointError: if it is not one of this training. Nothing has changed then.
    """
    read = Checkpoint.read(path)
    if "progress" not in read.about:
        raise CheckpointError(f"{path} holds a network, no training to go on with; load_model reads it")
    for key, expected in _description(run).items():
        given = read.about.get(key, OLDER.get(key))
        if given != expected:
            what = f"is of training with {key} {given!r:.200}, not {expected!r:.200}"
            raise CheckpointError(f"{path} {'is of other training data' if key == 'data' else what}")
    with damaged(path, "no training of this library"):
        _check_arrays(run, read)
        progress = _progress(run, read)
        history = _history(read, progress)
        # What could still be refused comes first, so that nothing has changed then.
        load_state_dict = getattr(run.callback, "load_state_dict", None)
        if load_state_dict is not None and progress["callback"] is not None:
            load_state_dict(progress["callback"])
        slower = np.array(SLOWER ** len(history.restarts))
        run.optimizer.load_state_dict({"slowed": slower, **read.group("optimizer")})
    run.set(read.group("params"))
    run.sound, run.best = read.group("sound") or copied(run.engine.params), read.group("best")
    run.history, run.seen, run.J = history, progress["seen"], float(progress["J"])
    run.norms[...] = read.arrays.get("run/norms", 0.0)
    run.first, run.called_off, run.A = progress["first"], progress["called off"], read.arrays["run/A"]


def _check_arrays(run: Training, read: Checkpoint) -> None:
    """See that a checkpoint holds the arrays that ``save`` wrote for this training."""
    shapes = {name: array.shape for name, array in run.engine.params.items()}
    state = read.group("optimizer")
    fits = "t" in state and ("slowed" in state) == bool(read.group("sound"))  # an older file has neither
    for key, array in state.items():
        kind, _, name = key.rpartition(" ")
        single = key in ("t", "slowed") or kind == "schedule"
        fits &= array.shape == (() if single else shapes.get(name))
    kinds = {key.rpartition(" ")[0] for key in state} - {"", "schedule"}
    fits &= all(f"{kind} {name}" in state for kind in kinds for name in shapes)
    for group in ("params", "best", "sound"):
        arrays = {name: array.shape for name, array in read.group(group).items()}
        fits &= arrays == shapes or (group == "sound" and not arrays)
    fits &= not run.norms.size or getattr(read.arrays.get("run/norms"), "shape", None) == run.norms.shape
    if not fits or getattr(read.arrays.get("run/A"), "shape", None) != run.A.shape:
        raise ValueError("it holds arrays of other shapes than this network")
    checked = [read.group(group) for group in ("params", "best", "sound", "optimizer", "run")]
    for array in (each for group in checked for each in group.values()):
        if array.dtype != np.float64 or np.isnan(array).any():
            raise ValueError("it holds arrays of something else than floats of 64 bits")
    weights = [array for group in ("params", "best", "sound") for array in read.group(group).values()]
    if not all(np.isfinite(array).all() for array in weights):
        raise ValueError("it holds weights that are not finite")


def _progress(run: Training, read: Checkpoint) -> dict[str, Any]:
    """How far the training was."""
    usual: dict[str, Any] = {
        "first": None,
        "restarts": [],
        "called off": False,
        "callback": None,
    }  # of older files
    progress = {**usual, **read.about["progress"]}
    seen, steps, first = progress["seen"], progress["steps"], progress["first"]
    whole = all(type(number) is int and number >= 0 for number in (seen, steps))
    if not whole or seen >= run.plan.m or seen % run.plan.batch_size:
        raise ValueError(f"so many steps or samples cannot have been made: {steps!r:.60}, {seen!r:.60}")
    for name in ("J", "seconds", *(["first"] if first is not None else [])):
        number = progress[name]
        if type(number) not in (int, float) or not np.isfinite(number):
            raise ValueError(f"{name} is a number, got {number!r:.60}")
    restarts = progress["restarts"]
    if not isinstance(restarts, list) or not all(isinstance(text, str) for text in restarts):
        raise ValueError(f"restarts are a list of sentences, got {restarts!r:.60}")
    if type(progress["called off"]) is not bool:
        raise ValueError(f"called off is true or false, got {progress['called off']!r:.60}")
    return progress


def _history(read: Checkpoint, progress: Mapping[str, Any]) -> History:
    """What was measured."""
    history = History(
        steps=progress["steps"], seconds=float(progress["seconds"]), restarts=list(progress["restarts"])
    )
    history.gradient_norms = {name: [] for name in read.group("norms")}
    for group, curve_of in (("history", history.curve), ("norms", history.gradient_norms.__getitem__)):
        for name, curve in read.group(group).items():
            if curve.ndim != 1 or curve.dtype != np.float64:
                raise ValueError(f"the curve {name!r} is no row of floats")
            curve_of(name).extend(curve.tolist())
    curves = [*history.curves().values(), *history.gradient_norms.values()]
    if any(len(curve) != history.epochs for curve in curves):
        raise ValueError("its curves are not of one length")
    return history


def _description(run: Training) -> dict[str, Any]:
    """What a checkpoint must agree with to be one of this training."""
    # A function as a schedule is shown with its place in memory, which differs from run to run.
    optimizer = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(run.optimizer))
    callback = None
    if run.callback is not None:
        callback = getattr(run.callback, "__qualname__", type(run.callback).__qualname__)
    return {
        **architecture(run.model),
        "optimizer": optimizer,
        "callback": callback,
        **run.plan.description(),
    }
