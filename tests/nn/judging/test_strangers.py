"""Files as strangers write them, with what no name says: loops at the top level, global weights, data that is
not there, shapes that follow from the code. They are judged as they are, right ones and wrong ones.
"""

import numpy as np
import pytest

from nn.judging.asking import Submission
from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

LOOP = """
import numpy as np
from matplotlib import pyplot as plt

def squash(v, slope=False):
    if slope:
        return v * (1 - v)
    return 1 / (1 + np.exp(-v))

inputs = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]])
targets = np.array([[1, 1, 0, 0]]).T
first = 2 * np.random.random((3, 5)) - 1
second = 2 * np.random.random((5, 1)) - 1
for step in range(50000):
    hidden = squash(inputs @ first)
    guess = squash(hidden @ second)
    miss = targets - guess
    if step % 10000 == 0:
        print("off by", np.abs(miss).mean())
    push = miss * squash(guess, slope=True)
    back = push @ second.T * squash(hidden, slope=True)
    second += hidden.T @ push
    first += inputs.T @ back
plt.plot(guess)
"""
LINE = """
import pandas as pd

table = pd.read_csv("houses.csv")
x, y = table["area"].values, table["price"].values
slope, offset, rate = 0, 0, 0.001
n = len(x)
for _ in range(1000):
    y_hat = slope * x + offset
    d_slope = -2 / n * sum(x * (y - y_hat))
    d_offset = -2 / n * sum(y - y_hat)
    slope = slope - rate * d_slope
    offset = offset - rate * d_offset
"""
GLOBALS = """
import numpy as np

text = open("novel.txt").read()
vocab_size, hidden_size = len(set(text)), 128
Wx = np.random.randn(hidden_size, vocab_size) * 0.01
Wh = np.random.randn(hidden_size, hidden_size) * 0.01
Wy = np.random.randn(vocab_size, hidden_size) * 0.01
bh, by = np.zeros((hidden_size, 1)), np.zeros((vocab_size, 1))

def unrolled(inputs, targets, h_prev):
    states, probs, loss = {-1: h_prev}, {}, 0.0
    for t, word in enumerate(inputs):
        one = np.zeros((vocab_size, 1))
        one[word] = 1
        states[t] = np.tanh(Wx @ one + Wh @ states[t - 1] + bh)
        e = np.exp(Wy @ states[t] + by)
        probs[t] = e / e.sum()
        loss -= np.log(probs[t][targets[t], 0])
    dWx, dWh, dWy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy)
    dbh, dby, from_next = np.zeros_like(bh), np.zeros_like(by), np.zeros_like(h_prev)
    for t in reversed(range(len(inputs))):
        one = np.zeros((vocab_size, 1))
        one[inputs[t]] = 1
        dy = probs[t].copy()
        dy[targets[t]] -= 1
        dWy += dy @ states[t].T
        dby += dy
        dz = (Wy.T @ dy + from_next) * (1 - states[t] ** 2)
        dWx += dz @ one.T
        dWh += dz @ states[t - 1].T
        dbh += dz
        from_next = Wh.T @ dz
    return loss, dWx, dWh, dWy, dbh, dby, states[len(inputs) - 1]
"""
LAYERS = """
import numpy as np

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases
    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T

class CrossEntropy:
    def forward(self, y_pred, y_true):
        return -np.log(np.sum(y_pred * y_true, axis=1))
    def backward(self, dvalues, y_true):
        self.dinputs = -y_true / dvalues / len(dvalues)

class SoftmaxWithCrossEntropy:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return CrossEntropy().forward(self.output, y_true).mean()
    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / len(dvalues)
"""
CELL = """
import numpy as np

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-a[:, k * H:(k + 1) * H])) for k in range(3))
    g = np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    t = np.tanh(next_c)
    return o * t, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, t)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, t = cache
    dc = dnext_c + dnext_h * o * (1 - t ** 2)
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o),
                    dc * i * (1 - g ** 2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)

def word_embedding_forward(x, W):
    return W[x], (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW
"""
NET = """
import numpy as np

class TwoLayers(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {"W1": std * np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
                       "W2": std * np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size)}
    def loss(self, X, y=None, reg=0.0):
        p, N = self.params, len(X)
        h = np.maximum(0, X @ p["W1"] + p["b1"])
        scores = h @ p["W2"] + p["b2"]
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(probs[range(N), y]).mean() + reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        ds = probs
        ds[range(N), y] -= 1
        ds /= N
        dh = ds @ p["W2"].T * (h > 0)
        grads = {"W2": h.T @ ds + 2 * reg * p["W2"], "b2": ds.sum(axis=0),
                 "W1": X.T @ dh + 2 * reg * p["W1"], "b1": dh.sum(axis=0)}
        return loss, grads
    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
"""
FILES = {"loop": LOOP, "line": LINE, "globals": GLOBALS, "layers": LAYERS, "cell": CELL, "net": NET}


@pytest.fixture
def judged(tmp_path):
    def judge(source):
        file = tmp_path / "theirs.py"
        file.write_text(source, encoding="utf-8")
        return {(row.judged.partition(",")[0], row.on): row for row in judge_file(file)}

    return judge


@pytest.mark.parametrize("name", FILES)
def test_right_ones_are_judged_and_not_blamed(judged, name):
    rows = judged(FILES[name])
    assert rows and all(row.right for row in rows.values()), {key: row.text for key, row in rows.items()}


