"""A whole backward pass through a network, by the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from duograd.course.answers import NotYet, accept, same
from nn import judge
from nn.judging.verdict import Verdict
from nn.model.module import Array

__all__ = ["Backward", "Network", "Run", "drawn", "judge_backward", "ran", "started", "verdict_on"]


@dataclass(frozen=True)
class Network:
    """Weights and biases, layers counted from 1, and the number L of layers."""

    W: dict[int, Array]
    b: dict[int, Array]
    L: int


@dataclass(frozen=True)
class Run:
    """What the forward pass kept: Z[l] and A[l], and A[0] = X."""

    Z: Mapping[int, Array]
    A: Mapping[int, Array]


Backward = Callable[[Network, Run, Array], Mapping[str, Array]]


def judge_backward(backward: Backward, networks: Sequence[Sequence[int]] = ((3, 3, 3, 2), (2, 4, 1))) -> None:
    """Hold a backward pass to networks drawn at random, with tanh in every layer but the last.

    Args:
        networks: of each the number of inputs, and of neurons a layer.

    Raises:
        NotYet: with the judge's name of the mistake.
    """
    rng = np.random.default_rng()
    for sizes in networks:
        arrays = drawn(sizes, 5, rng)
        backward(*started(arrays))  # without the judge, what it raises is explained at its own line
        _in_every_layer(backward, arrays)
        accept(verdict_on(backward, arrays))


def verdict_on(backward: Backward, arrays: Mapping[str, Array]) -> Verdict:
    """The judge's verdict on dW and db of every layer, for the mean squared error."""

    def loss(**given: Array) -> Any:
        _, run = ran(given)
        return ((run.A[len(run.Z)] - given["Y"]) ** 2).sum() / given["X"].shape[1]

    def gradients(**given: Array) -> Mapping[str, Array]:
        found = backward(*started(given))
        if not isinstance(found, Mapping):
            raise NotYet(
                f"Return a dict with dW1, db1 and so on, not {type(found).__name__}.", "returns no dict"
            )
        return {name: each for name, each in found.items() if name[:2] in ("dW", "db")}

    given: dict[str, Any] = {**arrays}
    return judge(loss, gradients, **given)


def _in_every_layer(backward: Backward, arrays: Mapping[str, Array]) -> None:
    """The one mistake that the judge has no name for: tanh′ where there is no tanh."""
    network, run, dA = started(arrays)
    found = backward(network, run, dA)
    slope = 1 - run.A[network.L] ** 2
    last = (dA * slope) @ run.A[network.L - 1].T
    if isinstance(found, Mapping) and same(found.get(f"dW{network.L}"), last):
        raise NotYet("The last layer is linear: its dZ is dA as it stands.", "tanh′ in the linear layer")


def drawn(sizes: Sequence[int], samples: int, rng: np.random.Generator) -> dict[str, Array]:
    """Arrays of a network with so many inputs, and so many neurons a layer."""
    arrays = {}
    for l, (before, neurons) in enumerate(pairwise(sizes), start=1):
        arrays[f"W{l}"] = rng.normal(size=(neurons, before))
        arrays[f"b{l}"] = rng.normal(size=(neurons, 1))
    return {
        **arrays,
        "X": rng.normal(size=(sizes[0], samples)),
        "Y": rng.normal(size=(sizes[-1], samples)),
    }


def ran(arrays: Mapping[str, Array]) -> tuple[Network, Run]:
    """The forward pass of a network of W1, b1, …, on X: tanh, and a linear last layer."""
    L = sum(name.startswith("W") for name in arrays)
    network = Network(
        {l: arrays[f"W{l}"] for l in range(1, L + 1)}, {l: arrays[f"b{l}"] for l in range(1, L + 1)}, L
    )
    Z: dict[int, Array] = {}
    A = {0: arrays["X"]}
    for l in range(1, L + 1):
        Z[l] = network.W[l] @ A[l - 1] + network.b[l]
        A[l] = np.tanh(Z[l]) if l < L else Z[l]
    return network, Run(Z, A)


def started(arrays: Mapping[str, Array]) -> tuple[Network, Run, Array]:
    """What a backward pass is called with."""
    network, run = ran(arrays)
    return network, run, 2 / arrays["X"].shape[1] * (run.A[network.L] - arrays["Y"])
