"""Attention: columns, or rows, are positions of a sequence (Vaswani et al. 2017, arXiv:1706.03762)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff import Value, dot, logsumexp, softmax
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, normal, one_hot

__all__ = ["CASES"]


def attend(S: Array) -> Array:
    """The softmax of each column."""
    E = np.exp(S - S.max(axis=0))
    P: Array = E / E.sum(axis=0)
    return P


def attend_back(P: Array, dP: Array) -> Array:
    """∂J/∂S from ∂J/∂P."""
    dS: Array = P * (dP - (P * dP).sum(axis=0))
    return dS


def one_head(WQ: Any, WK: Any, WV: Any, X: Any, Y: Any) -> Any:
    Q, K, V = X @ WQ, X @ WK, X @ WV
    E = np.exp(Q @ K.T / math.sqrt(3))
    P = E / E.sum(axis=1, keepdims=True)
    return np.sum((P @ V - Y) ** 2) / len(X)


def one_head_by_hand(WQ: Array, WK: Array, WV: Array, X: Array, Y: Array) -> tuple[float, Gradients]:
    Q, K, V = X @ WQ, X @ WK, X @ WV
    P = attend((Q @ K.T).T / math.sqrt(3.0)).T
    E = P @ V - Y
    dO = 2.0 / len(X) * E
    dS = attend_back(P.T, (dO @ V.T).T).T / math.sqrt(3.0)
    grads = {"WQ": X.T @ (dS @ K), "WK": X.T @ (dS.T @ Q), "WV": X.T @ (P.T @ dO)}
    return float((E * E).sum()) / len(X), grads


def linear(W: Any, x: Any) -> list[Value]:
    return [dot(row, x) for row in W]


def heads_of(q: Any, keys: Any, values: Any, heads: int) -> list[Value]:
    """What a query finds, a part of the values for each head."""
    size = len(q) // heads
    mixed: list[Value] = []
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        shares = softmax([dot(q[part], k[part]) / math.sqrt(size) for k in keys])
        mixed += [dot(shares, [v[part][i] for v in values]) for i in range(size)]
    return mixed


def several_heads(WQ: Any, WK: Any, WV: Any, WO: Any, X: Any, Y: Any) -> Any:
    queries, keys, values = ([linear(W, x) for x in X.T] for W in (WQ, WK, WV))
    losses = []
    for q, y in zip(queries, Y.T):
        z = linear(WO, heads_of(q, keys, values, 2))
        losses.append(sum((a - b) ** 2 for a, b in zip(z, y)))
    return mean(losses)


def heads_forward(Q: Array, K: Array, V: Array, heads: int, causal: bool) -> tuple[Array, list[Array]]:
    """Mixed values, and the shares of each head; columns are positions."""
    size, T = len(Q) // heads, Q.shape[1]
    hidden = np.where(np.triu(np.ones((T, T))) > 0, 0.0, -np.inf) if causal else 0.0
    parts = [slice(h * size, (h + 1) * size) for h in range(heads)]
    P = [attend(K[part].T @ Q[part] / math.sqrt(size) + hidden) for part in parts]
    return np.concatenate([V[part] @ each for part, each in zip(parts, P)]), P


def heads_backward(Q: Array, K: Array, V: Array, P: list[Array], dA: Array) -> tuple[Array, Array, Array]:
    """∂J/∂Q, ∂J/∂K and ∂J/∂V."""
    size = len(Q) // len(P)
    dQ, dK, dV = np.zeros(Q.shape), np.zeros(K.shape), np.zeros(V.shape)
    for h, each in enumerate(P):
        part = slice(h * size, (h + 1) * size)
        dS = attend_back(each, V[part].T @ dA[part]) / math.sqrt(size)
        dV[part] = dA[part] @ each.T
        dQ[part] = K[part] @ dS
        dK[part] = Q[part] @ dS.T
    return dQ, dK, dV


def several_heads_by_hand(
    WQ: Array, WK: Array, WV: Array, WO: Array, X: Array, Y: Array
) -> tuple[float, Gradients]:
    Q, K, V = WQ @ X, WK @ X, WV @ X
    A, P = heads_forward(Q, K, V, 2, causal=False)
    E = WO @ A - Y
    dZ = 2.0 / X.shape[1] * E
    dQ, dK, dV = heads_backward(Q, K, V, P, WO.T @ dZ)
    grads = {"WQ": dQ @ X.T, "WK": dK @ X.T, "WV": dV @ X.T, "WO": dZ @ A.T}
    return float((E * E).sum()) / X.shape[1], grads


def causal(WQ: Any, WK: Any, WV: Any, X1: Any, Y1: Any, X2: Any, Y2: Any) -> Any:
    losses = []
    for X, Y in ((X1, Y1), (X2, Y2)):
        keys: list[Any] = []
        values: list[Any] = []
        for x, y in zip(X.T, Y.T):
            keys.append(linear(WK, x))
            values.append(linear(WV, x))
            found = heads_of(linear(WQ, x), keys, values, 1)
            losses.append(sum((a - b) ** 2 for a, b in zip(found, y)))
    return mean(losses)


def causal_by_hand(
    WQ: Array, WK: Array, WV: Array, X1: Array, Y1: Array, X2: Array, Y2: Array
) -> tuple[float, Gradients]:
    m = X1.shape[1] + X2.shape[1]
    grads = {name: np.zeros(WQ.shape) for name in ("WQ", "WK", "WV")}
    loss = 0.0
    for X, Y in ((X1, Y1), (X2, Y2)):
        Q, K, V = WQ @ X, WK @ X, WV @ X
        A, P = heads_forward(Q, K, V, 1, causal=True)
        E = A - Y
        loss += float((E * E).sum()) / m
        for name, each in zip(grads, heads_backward(Q, K, V, P, 2.0 / m * E)):
            grads[name] += each @ X.T
    return loss, grads


EPSILON = 1e-5


def block(E: Any, p: Any, WQ: Any, WK: Any, WV: Any, WO: Any, U: Any, D: Any, H: Any, T: Any) -> Any:
    """A character model of one block; T has a token in each column, and every next one is to be told."""

    def norm(x: Any) -> list[Value]:
        scale = (mean([each * each for each in x]) + EPSILON) ** -0.5
        return [each * scale for each in x]

    def add(x: Any, y: Any) -> list[Value]:
        return [a + b for a, b in zip(x, y)]

    keys: list[Any] = []
    values: list[Any] = []
    losses = []
    for t in range(T.shape[1] - 1):
        x = norm(add(linear(E, T[:, t]), p[:, t]))
        y = norm(x)
        keys.append(linear(WK, y))
        values.append(linear(WV, y))
        x = add(x, linear(WO, heads_of(linear(WQ, y), keys, values, 2)))
        x = add(x, linear(D, [each.relu() for each in linear(U, norm(x))]))
        logits = linear(H, x)
        losses.append(logsumexp(logits) - dot(T[:, t + 1], logits))
    return mean(losses)


def rms(X: Array) -> tuple[Array, Array]:
    r = np.sqrt((X * X).mean(axis=0) + EPSILON)
    return X / r, r


def rms_back(N: Array, r: Array, dN: Array) -> Array:
    dX: Array = (dN - N * (N * dN).mean(axis=0)) / r
    return dX


def block_by_hand(
    E: Array, p: Array, WQ: Array, WK: Array, WV: Array, WO: Array, U: Array, D: Array, H: Array, T: Array
) -> tuple[float, Gradients]:
    now, then = T[:, :-1], T[:, 1:]
    m = now.shape[1]
    X, rX = rms(E @ now + p)
    N, rN = rms(X)
    Q, K, V = WQ @ N, WK @ N, WV @ N
    A, P = heads_forward(Q, K, V, 2, causal=True)
    B = X + WO @ A
    M, rM = rms(B)
    Z = U @ M
    R = np.maximum(Z, 0.0)
    C = B + D @ R
    L = H @ C
    S = attend(L)
    dL = (S - then) / m
    dC = H.T @ dL
    dZ = D.T @ dC * (Z > 0.0)
    dB = dC + rms_back(M, rM, U.T @ dZ)
    dQ, dK, dV = heads_backward(Q, K, V, P, WO.T @ dB)
    dX = dB + rms_back(N, rN, WQ.T @ dQ + WK.T @ dK + WV.T @ dV)
    dp = rms_back(X, rX, dX)
    grads = {"E": dp @ now.T, "p": dp, "WQ": dQ @ N.T, "WK": dK @ N.T, "WV": dV @ N.T, "WO": dB @ A.T}
    grads |= {"U": dZ @ M.T, "D": dC @ R.T, "H": dL @ C.T}
    return float(-(then * np.log(S)).sum() / m), grads


_WEIGHTS = {name: normal(4, 4) for name in ("WQ", "WK", "WV", "WO")}

CASES = [
    Case(
        "attention",
        one_head,
        one_head_by_hand,
        {name: normal(4, 3) for name in ("WQ", "WK", "WV")},
        {"X": normal(5, 4), "Y": normal(5, 3)},
        "arrays",
    ),
    Case(
        "attention of two heads",
        several_heads,
        several_heads_by_hand,
        _WEIGHTS,
        {"X": normal(4, 5), "Y": normal(4, 5)},
    ),
    Case(
        "causal attention",
        causal,
        causal_by_hand,
        {name: normal(3, 3) for name in ("WQ", "WK", "WV")},
        {"X1": normal(3, 4), "Y1": normal(3, 4), "X2": normal(3, 2), "Y2": normal(3, 2)},
    ),
    Case(
        "microgpt",
        block,
        block_by_hand,
        {
            "E": normal(4, 6),
            "p": normal(4, 4),
            **_WEIGHTS,
            "U": normal(8, 4),
            "D": normal(4, 8),
            "H": normal(6, 4),
        },
        {"T": one_hot(6, 5)},
    ),
]
