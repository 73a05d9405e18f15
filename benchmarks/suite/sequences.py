"""Recurrences: networks that read a sequence, and filters that follow one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Value, dot, log, softmax
from autodiff.functions import sum
from benchmarks.suite.case import Array, Case, Gradients, between, normal, one_hot

__all__ = ["CASES"]


def affine(U: Any, x: Any, W: Any, h: Any, b: Any) -> list[Value]:
    """U·x + W·h + b in scalars."""
    return [dot(u, x, dot(w, h, bias)) for u, w, bias in zip(U, W, b)]


def elman(U: Any, W: Any, b: Any, v: Any, X: Any, y: Any) -> Any:
    h: Any = [Value(0.0) for _ in b]
    for x in X.T:
        h = [z.tanh() for z in affine(U, x, W, h, b)]
    return (dot(v, h) - y[0]) ** 2


def elman_by_hand(U: Array, W: Array, b: Array, v: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    H = [np.zeros(len(b))]
    for x in X.T:
        H.append(np.tanh(W @ H[-1] + U @ x + b))
    e = v @ H[-1] - y[0]
    dh = 2.0 * e * v
    grads = {"U": np.zeros(U.shape), "W": np.zeros(W.shape), "b": np.zeros(b.shape), "v": 2.0 * e * H[-1]}
    for t in range(X.shape[1], 0, -1):
        dz = dh * (1.0 - H[t] ** 2)
        grads["U"] += np.outer(dz, X[:, t - 1])
        grads["W"] += np.outer(dz, H[t - 1])
        grads["b"] += dz
        dh = W.T @ dz
    return float(e * e), grads


def gru(
    Ur: Any, Wr: Any, br: Any, Uz: Any, Wz: Any, bz: Any, Uh: Any, Wh: Any, bh: Any, v: Any, X: Any, y: Any
) -> Any:
    h: Any = [Value(0.0) for _ in bh]
    for x in X.T:
        r = [each.sigmoid() for each in affine(Ur, x, Wr, h, br)]
        z = [each.sigmoid() for each in affine(Uz, x, Wz, h, bz)]
        new = [each.tanh() for each in affine(Uh, x, Wh, [a * b for a, b in zip(r, h)], bh)]
        h = [(1 - k) * old + k * each for k, old, each in zip(z, h, new)]
    return (dot(v, h) - y[0]) ** 2


def sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def gru_by_hand(v: Array, X: Array, y: Array, **p: Array) -> tuple[float, Gradients]:
    h, kept = np.zeros(len(v)), []
    for x in X.T:
        r = sigmoid(p["Wr"] @ h + p["Ur"] @ x + p["br"])
        z = sigmoid(p["Wz"] @ h + p["Uz"] @ x + p["bz"])
        n = np.tanh(p["Wh"] @ (r * h) + p["Uh"] @ x + p["bh"])
        kept.append((x, h, r, z, n))
        h = (1.0 - z) * h + z * n
    e = v @ h - y[0]
    grads = {name: np.zeros(each.shape) for name, each in p.items()} | {"v": 2.0 * e * h}
    dh = 2.0 * e * v
    for x, h, r, z, n in reversed(kept):
        an = dh * z * (1.0 - n * n)
        az = dh * (n - h) * z * (1.0 - z)
        dq = p["Wh"].T @ an
        ar = dq * h * r * (1.0 - r)
        dh = dh * (1.0 - z) + dq * r + p["Wr"].T @ ar + p["Wz"].T @ az
        for gate, a, state in (("r", ar, h), ("z", az, h), ("h", an, r * h)):
            grads[f"U{gate}"] += np.outer(a, x)
            grads[f"W{gate}"] += np.outer(a, state)
            grads[f"b{gate}"] += a
    return float(e * e), grads


def lstm(W: Any, U: Any, b: Any, v: Any, X: Any, y: Any) -> Any:
    """The gates' weights lie on top of each other in W, U and b: input, forget, output, candidate."""
    n = len(v)
    h: Any = [Value(0.0) for _ in v]
    c: Any = [Value(0.0) for _ in v]
    for x in X.T:
        z = affine(U, x, W, h, b)
        i, f, o = ([each.sigmoid() for each in z[k * n : (k + 1) * n]] for k in range(3))
        g = [each.tanh() for each in z[3 * n :]]
        c = [p * q + s * t for p, q, s, t in zip(f, c, i, g)]
        h = [p * q.tanh() for p, q in zip(o, c)]
    return (dot(v, h) - y[0]) ** 2


def lstm_by_hand(W: Array, U: Array, b: Array, v: Array, X: Array, y: Array) -> tuple[float, Gradients]:
    n = len(v)
    h, c, kept = np.zeros(n), np.zeros(n), []
    for x in X.T:
        z = W @ h + U @ x + b
        i, f, o, g = sigmoid(z[:n]), sigmoid(z[n : 2 * n]), sigmoid(z[2 * n : 3 * n]), np.tanh(z[3 * n :])
        new = f * c + i * g
        kept.append((x, h, c, i, f, o, g, np.tanh(new)))
        c, h = new, o * kept[-1][-1]
    e = v @ h - y[0]
    grads = {"W": np.zeros(W.shape), "U": np.zeros(U.shape), "b": np.zeros(b.shape), "v": 2.0 * e * h}
    dh, dc = 2.0 * e * v, np.zeros(n)
    for x, h, c, i, f, o, g, s in reversed(kept):
        dc = dc + dh * o * (1.0 - s * s)
        parts = [
            dc * g * i * (1.0 - i),
            dc * c * f * (1.0 - f),
            dh * s * o * (1.0 - o),
            dc * i * (1.0 - g * g),
        ]
        dz = np.concatenate(parts)
        grads["W"] += np.outer(dz, h)
        grads["U"] += np.outer(dz, x)
        grads["b"] += dz
        dh, dc = W.T @ dz, dc * f
    return float(e * e), grads


