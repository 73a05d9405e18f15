"""Programs of science and finance: steps in time, equations solved, closed formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff import Value, erfc, exp, log, sqrt
from autodiff.functions import mean, sum
from benchmarks.suite.case import Array, Case, Gradients, between, normal

__all__ = ["CASES"]


def black_scholes(sigma: Any, r: Any, S: Any, K: Any, T: Any, C: Any) -> Any:
    def normal_cdf(x: Value) -> Any:
        return 0.5 * erfc(-x / math.sqrt(2))

    losses = []
    for s, k, t, c in zip(S, K, T, C):
        spread = sigma[0] * sqrt(t)
        d1 = (log(s / k) + (r[0] + sigma[0] ** 2 / 2) * t) / spread
        d2 = d1 - spread
        losses.append((s * normal_cdf(d1) - k * exp(-r[0] * t) * normal_cdf(d2) - c) ** 2)
    return mean(losses)


def black_scholes_by_hand(
    sigma: Array, r: Array, S: Array, K: Array, T: Array, C: Array
) -> tuple[float, Gradients]:
    cdf = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)))
    spread = sigma * np.sqrt(T)
    d1 = (np.log(S / K) + (r + sigma**2 / 2.0) * T) / spread
    d2 = d1 - spread
    discounted = K * np.exp(-r * T)
    e = S * cdf(d1) - discounted * cdf(d2) - C
    de = 2.0 * e / len(S)
    vega = S * np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) * np.sqrt(T)
    rho = discounted * T * cdf(d2)
    return float(e @ e) / len(S), {"sigma": np.array([de @ vega]), "r": np.array([de @ rho])}


EULER = (6, 0.1)  # steps, and how long each is


def implicit_euler(A: Any, x: Any, y: Any) -> Any:
    """x' = A·x in two dimensions; each step solves (I - h·A)·x[t] = x[t-1] by Cramer's rule."""
    steps, h = EULER
    (a, b), (c, d) = A
    p, q = x
    for _ in range(steps):
        det = (1 - h * a) * (1 - h * d) - h * b * (h * c)
        p, q = ((1 - h * d) * p + h * b * q) / det, (h * c * p + (1 - h * a) * q) / det
    return (p - y[0]) ** 2 + (q - y[1]) ** 2


def implicit_euler_by_hand(A: Array, x: Array, y: Array) -> tuple[float, Gradients]:
    steps, h = EULER
    M = np.linalg.inv(np.eye(2) - h * A)
    H = [x]
    for _ in range(steps):
        H.append(M @ H[-1])
    e = H[-1] - y
    dh, dA = 2.0 * e, np.zeros((2, 2))
    for t in range(steps, 0, -1):
        dh = M.T @ dh
        dA += h * np.outer(dh, H[t])
    return float(e @ e), {"A": dA, "x": dh}


SPRING = (8, 0.1)


def springs(k: Any, x: Any, v: Any, y: Any) -> Any:
    """Masses in a row between two walls, a spring on each side of each; semi-implicit Euler."""
    steps, h = SPRING
    n = len(x)
    for _ in range(steps):
        forces = []
        for i in range(n):
            left = x[i] - (x[i - 1] if i > 0 else 0.0)
            right = (x[i + 1] if i < n - 1 else 0.0) - x[i]
            forces.append(k[i + 1] * right - k[i] * left)
        v = [each + h * f for each, f in zip(v, forces)]
        x = [each + h * u for each, u in zip(x, v)]
    return sum((a - b) ** 2 for a, b in zip(x, y))


def springs_by_hand(k: Array, x: Array, v: Array, y: Array) -> tuple[float, Gradients]:
    steps, h = SPRING
    n = len(x)
    D = np.eye(n + 1, n) - np.eye(n + 1, n, -1)  # stretches of the springs are D·x
    X = [x]
    for _ in range(steps):
        v = v - h * D.T @ (k * (D @ X[-1]))
        X.append(X[-1] + h * v)
    dx, dv, dk = 2.0 * (X[-1] - y), np.zeros(n), np.zeros(n + 1)
    for t in range(steps - 1, -1, -1):
        dv = dv + h * dx
        dk -= h * (D @ dv) * (D @ X[t])
        dx = dx - h * D.T @ (k * (D @ dv))
    return float(((X[-1] - y) ** 2).sum()), {"k": dk, "x": dx, "v": dv}


LOGISTIC = 8


def logistic_map(r: Any, x: Any, y: Any) -> Any:
    for _ in range(LOGISTIC):
        x = r * x * (1 - x)
    return np.sum((x - y) ** 2)


def logistic_map_by_hand(r: Array, x: Array, y: Array) -> tuple[float, Gradients]:
    X = [x]
    for _ in range(LOGISTIC):
        X.append(r * X[-1] * (1.0 - X[-1]))
    dx = 2.0 * (X[-1] - y)
    loss = float(((X[-1] - y) ** 2).sum())
    dr = np.zeros(1)
    for x in reversed(X[:-1]):
        dr += (dx * x * (1.0 - x)).sum()
        dx = dx * r * (1.0 - 2.0 * x)
    return loss, {"r": dr, "x": dx}


CASES = [
    Case(
        "Black-Scholes",
        black_scholes,
        black_scholes_by_hand,
        {"sigma": between(0.1, 0.4, 1), "r": between(0.01, 0.05, 1)},
        {
            "S": between(0.8, 1.2, 5),
            "K": between(0.8, 1.2, 5),
            "T": between(0.5, 2.0, 5),
            "C": between(0, 0.4, 5),
        },
    ),
    Case(
        "implicit Euler",
        implicit_euler,
        implicit_euler_by_hand,
        {"A": normal(2, 2), "x": normal(2)},
        {"y": normal(2)},
    ),
    Case(
        "springs",
        springs,
        springs_by_hand,
        {"k": between(0.5, 2.0, 4), "x": normal(3), "v": normal(3)},
        {"y": normal(3)},
    ),
    Case(
        "logistic map",
        logistic_map,
        logistic_map_by_hand,
        {"r": between(2.5, 3.6, 1), "x": between(0.1, 0.9, 5)},
        {"y": between(0.1, 0.9, 5)},
        "arrays",
    ),
]