@pytest.mark.parametrize(
    ("name", "old", "new", "mistake"),
    [
        ("loop", "back = push @ second.T", "back = miss @ second.T", "miss for push"),
        ("loop", "* squash(hidden, slope=True)", "", "sigmoid′ missing"),
        ("line", "d_offset = -2 / n", "d_offset = 2 / n", "sign flipped"),
        ("globals", "dWy += dy @", "dWy = dy @", "= for +="),
        ("globals", "dy[targets[t]] -= 1", "pass", "P for P - Y"),
        (
            "layers",
            "self.dweights = self.inputs.T @ dvalues",
            "self.dweights = self.inputs.T @ dvalues / 5",
            "m",
        ),
        ("cell", "np.add.at(dW, x, dout)", "dW[x] += dout", ""),
        ("cell", "dc = dnext_c + dnext_h", "dc = dnext_h", ""),
        ("net", '+ 2 * reg * p["W1"]', "", "penalty"),
        ("net", "ds /= N", "pass", "1/m missing"),
    ],
)
def test_wrong_ones_are_named(judged, name, old, new, mistake):
    assert old in FILES[name]
    wrong = [row for row in judged(FILES[name].replace(old, new)).values() if not row.right]
    first = [row for row in wrong if not row.follows]
    assert first and all(row.outcome == "wrong" for row in wrong)
    assert mistake in first[0].name or any(each in first[0].name for each in mistake.split("|"))


PENALISED = """
import numpy as np

def fit(X, y, hidden=3, rate=0.01, decay=0.05, rounds=500, verbose=False):
    W1, b1 = np.random.randn(X.shape[1], hidden), np.zeros((1, hidden))
    W2, b2 = np.random.randn(hidden, 6), np.zeros((1, 6))
    for i in range(rounds):
        h = np.tanh(X @ W1 + b1)
        e = np.exp(h @ W2 + b2)
        probs = e / e.sum(axis=1, keepdims=True)
        d = probs.copy()
        d[range(len(X)), y] -= 1
        dW2, db2 = h.T @ d + decay * W2, d.sum(axis=0, keepdims=True)
        dh = d @ W2.T * (1 - h ** 2)
        dW1, db1 = X.T @ dh + decay * W1, dh.sum(axis=0, keepdims=True)
        W1 -= rate * dW1
        b1 -= rate * db1
        W2 -= rate * dW2
        b2 -= rate * db2
        if verbose:
            print(i)
    return W1, b1, W2, b2
"""


def test_a_penalty_of_a_loss_that_nobody_wrote_down_is_no_mistake(judged):
    rows = judged(PENALISED)
    assert len(rows) == 4 and all(row.right for row in rows.values())
    other = judged(PENALISED.replace("+ decay * W1", ""))
    assert not other["loop in fit", "W2"].right and other["loop in fit", "b2"].right


SUMS = """
def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return dout.dot(w.T), x.T.dot(dout), dout.sum(axis=1)
"""


def test_no_example_is_taken_on_which_the_wrong_axis_makes_no_difference(judged):
    rows = judged(SUMS)
    assert [on for (_, on), row in rows.items() if not row.right] == ["b"]
    assert all(row.right for row in judged(SUMS.replace("axis=1", "axis=0")).values())


WORDS = """
import numpy as np
from helpers import gradcheck

def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()

def skipgram_loss_and_gradient(centerVec, outsideIdx, outsideVectors):
    p = softmax(outsideVectors @ centerVec)
    loss = -np.log(p[outsideIdx])
    d = p.copy()
    d[outsideIdx] -= 1
    print("." * 500_000)
    return loss, outsideVectors.T @ d, np.outer(d, centerVec)
"""


def test_an_index_is_a_number_and_floods_of_print_are_no_error(judged):
    assert all(row.right for row in judged(WORDS).values())
    wrong = judged(WORDS.replace("    d[outsideIdx] -= 1\n", ""))
    assert [row.name for row in wrong.values()] == ["p for p - Y"] * 2


LOGISTIC = """
import numpy as np

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T) * A * (1 - A)
    db = 1 / m * np.sum(A - Y)
    return {"dw": dw, "db": db}, cost
"""


def test_a_loss_of_several_readings_of_one_array_is_searched_too(judged):
    rows = judged(LOGISTIC)
    assert not all(row.right for row in rows.values())
    assert all(row.right for row in judged(LOGISTIC.replace(" * A * (1 - A)\n", "\n")).values())


def test_weights_made_at_random_are_the_same_whenever_a_file_is_judged(tmp_path):
    """At the top level, in a constructor, in an example; and in the process that records."""
    source = """
import numpy as np
fixed = np.random.rand(3)

class Net:
    def __init__(self):
        self.W = np.random.rand(3, 2)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T

def scaled_forward(x):
    return x * fixed, x

def scaled_backward(dout, cache):
    return dout * fixed

def example():
    return {"x": np.random.rand(4, 3)}
"""
    (tmp_path / "theirs.py").write_text(source, encoding="utf-8")
    drawn = []
    for recording in (False, True):
        with Submission(tmp_path / "theirs.py", 20.0, recording) as submission:
            pieces = [[str(tmp_path / "theirs.py"), source]]
            submission.ask(do="define", file=str(tmp_path / "theirs.py"), pieces=pieces, whole=False)
            options = {"init": None, "is_object": False, "methods": {}}
            functions = ["scaled_forward", "scaled_backward"]
            example = submission.ask(do="call", function="example")
            made = submission.ask(do="make", functions=functions, arguments=example, **options)
            out = submission.ask(do="forward", number=made["number"], arguments=example)
            net = {"functions": ["Net"], "arguments": {"x": np.ones((4, 3))}, **options, "is_object": True}
            weights = submission.ask(do="make", **{**net, "init": {}})["flat"]
            drawn.append([example["x"], out, *(weights[name] for name in sorted(weights))])
    for one, other in zip(*drawn):
        np.testing.assert_array_equal(one, other)
