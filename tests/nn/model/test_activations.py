"""An activation is a node and a matrix formula, both from one row of the table."""

import math

import numpy as np
import pytest

from autodiff import BranchError, Value, functions, jacobian, operation
from autodiff.engine.ops import OPS
from nn import MLP, Neuron, compare, fit, load_model, save_model
from nn.model.activations import ACTIVATIONS, activation_named
from nn.train.checkpoint import CheckpointError

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


def test_an_operation_of_ones_own_is_an_activation_in_every_engine(tmp_path):
    X = np.random.default_rng(0).normal(size=(2, 9))
    with operation("bent", lambda m, x: x + m.sin(x) / 2.0, lambda m, x, y: 1.0 + m.cos(x) / 2.0) as bent:
        curves, states = [], []
        for engine in ("scalar", "matrix", "lifted"):
            model = MLP(2, [3, 1], activation=bent, seed=1)
            curves.append(fit(model, X, X[0] * X[1], epochs=4, engine=engine).train_loss)
            states.append(np.array([p.data for p in model.parameters()]))
        np.testing.assert_allclose(curves, [curves[0]] * 3, rtol=1e-12)
        np.testing.assert_allclose(states, [states[0]] * 3, rtol=1e-11, atol=1e-14)
        A = np.array([[node.data for node in model(x)] for x in X.T.tolist()]).T
        W1, b1, W2, b2 = (np.asarray(model.state_dict()[name]) for name in ("W1", "b1", "W2", "b2"))
        Z = W1 @ X + b1.reshape(-1, 1)
        np.testing.assert_allclose(A, W2 @ (Z + np.sin(Z) / 2) + b2.reshape(-1, 1), rtol=1e-12)
        save_model(model, tmp_path / "own.npz")
        loaded, _ = load_model(tmp_path / "own.npz", custom={"bent": bent})
        assert [p.data for p in loaded.parameters()] == [p.data for p in model.parameters()]


def test_a_function_of_one_value_is_an_activation_in_every_engine(tmp_path):
    def softsign(z):
        return z / (1.0 + abs(z))

    X = np.random.default_rng(0).normal(size=(2, 9))
    curves = []
    for engine in ("scalar", "matrix", "lifted"):
        model = MLP(2, [3, 1], activation=softsign, output=softsign, seed=1)
        curves.append(fit(model, X, X[:1] * X[1:], epochs=4, engine=engine).train_loss)
    np.testing.assert_allclose(curves, [curves[0]] * 3, rtol=1e-12)
    assert curves[0][-1] < curves[0][0]
    W1, b1, W2, b2 = (np.asarray(model.state_dict()[name]) for name in ("W1", "b1", "W2", "b2"))
    Z1 = W1 @ X + b1[:, None]
    Z2 = W2 @ (Z1 / (1 + abs(Z1))) + b2[:, None]
    A = np.array([[node.data for node in model(x)] for x in X.T.tolist()]).T
    np.testing.assert_allclose(A, Z2 / (1 + abs(Z2)), rtol=1e-12)
    np.testing.assert_allclose(
        activation_named(softsign).derivative(Z1, Z1), 1 / (1 + abs(Z1)) ** 2, rtol=1e-12
    )
    assert compare(model, X, X[:1], loss="mse").max_abs_error < 1e-14
    assert "softsign" in repr(model)
    save_model(model, tmp_path / "own.npz")
    with pytest.raises(CheckpointError, match=r"no activation 'softsign'.*pass custom="):
        load_model(tmp_path / "own.npz")
    loaded, _ = load_model(tmp_path / "own.npz", custom={"softsign": softsign})
    assert loaded(X[:, 0])[0].data == model(X[:, 0])[0].data


def test_functions_of_the_table_are_its_activations():
    for function in (np.tanh, functions.tanh, Value.tanh):
        assert activation_named(function) is activation_named("tanh")
    assert activation_named(functions.softmax) is activation_named("softmax")


@pytest.mark.parametrize(
    ("function", "error", "says"),
    [
        (lambda z: z if z > 0.0 else 0.1 * z, BranchError, "relu"),
        (lambda z: z * (1.0 if z.data > 0.0 else 0.1), ValueError, "computes differently from element"),
        (lambda z: z * z.data, ValueError, "computes differently from element"),
    ],
)
def test_a_function_that_decides_by_numbers_is_right_or_refused(function, error, says):
    X = np.random.default_rng(0).normal(size=(2, 9))
    curves = [
        fit(MLP(2, [3, 1], activation=function, seed=1), X, X[:1], epochs=3, engine=engine).train_loss
        for engine in ("scalar", "matrix")
    ]
    np.testing.assert_allclose(*curves, rtol=1e-12)
    with pytest.raises(error, match=says):
        fit(MLP(2, [3, 1], activation=function, seed=1), X, X[:1], epochs=3, engine="lifted")


def test_what_is_no_function_of_one_value_is_refused():
    with pytest.raises(TypeError, match=r"an activation computes with the Value .* returned 3\.0"):
        MLP(2, [1, 1], activation=lambda z: 3.0)([1.0, 2.0])
    with pytest.raises(TypeError, match="would leave the graph"):
        MLP(2, [1, 1], activation=math.tanh)([1.0, 2.0])
    with (
        operation("both", lambda m, x, z: x * z, lambda m, x, z, y: (z, x)) as both,
        pytest.raises(TypeError, match="an activation has one operand, both has 2"),
    ):
        MLP(2, [1], activation=both)
