"""Programs as courses and forums have them: recorded once, right on other batches, few array operations."""

import inspect

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from autodiff import lifted

N, D, H, C = 5, 4, 6, 3
CASES = {}


def case(oracle, *shapes, operations, gathers=0):
    """A function, its oracle in HIPS autograd, the shapes of its arguments, or a number of classes for N
    labels, and how many array operations and gathers (operands read by a table of places) it has at most."""

    def add(function):
        CASES[function.__name__] = (function, oracle, shapes, operations, gathers)
        return function

    return add


def draw(rng, shape):
    if isinstance(shape, int):
        return rng.integers(0, shape, size=N)
    if callable(shape):
        return shape(rng)
    return float(rng.uniform(0.5, 1.0)) if shape == () else rng.normal(size=shape)


def definite(n):
    def matrix(rng):
        a = rng.normal(size=(n, n))
        return a @ a.T + n * np.eye(n)

    return matrix


def log_probabilities(s):
    s = s - anp.max(s, axis=1, keepdims=True)
    return s - anp.log(anp.sum(anp.exp(s), axis=1, keepdims=True))


def two_layers(W1, b1, W2, b2, X):
    return anp.maximum(0.0, X @ W1 + b1) @ W2 + b2


def squares(W1, b1, W2, b2, X, Y):
    return anp.mean((two_layers(W1, b1, W2, b2, X) - Y) ** 2)


NET = ((D, H), (H,), (H, C), (C,), (N, D))


@case(
    lambda W1, b1, W2, b2, X, y: (
        -anp.mean(log_probabilities(two_layers(W1, b1, W2, b2, X))[np.arange(N), y]) + 0.05 * anp.sum(W1 * W1)
    ),
    *NET,
    C,
    operations=20,
)
def cross_entropy(W1, b1, W2, b2, X, y):
    N = len(X)
    h = np.maximum(0, X @ W1 + b1)
    s = h @ W2 + b2
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean() + 0.05 * np.sum(W1 * W1)
    return loss


@case(squares, *NET, (N, C), operations=8)
def with_dot(W1, b1, W2, b2, X, Y):
    h = np.maximum(np.dot(X, W1) + b1, 0)
    return np.mean(np.square(np.dot(h, W2) + b2 - Y))


@case(squares, *NET, (N, C), operations=8)
def with_einsum(W1, b1, W2, b2, X, Y):
    h = np.maximum(np.einsum("nd,dh->nh", X, W1) + b1, 0)
    return ((np.einsum("nh,hc->nc", h, W2) + b2 - Y) ** 2).mean()


@case(
    lambda W1, b1, W2, b2, X, y: (
        -anp.mean(log_probabilities(two_layers(W1, b1, W2, b2, X))[np.arange(N), y]) + 0.05 * anp.sum(W1 * W1)
    ),
    *NET,
    C,
    operations=20,
)
def with_einsum_and_one_hot_rows(W1, b1, W2, b2, X, y):
    Z = np.einsum("nd,dh->nh", X, W1) + b1[None]
    A = (Z > 0) * Z
    S = np.einsum("nh,hc->nc", A, W2) + b2[None]
    log_p = S - np.logaddexp.reduce(S, axis=1, keepdims=True)
    return -np.einsum("nc,nc->", np.eye(C)[y], log_p) / N + 0.05 * np.einsum("ij,ij", W1, W1)


@case(squares, *NET, (N, C), operations=8)
def with_loops(W1, b1, W2, b2, X, Y):
    total = 0.0
    for n in range(X.shape[0]):
        hidden = np.zeros(W1.shape[1])
        for j in range(W1.shape[1]):
            z = b1[j]
            for i in range(W1.shape[0]):
                z += X[n, i] * W1[i, j]
            hidden[j] = np.maximum(z, 0)
        for k in range(W2.shape[1]):
            out = b2[k]
            for j in range(len(hidden)):
                out += hidden[j] * W2[j, k]
            total += (out - Y[n, k]) ** 2
    return total / Y.size


def logistic_oracle(w, b, X, y):
    a = 1.0 / (1.0 + anp.exp(-(X @ w + b)))
    return -anp.mean(y * anp.log(a) + (1.0 - y) * anp.log(1.0 - a))


