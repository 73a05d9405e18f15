"""Programs that are a softmax, and programs that nearly are one: numbers, source and listing on any data.

What is found in a program recorded from one data set has to hold for every other: labels that are not
one-hot, logits that are large, and logits that are equal.
"""

import pytest

from autodiff import (
    detach,
    dot,
    exp,
    log,
    log_softmax,
    logsumexp,
    maximum,
    softmax,
)
from autodiff.functions import mean
from autodiff.functions import sum as total
from tests.autodiff.lifting.any_data import right_on_any_data

pytestmark = pytest.mark.long

PROGRAMS = {}


def program(loss):
    loss.name = loss.__name__.replace("_", " ")
    PROGRAMS[loss.name] = loss
    return loss


def of_columns(loss):
    """A program that is the mean of a loss of each column of W·X and of Y."""

    def of_all(W, X, Y):
        return mean([loss(z, list(y)) for z, y in zip(logits(W, X), Y.T)])

    of_all.__name__ = loss.__name__
    return program(of_all)


def logits(W, X):
    """W·X in scalars, column by column."""
    return [[dot(w, x) for w in W] for x in X.T]


def largest(z):
    top = z[0]
    for each in z[1:]:
        top = maximum(top, each)
    return top


def shares(z, shift, rest=0.0):
    """exp(z - shift) divided by their sum, and that sum."""
    powers = [exp(each - shift) for each in z]
    s = total(powers) + rest
    return [each / s for each in powers], s


@of_columns
def cross_entropy(z, y):
    return logsumexp(z) - dot(y, z)


@of_columns
def cross_entropy_of_log_softmax(z, y):
    return -dot(y, log_softmax(z))


@of_columns
def cross_entropy_of_softmax(z, y):
    return -dot(y, [log(p) for p in softmax(z)])


@of_columns
def cross_entropy_with_a_small_number(z, y):
    return -dot(y, [log(p + 1e-3) for p in softmax(z)])


@of_columns
def cross_entropy_upwards(z, y):
    return dot(y, z) - logsumexp(z)


@of_columns
def half_the_labels(z, y):
    return logsumexp(z) - 0.5 * dot(y, z)


@of_columns
def logits_at_a_temperature_on_one_side(z, y):
    return logsumexp([each / 2.0 for each in z]) - dot(y, z)


@of_columns
def two_logsumexps(z, y):
    return 2 * logsumexp(z) - dot(y, z)


@of_columns
def squares_of_labels(z, y):
    return logsumexp(z) - dot([each * each for each in y], z)


@of_columns
def smoothed_labels(z, y):
    return logsumexp(z) - dot([0.9 * each + 0.1 / len(z) for each in y], z)


@of_columns
def labels_that_are_a_softmax(z, y):
    return logsumexp(z) - dot(softmax(y), z)


@of_columns
def negative_logits(z, y):
    return logsumexp([-each for each in z]) + dot(y, z)


@of_columns
def shifted_by_a_detached_maximum(z, y):
    return -dot(y, [log(p) for p in shares(z, detach(largest(z)))[0]])


@of_columns
def shifted_by_the_maximum(z, y):
    return -dot(y, [log(p) for p in shares(z, largest(z))[0]])


@of_columns
def not_shifted(z, y):
    return -dot(y, [log(p) for p in shares(z, 0.0)[0]])


@of_columns
def shifted_by_the_maximum_of_others(z, y):
    top = largest(z[1:])
    return dot(y, shares(z, top)[0]) + top


@of_columns
def shifted_by_more_than_the_maximum(z, y):
    top = largest(z) + 1.0
    p, s = shares(z, top)
    return dot(y, p) + log(s) + top


@of_columns
def shifted_by_the_least(z, y):
    low = detach(-largest([-each for each in z]))
    p, s = shares(z, low)
    return dot(y, p) + log(s) + low


@of_columns
def one_more_in_the_sum(z, y):
    return dot(y, shares(z, 0.0, 1.0)[0])


@of_columns
def one_less_in_the_sum(z, y):
    powers = [exp(each - detach(largest(z))) for each in z]
    return dot(y, [each / total(powers[1:]) for each in powers])


@of_columns
def weights_in_the_sum(z, y):
    powers = [exp(each) for each in z]
    s = total([(i + 1.0) * each for i, each in enumerate(powers)])
    return dot(y, [each / s for each in powers]) + log(s)


