"""An activation is a node and a matrix formula, both from one row of the table."""

import numpy as np
import pytest

from autodiff import Value
from autodiff.ops import OPS
from nn import MLP
from nn.activations import ACTIVATIONS, activation_named


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_node_and_matrix_formula_are_equal_everywhere(name):
    g = ACTIVATIONS[name]
    Z = np.array([[-700.0, -40.0, -3.0, -1e-9, 0.0], [1e-9, 0.3, 2.0, 40.0, 700.0]])
    A = g.forward(Z)
    slope = g.derivative(Z, A)
    assert A.shape == slope.shape == Z.shape
    for z, a, expected in zip(Z.flat, A.flat, slope.flat, strict=True):
        x = Value(z)
        y = g(x)
        y.backward()
        assert y.data == pytest.approx(a, rel=1e-14, abs=1e-300)
        assert x.grad == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_forward_gives_an_array_of_its_own():
    for g in ACTIVATIONS.values():
        Z = np.ones((2, 2))
        assert not np.shares_memory(g.forward(Z), Z)


def test_every_row_that_suits_is_one_and_no_other():
    assert {"tanh", "sigmoid", "relu", "leaky_relu", "softplus", "gelu", "elu", "silu"} <= set(ACTIVATIONS)
    # Not defined or not bounded in slope on the whole line, flat, or of two operands.
    assert not {"log", "sqrt", "exp", "tan", "acos", "sign", "step", "detach", "maximum"} & set(ACTIVATIONS)
    assert set(ACTIVATIONS) - {"linear"} <= set(OPS)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="no activation 'tnah'; did you mean 'tanh'"):
        activation_named("tnah")
    with pytest.raises(ValueError, match="did you mean 'leaky_relu'"):
        MLP(2, [1], activation="Leaky-ReLU")
    with pytest.raises(ValueError, match=r"no activation 'log'; known are linear, .*tanh"):
        activation_named("log")
    with pytest.raises(TypeError, match="chosen by its name, got 3"):
        activation_named(3)
    assert activation_named("identity") is activation_named("linear")
