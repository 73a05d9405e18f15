"""A layer, a normalisation, and what comes after."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import dot
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, between, normal

__all__ = ["CASES"]

EPSILON = 1e-5


def rms(W: Any, g: Any, X: Any, Y: Any) -> Any:
    losses = []
    for x, y in zip(X.T, Y.T):
        z = [dot(row, x) for row in W]
        scale = (mean([each * each for each in z]) + EPSILON) ** -0.5
        losses.append(sum((each * scale * gain - t) ** 2 for each, gain, t in zip(z, g, y)))
    return mean(losses)


def rms_by_hand(W: Array, g: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    Z = W @ X
    r = np.sqrt((Z * Z).mean(axis=0) + EPSILON)
    N = Z / r
    E = g[:, None] * N - Y
    m = X.shape[1]
    dO = 2.0 / m * E
    dN = g[:, None] * dO
    dZ = (dN - N * (N * dN).mean(axis=0)) / r
    return float((E * E).sum() / m), {"W": dZ @ X.T, "g": (dO * N).sum(axis=1)}


def layer_norm(W: Any, gamma: Any, beta: Any, X: Any, Y: Any) -> Any:
    Z = W @ X
    D = Z - Z.mean(axis=0)
    N = D / np.sqrt((D**2).mean(axis=0) + EPSILON)
    return np.mean((gamma[:, None] * N + beta[:, None] - Y) ** 2)


def layer_norm_by_hand(W: Array, gamma: Array, beta: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    Z = W @ X
    s = np.sqrt(Z.var(axis=0) + EPSILON)
    N = (Z - Z.mean(axis=0)) / s
    E = gamma[:, None] * N + beta[:, None] - Y
    dO = 2.0 / E.size * E
    dN = gamma[:, None] * dO
    dZ = (dN - dN.mean(axis=0) - N * (N * dN).mean(axis=0)) / s
    grads = {"W": dZ @ X.T, "gamma": (dO * N).sum(axis=1), "beta": dO.sum(axis=1)}
    return float((E * E).mean()), grads


def batch_norm(W: Any, b: Any, gamma: Any, beta: Any, v: Any, X: Any, y: Any) -> Any:
    Z = [[dot(row, x, bias) for x in X.T] for row, bias in zip(W, b)]
    A = []
    for row, gain, shift in zip(Z, gamma, beta):
        middle = mean(row)
        spread = mean([(z - middle) ** 2 for z in row])
        A.append([(gain * (z - middle) / (spread + EPSILON).sqrt() + shift).tanh() for z in row])
    return mean([(dot(v, [row[j] for row in A]) - t) ** 2 for j, t in enumerate(y)])


def batch_norm_by_hand(
    W: Array, b: Array, gamma: Array, beta: Array, v: Array, X: Array, y: Array
) -> tuple[float, Gradients]:
    Z = W @ X + b[:, None]
    s = np.sqrt(Z.var(axis=1, keepdims=True) + EPSILON)
    N = (Z - Z.mean(axis=1, keepdims=True)) / s
    A = np.tanh(gamma[:, None] * N + beta[:, None])
    e = v @ A - y
    de = 2.0 / len(y) * e
    dB = np.outer(v, de) * (1.0 - A * A)
    dN = gamma[:, None] * dB
    dZ = (dN - dN.mean(axis=1, keepdims=True) - N * (N * dN).mean(axis=1, keepdims=True)) / s
    grads = {"W": dZ @ X.T, "b": dZ.sum(axis=1), "v": A @ de}
    return float(e @ e) / len(y), grads | {"gamma": (dB * N).sum(axis=1), "beta": dB.sum(axis=1)}


_SHIFTS = {"gamma": between(0.5, 1.5, 4), "beta": normal(4)}

CASES = [
    Case(
        "RMS normalisation",
        rms,
        rms_by_hand,
        {"W": normal(4, 3), "g": between(0.5, 1.5, 4)},
        {"X": normal(3, 6), "Y": normal(4, 6)},
    ),
    Case(
        "layer normalisation",
        layer_norm,
        layer_norm_by_hand,
        {"W": normal(4, 3), **_SHIFTS},
        {"X": normal(3, 6), "Y": normal(4, 6)},
        "arrays",
    ),
    Case(
        "batch normalisation",
        batch_norm,
        batch_norm_by_hand,
        {"W": normal(4, 3), "b": normal(4), **_SHIFTS, "v": normal(4)},
        {"X": normal(3, 6), "y": normal(6)},
    ),
]
