"""Rules of a layer, one formula each, by the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from duograd.course.answers import accept
from nn import judge
from nn.model.module import Array

__all__ = ["judge_dA", "judge_dW", "judge_dZ", "judge_db"]

# Neurons, inputs and samples: all different, and none 2, which is a factor of its own; then a square W, where
# shapes do not tell what is transposed.
SIZES = ((4, 3, 5), (3, 3, 5))

Arrays = Mapping[str, Array]


def judge_dW(rule: Callable[[Array, Array], Array]) -> None:
    """A rule of dZ and A of the layer before.

    Raises:
        NotYet: with the judge's name of the mistake; so do the others.
    """
    _judge_linear("W", lambda dZ, cache: rule(dZ, cache["A_before"]))


def judge_db(rule: Callable[[Array], Array]) -> None:
    """A rule of dZ."""
    _judge_linear("b", lambda dZ, cache: rule(dZ))


def judge_dA(rule: Callable[[Array, Array], Array]) -> None:
    """A rule of W and dZ."""
    _judge_linear("A_before", lambda dZ, cache: rule(cache["W"], dZ))


def judge_dZ(rule: Callable[[Array, Array, Array], Array], g: Callable[[Any], Any]) -> None:
    """A rule of dA, Z and A, where A = g(Z)."""
    rng = np.random.default_rng()

    def layer_forward(Z: Array) -> tuple[Array, Arrays]:
        A = g(Z)
        return A, {"Z": Z, "A": A}

    def layer_backward(dA: Array, cache: Arrays) -> dict[str, Array]:
        return {"Z": rule(dA, cache["Z"], cache["A"])}

    Z = rng.normal(size=(3, 5))
    rule(rng.normal(size=Z.shape), Z, g(Z))  # without the judge, what it raises is explained at its own line
    accept(judge(layer_forward, layer_backward, Z=Z), ["Z"])


def _judge_linear(of: str, rule: Callable[[Array, Arrays], Array]) -> None:
    """Hold the gradient of Z = W·A_before + b by one of the three to layers that are drawn at random."""
    rng = np.random.default_rng()

    def layer_forward(W: Array, b: Array, A_before: Array) -> tuple[Array, Arrays]:
        return W @ A_before + b, {"W": W, "A_before": A_before}

    def layer_backward(dZ: Array, cache: Arrays) -> dict[str, Array]:
        return {of: rule(dZ, cache)}

    for neurons, inputs, samples in SIZES:
        W, b = rng.normal(size=(neurons, inputs)), rng.normal(size=(neurons, 1))
        A_before = rng.normal(size=(inputs, samples))
        rule(rng.normal(size=(neurons, samples)), {"W": W, "A_before": A_before})  # as above
        accept(judge(layer_forward, layer_backward, W=W, b=b, A_before=A_before), [of])
