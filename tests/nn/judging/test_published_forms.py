"""Files in the forms in which courses and tutorials publish them, with names and shapes of their own."""

import pytest

from nn.judging.submitted_file import judge_file

LABELS = """
import numpy as np
per, classes = 60, 3
X = np.zeros((per * classes, 2))
y = np.zeros(per * classes, dtype="uint8")
for k in range(classes):
    X[per * k : per * (k + 1)], y[per * k : per * (k + 1)] = np.random.randn(per, 2) + k, k
W = 0.01 * np.random.randn(2, classes)
c = np.zeros((1, classes))
count = X.shape[0]
rate = 0.5
for turn in range(100):
    e = np.exp(np.dot(X, W) + c)
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = np.sum(-np.log(p[range(count), y])) / count
    g = p
    g[range(count), y] -= 1
    g /= count
    dW = np.dot(X.T, g)
    dc = np.sum(g, axis=0, keepdims=True)
    W += -rate * dW
    c += -rate * dc
"""
ROLLED = """
import numpy as np
def cost_function(nn_params, input_size, hidden_size, num_labels, X, y, lambda_=0.0):
    cut = hidden_size * (input_size + 1)
    A = np.reshape(nn_params[:cut], (hidden_size, input_size + 1))
    B = np.reshape(nn_params[cut:], (num_labels, hidden_size + 1))
    m = y.size
    one = np.ones((m, 1))
    a = np.hstack([one, X])
    h = np.hstack([one, 1 / (1 + np.exp(-a @ A.T))])
    o = 1 / (1 + np.exp(-h @ B.T))
    t = np.eye(num_labels)[y.reshape(-1)]
    J = -np.sum(t * np.log(o) + (1 - t) * np.log(1 - o)) / m
    J += lambda_ / (2 * m) * (np.sum(A[:, 1:] ** 2) + np.sum(B[:, 1:] ** 2))
    d = o - t
    e = (d @ B)[:, 1:] * h[:, 1:] * (1 - h[:, 1:])
    gA, gB = e.T @ a / m, d.T @ h / m
    gA[:, 1:] += lambda_ / m * A[:, 1:]
    gB[:, 1:] += lambda_ / m * B[:, 1:]
    grad = np.concatenate([gA.ravel(), gB.ravel()])
    return J, grad
"""
PRIMES = """
import numpy as np
X = np.array([[0.3, 1.0], [0.5, 0.2], [1.0, 0.4]])
y = np.array([[0.75], [0.82], [0.93]])
class Net:
    def __init__(self):
        self.W1, self.W2 = np.random.randn(2, 3), np.random.randn(3, 1)
    def forward(self, X):
        self.a = np.tanh(X @ self.W1)
        return self.a @ self.W2
    def costFunction(self, X, y):
        return 0.5 * sum((y - self.forward(X)) ** 2)
    def computeGradients(self, X, y):
        d = self.forward(X) - y
        dJdW1 = X.T @ (d @ self.W2.T * (1 - self.a ** 2))
        return np.concatenate((dJdW1.ravel(), (self.a.T @ d).ravel()))
"""
NONE_YET = """
import numpy as np
def svm_loss(W, X, y, reg):
    m = len(X)
    s = X @ W
    gap = np.maximum(0, s - s[np.arange(m), y][:, None] + 1)
    gap[np.arange(m), y] = 0
    on = (gap > 0).astype(float)
    on[np.arange(m), y] = -on.sum(axis=1)
    dW = X.T @ on / m + 2 * reg * W
    return gap.sum() / m + reg * np.sum(W * W), dW
class Classifier:
    def __init__(self):
        self.W = None
    def train(self, X, y, rate=1e-3, reg=1e-5, num_iters=100):
        if self.W is None:
            self.W = 0.001 * np.random.randn(X.shape[1], np.max(y) + 1)
        for _ in range(num_iters):
            loss, grad = self.loss(X, y, reg)
            self.W -= rate * grad
    def predict(self, X):
        return np.argmax(X @ self.W, axis=1)
    def loss(self, X_batch, y_batch, reg):
        pass
class Linear(Classifier):
    def loss(self, X_batch, y_batch, reg):
        return svm_loss(self.W, X_batch, y_batch, reg)
"""
LIGHTS = """
import numpy as np
weights = np.array([0.5, 0.48, -0.7])
rate = 0.1
rows = np.array([[1, 0, 1], [0, 1, 1], [0, 0, 1]])
walks = np.array([0, 1, 0])
for turn in range(40):
    total = 0
    for k in range(len(walks)):
        input = rows[k]
        goal = walks[k]
        guess = input.dot(weights)
        error = (goal - guess) ** 2
        total += error
        delta = guess - goal
        weights = weights - rate * (input * delta)
"""
PAIR = """
import numpy as np
def mse(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)
def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size
"""
FILES = {
    "labels": (LABELS, "training loop", "-= 1", "-= 2", "W"),
    "rolled": (ROLLED, "cost_function", "d = o - t", "d = (o - t) * o * (1 - o)", "nn_params"),
    "primes": (PRIMES, "Net", "self.forward(X) - y", "y - self.forward(X)", "W1"),
    "none yet": (NONE_YET, "Linear", "X.T @ on / m", "X.T @ on", "W"),
    "lights": (LIGHTS, "training loop", "(input * delta)", "(input + delta)", "weights"),
    "pair": (PAIR, "mse, mse_prime", "2 * (y_pred", "(y_pred", "y_pred"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_published_so_is_judged(name, tmp_path):
    text, title, right, wrong, quantity = FILES[name]
    file = tmp_path / "theirs.py"
    file.write_text(text)
    rows = [row for row in judge_file(file) if row.judged == title]
    assert rows and all(row.right for row in rows), rows
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong))
    rows = [row for row in judge_file(file) if row.judged == title]
    assert not next(row for row in rows if row.on == quantity).right


