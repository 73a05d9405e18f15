"""Files as people write them are judged as they are: nothing in them is for the judge."""

import json

import pytest

from nn.judging.submitted_file import SubmissionError, judge_file

pytestmark = pytest.mark.long

LAYERS = '''
"""Layers of a course, each with a cache."""
from builtins import range
import numpy as np


def fully_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def fully_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    x = cache
    return dout * (x > 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    if mode == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        std = np.sqrt(var + eps)
        xhat = (x - mu) / std
        out = gamma * xhat + beta
        cache = (xhat, gamma, std)
        bn_param["running_mean"] = 0.9 * running_mean + 0.1 * mu
        return out, cache
    raise ValueError(mode)


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * std)
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = (np.random.rand(*x.shape) < p) / p
    return x * mask, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout * mask


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    H2, W2 = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H2, W2))
    for n in range(N):
        for f in range(F):
            for i in range(H2):
                for j in range(W2):
                    window = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    N, F, H2, W2 = dout.shape
    HH, WW = w.shape[2:]
    for n in range(N):
        for f in range(F):
            for i in range(H2):
                for j in range(W2):
                    at = np.s_[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    dxp[at] += dout[n, f, i, j] * w[f]
                    dw[f] += dout[n, f, i, j] * xp[at]
    return dxp[:, :, pad:-pad, pad:-pad], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward(x, pool_param):
    s, h, w = pool_param["stride"], pool_param["pool_height"], pool_param["pool_width"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - h) // s, 1 + (W - w) // s))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s : i * s + h, j * s : j * s + w].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward(dout, cache):
    x, pool_param = cache
    s, h, w = pool_param["stride"], pool_param["pool_height"], pool_param["pool_width"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * s : i * s + h, j * s : j * s + w]
            top = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, i * s : i * s + h, j * s : j * s + w] += top * dout[:, :, i, j][:, :, None, None]
    return dx


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    N = x.shape[0]
    loss = -logp[np.arange(N), y].sum() / N
    dx = np.exp(logp)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def svm_loss(x, y):
    N = x.shape[0]
    right = x[np.arange(N), y]
    margins = np.maximum(0, x - right[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= np.sum(margins > 0, axis=1)
    return np.sum(margins) / N, dx / N
'''

STEPS = """
import h5py
import matplotlib.pyplot as plt
import numpy as np
from nowhere_to_be_found import load_data, helper

plt.rcParams["figure.figsize"] = (5.0, 4.0)
np.random.seed(1)
train_x, train_y = load_data()
m_train = train_x.shape[1]
name = input("who are you? ")


def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x) * 0.01, "b1": np.zeros((n_h, 1))}


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z)), Z


def relu(Z):
    A = np.maximum(0, Z)
    assert A.shape == Z.shape
    return A, Z


def relu_backward(dA, cache):
    dZ = np.array(dA, copy=True)
    dZ[cache <= 0] = 0
    return dZ


def sigmoid_backward(dA, cache):
    s = 1 / (1 + np.exp(-cache))
    return dA * s * (1 - s)


def linear_forward(A, W, b):
    Z = np.dot(W, A) + b
    return Z, (A, W, b)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1 / m * np.dot(dZ, A_prev.T)
    db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def linear_activation_forward(A_prev, W, b, activation):
    if activation == "sigmoid":
        Z, linear_cache = linear_forward(A_prev, W, b)
        A, activation_cache = sigmoid(Z)
    elif activation == "relu":
        Z, linear_cache = linear_forward(A_prev, W, b)
        A, activation_cache = relu(Z)
    return A, (linear_cache, activation_cache)


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    if activation == "relu":
        dZ = relu_backward(dA, activation_cache)
    elif activation == "sigmoid":
        dZ = sigmoid_backward(dA, activation_cache)
    return linear_backward(dZ, linear_cache)


def L_model_forward(X, parameters):
    caches = []
    A = X
    L = len(parameters) // 2
    for l in range(1, L):
        A, cache = linear_activation_forward(A, parameters["W" + str(l)], parameters["b" + str(l)], "relu")
        caches.append(cache)
    AL, cache = linear_activation_forward(A, parameters["W" + str(L)], parameters["b" + str(L)], "sigmoid")
    caches.append(cache)
    assert AL.shape == (1, X.shape[1])
    return AL, caches


def compute_cost(AL, Y):
    m = Y.shape[1]
    cost = -1 / m * np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
    return np.squeeze(cost)


def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    Y = Y.reshape(AL.shape)
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    grads["dA" + str(L - 1)], grads["dW" + str(L)], grads["db" + str(L)] = linear_activation_backward(
        dAL, caches[L - 1], "sigmoid"
    )
    for l in reversed(range(L - 1)):
        dA, dW, db = linear_activation_backward(grads["dA" + str(l + 1)], caches[l], "relu")
        grads["dA" + str(l)], grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = dA, dW, db
    return grads


def update_parameters(parameters, grads, learning_rate):
    for l in range(len(parameters) // 2):
        parameters["W" + str(l + 1)] -= learning_rate * grads["dW" + str(l + 1)]
    return parameters


for i in range(10**9):
    plt.plot(np.random.randn(3))
print("done")
if __name__ == "__main__":
    train()
"""

