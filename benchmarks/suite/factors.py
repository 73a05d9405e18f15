"""Factors, clusters and walks: what linear models of many things are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import dot, log, softmax
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, between, normal, zeros_and_ones

__all__ = ["CASES"]

CENTRES = (3, 1, 0, 1, 4, 2)  # words of a text, each with one beside it and one that is not there
BESIDE = (1, 0, 2, 4, 3, 3)
ELSEWHERE = (0, 4, 1, 3, 2, 1)


def word2vec(E: Any, C: Any) -> Any:
    losses = []
    for centre, beside, elsewhere in zip(CENTRES, BESIDE, ELSEWHERE):
        e = E[:, centre]
        losses.append(-log(dot(e, C[:, beside]).sigmoid()) - log((-dot(e, C[:, elsewhere])).sigmoid()))
    return mean(losses)


def word2vec_by_hand(E: Array, C: Array) -> tuple[float, Gradients]:
    H, P, N = E[:, CENTRES], C[:, BESIDE], C[:, ELSEWHERE]
    s, t = (H * P).sum(axis=0), (H * N).sum(axis=0)
    m = len(CENTRES)
    ds, dt = -1.0 / (1.0 + np.exp(s)) / m, 1.0 / (1.0 + np.exp(-t)) / m
    dE, dC = np.zeros(E.shape), np.zeros(C.shape)
    np.add.at(dE.T, list(CENTRES), (ds * P + dt * N).T)
    np.add.at(dC.T, list(BESIDE), (ds * H).T)
    np.add.at(dC.T, list(ELSEWHERE), (dt * H).T)
    return float((np.logaddexp(0.0, -s) + np.logaddexp(0.0, t)).mean()), {"E": dE, "C": dC}


def factorisation(U: Any, V: Any, M: Any, R: Any) -> Any:
    return np.sum((M * (U.T @ V - R)) ** 2) / 2 + 0.05 * (np.sum(U**2) + np.sum(V**2))


def factorisation_by_hand(U: Array, V: Array, M: Array, R: Array) -> tuple[float, Gradients]:
    D = M * (U.T @ V - R)
    dP = M * D
    loss = (D * D).sum() / 2.0 + 0.05 * ((U * U).sum() + (V * V).sum())
    return float(loss), {"U": V @ dP.T + 0.1 * U, "V": U @ dP + 0.1 * V}


def principal(W: Any, X: Any) -> Any:
    losses = []
    for x in X.T:
        code = [dot(column, x) for column in W.T]
        back = [dot(row, code) for row in W]
        losses.append(sum((a - b) ** 2 for a, b in zip(x, back)))
    return mean(losses)


def principal_by_hand(W: Array, X: Array) -> tuple[float, Gradients]:
    m = X.shape[1]
    A = W.T @ X
    E = W @ A - X
    dR = 2.0 / m * E
    return float((E * E).sum() / m), {"W": dR @ A.T + X @ (W.T @ dR).T}


def soft_means(C: Any, X: Any) -> Any:
    losses = []
    for x in X.T:
        distances = [sum((a - b) ** 2 for a, b in zip(x, c)) for c in C.T]
        shares = softmax([-d for d in distances])
        losses.append(dot(shares, distances))
    return mean(losses)


def soft_means_by_hand(C: Array, X: Array) -> tuple[float, Gradients]:
    D = ((X[:, None] - C[:, :, None]) ** 2).sum(axis=0)
    P = np.exp(-D)
    P /= P.sum(axis=0)
    m = X.shape[1]
    L = (P * D).sum(axis=0)
    dD = P * (1.0 - D + L) / m
    return float(L.mean()), {"C": 2.0 * (C * dD.sum(axis=1) - X @ dD.T)}


STEPS, DAMPING = 8, 0.85


def page_rank(L: Any, y: Any) -> Any:
    n = len(y)
    columns = [[each / sum(column) for each in column] for column in L.T]
    x: Any = [1.0 / n] * n
    for _ in range(STEPS):
        x = [(1 - DAMPING) / n + DAMPING * sum(columns[j][i] * x[j] for j in range(n)) for i in range(n)]
    return sum((a - b) ** 2 for a, b in zip(x, y))


def page_rank_by_hand(L: Array, y: Array) -> tuple[float, Gradients]:
    n = len(y)
    s = L.sum(axis=0)
    M = L / s
    X = [np.full(n, 1.0 / n)]
    for _ in range(STEPS):
        X.append((1.0 - DAMPING) / n + DAMPING * M @ X[-1])
    e = X[-1] - y
    dx, dM = 2.0 * e, np.zeros((n, n))
    for x in reversed(X[:-1]):
        dM += DAMPING * np.outer(dx, x)
        dx = DAMPING * M.T @ dx
    return float(e @ e), {"L": (dM - (M * dM).sum(axis=0)) / s}


CASES = [
    Case(
        "word2vec",
        word2vec,
        word2vec_by_hand,
        {"E": normal(3, 5), "C": normal(3, 5)},
        {},
    ),
    Case(
        "matrix factorisation",
        factorisation,
        factorisation_by_hand,
        {"U": normal(2, 5), "V": normal(2, 6)},
        {"M": zeros_and_ones(5, 6), "R": normal(5, 6)},
        "arrays",
    ),
    Case("principal components", principal, principal_by_hand, {"W": normal(4, 2)}, {"X": normal(4, 7)}),
    Case("soft k-means", soft_means, soft_means_by_hand, {"C": normal(2, 3)}, {"X": normal(2, 7)}),
    Case(
        "PageRank", page_rank, page_rank_by_hand, {"L": between(0.1, 1.0, 4, 4)}, {"y": between(0.1, 0.4, 4)}
    ),
]
