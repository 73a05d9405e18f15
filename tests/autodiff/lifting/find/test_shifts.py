"""Numbers subtracted before the exponentials of a softmax go; where anybody else reads them, they stay."""

import numpy as np
import pytest

from autodiff import leaves, lift
from autodiff.functions import log, sum

SHAPES = {"Q": (2, 4), "K": (2, 4)}  # columns are positions


def shares(z, shift):
    c = shift(z)
    powers = [(each - c).exp() if c is not None else each.exp() for each in z]
    total = sum(powers)
    return [power / total for power in powers]


def largest(z):
    return max(each.data for each in z)


def nothing(z):
    return None


def three_quarters(z):
    return 0.75


def scores(Q, K):
    """For each query what it has in common with each key."""
    return [[sum([a * b for a, b in zip(q, k)]) * 0.5 for k in K.T] for q in Q.T]


def weighted(columns):
    return sum([(i + 1.5) * each * each for column in columns for i, each in enumerate(column)])


def attention(Q, K, shift):
    return sum([p * p for z in scores(Q, K) for p in shares(z, shift)])


def causal_attention(Q, K, shift):
    return sum([p * p for t, z in enumerate(scores(Q, K)) for p in shares(z[: t + 1], shift)])


def cross_entropy(Q, K, shift):
    return -sum([log(shares(z, shift)[t]) for t, z in enumerate(scores(Q, K))])


SOFTMAXES = [attention, causal_attention, cross_entropy]


# Here the numbers are part of what is computed.
def logsumexp(Q, K, shift):
    z = scores(Q, K)[1]
    return log(sum([(each - shift(z)).exp() for each in z])) + 2.0


def a_power_read_twice(Q, K, shift):
    z = scores(Q, K)[1]
    powers = [(each - shift(z)).exp() for each in z]
    return weighted([[power / sum(powers) for power in powers], [powers[1]]])


def a_total_read_twice(Q, K, shift):
    z = scores(Q, K)[1]
    powers = [(each - shift(z)).exp() for each in z]
    total = sum(powers)
    return weighted([[power / total for power in powers], [total]])


def an_exponent_read_twice(Q, K, shift):
    z = scores(Q, K)[1]
    below = [each - shift(z) for each in z]
    powers = [each.exp() for each in below]
    total = sum(powers)
    return weighted([[power / total for power in powers], below])


def shifts_that_differ(Q, K, shift):
    powers = [(each - i * shift(None)).exp() for i, each in enumerate(scores(Q, K)[1])]
    total = sum(powers)
    return weighted([[power / total for power in powers]])


def more_than_powers(Q, K, shift):
    z = scores(Q, K)[1]
    powers = [(each - shift(z)).exp() for each in z]
    total = sum(powers) + 1.0
    return weighted([[power / total for power in powers]])


def one_power_counted_twice(Q, K, shift):
    z = scores(Q, K)[1]
    powers = [(each - shift(z)).exp() for each in z]
    total = sum([*powers, powers[0]])
    return weighted([[power / total for power in powers]])


def the_total_of_another(Q, K, shift):
    one, other = ([(each - c).exp() for each in z] for c, z in zip((0.5, shift(None)), scores(Q, K)))
    return weighted([[power / sum(other) for power in one], [power / sum(one) for power in other]])


OTHERS = [
    logsumexp,
    a_power_read_twice,
    a_total_read_twice,
    an_exponent_read_twice,
    shifts_that_differ,
    more_than_powers,
    one_power_counted_twice,
    the_total_of_another,
]


def recorded(loss, shift, numbers):
    arrays = {name: leaves(name, each) for name, each in zip(SHAPES, numbers)}
    return loss(**arrays, shift=shift), arrays


def lifted(loss, shift, numbers):
    J, arrays = recorded(loss, shift, numbers)
    return lift(J, params=[leaf for each in arrays.values() for leaf in each.flat])


@pytest.mark.parametrize("shift", [largest, three_quarters])
@pytest.mark.parametrize("loss", SOFTMAXES)
def test_a_softmax_prints_as_if_nothing_had_been_subtracted(loss, shift):
    numbers = np.random.default_rng(5).normal(size=(2, 2, 4))
    found, expected = (str(lifted(loss, each, numbers)).splitlines()[1:] for each in (shift, nothing))
    assert found == expected
    assert any("softmax" in line for line in found)


@pytest.mark.parametrize("loss", SOFTMAXES + OTHERS)
def test_loss_and_gradients_are_those_of_the_graph_at_other_numbers_too(loss):
    there, elsewhere = np.random.default_rng(4).normal(size=(2, 2, 2, 4))
    program = lifted(loss, three_quarters, there)
    program.params.update(zip(SHAPES, elsewhere))
    found = program()
    J, arrays = recorded(loss, three_quarters, elsewhere)
    J.backward()
    assert found.loss == pytest.approx(J.data, rel=1e-12)
    for name, array in arrays.items():
        np.testing.assert_allclose(found.grads[name], array.grad, rtol=1e-10, atol=1e-12)


def test_it_stays_where_a_power_would_overflow():
    numbers = np.random.default_rng(6).normal(size=(2, 2, 4)) * 60.0
    J, arrays = recorded(attention, largest, numbers)
    J.backward()
    assert max(largest(z) for z in scores(**arrays)) > 710.0
    found = lifted(attention, largest, numbers)()
    assert found.loss == pytest.approx(J.data, rel=1e-12)
    for name, array in arrays.items():
        np.testing.assert_allclose(found.grads[name], array.grad, rtol=1e-10, atol=1e-12)
