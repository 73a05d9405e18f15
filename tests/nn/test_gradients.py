"""Scalar graph, matrix formulas, lifted program and HIPS autograd give the same gradients.

The oracle's losses and activations are written here, from their definitions in the literature,
so a mistake in ``nn`` cannot repeat itself in them.
"""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import erf, erfc, expit, logsumexp
from autograd.scipy.stats import norm
from hypothesis import given
from hypothesis import strategies as st

from nn import MLP, MatrixMLP
from nn.comparing.four_ways import magnitudes
from nn.losses import LOSSES
from nn.losses.regularised import RegularisedLoss
from nn.model.activations import ACTIVATIONS
from nn.train.engines import ENGINES
from tests.examples import examples

pytestmark = pytest.mark.long


def half_turns(function, z):
    """sin πz or cos πz by the nearest whole number, since πz rounds."""
    nearest = anp.floor(z + 0.5)
    return (1.0 - 2.0 * (nearest % 2.0)) * function(np.pi * (z - nearest))


def sinc(z):
    """sin πz / πz; near 0, where its slope would cancel, as the mean of cos πzt for t from -1 to 1."""
    t, weights = np.polynomial.legendre.leggauss(20)
    mean = anp.sum(weights / 2.0 * anp.cos(np.pi * z[..., None] * t), axis=-1)
    return anp.where(anp.abs(z) < 1.0, mean, half_turns(anp.sin, z) / (np.pi * z))


def log_sigmoid(a):
    return -anp.logaddexp(0.0, -a)


def sigmoid(z):
    """By its logarithm: the slope of expit, σ(1 - σ), cancels where σ is near 1."""
    return anp.exp(log_sigmoid(z))


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
    "sigmoid": sigmoid,
    "softplus": lambda z: anp.logaddexp(0.0, z),
    "relu": lambda z: anp.where(z > 0.0, z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0.0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0.0, z, anp.exp(anp.where(z > 0.0, 0.0, z)) - 1.0),
    "silu": lambda z: z * expit(z),
    "softmax": lambda z: anp.exp(z - logsumexp(z, axis=1, keepdims=True)),
    "gelu": lambda z: z * 0.5 * erfc(-z / np.sqrt(2.0)),
    "sin_pi": lambda z: half_turns(anp.sin, z),
    "cos_pi": lambda z: half_turns(anp.cos, z),
    "sinc": sinc,
    "logsigmoid": log_sigmoid,
}


# The loss of one sample, whose outputs a and targets y are vectors.
LOSS = {
    "mse": lambda a, y: anp.mean((a - y) ** 2),
    "mae": lambda a, y: anp.mean(anp.abs(a - y)),
    "huber": lambda a, y: anp.mean(anp.where(anp.abs(a - y) < 1.0, (a - y) ** 2 / 2.0, anp.abs(a - y) - 0.5)),
    "hinge": lambda a, y: anp.mean(anp.where(y * a < 1.0, 1.0 - y * a, 0.0)),
    "binary_cross_entropy": lambda a, y: -anp.mean(y * log_sigmoid(a) + (1.0 - y) * log_sigmoid(-a)),
    "gaussian_nll": lambda a, y: -anp.mean(norm.logpdf(y, a[: len(y)], anp.exp(a[len(y) :] / 2.0))),
    "cross_entropy": lambda a, y: -anp.sum(y * (a - logsumexp(a))),
}


def oracle(model, X, Y, loss, l2):
    """Gradients by name of the mean of the samples' losses and the penalty."""
    names = [layer.activation.name for layer in model.layers]

    def J(params):
        samples = X.T
        for l, name in enumerate(names, start=1):
            samples = G[name](anp.dot(samples, params[f"W{l}"].T) + params[f"b{l}"])
        penalty = sum(anp.sum(params[f"W{l}"] ** 2) for l in range(1, len(names) + 1))
        losses = [LOSS[loss](a, y) for a, y in zip(samples, Y.T, strict=True)]
        return sum(losses) / len(samples) + l2 / 2 * penalty

    return grad(J)(model.state_dict())


@st.composite
def problems(draw, activation, loss):
    """A random network with weights and biases of size about 1, and a batch of random classes."""
    sizes = draw(st.lists(st.integers(1 + (activation == "softmax"), 7), min_size=0, max_size=3))
    output = draw(st.sampled_from(sorted(ACTIVATIONS)))
    few = LOSSES[loss].two_outputs or output == "softmax"
    rows = draw(st.integers(1 + few, 5))
    sizes.append(LOSSES[loss].outputs(rows))
    n, m, seed = draw(st.integers(1, 9)), draw(st.integers(1, 9)), draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    model = MLP(n, sizes, activation, output, seed=seed)
    model.load_state_dict({name: rng.normal(size=each.shape) for name, each in model.state_dict().items()})
    return model, rng.normal(size=(n, m)), LOSSES[loss].from_classes(rng.integers(0, max(rows, 2), m), rows)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@examples(times=1 / 15)
@given(data=st.data())
def test_all_gradients_agree_with_each_other_and_with_an_oracle(activation, loss, data):
    model, X, Y = data.draw(problems(activation, loss))
    objective = RegularisedLoss(LOSSES[loss], data.draw(st.sampled_from([0.0, 0.3])))
    runs = {name: engine(model, objective, X[:, 0], Y[:, 0]).run(X, Y) for name, engine in ENGINES.items()}
    # Relative to what the formulas add up: a sum that cancels to 0 keeps the rounding of its terms.
    twin = MatrixMLP.from_scalar(model)
    scales = magnitudes(twin, twin.forward(X), Y, objective)
    for name, expected in oracle(model, X, Y, loss, objective.l2).items():
        for run in runs.values():
            np.testing.assert_allclose(run.grads[name], expected, rtol=0.0, atol=1e-12 * scales[f"d{name}"])
    for run in runs.values():
        assert abs(run.J - runs["scalar"].J) <= 1e-12 * scales["J"]
        np.testing.assert_allclose(run.A, runs["scalar"].A, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(G) - {"softmax"}))
def test_the_slopes_of_the_oracle_keep_their_digits_far_from_0(name):
    Z = np.array([-30.3, -19.3, -8.7, -1.1, 0.4, 5.2, 19.3, 30.6])
    derivative = ACTIVATIONS[name].derivative(Z, ACTIVATIONS[name].forward(Z))
    np.testing.assert_allclose(grad(lambda Z: anp.sum(G[name](Z)))(Z), derivative, rtol=1e-12, atol=1e-300)


def test_every_activation_and_loss_has_an_oracle():
    assert set(G) == set(ACTIVATIONS)
    assert set(LOSS) == set(LOSSES)
