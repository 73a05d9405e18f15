"""Files in more of the forms in which people publish them: each as it is right, and with a mistake."""

import pytest

from nn.judging.submitted_file import judge_file

EACH_ITS_LOSS = """
import numpy as np
class Loss:
    def loss(self, y_true, y_pred):
        return NotImplementedError()
    def gradient(self, y, y_pred):
        raise NotImplementedError()
class CrossEntropy(Loss):
    def __init__(self): pass
    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y * np.log(p) - (1 - y) * np.log(1 - p)
    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(y / p) + (1 - y) / (1 - p)
"""
PENALTY = """
import numpy as np
class Ridge:
    def __init__(self, n_in, n_out, reg=0.0):
        self.params = {"W": 0.01 * np.random.randn(n_in, n_out)}
        self.reg = reg
    def loss(self, X, y=None):
        W, grads = self.params["W"], {}
        error = X @ W - y
        loss = np.sum(error ** 2) / len(X) + 0.5 * self.reg * np.sum(W ** 2)
        grads["W"] = 2 * X.T @ error / len(X)
        grads["W"] += self.reg * W
        return loss, grads
"""
MASK = """
import numpy as np
def loss_and_grad(P, Q, ratings, seen):
    error = (P @ Q.T - ratings) * seen
    count = seen.sum()
    return (error ** 2).sum() / count, 2 * error @ Q / count, 2 * error.T @ P / count
"""
NAMED = """
import numpy as np
def cofi_cost(X, Theta, Y, R, lambda_):
    error = (X @ Theta.T - Y) * R
    J = 0.5 * np.sum(error ** 2) + lambda_ / 2 * (np.sum(X ** 2) + np.sum(Theta ** 2))
    X_grad = error @ Theta + lambda_ * X
    Theta_grad = error.T @ X + lambda_ * Theta
    return J, X_grad, Theta_grad
"""
INPUTS = """
import numpy as np
class Product:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y
    def backward(self, dout):
        dx = dout * self.y
        dy = dout * self.x
        return dx, dy
"""
IN_LISTS = """
import numpy as np
class MatMul:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, x):
        self.x = x
        return np.dot(x, self.params[0])
    def backward(self, dout):
        self.grads[0][...] = np.dot(self.x.T, dout)
        return np.dot(dout, self.params[0].T)
"""
OUTPUTS = """
import numpy as np
class Cell:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
    def forward(self, x, h_prev, c_prev):
        Wx, Wh, b = self.params
        a = np.dot(x, Wx) + np.dot(h_prev, Wh) + b
        c_next = 0.5 * c_prev + np.tanh(a)
        h_next = np.tanh(c_next)
        self.cache = x, h_prev, a, h_next
        return h_next, c_next
    def backward(self, dh_next, dc_next):
        Wx, Wh, b = self.params
        x, h_prev, a, h_next = self.cache
        dc = dc_next + dh_next * (1 - h_next ** 2)
        da = dc * (1 - np.tanh(a) ** 2)
        self.grads[0][...] = np.dot(x.T, da)
        self.grads[1][...] = np.dot(h_prev.T, da)
        self.grads[2][...] = da.sum(axis=0)
        return np.dot(da, Wx.T), np.dot(da, Wh.T), 0.5 * dc
"""
STRUCTURE = """
from math import exp
from random import random
def initialize_network(n_inputs, n_hidden, n_outputs):
    hidden = [{"weights": [random() for i in range(n_inputs + 1)]} for i in range(n_hidden)]
    return [hidden, [{"weights": [random() for i in range(n_hidden + 1)]} for i in range(n_outputs)]]
def forward_propagate(network, row):
    inputs = row
    for layer in network:
        for neuron in layer:
            weights = neuron["weights"]
            z = weights[-1] + sum(w * a for w, a in zip(weights[:-1], inputs))
            neuron["output"] = 1 / (1 + exp(-z))
        inputs = [neuron["output"] for neuron in layer]
    return inputs
def backward_propagate_error(network, expected):
    for i in reversed(range(len(network))):
        for j, neuron in enumerate(network[i]):
            if i == len(network) - 1:
                error = neuron["output"] - expected[j]
            else:
                error = sum(n["weights"][j] * n["delta"] for n in network[i + 1])
            neuron["delta"] = error * neuron["output"] * (1 - neuron["output"])
def update_weights(network, row, l_rate):
    for i in range(len(network)):
        inputs = row[:-1] if i == 0 else [neuron["output"] for neuron in network[i - 1]]
        for neuron in network[i]:
            for j in range(len(inputs)):
                neuron["weights"][j] -= l_rate * neuron["delta"] * inputs[j]
            neuron["weights"][-1] -= l_rate * neuron["delta"]
def train(network, data, l_rate):
    for row in data:
        forward_propagate(network, row)
        backward_propagate_error(network, [float(row[-1] == k) for k in range(2)])
        update_weights(network, row, l_rate)
"""


