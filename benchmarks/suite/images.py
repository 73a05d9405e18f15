"""Convolutions: images are X[s], windows slide along them without padding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autodiff import Value, dot, logsumexp, maximum
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, normal, one_hot

__all__ = ["CASES"]


def slide(K: Any, bias: Value, planes: Any) -> list[list[Value]]:
    """A window over some planes, added up, in scalars."""
    p, q = len(K[0]), len(K[0][0])
    kernel = [k for plane in K for row in plane for k in row]
    rows, columns = len(planes[0]) - p + 1, len(planes[0][0]) - q + 1
    out = []
    for i in range(rows):
        patches = [
            [x for plane in planes for row in plane[i : i + p] for x in row[j : j + q]]
            for j in range(columns)
        ]
        out.append([dot(kernel, patch, bias) for patch in patches])
    return out


def pooled(plane: Any, rule: Any) -> list[list[Value]]:
    """A rule of each 2×2 square."""
    half = range(len(plane) // 2)
    return [[rule([plane[2 * i + k][2 * j + l] for k in (0, 1) for l in (0, 1)]) for j in half] for i in half]


def largest(values: list[Value]) -> Any:
    top = values[0]
    for each in values[1:]:
        top = maximum(top, each)
    return top


def flat(planes: Any) -> list[Value]:
    return [x for plane in planes for row in plane for x in row]


def loss_of(logits: list[Value], y: Any) -> Any:
    return logsumexp(logits) - dot(y, logits)


def convolved(K: Array, X: Array) -> Array:
    """(S, d, r, s) by (c, d, p, q) -> (S, c, r - p + 1, s - q + 1)."""
    out: Array = np.einsum("cdpq,sdijpq->scij", K, sliding_window_view(X, K.shape[2:], axis=(2, 3)))
    return out


def kernel_back(dZ: Array, X: Array) -> Array:
    out: Array = np.einsum("scij,sdpqij->cdpq", dZ, sliding_window_view(X, dZ.shape[2:], axis=(2, 3)))
    return out


def image_back(K: Array, dZ: Array) -> Array:
    p, q = K.shape[2:]
    padded = np.pad(dZ, ((0, 0), (0, 0), (p - 1, p - 1), (q - 1, q - 1)))
    return convolved(K[:, :, ::-1, ::-1].transpose(1, 0, 2, 3), padded)


def squares(X: Array) -> Array:
    """(S, c, 2r, 2s) -> (S, c, r, s, 4), the numbers of each 2×2 square."""
    S, c, r, s = X.shape
    return X.reshape(S, c, r // 2, 2, s // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(S, c, r // 2, s // 2, 4)


def unsquared(X: Array) -> Array:
    S, c, r, s, _ = X.shape
    return X.reshape(S, c, r, s, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(S, c, 2 * r, 2 * s)


def cross_entropy(Z: Array, Y: Array) -> tuple[float, Array]:
    """Of logits and one-hot labels: the mean, and its derivative by the logits."""
    E = np.exp(Z - Z.max(axis=0))
    P = E / E.sum(axis=0)
    return float(-(Y * np.log(P)).sum() / Y.shape[1]), (P - Y) / Y.shape[1]


def cnn(K1: Any, b1: Any, K2: Any, b2: Any, V: Any, c: Any, X: Any, Y: Any) -> Any:
    losses = []
    for image, y in zip(X, Y.T):
        planes = []
        for K, bias in zip(K1, b1):
            plane = slide([K], bias, [image])
            planes.append(pooled([[z.relu() for z in row] for row in plane], largest))
        planes = [[[z.relu() for z in row] for row in slide(K, bias, planes)] for K, bias in zip(K2, b2)]
        losses.append(loss_of([dot(v, flat(planes), bias) for v, bias in zip(V, c)], y))
    return mean(losses)


def cnn_by_hand(
    K1: Array, b1: Array, K2: Array, b2: Array, V: Array, c: Array, X: Array, Y: Array
) -> tuple[float, Gradients]:
    images = X[:, None]
    Z1 = convolved(K1[:, None], images) + b1[:, None, None]
    A1 = squares(np.maximum(Z1, 0.0))
    P1 = A1.max(axis=-1)
    Z2 = convolved(K2, P1) + b2[:, None, None]
    F = np.maximum(Z2, 0.0).reshape(len(X), -1).T
    loss, dZ3 = cross_entropy(V @ F + c[:, None], Y)
    dZ2 = (V.T @ dZ3).T.reshape(Z2.shape) * (Z2 > 0.0)
    dP1 = image_back(K2, dZ2)
    dZ1 = unsquared(dP1[..., None] * (P1[..., None] == A1)) * (Z1 > 0.0)
    grads = {"K1": kernel_back(dZ1, images)[:, 0], "b1": dZ1.sum(axis=(0, 2, 3))}
    grads |= {"K2": kernel_back(dZ2, P1), "b2": dZ2.sum(axis=(0, 2, 3))}
    return loss, grads | {"V": dZ3 @ F.T, "c": dZ3.sum(axis=1)}


def lenet(K1: Any, K2: Any, W3: Any, b3: Any, W4: Any, b4: Any, X: Any, Y: Any) -> Any:
    losses = []
    nothing = Value(0.0)
    for image, y in zip(X, Y.T):
        planes: Any = [image]
        for kernels in ([[K] for K in K1], K2):
            found = [slide(K, nothing, planes) for K in kernels]
            planes = [pooled([[z.tanh() for z in row] for row in plane], mean) for plane in found]
        h = [dot(w, flat(planes), bias).tanh() for w, bias in zip(W3, b3)]
        losses.append(loss_of([dot(w, h, bias) for w, bias in zip(W4, b4)], y))
    return mean(losses)


def lenet_by_hand(
    K1: Array, K2: Array, W3: Array, b3: Array, W4: Array, b4: Array, X: Array, Y: Array
) -> tuple[float, Gradients]:
    images = X[:, None]
    A1 = np.tanh(convolved(K1[:, None], images))
    P1 = squares(A1).mean(axis=-1)
    A2 = np.tanh(convolved(K2, P1))
    F = squares(A2).mean(axis=-1).reshape(len(X), -1).T
    A3 = np.tanh(W3 @ F + b3[:, None])
    loss, dZ4 = cross_entropy(W4 @ A3 + b4[:, None], Y)
    dZ3 = W4.T @ dZ4 * (1.0 - A3 * A3)
    dP2 = (W3.T @ dZ3).T.reshape(len(X), len(K2), A2.shape[2] // 2, -1)
    dZ2 = unsquared(np.repeat(dP2[..., None] / 4.0, 4, axis=-1)) * (1.0 - A2 * A2)
    dP1 = image_back(K2, dZ2)
    dZ1 = unsquared(np.repeat(dP1[..., None] / 4.0, 4, axis=-1)) * (1.0 - A1 * A1)
    grads = {"K1": kernel_back(dZ1, images)[:, 0], "K2": kernel_back(dZ2, P1)}
    grads |= {"W3": dZ3 @ F.T, "b3": dZ3.sum(axis=1), "W4": dZ4 @ A3.T, "b4": dZ4.sum(axis=1)}
    return loss, grads


def filtered(k: Any, x: Any, y: Any) -> Any:
    """A filter over a signal."""
    n = len(x) - len(k) + 1
    return mean([(sum(k[j] * x[i + j] for j in range(len(k))) - y[i]) ** 2 for i in range(n)])


def filtered_by_hand(k: Array, x: Array, y: Array) -> tuple[float, Gradients]:
    e = np.correlate(x, k) - y
    return float(e @ e) / len(y), {"k": np.correlate(x, 2.0 / len(y) * e)}


CASES = [
    Case(
        "convolutional network",
        cnn,
        cnn_by_hand,
        {
            "K1": normal(2, 3, 3),
            "b1": normal(2),
            "K2": normal(2, 2, 2, 2),
            "b2": normal(2),
            "V": normal(3, 8),
            "c": normal(3),
        },
        {"X": normal(2, 8, 8), "Y": one_hot(3, 2)},
    ),
    Case(
        "LeNet",
        lenet,
        lenet_by_hand,
        {
            "K1": normal(2, 3, 3),
            "K2": normal(3, 2, 2, 2),
            "W3": normal(5, 12),
            "b3": normal(5),
            "W4": normal(3, 5),
            "b4": normal(3),
        },
        {"X": normal(2, 12, 12), "Y": one_hot(3, 2)},
    ),
    Case("filter", filtered, filtered_by_hand, {"k": normal(3)}, {"x": normal(12), "y": normal(10)}),
]
