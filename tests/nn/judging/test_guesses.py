"""What code is called with, where only the code says it."""

import pytest

from nn.judging.submitted_file import NothingToJudgeError, judge_file

pytestmark = pytest.mark.long

# Labels of fewer classes than there are inputs; a dict called p; a number that += shall not change in place;
# a list that is taken apart; noise that is called eps; a mask of zeros and ones.
THEIRS = """
import numpy as np

class Net:
    def __init__(self, sizes=(4, 5, 3)):
        self.w = np.random.randn(sizes[0], sizes[1]) * 0.5
        self.v = np.random.randn(sizes[1], sizes[2]) * 0.5
    def predict_proba(self, x):
        s = np.exp(np.tanh(x @ self.w) @ self.v)
        return s / s.sum(axis=1, keepdims=True)
    def train_step(self, x, y, lr=0.1):
        h, p = np.tanh(x @ self.w), self.predict_proba(x)
        d = (p - np.eye(p.shape[1])[y]) / len(x)
        back = d @ self.v.T * (1 - h ** 2)
        self.v -= lr * h.T @ d
        self.w -= lr * x.T @ back

def dict_loss_and_grad(p, X, T):
    H = np.tanh(X @ p["W1"] + p["b1"])
    E = H @ p["W2"] + p["b2"] - T
    loss = 0.5 * np.sum(E ** 2) / len(X)
    dY = E / len(X)
    dZ = dY @ p["W2"].T * (1 - H * H)
    g = {"W2": H.T @ dY, "b2": dY.sum(0), "W1": X.T @ dZ, "b1": dZ.sum(0)}
    return loss, g

def logistic_loss(w, b, xs, ys):
    n, loss, dw, db = len(xs), 0.0, np.zeros_like(w), 0.0
    for x, y in zip(xs, ys):
        z = b
        for j in range(len(w)):
            z += w[j] * x[j]
        p = 1.0 / (1.0 + np.exp(-z))
        loss += -(y * np.log(p) + (1 - y) * np.log(1 - p))
        for j in range(len(w)):
            dw[j] += (p - y) * x[j]
        db += p - y
    return loss / n, dw / n, db / n

def noisy_loss(params, x, eps):
    Wm, Ws, Wd = params
    mu, s = x @ Wm, np.exp(x @ Ws)
    e = (mu + eps * s) @ Wd - x
    de = e / len(x)
    dz = de @ Wd.T
    return (e ** 2).sum() / (2 * len(x)), [x.T @ dz, x.T @ (dz * eps * s), (mu + eps * s).T @ de]

def rated_loss(P, Q, y, mask):
    return 0.5 * np.sum((mask * (y - P @ Q.T)) ** 2)

def rated_grad(P, Q, y, mask):
    E = mask * (y - P @ Q.T)
    return -E @ Q, -E.T @ P
"""
WRONG = {
    "(1 - h ** 2)": "(1 - h)",
    "dZ.sum(0)": "dZ.mean(0)",
    "db / n": "db",
    "dz * eps * s": "dz * s",
    "-E.T @ P": "E.T @ P",
}


def test_what_is_right_is_not_accused_beside_what_is_wrong(tmp_path):
    """Each is called with what it is for: of each the one gradient that is wrong is found."""
    text = THEIRS
    for old, new in WRONG.items():
        text = text.replace(old, new)
    path = tmp_path / "theirs.py"
    path.write_text(text)
    found = {(row.judged, row.on): row.outcome for row in judge_file(path)}
    assert len(found) == 13
    assert {what for what, outcome in found.items() if outcome != "right"} == {
        ("Net", "w"),
        ("dict_loss_and_grad", "b1"),
        ("logistic_loss", "b"),
        ("noisy_loss", "params[1]"),
        ("rated_loss, rated_grad", "Q"),
    }


def test_a_file_of_which_nothing_is_judged_says_so(tmp_path):
    """A derivative of single numbers is passed over, and a table without a line would say nothing."""
    path = tmp_path / "theirs.py"
    path.write_text(
        "from math import exp\n"
        "def transfer(a):\n    return 1 / (1 + exp(-a))\n"
        "def transfer_derivative(out):\n    return out * (1 - out)\n"
        "def backward_errors(network, expected):\n    return [0.0 for _ in network]\n"
    )
    with pytest.raises(NothingToJudgeError, match=r"backward_errors.*looks like a backward pass"):
        judge_file(path)
