"""Networks as widely read introductions write them: right ones are right, and a slip is told where it is."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

# The loss takes of one-hot targets no more than the largest's place.
LAST_LAYER = """
import numpy as np

def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def cross_entropy(y, t):
    if t.size == y.size:
        t = t.argmax(axis=1)
    n = len(y)
    return -np.log(y[np.arange(n), t]).sum() / n

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        return cross_entropy(self.y, self.t)

    def backward(self, dout=1):
        n = self.t.shape[0]
        if self.t.size == self.y.size:
            return (self.y - self.t) / n
        dx = self.y.copy()
        dx[np.arange(n), self.t] -= 1
        return dx / n
"""

# Weights are single numbers, and samples come one after the other.
NUMBERS = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def slope(x):
    return sigmoid(x) * (1 - sigmoid(x))

class Network:
    def __init__(self):
        self.w1, self.w2, self.w3, self.b1, self.b2 = (np.random.normal() for _ in range(5))

    def feedforward(self, x):
        h = sigmoid(self.w1 * x[0] + self.w2 * x[1] + self.b1)
        return sigmoid(self.w3 * h + self.b2)

    def train(self, data, answers):
        rate = 0.1
        for epoch in range(1000):
            for x, y_true in zip(data, answers):
                s1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
                h = sigmoid(s1)
                s2 = self.w3 * h + self.b2
                o = sigmoid(s2)
                d_o = -2 * (y_true - o)
                d_h = self.w3 * slope(s2)
                self.w1 -= rate * d_o * d_h * x[0] * slope(s1)
                self.w2 -= rate * d_o * d_h * x[1] * slope(s1)
                self.b1 -= rate * d_o * d_h * slope(s1)
                self.w3 -= rate * d_o * h * slope(s2)
                self.b2 -= rate * d_o * slope(s2)
"""

# The class says its sizes itself: two inputs, one output.
SIZES = """
import numpy as np

class NeuralNetwork:
    def __init__(self):
        self.W1 = np.random.randn(2, 3)
        self.W2 = np.random.randn(3, 1)

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def sigmoidPrime(self, z):
        return np.exp(-z) / (1 + np.exp(-z)) ** 2

    def forward(self, X):
        self.z2 = X @ self.W1
        self.a2 = self.sigmoid(self.z2)
        self.z3 = self.a2 @ self.W2
        return self.sigmoid(self.z3)

    def costFunction(self, X, y):
        return 0.5 * sum((y - self.forward(X)) ** 2)

    def costFunctionPrime(self, X, y):
        yHat = self.forward(X)
        delta3 = -(y - yHat) * self.sigmoidPrime(self.z3)
        dJdW2 = self.a2.T @ delta3
        delta2 = delta3 @ self.W2.T * self.sigmoidPrime(self.z2)
        return X.T @ delta2, dJdW2
"""

# Each step adds to gradients that it is given; 27 letters are said by default; states are returned, too.
LETTERS = """
import numpy as np

def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()

def step_forward(parameters, a_prev, x):
    a = np.tanh(parameters["Wax"] @ x + parameters["Waa"] @ a_prev + parameters["b"])
    return a, softmax(parameters["Wya"] @ a + parameters["by"])

def step_backward(dy, gradients, parameters, x, a, a_prev):
    gradients["dWya"] += dy @ a.T
    gradients["dby"] += dy
    da = parameters["Wya"].T @ dy + gradients["da_next"]
    draw = (1 - a * a) * da
    gradients["db"] += draw
    gradients["dWax"] += draw @ x.T
    gradients["dWaa"] += draw @ a_prev.T
    gradients["da_next"] = parameters["Waa"].T @ draw
    return gradients

def rnn_forward(X, Y, a0, parameters, vocab_size=27):
    x, a, y_hat, loss = {}, {-1: a0.copy()}, {}, 0
    for t in range(len(X)):
        x[t] = np.zeros((vocab_size, 1))
        x[t][X[t]] = 1
        a[t], y_hat[t] = step_forward(parameters, a[t - 1], x[t])
        loss -= np.log(y_hat[t][Y[t], 0])
    return loss, (y_hat, a, x)

def rnn_backward(X, Y, parameters, cache):
    y_hat, a, x = cache
    gradients = {"d" + name: np.zeros_like(parameters[name]) for name in ("Wax", "Waa", "Wya", "b", "by")}
    gradients["da_next"] = np.zeros_like(a[0])
    for t in reversed(range(len(X))):
        dy = y_hat[t].copy()
        dy[Y[t]] -= 1
        gradients = step_backward(dy, gradients, parameters, x[t], a[t], a[t - 1])
    return gradients, a
"""

