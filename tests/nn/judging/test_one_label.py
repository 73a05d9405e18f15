"""One sample with one label, a loss beside what it is made of, and gradients called gW and W_bar."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

CLASSES = """
import numpy as np

def forward(x, label, W, b):
    z = x @ W + b
    p = np.exp(z - z.max())
    p /= p.sum()
    return -np.log(p[label]), p

def backward(x, label, W, b, p):
    dz = p.copy()
    dz[label] -= 1
    return np.outer(x, dz), dz
"""
WORDS = """
import numpy as np

V, D, C = 12, 5, 3
E = np.random.randn(V, D) * 0.1
W = np.random.randn(D, C) * 0.1
b = np.zeros(C)

def forward(ids, label):
    h = E[ids].mean(axis=0)
    z = h @ W + b
    p = np.exp(z - z.max())
    p /= p.sum()
    return h, p, -np.log(p[label])

def backward(ids, label, h, p):
    dz = p.copy()
    dz[label] -= 1
    dW = np.outer(h, dz)
    db = dz
    dh = W @ dz
    dE = np.zeros_like(E)
    for i in ids:
        dE[i] += dh / len(ids)
    return dE, dW, db
"""
LAYER = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)

    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.gW = self.x.T @ g
        self.gb = g.sum(0)
        return g @ self.W.T
"""
SCALED = """
import numpy as np

def forward(X, W, y):
    scale = 1.0 / X.shape[0]
    A = 1 / (1 + np.exp(-(X @ W)))
    return A, scale

def backward(X, W, y, A, scale):
    return X.T @ (A - y) * scale
"""
BARRED = LAYER.replace("self.gW", "self.W_bar").replace("self.gb", "self.b_bar")
RIGHT = {"classes": CLASSES, "words": WORDS, "layer": LAYER, "barred": BARRED, "scaled": SCALED}


@pytest.fixture
def findings(tmp_path):
    def judged(text):
        file = tmp_path / "theirs.py"
        file.write_text(text, encoding="utf-8")
        return {row.on: row for row in judge_file(file)}

    return judged


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_accused(name, findings):
    found = findings(RIGHT[name])
    assert found
    assert all(each.right for each in found.values()), found


@pytest.mark.parametrize(
    ("name", "right", "wrong", "quantity", "mistake"),
    [
        ("classes", "dz[label] -= 1", "dz[label] += 1", "W", "p + Y for p - Y"),
        ("words", "dE[i] += dh / len(ids)", "dE[i] += dh", "E", "5 times too large"),
        ("words", "np.outer(h, dz)", "2 * np.outer(h, dz)", "W", "twice too large"),
        ("layer", "g.sum(0)", "g.mean(0)", "b", "1/m twice"),
        ("barred", "self.x.T @ g", "-self.x.T @ g", "W", "sign flipped"),
    ],
)
def test_a_slip_is_told_of_its_quantity(name, right, wrong, quantity, mistake, findings):
    assert right in RIGHT[name]
    found = findings(RIGHT[name].replace(right, wrong))
    assert not found[quantity].right
    assert mistake in found[quantity].name
