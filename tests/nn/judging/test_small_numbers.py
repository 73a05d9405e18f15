"""A small number that keeps a logarithm finite is no mistake, and is told; one that a normalisation is made
with is one if it is left out of the backward pass."""

import numpy as np
import pytest

from nn import judge
from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

KEPT_FINITE = """
import numpy as np

EPS = 1e-7

class Logistic:
    def __init__(self, n):
        self.w = np.zeros(n)
    def forward(self, X):
        return 1 / (1 + np.exp(-X @ self.w))
    def loss(self, X, y):
        p = self.forward(X)
        return -np.sum(y * np.log(p + EPS) + (1 - y) * np.log(1 - p + EPS))
    def gradient(self, X, y):
        return X.T @ (self.forward(X) - y)
"""
DATA = {
    "W": np.random.default_rng(1).normal(size=(4, 3)),
    "X": np.random.default_rng(2).normal(size=(6, 4)),
    "y": np.array([0, 2, 1, 1, 0, 2]),
}


def test_a_table_says_what_is_right_but_for_a_small_number(tmp_path):
    path = tmp_path / "kept_finite.py"
    path.write_text(KEPT_FINITE)
    verdict = judge_file(path)
    assert verdict and {row.text[:31] for row in verdict} == {"right, but for a small number t"}
    path.write_text(KEPT_FINITE.replace("X.T @ (self", "X.T @ (1.000001 * self"))
    (row,) = judge_file(path)
    assert not row.right and row.name == "a small number missing"


def cross_entropy(added, divided, given, scale=1.0, lam=1e-5):
    """A softmax loss with small numbers in its logarithm, in its quotient and in its gradient."""

    def loss(W, X, y):
        e = np.exp(X @ W)
        p = e / (e.sum(axis=1, keepdims=True) + divided)
        J = -np.log(p[np.arange(len(y)), y] + added).mean() + lam * np.sum(W**2)
        dp = np.zeros_like(p)
        dp[np.arange(len(y)), y] = -1 / (p[np.arange(len(y)), y] + given) / len(y)
        dz = p * (dp - np.sum(dp * p, axis=1, keepdims=True))
        return J, scale * X.T @ dz + 2 * lam * W

    return loss


@pytest.mark.parametrize(
    "numbers", [(1e-6, 0, 0), (0, 1e-6, 0), (0, 0, 1e-6), (1e-6, 0, 1e-7), (1e-6, 0, 1e-6)]
)
def test_small_numbers_in_logarithms_and_quotients_are_no_mistakes(numbers):
    assert judge(cross_entropy(*numbers), **DATA)


@pytest.mark.parametrize(
    ("numbers", "scale"), [((1e-6, 0, 0), 1.00001), ((0, 0, 0), 1.000001), ((0, 0, 0), 0.99999)]
)
def test_what_no_small_number_of_theirs_explains_is_wrong(numbers, scale):
    assert not judge(cross_entropy(*numbers, scale), **DATA)


def test_a_mistake_beside_a_small_number_has_its_name():
    assert judge(cross_entropy(1e-6, 0, 0, 6.0, 0.0), **DATA).findings[0].name == "1/m missing"


def norm(of_backward, of_scale=1.0):
    """Batch normalisation with one ε forward and another backward."""

    def forward(x, gamma, eps=1e-5):
        centred = x - x.mean(axis=0)
        s = np.sqrt((centred**2).mean(axis=0) + eps)
        return gamma * centred / s, (centred, s, gamma)

    def backward(dout, cache):
        centred, s, gamma = cache
        s = np.sqrt(s**2 - 1e-5 + of_backward)
        xhat, d = centred / s, dout * gamma
        dx = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / s
        return dx, np.sum(dout * xhat, axis=0)

    return forward, backward


def test_the_epsilon_of_a_normalisation_is_part_of_it():
    x, gamma = np.random.default_rng(3).normal(size=(6, 4)), np.array([0.5, 1.5, -1.0, 2.0])
    assert judge(*norm(1e-5), x=x, gamma=gamma)
    forgotten = judge(*norm(0.0), x=x, gamma=gamma)
    assert [each.name for each in forgotten.findings] == ["a small number missing"] * 2


TWO_LAYERS = """
import numpy as np

def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {"W1": np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
                       "W2": np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size)}
    def predict(self, x):
        p = self.params
        return softmax(np.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
    def loss(self, x, t):
        return -np.sum(t * np.log(self.predict(x) + 1e-7)) / len(x)
    def gradient(self, x, t):
        p = self.params
        z1 = np.tanh(x @ p["W1"] + p["b1"])
        dy = (softmax(z1 @ p["W2"] + p["b2"]) - t) / len(x)
        da1 = dy @ p["W2"].T * (1 - z1 ** 2)
        return {"W1": x.T @ da1, "b1": da1.sum(axis=0), "W2": z1.T @ dy, "b2": dy.sum(axis=0)}
"""


@pytest.mark.parametrize(
    "right, wrong, name",
    [
        (" - t) / len(x)", " - t)", "1/m missing"),
        ("(1 - z1 ** 2)", "np.tanh(z1)", "tanh(z1) for tanh′(Z1)"),
    ],
)
def test_a_factor_or_a_slope_is_named_beside_a_small_number(tmp_path, right, wrong, name):
    path = tmp_path / "two_layers.py"
    assert right in TWO_LAYERS
    path.write_text(TWO_LAYERS.replace(right, wrong))
    assert {row.name for row in judge_file(path) if not row.right} == {name}
