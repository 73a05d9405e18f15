"""judge: classes that return gradients, leave them in attributes, or change their weights."""

from itertools import pairwise

import numpy as np
import pytest

from nn import judge

RNG = np.random.default_rng(11)


def normal(*shape):
    return RNG.normal(size=shape)


X, y = normal(5, 3), RNG.uniform(0.1, 0.9, size=(5, 1))
T = RNG.uniform(0.1, 0.9, size=(5, 2))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class KeepsItsData:
    """An article's network: data in the constructor, no learning rate, no loss."""

    wrong = 1.0

    def __init__(self, x, y):
        self.input, self.y = x, y
        self.weights1 = np.random.default_rng(0).uniform(size=(self.input.shape[1], 4))
        self.weights2 = np.random.default_rng(1).uniform(size=(4, 1))
        self.output = np.zeros(y.shape)

    def feedforward(self):
        self.layer1 = sigmoid(np.dot(self.input, self.weights1))
        self.output = sigmoid(np.dot(self.layer1, self.weights2))

    def backprop(self):
        out = 2 * (self.y - self.output) * self.output * (1 - self.output)
        d_weights2 = np.dot(self.layer1.T, out)
        d_weights1 = np.dot(
            self.input.T, np.dot(out, self.weights2.T) * self.layer1 * (1 - self.layer1 * self.wrong)
        )
        self.weights1 += d_weights1
        self.weights2 += d_weights2


class ListsOfColumns:
    """A book's network: lists of weights and biases, one sample as a column, gradients in two lists."""

    def __init__(self, sizes):
        rng = np.random.default_rng(2)
        self.biases = [rng.normal(size=(n, 1)) for n in sizes[1:]]
        self.weights = [rng.normal(size=(n, k)) for k, n in pairwise(sizes)]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activations, zs = [x], []
        for b, w in zip(self.biases, self.weights):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(zs[-1]))
        delta = self.cost_derivative(activations[-1], y) * self.slope(zs[-1])
        nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, activations[-2].T)
        for l in range(2, len(self.weights) + 1):
            delta = np.dot(self.weights[-l + 1].T, delta) * self.slope(zs[-l])
            nabla_b[-l], nabla_w[-l] = delta, np.dot(delta, activations[-l - 1].T)
        return nabla_b, nabla_w

    def cost_derivative(self, output_activations, y):
        return output_activations - y

    def slope(self, z):
        return sigmoid(z) * (1 - sigmoid(z))


class Learns:
    """A book's network with query and train, which changes the weights with its learning rate."""

    def __init__(self, inputs, hidden, outputs, rate):
        rng = np.random.default_rng(3)
        self.wih, self.who = rng.normal(size=(hidden, inputs)), rng.normal(size=(outputs, hidden))
        self.lr = rate
        self.activation_function = lambda x: sigmoid(x)

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden = self.activation_function(np.dot(self.wih, inputs))
        final = self.activation_function(np.dot(self.who, hidden))
        errors = targets - final
        back = np.dot(self.who.T, self.passed(errors, final))
        self.who += self.lr * np.dot(errors * final * (1 - final), hidden.T)
        self.wih += self.lr * np.dot(back * hidden * (1 - hidden), inputs.T)

    def passed(self, errors, final):
        return errors * final * (1 - final)

    def query(self, inputs_list):
        hidden = self.activation_function(np.dot(self.wih, np.array(inputs_list, ndmin=2).T))
        return self.activation_function(np.dot(self.who, hidden))


class PassesErrorsAsTheyAre(Learns):
    def passed(self, errors, final):
        return errors


class TwoLayers:
    """A course's network: all parameters in a dict, the loss and the gradients from one method."""

    def __init__(self, D, H, C):
        rng = np.random.default_rng(4)
        self.params = {
            "W1": rng.normal(size=(D, H)),
            "b1": rng.normal(size=H),
            "W2": rng.normal(size=(H, C)),
            "b2": rng.normal(size=C),
        }

    def loss(self, X, y=None, reg=0.1):
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        N = X.shape[0]
        h = np.maximum(0, X @ W1 + b1)
        scores = h @ W2 + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean() + reg * (np.sum(W1**2) + np.sum(W2**2))
        p[np.arange(N), y] -= 1
        p /= N
        dh = p @ W2.T
        dh[h <= 0] = 0
        grads = {"W2": h.T @ p + 2 * reg * W2, "b2": p.sum(axis=0)}
        grads["W1"], grads["b1"] = X.T @ dh + 2 * reg * W1, dh.sum(axis=0)
        return loss, grads


