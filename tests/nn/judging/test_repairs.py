"""Files whose weights are made where they are trained, and mistakes that a change of one place mends."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

FITTED = """
import numpy as np

class Logit:
    def __init__(self, rate=0.05, rounds=400):
        self.rate, self.rounds = rate, rounds
        self.coef, self.offset = None, None

    def fit(self, X, y):
        count, width = X.shape
        self.coef, self.offset = np.zeros(width), 0
        self.seen = []
        for _ in range(self.rounds):
            p = 1 / (1 + np.exp(-(X @ self.coef + self.offset)))
            self.seen.append(self.measure_loss(p, y))
            gap = (p - y) / count
            self.coef = self.coef - self.rate * (X.T @ gap)
            self.offset = self.offset - self.rate * gap.sum()
        return self

    def measure_loss(self, p, y):
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def predict(self, X):
        return [int(p > 0.5) for p in X @ self.coef + self.offset]

if __name__ == "__main__":
    model = Logit().fit(*load_table("ships.csv"))
"""
ROUNDS = """
import numpy as np

def squash(v):
    return 1 / (1 + np.exp(-v))

def slope(v):
    return squash(v) * (1 - squash(v))

class Pair:
    def __init__(self):
        self.u1, self.u2, self.c1 = np.random.normal(size=3)
        self.u3, self.c2 = np.random.normal(size=2)

    def feedforward(self, x):
        return squash(self.u3 * squash(self.u1 * x[0] + self.u2 * x[1] + self.c1) + self.c2)

    def train(self, points, y_trues):
        for turn in range(1000):
            for x, y_true in zip(points, y_trues):
                sum_1 = self.u1 * x[0] + self.u2 * x[1] + self.c1
                inner = squash(sum_1)
                sum_2 = self.u3 * inner + self.c2
                guess = squash(sum_2)
                d_out = -2 * (y_true - guess) * slope(sum_2)
                d_sum_1 = d_out * self.u3 * slope(sum_1)
                self.u1 -= 0.1 * d_sum_1 * x[0]
                self.u2 -= 0.1 * d_sum_1 * x[1]
                self.c1 -= 0.1 * d_sum_1
                self.u3 -= 0.1 * d_out * inner
                self.c2 -= 0.1 * d_out

points = np.array([[-2, -1], [3, 1], [2, 4], [-1, -6]])
y_trues = np.array([1, 0, 0, 1])
Pair().train(points, y_trues)
"""
CLIPPED = """
import numpy as np

class Words:
    def __init__(self, input_size, output_size, hidden_size=6):
        self.Wh, self.Wx = np.random.randn(hidden_size, hidden_size), np.random.randn(hidden_size, input_size)
        self.Wy, self.b = np.random.randn(output_size, hidden_size), np.zeros((hidden_size, 1))

    def forward(self, inputs):
        h = np.zeros((len(self.Wh), 1))
        self.kept, self.inputs = {0: h}, inputs
        for t, x in enumerate(inputs):
            h = np.tanh(self.Wx @ x + self.Wh @ h + self.b)
            self.kept[t + 1] = h
        return self.Wy @ h

    def backprop(self, d_y, learn_rate=0.02):
        count = len(self.inputs)
        d_Wy = d_y @ self.kept[count].T
        d_Wh, d_Wx, d_b = np.zeros_like(self.Wh), np.zeros_like(self.Wx), np.zeros_like(self.b)
        d_h = self.Wy.T @ d_y
        for t in reversed(range(count)):
            d_z = (1 - self.kept[t + 1] ** 2) * d_h
            d_b += d_z
            d_Wh += d_z @ self.kept[t].T
            d_Wx += d_z @ self.inputs[t].T
            d_h = self.Wh.T @ d_z
        for d in (d_Wx, d_Wh, d_Wy, d_b):
            np.clip(d, -1, 1, out=d)
        self.Wh -= learn_rate * d_Wh
        self.Wx -= learn_rate * d_Wx
        self.Wy -= learn_rate * d_Wy
        self.b -= learn_rate * d_b
"""
SUMMED = """
def cost_of_line(x, y, w, b):
    total = 0
    for i in range(len(x)):
        total = total + (w * x[i] + b - y[i]) ** 2
    return total / (2 * len(x))

