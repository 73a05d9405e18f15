"""The work that eager engines are compared on: the hinge loss of MLP(2, [16, 16, 1]) on 100 samples."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

__all__ = ["SIZES", "Problem", "mean_hinge_loss"]

SIZES = (2, 16, 16, 1)


@dataclass(frozen=True)
class Problem:
    """Numbers that all contestants start from.

    Attributes:
        layers: W and b of each layer, of shapes (m_l, m_{l-1}) and (m_l,).
        X: m samples of two numbers.
        Y: their classes, -1 or 1.
    """

    layers: list[tuple[list[list[float]], list[float]]]
    X: list[list[float]]
    Y: list[float]

    @classmethod
    def random(cls, samples: int = 100, seed: int = 0) -> Problem:
        """Weights uniform in [-1, 1], inputs normal, classes by a coin."""
        rng = random.Random(seed)
        layers = []
        for n, m in pairwise(SIZES):
            W = [[rng.uniform(-1, 1) for _ in range(n)] for _ in range(m)]
            layers.append((W, [rng.uniform(-1, 1) for _ in range(m)]))
        X = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(samples)]
        return cls(layers, X, [rng.choice((-1.0, 1.0)) for _ in X])

    def numbers(self) -> list[float]:
        """All parameters, neuron after neuron, each neuron's weights before its bias."""
        return [number for W, b in self.layers for w, bias in zip(W, b, strict=True) for number in (*w, bias)]


def mean_hinge_loss(scores: Iterable[Any], Y: list[float]) -> Any:
    """1/m Σ max(0, 1 - y·score), in the operators that every engine has and the nodes that
    micrograd's own demo makes of it."""
    losses = [(1.0 + -y * score).relu() for score, y in zip(scores, Y, strict=True)]
    return sum(losses[1:], losses[0]) * (1.0 / len(losses))
