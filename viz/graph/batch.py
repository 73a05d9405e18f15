"""A network's graph on a batch, its nodes labelled by their places in the arrays of the matrix side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from autodiff import Value
from autodiff.arrays import leaves
from autodiff.labels import ValueArray, element
from nn.losses import Loss
from nn.model.mlp import MLP
from nn.model.module import Array

__all__ = ["RecordedBatch", "record_batch"]


@dataclass(frozen=True)
class RecordedBatch:
    """A recorded graph.

    Attributes:
        output: J; without targets the only output.
        Z, A: the nodes of each layer, of shape (m_l, m), labelled ``Z1[i,s]`` for neuron i and sample s;
            ``A[0]`` are the inputs X.
        Y: the targets, of shape (K, m); None without any.
    """

    output: Value
    Z: dict[int, ValueArray]
    A: dict[int, ValueArray]
    Y: ValueArray | None


def record_batch(model: MLP, X: Array, Y: Array | None, loss: Loss | None) -> RecordedBatch:
    """Run ``model`` on a batch and record J, or without targets the only output.

    Args:
        X: shape (n, m), columns are samples.
        Y: targets of shape (K, m).
    """
    inputs = leaves("X", X)
    traces = [model.trace(x) for x in inputs.T.tolist()]
    L = len(model.layers)
    A = {0: inputs, **{l: _columns([trace.A[l] for trace in traces]) for l in range(1, L + 1)}}
    Z = {l: _columns([trace.Z[l] for trace in traces]) for l in range(1, L + 1)}
    for l in Z:
        for name, nodes in ((f"A{l}", A[l]), (f"Z{l}", Z[l])):
            for index in np.ndindex(nodes.shape):
                cast(Value, nodes[index]).label = element(name, index)
    if Y is None or loss is None:
        return RecordedBatch(A[L][0, 0], Z, A, None)
    targets = leaves("Y", Y)
    output = loss.mean(A[L].T.tolist(), targets.T.tolist())
    output.label = "J"
    return RecordedBatch(output, Z, A, targets)


def _columns(samples: Sequence[Sequence[Value]]) -> ValueArray:
    return np.array(samples, dtype=object).T
