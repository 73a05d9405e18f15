"""Schedules: learning rates that change from step to step.

A schedule is any function from the number of steps that were made to the rate of the next one. It may
have a state, then with ``state_dict`` and ``load_state_dict`` as ``ReduceLROnPlateau`` has them, and it
may have ``observe(loss)``, which is called with the loss of each epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nn.train.optim.settings import checked_number, checked_whole

__all__ = [
    "Constant",
    "Cosine",
    "OneCycle",
    "ReduceLROnPlateau",
    "Schedule",
    "Step",
    "WarmUp",
    "checked_rate",
]

Schedule = Callable[[int], float]  # the learning rate after so many steps have been made


def checked_rate(rate: float) -> float:
    """A learning rate as a float.

    Raises:
        TypeError, ValueError: if it is no positive number.
    """
    return checked_number(rate, "a learning rate is a positive number", allow_least=False)


class _Checked:
    """A base of frozen dataclasses whose fields are checked when they are made."""

    def _set(self, **settings: float) -> None:
        for name, number in settings.items():
            object.__setattr__(self, name, number)


@dataclass(frozen=True)
class Constant(_Checked):
    """The same learning rate for ever."""

    rate: float

    def __post_init__(self) -> None:
        self._set(rate=checked_rate(self.rate))

    def __call__(self, t: int) -> float:
        return self.rate


@dataclass(frozen=True)
class Step(_Checked):
    """A learning rate that is multiplied by ``factor`` each time so many steps have been made."""

    rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        self._set(
            rate=checked_rate(self.rate),
            every=checked_whole(self.every, "every is a number of steps, 1 or more", 1),
            factor=checked_number(self.factor, "factor is a positive number", allow_least=False),
        )

    def __call__(self, t: int) -> float:
        return self.rate * self.factor ** (t // self.every)


@dataclass(frozen=True)
class Cosine(_Checked):
    """A learning rate that falls from ``rate`` to ``least`` over ``steps`` steps, and stays there.

    Source: Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts (2017), eq. 5.
    """

    rate: float
    steps: int
    least: float = 0.0

    def __post_init__(self) -> None:
        self._set(
            rate=checked_rate(self.rate),
            steps=checked_whole(self.steps, "steps is a number of steps, 1 or more", 1),
            least=checked_number(self.least, "least is a learning rate, 0 or more"),
        )

    def __call__(self, t: int) -> float:
        return _cosine(self.rate, self.least, min(t, self.steps) / self.steps)


@dataclass(frozen=True)
class WarmUp(_Checked):
    """Another schedule, or a rate η, after a rise from 0: in step t of the first ``steps`` it is η·t/steps.

    Source: Goyal et al., Accurate, large minibatch SGD (2017), section 2.2, which begins at a share of η.
    """

    after: float | Schedule
    steps: int

    def __post_init__(self) -> None:
        if not callable(self.after):
            self._set(after=checked_rate(self.after))
        self._set(steps=checked_whole(self.steps, "steps is a number of steps, 1 or more", 1))

    def __call__(self, t: int) -> float:
        rate = self.after(t) if callable(self.after) else self.after
        return rate * min(1.0, t / self.steps)


@dataclass(frozen=True)
class OneCycle(_Checked):
    """A learning rate that rises from ``rate / start`` to ``rate`` in the first ``rising`` of the steps, and
    falls from there to ``rate / start / end``, both along a cosine; afterwards it stays there.

    Source: Smith & Topin, Super-convergence (2018); in the form that PyTorch's ``OneCycleLR`` has, whose
    ``pct_start``, ``div_factor`` and ``final_div_factor`` these are.
    """

    rate: float
    steps: int
    rising: float = 0.3
    start: float = 25.0
    end: float = 1e4

    def __post_init__(self) -> None:
        rising = checked_number(self.rising, "rising is a share of the steps, above 0 and below 1", below=1.0)
        steps = checked_whole(self.steps, "steps is a number of steps, 3 or more", 3)
        if not 0.0 < rising * steps - 1.0 < steps - 1.0:
            raise ValueError(f"rising={rising:g} of {steps} steps leaves none to rise; take more of either")
        self._set(
            rate=checked_rate(self.rate),
            steps=steps,
            rising=rising,
            start=checked_number(self.start, "start is a positive number", allow_least=False),
            end=checked_number(self.end, "end is a positive number", allow_least=False),
        )

    def __call__(self, t: int) -> float:
        top, last, low = self.rising * self.steps - 1.0, self.steps - 1.0, self.rate / self.start
        if t <= top:
            return _cosine(low, self.rate, t / top)
        return _cosine(self.rate, low / self.end, min((t - top) / (last - top), 1.0))


@dataclass
class ReduceLROnPlateau:
    """A learning rate that is multiplied by ``factor`` after more than ``patience`` epochs in which the loss
    was never lower than (1 - ``threshold``) times the lowest before; then it is left alone for ``cooldown``
    epochs. The loss is that of the validation data, if there are any.

    Source: PyTorch's scheduler of that name, whose defaults these are.

    Attributes:
        current: the learning rate now.
        lowest: the lowest loss that was seen.
        waited, resting: epochs since, and epochs of the cooldown that are left.
    """

    rate: float
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    least: float = 0.0
    current: float = field(init=False, repr=False)
    lowest: float = field(default=math.inf, init=False, repr=False)
    waited: int = field(default=0, init=False, repr=False)
    resting: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.rate = self.current = checked_rate(self.rate)
        self.factor = checked_number(
            self.factor, "factor is above 0 and below 1", below=1.0, allow_least=False
        )
        self.patience = checked_whole(self.patience, "patience is a number of epochs, 0 or more", 0)
        self.threshold = checked_number(self.threshold, "threshold is at least 0 and below 1", below=1.0)
        self.cooldown = checked_whole(self.cooldown, "cooldown is a number of epochs, 0 or more", 0)
        self.least = checked_number(self.least, "least is a learning rate, 0 or more")

    def __call__(self, t: int) -> float:
        return self.current

    def observe(self, loss: float) -> None:
        """See the loss of an epoch."""
        if loss < self.lowest * (1.0 - self.threshold):
            self.lowest, self.waited = loss, 0
        else:
            self.waited += 1
        if self.resting:
            self.resting, self.waited = self.resting - 1, 0
        if self.waited > self.patience:
            lower = max(self.current * self.factor, self.least)
            if self.current - lower > 1e-8:  # as in PyTorch, which does not bother about less
                self.current = lower
            self.resting, self.waited = self.cooldown, 0

    def state_dict(self) -> dict[str, float]:
        """What it remembers."""
        names = ("current", "lowest", "waited", "resting")
        return {name: float(getattr(self, name)) for name in names}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from where the schedule was whose ``state_dict`` this is."""
        self.current, self.lowest = float(state["current"]), float(state["lowest"])
        self.waited, self.resting = int(state["waited"]), int(state["resting"])


def _cosine(begin: float, end: float, way: float) -> float:
    """Half a wave from one rate to another, of which the share ``way`` is gone."""
    return end + (begin - end) * 0.5 * (1.0 + math.cos(math.pi * way))