@case(logistic_oracle, (D,), (), (N, D), 2, operations=20)
def logistic_regression(w, b, X, y):
    a = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def margins_oracle(W, X, y):
    S = X @ W
    margins = anp.maximum(0.0, S - S[np.arange(N), y][:, None] + 1.0) * (np.arange(C) != y[:, None])
    return anp.sum(margins) / N + 0.1 * anp.sum(W * W)


@case(margins_oracle, (D, C), (N, D), C, operations=20)
def svm(W, X, y):
    count = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(count), y].reshape(count, 1)
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(count), y] = 0
    return np.sum(margins) / count + 0.1 * np.sum(W * W)


@case(
    lambda x, g, b, Y: anp.mean((g * (x - anp.mean(x, 0)) / anp.sqrt(anp.var(x, 0) + 1e-5) + b - Y) ** 2),
    (N, C),
    (C,),
    (C,),
    (N, C),
    operations=20,
)
def batch_normalisation(x, gamma, beta, Y):
    out = gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5) + beta
    return np.mean((out - Y) ** 2)


def kernel_oracle(X, y, T, t, h):
    K = anp.exp(-anp.sum((T[:, None] - X[None]) ** 2, -1) / (2.0 * h * h))
    return anp.mean(((K @ y) / anp.sum(K, 1) - t) ** 2)


@case(kernel_oracle, (6, 2), (6,), (4, 2), (4,), (), operations=20)
def kernel_regression(X, y, T, t, h):
    d = ((T[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)
    K = np.exp(-d / (2 * h**2))
    return np.mean((K @ y / K.sum(axis=1) - t) ** 2)


def kalman_oracle(x, P, A, Q, G, R, z):
    x, P = A @ x, A @ P @ A.T + Q
    K = anp.linalg.solve(G @ P @ G.T + R, G @ P).T
    return anp.sum((x + K @ (z - G @ x)) ** 2) + anp.trace(P - K @ G @ P)


@case(kalman_oracle, (3,), definite(3), (3, 3), definite(3), (2, 3), definite(2), (2,), operations=20)
def kalman_step(x, P, A, Q, G, R, z):
    x = A @ x
    P = A @ P @ A.T + Q
    S = G @ P @ G.T + R
    K = np.linalg.solve(S, G @ P).T
    return np.sum((x + K @ (z - G @ x)) ** 2) + np.trace(P - K @ G @ P)


@case(
    lambda E, W, t, y: -anp.mean(log_probabilities(E[t] @ W)[np.arange(N), y]),
    (7, D),
    (D, 7),
    7,
    7,
    operations=11,
)
def bigrams(wte, W, tokens, targets):
    losses = []
    for token, target in zip(tokens, targets):
        logits = wte[token] @ W
        logits = logits - logits.max()
        probs = np.exp(logits) / np.exp(logits).sum()
        losses.append(-np.log(probs[target]))
    return sum(losses) / len(losses)


@case(
    lambda W, X, y: -anp.sum(np.eye(C)[y] * log_probabilities(X @ W)) / N,
    (D, C),
    (N, D),
    C,
    operations=20,
)
def one_hot_rows(W, X, y):
    Y = np.eye(C)[y]
    s = X @ W
    P = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    return -(Y * np.log(P)).sum() / len(X)


@pytest.mark.parametrize("name", CASES)
def test_one_recording_is_right_on_ten_batches(name):
    function, oracle, shapes, operations, gathers = CASES[name]
    fast = lifted(function)
    rng = np.random.default_rng(0)
    names = [*inspect.signature(function).parameters]
    for _ in range(10):
        args = [draw(rng, shape) for shape in shapes]
        value, grads = fast.value_and_grad(*args)
        assert value == pytest.approx(oracle(*args), rel=1e-12)
        for place, argument in enumerate(names):
            if argument in grads:
                right = grad(oracle, place)(*args)
                scale = 1.0 + np.abs(right).max()
                np.testing.assert_allclose(grads[argument], right, rtol=1e-12, atol=1e-12 * scale)
    assert fast.recordings == 1
    assert len(fast.program) <= operations
    read = [access for step in fast.program.plan.steps for access in step.accesses if access.strides is None]
    assert len([each for each in read if not each.block or each.block.role != "constant"]) <= gathers
