"""What products have in common stands once, and widths have a name."""

import numpy as np
import pytest

from autodiff import leaves, lift, log_softmax, logsumexp
from autodiff.functions import mean
from tests.notation.reader import read

make = np.random.default_rng(0)


def backward(loss, arrays, *inputs):
    """The lines of the backward pass, without shapes."""
    params = [value for name, array in arrays.items() if name not in inputs for value in array.ravel()]
    program = lift(loss(**arrays), {name: arrays[name] for name in inputs}, params)
    lines = str(program).partition("backward\n")[2].split("\n")
    source = {}
    exec(program.source(), source)
    run = source["run"](**{name: array.data for name, array in arrays.items()})[1]
    found = program(**{name: arrays[name].data for name in inputs}).grads
    for name, gradient in found.items():
        np.testing.assert_allclose(run[name], gradient, rtol=1e-12, err_msg=name)
    return [line.partition("  (")[0].strip() for line in lines], str(program)


def drawn(**shapes):
    return {name: leaves(name, make.normal(size=shape)) for name, shape in shapes.items()}


def test_a_factor_on_the_right():
    lines, _ = backward(lambda A, R: np.sum(R * (A @ A.T)), drawn(A=(3, 4), R=(3, 3)), "R")
    assert "dA = (R + Rᵀ)·A" in lines


def test_a_factor_on_the_left_beside_another_term():
    lines, _ = backward(lambda A, R: np.sum(R * (A.T @ A)) + np.sum(A**2) / 2, drawn(A=(3, 4), R=(4, 4)), "R")
    (line,) = (line for line in lines if line.startswith("dA = "))
    assert line in ("dA = A + A·(Rᵀ + R)", "dA = A + A·(R + Rᵀ)")


def scores(Q, K, Y, c):
    S = c * (Q @ K.T)
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return np.sum(Y * (E / E.sum(axis=1, keepdims=True)))


@pytest.mark.parametrize("d", [3, 4])
def test_scores_are_divided_by_the_root_of_their_width(d):
    shapes = {"Q": (5, d), "K": (6, d), "Y": (5, 6)}
    lines, text = backward(lambda Q, K, Y: scores(Q, K, Y, d**-0.5), drawn(**shapes), "Y")
    assert f"d = {d}" in text
    assert " = 1/√d·Q·Kᵀ " in text
    (line,) = (line for line in lines if line.startswith("dQ = "))
    assert line == "dQ = 1/√d·dZ_Q·K"


@pytest.mark.parametrize(
    ("names", "c"), [(("Q", "K"), 1 / 5), (("d", "K"), 0.5)], ids=["another number", "another array called d"]
)
def test_they_are_not_where_that_is_not_meant(names, c):
    shapes = dict(zip((*names, "Y"), ((5, 4), (6, 4), (5, 6))))
    _, text = backward(lambda **arrays: scores(*arrays.values(), c), drawn(**shapes), "Y")
    assert "√d" not in text
    assert "sizes" not in text


@pytest.mark.parametrize("along", ["columns", "rows"])
def test_a_sum_of_shares_is_known_along_their_own_axis_only(along):
    arrays = drawn(Z=(4, 3), S=(4, 3))
    lines = [*(arrays["Z"].T if along == "columns" else arrays["Z"])]
    logs = np.array([log_softmax(list(line)) for line in lines], dtype=object)
    terms = (logs.T if along == "columns" else logs) - arrays["S"]
    loss = -mean([logsumexp(list(column)) for column in terms.T])
    text = str(lift(loss, {}, [*arrays["Z"].ravel(), *arrays["S"].ravel()]))
    assert ("Σ" in text.partition("backward")[2]) == (along == "rows")
    loss.backward()
    found = read(text, {name: array.data for name, array in arrays.items()})
    for name, array in arrays.items():
        np.testing.assert_allclose(found.gradient(name), array.grad, rtol=1e-12, atol=1e-14)
