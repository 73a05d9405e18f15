"""``Training``: one that can be stopped at any step, saved, and gone on with."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import DomainError
from autodiff.labels import Place
from nn.losses.regularised import RegularisedLoss
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.train.checkpoint import FORMAT, Checkpoint, CheckpointError, architecture
from nn.train.engines import Engine, Pass
from nn.train.history import History, Metric
from nn.train.optim import Optimizer

__all__ = ["Diverged", "Plan", "Training"]


SLOWER = 0.1  # the learning rate of a restart, in units of the one before
FAR = 10.0  # times the loss that training began with, beyond which it begins to diverge


class Diverged(ArithmeticError):
    """Training left the range of numbers.

    Attributes:
        history: what was measured until then.
        step: the step, counted from 1, whose loss was not finite.
        rate: the learning rate.
    """

    def __init__(self, message: str, history: History, step: int, rate: float) -> None:
        super().__init__(message)
        self.history, self.step, self.rate = history, step, rate

    def __reduce__(self) -> tuple[Any, ...]:  # or it could not come back from a worker process
        return type(self), (str(self), self.history, self.step, self.rate)


@dataclass(frozen=True)
class Plan:
    """What is learnt from what: all that stays as it is while a network is trained."""

    objective: RegularisedLoss
    X: Array
    Y: Array
    held_out: tuple[Array, Array] | None
    batch_size: int
    seed: int
    metrics: Mapping[str, Metric]

    def order(self, epoch: int) -> npt.NDArray[np.intp]:
        """The samples in the order in which an epoch sees them; it needs no generator's state, so
        a resumed training has the same."""
        return np.random.default_rng([self.seed, epoch]).permutation(self.X.shape[1])

    def description(self) -> dict[str, Any]:
        """What a checkpoint must agree with to be one of this training."""
        digest = hashlib.sha256()
        for array in (self.X, self.Y, *(self.held_out or ())):
            digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return {
            "loss": self.objective.loss.name,
            "l2": self.objective.l2,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "data": digest.hexdigest(),
        }


class Training:
    """A training in progress.

    Attributes:
        history: what was measured.
        seen: samples of the present epoch that were seen.
        J: their losses' part in the epoch's J.
        A: their outputs, as they were then.
        sound: the latest parameters whose loss is known to be finite.
        best: the parameters after the best epoch.
        kept: which are to be left in the model, ``"params"`` or ``"best"``.
        restarts: how often it may go back to the best parameters, with a smaller learning rate, when it
            begins to diverge.
    """

    def __init__(
        self,
        model: MLP,
        plan: Plan,
        engine: Engine,
        optimizer: Optimizer,
        notes: Mapping[str, Any],
        restarts: int = 0,
    ) -> None:
        self.model, self.plan, self.engine, self.optimizer, self.notes = model, plan, engine, optimizer, notes
        self.history = History()
        self.seen, self.J = 0, 0.0
        self.A = np.zeros((model.sizes[-1], plan.X.shape[1]))
        self.sound, self.best = _copied(engine.params), _copied(engine.params)
        self.kept, self.restarts = "params", restarts
        self._first: float | None = None  # the loss of its first batch
        self._order = plan.order(0)

    def step(self) -> bool:
        """Make a step; whether it finished an epoch, which is then measured.

        Raises:
            Diverged: if a loss is not finite; the parameters are then what they were before.
        """
        plan, m = self.plan, self.plan.X.shape[1]
        batch = self._order[self.seen : self.seen + plan.batch_size]
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                done = self.engine.run(plan.X[:, batch], plan.Y[:, batch])
                self._check(done)
                self._first = done.J if self._first is None else self._first
                for name, array in self.engine.params.items():
                    self.sound[name][...] = array
                self.optimizer.step(self.engine.params, done.grads)
                self._check(done)
                self.history.steps += 1
                self.A[:, batch] = done.A
                self.J += done.J * len(batch) / m
                self.seen += len(batch)
                if self.seen == m:
                    self._finish_epoch()
        except DomainError as error:
            raise self._diverged(str(error)) from None
        return self.seen == 0

    def restart(self, error: Diverged) -> None:
        """Go back to the best parameters, those of the beginning if no epoch was finished, with a smaller
        learning rate.

        Raises:
            Diverged: the error itself, if it went back often enough.
        """
        history = self.history
        if len(history.restarts) >= self.restarts:
            raise error
        self._set(self.best)
        self.optimizer.restart(self.optimizer.slowed * SLOWER)
        self.seen, self.J = 0, 0.0
        where = f"the weights of epoch {history.best_epoch}" if history.epochs else "its first weights"
        history.restarts.append(
            f"training began to diverge in step {error.step} with learning rate {error.rate:g}; it went back "
            f"to {where}, with learning rate {self.optimizer.rate:g}"
        )

    def _check(self, done: Pass) -> None:
        numbers = [np.array(done.J), *done.grads.values(), *self.engine.params.values()]
        if not all(np.isfinite(array).all() for array in numbers):
            raise self._diverged("numbers are no longer finite")

    def _diverged(self, what: str) -> Diverged:
        step, rate = self.history.steps + 1, self.optimizer.rate
        self._set(self.sound)
        largest = float(np.abs(self.plan.X).max())
        scale = f", or standardise the inputs, which reach {largest:.3g}" if largest > 10.0 else ""
        return Diverged(
            f"training diverged in step {step} with learning rate {rate:g}: {what}. The last weights with a "
            f"finite loss are kept. Try a smaller learning rate, such as {rate / 10:g}{scale}",
            self.history,
            step,
            rate,
        )

    def _finish_epoch(self) -> None:
        plan, history, loss = self.plan, self.history, self.plan.objective.loss
        first = history.train_loss[0] if history.epochs else self._first
        if self.restarts and first is not None and first + FAR * (abs(first) + 1.0) < self.J:
            raise self._diverged(f"the loss of an epoch is {self.J:.3g}")
        if plan.held_out:
            X, Y = plan.held_out
            outputs = self.engine.outputs(X)
            weights = [array for name, array in self.engine.params.items() if Place(name).letter == "W"]
            J = plan.objective.J(weights, outputs, Y)
            if not np.isfinite(J):
                raise self._diverged("the loss on the validation data is not finite")
            history.append("validation", loss, J, outputs, Y, plan.metrics)
        history.append("train", loss, self.J, self.A, plan.Y, plan.metrics)
        if history.best_epoch == history.epochs:
            self.best = _copied(self.engine.params)
        self.seen, self.J, self._order = 0, 0.0, plan.order(history.epochs)

    def stop(self, why: str) -> None:
        """End here, with the weights of the best epoch in the model."""
        best, history = self.history.best_epoch, self.history
        if not best:
            history.stopped = f"{why}; no epoch was finished, so the weights are kept as they are"
            return
        loss = f"{history.decisive[best - 1]:.4g}"
        history.stopped = f"{why}; the weights of epoch {best} are kept, whose loss of {loss} was the lowest"
        self.kept = "best"

    def settle(self) -> None:
        """Put the parameters that are to be kept into the model."""
        if self.kept == "best":
            self._set(self.best)
        self.engine.push()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint."""
        groups = {
            "params": self.engine.params,
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "history": {name: np.array(curve) for name, curve in self.history.curves().items()},
            "run": {"A": self.A},
        }
        arrays = {f"{group}/{name}": each for group, named in groups.items() for name, each in named.items()}
        progress = {
            "seen": self.seen,
            "J": self.J,
            "steps": self.history.steps,
            "seconds": self.history.seconds,
            "restarts": self.history.restarts,
        }
        about = {"format": FORMAT, **self._description(), "kept": self.kept, "notes": dict(self.notes)}
        Checkpoint(arrays, {**about, "progress": progress}).write(path)

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint.

        Raises:
            OSError: if it cannot be read.
            CheckpointError: if it is not one of this training. Nothing has changed then.
        """
        read = Checkpoint.read(path)
        if "progress" not in read.about:
            raise CheckpointError(f"{path} holds a network, no training to go on with; load_model reads it")
        for key, expected in self._description().items():
            given = read.about.get(key)
            if given != expected:
                what = f"is of training with {key} {given!r}, not {expected!r}"
                raise CheckpointError(f"{path} {'is of other training data' if key == 'data' else what}")
        self._check_arrays(path, read)
        history, seen, J = self._progress(path, read)
        self._set(read.group("params"))
        self.sound, self.best = _copied(self.engine.params), read.group("best")
        self.optimizer.load_state_dict(read.group("optimizer"))
        self.optimizer.slowed = SLOWER ** len(history.restarts)
        self.history, self.seen, self.J, self.A = history, seen, J, read.arrays["run/A"]
        self._order = self.plan.order(self.history.epochs)

    def _check_arrays(self, path: str | os.PathLike[str], read: Checkpoint) -> None:
        """See that a checkpoint holds the arrays that ``save`` wrote for this training."""
        shapes = {name: array.shape for name, array in self.engine.params.items()}
        state = read.group("optimizer")
        fits = state.pop("t", self.A).shape == ()
        for name, shape in shapes.items():
            fits &= all(state[key].shape == shape for key in state if key.endswith(f" {name}"))
        kinds = {key.rpartition(" ")[0] for key in state}
        fits &= state.keys() == {f"{kind} {name}" for kind in kinds for name in shapes}
        for group in ("params", "best"):
            fits &= {name: array.shape for name, array in read.group(group).items()} == shapes
        if not fits or getattr(read.arrays.get("run/A"), "shape", None) != self.A.shape:
            raise CheckpointError(f"{path} holds arrays of other shapes than this network")
        numbers = [read.group(group) for group in ("params", "best", "optimizer", "run")]
        if not all(
            array.dtype == np.float64 and np.isfinite(array).all() for g in numbers for array in g.values()
        ):
            raise CheckpointError(f"{path} holds arrays of something else than finite floats of 64 bits")

    def _progress(self, path: str | os.PathLike[str], read: Checkpoint) -> tuple[History, int, float]:
        """What was measured, and how far the epoch was."""
        progress = read.about["progress"]
        try:
            seen, J, steps, seconds = (progress[name] for name in ("seen", "J", "steps", "seconds"))
            whole = all(type(number) is int and number >= 0 for number in (seen, steps))
            if not whole or seen >= self.plan.X.shape[1] or seen % self.plan.batch_size:
                raise ValueError(
                    f"so many steps or samples cannot have been made: {steps!r:.60}, {seen!r:.60}"
                )
            if not all(type(number) in (int, float) and np.isfinite(number) for number in (J, seconds)):
                raise ValueError(f"J and seconds are numbers, got {J!r:.60} and {seconds!r:.60}")
            restarts = progress.get("restarts", [])
            if not isinstance(restarts, list) or not all(isinstance(text, str) for text in restarts):
                raise ValueError(f"restarts are a list of sentences, got {restarts!r:.60}")
            history = History(steps=steps, seconds=float(seconds), restarts=restarts)
            for name, curve in read.group("history").items():
                if curve.ndim != 1 or curve.dtype != np.float64:
                    raise ValueError(f"the curve {name!r} is no row of floats")
                history.curve(name).extend(curve.tolist())
            if any(len(curve) != history.epochs for curve in history.curves().values()):
                raise ValueError("its curves are not of one length")
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise CheckpointError(f"{path} holds no training of this library: {error}") from None
        return history, seen, float(J)

    def _description(self) -> dict[str, Any]:
        # A function as a schedule is shown with its place in memory, which differs from run to run.
        optimizer = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(self.optimizer))
        return {**architecture(self.model), "optimizer": optimizer, **self.plan.description()}

    def _set(self, params: Mapping[str, Array]) -> None:
        for name, array in self.engine.params.items():
            array[...] = params[name]


def _copied(params: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in params.items()}
