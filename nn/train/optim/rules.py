"""The optimisers: a rule each for how far a step moves an array p whose gradient is g."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nn.model.module import Array
from nn.train.optim.base import Optimizer
from nn.train.optim.schedules import Schedule
from nn.train.optim.settings import checked_number

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "RMSprop"]


def _share(name: str, share: float) -> float:
    return checked_number(share, f"{name} is at least 0 and below 1", below=1.0)


def _epsilon(epsilon: float) -> float:
    return checked_number(epsilon, "epsilon is a small positive number", allow_least=False)


@dataclass(eq=False, repr=False)
class SGD(Optimizer):
    """Gradient descent, with a velocity v if there is momentum μ:

        v ← μ·v + g
        p ← p - η·v                 with Nesterov's: p ← p - η·(g + μ·v)

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning
    (2013), in the form that PyTorch uses, where η multiplies the velocity.
    """

    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self, lr: float | Schedule | None) -> None:
        super().__post_init__(lr)
        self.momentum = _share("momentum", self.momentum)
        self.nesterov = bool(self.nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("Nesterov's step looks ahead along the momentum; give a momentum such as 0.9")

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        if not self.momentum:
            return -self.rate * gradient
        v = self.remembered("velocity", name, parameter)
        v[...] = self.momentum * v + gradient
        return -self.rate * (gradient + self.momentum * v if self.nesterov else v)


@dataclass(eq=False, repr=False)
class Adagrad(Optimizer):
    """Steps that are the smaller the more a coordinate has moved:

        s ← s + g²
        p ← p - η·g / (√s + ε)

    Source: Duchi et al., Adaptive subgradient methods (2011), in the form of PyTorch's ``Adagrad``.
    """

    learning_rate: float | Schedule = 0.01
    epsilon: float = 1e-10

    def __post_init__(self, lr: float | Schedule | None) -> None:
        super().__post_init__(lr)
        self.epsilon = _epsilon(self.epsilon)

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        s = self.remembered("sum", name, parameter)
        s += gradient * gradient
        return np.asarray(-self.rate * gradient / (np.sqrt(s) + self.epsilon))


@dataclass(eq=False, repr=False)
class RMSprop(Optimizer):
    """Steps in units of the recent size of the gradient, with a velocity u if there is momentum μ:

        v ← α·v + (1 - α)·g²        centered: m ← α·m + (1 - α)·g, and v - m² in the root
        p ← p - η·g / (√v + ε)      with momentum: u ← μ·u + g / (√v + ε), p ← p - η·u

    Source: Hinton, Neural networks for machine learning (2012), lecture 6e; ε and momentum in the form of
    PyTorch's ``RMSprop``; centered after Graves, Generating sequences with recurrent networks (2013).
    """

    learning_rate: float | Schedule = 0.01
    alpha: float = 0.99
    epsilon: float = 1e-8
    momentum: float = 0.0
    centered: bool = False

    def __post_init__(self, lr: float | Schedule | None) -> None:
        super().__post_init__(lr)
        self.alpha, self.momentum = _share("alpha", self.alpha), _share("momentum", self.momentum)
        self.epsilon, self.centered = _epsilon(self.epsilon), bool(self.centered)

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        v = self.remembered("square", name, parameter)
        v[...] = self.alpha * v + (1.0 - self.alpha) * gradient * gradient
        spread = v
        if self.centered:
            m = self.remembered("mean", name, parameter)
            m[...] = self.alpha * m + (1.0 - self.alpha) * gradient
            spread = np.maximum(v - m * m, 0.0)  # which rounding may take below 0
        direction = gradient / (np.sqrt(spread) + self.epsilon)
        if self.momentum:
            u = self.remembered("velocity", name, parameter)
            u[...] = self.momentum * u + direction
            direction = u
        return np.asarray(-self.rate * direction)


@dataclass(eq=False, repr=False)
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

    def __post_init__(self, lr: float | Schedule | None) -> None:
        super().__post_init__(lr)
        self.beta1, self.beta2 = _share("beta1", self.beta1), _share("beta2", self.beta2)
        self.epsilon = _epsilon(self.epsilon)

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        t = self.t + 1
        m, v = self.remembered("mean", name, parameter), self.remembered("square", name, parameter)
        m *= self.beta1
        m += (1.0 - self.beta1) * gradient
        v *= self.beta2
        v += (1.0 - self.beta2) * gradient * gradient
        m_hat, v_hat = m / (1.0 - self.beta1**t), v / (1.0 - self.beta2**t)
        return np.asarray(-self.rate * m_hat / (np.sqrt(v_hat) + self.epsilon))


@dataclass(eq=False, repr=False)
class AdamW(Adam):
    """Adam after p ← p - η·λ·p: weights decay at a rate of their own, not through the gradient.

    Source: Loshchilov & Hutter, Decoupled weight decay regularization (2019), algorithm 2.
    """

    weight_decay: float = field(default=0.01, kw_only=True)

    def decayed(self, parameter: Array, gradient: Array) -> Array:
        return gradient

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        return super().update(name, parameter, gradient) - self.rate * self.weight_decay * parameter
