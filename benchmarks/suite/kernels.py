"""Kernels of linear algebra, as the collections of loops that compilers are tried on have them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Value, dot
from autodiff.functions import sum
from benchmarks.suite.case import Array, Case, Gradients, between, normal

__all__ = ["CASES"]


def gemm(alpha: Any, beta: Any, A: Any, B: Any, C: Any, R: Any) -> Any:
    total = Value(0.0)
    for i in range(len(C)):
        for j in range(len(C[0])):
            c = beta[0] * C[i, j]
            for k in range(len(B)):
                c = c + alpha[0] * A[i, k] * B[k, j]
            total = total + R[i, j] * c
    return total


def gemm_by_hand(
    alpha: Array, beta: Array, A: Array, B: Array, C: Array, R: Array
) -> tuple[float, Gradients]:
    AB = A @ B
    grads = {
        "alpha": (R * AB).sum(keepdims=True)[0],
        "beta": (R * C).sum(keepdims=True)[0],
        "A": alpha * R @ B.T,
        "B": alpha * A.T @ R,
        "C": beta * R,
    }
    return float((R * (alpha * AB + beta * C)).sum()), grads


def syrk(alpha: Any, beta: Any, A: Any, C: Any) -> Any:
    return np.sum((alpha * (A @ A.T) + beta * C) ** 2) / 2


def syrk_by_hand(alpha: Array, beta: Array, A: Array, C: Array) -> tuple[float, Gradients]:
    AA = A @ A.T
    D = alpha * AA + beta * C
    grads = {
        "alpha": (D * AA).sum(keepdims=True)[0],
        "beta": (D * C).sum(keepdims=True)[0],
        "A": alpha * (D + D.T) @ A,
        "C": beta * D,
    }
    return float((D * D).sum() / 2.0), grads


def gemver(A: Any, u: Any, v: Any, p: Any, q: Any, y: Any, z: Any, r: Any) -> Any:
    n = range(len(u))
    B = [[A[i, j] + u[i] * v[j] + p[i] * q[j] for j in n] for i in n]
    x = [z[i] + sum(1.2 * B[j][i] * y[j] for j in n) for i in n]
    w = [sum(1.5 * B[i][j] * x[j] for j in n) for i in n]
    return sum(r[i] * w[i] for i in n)


def gemver_by_hand(
    A: Array, u: Array, v: Array, p: Array, q: Array, y: Array, z: Array, r: Array
) -> tuple[float, Gradients]:
    B = A + np.outer(u, v) + np.outer(p, q)
    x = 1.2 * B.T @ y + z
    dx = 1.5 * B.T @ r
    dB = 1.5 * np.outer(r, x) + 1.2 * np.outer(y, dx)
    grads = {"A": dB, "u": dB @ v, "v": dB.T @ u, "p": dB @ q, "q": dB.T @ p}
    return float(1.5 * r @ B @ x), grads


def atax(A: Any, x: Any, r: Any) -> Any:
    return r @ (A.T @ (A @ x))


def atax_by_hand(A: Array, x: Array, r: Array) -> tuple[float, Gradients]:
    t, s = A @ x, A @ r
    return float(s @ t), {"A": np.outer(t, r) + np.outer(s, x), "x": A.T @ s}


def bicg(A: Any, p: Any, r: Any) -> Any:
    s = [sum(r[i] * A[i, j] for i in range(len(r))) for j in range(len(p))]
    q = [dot(row, p) for row in A]
    return sum(each**2 for each in s) + sum(each.tanh() for each in q)


def bicg_by_hand(A: Array, p: Array, r: Array) -> tuple[float, Gradients]:
    s, q = A.T @ r, np.tanh(A @ p)
    dq = 1.0 - q * q
    grads = {"A": 2.0 * np.outer(r, s) + np.outer(dq, p), "p": A.T @ dq, "r": 2.0 * A @ s}
    return float(s @ s + q.sum()), grads


STEPS = 3


def stencil(X: Any, R: Any) -> Any:
    inner = range(1, len(X) - 1)
    H = [list(row) for row in X]
    for _ in range(STEPS):
        new = [list(row) for row in H]
        for i in inner:
            for j in inner:
                new[i][j] = 0.2 * (H[i][j] + H[i][j - 1] + H[i][j + 1] + H[i - 1][j] + H[i + 1][j])
        H = new
    return sum(dot(r, h) for r, h in zip(R, H))


def stencil_by_hand(X: Array, R: Array) -> tuple[float, Gradients]:
    H = X.copy()
    for _ in range(STEPS):
        middle = H[1:-1, 1:-1] + H[1:-1, :-2] + H[1:-1, 2:] + H[:-2, 1:-1] + H[2:, 1:-1]
        H = H.copy()
        H[1:-1, 1:-1] = 0.2 * middle
    dH = R.copy()
    for _ in range(STEPS):
        d = 0.2 * dH[1:-1, 1:-1]
        dH = dH.copy()
        dH[1:-1, 1:-1] = d
        for rows, columns in ((slice(1, -1), slice(None, -2)), (slice(1, -1), slice(2, None))):
            dH[rows, columns] += d
            dH[columns, rows] += d
    return float((R * H).sum()), {"X": dH}


_NUMBERS = {"alpha": between(0.5, 2.0, 1), "beta": between(0.5, 2.0, 1)}

CASES = [
    Case(
        "gemm",
        gemm,
        gemm_by_hand,
        {**_NUMBERS, "A": normal(3, 4), "B": normal(4, 5), "C": normal(3, 5)},
        {"R": normal(3, 5)},
    ),
    Case("syrk", syrk, syrk_by_hand, {**_NUMBERS, "A": normal(4, 3), "C": normal(4, 4)}, {}, "arrays"),
    Case(
        "gemver",
        gemver,
        gemver_by_hand,
        {"A": normal(5, 5), **{name: normal(5) for name in "uvpq"}},
        {name: normal(5) for name in "yzr"},
    ),
    Case("atax", atax, atax_by_hand, {"A": normal(5, 4), "x": normal(4)}, {"r": normal(4)}, "arrays"),
    Case("bicg", bicg, bicg_by_hand, {"A": normal(5, 4), "p": normal(4), "r": normal(5)}, {}),
    Case(
        "stencil",
        stencil,
        stencil_by_hand,
        {"X": normal(6, 6)},
        {"R": normal(6, 6)},
        constants={"B": np.pad(np.zeros((4, 4)), 1, constant_values=1.0)},
    ),
]
