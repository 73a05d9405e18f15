"""Programs that are a sigmoid or a softplus, and programs that nearly are one, on any data."""

import numpy as np
import pytest

from autodiff import dot, exp, leaves, lift, log, maximum, softplus
from autodiff.functions import mean
from tests.autodiff.lifting.any_data import right_on_any_data

pytestmark = pytest.mark.long

PROGRAMS = {}


def of_elements(loss):
    """A program that is the mean of a loss of each element of W·X and of Y."""

    def of_all(W, X, Y):
        pairs = [(dot(W[k], X[:, j]), Y[k, j]) for j in range(X.shape[1]) for k in range(len(W))]
        return mean([loss(z, y) for z, y in pairs])

    of_all.name = loss.__name__.replace("_", " ")
    PROGRAMS[of_all.name] = of_all
    return loss


def sigmoid(z):
    return 1 / (1 + exp(-z))


@of_elements
def cross_entropy(z, y):
    p = z.sigmoid()
    return -y * log(p) - (1 - y) * log(1 - p)


@of_elements
def cross_entropy_by_hand(z, y):
    p = sigmoid(z)
    return -(y * log(p) + (1 - y) * log(1 - p))


@of_elements
def cross_entropy_upwards(z, y):
    p = sigmoid(z)
    return y * log(p) + (1 - y) * log(1 - p)


@of_elements
def cross_entropy_of_weights(z, y):
    p = z.sigmoid()
    return -3 * y * log(p) - (1 - y) * log(1 - p)


@of_elements
def cross_entropy_with_a_small_number(z, y):
    p = z.sigmoid()
    return -y * log(p + 1e-3) - (1 - y) * log(1 - p + 1e-3)


@of_elements
def cross_entropy_of_other_labels(z, y):
    p = z.sigmoid()
    return -y * log(p) - (2 - y) * log(1 - p)


@of_elements
def cross_entropy_of_labels_squared(z, y):
    p = z.sigmoid()
    return -y * y * log(p) - (1 - y) * log(1 - p)


@of_elements
def half_a_cross_entropy(z, y):
    return -y * log(z.sigmoid())


@of_elements
def cross_entropy_of_two_logits(z, y):
    return -y * log(z.sigmoid()) - (1 - y) * log(1 - (2 * z).sigmoid())


@of_elements
def cross_entropy_from_logits(z, y):
    return softplus(z) - y * z


@of_elements
def cross_entropy_from_logits_by_hand(z, y):
    return log(1 + exp(z)) - y * z


@of_elements
def stable_cross_entropy_from_logits(z, y):
    return maximum(z, 0.0) - y * z + log(1 + exp(-abs(z)))


@of_elements
def stable_cross_entropy_of_half_the_logits(z, y):
    return maximum(z, 0.0) - y * z + log(1 + exp(-abs(z / 2)))


@of_elements
def cross_entropy_from_half_the_logits(z, y):
    return softplus(z) - 0.5 * y * z


@of_elements
def twice_a_softplus(z, y):
    return 2 * softplus(z) - y * z


@of_elements
def sigmoid_from_above(z, y):
    return (exp(z) / (1 + exp(z)) - y) ** 2


@of_elements
def sigmoid_of_the_opposite(z, y):
    return (1 / (1 + exp(z)) - y) ** 2


@of_elements
def sigmoid_by_tanh(z, y):
    return (0.5 * (1 + (0.5 * z).tanh()) - y) ** 2


@of_elements
def two_in_the_denominator(z, y):
    return (1 / (2 + exp(-z)) - y) ** 2


@of_elements
def two_in_the_numerator(z, y):
    return (2 / (1 + exp(-z)) - y) ** 2


@of_elements
def two_exponentials(z, y):
    return (1 / (1 + 2 * exp(-z)) - y) ** 2


@of_elements
def labels_in_the_denominator(z, y):
    return 1 / (1 + y + exp(-z))


@of_elements
def labels_in_the_exponent(z, y):
    return 1 / (1 + exp(y - z))


@of_elements
def one_less_an_exponential(z, y):
    return 1 / (1.5 - exp(-z * z - 1)) + y


@of_elements
def logarithm_of_two_and_an_exponential(z, y):
    return log(2 + exp(z)) - y * z


@of_elements
def logarithm_of_one_and_two_exponentials(z, y):
    return log(1 + 2 * exp(z)) - y * z


@of_elements
def logarithm_of_one_and_a_square(z, y):
    return log(1 + exp(z) * exp(z)) - y * z


@of_elements
def labels_of_plus_and_minus(z, y):
    return log(1 + exp(-(2 * y - 1) * z))


@of_elements
def silu_by_hand(z, y):
    return z / (1 + exp(-z)) - y * z


@of_elements
def product_of_a_sigmoid_and_its_opposite(z, y):
    p = sigmoid(z)
    return p * (1 - p) + y * p


@of_elements
def odds(z, y):
    p = sigmoid(z)
    return log(p / (1 - p)) * y


@pytest.mark.parametrize("shape", [(3, 4, 2), (1, 3, 2)], ids=str)
@pytest.mark.parametrize("loss", PROGRAMS.values(), ids=PROGRAMS)
def test_it_is_right_on_any_data(loss, shape):
    right_on_any_data(loss, shape, large=3.0)  # the graph itself loses the digits of 1 - p beyond


def test_the_logarithm_of_a_sigmoid_keeps_its_slope_where_the_sigmoid_is_one():
    x = leaves("x", [-30.0, 0.5, 40.0])
    for sigmoid in (lambda z: z.sigmoid(), lambda z: 1 / (1 + (-z).exp())):
        program = lift(sum(sigmoid(z).log() for z in x), {}, x.tolist())
        assert "dx = 1 - a" in str(program).replace("v1", "a")
        expected = 1.0 / (1.0 + np.exp(np.array([-30.0, 0.5, 40.0])))
        np.testing.assert_allclose(program().grads["x"], expected, rtol=1e-13)
