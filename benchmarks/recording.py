"""Recording through ``Array``: seconds an operation, beside the same operations written one by one."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff import Array, Value, dot, leaves, topological_order

__all__ = ["RECORDED", "seconds_an_operation"]

SIDE = 64
_rng = np.random.default_rng(0)
A, B = (leaves(name, _rng.normal(size=(SIDE, SIDE))) for name in "AB")
X, LABELS = _rng.normal(size=(100, 20)), _rng.integers(0, 10, 100)
W1, W2 = leaves("W1", _rng.normal(size=(20, 30))), leaves("W2", _rng.normal(size=(30, 10)))
b1, b2 = leaves("b1", np.zeros(30)), leaves("b2", np.zeros(10))


def cross_entropy_of_two_layers() -> Value:
    """A network as courses write it in NumPy."""
    h = np.maximum(0, X @ W1 + b1)
    s = h @ W2 + b2
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    loss: Value = -np.log(p[np.arange(len(X)), LABELS]).mean() + 0.05 * np.sum(W1 * W1)
    return loss


def _pairs() -> zip[tuple[Value, Value]]:
    return zip(A.ravel().tolist(), B.ravel().tolist())


RECORDED: dict[str, tuple[Callable[[], Any], Callable[[], Any] | None]] = {
    "A + B": (lambda: A + B, lambda: [a + b for a, b in _pairs()]),
    "A * B": (lambda: A * B, lambda: [a * b for a, b in _pairs()]),
    "np.exp(A)": (lambda: np.exp(A), lambda: [a.exp() for a in A.ravel().tolist()]),
    "np.maximum(A, B)": (lambda: np.maximum(A, B), lambda: [a.maximum(b) for a, b in _pairs()]),
    "A.sum()": (lambda: A.sum(), None),
    "A @ B": (lambda: A @ B, lambda: [[dot(a, b) for b in B.T.tolist()] for a in A.tolist()]),
    "cross-entropy of two layers": (cross_entropy_of_two_layers, None),
}
"""What is recorded: through Array, and one by one."""


def seconds_an_operation(record: Callable[[], Any], repeats: int) -> float:
    """Processor time an operation of the fastest of ``repeats`` recordings, the collector on."""
    fastest = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        result = record()
        fastest.append(time.process_time() - start)
    outputs = np.ravel(Array(result)).tolist()
    operations = sum(bool(node.op) for node in topological_order(*outputs))
    return min(fastest) / operations
