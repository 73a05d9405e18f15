"""Factors that a learning rate, or a course's convention, might be taken for: what the code says of its rate
and of its mean decides.
"""

import numpy as np
import pytest

from nn.judging.judgement import judged
from nn.judging.means import is_taken_twice, where_the_mean_is
from nn.judging.object_passes import object_pass
from nn.judging.submitted_file import judge_file
from nn.judging.updates import UNKNOWN, Steps

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(5, 3)), RNG.uniform(0.1, 0.9, size=(5, 1))
RATE = 0.1


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class Squares:
    """A unit whose every round is a step; the slope of its loss is what is given."""

    slope = staticmethod(lambda p, y: 2.0 * (p - y) * p * (1.0 - p))

    def __init__(self):
        self.W, self.c = RNG.normal(size=(3, 1)), np.zeros((1, 1))

    def forward(self, X):
        return sigmoid(X @ self.W + self.c)

    def train(self, X, y):
        d = self.slope(self.forward(X), y)
        self.W -= RATE * X.T @ d
        self.c -= RATE * d.sum(axis=0, keepdims=True)


class WithLoss(Squares):
    def loss(self, X, y):
        return np.sum((self.forward(X) - y) ** 2)


class Logarithms(Squares):
    def loss(self, X, y):
        p = self.forward(X)
        return -np.sum(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def scaled(kind, slope, steps=UNKNOWN):
    thing = kind()
    thing.slope = slope
    way = object_pass(thing, {"X": X, "y": Y})
    return judged(way, {"X": X, "y": Y, **way.weights()}, steps=steps)


KNOWN = Steps(rate=RATE)


@pytest.mark.parametrize(
    "kind, slope, steps, names",
    [
        (WithLoss, lambda p, y: 2.0 * (p - y) * p * (1.0 - p), KNOWN, {""}),
        (WithLoss, lambda p, y: (p - y) * p * (1.0 - p), KNOWN, {""}),  # half of the square is a convention
        (WithLoss, lambda p, y: (p - y) * p * (1.0 - p), Steps(rate=RATE, doubled=True), {"half of it"}),
        (WithLoss, lambda p, y: 0.5 * (p - y) * p * (1.0 - p), KNOWN, {"4 times too small"}),
        (WithLoss, lambda p, y: 2.0 * (p - y) * p * (1.0 - p) / len(p), KNOWN, {""}),  # a mean for a sum
        (Logarithms, lambda p, y: p - y, KNOWN, {""}),
        (Logarithms, lambda p, y: 0.5 * (p - y), KNOWN, {"half of it"}),
        (Squares, lambda p, y: (p - y) * p * (1.0 - p), KNOWN, {""}),
        (Squares, lambda p, y: 2.0 * (p - y) * p * (1.0 - p), KNOWN, {""}),
        (Squares, lambda p, y: 0.5 * (p - y) * p * (1.0 - p), KNOWN, {"half of it"}),
        (Squares, lambda p, y: 4.0 * (p - y) * p * (1.0 - p), KNOWN, {"4 times too large"}),
        (Squares, lambda p, y: 0.5 * (p - y) * p * (1.0 - p), UNKNOWN, {""}),  # then it may be the rate
    ],
)
def test_a_factor_is_a_rate_only_where_no_rate_is_known(kind, slope, steps, names):
    verdict = scaled(kind, slope, steps)
    assert {each.name for each in verdict.findings} == names
    assert all(each.right for each in verdict.findings) == (names == {""})


class Dense:
    over = 1

    def __init__(self):
        self.W, self.b = RNG.normal(size=(3, 2)), np.zeros((1, 2))

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dout):
        self.dW = self.X.T @ dout / self.over
        self.db = dout.sum(axis=0, keepdims=True) / self.over
        return dout @ self.W.T


class Error:
    over = 1

    def forward(self, y_pred, y_true):
        self.d = y_pred - y_true
        return np.sum(self.d**2) / (len(self.d) if self.over > 1 else 1)

    def backward(self):
        return 2.0 * self.d / (len(self.d) if self.over > 1 else 1)


def placed(kind, over, arguments, steps=UNKNOWN):
    thing = kind()
    thing.over = over
    way = object_pass(thing, arguments)
    given = {**arguments, **way.weights()}
    verdict = judged(way, given, steps=steps)
    return where_the_mean_is(way, given, verdict), verdict


def test_a_mean_is_taken_by_the_layers_or_by_the_loss():
    pair = {"y_pred": RNG.normal(size=(5, 2)), "y_true": RNG.normal(size=(5, 2))}
    assert placed(Dense, 5, {"X": X})[0] == "layer"
    assert placed(Dense, 1, {"X": X})[0] == "none"
    assert placed(Error, 5, pair)[0] == "loss"
    assert placed(Error, 1, pair)[0] == ""
    assert not is_taken_twice(["layer", "layer", ""])
    assert is_taken_twice(["layer", "none"]) and is_taken_twice(["loss", "layer"])
    place, verdict = placed(Dense, 5, {"X": X}, Steps(mean=True))
    assert place == "" and [each.name for each in verdict.findings] == ["", "1/m twice", "1/m twice"]


FILE = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in) / np.sqrt(n_in)
        self.b = np.zeros((n_out, 1))
    def forward(self, A):
        self.A = A
        return self.W @ A + self.b
    def backward(self, dZ):
        self.dW = dZ @ self.A.T / self.A.shape[1]
        self.db = dZ.sum(axis=1, keepdims=True)
        return self.W.T @ dZ
"""


@pytest.mark.long
def test_the_mean_of_a_loss_is_not_taken_again_by_a_layer_and_one_sample_does_not_hide_it(tmp_path):
    file = tmp_path / "layers.py"
    both = FILE.replace("keepdims=True)", "keepdims=True) / self.A.shape[1]")
    mean = "\ndef mse(y_true, y_pred):\n    return np.mean((y_true - y_pred) ** 2)\n"
    file.write_text(
        both
        + mean
        + mean.replace("mse", "mse_prime").replace(
            "np.mean((y_true - y_pred) ** 2)", "2 * (y_pred - y_true) / y_true.size"
        )
    )
    assert [row.name for row in judge_file(file)] == ["", "1/m twice", "1/m twice", ""]
