"""Networks of layers, and what they are trained for."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Value, dot, log, log_softmax, logsumexp
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, normal, one_hot, zeros_and_ones

__all__ = ["CASES"]


def layer(W: Any, x: Any, b: Any) -> list[Value]:
    """W·x + b in scalars."""
    return [dot(row, x, bias) for row, bias in zip(W, b)]


def columns(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    losses = []
    for x, y in zip(X.T, Y.T):
        z = layer(W2, [h.tanh() for h in layer(W1, x, b1)], b2)
        losses.append(logsumexp(z) - dot(y, z))
    return mean(losses)


def columns_by_hand(
    W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array
) -> tuple[float, Gradients]:
    A1 = np.tanh(W1 @ X + b1[:, None])
    Z2 = W2 @ A1 + b2[:, None]
    top = Z2.max(axis=0)
    E = np.exp(Z2 - top)
    total = E.sum(axis=0)
    loss = (np.log(total) + top - (Y * Z2).sum(axis=0)).mean()
    dZ2 = (E / total - Y) / X.shape[1]
    dZ1 = W2.T @ dZ2 * (1.0 - A1 * A1)
    return float(loss), {
        "W1": dZ1 @ X.T,
        "b1": dZ1.sum(axis=1),
        "W2": dZ2 @ A1.T,
        "b2": dZ2.sum(axis=1),
    }


def rows(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    A1 = np.tanh(X @ W1 + b1)
    return np.mean((A1 @ W2 + b2 - Y) ** 2)


def rows_by_hand(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    A1 = np.tanh(X @ W1 + b1)
    E = A1 @ W2 + b2 - Y
    dZ2 = 2.0 / E.size * E
    dZ1 = dZ2 @ W2.T * (1.0 - A1 * A1)
    grads = {"W1": X.T @ dZ1, "b1": dZ1.sum(axis=0), "W2": A1.T @ dZ2, "b2": dZ2.sum(axis=0)}
    return float((E * E).mean()), grads


def sigmoid_network(W: Any, b: Any, v: Any, c: Any, X: Any, y: Any) -> Any:
    losses = []
    for x, t in zip(X.T, y):
        p = dot(v, [z.relu() for z in layer(W, x, b)], c[0]).sigmoid()
        losses.append(-t * log(p) - (1 - t) * log(1 - p))
    return mean(losses)


def sigmoid_network_by_hand(
    W: Array, b: Array, v: Array, c: Array, X: Array, y: Array
) -> tuple[float, Gradients]:
    Z = W @ X + b[:, None]
    A = np.maximum(Z, 0.0)
    z = v @ A + c
    dz = (1.0 / (1.0 + np.exp(-z)) - y) / len(y)
    dZ = np.outer(v, dz) * (Z > 0.0)
    loss = (np.logaddexp(0.0, z) - y * z).mean()
    return float(loss), {"W": dZ @ X.T, "b": dZ.sum(axis=1), "v": A @ dz, "c": dz.sum(keepdims=True)}


def autoencoder(W: Any, b: Any, V: Any, c: Any, X: Any) -> Any:
    A = np.tanh(W @ X + b[:, None])
    R = V @ A + c[:, None]
    return np.mean((R - X) ** 2)


def autoencoder_by_hand(W: Array, b: Array, V: Array, c: Array, X: Array) -> tuple[float, Gradients]:
    A = np.tanh(W @ X + b[:, None])
    E = V @ A + c[:, None] - X
    dR = 2.0 / E.size * E
    dZ = V.T @ dR * (1.0 - A * A)
    grads = {"W": dZ @ X.T, "b": dZ.sum(axis=1), "V": dR @ A.T, "c": dR.sum(axis=1)}
    return float((E * E).mean()), grads


def residual(W1: Any, V1: Any, W2: Any, V2: Any, U: Any, X: Any, Y: Any) -> Any:
    losses = []
    for x, y in zip(X.T, Y.T):
        h = list(x)
        for W, V in ((W1, V1), (W2, V2)):
            a = [dot(row, h).relu() for row in W]
            h = [old + dot(row, a) for old, row in zip(h, V)]
        losses.append(sum((dot(row, h) - t) ** 2 for row, t in zip(U, y)))
    return mean(losses)


def residual_by_hand(
    W1: Array, V1: Array, W2: Array, V2: Array, U: Array, X: Array, Y: Array
) -> tuple[float, Gradients]:
    Z1 = W1 @ X
    A1 = np.maximum(Z1, 0.0)
    H1 = X + V1 @ A1
    Z2 = W2 @ H1
    A2 = np.maximum(Z2, 0.0)
    H2 = H1 + V2 @ A2
    E = U @ H2 - Y
    m = X.shape[1]
    dO = 2.0 / m * E
    dH2 = U.T @ dO
    dZ2 = V2.T @ dH2 * (Z2 > 0.0)
    dH1 = dH2 + W2.T @ dZ2
    dZ1 = V1.T @ dH1 * (Z1 > 0.0)
    grads = {"W1": dZ1 @ X.T, "V1": dH1 @ A1.T, "W2": dZ2 @ H1.T, "V2": dH2 @ A2.T, "U": dO @ H2.T}
    return float((E * E).sum() / m), grads


def mixture(A: Any, a: Any, B: Any, b: Any, C: Any, c: Any, X: Any, y: Any) -> Any:
    losses = []
    for x, t in zip(X.T, y):
        shares, means, logs = log_softmax(layer(A, x, a)), layer(B, x, b), layer(C, x, c)
        terms = [p - s - 0.5 * ((t - u) / s.exp()) ** 2 for p, u, s in zip(shares, means, logs)]
        losses.append(-logsumexp(terms))
    return mean(losses)


def mixture_by_hand(
    A: Array, a: Array, B: Array, b: Array, C: Array, c: Array, X: Array, y: Array
) -> tuple[float, Gradients]:
    m = len(y)
    Z = A @ X + a[:, None]
    P = np.exp(Z - Z.max(axis=0))
    P /= P.sum(axis=0)
    S = C @ X + c[:, None]
    U = (y - B @ X - b[:, None]) / np.exp(S)
    Q = np.log(P) - S - 0.5 * U * U
    R = np.exp(Q - Q.max(axis=0))
    total = R.sum(axis=0)
    R /= total
    dZ, dM, dS = (P - R) / m, -R * U / np.exp(S) / m, R * (1.0 - U * U) / m
    loss = -(np.log(total) + Q.max(axis=0)).mean()
    grads = {"A": dZ @ X.T, "B": dM @ X.T, "C": dS @ X.T}
    return float(loss), grads | {"a": dZ.sum(axis=1), "b": dM.sum(axis=1), "c": dS.sum(axis=1)}


def gaussian(w: Any, b: Any, v: Any, c: Any, X: Any, y: Any) -> Any:
    e = y - (w @ X + b)
    s = v @ X + c
    return np.mean(0.5 * (s + e**2 * np.exp(-s)))


def gaussian_by_hand(w: Array, b: Array, v: Array, c: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    e = y - (w @ X + b)
    s = v @ X + c
    q = np.exp(-s)
    dmu, ds = -e * q / len(y), 0.5 * (1.0 - e * e * q) / len(y)
    grads = {"w": X @ dmu, "b": dmu.sum(keepdims=True), "v": X @ ds, "c": ds.sum(keepdims=True)}
    return float(0.5 * (s + e * e * q).mean()), grads


def contrastive(W: Any, X: Any, V: Any) -> Any:
    def encode(x: Any) -> list[Value]:
        z = [dot(row, x) for row in W]
        length = dot(z, z).sqrt()
        return [each / length for each in z]

    ours, theirs = [encode(x) for x in X.T], [encode(v) for v in V.T]
    losses = []
    for i, b in enumerate(theirs):
        scores = [2 * dot(a, b) for a in ours]
        losses.append(logsumexp(scores) - scores[i])
    return mean(losses)


def contrastive_by_hand(W: Array, X: Array, V: Array) -> tuple[float, Gradients]:
    Z, U = W @ X, W @ V
    N, M = np.sqrt((Z * Z).sum(axis=0)), np.sqrt((U * U).sum(axis=0))
    A, B = Z / N, U / M
    S = 2.0 * A.T @ B
    P = np.exp(S)
    total = P.sum(axis=0)
    m = X.shape[1]
    dS = (P / total - np.eye(m)) / m
    dA, dB = 2.0 * B @ dS.T, 2.0 * A @ dS
    dZ, dU = (dA - A * (A * dA).sum(axis=0)) / N, (dB - B * (B * dB).sum(axis=0)) / M
    return float((np.log(total) - np.diag(S)).mean()), {"W": dZ @ X.T + dU @ V.T}


_TWO = {"W1": normal(5, 4), "b1": normal(5), "W2": normal(3, 5), "b2": normal(3)}
_LAYERS = {"W1": normal(4, 3), "V1": normal(3, 4), "W2": normal(4, 3), "V2": normal(3, 4), "U": normal(2, 3)}
_MIXTURE = {
    "A": normal(3, 2),
    "a": normal(3),
    "B": normal(3, 2),
    "b": normal(3),
    "C": normal(3, 2),
    "c": normal(3),
}

CASES = [
    Case("network in columns", columns, columns_by_hand, _TWO, {"X": normal(4, 7), "Y": one_hot(3, 7)}),
    Case(
        "network in rows",
        rows,
        rows_by_hand,
        {"W1": normal(4, 5), "b1": normal(5), "W2": normal(5, 2), "b2": normal(2)},
        {"X": normal(7, 4), "Y": normal(7, 2)},
        "arrays",
    ),
    Case(
        "network of one sigmoid",
        sigmoid_network,
        sigmoid_network_by_hand,
        {"W": normal(5, 3), "b": normal(5), "v": normal(5), "c": normal(1)},
        {"X": normal(3, 8), "y": zeros_and_ones(8)},
    ),
    Case(
        "autoencoder",
        autoencoder,
        autoencoder_by_hand,
        {"W": normal(2, 5), "b": normal(2), "V": normal(5, 2), "c": normal(5)},
        {"X": normal(5, 8)},
        "arrays",
    ),
    Case("residual network", residual, residual_by_hand, _LAYERS, {"X": normal(3, 6), "Y": normal(2, 6)}),
    Case("mixture density", mixture, mixture_by_hand, _MIXTURE, {"X": normal(2, 6), "y": normal(6)}),
    Case(
        "Gaussian likelihood",
        gaussian,
        gaussian_by_hand,
        {"w": normal(3), "b": normal(1), "v": normal(3), "c": normal(1)},
        {"X": normal(3, 8), "y": normal(8)},
        "arrays",
    ),
    Case(
        "contrastive loss",
        contrastive,
        contrastive_by_hand,
        {"W": normal(3, 4)},
        {"X": normal(4, 5), "V": normal(4, 5)},
        constants={"I": np.eye(5)},
    ),
]