SEVERAL = """
import numpy as np

def costFunctionReg(theta, X, y, lam):
    p = 1 / (1 + np.exp(-X @ theta))
    fit = -(y @ np.log(p) + (1 - y) @ np.log(1 - p)) / len(y)
    return fit + lam * np.sum(theta[1:] ** 2) / (2 * len(y))

def gradientReg(theta, X, y, lam):
    p = 1 / (1 + np.exp(-X @ theta))
    slope = X.T @ (p - y) / len(y)
    slope[1:] += lam * theta[1:]  # not over the number of samples
    return slope

def squared_error(P, Q, R, mask):
    return np.sum((mask * (P @ Q.T - R)) ** 2)

def squared_error_grad(P, Q, R, mask):
    off = 2 * mask * (P @ Q.T - R)
    return off @ Q, off.T @ P

class Stack:
    def __init__(self, *sizes):
        self.Ws = [np.random.randn(n, k) / n for n, k in zip(sizes, sizes[1:])]
    def forward(self, X):
        self.hs = [X]
        for W in self.Ws[:-1]:
            self.hs.append(np.tanh(self.hs[-1] @ W))
        return self.hs[-1] @ self.Ws[-1]
    def loss(self, X, y):
        return np.mean((self.forward(X) - y) ** 2)
    def gradients(self, X, y):
        d = 2 * (self.forward(X) - y) / y.size
        found = []
        for h, W in zip(self.hs[::-1], self.Ws[::-1]):
            found.insert(0, h.T @ d)
            d = d @ W.T  # and the slope of tanh
        return found
"""


def test_a_pair_in_mixed_case_ratings_and_any_number_of_sizes_are_judged(tmp_path):
    file = tmp_path / "theirs.py"
    file.write_text(SEVERAL.replace("off.T @ P", "-off.T @ P"))
    rows = {(row.judged.partition(",")[0], row.on): row for row in judge_file(file)}
    right = {key: row.right for key, row in rows.items()}
    assert right == {
        ("costFunctionReg", "theta"): False,
        ("squared_error", "P"): True,
        ("squared_error", "Q"): False,
        ("Stack", "Ws[0]"): False,
        ("Stack", "Ws[1]"): True,
    }
    assert "theta too much" in rows["costFunctionReg", "theta"].name
    assert rows["squared_error", "Q"].name == "sign flipped"


MARGINS = """
import numpy as np

class Separator:
    def __init__(self, rate=0.01, turns=500):
        self.rate, self.turns = rate, turns
    def fit(self, X, y):
        signs = np.where(y > 0, 1, -1)
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        for _ in range(self.turns):
            margins = signs * (X @ self.w + self.b)
            near = margins < 1
            self.w -= self.rate * (self.w - X[near].T @ signs[near])
            self.b -= self.rate * signs[near].sum()
"""
SAID = (
    "            cost = np.sum(self.w ** 2) / 2 + np.sum(np.maximum(0, 1 - signs * (X @ self.w + self.b)))\n"
)
METHOD = """
    def hinge_loss(self, X, signs):
        return 0.5 * self.w @ self.w + np.sum(np.maximum(0, 1 - signs * (X @ self.w + self.b)))
"""


@pytest.mark.parametrize("loss", ["in the loop", "as a method"])
def test_margins_are_judged_by_the_loss_though_no_output_stands_before_the_targets(loss, tmp_path):
    file = tmp_path / "separator.py"
    in_loop = MARGINS.replace("            near =", f"{SAID}            near =")
    file.write_text(in_loop if loss == "in the loop" else MARGINS + METHOD)
    rows = {row.on: row for row in judge_file(file)}
    assert rows["w"].right and rows["b"].name == "sign flipped"