CLASSES = """
import random
import numpy as np
import scipy.special


class Network(object):
    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def SGD(self, training_data, epochs, mini_batch_size, eta, test_data=None):
        for j in range(epochs):
            random.shuffle(training_data)
            self.update_mini_batch(training_data[:mini_batch_size], eta)

    def update_mini_batch(self, mini_batch, eta):
        for x, y in mini_batch:
            delta_b, delta_w = self.backprop(x, y)
            self.weights = [w - eta * dw for w, dw in zip(self.weights, delta_w)]

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation = x
        activations = [x]
        zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            delta = np.dot(self.weights[-l + 1].transpose(), delta) * sigmoid_prime(zs[-l])
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
        return (nabla_b, nabla_w)

    def cost_derivative(self, output_activations, y):
        return output_activations - y


class Digits:
    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.wih = np.random.normal(0.0, pow(inputnodes, -0.5), (hiddennodes, inputnodes))
        self.who = np.random.normal(0.0, pow(hiddennodes, -0.5), (outputnodes, hiddennodes))
        self.lr = learningrate
        self.activation_function = lambda x: scipy.special.expit(x)

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden_outputs = self.activation_function(np.dot(self.wih, inputs))
        final_outputs = self.activation_function(np.dot(self.who, hidden_outputs))
        output_errors = targets - final_outputs
        hidden_errors = np.dot(self.who.T, output_errors * final_outputs * (1.0 - final_outputs))
        slope = final_outputs * (1.0 - final_outputs)
        self.who += self.lr * np.dot((output_errors * slope), hidden_outputs.T)
        self.wih += self.lr * np.dot((hidden_errors * hidden_outputs * (1.0 - hidden_outputs)), inputs.T)

    def query(self, inputs_list):
        inputs = np.array(inputs_list, ndmin=2).T
        hidden_outputs = self.activation_function(np.dot(self.wih, inputs))
        return self.activation_function(np.dot(self.who, hidden_outputs))


class Layer:
    def forward(self, input):
        raise NotImplementedError

    def backward(self, output_gradient, learning_rate):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * output_gradient
        return input_gradient


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


net = Network([784, 30, 10])
net.SGD(training_data, 30, 10, 3.0)
"""

BOTH = """
import numpy as np


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y)
    grads = {"dw": dw, "db": db}
    return grads, cost


def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        scores -= np.max(scores)
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    loss = loss / X.shape[0] + reg * np.sum(W * W)
    dW = dW / X.shape[0] + 2 * reg * W
    return loss, dW


def compute_gradient(X, y, w, b):
    m = len(y)
    error = X @ w + b - y
    return X.T @ error / m, error.sum() / m


def compute_cost(X, y, w, b):
    return np.sum((X @ w + b - y) ** 2) / (2 * len(y))
"""


