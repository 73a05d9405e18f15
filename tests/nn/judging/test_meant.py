"""A forward pass that is not what its name or its targets say is told apart from a wrong gradient."""

import numpy as np
import pytest

from nn import judge
from tests.nn.judged import twins

RNG = np.random.default_rng(2)
x, gamma, beta = RNG.normal(size=(5, 4)), RNG.uniform(0.5, 2.0, size=4), RNG.normal(size=4)
LAYERS = twins.corrected("layers")


def softmax_forward(x):
    e = np.exp(x)
    p = e / e.sum()
    return p, p


def softmax_backward(dout, p):
    return p * (dout - np.sum(dout * p))


def relu_forward(x):
    return x * 1.0, x


def relu_backward(dout, x):
    return dout * 1.0


def batchnorm_forward(x, gamma, beta):
    mu, s = x.mean(axis=1, keepdims=True), np.sqrt(x.var(axis=1, keepdims=True) + 1e-8)
    z = (x - mu) / s
    return gamma * z + beta, (z, gamma, s)


def batchnorm_backward(dout, cache):
    z, gamma, s = cache
    dz = dout * gamma
    dx = (dz - dz.mean(axis=1, keepdims=True) - z * (dz * z).mean(axis=1, keepdims=True)) / s
    return dx, (dout * z).sum(axis=0), dout.sum(axis=0)


def affine_forward(x, w, b):
    return x @ w + 0 * b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, 0 * dout.sum(axis=0)


WRONG = {
    "softmax over all numbers": (softmax_forward, softmax_backward, dict(x=x)),
    "no activation": (relu_forward, relu_backward, dict(x=x)),
    "batch normalisation over the wrong axis": (
        batchnorm_forward, batchnorm_backward, dict(x=x, gamma=gamma, beta=beta),
    ),
    "no bias": (affine_forward, affine_backward, dict(x=x, w=RNG.normal(size=(4, 3)), b=RNG.normal(size=3))),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_layer_that_is_not_what_it_is_called(name):
    forward, backward, arguments = WRONG[name]
    verdict = judge(forward, backward, **arguments)
    assert not verdict
    assert [(each.quantity, each.name) for each in verdict.findings if not each.right] == [("forward", name)]


RIGHT = {
    "softmax": dict(x=x),
    "relu": dict(x=x),
    "sigmoid": dict(x=x),
    "batchnorm": dict(x=x, gamma=gamma, beta=beta),
    "layernorm": dict(x=x, gamma=gamma, beta=beta),
    "affine": dict(x=x, w=RNG.normal(size=(4, 3)), b=RNG.normal(size=3)),
}
BACKWARD = dict(
    softmax="softmax_elementwise", relu="relu_without_dout", sigmoid="sigmoid_of_the_output",
    batchnorm="batchnorm_gamma_without_x_hat", layernorm="layernorm_variance_forgotten",
    affine="affine_bias_mean",
)  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_layers_that_are_what_they_are_called(name):
    assert judge(getattr(LAYERS, f"{name}_forward"), getattr(LAYERS, BACKWARD[name]), **RIGHT[name])


def classifier(axis):
    def loss_and_grads(W, X, Y):
        Z = X @ W
        E = np.exp(Z)
        P = E / E.sum(axis=axis, keepdims=True)
        dP = -Y / P
        dZ = P * (dP - (dP * P).sum(axis=axis, keepdims=True))
        return -np.sum(Y * np.log(P)), {"W": X.T @ dZ}

    return loss_and_grads


def test_softmax_over_the_samples():
    arguments = dict(W=RNG.normal(size=(4, 3)), X=x, Y=np.eye(3)[[0, 1, 2, 1, 0]])
    assert judge(classifier(1), **arguments)
    verdict = judge(classifier(0), **arguments)
    (wrong,) = [each for each in verdict.findings if not each.right]
    assert (wrong.quantity, wrong.name) == ("forward", "softmax over the wrong axis")
    assert "P adds up to 1 along axis 0" in wrong.text and "P = E / E.sum(" in wrong.text


def test_a_broadcast_that_was_not_meant():
    def squares(W, X, y):
        out = X @ W
        e = out - y
        return np.mean(e**2), {"W": 2 / e.size * X.T @ e.sum(axis=1, keepdims=True)}

    verdict = judge(squares, W=RNG.normal(size=(4, 1)), X=x, y=RNG.normal(size=5))
    (wrong,) = [each for each in verdict.findings if not each.right]
    assert wrong.name == "a broadcast where none was meant" and "out has shape (5, 1)" in wrong.text
    assert judge(squares, W=RNG.normal(size=(4, 1)), X=x, y=RNG.normal(size=(5, 1)))
