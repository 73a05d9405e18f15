"""Files in forms that courses and posts have made known: what they hand on, and where they leave it."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

LEFT_IN_ATTRIBUTES = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)
        self.out_g = None
    def forward(self, x):
        self.x = x
        self.out = x @ self.W + self.b
        return self.out
    def backward(self):
        self.W_g = self.x.T @ self.out_g
        self.b_g = self.out_g.sum(axis=0)
        self.x_g = self.out_g @ self.W.T

class Tanh:
    def forward(self, x):
        self.x = x
        self.out = np.tanh(x)
        return self.out
    def backward(self):
        self.x_g = self.out_g * (1 - self.out ** 2)
"""
UNDER_MAIN = """
import numpy as np

class Layer:
    def forward(self, x):
        raise NotImplementedError
    def backward(self, grad, lr):
        raise NotImplementedError

class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
        self.bias = np.zeros((1, n_out))
    def forward(self, x):
        self.input = x
        return x @ self.weights + self.bias
    def backward(self, grad, lr):
        dx = grad @ self.weights.T
        self.weights -= lr * self.input.T @ grad
        self.bias -= lr * grad.sum(axis=0, keepdims=True)
        return dx

class ReLU(Layer):
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask
    def backward(self, grad, lr):
        return grad * self.mask

class Sequential:
    def __init__(self, *layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, grad, lr):
        for layer in reversed(self.layers):
            grad = layer.backward(grad, lr)
    def train_step(self, x, y, lr=0.1):
        out = self.forward(x)
        loss = np.mean((out - y) ** 2)
        self.backward(2 * (out - y) / y.size, lr)
        return loss

if __name__ == "__main__":
    X = np.random.randn(64, 2)
    Y = X[:, :1] * X[:, 1:]
    net = Sequential(Dense(2, 8), ReLU(), Dense(8, 1))
    for epoch in range(100):
        print(net.train_step(X, Y))
"""
BETWEEN = """
import numpy as np

def softmax(z):
    e = np.exp(z - np.max(z, axis=0))
    return e / np.sum(e, axis=0)

def forward_prop(x, W1, W2, b1, b2):
    h = np.dot(W1, x) + b1
    h = np.maximum(0, h)
    z = np.dot(W2, h) + b2
    return z, h

def compute_cost(y, yhat, batch_size):
    logprobs = np.multiply(np.log(yhat), y)
    cost = -1 / batch_size * np.sum(logprobs)
    return cost

def back_prop(x, yhat, y, h, W1, W2, b1, b2, batch_size):
    l1 = np.dot(W2.T, yhat - y)
    l1[h <= 0] = 0
    grad_W1 = np.dot(l1, x.T) / batch_size
    grad_W2 = np.dot(yhat - y, h.T) / batch_size
    grad_b1 = np.sum(l1, axis=1, keepdims=True) / batch_size
    grad_b2 = np.sum(yhat - y, axis=1, keepdims=True) / batch_size
    return grad_W1, grad_W2, grad_b1, grad_b2

def gradient_descent(data, word2Ind, N, V, num_iters, alpha=0.03):
    W1, W2, b1, b2 = initialize_model(N, V, random_seed=282)
    batch_size = 128
    for x, y in get_batches(data, word2Ind, V, 2, batch_size):
        z, h = forward_prop(x, W1, W2, b1, b2)
        yhat = softmax(z)
        cost = compute_cost(y, yhat, batch_size)
        grad_W1, grad_W2, grad_b1, grad_b2 = back_prop(x, yhat, y, h, W1, W2, b1, b2, batch_size)
        W1 -= alpha * grad_W1
        W2 -= alpha * grad_W2
        b1 -= alpha * grad_b1
        b2 -= alpha * grad_b2
    return W1, W2, b1, b2
"""
WITHOUT_PENALTY = """
import numpy as np

def loss(X, Y, W):
    Z = -X @ W
    return (np.trace(X @ W @ Y.T) + np.sum(np.log(np.sum(np.exp(Z), axis=1)))) / len(X)

def gradient(X, Y, W, mu):
    E = np.exp(-X @ W)
    P = E / E.sum(axis=1, keepdims=True)
    return X.T @ (Y - P) / len(X) + 2 * mu * W
"""
SAMPLED = """
import numpy as np
import random

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def getNegativeSamples(outsideWordIdx, dataset, K):
    negSampleWordIndices = [None] * K
    for k in range(K):
        newidx = dataset.sampleTokenIdx()
        while newidx == outsideWordIdx:
            newidx = dataset.sampleTokenIdx()
        negSampleWordIndices[k] = newidx
    return negSampleWordIndices

def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negSampleWordIndices = getNegativeSamples(outsideWordIdx, dataset, K)
    indices = [outsideWordIdx] + negSampleWordIndices
    u_o = outsideVectors[outsideWordIdx]
    z = sigmoid(np.dot(u_o, centerWordVec))
    loss = -np.log(z)
    gradCenterVec = (z - 1) * u_o
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    gradOutsideVecs[outsideWordIdx] += (z - 1) * centerWordVec
    for k in negSampleWordIndices:
        u_k = outsideVectors[k]
        s = sigmoid(-np.dot(u_k, centerWordVec))
        loss -= np.log(s)
        gradCenterVec += (1 - s) * u_k
        gradOutsideVecs[k] += (1 - s) * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs
"""
SIGNS = """
import numpy as np

class LinearSVM:
    def __init__(self, learning_rate=0.001, lambda_param=0.01, n_iters=1000):
        self.lr = learning_rate
        self.lambda_param = lambda_param
        self.n_iters = n_iters
        self.w = None
        self.b = None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        y_ = np.where(y <= 0, -1, 1)
        self.w = np.zeros(n_features)
        self.b = 0
        for _ in range(self.n_iters):
            for idx, x_i in enumerate(X):
                condition = y_[idx] * (np.dot(x_i, self.w) - self.b) >= 1
                if condition:
                    self.w -= self.lr * (2 * self.lambda_param * self.w)
                else:
                    self.w -= self.lr * (2 * self.lambda_param * self.w - np.dot(x_i, y_[idx]))
                    self.b -= self.lr * y_[idx]

    def predict(self, X):
        approx = np.dot(X, self.w) - self.b
        return np.sign(approx)
"""
RIGHT = [LEFT_IN_ATTRIBUTES, UNDER_MAIN, BETWEEN, WITHOUT_PENALTY, SAMPLED]


