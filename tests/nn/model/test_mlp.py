"""Scalar networks and their matrix twins compute what their definitions say."""

import copy
import math
import re

import numpy as np
import pytest

from autodiff import DomainError, Value, topological_order
from nn import MLP, Layer, MatrixMLP, Neuron, compare, fit
from nn.model.init import INITIALISERS, initialiser_named
from nn.train.engines import ENGINES


def test_a_neuron_is_g_of_its_weighted_sum():
    neuron = Neuron([0.5, -2.0], 0.25, activation="tanh")
    assert neuron([3.0, 1.0]).data == pytest.approx(math.tanh(0.25 + 1.5 - 2.0))
    operations = [node.op for node in topological_order(neuron.z([3.0, 1.0])) if node.op]
    assert operations == ["mul", "add", "mul", "add"]


def test_a_network_always_returns_a_list_of_values():
    for sizes in ([1], [4, 1], [3, 2]):
        outputs = MLP(2, sizes, seed=0)([0.5, -1.0])
        assert isinstance(outputs, list)
        assert len(outputs) == sizes[-1]
        assert all(isinstance(each, Value) for each in outputs)


def test_numbers_become_one_labelled_leaf_each_and_values_stay_themselves():
    own = Value(2.0, "own")
    nodes = topological_order(*MLP(2, [5, 2])([0.5, own]))
    leaves = [node for node in nodes if not node.op and not node.label.startswith(("W", "b"))]
    assert {leaf.label for leaf in leaves} == {"x[0]", "own"}
    assert own in leaves


@pytest.mark.parametrize(
    ("x", "given"),
    [([1.0], "1"), ([1.0] * 3, "3"), (np.ones((2, 2)), "an array of shape (2, 2)"), (0.5, "0.5")],
)
def test_a_sample_of_another_length_is_refused(x, given):
    with pytest.raises(ValueError, match=rf"one sample of 2 numbers, got {re.escape(given)}; .* in X\.T"):
        MLP(2, [1])(x)


def test_the_seed_decides_the_weights():
    assert MLP(2, [3], seed=4).state_dict()["W1"].tolist() == MLP(2, [3], seed=4).state_dict()["W1"].tolist()
    assert MLP(2, [3], seed=4).state_dict()["W1"].tolist() != MLP(2, [3], seed=5).state_dict()["W1"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, [3, 0]), "at least 1, got 0 for layer 2"),
        ((0, [3]), "at least 1, got 0 for the input"),
        ((2, [2.5]), "at least 1, got 2.5 for layer 1"),
        ((2, []), "at least one layer"),
    ],
)
def test_sizes_that_make_no_network_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MLP(*arguments)
    with pytest.raises(ValueError, match=r"got \(2, 2\) and \(3,\)"):
        Layer([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0, 3.0])


def test_the_twin_computes_what_the_network_computes_layer_by_layer():
    model = MLP(3, [4, 2], activation="sigmoid", output="tanh", seed=3)
    X = np.random.default_rng(0).normal(size=(3, 5))
    cache = MatrixMLP.from_scalar(model).forward(X)
    for s, x in enumerate(X.T):
        trace = model.trace(x)
        for l in (1, 2):
            np.testing.assert_allclose(cache.Z[l][:, s], [z.data for z in trace.Z[l]], rtol=1e-14)
            np.testing.assert_allclose(cache.A[l][:, s], [a.data for a in trace.A[l]], rtol=1e-14)
        assert [a.data for a in trace.A[2]] == [a.data for a in model(x)]
        assert [trace.Z[1][3].label, trace.A[1][3].label, trace.A[0][2].label] == ["z1[3]", "a1[3]", "x[2]"]
    assert cache.A[0].tolist() == X.tolist()


def test_the_twin_is_a_copy_and_its_parameters_are_live():
    model = MLP(2, [2])
    twin = MatrixMLP.from_scalar(model)
    before = model.state_dict()
    twin.params["b1"][:] = 5.0
    twin.params["W1"][0, 1] = 7.0
    assert twin.b[1].tolist() == [[5.0], [5.0]]
    assert twin.W[1][0, 1] == 7.0
    assert model.state_dict()["W1"].tolist() == before["W1"].tolist()
    model.load_state_dict(twin.params)
    assert model.state_dict()["b1"].tolist() == [5.0, 5.0]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.ones((5, 3)), ValueError, r"shape \(3, m\), .*, got \(5, 3\); its transpose fits: pass X\.T"),
        (np.ones((4, 5)), ValueError, r"got \(4, 5\)$"),
        (np.ones(3), ValueError, r"got \(3,\); for one sample pass X.reshape\(-1, 1\)"),
        (np.ones((3, 0)), ValueError, r"got \(3, 0\)"),
        ([[1.0], [np.inf], [2.0]], ValueError, r"X\[1,0\] is inf; every number must be finite"),
        ([["a"], ["b"], ["c"]], TypeError, "X is an array of numbers"),
    ],
)
def test_a_batch_of_another_shape_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        MatrixMLP.from_scalar(MLP(3, [2])).forward(X)


