"""Optimisers: what a step does with the gradients; and schedules, which let the learning rate change.

One implementation serves the Values of a scalar network, a matrix twin and a lifted program:
it works on arrays by name, and Values that are labelled ``W1[0,2]`` gather into such arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.labels import gather
from autodiff.nesting import flat_values
from nn.model.module import Array, Module, read, write

__all__ = ["SGD", "Adam", "AdamW", "Constant", "Cosine", "Optimizer", "Schedule", "Step"]

Schedule = Callable[[int], float]  # the learning rate after so many steps have been made


@dataclass(frozen=True)
class Constant:
    """The same learning rate for ever."""

    rate: float

    def __call__(self, t: int) -> float:
        return self.rate


@dataclass(frozen=True)
class Step:
    """A learning rate that is multiplied by ``factor`` each time so many steps have been made."""

    rate: float
    every: int
    factor: float = 0.1

    def __call__(self, t: int) -> float:
        return self.rate * self.factor ** (t // self.every)


@dataclass(frozen=True)
class Cosine:
    """A learning rate that falls from ``rate`` to ``least`` over ``steps`` steps, and stays there.

    Source: Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts (2017), eq. 5.
    """

    rate: float
    steps: int
    least: float = 0.0

    def __call__(self, t: int) -> float:
        way = min(t, self.steps) / self.steps
        return self.least + (self.rate - self.least) * 0.5 * (1.0 + math.cos(math.pi * way))


@dataclass(eq=False)
class Optimizer:
    """Base class: a subclass says in ``update`` how far one array moves.

    Args:
        learning_rate: the size η of the steps, a positive number; or a schedule, a function from
            the number of steps made to η.

    Attributes:
        t: the number of steps made.
        memory: arrays that are kept from step to step, by names such as ``"velocity W1"``.
        slowed: what the learning rate is multiplied by, below 1 after ``restart``.
    """

    learning_rate: float | Schedule = 0.1
    t: int = field(default=0, init=False, repr=False)
    memory: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    slowed: float = field(default=1.0, init=False, repr=False)

    def __post_init__(self) -> None:
        if not callable(self.learning_rate) and not 0.0 < self.learning_rate < math.inf:
            raise ValueError(f"a learning rate is a positive number, got {self.learning_rate!r}")
        if not 0.0 < self.rate < math.inf:
            raise ValueError(f"a schedule starts with a positive learning rate, got {self.rate!r}")

    @property
    def rate(self) -> float:
        """η of the next step."""
        rate = self.learning_rate(self.t) if callable(self.learning_rate) else float(self.learning_rate)
        return self.slowed * rate

    def restart(self, slowed: float) -> None:
        """Forget all steps, and multiply every learning rate by ``slowed`` from now on."""
        self.t, self.memory, self.slowed = 0, {}, slowed

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        """What to add to the parameter ``name``, of its shape."""
        raise NotImplementedError

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
            for name, array in parameters.items():
                array += self.update(name, array, (gradients or {})[name])
            self.t += 1
            return
        values = gather(flat_values(parameters, "a step moves leaf Values"))
        arrays = {name: read(each, "data") for name, each in values.items()}
        self.step(arrays, {name: read(each, "grad") for name, each in values.items()})
        for name, each in values.items():
            write(each, "data", arrays[name])

    def remembered(self, what: str, name: str, like: Array) -> Array:
        """An array kept from step to step, live; zeros in the shape of ``like`` at first."""
        kept = self.memory.setdefault(f"{what} {name}", np.zeros_like(like))
        if kept.shape != like.shape:
            raise ValueError(
                f"this optimiser has trained a model whose {name} has shape {kept.shape}, not {like.shape}; "
                "make a new one"
            )
        return kept

    def state_dict(self) -> dict[str, Array]:
        """A copy of what it remembers, as arrays by name."""
        return {"t": np.array(float(self.t)), **{name: each.copy() for name, each in self.memory.items()}}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Go on from where the optimiser was whose ``state_dict`` this is."""
        arrays = {name: np.array(each, dtype=np.float64) for name, each in state.items()}
        self.t, self.memory = int(arrays.pop("t")), arrays


def _are_arrays(parameters: Mapping[str, Any]) -> bool:
    """Whether all are arrays of numbers, and not of Values."""
    return all(isinstance(each, np.ndarray) and each.dtype != object for each in parameters.values())


@dataclass(eq=False)
class SGD(Optimizer):
    """Gradient descent, with a velocity v if there is momentum μ:

        v ← μ·v + ∂J/∂p
        p ← p - η·v                 with Nesterov's: p ← p - η·(∂J/∂p + μ·v)

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning
    (2013), in the form that PyTorch uses, where η multiplies the velocity.
    """

    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_share("momentum", self.momentum)
        if self.nesterov and not self.momentum:
            raise ValueError("Nesterov's step looks ahead along the momentum; give a momentum such as 0.9")

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        if not self.momentum:
            return -self.rate * gradient
        v = self.remembered("velocity", name, parameter)
        v[...] = self.momentum * v + gradient
        return -self.rate * (gradient + self.momentum * v if self.nesterov else v)


@dataclass(eq=False)
class Adam(Optimizer):
    """Steps of about η in every coordinate, however large its gradients g are:

        m ← β₁·m + (1 - β₁)·g       m̂ = m / (1 - β₁ᵗ)
        v ← β₂·v + (1 - β₂)·g²      v̂ = v / (1 - β₂ᵗ)
        p ← p - η·m̂ / (√v̂ + ε)

    Source: Kingma & Ba, Adam: a method for stochastic optimization (2015), algorithm 1.
    """

    learning_rate: float | Schedule = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_share("beta1", self.beta1)
        _check_share("beta2", self.beta2)
        if not self.epsilon > 0.0:
            raise ValueError(f"epsilon is a small positive number, got {self.epsilon!r}")

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        t = self.t + 1
        m, v = self.remembered("mean", name, parameter), self.remembered("square", name, parameter)
        m[...] = self.beta1 * m + (1.0 - self.beta1) * gradient
        v[...] = self.beta2 * v + (1.0 - self.beta2) * gradient * gradient
        m_hat, v_hat = m / (1.0 - self.beta1**t), v / (1.0 - self.beta2**t)
        return np.asarray(-self.rate * m_hat / (np.sqrt(v_hat) + self.epsilon))


@dataclass(eq=False)
class AdamW(Adam):
    """Adam after p ← p - η·λ·p: weights decay at a rate of their own, not through the gradient.

    Source: Loshchilov & Hutter, Decoupled weight decay regularization (2019), algorithm 2.
    """

    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= self.weight_decay < math.inf:
            raise ValueError(f"weight_decay is 0 or more, got {self.weight_decay!r}")

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        return super().update(name, parameter, gradient) - self.rate * self.weight_decay * parameter


def _check_share(name: str, share: float) -> None:
    if not 0.0 <= share < 1.0:
        raise ValueError(f"{name} is at least 0 and below 1, got {share!r}")
