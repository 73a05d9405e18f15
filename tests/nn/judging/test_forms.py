"""Forms in which recurrent networks, generators and derivatives are written, as they stand in files."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

RECURRENT = """
import numpy as np

text = open("poem.txt").read()
letters = sorted(set(text))
V, H = len(letters), 50
U = np.random.randn(H, V) * 0.01
W = np.random.randn(H, H) * 0.01
O = np.random.randn(V, H) * 0.01
b = np.zeros((H, 1))

def loss_of(inputs, targets, h_prev):
    x, h, p, loss = {}, {-1: h_prev}, {}, 0.0
    for t in range(len(inputs)):
        x[t] = np.zeros((V, 1))
        x[t][inputs[t]] = 1
        h[t] = np.tanh(U @ x[t] + W @ h[t - 1] + b)
        e = np.exp(O @ h[t])
        p[t] = e / e.sum()
        loss -= np.log(p[t][targets[t], 0])
    dU, dW, dO, db = (np.zeros_like(each) for each in (U, W, O, b))
    later = np.zeros_like(b)
    for t in reversed(range(len(inputs))):
        dy = p[t].copy()
        dy[targets[t]] -= 1
        dO += dy @ h[t].T
        dh = O.T @ dy + later
        dz = (1 - h[t] ** 2) * dh
        db += dz
        dU += dz @ x[t].T
        dW += dz @ h[t - 1].T
        later = W.T @ dz
    return loss, dU, dW, dO, db, h[len(inputs) - 1]
"""

CELLS = """
import numpy as np

def sigmoid(a):
    return 1 / (1 + np.exp(-a))

def cell_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = (sigmoid(a[:, k * H:(k + 1) * H]) for k in range(3))
    g = np.tanh(a[:, 3 * H:4 * H])
    c = f * prev_c + i * g
    h = o * np.tanh(c)
    return h, c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, c)

def cell_backward(dh, dc, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    dc = dc + dh * o * (1 - t * t)
    di, df, do, dg = dc * g, dc * prev_c, dh * t, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g * g)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)
"""

CRITIC = """
import numpy as np

def critic_loss(Wd1, bd1, Wd2, bd2, x_real, x_fake):
    m = len(x_real)
    hr, hf = np.tanh(x_real @ Wd1 + bd1), np.tanh(x_fake @ Wd1 + bd1)
    pr = 1 / (1 + np.exp(-(hr @ Wd2 + bd2)))
    pf = 1 / (1 + np.exp(-(hf @ Wd2 + bd2)))
    loss = -np.mean(np.log(pr)) - np.mean(np.log(1 - pf))
    zr, zf = (pr - 1) / m, pf / m
    ar, af = zr @ Wd2.T * (1 - hr**2), zf @ Wd2.T * (1 - hf**2)
    dWd1, dbd1 = x_real.T @ ar + x_fake.T @ af, ar.sum(0) + af.sum(0)
    dWd2, dbd2 = hr.T @ zr + hf.T @ zf, zr.sum(0) + zf.sum(0)
    return loss, dict(Wd1=dWd1, bd1=dbd1, Wd2=dWd2, bd2=dbd2)
"""

SLOPES = """
import numpy as np

def elu(x, a=1.0):
    return np.where(x > 0, x, a * (np.exp(x) - 1))

def elu_prime(x, a=1.0):
    return np.where(x > 0, 1.0, a * np.exp(x))

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def d_sigmoid(s):
    return s * (1 - s)

def squash(x):
    out = np.tanh(x)
    return out

squash_derivative = lambda x: 1 - np.tanh(x) ** 2
"""

ONLINE = """
import numpy as np

class Net:
    def __init__(self, sizes, alpha=0.1):
        self.W = [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
        self.alpha = alpha

    def predict(self, X):
        for W in self.W:
            X = 1 / (1 + np.exp(-X @ W))
        return X

    def fit(self, X, y):
        for x, t in zip(X, y):
            A = [np.atleast_2d(x)]
            for W in self.W:
                A.append(1 / (1 + np.exp(-A[-1] @ W)))
            delta = (A[-1] - t) * A[-1] * (1 - A[-1])
            steps = [A[-2].T @ delta]
            for l in range(len(self.W) - 1, 0, -1):
                delta = delta @ self.W[l].T * A[l] * (1 - A[l])
                steps.insert(0, A[l - 1].T @ delta)
            self.W = [W - self.alpha * step for W, step in zip(self.W, steps)]
"""

EPSILON = """
import numpy as np

def loss_and_gradient(W, X, Y):
    scores = np.exp(X @ W)
    P = scores / scores.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(P + 1e-7)) / len(X)
    return loss, X.T @ (P - Y) / len(X)
"""

FORMS = {"recurrent": RECURRENT, "cells": CELLS, "critic": CRITIC, "slopes": SLOPES, "online": ONLINE}
FORMS |= {"epsilon": EPSILON}


def judged(tmp_path, text):
    file = tmp_path / "theirs.py"
    file.write_text(text)
    return judge_file(file)


@pytest.mark.parametrize("name", FORMS)
def test_right_ones_are_not_accused(name, tmp_path):
    verdict = judged(tmp_path, FORMS[name])
    assert verdict and verdict.rows, str(verdict)


@pytest.mark.parametrize(
    ("form", "right", "wrong", "quantity", "name"),
    [
        ("recurrent", "dy + later", "dy", "W", "the gradient through time missing"),
        ("recurrent", "1 - h[t] ** 2", "1 - h[t]", "W", "1 - A for 1 - A²"),
        ("cells", "dg * (1 - g * g)", "dg", "Wx", "tanh′ missing"),
        ("critic", "zf = (pr - 1) / m, pf / m", "zf = (pr - 1) / m, pf", "Wd2", ""),
        ("slopes", "1.0, a * np.exp(x)", "1.0, np.exp(x) - 1", "x", "not the derivative of elu"),
        ("slopes", "1 - np.tanh(x) ** 2", "1 - np.tanh(x)", "x", "1 - out for 1 - out²"),
        ("online", ".T * A[l] * (1 - A[l])", ".T", "W[0]", "sigmoid′ missing"),
    ],
)  # fmt: skip
def test_mistakes_in_them_are_named(form, right, wrong, quantity, name, tmp_path):
    text = FORMS[form]
    assert text.count(right) == 1
    verdict = judged(tmp_path, text.replace(right, wrong))
    wrong_rows = {row.on: row.name for row in verdict.rows if row.outcome == "wrong"}
    assert wrong_rows.get(quantity) == name, str(verdict)