def gradient_of_line(x, y, w, b):
    by_w, by_b = 0, 0
    for i in range(len(x)):
        off = w * x[i] + b - y[i]
        by_w += off * x[i]
        by_b += off
    return by_w / len(x), by_b / len(x)
"""
LABELS = """
import numpy as np

def softmax_loss(x, y):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    dx = probs.copy()
    dx[np.arange(len(y)), y] -= 1
    return -np.log(probs[np.arange(len(y)), y]).mean(), dx / len(y)
"""
SOLVED = """
import numpy as np

def solve_forward(A, b):
    x = np.linalg.solve(A, b)
    return x, (A, x)

def solve_backward(dx, cache):
    A, x = cache
    db = np.linalg.solve(A.T, dx)
    return -np.outer(db, x), db
"""
PATCHES = """
import numpy as np

def patches_forward(x, w):
    out = np.zeros((len(x) // 2 - 1, len(x) // 2 - 1))
    for i in range(len(out)):
        for j in range(len(out)):
            out[i, j] = np.tanh((x[2 * i:2 * i + 3, 2 * j:2 * j + 3] * w).sum())
    return out, (x, w, out)

def patches_backward(dout, cache):
    x, w, out = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    ds = dout * (1 - out ** 2)
    for i in range(len(out)):
        for j in range(len(out)):
            dx[2 * i:2 * i + 3, 2 * j:2 * j + 3] += ds[i, j] * w
            dw += ds[i, j] * x[2 * i:2 * i + 3, 2 * j:2 * j + 3]
    return dx, dw

def example():
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=(8, 8)), "w": rng.normal(size=(3, 3))}
"""
DROPPED = """
import numpy as np

class Dropout:
    def __init__(self, rate):
        self.keep = 1 - rate

    def forward(self, inputs):
        self.mask = np.random.binomial(1, self.keep, size=inputs.shape) / self.keep
        self.output = inputs * self.mask

    def backward(self, dvalues):
        self.dinputs = dvalues * self.mask
"""
FILES = {
    "dropped": DROPPED,
    "fitted": FITTED,
    "rounds": ROUNDS,
    "clipped": CLIPPED,
    "summed": SUMMED,
    "labels": LABELS,
    "solved": SOLVED,
    "patches": PATCHES,
}


@pytest.fixture
def judged(tmp_path):
    def judge(source):
        file = tmp_path / "theirs.py"
        file.write_text(source, encoding="utf-8")
        return [*judge_file(file)]

    return judge


@pytest.mark.parametrize("name", FILES)
def test_right_ones_are_judged_and_not_blamed(judged, name):
    rows = judged(FILES[name])
    assert rows and all(row.right for row in rows), [row.text for row in rows]


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "mistake"),
    [
        ("fitted", "- self.rate * gap.sum()", "+ self.rate * gap.sum()", {"offset"}, "sign flipped"),
        ("fitted", "(X.T @ gap)", "(X.T @ gap) * count", {"coef"}, "1/m missing"),
        ("rounds", "d_out * self.u3", "d_out * self.u2", {"u1", "u2", "c1"}, "self.u2 for self.u3"),
        ("clipped", "self.Wh.T @ d_z", "self.Wh @ d_z", {"Wh", "Wx", "b"}, "Wh transposed"),
        ("summed", "off * x[i]", "off", {"w"}, "x missing"),
        ("labels", "dx[np.arange(len(y)), y] -=", "dx[:, y] -=", {"x"}, "dx[:, y] for dx[range(len(y)), y]"),
        ("solved", "solve(A.T, dx)", "solve(A, dx)", {"A", "b"}, "A for A.T"),
        ("patches", "+= ds[i, j] * w", "= ds[i, j] * w", {"x"}, "= for +="),
    ],
)
def test_wrong_ones_are_named(judged, name, old, new, where, mistake):
    assert old in FILES[name]
    wrong = [row for row in judged(FILES[name].replace(old, new)) if not row.right]
    assert {row.on for row in wrong} == where
    assert {row.name for row in wrong} == {mistake}
    assert sum(not row.follows for row in wrong) == 1
