"""Initialisers: random weights whose size keeps signals alive from layer to layer.

Each takes a generator, the number of inputs n and of neurons m of a layer, and returns W of
shape (m, n). Biases start at zero.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autodiff import sqrt
from nn.model.module import Array
from nn.registry import entry_named

__all__ = [
    "INITIALISERS",
    "Initialiser",
    "he_normal",
    "he_uniform",
    "initialiser_named",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Initialiser = Callable[[np.random.Generator, int, int], Array]


def xavier_uniform(rng: np.random.Generator, n: int, m: int) -> Array:
    """Uniform with variance 2/(n + m), for tanh and its like.

    Source: Glorot & Bengio, Understanding the difficulty of training deep feedforward neural
    networks (2010), eq. 16.
    """
    limit = sqrt(6.0 / (n + m))
    return rng.uniform(-limit, limit, (m, n))


def xavier_normal(rng: np.random.Generator, n: int, m: int) -> Array:
    """Normal with the variance of ``xavier_uniform``, 2/(n + m)."""
    return rng.normal(0.0, sqrt(2.0 / (n + m)), (m, n))


def he_uniform(rng: np.random.Generator, n: int, m: int) -> Array:
    """Uniform with variance 2/n, for relu and its like, which let half of a signal through.

    Source: He et al., Delving deep into rectifiers (2015), eq. 10.
    """
    limit = sqrt(6.0 / n)
    return rng.uniform(-limit, limit, (m, n))


def he_normal(rng: np.random.Generator, n: int, m: int) -> Array:
    """Normal with the variance of ``he_uniform``, 2/n."""
    return rng.normal(0.0, sqrt(2.0 / n), (m, n))


def zeros(rng: np.random.Generator, n: int, m: int) -> Array:
    """All zero: neurons of a layer then stay equal for ever, which is worth seeing once."""
    return np.zeros((m, n))


INITIALISERS: dict[str, Initialiser] = {
    each.__name__: each for each in (xavier_uniform, xavier_normal, he_uniform, he_normal, zeros)
}


def initialiser_named(name: str) -> Initialiser:
    """The initialiser of that name.

    Raises:
        ValueError: if there is none; the message suggests the nearest name.
    """
    return entry_named("initialiser", name, INITIALISERS)
