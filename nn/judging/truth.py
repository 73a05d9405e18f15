"""The truth that gradients are held to: the gradient of the forward pass that was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autodiff import vjp
from autodiff.staging.arguments import Binding, flattened
from autodiff.staging.recording import Graph
from nn.judging.passes import Floats
from nn.judging.ways import Way, outputs_at

__all__ = ["Truth", "by_differences", "is_float_array", "says_something", "true_gradients"]

STEP = 1e-3  # of finite differences, relative to numbers above 1; their error is of the fourth order
WIDE = 3e-2  # the step for passes that compute in float32 whatever they are given
KINK = 1e-3  # an error above this, relative to the largest slope, comes from a kink or from noise


@dataclass(frozen=True)
class Truth:
    """Σ dout ⊙ ∂out/∂q for the quantities q.

    Attributes:
        grads: by name, of the shape of the quantity.
        error: how far each number may be off.
        usable: where the numbers say something; finite differences do not at a kink.
        recorded: whether it was recorded, and not measured by finite differences.
    """

    grads: Mapping[str, Floats]
    error: Mapping[str, Floats]
    usable: Mapping[str, Any]
    recorded: bool

    @cached_property
    def largest(self) -> dict[str, float]:
        """The largest number by each quantity, without its sign."""
        return {name: float(np.max(np.abs(each), initial=0.0)) for name, each in self.grads.items()}


def true_gradients(way: Way, arguments: Mapping[str, Any], wrt: Sequence[str], dout: Floats) -> Truth:
    """The gradients, recorded where their forward pass can be: then it has given the same loss, and a finite
    difference in a random direction agrees. Else by finite differences of it."""
    wide = _in_float64(arguments)
    try:
        return _recorded(way, wide, wrt, dout)
    except Exception:  # whatever it is that cannot be recorded, it can be called
        truth = by_differences(way, wide, wrt, dout)
    return truth if says_something(truth) else by_differences(way, wide, wrt, dout, WIDE)


def says_something(truth: Truth) -> bool:
    """Whether at least half of the numbers by each quantity can be used."""
    return all(2 * int(np.sum(each)) >= np.size(each) for each in truth.usable.values())


def is_float_array(argument: Any) -> bool:
    """Whether it is an array of floats; a number is a setting."""
    return isinstance(argument, np.ndarray) and argument.dtype.kind == "f"


def _in_float64(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: np.array(each, dtype=np.float64) if is_float_array(each) else each
        for name, each in arguments.items()
    }


def _recorded(way: Way, arguments: dict[str, Any], wrt: Sequence[str], dout: Floats) -> Truth:
    binding = Binding(way.function)
    bound = binding.bind((), arguments)
    flat = flattened(bound)
    graph = Graph(way.function, binding, bound, flat, labels=False)
    if graph.reasons or any(choice.kind == "data" for choice in graph.choices):
        raise ValueError("it leaves the graph")
    outputs = np.asarray(way.output(graph.result), dtype=object).ravel().tolist()
    numbers = np.array([getattr(each, "data", each) for each in outputs], dtype=np.float64)
    expected = way.forward(arguments).ravel()
    if not np.allclose(
        numbers, expected, rtol=1e-10, atol=1e-12 * float(np.max(np.abs(expected), initial=0.0))
    ):
        raise ValueError("it computes something else with Values")
    inputs = [np.asarray(graph.leaves[name]).ravel().tolist() for name in wrt]
    slopes = iter(vjp(outputs, [value for values in inputs for value in values], dout.ravel()))
    grads = {
        name: np.array([next(slopes) for _ in values]).reshape(np.shape(arguments[name]))
        for name, values in zip(wrt, inputs)
    }
    _confirm(way, arguments, grads, dout)
    return Truth(
        grads,
        {name: np.zeros(each.shape) for name, each in grads.items()},
        {name: np.ones(each.shape, dtype=bool) for name, each in grads.items()},
        True,
    )


def _confirm(way: Way, arguments: dict[str, Any], grads: Mapping[str, Floats], dout: Floats) -> None:
    """Raise ValueError if the slope in a random direction is another one."""
    rng = np.random.default_rng(7)
    direction = {name: rng.normal(size=each.shape) for name, each in grads.items()}
    expected = sum(float(np.sum(direction[name] * each)) for name, each in grads.items())
    scale = sum(float(np.sum(np.abs(direction[name] * each))) for name, each in grads.items())

    def moved(step: float) -> float:
        there = {name: arguments[name] + step * each for name, each in direction.items()}
        return float(np.sum(dout * way.forward({**arguments, **there})))

    slope, noise = (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-9 * abs(moved(0.0))
    if not abs(slope - expected) <= 1e-4 * scale + noise:
        raise ValueError("finite differences disagree")


def by_differences(
    way: Way, arguments: Mapping[str, Any], wrt: Sequence[str], dout: Floats, step: float = STEP
) -> Truth:
    """Central differences with steps h and h/2, extrapolated: (4·D(h/2) - D(h))/3.

    Ten times their difference, and how far the slopes on either side are apart, is the error that is stated.
    Where it is large there is a kink, and the number says nothing.
    """
    wide = _in_float64(arguments)
    places = [(name, i) for name in wrt for i in range(wide[name].size)]
    moves = []
    for name, i in places:
        here = float(wide[name].flat[i])
        h = step * max(1.0, abs(here))
        moves += [(name, i, here + each) for each in (h, -h, 0.5 * h, -0.5 * h)]
    middle = float(np.sum(dout * way.forward(wide)))
    size = abs(middle)
    totals = iter([float(np.sum(dout * out)) for out in outputs_at(way, wide, moves)])
    grads = {name: np.zeros(wide[name].shape) for name in wrt}
    error = {name: np.zeros(wide[name].shape) for name in wrt}
    for name, i in places:
        slopes, bends = [], []
        h = step * max(1.0, abs(float(wide[name].flat[i])))
        for each in (h, 0.5 * h):
            above, below = next(totals), next(totals)
            slopes.append((above - below) / (2.0 * each))
            bends.append((above - 2.0 * middle + below) / (2.0 * each))
        kink = abs(2.0 * bends[1] - bends[0])  # a bend that does not get less with h
        grads[name].flat[i] = (4.0 * slopes[1] - slopes[0]) / 3.0
        error[name].flat[i] = 10.0 * abs(slopes[1] - slopes[0]) + kink + 1e-12 * size
    largest = max((float(np.max(np.abs(each), initial=0.0)) for each in grads.values()), default=0.0)
    allowed = {n: KINK * max(float(np.max(np.abs(g), initial=0.0)), 1e-6 * largest) for n, g in grads.items()}
    usable = {n: np.isfinite(grads[n]) & (error[n] <= allowed[n] + 1e-9 * size) for n in grads}
    return Truth(grads, error, usable, False)