# What the forward pass returns beside its output goes by its name; gradients come in their own order.
TWO_OUTPUTS = """
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

class MLP:
    def __init__(self, num_features, num_hidden, num_classes):
        rng = np.random.RandomState(1)
        self.num_classes = num_classes
        self.weight_h, self.bias_h = rng.normal(size=(num_hidden, num_features)), np.zeros(num_hidden)
        self.weight_out, self.bias_out = rng.normal(size=(num_classes, num_hidden)), np.zeros(num_classes)

    def forward(self, x):
        a_h = sigmoid(x @ self.weight_h.T + self.bias_h)
        a_out = sigmoid(a_h @ self.weight_out.T + self.bias_out)
        return a_h, a_out

    def backward(self, x, a_h, a_out, y):
        hot = np.eye(self.num_classes)[y]
        d_a_out = 2.0 * (a_out - hot) / len(y)
        delta = d_a_out * a_out * (1.0 - a_out)
        d_a_h = delta @ self.weight_out
        delta_h = d_a_h * a_h * (1.0 - a_h)
        return delta.T @ a_h, delta.sum(axis=0), delta_h.T @ x, delta_h.sum(axis=0)
"""

# A backward pass for one sample, a column.
COLUMN = """
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(sigmoid(np.dot(w, activations[-1]) + b))
        delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].T)
        for l in range(2, len(self.weights) + 1):
            delta = np.dot(self.weights[-l + 1].T, delta) * activations[-l] * (1 - activations[-l])
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].T)
        return nabla_b, nabla_w
"""

# All of a step stands in one line, and what it is held to as well.
ONE_LINE = """
import numpy as np

X = 2 * np.random.rand(100, 1)
y = 4 + 3 * X + np.random.randn(100, 1)
X_b = np.c_[np.ones((100, 1)), X]
eta, m = 0.1, 100
theta = np.random.randn(2, 1)
for iteration in range(1000):
    gradients = 2 / m * X_b.T.dot(X_b.dot(theta) - y)
    theta = theta - eta * gradients
"""

# In each a slip, the quantities that are wrong by it, and what it is called.
FORMS = {
    "one-hot": (LAST_LAYER, "(self.y - self.t) / n", "self.y - self.t", "x", "1/m missing"),
    "numbers of classes": (LAST_LAYER, "dx / n", "dx", "x", "1/m missing"),
    "numbers": (NUMBERS, "d_h = self.w3 * slope(s2)", "d_h = self.w3", "w1 w2 b1", ""),
    "sizes": (SIZES, "X.T @ delta2", "X.T @ delta3", "W1", "delta3 for delta2"),
    "letters": (LETTERS, ' + gradients["da_next"]', "", "Wax Waa b", "the gradient through time missing"),
    "two outputs": (TWO_OUTPUTS, "delta_h.T @ x", "d_a_h.T @ x", "weight_h", "d_a_h for delta_h"),
    "one line": (ONE_LINE, "X_b.dot(theta) - y", "y - X_b.dot(theta)", "theta", "sign flipped"),
    "column": (COLUMN, "activations[-l - 1].T", "activations[-l].T", "weights[0]", ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_right_and_what_is_wrong_in_it_is_told(tmp_path, form):
    text, right, wrong, quantities, mistake = FORMS[form]
    for name, source in (("right", text), ("wrong", text.replace(right, wrong))):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    verdict = judge_file(tmp_path / "right.py")
    assert verdict, str(verdict)
    assert text.count(right) == 1
    verdict = judge_file(tmp_path / "wrong.py")
    found = {row.on: row.name for row in verdict.rows if not row.right}
    assert [*found] == quantities.split(), str(verdict)
    assert mistake in found.values() or not mistake, str(verdict)
