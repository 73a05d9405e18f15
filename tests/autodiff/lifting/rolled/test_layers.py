"""Equal layers of a network are printed as one formula with the number of the layer as its index."""

from itertools import pairwise

import numpy as np
import pytest

from tests.autodiff.lifting.rolled.test_recurrences import holds


def network(layers, activation="tanh"):
    def loss(m, X, Y, **p):
        A = X
        for layer in range(1, layers + 1):
            Z = p[f"W{layer}"] @ A + p[f"b{layer}"]
            A = m.tanh(Z) if activation == "tanh" else m.maximum(Z, 0.0)
        return m.mean((A - Y) ** 2)

    return loss


def numbers(sizes, m=5):
    """Arrays of a network whose layers have these sizes, the first of which is that of its inputs."""
    make = np.random.default_rng(len(sizes))
    arrays = {"X": make.normal(size=(sizes[0], m)), "Y": make.normal(size=(sizes[-1], m))}
    for layer, (k, n) in enumerate(pairwise(sizes), 1):
        arrays[f"W{layer}"] = make.normal(scale=0.5, size=(n, k))
        arrays[f"b{layer}"] = make.normal(scale=0.5, size=(n, 1))
    return arrays


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_four_layers_of_eight_are_the_four_formulas_of_a_textbook(activation):
    text = holds(network(4, activation), numbers([8] * 5), ["X", "Y"])
    assert "W[1 … 4] (8, 8), b[1 … 4] (8, 1)" in text
    said = [line.split("  (")[0].strip() for line in text.split("\n")]
    assert "Z[l] = W[l]·A[l-1] + b[l],  l = 1 … 4,  A[0] = X" in said
    assert "dW[l] = dZ[l]·A[l-1]ᵀ,  l = 4 … 1" in said
    assert "db[l] = Σⱼ dZ[l],  l = 4 … 1" in said
    assert "dA[l-1] = W[l]ᵀ·dZ[l],  l = 4 … 1" in said


def test_more_layers_are_no_more_lines():
    few, many = (holds(network(n), numbers([4] * (n + 1)), ["X", "Y"]) for n in (3, 7))
    assert few.count("\n") == many.count("\n")


def test_layers_of_other_sizes_stand_before_and_after():
    text = holds(network(6), numbers([3, 4, 4, 4, 4, 4, 2]), ["X", "Y"])
    assert "W1 (4, 3), b1 (4, 1), W[2 … 5] (4, 4), b[2 … 5] (4, 1), W6 (2, 4), b6 (2, 1)" in text
    assert "Z[l] = W[l]·A[l-1] + b[l],  l = 2 … 5" in text
    assert "W6·A[5] + b6" in text


def test_two_layers_stay_two():
    assert "l = " not in holds(network(2), numbers([4] * 3), ["X", "Y"])
