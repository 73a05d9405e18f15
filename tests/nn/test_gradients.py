"""Scalar graph, matrix formulas and HIPS autograd give the same gradients.

The oracle's losses and activations are written here, from their definitions in the literature,
so a mistake in ``nn`` cannot repeat itself in them.
"""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import erf, erfc, expit, logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff.labels import gather
from nn import MLP, MatrixMLP
from nn.activations import ACTIVATIONS
from nn.compare import magnitudes
from nn.losses import LOSSES
from nn.module import read

G = {
    "linear": lambda z: z,
    "neg": lambda z: -z,
    "abs": anp.abs,
    "sin": anp.sin,
    "cos": anp.cos,
    "atan": anp.arctan,
    "tanh": anp.tanh,
    "sech": lambda z: 1.0 / anp.cosh(z),
    "asinh": anp.arcsinh,
    "erf": erf,
    "erfc": erfc,
    "normal_cdf": lambda z: 0.5 * erfc(-z / np.sqrt(2.0)),
    "sigmoid": expit,
    "softplus": lambda z: anp.logaddexp(0.0, z),
    "relu": lambda z: anp.where(z > 0.0, z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0.0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0.0, z, anp.expm1(anp.where(z > 0.0, 0.0, z))),
    "silu": lambda z: z * expit(z),
    "gelu": lambda z: z * 0.5 * erfc(-z / np.sqrt(2.0)),
}


def log_sigmoid(a):
    return -anp.logaddexp(0.0, -a)


# The loss of one sample, whose outputs a and targets y are vectors.
LOSS = {
    "mse": lambda a, y: anp.mean((a - y) ** 2),
    "mae": lambda a, y: anp.mean(anp.abs(a - y)),
    "hinge": lambda a, y: anp.mean(anp.where(y * a < 1.0, 1.0 - y * a, 0.0)),
    "binary_cross_entropy": lambda a, y: -anp.mean(y * log_sigmoid(a) + (1.0 - y) * log_sigmoid(-a)),
    "cross_entropy": lambda a, y: -anp.sum(y * (a - logsumexp(a))),
}


def oracle(model, X, Y, loss):
    """Gradients by name of the mean of the samples' losses."""
    names = [layer.activation.name for layer in model.layers]

    def J(params):
        samples = X.T
        for l, name in enumerate(names, start=1):
            samples = G[name](anp.dot(samples, params[f"W{l}"].T) + params[f"b{l}"])
        return sum(LOSS[loss](a, y) for a, y in zip(samples, Y.T, strict=True)) / len(samples)

    return grad(J)(model.state_dict())


@st.composite
def problems(draw, activation, loss):
    """A random network with weights and biases of size about 1, and a batch of random classes."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    if LOSSES[loss].two_outputs:
        sizes[-1] = max(sizes[-1], 2)
    n, m, seed = draw(st.integers(1, 9)), draw(st.integers(1, 12)), draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    output = draw(st.sampled_from(["linear", activation]))
    model = MLP(n, sizes, activation, output, seed=seed)
    model.load_state_dict({name: rng.normal(size=each.shape) for name, each in model.state_dict().items()})
    classes = rng.integers(0, max(sizes[-1], 2), m)
    return model, rng.normal(size=(n, m)), LOSSES[loss].from_classes(classes, sizes[-1])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=4)
@given(data=st.data())
def test_scalar_and_matrix_gradients_agree_with_each_other_and_with_an_oracle(activation, loss, data):
    model, X, Y = data.draw(problems(activation, loss))
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward(X)
    matrix = twin.backward(cache, LOSSES[loss].dA(cache.A[twin.L], Y)).params
    J = LOSSES[loss].mean([model(x) for x in X.T], Y.T.tolist())
    J.backward()
    scalar = {name: read(array, "grad") for name, array in gather(model.parameters()).items()}
    # Relative to what the formulas add up: a sum that cancels to 0 keeps the rounding of its terms.
    scales = magnitudes(twin, cache, Y, LOSSES[loss])
    for name, expected in oracle(model, X, Y, loss).items():
        allowed = 1e-12 * scales[f"d{name}"]
        np.testing.assert_allclose(scalar[name], matrix[name], rtol=0.0, atol=allowed)
        np.testing.assert_allclose(matrix[name], expected, rtol=0.0, atol=allowed)


def test_every_activation_and_loss_has_an_oracle():
    assert set(G) == set(ACTIVATIONS)
    assert set(LOSS) == set(LOSSES)
