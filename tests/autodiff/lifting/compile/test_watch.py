"""Watches: an overflow that NumPy does not notice, and a later operation hides, is an error all the same.

BLAS computes a large product in threads of its own, whose overflows NumPy does not see. How many there are
depends on the machine, so here the products are made deaf: no error of theirs is ever noticed.
"""

import numpy as np
import pytest

from autodiff import dot, leaves, lift
from autodiff.functions import mean


@pytest.fixture
def deaf(monkeypatch):
    """Products of matrices notice no overflow, as if another thread computed them."""

    def quiet(function):
        def product(*operands, **options):
            with np.errstate(all="ignore"):
                return function(*operands, **options)

        return product

    for name in ("matmul", "dot", "einsum"):
        monkeypatch.setattr(np, name, quiet(getattr(np, name)))


def test_a_large_product_is_watched(deaf):
    """tanh makes 1 of an infinite product, and the loss is finite. The inputs are small: they are watched."""
    W, x, y = leaves("W", np.full((4, 3), 0.5)), leaves("X", [0.1, 0.2, 0.3]), leaves("Y", [0.5] * 4)
    hidden = [v.exp() for v in x]
    loss = mean([(dot(row, hidden).tanh() - t) ** 2 for row, t in zip(W, y)])
    program = lift(loss, {"X": x, "Y": y}, W.ravel(), batch=True)
    m = 20_000  # 4·3·20,000 multiplications
    Y = np.full((4, m), 0.5)
    assert program(X=np.full((3, m), 0.1), Y=Y).loss > 0.0
    program.params["W"] = 1e200
    X = np.full((3, m), 0.1)
    X[:, m // 2] = 400.0
    with pytest.raises(OverflowError, match=r"Z\[\d,0,10000\].* overflows.*in formula 2: Z = W·v1"):
        program(X=X, Y=Y)


def test_a_product_of_two_varying_matrices_is_watched_however_small(deaf):
    rng = np.random.default_rng(0)
    A, B = leaves("A", rng.standard_normal((2, 3))), leaves("B", rng.standard_normal((3, 2)))
    w = leaves("w", 0.5).item()
    left, right = ([[v.exp() for v in row] for row in rows] for rows in (A, B.T))
    loss = w * mean([dot(a, b).tanh() ** 2 for a in left for b in right])
    program = lift(loss, {"A": A, "B": B}, [w], batch=True)
    data = {"A": rng.standard_normal((2, 3, 4)), "B": rng.standard_normal((3, 2, 4))}
    assert program(**data).loss > 0.0
    data["A"][0, :, 1], data["B"][:, 1, 1] = 400.0, 400.0
    with pytest.raises(OverflowError, match="overflows"):
        program(**data)
