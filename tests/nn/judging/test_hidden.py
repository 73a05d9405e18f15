"""Mistakes that an example can hide: a bias as large as its gradient, one window, residuals of one sign."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

HUBER = """
import numpy as np

def huber_forward(pred, y, delta=1.0):
    r = pred - y
    return np.where(np.abs(r) < delta, 0.5 * r ** 2, delta * (np.abs(r) - delta / 2)).mean(), (r, delta)

def huber_backward(dout, cache):
    r, delta = cache
    return dout * np.where(np.abs(r) < delta, r, delta * np.sign(r)) / r.size
"""
HUBER_CLASS = """
import numpy as np

class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta
    def forward(self, y_pred, y_true):
        self.diff = y_pred - y_true
        a = np.abs(self.diff)
        return np.mean(np.where(a <= self.delta, 0.5 * self.diff ** 2, self.delta * (a - 0.5 * self.delta)))
    def backward(self):
        a = np.abs(self.diff)
        return np.where(a <= self.delta, self.diff, self.delta * np.sign(self.diff)) / self.diff.size
"""
HUBER_COLUMNS = """
import numpy as np

def forward(W, b, X):
    return W @ X + b

def cost(A, Y, delta=5.0):
    r = A - Y
    return np.sum(np.where(np.abs(r) <= delta, r ** 2 / 2, delta * np.abs(r) - delta ** 2 / 2)) / Y.shape[1]

def backward(A, Y, X, W, delta=5.0):
    r = A - Y
    dZ = np.where(np.abs(r) <= delta, r, np.where(r > 0, delta, -delta)) / Y.shape[1]
    return {"dW": dZ @ X.T, "db": dZ.sum(axis=1, keepdims=True)}
"""
CLIPPED = """
import numpy as np

def hardtanh_forward(x):
    return np.clip(x, -2, 2), x

def hardtanh_backward(dout, x):
    return dout * (np.abs(x) < 2)
"""
LINEAR = """
import numpy as np

def linear_forward(A_prev, W, b):
    return np.dot(W, A_prev) + b, (A_prev, W)

def linear_backward(dZ, cache):
    A_prev, W = cache
    m = A_prev.shape[1]
    return np.dot(W.T, dZ), np.dot(dZ, A_prev.T) / m, np.sum(dZ, axis=1, keepdims=True) / m
"""
STEP = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros((1, n_hidden))
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros((1, n_out))
        self.lr = lr
    def forward(self, X):
        self.h = 1 / (1 + np.exp(-(X @ self.W1 + self.b1)))
        return 1 / (1 + np.exp(-(self.h @ self.W2 + self.b2)))
    def backward(self, X, y, o):
        d2 = (o - y) * o * (1 - o)
        d1 = d2 @ self.W2.T * self.h * (1 - self.h)
        self.W2 -= self.lr * self.h.T @ d2
        self.b2 = self.b2 - self.lr * d2.sum(axis=0, keepdims=True)
        self.W1 -= self.lr * X.T @ d1
        self.b1 = self.b1 - self.lr * d1.sum(axis=0, keepdims=True)
"""
POOL = """
import numpy as np

def pool_forward(x, size, stride):
    n, h, w, c = x.shape
    out = np.zeros((n, (h - size) // stride + 1, (w - size) // stride + 1, c))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = x[:, i * stride:i * stride + size, j * stride:j * stride + size].max(axis=(1, 2))
    return out, (x, size, stride)

def pool_backward(dout, cache):
    x, size, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            at = slice(i * stride, i * stride + size), slice(j * stride, j * stride + size)
            part = x[:, at[0], at[1]]
            mask = part == part.max(axis=(1, 2), keepdims=True)
            dx[:, at[0], at[1]] += mask * dout[:, i:i + 1, j:j + 1]
    return dx
"""
FORGOTTEN = """
import numpy as np

def pinball(w, X, y, tau=0.8):
    e = y - X @ w
    loss = np.mean(np.maximum(tau * e, (tau - 1) * e))
    return loss, X.T @ np.where(e > 0, -tau, 1 - tau) / len(y)
"""


SOLVED = """
import numpy as np

def solve_forward(A, b):
    x = np.linalg.solve(A, b)
    return x, (A, x)

def solve_backward(dx, cache):
    A, x = cache
    db = np.linalg.solve(A.T, dx)
    dA = -np.outer(db, x)
    return dA, db
"""


@pytest.mark.parametrize(
    ("source", "old", "new", "name"),
    [
        (HUBER, "delta * np.sign(r)", "delta", ""),
        (HUBER_CLASS, "self.delta * np.sign(self.diff)", "self.delta", ""),
        (HUBER_COLUMNS, "np.where(r > 0, delta, -delta)", "delta", "abs′ missing"),
        (CLIPPED, "np.abs(x) < 2", "x < 2", ""),
        (LINEAR, "np.sum(dZ, axis=1, keepdims=True) / m", "dZ / m", "sum missing"),
        (STEP, "self.lr * d1.sum(axis=0, keepdims=True)", "self.lr * d1", "sum missing"),
        (POOL, "i * stride, i * stride + size), slice(j", "i * stride, i * stride + size), slice(i", ""),
        (POOL, "mask * dout", "dout", "the mask missing"),
        (FORGOTTEN, "1 - tau) /", "tau) /", ""),
        (SOLVED, "np.outer(db, x)", "np.outer(x, db)", "transposed"),
        (SOLVED, "solve(A.T, dx)", "solve(A, dx)", ""),
    ],
)
def test_an_example_does_not_hide_a_mistake(tmp_path, source, old, new, name):
    file = tmp_path / "theirs.py"
    file.write_text(source)
    right = judge_file(file)
    assert right, str(right)
    assert old in source
    file.write_text(source.replace(old, new))
    wrong = judge_file(file)
    assert wrong.outcome == "wrong" and any(name in row.name for row in wrong if not row.right), str(wrong)
