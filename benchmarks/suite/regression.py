"""Regression and classification by one layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import dot, exp, logsumexp
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, normal, one_hot, signs, zeros_and_ones

__all__ = ["CASES"]


def linear(w: Any, b: Any, X: Any, y: Any) -> Any:
    return np.mean((w @ X + b - y) ** 2)


def linear_by_hand(w: Array, b: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    e = w @ X + b - y
    de = 2.0 / len(y) * e
    return float(e @ e) / len(y), {"w": X @ de, "b": de.sum(keepdims=True)}


def logistic(w: Any, b: Any, X: Any, y: Any) -> Any:
    return mean([(-t * dot(w, x, b[0])).softplus() for x, t in zip(X.T, y)])


def logistic_by_hand(w: Array, b: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    s = -y * (w @ X + b)
    dz = -y / len(y) / (1.0 + np.exp(-s))
    return float(np.logaddexp(0.0, s).mean()), {"w": X @ dz, "b": dz.sum(keepdims=True)}


def binary(w: Any, b: Any, X: Any, y: Any) -> Any:
    p = 1 / (1 + np.exp(-(w @ X + b)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def binary_by_hand(w: Array, b: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    z = w @ X + b
    dz = (1.0 / (1.0 + np.exp(-z)) - y) / len(y)
    loss = (np.logaddexp(0.0, z) - y * z).mean()
    return float(loss), {"w": X @ dz, "b": dz.sum(keepdims=True)}


def svm(w: Any, b: Any, X: Any, y: Any) -> Any:
    hinge = mean([(1 - t * dot(w, x, b[0])).relu() for x, t in zip(X.T, y)])
    return hinge + 0.01 * dot(w, w)


def svm_by_hand(w: Array, b: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    s = 1.0 - y * (w @ X + b)
    dz = -y * (s > 0.0) / len(y)
    loss = np.maximum(s, 0.0).mean() + 0.01 * w @ w
    return float(loss), {"w": X @ dz + 0.02 * w, "b": dz.sum(keepdims=True)}


def softmax_regression(W: Any, b: Any, X: Any, Y: Any) -> Any:
    losses = []
    for x, y in zip(X.T, Y.T):
        z = [dot(row, x, bias) for row, bias in zip(W, b)]
        losses.append(logsumexp(z) - dot(y, z))
    return mean(losses)


def softmax_regression_by_hand(W: Array, b: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    Z = W @ X + b[:, None]
    E = np.exp(Z - Z.max(axis=0))
    total = E.sum(axis=0)
    m = X.shape[1]
    loss = (np.log(total) + Z.max(axis=0) - (Y * Z).sum(axis=0)).mean()
    dZ = (E / total - Y) / m
    return float(loss), {"W": dZ @ X.T, "b": dZ.sum(axis=1)}


def kernel_ridge(a: Any, X: Any, y: Any) -> Any:
    n = len(y)
    K = [
        [exp(-0.5 * sum((p - q) ** 2 for p, q in zip(X[:, i], X[:, j]))) for j in range(n)] for i in range(n)
    ]
    Ka = [dot(row, a) for row in K]
    return 0.5 * sum((u - t) ** 2 for u, t in zip(Ka, y)) + 0.05 * dot(a, Ka)


def kernel_ridge_by_hand(a: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    K = np.exp(-0.5 * ((X[:, :, None] - X[:, None]) ** 2).sum(axis=0))
    Ka = K @ a
    e = Ka - y
    return float(0.5 * e @ e + 0.05 * a @ Ka), {"a": K @ e + 0.1 * Ka}


_VECTOR = {"w": normal(4), "b": normal(1)}

CASES = [
    Case("linear regression", linear, linear_by_hand, _VECTOR, {"X": normal(4, 9), "y": normal(9)}, "arrays"),
    Case("logistic regression", logistic, logistic_by_hand, _VECTOR, {"X": normal(4, 9), "y": signs(9)}),
    Case(
        "binary cross-entropy",
        binary,
        binary_by_hand,
        _VECTOR,
        {"X": normal(4, 9), "y": zeros_and_ones(9)},
        "arrays",
    ),
    Case("support vector machine", svm, svm_by_hand, _VECTOR, {"X": normal(4, 9), "y": signs(9)}),
    Case(
        "softmax regression",
        softmax_regression,
        softmax_regression_by_hand,
        {"W": normal(3, 4), "b": normal(3)},
        {"X": normal(4, 8), "Y": one_hot(3, 8)},
    ),
    Case(
        "kernel ridge regression",
        kernel_ridge,
        kernel_ridge_by_hand,
        {"a": normal(6)},
        {"X": normal(2, 6), "y": normal(6)},
    ),
]