def test_functions_that_hand_on_lists_of_dicts_are_judged_together(tmp_path):
    file = tmp_path / "theirs.py"
    file.write_text(STRUCTURE.replace('n["weights"][j] * n["delta"]', 'n["weights"][j] * n["output"]'))
    right = {row.on: row.right for row in judge_file(file)}
    assert right == {f"network[0][{i}]['weights']": False for i in range(3)} | {
        f"network[1][{i}]['weights']": True for i in range(6)
    }


LATER = """
import numpy as np
class Layer:
    def set_input_shape(self, shape):
        self.input_shape = shape
class Dense(Layer):
    def __init__(self, n_units, input_shape=None):
        self.n_units, self.input_shape = n_units, input_shape
        self.layer_input, self.trainable = None, True
        self.W = None
        self.w0 = None
    def initialize(self, optimizer):
        limit = 1 / np.sqrt(self.input_shape[0])
        self.W = np.random.uniform(-limit, limit, (self.input_shape[0], self.n_units))
        self.w0 = np.zeros((1, self.n_units))
        self.W_opt = self.w0_opt = optimizer
    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X.dot(self.W) + self.w0
    def backward_pass(self, accum_grad):
        W = self.W
        if self.trainable:
            self.W = self.W_opt.update(self.W, self.layer_input.T.dot(accum_grad))
            self.w0 = self.w0_opt.update(self.w0, np.sum(accum_grad, axis=0, keepdims=True))
        return accum_grad.dot(W.T)
"""
PLACES = """
import numpy as np
class Embedding:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, idx):
        self.idx = idx
        return self.params[0][idx]
    def backward(self, dout):
        dW = self.grads[0]
        dW[...] = 0
        np.add.at(dW, self.idx, dout)
"""
CONTEXT = """
import numpy as np
class Function:
    pass
class Dot(Function):
    @staticmethod
    def forward(ctx, input, weight):
        ctx.save_for_backward(input, weight)
        return input.dot(weight)
    @staticmethod
    def backward(ctx, grad_output):
        input, weight = ctx.saved_tensors
        return grad_output.dot(weight.T), grad_output.T.dot(input).T
"""
KERNEL = """
import numpy as np
def correlate(a, k, mode):
    return np.correlate(np.array(a, dtype=float), np.array(k, dtype=float), mode)
def convolve(a, k, mode):
    return np.convolve(np.array(a, dtype=float), np.array(k, dtype=float), mode)
class Convolution:
    def __init__(self, kernels):
        self.kernels = kernels
    def forward(self, signal):
        self.signal = signal
        return correlate(signal, self.kernels, "valid")
    def backward(self, dout, lr):
        by_signal = convolve(dout, self.kernels, "full")
        self.kernels = self.kernels - lr * correlate(self.signal, dout, "valid")
        return by_signal
"""
IMAGE = """
import numpy as np
class Brightness:
    def __init__(self, input_shape, depth):
        channels, height, width = input_shape
        self.kernels = np.random.randn(depth, channels)
    def forward(self, input):
        self.input = input
        return np.tensordot(self.kernels, input, 1)
    def backward(self, output_gradient, learning_rate):
        by_input = np.tensordot(self.kernels.T, output_gradient, 1)
        self.kernels -= learning_rate * np.tensordot(output_gradient, self.input, ((1, 2), (1, 2)))
        return by_input
"""
DESCENT = """
def cost_function(x, y, w, b):
    cost = 0
    for i in range(len(x)):
        cost += (w * x[i] + b - y[i]) ** 2
    return cost / (2 * len(x))
def gradient_descent(x, y, w, b, alpha, num_iters):
    m = len(x)
    for _ in range(num_iters):
        dj_dw = dj_db = 0
        for i in range(m):
            f = w * x[i] + b
            dj_dw += (f - y[i]) * x[i]
            dj_db += f - y[i]
        w = w - alpha * dj_dw / m
        b = b - alpha * dj_db / m
    return w, b
"""
ONE_BY_ONE = """
import numpy as np
class Net:
    def __init__(self):
        self.w1, self.w2, self.w3 = np.random.normal(size=3)
    def feedforward(self, x):
        return np.tanh(self.w3 * np.tanh(self.w1 * x[0] + self.w2 * x[1]))
    def train(self, data, all_y_trues):
        for epoch in range(1000):
            for x, y_true in zip(data, all_y_trues):
                h = np.tanh(self.w1 * x[0] + self.w2 * x[1])
                y_pred = np.tanh(self.w3 * h)
                d = -2 * (y_true - y_pred) * (1 - y_pred ** 2)
                d_h = d * self.w3 * (1 - h ** 2)
                self.w1 -= 0.1 * d_h * x[0]
                self.w2 -= 0.1 * d_h * x[1]
                self.w3 -= 0.1 * d * h
"""
THREE_AXES = """
import numpy as np
class LayerNorm:
    @staticmethod
    def forward(x, w, b):
        B, T, C = x.shape
        shifted = x - x.sum(-1, keepdims=True) / C
        rstd = ((shifted ** 2).sum(-1, keepdims=True) / C + 1e-5) ** -0.5
        return shifted * rstd * w + b, (shifted * rstd, w, rstd)
    @staticmethod
    def backward(dout, cache):
        norm, w, rstd = cache
        d = dout * w
        dx = d - d.mean(-1, keepdims=True) - norm * (d * norm).mean(-1, keepdims=True)
        return dx * rstd, (dout * norm).sum((0, 1)), dout.sum((0, 1))
"""
FORMS = {
    "one by one": (ONE_BY_ONE, "d_h * x[1]", "d_h * x[0]", "w2:"),
    "three axes": (THREE_AXES, " - d.mean(-1, keepdims=True)", "", "x: the part of the mean missing"),
    "a descent": (DESCENT, "(f - y[i]) * x[i]", "(f - y[i])", "w: x missing"),
    "a context": (CONTEXT, "input).T", "input).T * 2", "weight: twice too large"),
    "a kernel": (KERNEL, "= convolve(", "= correlate(", "signal: correlate for convolve"),
    "an image": (IMAGE, "-= learning_rate", "-= 2 * learning_rate", "kernels: twice too large"),
    "weights made later": (LATER, "dot(W.T)", "dot(self.W.T)", "X: W already updated"),
    "places": (PLACES, "np.add.at(dW, self.idx, dout)", "dW[self.idx] = dout", "params[0]: repeated indices"),
    "several inputs": (INPUTS, "dout * self.x", "dout * self.y", "y: y for x"),
    "weights and gradients in lists": (
        IN_LISTS,
        "np.dot(self.x.T,",
        "2 * np.dot(self.x.T,",
        "params[0]: twice",
    ),
    "several outputs": (OUTPUTS, "Wh.T), 0.5 * dc", "Wh.T), 0.25 * dc", "c_prev: half of it"),
    "a loss for each number": (EACH_ITS_LOSS, "-(y / p) + (1 - y)", "-(y / p) - (1 - y)", "p: sign flipped"),
    "a penalty of the constructor": (PENALTY, "+= self.reg * W", "+= 2 * self.reg * W", "W: 0.3·W too much"),
    "a mask": (MASK, "error.T @ P / count", "error.T @ P / len(P)", "Q:"),
    "names of what is returned": (NAMED, "error.T @ X +", "error.T @ X -", "Theta:"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_mistake_is_found_and_nothing_else_is_accused(tmp_path, form):
    source, right, wrong, named = FORMS[form]
    assert source.count(right) == 1
    file = tmp_path / "theirs.py"
    file.write_text(source.replace(right, wrong))
    found = [f"{row.on}: {row.name}" for row in judge_file(file) if not row.right]
    assert len(found) == 1 and named in found[0], judge_file(file)


@pytest.mark.parametrize(
    "form", [form for form in FORMS if FORMS[form][0] in (EACH_ITS_LOSS, PENALTY, PLACES)]
)
def test_what_has_one_gradient_is_not_accused_if_it_is_right(tmp_path, form):
    file = tmp_path / "theirs.py"
    file.write_text(FORMS[form][0])
    verdict = judge_file(file)
    assert verdict, verdict
