"""The largest and the smallest, of rows, columns, windows and some numbers: on data with ties, too."""

import numpy as np
import pytest

import autodiff
from autodiff import leaves, lift

TOLERANCE = 1e-12


def several(W, X):
    """Extremes of one array along all its axes, of all of it and of a few, and of its windows."""
    Z = np.maximum(X @ W, 0)
    few = autodiff.max([Z[0, 0], Z[1, 1], Z[2, 2], Z[0, 1]])
    windows = Z.reshape(2, 2, 3, 2).max(axis=(1, 3))
    return (Z.max(axis=1) ** 2).sum() + 3 * Z.min(axis=0).sum() + Z.max() - 2 * few + 5 * (windows**2).sum()


def scaled(W, X):
    """Rows between 0 and 1, each extreme read by all numbers of a row."""
    Z = X @ W
    low, high = Z.min(axis=1, keepdims=True), Z.max(axis=1, keepdims=True)
    return (((Z - low) / (high - low + 1)) ** 2).mean()


def before_exponentials(W, X):
    """A shift by the largest, with exponentials of which no softmax is made."""
    Z = X @ W
    return np.exp(Z - Z.max(axis=1, keepdims=True))[:, 0].sum()


MAKE = np.random.default_rng(0)
DATA = (MAKE.normal(size=(3, 6)), MAKE.normal(size=(4, 3)))
POINTS = {
    "other numbers": (MAKE.normal(size=(3, 6)), MAKE.normal(size=(4, 3))),
    "whole numbers": tuple(map(np.round, DATA)),
    "all the same": (np.ones((3, 6)), np.ones((4, 3))),
    "zeros": (np.zeros((3, 6)), DATA[1]),
}


@pytest.fixture(scope="module", params=[several, scaled, before_exponentials])
def lifted(request):
    """A loss with its program and the function of its source."""
    W, X = (leaves(name, numbers) for name, numbers in zip("WX", DATA))
    program = lift(request.param(W, X), {"X": X}, W.ravel())
    module = {}
    exec(program.source(), module)
    return request.param, program, module["run"]


@pytest.mark.parametrize("point", POINTS)
def test_gradients_are_shared_among_equal_ones(lifted, point):
    loss, program, run = lifted
    W, X = (leaves(name, numbers) for name, numbers in zip("WX", POINTS[point]))
    J = loss(W, X)
    J.backward()
    program.params["W"] = W.data
    result = program(X=X.data)
    source_loss, source_grads = run(W=W.data, X=X.data)
    assert result.loss == pytest.approx(J.data, rel=TOLERANCE)
    assert source_loss == pytest.approx(J.data, rel=TOLERANCE)
    np.testing.assert_allclose(result.grads["W"], W.grad, rtol=0.0, atol=TOLERANCE)
    np.testing.assert_allclose(source_grads["W"], W.grad, rtol=0.0, atol=TOLERANCE)


def test_each_extreme_is_one_line(lifted):
    _, program, _ = lifted
    assert "step" not in str(program).partition("backward")[0]
