"""A rule of a layer, as the backward pass of a layer: so that its mistake is searched for as in any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff import Array
from nn.diagnosing.calling import call_rule
from nn.judging.judgement import judged
from nn.judging.passes import pass_of
from nn.judging.verdict import Finding
from nn.model.activations import ACTIVATIONS

__all__ = ["finding_of_rule"]

# Neurons, inputs and samples: all different, then a square W, where shapes do not tell what is transposed.
SIZES = ((3, 2, 5), (3, 3, 5))
OF = {"dZ": "Z", "dW": "W", "db": "b", "dA": "A"}


def finding_of_rule(rule: str, function: Callable[..., Any], activation: str = "tanh") -> Finding | None:
    """What is wrong with a rule, if that has a name.

    Args:
        rule: "dZ", "dW", "db" or "dA".
        function: of their operands, by name or in order.
        activation: of the layer, where the rule is one for dZ.
    """
    of = OF[rule]
    for neurons, inputs, samples in SIZES:
        rng = np.random.default_rng((neurons, inputs))
        arrays = {
            "W": rng.normal(size=(neurons, inputs)),
            "b": rng.normal(size=(neurons, 1)),
            "A": rng.normal(size=(inputs, samples)),
        }
        if rule == "dZ":
            arrays = {"Z": rng.normal(size=(neurons, samples))}
        way, flat = pass_of(_layer(rule, function, activation), arrays)
        finding = next((each for each in judged(way, flat, of).findings if each.quantity == of), None)
        if finding is not None and not finding.right and finding.name not in ("", "missing", "not judged"):
            return finding
    return None


def _layer(
    rule: str, function: Callable[..., Any], activation: str
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The forward and the backward pass of a layer in which the rule is the one."""
    g = ACTIVATIONS[activation]

    def recorded(Z: Any) -> Any:
        values = np.empty(Z.size, dtype=object)
        values[:] = [g(z) for z in Z.ravel().tolist()]
        return values.reshape(Z.shape).view(Array)

    def activation_forward(Z: Any) -> Any:
        A = recorded(Z) if isinstance(Z, Array) else g.forward(Z)
        return A, {"Z": Z, "A": A}

    def activation_backward(dA: Any, cache: Any) -> Any:
        return {"Z": call_rule(function, {"dA": dA, **cache, "g": g})}

    def linear_forward(W: Any, b: Any, A: Any) -> Any:
        return W @ A + b, {"W": W, "A": A}

    def linear_backward(dZ: Any, cache: Any) -> Any:
        operands = {"dA": {"W": cache["W"], "dZ": dZ}, "dW": {"dZ": dZ, "A": cache["A"]}, "db": {"dZ": dZ}}
        return {OF[rule]: call_rule(function, operands[rule])}

    return (activation_forward, activation_backward) if rule == "dZ" else (linear_forward, linear_backward)
