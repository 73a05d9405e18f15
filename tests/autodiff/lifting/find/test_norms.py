"""Programs that normalise, measure spreads and distances, and programs that nearly do, on any data."""

import pytest

from autodiff import dot, sqrt
from autodiff.functions import mean
from autodiff.functions import sum as total
from tests.autodiff.lifting.any_data import right_on_any_data

pytestmark = pytest.mark.long

PROGRAMS = {}
EPSILON = 1e-3


def program(loss):
    loss.name = loss.__name__.replace("_", " ")
    PROGRAMS[loss.name] = loss
    return loss


def of_columns(loss):
    """A program that is the mean of a loss of each column of W·X and of Y."""

    def of_all(W, X, Y):
        return mean([loss([dot(w, x) for w in W], list(y)) for x, y in zip(X.T, Y.T)])

    of_all.__name__ = loss.__name__
    return program(of_all)


def squares(z):
    return total([each * each for each in z])


@of_columns
def rms(z, y):
    return dot(y, [each / sqrt(squares(z) / len(z) + EPSILON) for each in z])


@of_columns
def rms_by_a_power(z, y):
    scale = (mean([each**2 for each in z]) + EPSILON) ** -0.5
    return squares([each * scale - t for each, t in zip(z, y)])


@of_columns
def rms_of_one_less(z, y):
    return dot(y, [each / sqrt(squares(z) / (len(z) + 1) + EPSILON) for each in z])


@of_columns
def rms_of_some(z, y):
    return dot(y, [each / sqrt(squares(z[1:]) + EPSILON) for each in z])


@of_columns
def length(z, y):
    return dot(y, [each / sqrt(squares(z) + EPSILON) for each in z])


@of_columns
def fourth_root(z, y):
    return dot(y, [each / (squares(z) + EPSILON) ** 0.25 for each in z])


@of_columns
def layer(z, y):
    middle = mean(z)
    spread = mean([(each - middle) ** 2 for each in z])
    return dot(y, [((each - middle) / sqrt(spread + EPSILON)).tanh() for each in z])


@of_columns
def layer_by_squares(z, y):
    middle = mean(z)
    spread = squares(z) / len(z) - middle * middle
    return dot(y, [((each - middle) / sqrt(spread + EPSILON)).tanh() for each in z])


@of_columns
def layer_of_an_unbiased_spread(z, y):
    middle = mean(z)
    spread = total([(each - middle) ** 2 for each in z]) / (len(z) + 0.5)
    return dot(y, [((each - middle) / sqrt(spread + EPSILON)).tanh() for each in z])


@of_columns
def layer_that_is_not_centred(z, y):
    middle = mean(z)
    spread = mean([(each - middle) ** 2 for each in z])
    return dot(y, [(each / sqrt(spread + EPSILON)).tanh() for each in z])


@of_columns
def layer_around_half_the_mean(z, y):
    middle = mean(z) / 2
    spread = mean([(each - middle) ** 2 for each in z])
    return dot(y, [((each - middle) / sqrt(spread + EPSILON)).tanh() for each in z])


@of_columns
def layer_around_the_labels(z, y):
    middle = mean(y)
    spread = mean([(each - middle) ** 2 for each in z])
    return dot(y, [((each - middle) / sqrt(spread + EPSILON)).tanh() for each in z])


@of_columns
def variance(z, y):
    return mean([(each - mean(z)) ** 2 for each in z]) + y[0] * z[0]


@of_columns
def deviation(z, y):
    return sqrt(mean([(each - mean(z)) ** 2 for each in z]) + EPSILON) + y[0] * z[0]


@of_columns
def soft_deviation(z, y):
    return mean([(each - mean(z)).softplus() for each in z]) + y[0] * z[0]


@of_columns
def distance(z, y):
    return sqrt(squares([a - b for a, b in zip(z, y)]) + EPSILON)


@of_columns
def squared_distance_and_product(z, y):
    return squares([a - b for a, b in zip(z, y)]) + dot(z, y)


@of_columns
def cosine(z, y):
    return dot(z, y) / sqrt(squares(z) * squares(y) + EPSILON)


@program
def batch(W, X, Y):
    losses = []
    for w, y in zip(W, Y):
        z = [dot(w, x) for x in X.T]
        middle = mean(z)
        spread = mean([(each - middle) ** 2 for each in z])
        losses += [((each - middle) / sqrt(spread + EPSILON) - t) ** 2 for each, t in zip(z, y)]
    return mean(losses)


@program
def batch_of_the_next_mean(W, X, Y):
    Z = [[dot(w, x) for x in X.T] for w in W]
    means = [mean(z) for z in Z]
    losses = []
    for z, middle, y in zip(Z, means[1:] + means[:1], Y):
        spread = mean([(each - middle) ** 2 for each in z])
        losses += [((each - middle) / sqrt(spread + EPSILON) - t) ** 2 for each, t in zip(z, y)]
    return mean(losses)


@program
def one_norm_of_all(W, X, Y):
    z = [dot(w, x) for w in W for x in X.T]
    return dot(Y.ravel().tolist(), [each / sqrt(squares(z) + EPSILON) for each in z])


@program
def all_pairs(W, X, Y):
    pairs = [(w, x) for w in W for x in X.T]
    return dot(Y.ravel().tolist(), [squares([a - b for a, b in zip(w, x)]) for w, x in pairs])


@program
def quadratic_form(W, X, Y):
    columns = [[dot(w, x) for w in W] for x in X.T]
    return total([dot(z, z) * y[0] + dot(list(x), list(x)) for z, x, y in zip(columns, X.T, Y.T)])


@pytest.mark.parametrize("shape", [(3, 4, 2), (3, 3, 3)], ids=str)
@pytest.mark.parametrize("loss", PROGRAMS.values(), ids=PROGRAMS)
def test_it_is_right_on_any_data(loss, shape):
    right_on_any_data(loss, shape, large=5.0)
