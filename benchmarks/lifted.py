"""The programs whose steps ``lift`` is timed with: networks of ``nn``, and a block of attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Value, dot, lift, logsumexp
from autodiff.functions import mean
from autodiff.lifting import Program
from benchmarks import graphs
from benchmarks.networks import Array, Network
from nn import MLP

__all__ = ["CASES", "attention", "network_program", "titled"]

CASES = (  # sizes, samples, activation, whether from one sample's graph
    ((2, 16, 16, 1), 100, "relu", False),
    ((2, 16, 16, 1), 100, "tanh", False),
    ((64, 32, 10), 64, "relu", True),
    ((64, 32, 10), 64, "tanh", True),
    ((256, 256, 256, 10), 128, "relu", True),
)


def titled(sizes: tuple[int, ...], m: int, activation: str, batch: bool) -> str:
    """What tables call one of the cases."""
    title = f"MLP({sizes[0]}, {list(sizes[1:])}) × {m}, {activation}"
    return title + ", from one sample's graph" if batch else title


def network_program(network: Network, batch: bool) -> tuple[Program, dict[str, Array]]:
    """The network written in scalars by ``nn``, and lifted; and its data."""
    n, *sizes = (network.X.shape[0], *map(len, network.W))
    model = MLP(n, sizes, activation=network.activation)
    named = dict(model.named_parameters())
    for l, (W, b) in enumerate(zip(network.W, network.b, strict=True), 1):
        for i, j in np.ndindex(W.shape):
            named[f"W{l}[{i},{j}]"].data = float(W[i, j])
        for i in range(len(b)):
            named[f"b{l}[{i}]"].data = float(b[i])
    samples = 1 if batch else network.X.shape[1]
    X: Any = [[Value(x) for x in row[:samples].tolist()] for row in network.X]
    Y: Any = [[Value(y) for y in row[:samples].tolist()] for row in np.atleast_2d(network.Y)]
    losses = []
    for s in range(samples):
        z = model([row[s] for row in X])
        if len(z) == 1:
            losses.append((1.0 - Y[0][s] * z[0]).relu())
        else:
            losses.append(logsumexp(z) - dot([row[s] for row in Y], z))
    loss = mean(losses)
    if batch:
        X, Y = [row[0] for row in X], [row[0] for row in Y]
    program = lift(loss, {"X": X, "Y": Y}, model, batch)
    return program, {"X": network.X, "Y": np.atleast_2d(network.Y)}


def attention() -> tuple[graphs.Graph, Program, dict[str, Any]]:
    """A block of attention: its graph, what ``lift`` makes of it, and its data."""
    graph = graphs.attention()
    return graph, lift(graph.loss, graph.inputs, graph.params), graph.data()
