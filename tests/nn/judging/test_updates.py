"""A class whose code writes no loss: the sign of its gradients is known by the way in which it steps, and how
far it does by its rate.
"""

import ast

import pytest

from nn.judging.submitted_file import judge_file
from nn.judging.updates import direction_in, rate_in

pytestmark = pytest.mark.long

NETWORK = """
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

class Network(object):
    def __init__(self, sizes):
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(self, x, y):
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(sigmoid(np.dot(w, activations[-1]) + b))
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        delta = self.cost_derivative(activations[-1], y) * activations[-1] * (1 - activations[-1])
        nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, activations[-2].transpose())
        for l in range(2, len(self.weights) + 1):
            delta = np.dot(self.weights[-l + 1].transpose(), delta) * activations[-l] * (1 - activations[-l])
            nabla_b[-l], nabla_w[-l] = delta, np.dot(delta, activations[-l - 1].transpose())
        return nabla_b, nabla_w

    def cost_derivative(self, output_activations, y):
        return {slope}
"""
STEP = """
    def update_mini_batch(self, mini_batch, eta):
        for x, y in mini_batch:
            nabla_b, nabla_w = self.backprop(x, y)
            self.weights = [w {sign} (eta / len(mini_batch)) * nw for w, nw in zip(self.weights, nabla_w)]
            self.biases = [b {sign} (eta / len(mini_batch)) * nb for b, nb in zip(self.biases, nabla_b)]
"""


@pytest.mark.parametrize(
    "slope, sign, outcome, said",
    [
        ("output_activations - y", "-", "right", "No loss is written"),
        (
            "2 * (output_activations - y)",
            "-",
            "right",
            "They are 2 times the gradient of that loss: of which factor",
        ),
        ("y - output_activations", "+", "right", "No loss is written"),
        ("y - output_activations", "-", "wrong", "subtracts them from the weights, so its steps go uphill"),
        ("output_activations - y", "+", "right", "adds them to the weights, so its steps go uphill"),
        ("y - output_activations", "", "right", "of which factor and of which sign"),
    ],
)
def test_the_sign_of_a_loss_that_is_not_written_follows_from_the_step(tmp_path, slope, sign, outcome, said):
    path = tmp_path / "network.py"
    path.write_text(NETWORK.format(slope=slope) + (STEP.format(sign=sign) if sign else ""))
    verdict = judge_file(path)
    assert verdict.outcome == outcome
    assert any(said in note for note in verdict.notes)
    if outcome == "wrong":
        assert {row.name for row in verdict} == {"sign flipped"}


@pytest.mark.parametrize(
    "body, direction",
    [
        ("W1 -= learning_rate * dW1", -1),
        ("params['W1'] = params['W1'] - lr * grads['dW1']", -1),
        ("self.W1 += self.lr * step", 1),
        ("dW1 = -back(x)\n    W1 -= lr * dW1", 0),
        ("W1 -= lr * dW1\n    W2 += lr * dW2", 0),
        ("W1 -= lr * dW1\n    b1 += db1", 0),
        ("velocity = 0.9 * velocity - lr * dW1\n    W1 += velocity", 0),
        ("lr -= decay * lr", 0),
    ],
)
def test_only_a_plain_step_tells_the_direction(body, direction):
    assert direction_in(f"def step(self):\n    {body}\n") == direction


def test_steps_at_the_top_level_count_too():
    step = "def step(W, dW, lr):\n    return W - lr * dW\n\n"
    assert direction_in(step) == -1
    assert direction_in(f"{step}W1 += lr * step_of(W1)\n") == 0
    assert direction_in("def step(:") == 0


@pytest.mark.parametrize(
    "body, rate",
    [
        ("W -= lr * dW; b = b - lr * db", 0.3),
        ("W -= lr * X.T @ d / m; b -= lr * np.sum(d) / m", 0.3),
        ("self.W += self.lr * self.dW; self.b += self.lr * self.db", 0.3),
        ("W += 0.5 * X.T @ d; b += 0.5 * d.sum(axis=0)", 0.5),
        ("W += np.dot(X.T, d); b += d.sum(axis=0)", 1.0),
        ("step = lr * dW; W -= step; other = lr * db; b -= other", 0.3),
        ("W -= lr * dW; b -= 0.5 * lr * db", 0.3),  # a half of theirs, which is told
        ("W -= lr * dW", None),  # nothing is known of b
        ("W -= lr * dW; b -= eta * db", None),
        ("W -= adam(dW); b -= adam(db)", None),
        ("v = mu * v - lr * dW; W += v; b -= lr * db", None),
        ("g = 0.9 * g + 0.1 * dW; W -= lr * g; b -= lr * db", None),
        ("momentum = 0.9; W -= lr * dW; b -= lr * db", None),
        ("d = lr * d; W -= X.T @ d; b -= d.sum(axis=0)", None),  # it is somewhere else
        ("W += -epsilon * dW; b += -epsilon * db", None),  # a rate by another name
        ("dW = 0.01 * X.T @ d; W -= dW; b -= d.sum(axis=0)", None),
    ],
)
def test_a_rate_is_known_only_from_plain_steps(body, rate):
    assert rate_in(ast.parse(body), {"W", "b"}, {"lr": 0.3, "eta": 0.2}) == rate


def test_the_rate_of_a_class_goes_before_a_number_of_the_file():
    steps = ast.parse("W -= lr * dW")
    assert rate_in(steps, {"W"}, {"lr": 0.3}, own=0.2) == 0.2
    assert rate_in(ast.parse("W -= lr * dW; alpha = 2"), {"W"}, {}, own=0.2) is None


LINEAR = """
import numpy as np

X = np.random.randn(50, 3)
y = X @ np.array([[1.0, 0.3], [-2.0, 0.2], [0.5, 0.1]])
W = np.zeros((3, 2))
{kept}
for epoch in range(200):
    pred = X @ W
    loss = 0.5 * np.sum((pred - y) ** 2)
    dW = {dW}
    {step}
"""


@pytest.mark.parametrize(
    "kept, step",
    [
        ("lr = 0.1", "W -= np.multiply(lr, dW)"),
        ("pace = np.float64(0.1)", "W = W - pace * dW"),
        ("settings = {'pace': 0.1}", "W -= settings['pace'] * dW"),
        ("lr0 = 0.1", "lr = lr0 / (1 + 0.01 * epoch)\n    W[:] -= lr * dW"),
        ("v, lr, mu = np.zeros_like(W), 0.1, 0.9", "v = mu * v - lr * dW\n    W += v"),
        ("lr = 0.1", "dW = np.clip(dW, -90, 90)\n    W -= lr * dW"),
    ],
)
def test_a_rate_is_known_from_what_their_variables_hold(tmp_path, kept, step):
    path = tmp_path / "linear.py"
    path.write_text(LINEAR.format(kept=kept, step=step, dW="X.T @ (pred - y)"))
    assert judge_file(path)
    path.write_text(LINEAR.format(kept=kept, step=step, dW="0.7 * X.T @ (pred - y)"))
    assert judge_file(path).outcome == "wrong"


def test_a_number_in_a_gradient_is_no_number_of_samples(tmp_path):
    path = tmp_path / "linear.py"
    for factor, outcome in (("lr", "right"), ("lr * 5", "wrong")):
        step = f"W = W - {factor} * X.T @ (pred - y)"
        path.write_text(LINEAR.format(kept="lr = 0.1", step=step, dW="None"))
        assert judge_file(path).outcome == outcome