@of_columns
def entropy(z, y):
    return -dot(softmax(z), log_softmax(z)) + 0.1 * y[0]


@of_columns
def divergence(z, y):
    return total([q * (log(q + 0.1) - p) for q, p in zip(y, log_softmax(z))])


@of_columns
def squares_of_differences(z, y):
    return total([(p - q) ** 2 for p, q in zip(softmax(z), y)])


@of_columns
def focal_loss(z, y):
    return -total([q * (1 - p) ** 2 * log(p) for p, q in zip(softmax(z), y)])


@of_columns
def softmax_and_logsumexp(z, y):
    return logsumexp(z) * dot(y, softmax(z))


@of_columns
def logits_read_elsewhere(z, y):
    return logsumexp(z) - dot(y, z) + dot(z, z)


@of_columns
def softmax_of_softmax(z, y):
    return dot(y, softmax(softmax(z)))


@of_columns
def softmax_less_a_number(z, y):
    return dot(y, [p - 0.5 for p in softmax([3.0 * each for each in z])])


@program
def samples_of_different_weights(W, X, Y):
    pairs = enumerate(zip(logits(W, X), Y.T))
    return total([(i + 1.0) * (logsumexp(z) - dot(y, z)) for i, (z, y) in pairs])


@program
def maxima_of_the_next_column(W, X, Y):
    Z = logits(W, X)
    tops = [detach(largest(z)) for z in Z]
    found = [(*shares(z, top), y) for z, top, y in zip(Z, tops[1:] + tops[:1], Y.T)]
    return mean([dot(y, p) + log(s) for p, s, y in found])


@program
def sums_of_the_next_column(W, X, Y):
    powers = [[exp(each) for each in z] for z in logits(W, X)]
    sums = [total(each) for each in powers]
    return mean([dot(y, [p / s for p in e]) for e, y, s in zip(powers, Y.T, sums[1:] + sums[:1])])


@program
def rows_and_columns(W, X, Y):
    Z = logits(W, X)
    across = [softmax(list(z)) for z in zip(*Z)]
    return mean([dot(softmax(z), y) for z, y in zip(Z, Y.T)]) + mean([dot(p, y) for p, y in zip(across, Y)])


@program
def one_softmax_of_all(W, X, Y):
    z = [each for column in logits(W, X) for each in column]
    return logsumexp(z) - dot(Y.T.ravel().tolist(), z)


@program
def columns_of_different_lengths(W, X, Y):
    cut = [(z[: 1 + i % len(z)], y[: 1 + i % len(z)]) for i, (z, y) in enumerate(zip(logits(W, X), Y.T))]
    return mean([logsumexp(z) - dot(list(y), z) for z, y in cut])


@program
def labels_looked_up(W, X, Y):
    return mean([-log(softmax(z)[i % len(z)]) for i, z in enumerate(logits(W, X))]) + 0.01 * Y[0, 0]


@program
def logits_looked_up(W, X, Y):
    return mean([logsumexp(z) - z[2 * i % len(z)] for i, z in enumerate(logits(W, X))]) + 0.01 * Y[0, 0]


def constant_labels(W, X, Y, labels):
    losses = [logsumexp(z) - dot(labels[i % 4], z) for i, z in enumerate(logits(W, X))]
    return mean(losses) + 0.01 * Y[0, 0]


@program
def constant_labels_of_sum_1(W, X, Y):
    return constant_labels(W, X, Y, [[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4], [1.0, 0.0, 0.0]])


@program
def constant_labels_of_other_sums(W, X, Y):
    return constant_labels(W, X, Y, [[0.7, 0.2, 0.2], [0.0, 1.0, 0.0], [0.3, 0.3, 0.4], [1.0, 0.0, 0.0]])


@program
def labels_of_the_parameters(W, X, Y):
    labels = softmax([total(list(w)) for w in W])
    return mean([logsumexp(z) - dot(labels, z) for z in logits(W, X)]) + 0.01 * Y[0, 0]


@pytest.mark.parametrize("shape", [(3, 4, 2), (3, 3, 3)], ids=str)
@pytest.mark.parametrize("loss", PROGRAMS.values(), ids=PROGRAMS)
def test_it_is_right_on_any_data(loss, shape):
    right_on_any_data(loss, shape)
