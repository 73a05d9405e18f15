"""NumPy as it stands in courses and forums, run on arrays of Values as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.suite.case import Array, Case, Gradients, between, normal

__all__ = ["CASES"]

LABELS = [0, 2, 1, 0, 1]


def two_layers(W1: Array, b1: Array, W2: Array, b2: Array, X: Array) -> tuple[Array, Array, Array]:
    """What comes into the hidden layer, what leaves it, and the scores."""
    Z = X @ W1 + b1
    A = np.maximum(Z, 0.0)
    return Z, A, A @ W2 + b2


def layers_back(W2: Array, X: Array, Z: Array, A: Array, dS: Array) -> Gradients:
    dZ = dS @ W2.T * (Z > 0.0)
    return {"W1": X.T @ dZ, "b1": dZ.sum(axis=0), "W2": A.T @ dS, "b2": dS.sum(axis=0)}


def course(W1: Any, b1: Any, W2: Any, b2: Any, X: Any) -> Any:
    N = len(X)
    h = np.maximum(0, X @ W1 + b1)
    s = h @ W2 + b2
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(N), LABELS]).mean() + 0.05 * np.sum(W1 * W1)


def course_by_hand(W1: Array, b1: Array, W2: Array, b2: Array, X: Array) -> tuple[float, Gradients]:
    Z, A, S = two_layers(W1, b1, W2, b2, X)
    N = len(X)
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.log(P[np.arange(N), LABELS]).mean() + 0.05 * (W1 * W1).sum()
    P[np.arange(N), LABELS] -= 1.0
    grads = layers_back(W2, X, Z, A, P / N)
    grads["W1"] += 0.1 * W1
    return float(loss), grads


def margins(W1: Any, b1: Any, W2: Any, b2: Any, X: Any) -> Any:
    N = len(X)
    scores = np.maximum(0, X @ W1 + b1) @ W2 + b2
    right = scores[np.arange(N), LABELS][:, None]
    margin = np.maximum(0, scores - right + 1)
    margin[np.arange(N), LABELS] = 0
    return np.sum(margin) / N


def margins_by_hand(W1: Array, b1: Array, W2: Array, b2: Array, X: Array) -> tuple[float, Gradients]:
    Z, A, S = two_layers(W1, b1, W2, b2, X)
    N = len(X)
    rows = np.arange(N)
    M = np.maximum(0.0, S - S[rows, LABELS][:, None] + 1.0)
    M[rows, LABELS] = 0.0
    dS = (M > 0.0) / N
    dS[rows, LABELS] = -dS.sum(axis=1)
    return float(M.sum() / N), layers_back(W2, X, Z, A, dS)


def batch(W: Any, gamma: Any, beta: Any, X: Any, Y: Any) -> Any:
    Z = X.dot(W)
    N = (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + 1e-5)
    return np.mean(np.square(gamma * N + beta - Y))


def batch_by_hand(W: Array, gamma: Array, beta: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    Z = X @ W
    s = np.sqrt(Z.var(axis=0) + 1e-5)
    N = (Z - Z.mean(axis=0)) / s
    E = gamma * N + beta - Y
    dB = 2.0 / E.size * E
    dN = gamma * dB
    dZ = (dN - dN.mean(axis=0) - N * (N * dN).mean(axis=0)) / s
    grads = {"W": X.T @ dZ, "gamma": (dB * N).sum(axis=0), "beta": dB.sum(axis=0)}
    return float((E * E).mean()), grads


def smoother(h: Any, X: Any, y: Any) -> Any:
    """Kernel regression (Nadaraya and Watson, 1964), each point told by the others and itself."""
    D = np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=-1)
    K = np.exp(-D * np.exp(h))
    K = K / K.sum(axis=1, keepdims=True)
    return np.mean((K @ y - y) ** 2)


def smoother_by_hand(h: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    D = ((X[:, None] - X[None]) ** 2).sum(axis=-1)
    K = np.exp(-D * np.exp(h))
    P = K / K.sum(axis=1, keepdims=True)
    e = P @ y - y
    dP = np.outer(2.0 / len(y) * e, y)
    dS = P * (dP - (P * dP).sum(axis=1, keepdims=True))
    return float((e * e).mean()), {"h": np.array([-(dS * D).sum() * np.exp(h[0])])}


def cosine(W: Any, X: Any, Y: Any) -> Any:
    A = np.einsum("ij,sj->si", W, X)
    A = A / np.linalg.norm(A, axis=1, keepdims=True)
    return np.sum(np.logaddexp(0, -Y * (A @ A.T)))


def cosine_by_hand(W: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    Z = X @ W.T
    n = np.sqrt((Z * Z).sum(axis=1, keepdims=True))
    A = Z / n
    S = -Y * (A @ A.T)
    dG = -Y / (1.0 + np.exp(-S))
    dA = (dG + dG.T) @ A
    dZ = (dA - A * (A * dA).sum(axis=1, keepdims=True)) / n
    return float(np.logaddexp(0.0, S).sum()), {"W": dZ.T @ X}


def heads(WQ: Any, WK: Any, WV: Any, X: Any, Y: Any) -> Any:
    """Two heads, split off by reshaping; rows are positions."""
    T, n = X.shape
    Q, K, V = ((X @ W).reshape(T, 2, n // 2).transpose(1, 0, 2) for W in (WQ, WK, WV))
    S = Q @ K.transpose(0, 2, 1) / np.sqrt(n // 2)
    E = np.exp(S - S.max(axis=-1, keepdims=True))
    O = (E / E.sum(axis=-1, keepdims=True)) @ V
    return np.mean((O.transpose(1, 0, 2).reshape(T, n) - Y) ** 2)


def heads_by_hand(WQ: Array, WK: Array, WV: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    T, n = X.shape
    Q, K, V = ((X @ W).reshape(T, 2, n // 2).transpose(1, 0, 2) for W in (WQ, WK, WV))
    S = Q @ K.transpose(0, 2, 1) / np.sqrt(n // 2)
    P = np.exp(S - S.max(axis=-1, keepdims=True))
    P /= P.sum(axis=-1, keepdims=True)
    E = (P @ V).transpose(1, 0, 2).reshape(T, n) - Y
    dO = (2.0 / E.size * E).reshape(T, 2, n // 2).transpose(1, 0, 2)
    dP = dO @ V.transpose(0, 2, 1)
    dS = P * (dP - (P * dP).sum(axis=-1, keepdims=True)) / np.sqrt(n // 2)
    parts = {"WQ": dS @ K, "WK": dS.transpose(0, 2, 1) @ Q, "WV": P.transpose(0, 2, 1) @ dO}
    back = {name: X.T @ each.transpose(1, 0, 2).reshape(T, n) for name, each in parts.items()}
    return float((E * E).mean()), back


def least_squares(X: Any, y: Any, r: Any) -> Any:
    """The weights that ridge regression finds are differentiated by the data."""
    w = np.linalg.solve(X.T @ X + np.eye(2), X.T @ y)
    return r @ w


def least_squares_by_hand(X: Array, y: Array, r: Array) -> tuple[float, Gradients]:
    G = np.linalg.inv(X.T @ X + np.eye(2))
    w, q = G @ X.T @ y, G @ r
    return float(r @ w), {"X": np.outer(y, q) - X @ (np.outer(q, w) + np.outer(w, q)), "y": X @ q}


_TWO = {"W1": normal(3, 4), "b1": normal(4), "W2": normal(4, 3), "b2": normal(3)}
_HEADS = {name: normal(4, 4) for name in ("WQ", "WK", "WV")}

CASES = [
    Case(
        "network of a course",
        course,
        course_by_hand,
        _TWO,
        {"X": normal(5, 3)},
        "arrays",
        constants={"Y": np.eye(3)[LABELS]},
    ),
    Case("margins of a course", margins, margins_by_hand, _TWO, {"X": normal(5, 3)}, "arrays"),
    Case(
        "batch normalisation in rows",
        batch,
        batch_by_hand,
        {"W": normal(3, 4), "gamma": between(0.5, 1.5, 4), "beta": normal(4)},
        {"X": normal(6, 3), "Y": normal(6, 4)},
        "arrays",
    ),
    Case(
        "kernel smoother",
        smoother,
        smoother_by_hand,
        {"h": normal(1)},
        {"X": normal(6, 2), "y": normal(6)},
        "arrays",
    ),
    Case(
        "cosine similarity",
        cosine,
        cosine_by_hand,
        {"W": normal(3, 4)},
        {"X": normal(5, 4), "Y": normal(5, 5)},
        "arrays",
    ),
    Case(
        "heads by reshaping",
        heads,
        heads_by_hand,
        _HEADS,
        {"X": normal(5, 4), "Y": normal(5, 4)},
        "arrays",
    ),
    Case(
        "least squares solved",
        least_squares,
        least_squares_by_hand,
        {"X": normal(6, 2), "y": normal(6)},
        {"r": normal(2)},
        "arrays",
    ),
]