class Dense:
    """A book's layer: gradients by parameters in attributes, the one by the input returned."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = self.dW = self.db = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)


class DenseThatSteps:
    """An article's layer: it changes its weights while it goes back, with a learning rate it is given."""

    def __init__(self, n, k):
        rng = np.random.default_rng(5)
        self.weights, self.bias = rng.normal(size=(n, k)), rng.normal(size=(1, k))

    def forward_propagation(self, input_data):
        self.input = input_data
        return np.dot(self.input, self.weights) + self.bias

    def backward_propagation(self, output_error, learning_rate):
        input_error = np.dot(output_error, self.weights.T)
        self.weights -= learning_rate * np.dot(self.input.T, output_error)
        self.bias -= learning_rate * np.sum(output_error, axis=0, keepdims=True)
        return input_error


class Rectifier:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class Whole:
    """Forward, cost, backward and an update, with the gradients in a dict of its own."""

    def __init__(self):
        rng = np.random.default_rng(6)
        self.W1, self.b1 = rng.normal(size=(3, 4)), np.zeros((1, 4))
        self.W2, self.b2 = rng.normal(size=(4, 2)), np.zeros((1, 2))

    def forward(self, X):
        self.X = X
        self.h = np.tanh(X @ self.W1 + self.b1)
        self.out = self.h @ self.W2 + self.b2
        return self.out

    def compute_loss(self, y_hat, T):
        return np.mean((y_hat - T) ** 2)

    def backward(self, T):
        d = 2 * (self.out - T) / T.size
        dh = d @ self.W2.T * (1 - self.h**2)
        self.grads = {
            "dW2": self.h.T @ d,
            "db2": d.sum(axis=0, keepdims=True),
            "dW1": self.X.T @ dh,
            "db1": dh.sum(axis=0, keepdims=True),
        }

    def update(self, lr=0.1):
        for name in ("W1", "b1", "W2", "b2"):
            setattr(self, name, getattr(self, name) - lr * self.grads[f"d{name}"])


class StepsInUpdate(Whole):
    """The gradients are kept where nobody would look."""

    def backward(self, T):
        super().backward(T)
        self._kept = tuple(self.grads.values())
        del self.grads

    def update(self, lr=0.1):
        for name, each in zip(("W2", "b2", "W1", "b1"), self._kept):
            setattr(self, name, getattr(self, name) - lr * each)


class Perceptron:
    """Fits for many epochs, of which one is asked for."""

    def __init__(self, n=3, learning_rate=0.05, n_iter=50):
        self.w, self.b = np.full(n, 0.3), 0.1 * np.ones(1)
        self.learning_rate, self.n_iter = learning_rate, n_iter

    def predict(self, X):
        return sigmoid(X @ self.w + self.b)

    def fit(self, X, t, epochs=1000):
        for _ in range(epochs):
            error = self.predict(X) - t
            self.w -= self.learning_rate * X.T @ error / len(t)
            self.b -= self.learning_rate * error.mean()


