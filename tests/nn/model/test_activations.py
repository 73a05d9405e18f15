"""An activation is a node and a matrix formula, both from one row of the table."""

import numpy as np
import pytest

from autodiff import Value, jacobian
from autodiff.engine.ops import OPS
from nn import MLP, Neuron
from nn.model.activations import ACTIVATIONS, activation_named

ELEMENTWISE = [name for name, g in ACTIVATIONS.items() if g.elementwise]


@pytest.mark.parametrize("name", ELEMENTWISE)
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
    assert set(ELEMENTWISE) - {"linear"} <= set(OPS)


def test_softmax_has_a_jacobian_for_every_sample():
    g = ACTIVATIONS["softmax"]
    Z = np.array([[0.5, -800.0, 1e-3], [0.25, 0.0, 0.0], [-2.0, 800.0, 7.0]])
    A = g.forward(Z)
    J = g.derivative(Z, A)
    assert J.shape == (3, 3, 3)
    for s in range(3):
        z = [Value(each) for each in Z[:, s]]
        a = g.layer(z)
        np.testing.assert_allclose(A[:, s], [each.data for each in a], rtol=1e-14)
        np.testing.assert_allclose(J[:, :, s], jacobian(a, z), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(A.sum(axis=0), 1.0, rtol=1e-15)
    np.testing.assert_allclose(J.sum(axis=0), 0.0, atol=1e-15)  # probabilities only move between classes


def test_softmax_of_one_neuron_is_refused():
    with pytest.raises(ValueError, match="softmax of a single neuron is 1 whatever its weights"):
        MLP(2, [3, 1], output="softmax")
    with pytest.raises(TypeError, match="softmax is of a whole layer"):
        Neuron([1.0, 2.0], activation="softmax")([1.0, 2.0])


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
