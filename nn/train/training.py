"""``Training``: one that can be stopped at any step, and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import DomainError
from autodiff.labels import Place
from nn.losses.base import evened
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.train.engines import Engine, Pass
from nn.train.history import History
from nn.train.optim import Optimizer
from nn.train.plan import Plan

__all__ = ["SLOWER", "Callback", "Diverged", "Training", "copied"]

Callback = Callable[[History], Any]  # called after each epoch; True ends training

SLOWER = 0.1  # the learning rate of a restart, in units of the one before
FAR = 10.0  # times the loss that training began with, beyond which it begins to diverge


class Diverged(ArithmeticError):
    """Training left the range of numbers.

    Attributes:
        history: what was measured until then.
        step: the step, counted from 1, whose loss was not finite.
        rate: the learning rate.

    >>> from nn import MLP, fit, optim
    >>> from nn.datasets import sine
    >>> data = sine(50)
    >>> try:
    ...     fit(MLP(1, [4, 1], activation="relu"), data.X, data.y, optimizer=optim.SGD(1e6))
    ... except Diverged as error:
    ...     print(error)  # doctest: +ELLIPSIS
    training diverged in step 4 with learning rate 1e+06: ...
    """

    def __init__(self, message: str, history: History, step: int, rate: float) -> None:
        super().__init__(message)
        self.history, self.step, self.rate = history, step, rate

    def __reduce__(self) -> tuple[Any, ...]:  # or it could not come back from a worker process
        return type(self), (str(self), self.history, self.step, self.rate)


class Training:
    """A training in progress. What ``resuming`` keeps of it is all that its further way depends on.

    Attributes:
        history: what was measured.
        seen: samples of the present epoch that were seen.
        J: their losses' part in the epoch's J.
        A: their outputs, as they were then.
        norms: the lengths of the gradients, added up over the steps of the epoch, by parameter.
        first: the loss of its first batch, None before.
        sound: the latest parameters whose loss is known to be finite.
        best: the parameters after the best epoch.
        kept: which are to be left in the model, ``"params"`` or ``"best"``.
        called_off: whether the callback ended it.
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
        callback: Callback | None = None,
    ) -> None:
        self.model, self.plan, self.engine, self.optimizer, self.notes = model, plan, engine, optimizer, notes
        self.history = History()
        self.seen, self.J = 0, 0.0
        self.A = np.zeros((model.sizes[-1], plan.m))
        self.norms = np.zeros(len(engine.params) if "gradient_norms" in plan.record else 0)
        self.sound, self.best = copied(engine.params), copied(engine.params)
        self.kept, self.restarts, self.callback = "params", restarts, callback
        self.called_off = False
        self.first: float | None = None
        self._ordered: tuple[int, npt.NDArray[np.intp]] | None = None  # an epoch, and its order

    def step(self) -> None:
        """Make a step; after the last of an epoch, measure.

        Raises:
            Diverged: if a loss is not finite; the parameters are then what they were before.
        """
        plan = self.plan
        batch = self._order()[self.seen : self.seen + plan.batch_size]
        X, Y, weights = plan.data.take(batch)
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                done = self.engine.run(X, Y) if weights is None else self.engine.run(X, Y, evened(weights))
                self._check(np.array(done.J), *done.grads.values())
                self.first = done.J if self.first is None else self.first
                for name, array in self.engine.params.items():
                    self.sound[name][...] = array
                norms = self._norms(done)
                self.optimizer.step(self.engine.params, done.grads)
                self._check(*self.engine.params.values())
                self.norms += norms
                self.history.steps += 1
                self.A[:, batch] = done.A
                self.J += done.J * plan.share(batch)
                self.seen += len(batch)
                if self.seen == plan.m:
                    self._finish_epoch()
        except DomainError as error:
            raise self._diverged(str(error)) from None

    def _norms(self, done: Pass) -> Array:
        """‖dW‖ for each parameter W, if that is recorded."""
        lengths = [np.linalg.norm(done.grads[name]) for name in self.engine.params] if self.norms.size else []
        return np.array(lengths, dtype=np.float64)

    def _order(self) -> npt.NDArray[np.intp]:
        epoch = self.history.epochs
        if self._ordered is None or self._ordered[0] != epoch:
            self._ordered = epoch, self.plan.order(epoch)
        return self._ordered[1]

    def restart(self, error: Diverged) -> None:
        """Go back to the best parameters, those of the beginning if no epoch was finished, with a smaller
        learning rate.

        Raises:
            Diverged: the error itself, if it went back often enough.
        """
        history = self.history
        if len(history.restarts) >= self.restarts:
            raise error
        self.set(self.best)
        self.optimizer.restart(self.optimizer.slowed * SLOWER)
        self._begin_epoch()
        where = f"the weights of epoch {history.best_epoch}" if history.epochs else "its first weights"
        history.restarts.append(
            f"training began to diverge in step {error.step} with learning rate {error.rate:g}; it went back "
            f"to {where}, with learning rate {self.optimizer.rate:g}"
        )

    def _check(self, *numbers: Array) -> None:
        if not all(np.isfinite(array).all() for array in numbers):
            raise self._diverged("numbers are no longer finite")

    def _diverged(self, what: str) -> Diverged:
        step, rate = self.history.steps + 1, self.optimizer.rate
        self.set(self.sound)
        largest = float(np.abs(self.plan.data.X).max())
        scale = f", or standardise the inputs, which reach {largest:.3g}" if largest > 10.0 else ""
        return Diverged(
            f"training diverged in step {step} with learning rate {rate:g}: {what}. The last weights with a "
            f"finite loss are kept. Try a smaller learning rate, such as {rate / 10:g}{scale}",
            self.history,
            step,
            rate,
        )

    def _finish_epoch(self) -> None:
        plan, history = self.plan, self.history
        first = history.train_loss[0] if history.epochs else self.first
        if self.restarts and first is not None and first + FAR * (abs(first) + 1.0) < self.J:
            raise self._diverged(f"the loss of an epoch is {self.J:.3g}")
        if plan.held_out:
            outputs = self.engine.outputs(plan.held_out.X)
            W = [array for name, array in self.engine.params.items() if Place(name).letter == "W"]
            J = plan.held_out_loss(W, outputs)
            if not np.isfinite(J):
                raise self._diverged("the loss on the validation data is not finite")
            plan.measure(history, "validation", J, outputs, plan.held_out.Y)
        plan.measure(history, "train", self.J, self.A, plan.data.Y)
        if history.best_epoch == history.epochs:
            self.best = copied(self.engine.params)
        if self.norms.size:
            steps = -(-plan.m // plan.batch_size)
            for name, total in zip(self.engine.params, self.norms.tolist(), strict=True):
                history.gradient_norms.setdefault(name, []).append(total / steps)
        self._begin_epoch()
        self.optimizer.observe(history.decisive[-1])
        if self.callback is not None:
            self.called_off = self.callback(history) is True

    def _begin_epoch(self) -> None:
        self.seen, self.J = 0, 0.0
        self.norms[...] = 0.0

    def ended(self, epochs: int, patience: int | None) -> bool:
        """Whether nothing is left to do, and then what that leaves in the model and in the history."""
        history = self.history
        waited = history.epochs - history.best_epoch
        if self.called_off:
            self.stop(f"stopped by the callback after epoch {history.epochs}")
        elif patience is not None and not self.seen and waited >= patience:
            self.stop(f"stopped after epoch {history.epochs}: no lower loss for {patience} epochs")
        elif history.epochs < epochs:
            return False
        elif patience is not None and history.epochs:
            self.kept = "best"
        return True

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
            self.set(self.best)
        self.engine.push()

    def set(self, params: Mapping[str, Array]) -> None:
        """Set the parameters of the engine."""
        for name, array in self.engine.params.items():
            array[...] = params[name]


def copied(params: Mapping[str, Array]) -> dict[str, Array]:
    """Copies of arrays by name."""
    return {name: array.copy() for name, array in params.items()}
