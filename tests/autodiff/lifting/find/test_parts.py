"""What captured labels and masks pick and leave out is a formula on the whole matrix, without a gather."""

import numpy as np
import pytest

from autodiff import exp, leaves, lift, log
from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.parts import is_total

N, C, D = 6, 4, 3
LABELS = np.array([2, 0, 3, 3, 1, 0])
MASK = np.random.default_rng(5).random((N, C)) > 0.4
ROWS = np.arange(N)


def scored(s):
    margins = np.maximum(0, s - s[ROWS, LABELS][:, None] + 1)
    margins[ROWS, LABELS] = 0
    return margins


def by_loops(s):
    total = 0.0
    for n, y in enumerate(LABELS.tolist()):
        for c in range(C):
            if c != y:
                total = total + (s[n, c] - s[n, y] + 1).relu()
    return total / N


IDIOMS = {
    "margins": (lambda W, X: scored(X @ W).sum() / N, 0),
    "margins of each sample": (lambda W, X: (scored(X @ W).sum(axis=1) ** 2).mean(), 0),
    "margins by loops": (lambda W, X: by_loops(X @ W), 0),
    "a part of a matrix": (lambda W, X: np.sum(np.tanh(X @ W)[MASK] * 2.0), 0),
    "a mask of bools": (lambda W, X: np.sum(np.where(MASK, np.tanh(X @ W), 0.0).sum(axis=1) ** 2), 1),
    "squares of a part": (lambda W, X: np.sum(np.tanh(X @ W)[MASK] ** 2), 0),
    "a share of each row": (lambda W, X: focal(X @ W), 0),
    "the partition less the score": (lambda W, X: squares_of_losses(X @ W), 0),
    "logarithms of a part": (lambda W, X: np.sum(np.log(1.5 + (X @ W)[MASK] ** 2)), None),
}
"""Name: the loss, and how many gathers there may be."""


def focal(s):
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    q = p[ROWS, LABELS]
    return -np.mean((1 - q) ** 2 * np.log(q))


def squares_of_losses(s):
    return np.sum((np.log(np.exp(s).sum(axis=1)) - s[ROWS, LABELS]) ** 2)


@pytest.mark.parametrize("name", IDIOMS)
def test_an_idiom_is_right_for_other_data_and_gathers_nothing(name):
    loss, most = IDIOMS[name]
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(D, C))
    W, X = leaves("W", weights), leaves("X", rng.normal(size=(N, D)))
    program = lift(loss(W, X), {"X": X}, W.ravel().tolist())
    assert most is None or len(program.obstacles) == most, program
    names = {}
    exec(program.source(), names)
    for scale in (1.0, 1.0, 20.0):
        numbers = scale * rng.normal(size=(N, D))
        W, X = leaves("W", weights), leaves("X", numbers)
        J = loss(W, X)
        J.backward()
        result = program(X=numbers)
        assert result.loss == pytest.approx(J.data, rel=1e-11)
        np.testing.assert_allclose(result.grads["W"], W.grad, rtol=1e-9, atol=1e-10)
        value, grads = names["run"](W=weights, X=numbers)
        assert value == pytest.approx(J.data, rel=1e-11)
        np.testing.assert_allclose(grads["W"], W.grad, rtol=1e-9, atol=1e-10)


def test_nothing_fails_where_nothing_was_computed():
    """Only the elements that the mask takes have a logarithm, or an exponential that does not overflow."""
    W, X = leaves("W", np.ones((D, C))), leaves("X", np.ones((N, D)))
    for f in (log, exp):
        s = X @ W
        program = lift(np.sum(np.array([f(each) for each in s[MASK]])), {"X": X}, W.ravel().tolist())
        assert program(X=np.ones((N, D))).loss == pytest.approx(MASK.sum() * f(3.0))
    sure = {name for name, op in OPS.items() if is_total(op)}
    assert {"relu", "tanh", "maximum", "step", "sigmoid"} < sure
    assert not sure & {"log", "exp", "sqrt", "div", "pow", "atanh"}


def test_a_product_stays_one_where_some_of_its_elements_are_read_once():
    W, X = leaves("W", np.eye(D, C)), leaves("X", np.ones((N, D)))
    listing = str(lift(scored(X @ W).sum(), {"X": X}, W.ravel().tolist()))
    assert "Z = X·W " in listing and "dW = Xᵀ·dZ " in listing and "gathered" not in listing