def told(path, text):
    path.write_text(text)
    return judge_file(path)


@pytest.mark.parametrize("text", RIGHT, ids=["attributes", "main", "between", "penalty", "sampled"])
def test_right_ones_are_told_right(tmp_path, text):
    verdict = told(tmp_path / "theirs.py", text)
    assert verdict, verdict


@pytest.mark.parametrize(
    "text, old, new, name",
    [
        (LEFT_IN_ATTRIBUTES, "self.out_g.sum(axis=0)", "self.out_g.mean(axis=0)", "1/m twice"),
        (UNDER_MAIN, "return grad * self.mask", "return grad", "relu′ missing"),
        (BETWEEN, "    l1[h <= 0] = 0\n", "", "relu′ missing"),
        (WITHOUT_PENALTY, "(Y - P)", "(P - Y)", "sign flipped"),
        (SAMPLED, "gradOutsideVecs[k] +=", "gradOutsideVecs[k] =", "= for +="),
    ],
    ids=["attributes", "main", "between", "penalty", "sampled"],
)
def test_wrong_ones_get_their_names(tmp_path, text, old, new, name):
    assert old in text
    wrong = [row for row in told(tmp_path / "theirs.py", text.replace(old, new)) if not row.right]
    assert wrong and {row.name for row in wrong} == {name}


def test_a_forward_pass_that_gives_signs_is_not_judged_by_its_gradient(tmp_path):
    assert told(tmp_path / "theirs.py", SIGNS).outcome == "not judged"
