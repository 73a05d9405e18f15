"""The printed program lies as its writer's arrays do: few transposes, samples where the data have them."""

import re

import numpy as np
import pytest

from autodiff import dot, leaves, lift
from tests.notation.reader import read

# How a layer's arrays may lie, with the formula that a book has for each, and its gradient of W.
LAYERS = {
    "X·W + bᵀ": ((6, 3), (3, 4), "Xᵀ·dZ"),
    "X·Wᵀ + bᵀ": ((6, 3), (4, 3), "dZᵀ·X"),
    "W·X + b": ((3, 6), (4, 3), "dZ·Xᵀ"),
    "Wᵀ·X + b": ((3, 6), (3, 4), "X·dZᵀ"),
}


def network(formula, by_array):
    of_X, of_W, _ = LAYERS[formula]
    make = np.random.default_rng(5)
    W, b, X, v = (make.normal(size=size) for size in (of_W, 4, of_X, 4))
    in_rows, turned = formula.startswith("X"), "Wᵀ" in formula
    A = {name: leaves(name, array) for name, array in (("W", W), ("b", b), ("X", X), ("v", v))}

    def layer(W, b, X):
        weights = W.T if turned else W
        return X @ weights + b if in_rows else weights @ X + b[:, None]

    if by_array:
        H = np.tanh(layer(A["W"], A["b"], A["X"]))
        loss = np.sum((H @ A["v"] if in_rows else A["v"] @ H) ** 2)
    else:
        loss = 0.0
        rows = A["W"] if len(W) == 4 else A["W"].T
        for x in A["X"] if in_rows else A["X"].T:
            hidden = [(dot(row, x) + c).tanh() for row, c in zip(rows, A["b"])]
            loss = loss + dot(A["v"], hidden) ** 2
    params = [value for name in "Wbv" for value in A[name].ravel()]
    return (
        lift(loss, {"X": A["X"]}, params, keep=["Z", "dZ"]),
        layer(W, b, X),
        {"W": W, "b": b, "X": X, "v": v},
    )


@pytest.mark.parametrize("by_array", [True, False], ids=["arrays", "scalars"])
@pytest.mark.parametrize("formula", LAYERS)
def test_a_layer_lies_as_it_was_written(formula, by_array):
    program, Z, arrays = network(formula, by_array)
    text = str(program)
    shape = re.escape(str(Z.shape))
    assert re.search(rf"  Z = {re.escape(formula)} +{shape}\n", text), text
    assert re.search(rf"  dW = {re.escape(LAYERS[formula][2])} ", text), text
    assert re.search(r"  z_v = Aᵀ?·v +\(6,\)\n", text), text
    found = read(text, arrays, program.constants)
    result = program(X=arrays["X"])
    assert found.loss == pytest.approx(result.loss, rel=1e-12)
    np.testing.assert_allclose(result.values["Z"], Z, rtol=0.0, atol=1e-12)
    e = np.tanh(Z) @ arrays["v"] if Z.shape[0] == 6 else arrays["v"] @ np.tanh(Z)
    outer = np.outer(e, arrays["v"]) if Z.shape[0] == 6 else np.outer(arrays["v"], e)
    np.testing.assert_allclose(
        result.values["dZ"], 2.0 * outer * (1.0 - np.tanh(Z) ** 2), rtol=0.0, atol=1e-12
    )
    for name, gradient in result.grads.items():
        np.testing.assert_allclose(found.gradient(name), gradient, rtol=0.0, atol=1e-11)


def test_a_row_that_is_a_matrix_stays_one():
    make = np.random.default_rng(6)
    arrays = {"W": make.normal(size=(1, 3)), "X": make.normal(size=(3, 5))}
    W, X = (leaves(name, array) for name, array in arrays.items())
    program = lift(np.sum(np.tanh(W @ X)), {"X": X}, W.ravel(), keep=["Z"])
    assert "Z = W·X  (1, 5)" in re.sub(r" +\(", "  (", str(program))
    np.testing.assert_allclose(program(X=arrays["X"]).values["Z"], arrays["W"] @ arrays["X"], atol=1e-14)


def test_a_difference_whose_squares_are_the_loss_is_an_error_and_terms_stand_as_written():
    make = np.random.default_rng(7)
    shapes = {"W": (2, 3), "X": (3, 4), "Y": (2, 4)}
    W, X, Y = (leaves(name, make.normal(size=shape)) for name, shape in shapes.items())
    loss = np.sum((np.tanh(W @ X) - Y) ** 2) / 2
    text = str(lift(loss, {"X": X, "Y": Y}, W.ravel()))
    assert "J = 1/2·‖E‖²" in text
    program = lift(np.sum((X - W.T @ np.tanh(W @ X)) ** 2), {"X": X}, W.ravel())
    assert " = X - Wᵀ·A " in str(program), str(program)
