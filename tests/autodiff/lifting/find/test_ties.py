"""The shift of a softmax is computed without what its ties change in derivatives; elsewhere ties count."""

import numpy as np
import pytest

from autodiff import leaves, lift

X = np.array([[2.0, 2.0, 2.0, -1.0], [0.0, 1.0, 1.0, 0.5], [3.0, -2.0, 0.0, 0.0]])


def shifted_softmax(A, shift):
    E = np.exp(A - shift(A))
    return np.sum(E / E.sum(axis=1, keepdims=True) * np.arange(12.0).reshape(3, 4))


def test_the_shift_of_a_softmax_is_one_operation():
    counts = []
    for shift in (lambda A: A.max(axis=1, keepdims=True), lambda A: 0.0):
        A = leaves("A", X)
        loss = shifted_softmax(A, shift)
        program = lift(loss, params=A)
        loss.backward()
        np.testing.assert_allclose(program().grads["A"], A.grad, rtol=1e-13, atol=1e-15)
        assert "softmaxⱼ(" in str(program)
        counts.append(len(program))
    assert counts == [6, 5]  # the largest, and either difference


@pytest.mark.parametrize("extreme", [np.max, np.min])
def test_where_the_derivative_of_the_largest_counts_its_ties_do(extreme):
    A = leaves("A", X)
    m = extreme(A, axis=1, keepdims=True)
    loss = shifted_softmax(A, lambda A: m) + np.sum(m**2)
    program = lift(loss, params=A)
    loss.backward()
    np.testing.assert_allclose(program().grads["A"], A.grad, rtol=1e-13, atol=1e-15)
    ties = extreme(X, axis=1, keepdims=True) == X
    softmax_only = leaves("A", X)
    shifted_softmax(softmax_only, lambda A: 0.0).backward()
    tops = extreme(X, axis=1, keepdims=True)
    slopes = 2.0 * tops * ties / ties.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(A.grad, softmax_only.grad + slopes, rtol=1e-12, atol=1e-14)
    other = np.array([[0.5, 2.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0], [-3.0, -2.0, 0.5, 0.25]])
    A.data, program.params["A"] = other, other
    A.zero_grad()
    m = extreme(A, axis=1, keepdims=True)
    (shifted_softmax(A, lambda A: m) + np.sum(m**2)).backward()
    np.testing.assert_allclose(program().grads["A"], A.grad, rtol=1e-12, atol=1e-14)