ONE = {"x": normal(3, 1), "y": RNG.uniform(0.1, 0.9, size=(2, 1))}
RIGHT = {
    "data in the constructor": ((KeepsItsData(X, y),), {}),
    "the class itself": ((KeepsItsData,), {"x": X, "y": y}),
    "lists of columns": ((ListsOfColumns([3, 4, 2]),), ONE),
    "query and train": ((Learns(3, 4, 2, 0.3),), {"inputs_list": X, "targets_list": T}),
    "loss and gradients": ((TwoLayers(3, 4, 6),), {"X": X, "y": np.array([0, 5, 2, 2, 1])}),
    "a layer": ((Dense(normal(3, 2), normal(2)),), {"x": X}),
    "a layer that steps": ((DenseThatSteps(3, 2),), {"input_data": X}),
    "a layer without weights": ((Rectifier(),), {"x": X}),
    "gradients in a dict": ((Whole(),), {"X": X, "T": T}),
    "steps in update": ((StepsInUpdate(),), {"X": X, "T": T}),
    "a loss beside the class": (
        (Learns(3, 4, 2, 0.3), lambda out, targets_list: np.sum((out.T - targets_list) ** 2) / 2),
        {"inputs_list": X, "targets_list": T},
    ),
    "fits": ((Perceptron(),), {"X": X, "t": RNG.uniform(0.1, 0.9, size=5)}),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_classes_are_not_blamed(case):
    functions, arguments = RIGHT[case]
    verdict = judge(*functions, **arguments)
    assert verdict, f"{verdict}"
    if case == "query and train":
        assert "learning rate 0.3" in f"{verdict.notes}"


def test_the_quantities_are_the_weights_and_they_keep_their_names():
    names = {each.quantity for each in judge(ListsOfColumns([3, 4, 2]), **ONE).findings}
    assert names == {"weights[0]", "weights[1]", "biases[0]", "biases[1]"}
    assert {each.quantity for each in judge(TwoLayers(3, 4, 6), X=X, y=np.arange(5)).findings} == {
        "W1",
        "b1",
        "W2",
        "b2",
    }
    assert {each.quantity for each in judge(Dense(normal(3, 2), normal(2)), x=X).findings} == {"x", "W", "b"}


def test_the_object_itself_is_left_as_it_was():
    net = KeepsItsData(X, y)
    before = net.weights1.copy()
    judge(net)
    assert np.array_equal(net.weights1, before)


def wrong(verdict):
    return {each.quantity: each.name for each in verdict.findings if not each.right}


def test_mistakes_are_found_where_they_are():
    net = KeepsItsData(X, y)
    net.wrong = 0.5
    assert [*wrong(judge(net))] == ["weights1"]
    layer = Dense(normal(3, 2), normal(2))
    layer.backward = lambda dout: None
    assert wrong(judge(layer, x=X)).keys() == {"x", "W", "b"}
    assert [*wrong(judge(PassesErrorsAsTheyAre(3, 4, 2, 0.3), inputs_list=X, targets_list=T))] == ["wih"]

    class Climbs(Perceptron):
        def fit(self, X, t, epochs=1):
            error = self.predict(X) - t
            self.w += self.learning_rate * X.T @ error / len(t)
            self.b += self.learning_rate * error.mean()

    climbing = wrong(judge(Climbs(), X=X, t=RNG.uniform(0.1, 0.9, size=5)))
    assert climbing.keys() == {"w", "b"}


def test_a_class_that_cannot_be_judged_says_what_it_has():
    class Nothing:
        def predict(self, X):
            return X

        def loss(self, X):
            return 0.0

    with pytest.raises(
        TypeError, match="Nothing has no method for a backward pass or a step: it has loss, predict"
    ):
        judge(Nothing(), X=X)


class OneNumber:
    """A regression whose bias is no array."""

    def __init__(self, bias):
        self.w, self.b, self.reg, self.steps = normal(3), bias, 0.01, 0

    def forward(self, X):
        return sigmoid(X @ self.w + self.b)

    def loss(self, X, y):
        p = self.forward(X)
        cross = np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        return self.reg * self.w @ self.w - cross

    def step(self, X, y, lr):
        err = self.forward(X) - y
        self.steps += 1
        self.w -= lr * (X.T @ err / len(y) + 2 * self.reg * self.w)
        self.b = self.moved(err, lr)
        self.reg *= 0.99

    def moved(self, err, lr):
        return self.b - lr * err.mean()


LABELS = np.array([0.0, 1.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize("bias", [0.0, 0, np.float64(0.5), np.array(0.0)], ids=lambda b: repr(b))
def test_a_bias_that_is_a_number_is_judged(bias):
    verdict = judge(OneNumber(bias), X=X, y=LABELS)
    assert verdict, f"{verdict}"
    assert {each.quantity for each in verdict.findings} == {"w", "b"}
    for mistake, named in (
        (lambda self, err, lr: self.b + lr * err.mean(), "sign flipped"),
        (lambda self, err, lr: self.b - lr * err.sum(), "1/m missing"),
        (lambda self, err, lr: self.b, "zero"),
    ):
        net = type("Wrong", (OneNumber,), {"moved": mistake})(bias)
        assert wrong(judge(net, X=X, y=LABELS)) == {"b": named}


class ANeuron:
    """It learns from one sample, and its output is a number."""

    def __init__(self):
        self.weights, self.bias = normal(3), 0.25

    def forward(self, x):
        return np.tanh(self.weights @ x + self.bias)

    def train(self, x, target, lr=0.1):
        out = self.forward(x)
        delta = (out - target) * (1 - out**2)
        self.weights -= lr * delta * x
        self.bias = self.moved(delta, lr)

    def moved(self, delta, lr):
        return self.bias - lr * delta


@pytest.mark.parametrize("target", [0.3, np.array([0.3])], ids=["number", "array"])
def test_the_one_number_that_a_neuron_gives_is_no_loss(target):
    verdict = judge(ANeuron(), x=X[0], target=target)
    assert verdict, f"{verdict}"
    net = type("Wrong", (ANeuron,), {"moved": lambda self, delta, lr: self.bias + lr * delta})()
    assert wrong(judge(net, x=X[0], target=target)) == {"bias": "sign flipped"}
