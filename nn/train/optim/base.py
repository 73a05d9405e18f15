"""What all optimisers have in common: they move arrays by name, by clipped gradients, at a rate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.labels import gather
from autodiff.nesting import flat_values
from nn.model.module import Array, Module, as_floats, read, write
from nn.train.optim.clipping import clip
from nn.train.optim.schedules import Schedule, checked_rate
from nn.train.optim.settings import checked_number

__all__ = ["Optimizer"]

USUAL = ("weight_decay", "clip_norm", "clip_value")  # options that are not shown where they are 0 or None
SCHEDULE = "schedule "  # begins the names of a schedule's state


@dataclass(eq=False, repr=False)
class Optimizer:
    """Base class: a subclass says in ``update`` how far one array moves.

    Args:
        learning_rate: the size η of the steps, a positive number; or a schedule, a function from
            the number of steps made to η.
        weight_decay: λ, for which λ·p is added to the gradient of p, clipped before: the gradient of a
            penalty λ/2·Σp² on all parameters.
        clip_norm, clip_value: clip the gradients before each step, as ``clip`` says.
        lr: another name of ``learning_rate``.

    Attributes:
        t: the number of steps made.
        memory: arrays that are kept from step to step, by names such as ``"velocity W1"``.
        slowed: what the learning rate is multiplied by, below 1 after ``restart``.
    """

    learning_rate: float | Schedule = 0.1
    weight_decay: float = field(default=0.0, kw_only=True)
    clip_norm: float | None = field(default=None, kw_only=True)
    clip_value: float | None = field(default=None, kw_only=True)
    lr: InitVar[float | Schedule | None] = field(default=None, kw_only=True)
    t: int = field(default=0, init=False, repr=False)
    memory: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    slowed: float = field(default=1.0, init=False, repr=False)

    def __post_init__(self, lr: float | Schedule | None) -> None:
        if lr is not None:
            if self.learning_rate != type(self).learning_rate:
                raise TypeError("lr is another name of learning_rate; give one of them")
            self.learning_rate = lr
        if not callable(self.learning_rate):
            self.learning_rate = checked_rate(self.learning_rate)
        self.weight_decay = checked_number(self.weight_decay, "weight_decay is 0 or more")
        for name in ("clip_norm", "clip_value"):
            if getattr(self, name) is not None:
                says = f"{name} is a positive number"
                setattr(self, name, checked_number(getattr(self, name), says, allow_least=False))
        _ = self.rate  # raises now, if a schedule starts with something else

    def __repr__(self) -> str:
        """As it is made, without options that are not used."""
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.repr and each.init}
        used = (f"{name}={option!r}" for name, option in shown.items() if name not in USUAL or option)
        return f"{type(self).__name__}({', '.join(used)})"

    @property
    def rate(self) -> float:
        """η of the next step.

        Raises:
            ValueError: if the schedule gives no number, or one that is negative or not finite.
        """
        schedule = self.learning_rate
        rate = schedule(self.t) if callable(schedule) else schedule
        try:
            number = float(rate)
        except (TypeError, ValueError):
            number = math.nan
        if not 0.0 <= number < math.inf:
            raise ValueError(
                f"a schedule gives learning rates of 0 or more, got {rate!r:.60} after {self.t} steps"
            )
        return self.slowed * number

    def observe(self, loss: float) -> None:
        """Tell the schedule the loss of an epoch, if it wants to know."""
        if hasattr(self.learning_rate, "observe"):
            self.learning_rate.observe(loss)

    def restart(self, slowed: float) -> None:
        """Forget all steps, and multiply every learning rate by ``slowed`` from now on."""
        self.t, self.memory, self.slowed = 0, {}, slowed

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        """What to add to the parameter ``name``, of its shape."""
        raise NotImplementedError

    def decayed(self, parameter: Array, gradient: Array) -> Array:
        """The gradient with the part of ``weight_decay``."""
        return gradient + self.weight_decay * parameter if self.weight_decay else gradient

    def step(
        self,
        parameters: Module | Sequence[Any] | Mapping[str, Any],
        gradients: Mapping[str, Array] | None = None,
    ) -> None:
        """Move the parameters once.

        Args:
            parameters: a model or leaf Values, also in nested dicts and lists, whose ``grad`` is used;
                or arrays by name, which are changed in place.
            gradients: of the arrays, by the same names and of their shapes.

        Raises:
            ValueError: if a gradient is missing, or the steps before were on arrays of another shape.
        """
        if isinstance(parameters, Mapping) and (gradients is not None or _are_arrays(parameters)):
            missing = parameters.keys() - (gradients or {}).keys()
            if missing:
                raise ValueError(f"every array needs its gradient; {', '.join(sorted(missing))} is missing")
            own = {name: (gradients or {})[name] for name in parameters}
            clipped = clip(own, self.clip_norm, self.clip_value)
            for name, array in parameters.items():
                array += self.update(name, array, self.decayed(array, clipped[name]))
            self.t += 1
            return
        values = gather(flat_values(parameters, "a step moves leaf Values"))
        arrays = {name: read(each, "data") for name, each in values.items()}
        self.step(arrays, {name: read(each, "grad") for name, each in values.items()})
        for name, each in values.items():
            write(each, "data", arrays[name])

    def remembered(self, what: str, name: str, like: Array, first: float = 0.0) -> Array:
        """An array kept from step to step, live; in the shape of ``like``, and ``first`` at first."""
        kept = self.memory.get(f"{what} {name}")
        if kept is None:
            kept = self.memory[f"{what} {name}"] = np.full_like(like, first)
        if kept.shape != like.shape:
            raise ValueError(
                f"this optimiser has trained a model whose {name} has shape {kept.shape}, not {like.shape}; "
                "make a new one"
            )
        return kept

    def state_dict(self) -> dict[str, Array]:
        """A copy of what it and its schedule remember, as arrays by name."""
        schedule = self.learning_rate.state_dict() if hasattr(self.learning_rate, "state_dict") else {}
        return {
            "t": np.array(float(self.t)),
            "slowed": np.array(self.slowed),
            **{f"{SCHEDULE}{name}": np.array(number, np.float64) for name, number in schedule.items()},
            **{name: each.copy() for name, each in self.memory.items()},
        }

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Go on from where the optimiser was whose ``state_dict`` this is."""
        arrays = {name: as_floats(each, name).copy() for name, each in state.items()}
        schedule = {name: arrays.pop(name) for name in list(arrays) if name.startswith(SCHEDULE)}
        if hasattr(self.learning_rate, "load_state_dict"):
            named = {name.removeprefix(SCHEDULE): each for name, each in schedule.items()}
            self.learning_rate.load_state_dict({n: x if x.shape else float(x) for n, x in named.items()})
        self.t, self.slowed = int(arrays.pop("t")), float(arrays.pop("slowed", np.array(1.0)))
        self.memory = arrays


delattr(Optimizer, "lr")  # a name of an argument, and not of what an optimiser has


def _are_arrays(parameters: Mapping[str, Any]) -> bool:
    """Whether all are arrays of numbers, and not of Values."""
    return all(isinstance(each, np.ndarray) and each.dtype != object for each in parameters.values())
