"""Optimisers and schedules, by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nn.registry import entry_named
from nn.train.optim.base import Optimizer
from nn.train.optim.rules import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.train.optim.schedules import Constant, Cosine, OneCycle, ReduceLROnPlateau, Schedule, Step, WarmUp

__all__ = ["OPTIMIZERS", "SCHEDULES", "OptimizerChoice", "optimizer_named", "schedule_named", "scheduled"]


@dataclass(frozen=True)
class OptimizerChoice:
    """An optimiser that can be chosen by name.

    Attributes:
        make: makes one of a learning rate, or a schedule, and further settings.
        rate: the learning rate if none is chosen.
    """

    make: Callable[..., Optimizer]
    rate: float


def _momentum(rate: float | Schedule, **settings: Any) -> SGD:
    return SGD(rate, momentum=0.9, **settings)


def _nesterov(rate: float | Schedule, **settings: Any) -> SGD:
    return SGD(rate, momentum=0.9, nesterov=True, **settings)


OPTIMIZERS = {
    "sgd": OptimizerChoice(SGD, 0.2),
    "momentum": OptimizerChoice(_momentum, 0.02),
    "nesterov": OptimizerChoice(_nesterov, 0.02),
    "adagrad": OptimizerChoice(Adagrad, 0.05),
    "rmsprop": OptimizerChoice(RMSprop, 0.005),
    "adam": OptimizerChoice(Adam, 0.005),
    "adamw": OptimizerChoice(AdamW, 0.01),
}

# From a rate and the number of all steps; a step falls three times, and a warm-up takes a tenth of them.
SCHEDULES: dict[str, Callable[[float, int], Schedule]] = {
    "constant": lambda rate, steps: Constant(rate),
    "step": lambda rate, steps: Step(rate, max(1, steps // 4), 0.3),
    "cosine": lambda rate, steps: Cosine(rate, max(1, steps)),
    "warmup": lambda rate, steps: WarmUp(rate, max(1, steps // 10)),
    "warmup_cosine": lambda rate, steps: WarmUp(Cosine(rate, max(1, steps)), max(1, steps // 10)),
    "one_cycle": lambda rate, steps: OneCycle(rate, max(7, steps)),
    "plateau": lambda rate, steps: ReduceLROnPlateau(rate),
}


def optimizer_named(chosen: str | Optimizer | Callable[[], Optimizer] | None) -> Optimizer:
    """The optimiser itself, or a new one: of that name with its usual rate, or what a callable makes, such
    as the class ``Adam``; gradient descent with rate 0.1 for None.

    Raises:
        TypeError: for anything else.
        ValueError: for an unknown name; the message suggests the nearest.
    """
    if isinstance(chosen, Optimizer):
        return chosen
    if isinstance(chosen, str):
        choice = entry_named("optimizer", chosen, OPTIMIZERS)
        return choice.make(choice.rate)
    made = SGD() if chosen is None else chosen() if callable(chosen) else chosen
    if not isinstance(made, Optimizer):
        raise TypeError(
            f"optimizer is a name such as 'adam', an optimiser such as optim.Adam(0.01), or what makes one, "
            f"got {chosen!r:.60}"
        )
    return made


def scheduled(
    optimizer: Optimizer,
    schedule: str | Callable[[float, int], Schedule] | None,
    steps: int,
    *,
    clip_norm: float | None = None,
    clip_value: float | None = None,
) -> Optimizer:
    """The optimiser itself if there is nothing to add, or a new one with a schedule over so many steps, made
    from its learning rate, and with clipping.

    Raises:
        ValueError: if it has these already, or its learning rate is a schedule.
    """
    added: dict[str, Any] = {"clip_norm": clip_norm, "clip_value": clip_value}
    added = {name: option for name, option in added.items() if option is not None}
    if schedule is not None:
        if callable(optimizer.learning_rate):
            raise ValueError(f"the learning rate of this optimiser is a schedule already: {optimizer!r}")
        make = schedule if callable(schedule) else entry_named("schedule", schedule, SCHEDULES)
        added["learning_rate"] = make(optimizer.learning_rate, steps)
    if any(getattr(optimizer, name) is not None for name in added if name != "learning_rate"):
        raise ValueError(f"this optimiser clips already: {optimizer!r}")
    return replace(optimizer, lr=None, **added) if added else optimizer


def schedule_named(name: str, rate: float, steps: int) -> Schedule:
    """The schedule of that name, of a rate, for so many steps in all.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest.
    """
    return entry_named("schedule", name, SCHEDULES)(rate, steps)
