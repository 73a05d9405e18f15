"""Errors of NumPy are explained at the line of theirs that raised them, with the shapes that are there."""

import numpy as np
import pytest

from nn import judge
from tests.nn.judging.test_functions import LINE, normal

NET = dict(W1=normal(3, 4), W2=normal(4, 2), b2=normal(2), X=normal(6, 3), y=np.array([0, 1, 1, 0, 1, 0]))


def product(w, X, t):
    e = X @ w - t
    return np.sum(e**2), X @ e


def dotted(W1, W2, b2, X, y):
    A1 = np.tanh(X.dot(W1))
    P = A1.dot(W2) + b2
    dZ2 = P
    return P.sum(), {"W2": A1.T.dot(dZ2), "W1": np.dot(X.T, dZ2.dot(W2))}


def elementwise(W1, W2, b2, X, y):
    A1 = np.tanh(X @ W1)
    dA1 = (A1 @ W2 + b2) @ W2.T
    return A1.sum(), {"W1": X.T * dA1}


def into_the_bias(W1, W2, b2, X, y):
    Z = np.tanh(X @ W1) @ W2 + b2
    grads = np.zeros_like(b2)
    grads += Z
    return Z.sum(), {"b2": grads}


def index_of_a_label(W1, W2, b2, X, y):
    P = np.tanh(X @ W1) @ W2 + b2
    P[np.arange(len(y)), y + 1] -= 1
    return P.sum(), {"W1": W1}


def labels_as_floats(W1, W2, b2, X, y):
    P = np.tanh(X @ W1) @ W2 + b2
    loss = P.sum()
    P[range(len(y)), y.astype(float)] -= 1
    return loss, {"W1": W1}


def key(W1, W2, b2, X, y):
    cache = {"A1": np.tanh(X @ W1), "Z2": 1.0}
    return cache["A1"].sum(), {"W1": cache["a1"]}


def nothing_returned(W1, W2, b2, X, y):
    def softmax_backward(dout):
        dout * 2

    A1 = np.tanh(X @ W1)
    return A1.sum(), {"W1": X.T @ softmax_backward(A1)[0]}


def axis(W1, W2, b2, X, y):
    A1 = np.tanh(X @ W1).sum(axis=1)
    return A1.sum(), {"W1": A1.sum(axis=1)}


def decided(W1, W2, b2, X, y):
    A1 = np.tanh(X @ W1)
    dA1 = A1 if np.sum(A1) > 1e9 or (A1 > 0) else 0
    return A1.sum(), {"W1": X.T @ dA1}


CASES = [
    (product, ["X has shape (5, 3) and e has (5,)", "as many columns on the left"]),
    (dotted, ["dZ2 has shape (6, 2) and W2 has (4, 2)", "dZ2 @ W2.T would fit"]),
    (elementwise, ["X.T has shape (3, 6) and dA1 has (6, 4)", "product of matrices, @, meant?"]),
    (into_the_bias, ["has shape (6,2)", "sum over the samples been forgotten, or keepdims=True?"]),
    (index_of_a_label, ["Indices count from 0, so the last of 2 is 1"]),
    (labels_as_floats, ["y.astype(int)"]),
    (key, ["cache has the keys 'A1', 'Z2'"]),
    (nothing_returned, ["without return"]),
    (axis, ["keepdims=True keeps the axis"]),
    (decided, ["np.where, or a product with a mask"]),
]


@pytest.mark.parametrize("function, said", CASES, ids=lambda each: getattr(each, "__name__", ""))
def test_what_numpy_says_is_explained(function, said):
    verdict = judge(function, **(LINE if function is product else NET))
    assert not verdict
    text = verdict.findings[0].text
    for each in (*said, f"in {function.__name__}", "line "):
        assert each in text or (function is nothing_returned and "in " in each), text


def test_where_numbers_stop_to_be_finite_is_said():
    def gradient(w, X, t):
        a = np.maximum(0, X @ w)
        loss = np.sum((a - t) ** 2)
        da = 2 * (a - t)
        ratio = da / a * 0
        return loss, X.T @ (da * (a > 0) + ratio)

    text = judge(gradient, **dict(LINE, w=-np.abs(LINE["w"]), X=np.abs(LINE["X"]))).findings[0].text
    assert "ratio is the first that is not finite" in text and "ratio = da / a * 0" in text
    assert "0/0 is nan" in text

    def loss(w, X, t):
        inside = np.log(X @ w)
        return np.sum(inside), X.T @ inside

    text = judge(loss, **dict(LINE, w=-np.abs(LINE["w"]), X=np.abs(LINE["X"]))).findings[0].text
    assert "inside is the first that is not finite" in text and "of a negative number nan" in text
