"""An index before the logarithm, -log p[range(m), y], is the book's cross-entropy, and nothing else is."""

import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

from autodiff import lifted

M, D, C = 5, 4, 3


def shares(np, S):
    E = np.exp(S - np.max(S, axis=1, keepdims=True))
    return E / np.sum(E, axis=1, keepdims=True)


def in_place(np, W, X, y):
    s = X @ W
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean() + 0.05 * np.sum(W * W)


def plainly(np, W, X, y):
    p = np.exp(X @ W) / np.sum(np.exp(X @ W), axis=1)[:, None]
    return np.mean(-np.log(p[range(len(y)), y]))


def before_the_quotient(np, W, X, y):
    e = np.exp(X @ W)
    return np.sum(-np.log(e[np.arange(len(y)), y] / e.sum(1))) / len(y)


def in_a_loop(np, W, X, y):
    total = 0.0
    for x, k in zip(X, y):
        p = np.exp(x @ W) / np.sum(np.exp(x @ W))
        total = total - np.log(p[k])
    return total / len(X)


def in_columns(np, W, X, y):
    A = np.exp(W.T @ X.T)
    A = A / A.sum(axis=0)
    return -np.sum(np.log(A[y, np.arange(len(y))])) / len(y)


def of_one_sample(np, W, X, y):
    p = shares(np, X @ W)
    return -np.log(p[0, y[0]])


BOOKS = [in_place, plainly, before_the_quotient, in_a_loop, in_columns, of_one_sample]


def clipped(np, W, X, y):
    p = shares(np, X @ W)
    return -np.mean(np.log(np.clip(p[np.arange(len(y)), y], 1e-3, 1.0)))


def raised(np, W, X, y):
    return -np.mean(np.log(shares(np, X @ W)[np.arange(len(y)), y] + 1e-3))


def of_no_shares(np, W, X, y):
    p = np.exp(X @ W) / np.sum(np.exp(X @ W))  # over everything
    return -np.mean(np.log(p[np.arange(len(y)), y]))


def of_other_columns(np, W, X, y):
    p = shares(np, X @ W)
    return -np.mean(np.log(p[y, 0 * y]))  # samples, not classes


def of_doubled(np, W, X, y):
    return -np.mean(np.log(2.0 * shares(np, X @ W)[np.arange(len(y)), y]))


def focal(np, W, X, y):
    q = shares(np, X @ W)[np.arange(len(y)), y]
    return -np.mean((1.0 - q) ** 2 * np.log(q))


OTHERS = [clipped, raised, of_no_shares, of_other_columns, of_doubled, focal]


def batches(count=4):
    rng = np.random.default_rng(1)
    return [(rng.normal(size=(D, C)), rng.normal(size=(M, D)), rng.integers(0, C, M)) for _ in range(count)]


def the_original(W, X, y, function):
    """HIPS autograd's value and gradient, of the same code where that has no assignment in place."""
    oracle = regularised if function is in_place else function
    return value_and_grad(lambda W: oracle(anp, W, X, y))(W)


def regularised(np, W, X, y):
    return plainly(np, W, X, y) + 0.05 * np.sum(W * W)


@pytest.mark.parametrize("function", [*BOOKS, *OTHERS])
def test_its_numbers_are_the_original_s(function):
    fast = lifted(lambda W, X, y: function(np, W, X, y))
    for W, X, y in batches():
        value, grads = fast.value_and_grad(W, X, y)
        right, slope = the_original(W, X, y, function)
        assert value == pytest.approx(right, rel=1e-12)
        np.testing.assert_allclose(grads["W"], slope, rtol=1e-12, atol=1e-13)
    assert fast.recordings == 1


@pytest.mark.parametrize("function", BOOKS)
def test_it_reads_as_in_the_book(function):
    fast = lifted(lambda W, X, y: function(np, W, X, y))
    fast.value_and_grad(*batches()[0], wrt="W")
    listing = str(fast.program)
    assert re.search(r"cross_entropy[ᵢⱼ]?\(P, Y", listing)
    (slope,) = [line for line in listing.splitlines() if re.match("  d[Zz] = ", line)]
    assert slope.split("(")[-2].startswith("P - Y") or "= P - Y" in slope
    assert "1/m·(P - Y" in slope or function is of_one_sample


@pytest.mark.parametrize("function", OTHERS[:-1])
def test_nothing_else_is_called_so(function):
    fast = lifted(lambda W, X, y: function(np, W, X, y))
    fast.value_and_grad(*batches()[0])
    assert "cross_entropy" not in str(fast.program)


def test_other_targets_are_refused():
    """P - Y holds for targets that are 1 in one place; the program itself may be called by anyone."""
    fast = lifted(lambda W, X, y: plainly(np, W, X, y))
    W, X, y = batches()[0]
    loss = fast(W, X, y)
    given = {"X": X} if "X" not in fast.program.params else {}
    assert fast.program(**given, Y=np.eye(C)[y]).loss == loss
    for wrong in (np.full((M, C), 1 / C), np.zeros((M, C)), 2.0 * np.eye(C)[y], np.ones((M, C))):
        with pytest.raises(ValueError, match="'Y' is one-hot"):
            fast.program(**given, Y=wrong)