def hidden_markov(A: Any, B: Any, p: Any, O: Any) -> Any:
    """Columns of A and B are logits: of the next state, and of what a state shows; O is one-hot."""
    step = [softmax(list(column)) for column in A.T]  # step[j][i]: from j to i
    shown = [softmax(list(column)) for column in B.T]
    n = range(len(p))
    alpha: Any = None
    for o in O.T:
        start = softmax(list(p)) if alpha is None else [sum(step[j][i] * alpha[j] for j in n) for i in n]
        alpha = [a * dot(o, shown[i]) for i, a in enumerate(start)]
    return -log(sum(alpha))


def hidden_markov_by_hand(A: Array, B: Array, p: Array, O: Array) -> tuple[float, Gradients]:
    S, E, start = (np.exp(each) / np.exp(each).sum(axis=0) for each in (A, B, p))
    L = E.T @ O
    alphas = [start * L[:, 0]]
    for t in range(1, O.shape[1]):
        alphas.append(S @ alphas[-1] * L[:, t])
    total = alphas[-1].sum()
    d = np.full(len(p), -1.0 / total)
    dS, dL = np.zeros(S.shape), np.zeros(L.shape)
    for t in range(O.shape[1] - 1, 0, -1):
        dL[:, t] = d * (S @ alphas[t - 1])
        d = d * L[:, t]
        dS += np.outer(d, alphas[t - 1])
        d = S.T @ d
    dL[:, 0] = d * start
    d = d * L[:, 0]
    dE = O @ dL.T
    grads = {"A": S * (dS - (S * dS).sum(axis=0)), "B": E * (dE - (E * dE).sum(axis=0))}
    return float(-np.log(total)), grads | {"p": start * (d - start @ d)}


def kalman(a: Any, q: Any, r: Any, y: Any) -> Any:
    """A number that moves by a factor a with noise q, seen with noise r; the innovations' likelihood."""
    x, p, loss = Value(0.0), Value(1.0), Value(0.0)
    for seen in y:
        x, p = a[0] * x, a[0] * a[0] * p + q[0]
        e, s = seen - x, p + r[0]
        loss = loss + 0.5 * (log(s) + e * e / s)
        gain = p / s
        x, p = x + gain * e, (1 - gain) * p
    return loss


def kalman_by_hand(a: Array, q: Array, r: Array, y: Array) -> tuple[float, Gradients]:
    x, p, loss, kept = 0.0, 1.0, 0.0, []
    for seen in y:
        before, prior = x, p
        u = a[0] * x
        m = a[0] ** 2 * p + q[0]
        e, s = seen - u, m + r[0]
        loss += 0.5 * (np.log(s) + e * e / s)
        k = m / s
        kept.append((before, prior, m, e, s, k))
        x, p = u + k * e, (1.0 - k) * m
    dx = dp = da = dq = dr = 0.0
    for before, prior, m, e, s, k in reversed(kept):
        dk = dx * e - dp * m
        ds = 0.5 / s - 0.5 * (e / s) ** 2 - dk * k / s
        dm = dp * (1.0 - k) + dk / s + ds
        du = dx * (1.0 - k) - e / s
        dr += ds
        dq += dm
        da += du * before + 2.0 * a[0] * prior * dm
        dx, dp = a[0] * du, a[0] ** 2 * dm
    return float(loss), {"a": np.array([da]), "q": np.array([dq]), "r": np.array([dr])}


def _gates(letters: str, n: int, k: int) -> dict[str, Any]:
    each = {"U": normal(n, k), "W": normal(n, n), "b": normal(n)}
    return {f"{name}{letter}": draw for letter in letters for name, draw in each.items()}


_INPUTS = {"X": normal(2, 5), "y": normal(1)}

CASES = [
    Case(
        "Elman network",
        elman,
        elman_by_hand,
        {"U": normal(3, 2), "W": normal(3, 3), "b": normal(3), "v": normal(3)},
        _INPUTS,
    ),
    Case("GRU", gru, gru_by_hand, {**_gates("rzh", 3, 2), "v": normal(3)}, _INPUTS),
    Case(
        "LSTM",
        lstm,
        lstm_by_hand,
        {"W": normal(12, 3), "U": normal(12, 2), "b": normal(12), "v": normal(3)},
        _INPUTS,
    ),
    Case(
        "hidden Markov model",
        hidden_markov,
        hidden_markov_by_hand,
        {"A": normal(3, 3), "B": normal(4, 3), "p": normal(3)},
        {"O": one_hot(4, 5)},
    ),
    Case(
        "Kalman filter",
        kalman,
        kalman_by_hand,
        {"a": between(0.5, 1.0, 1), "q": between(0.1, 0.5, 1), "r": between(0.1, 0.5, 1)},
        {"y": normal(6)},
    ),
]
