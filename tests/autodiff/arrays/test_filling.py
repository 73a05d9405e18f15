"""Scores that a mask hides, filled in whichever way: one graph, and shares and gradients that are NumPy's."""

import numpy as np
import pytest

from autodiff import Array, DomainError, leaves, log_softmax, logsumexp, softmax
from tests.autodiff.arrays.test_table import structure

HIDDEN = np.triu(np.ones((4, 4), dtype=bool), 1)


def by_rows(S, number):
    for t in range(4):
        S[t, t + 1 :] = number
    return S


def by_elements(S, number):
    for i, j in np.argwhere(HIDDEN).tolist():
        S[i, j] = number
        S[i, 3 if i < 3 else 0 : 4 if i < 3 else 0] = number  # once more, or nothing
    return S


def by_places(S, number):
    S[np.triu_indices(4, 1)] = number
    return S


def by_columns(S, number):
    for t in range(1, 4):
        S.T[t, :t] = number
    return S


def by_where(S, number):
    return np.where(HIDDEN, number, S)


def shares(S):
    powers = np.exp(S - S.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


WAYS = [by_rows, by_elements, by_places, by_columns]


@pytest.mark.parametrize("number", [-1e9, -np.inf])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_all_ways_to_fill_are_one(way, number):
    A, weights = np.sin(np.arange(16.0)).reshape(4, 4), np.cos(np.arange(16.0)).reshape(4, 4)
    given = [leaves("A", A) for _ in range(2)]
    filled, chosen = way(given[0] * 2.0, number), by_where(given[1] * 2.0, number)
    assert structure(filled.ravel().tolist()) == structure(chosen.ravel().tolist())
    P = shares(filled)
    right = shares(way(A * 2.0, number))
    np.testing.assert_allclose(P.data, right, rtol=1e-14)
    assert (P.data[HIDDEN] == 0.0).all()
    (P * weights).sum().backward()
    slopes = 2.0 * right * (weights - (right * weights).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(given[0].grad, slopes, rtol=0.0, atol=1e-14)
    assert (given[0].grad[HIDDEN] == 0.0).all()


def test_infinite_numbers_that_are_added_are_a_fill():
    A, bias = np.sin(np.arange(16.0)).reshape(4, 4), np.where(HIDDEN, -np.inf, 0.5)
    for mask in (np.where(HIDDEN, -np.inf, 0.0), bias):
        given = leaves("A", A)
        for filled in (given + mask, mask + given):
            np.testing.assert_allclose(shares(filled).data, shares(A + mask), rtol=1e-14)
        shares(filled)[1, 0].backward()
        assert np.isfinite(given.grad).all() and given.grad[1, 0] > 0.0 and (given.grad[HIDDEN] == 0.0).all()


def test_of_infinite_numbers_alone_there_is_no_share():
    S = leaves("S", np.ones((2, 3))) * 2.0
    S[1:] = -np.inf
    with pytest.raises(DomainError, match="0/0"):
        S.max(axis=1)
    with pytest.raises(DomainError, match="div"):
        powers = np.exp(S)
        powers / powers.sum(axis=1, keepdims=True)
    with pytest.raises(DomainError, match="overflows"):
        S.sum()
    for function in (softmax, log_softmax, logsumexp):
        with pytest.raises(DomainError, match="0/0"):
            [function(row) for row in S]


def test_leaves_stay_what_they_are():
    S = leaves("S", np.ones((2, 2)))
    kept = S[0, 0]
    S[0, 1] = -1e9
    assert S[0, 0] is kept and S.data[0, 1] == -1e9
    with pytest.raises(DomainError, match="finite"):
        S[0, 1] = -np.inf


def test_what_is_filled_in_rows_that_were_taken_out_is_filled_in_all():
    S = Array(np.ones((2, 3))) * 2.0
    row = S[0]
    row[1:] = -1e9
    np.testing.assert_array_equal(S.data, [[2.0, -1e9, -1e9], [2.0, 2.0, 2.0]])
