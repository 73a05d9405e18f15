"""Forward passes in another process come over as numbers, and mistakes in files get names and lines."""

import numpy as np
import pytest

from autodiff import grad
from nn.judging.passes import pass_of
from nn.judging.submitted_file import judge_file
from nn.judging.taping import graph_of, recorded_graph, tape_of
from nn.judging.wire import packed, unpacked
from tests.nn.judging.test_functions import CLASSES as ARGUMENTS
from tests.nn.judging.test_functions import softmax_loss

pytestmark = pytest.mark.long

FAMILY = """
import numpy as np

def forward_propagation(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}

def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = np.dot(dZ2, cache["A1"].T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - cache["Z1"] ** 2)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}

def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x), "b1": np.zeros((n_h, 1)),
            "W2": np.random.randn(n_y, n_h), "b2": np.zeros((n_y, 1))}
"""
LAYERS = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w
    return dx, x.T @ dout, dout.sum(axis=0)

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    x = cache
    dx = np.where(x > 0, 1.0, 0.0)
    return dx
"""


def test_a_graph_comes_over_as_it_was():
    way, arguments = pass_of([softmax_loss], ARGUMENTS)
    leaves, output = recorded_graph(way, arguments)
    over = unpacked(packed(tape_of(way, arguments))[8:])
    others, other = graph_of(over)
    assert {*leaves} == {*others} and output.item().data == other.item().data
    for name in ("W", "b", "X"):
        here, there = (array[name].ravel().tolist() for array in (leaves, others))
        np.testing.assert_array_equal(grad(output.item(), here), grad(other.item(), there))


@pytest.mark.parametrize("what, change", [("a", 10**6), ("op", 99)])
def test_a_graph_that_is_none_is_refused(what, change):
    way, arguments = pass_of([softmax_loss], ARGUMENTS)
    tape = tape_of(way, arguments)
    tape[what] = np.array(tape[what])
    tape[what][-1] = change
    with pytest.raises((ValueError, LookupError)):
        graph_of(tape)


def test_a_mistake_in_a_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(FAMILY, encoding="utf-8")
    rows = {row.on: row for row in judge_file(path)}
    assert rows["W2"].right and rows["b2"].right
    assert {rows["W1"].name, rows["b1"].name} == {"Z1 for A1 in tanh′"}
    assert (
        'Look at line 20, dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - cache["Z1"] ** 2)' in rows["W1"].text
    )


def test_layers_in_a_file_are_named_and_errors_are_explained(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(LAYERS, encoding="utf-8")
    rows = {(row.judged.partition(",")[0], row.on): row for row in judge_file(path)}
    relu = rows["relu_forward", "x"]
    assert relu.name == "relu′ alone" and "line 17, dx = np.where(x > 0, 1.0, 0.0)" in relu.text
    assert "dout @ w.T would fit" in rows["affine_forward", "x"].text