def test_both_networks_refuse_what_is_too_large_for_floats():
    model = MLP(1, [1, 2], activation="tanh", output="softmax")
    twin = MatrixMLP.from_scalar(model)
    twin.W[2][1] = model.layers[1].neurons[1].w[0].data = 1e308
    twin.b[2][1] = model.layers[1].neurons[1].b.data = 1.7e308
    x = [math.copysign(50.0, model.layers[0].neurons[0].w[0].data)]
    with pytest.raises(DomainError, match="overflows: the result is too large for a float"):
        model(x)
    with pytest.raises(DomainError, match=r"^Z2 = W2·A1 \+ b2 overflows: a result is too large for a float$"):
        twin.forward(np.array([x]))


def test_a_gradient_of_another_shape_is_refused():
    twin = MatrixMLP.from_scalar(MLP(3, [2]))
    with pytest.raises(ValueError, match=r"dA has the shape of A\[1\], \(2, 4\), got \(4, 2\)"):
        twin.backward(twin.forward(np.ones((3, 4))), np.ones((4, 2)))


@pytest.mark.parametrize("outputs", [1, 3])
def test_probabilities_are_the_softmax_of_the_outputs(outputs):
    model = MLP(2, [4, outputs], seed=1)
    X = np.random.default_rng(1).normal(size=(2, 6))
    p = model.predict_proba(X)
    np.testing.assert_allclose(p, MatrixMLP.from_scalar(model).predict_proba(X), rtol=1e-14)
    np.testing.assert_allclose(p.sum(axis=0), 1.0, rtol=1e-15)
    logits = np.array([[a.data for a in model(x)] for x in X.T]).T
    if outputs == 1:
        np.testing.assert_allclose(p[1], 1.0 / (1.0 + np.exp(-logits[0])), rtol=1e-14)
    else:
        np.testing.assert_allclose(p[0] / p[2], np.exp(logits[0] - logits[2]), rtol=1e-13)
        model.layers[-1] = Layer(model.state_dict()["W2"], activation="softmax", number=2)
        np.testing.assert_allclose(model.predict_proba(X), p, rtol=1e-14)
        np.testing.assert_allclose(MatrixMLP.from_scalar(model).predict_proba(X), p, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("xavier_uniform", 2 / 500),
        ("xavier_normal", 2 / 500),
        ("he_uniform", 2 / 200),
        ("he_normal", 2 / 200),
        ("zeros", 0.0),
    ],
)
def test_initial_weights_have_the_variance_of_their_source(name, variance):
    W = initialiser_named(name)(np.random.default_rng(0), 200, 300)
    assert W.shape == (300, 200)
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) <= 5 * math.sqrt(variance / W.size)
    if "uniform" in name:
        assert np.abs(W).max() <= math.sqrt(3 * variance)


def test_every_initialiser_is_tested_and_an_unknown_one_is_answered_with_the_nearest():
    assert set(INITIALISERS) == {"xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "zeros"}
    with pytest.raises(ValueError, match="no initialiser 'he-normal'; did you mean 'he_normal'"):
        MLP(2, [1], init="he-normal")


def test_a_layers_activation_may_be_changed_and_is_that_of_everything_made_of_it():
    """Forward by layer, neuron and matrix, comparing, judging, training and printing."""
    model = MLP(2, [3, 4, 2], seed=1)
    model.layers[1].activation = "relu"
    X = np.random.default_rng(0).normal(size=(2, 6))
    names = [g.name for g in MatrixMLP.from_scalar(model).g.values()]
    assert names == ["tanh", "relu", "linear"]
    assert repr(model) == "MLP(2, [3, 4, 2], activation=['tanh', 'relu'], output='linear')"
    trace = model.trace(X[:, 0])
    a1 = [a.data for a in trace.A[1]]
    neurons = [neuron(a1).data for neuron in model.layers[1].neurons]
    assert neurons == [a.data for a in trace.A[2]] == [max(0.0, z.data) for z in trace.Z[2]]
    assert compare(model, X, np.zeros((2, 6)))
    curves = []
    for engine in ENGINES:
        copied = copy.deepcopy(model)
        curves.append(fit(copied, X, np.zeros((2, 6)), epochs=3, engine=engine).train_loss)
        assert copied.layers[1].activation.name == "relu"
    np.testing.assert_allclose(curves[1:], curves[:1] * (len(curves) - 1), rtol=1e-12)


def test_an_activation_that_a_layer_cannot_have_is_refused():
    layer = MLP(2, [1]).layers[0]
    with pytest.raises(ValueError, match="no activation 'rleu'; did you mean 'relu'"):
        layer.activation = "rleu"
    with pytest.raises(ValueError, match="softmax of a single neuron is 1"):
        layer.activation = "softmax"
    assert layer.activation.name == "linear"
    neuron = Neuron([1.0])
    neuron.activation = "relu"
    assert neuron([-1.0]).data == 0.0
    model = MLP(2, [3])
    model.layers[0].neurons[1].activation = "relu"
    for use in (model.layers[0], lambda x: MatrixMLP.from_scalar(model), lambda x: repr(model)):
        with pytest.raises(ValueError, match="have one activation, but here are 'linear' and 'relu'"):
            use([1.0, 2.0])
    with pytest.raises(ValueError, match="a layer has at least one neuron"):
        Layer(np.zeros((0, 2)))


def test_sizes_are_those_of_the_layers():
    model = MLP(2, [3, 1])
    model.layers[-1:] = [Layer(np.ones((4, 3)), number=2), Layer(np.ones((5, 4)), number=3)]
    assert model.sizes == (2, 3, 4, 5)
    assert MatrixMLP.from_scalar(model).forward(np.ones((2, 1))).A[3].shape == (5, 1)