CELL = """
import numpy as np
from their_own import *


def cell_forward(xt, a_prev, parameters):
    Wax, Waa, Wya = parameters["Wax"], parameters["Waa"], parameters["Wya"]
    ba, by = parameters["ba"], parameters["by"]
    a_next = np.tanh(np.dot(Wax, xt) + np.dot(Waa, a_prev) + ba)
    s = np.dot(Wya, a_next) + by
    yt = np.exp(s) / np.exp(s).sum(axis=0)
    return a_next, yt, (a_next, a_prev, xt, parameters)


def cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = (1 - a_next**2) * da_next
    return {
        "dxt": parameters["Wax"].T @ dz,
        "da_prev": parameters["Waa"].T @ dz,
        "dWax": dz @ xt.T,
        "dWaa": dz @ a_prev.T,
        "dba": dz.sum(axis=1, keepdims=True),
    }
"""


@pytest.fixture
def judged(tmp_path):
    def judged(source, **options):
        (tmp_path / "mine.py").write_text(source, encoding="utf-8")
        return judge_file(tmp_path / "mine.py", timeout=60.0, **options)

    return judged


def wrong(verdict):
    return {(row.judged, row.on): row.name for row in verdict if not row.right}


EXPECTED = {
    "layers": (
        LAYERS,
        {
            *("fully_forward, fully_backward", "relu_forward, relu_backward", "softmax_loss", "svm_loss"),
            *("batchnorm_forward, batchnorm_backward", "dropout_forward, dropout_backward"),
            *("conv_forward_naive, conv_backward_naive", "max_pool_forward, max_pool_backward"),
        },
    ),
    "step by step": (
        STEPS,
        {
            *("linear_forward, linear_backward", "relu, relu_backward", "sigmoid, sigmoid_backward"),
            "linear_activation_forward, linear_activation_backward",
            "L_model_forward, compute_cost, L_model_backward",
        },
    ),
    "classes": (CLASSES, {"Network", "Digits", "Dense", "sigmoid, sigmoid_prime"}),
    "loss and gradients": (BOTH, {"propagate", "softmax_loss_naive", "compute_cost, compute_gradient"}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_right_files_are_right_in_all_that_they_define(judged, name):
    source, titles = EXPECTED[name]
    verdict = judged(source)
    assert verdict, [row for row in verdict if not row.right]
    assert {row.judged for row in verdict} == titles


@pytest.mark.parametrize(
    ("source", "old", "new", "where", "name"),
    [
        (LAYERS, "db = dout.sum(axis=0)", "db = dout.sum()", ("fully_forward, fully_backward", "b"), ""),
        (
            LAYERS,
            "dw = x.reshape",
            "dw = 2 * x.reshape",
            ("fully_forward, fully_backward", "w"),
            "twice too large",
        ),
        (LAYERS, "return dout * (x > 0)", "return dout", ("relu_forward, relu_backward", "x"), ""),
        (LAYERS, "    dx /= N\\n", "", ("softmax_loss", "x"), "1/m missing"),
        (LAYERS, "dw[f] +=", "dw[f] =", ("conv_forward_naive, conv_backward_naive", "w"), ""),
        (STEPS, "dZ[cache <= 0] = 0", "pass", ("relu, relu_backward", "Z"), ""),
        (
            CLASSES,
            "self.who.T, output_errors * final_outputs * (1.0 - final_outputs))",
            "self.who.T, output_errors)",
            ("Digits", "wih"),
            "",
        ),
        (BOTH, "2 * reg * W", "reg * W", ("softmax_loss_naive", "W"), "the penalty halved"),
        (BOTH, '"db": db}', "}", ("propagate", "b"), "missing"),
    ],
)
def test_a_mistake_is_found_where_it_is(judged, source, old, new, where, name):
    old, new = old.replace("\\n", "\n"), new.replace("\\n", "\n")
    assert old in source
    title, _ = where
    roles = ("class",) if title == "Digits" else ("forward", "backward")
    found = wrong(judged(source.replace(old, new, 1), names=dict(zip(roles, title.split(", ")))))
    assert [*found] == [where], found
    assert found[where] == name or not name


def test_a_notebook_is_judged_by_its_cells(tmp_path):
    cells = [
        ["%matplotlib inline\n", "!pip install numpy\n", "import numpy as np\n"],
        ["def square(x):\n", "    return x**2, x\n", "broken = 1 /"],
        ["def square_forward(x):\n", "    return x**2, x\n"],
        ["x = np.load('missing.npy')\n", "x.shape"],
        ["def square_backward(dout, cache):\n", "    ?help\n", "    return dout * cache\n"],
    ]
    notebook = {"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4}
    notebook["cells"].insert(0, {"cell_type": "markdown", "source": ["# Backpropagation"]})
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    verdict = judge_file(tmp_path / "mine.ipynb")
    assert [(row.judged, row.on, row.name) for row in verdict] == [
        ("square_forward, square_backward", "x", "half of it")
    ]
    assert any("line 1 of cell 4" in line for line in verdict.left_out)
    assert any("cell 2" in line and "SyntaxError" in line for line in verdict.left_out)
    (tmp_path / "mine.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(SubmissionError, match="no notebook"):
        judge_file(tmp_path / "mine.ipynb")


AMBIGUOUS = """
import numpy as np
def one_way(u, v):
    return np.sum(u * v)
def other_way(u, v):
    return np.sum(u + v)
def slopes_of_it(u, v):
    return v, u
def example():
    return {"u": np.ones(3), "v": np.arange(3.0)}
"""


def test_what_cannot_be_told_is_said_in_a_few_lines_or_by_options(judged):
    with pytest.raises(SubmissionError, match="it defines none of"):
        judged(AMBIGUOUS)
    assert judged(AMBIGUOUS, names={"forward": "one_way", "backward": "slopes_of_it"})
    assert not judged(AMBIGUOUS, names={"forward": "other_way", "backward": "slopes_of_it"})
    assert judged(AMBIGUOUS + 'JUDGE = {"forward": "one_way", "backward": "slopes_of_it"}\n')
    verdict = judged(AMBIGUOUS + 'JUDGE = {"forward": "one_way", "backward": "slopes_of_it", "wrt": ["u"]}\n')
    assert verdict
    with pytest.raises(SubmissionError, match="defines no nothing"):
        judged(AMBIGUOUS, names={"forward": "nothing", "backward": "slopes_of_it"})


def test_a_cell_is_judged_in_what_its_backward_pass_is_for(judged):
    """The output y goes no further, so nothing has a gradient through it."""
    verdict = judged(CELL)
    assert {row.on: row.name for row in verdict if not row.right} == {}, [*verdict]
    assert {row.on for row in verdict} == {"xt", "a_prev", "Wax", "Waa", "ba"}
    found = wrong(judged(CELL.replace("dz @ a_prev.T", "dz @ a_next.T")))
    assert [on for _, on in found] == ["Waa"]


def test_an_example_of_theirs_is_used_and_a_tolerance_held(judged):
    source = """
def scaled_forward(q):
    assert len(q) == 11
    return (q**2).sum(), q
def scaled_backward(cache):
    return 2.0001 * cache
"""
    assert wrong(judged(source)) == {("scaled_forward, scaled_backward", ""): "not judged"}
    given = source + "import numpy as np\ndef example():\n    return {'q': np.arange(11.0)}\n"
    assert not judged(given)
    assert judged(given, tolerance=1e-3)


def test_a_backward_pass_without_a_forward_pass_is_told(judged):
    source = LAYERS + "\ndef rms_norm_backward(dout, cache):\n    return dout\n"
    verdict = judged(source)
    assert any("rms_norm_backward(dout, cache) looks like a backward pass" in note for note in verdict.notes)


def test_a_verdict_on_a_file_prints_as_a_table_and_shows_itself(tmp_path):
    path = tmp_path / "rules.py"
    path.write_text("def db(dZ):\n    return dZ.mean(axis=1, keepdims=True)  # [bold]\n", encoding="utf-8")
    verdict = judge_file(path)
    shown = str(verdict)
    assert not verdict and repr(verdict) == shown
    assert all(header in shown for header in ("judged", "on", "verdict")) and "db" in shown
    assert " ".join(verdict.rows[0].text.split()[:3]) in shown
    assert verdict._repr_html_().startswith("<pre")
