"""Scores that a large negative number hides, in lifted functions: one mask, however it was written."""

import re

import numpy as np
import pytest

from autodiff import leaves, lifted

T, D = 4, 3
HIDDEN = np.triu(np.ones((T, T), dtype=bool), 1)


def mixed(S, V):
    powers = np.exp(S - S.max(axis=1, keepdims=True))
    return np.sum((powers / powers.sum(axis=1, keepdims=True) @ V) ** 2)


def by_where(Q, K, V):
    return mixed(np.where(HIDDEN, -1e9, Q @ K.T / np.sqrt(D)), V)


def one_by_one(Q, K, V):
    S = np.full((T, T), -1e9)
    for i in range(T):
        for j in range(i + 1):
            S[i, j] = Q[i] @ K[j] / np.sqrt(D)
    return mixed(S, V)


def row_by_row(Q, K, V):
    S = -1e9 * np.ones((T, T))
    for i in range(T):
        S[i, : i + 1] = K[: i + 1] @ Q[i] / np.sqrt(D)
    return mixed(S, V)


def of_infinities(Q, K, V):
    S = np.full((T, T), -np.inf)
    for i in range(T):
        for j in range(i + 1):
            S[i, j] = Q[i] @ K[j]
    return mixed(S / np.sqrt(D), V)


def on_top(Q, K, V):
    S = Q @ K.T + np.triu(np.full((T, T), -np.inf), 1)
    return mixed(S / np.sqrt(D), V)


def where_there_are_ones(Q, K, V):
    S = np.where(np.tril(np.ones((T, T))) == 0, -np.inf, Q @ K.T)
    return mixed(S / np.sqrt(D), V)


def filled_after_loops(Q, K, V):
    S = np.zeros((T, T))
    for i in range(T):
        for j in range(T):
            S[i, j] = Q[i] @ K[j]
    S[HIDDEN] = -1e9
    return mixed(S / np.sqrt(D), V)


def filled_where_there_is_nothing(Q, K, V):
    S = np.zeros((T, T))
    for i in range(T):
        for j in range(i + 1):
            S[i, j] = Q[i] @ K[j] / np.sqrt(D)
    S[HIDDEN] = -1e9
    return mixed(S, V)


@pytest.mark.parametrize(
    "loss",
    [
        filled_where_there_is_nothing,
        one_by_one,
        row_by_row,
        of_infinities,
        on_top,
        where_there_are_ones,
        filled_after_loops,
    ],
)
def test_it_is_a_mask(loss):
    rng = np.random.default_rng(3)
    data = [rng.normal(size=(T, D)) for _ in range(3)]
    made = [leaves(name, numbers) for name, numbers in zip("QKV", data)]
    right = by_where(*made)
    right.backward()
    program = lifted(loss)
    value, grads = program.value_and_grad(*data)
    assert value == pytest.approx(right.data, rel=1e-13)
    for name, array in zip("QKV", made):
        np.testing.assert_allclose(grads[name], array.grad, rtol=0.0, atol=1e-13)
    listing = str(program.program)
    assert re.search(r"S = (where\(M, 1/√d·|1/√d·where\(M, )Z_Q, -1e\d+\) ", listing)
    assert "P = softmaxⱼ(S) " in listing
    assert not program.program.obstacles


def test_what_cannot_be_made_stays_a_number():
    def loss(w):
        S = np.full((3, 3), -1e9)
        for i in range(3):
            S[i, i] = w[i] * (i + 1.0)  # nothing says what would stand beside
        return mixed(S, np.eye(3))

    value, grads = lifted(loss).value_and_grad(np.array([0.5, 1.0, 2.0]))
    assert value == 3.0 and not grads["w"].any()


def test_each_matrix_of_several_has_a_mask_of_its_own():
    def loss(q, k):
        S = np.full((2, 3, 3), -1e9)
        for h in range(2):
            for i in range(3):
                for j in range(i + 1):
                    S[h, i, j] = q[h, i] * k[h, j]
        powers = np.exp(S - S.max(axis=-1, keepdims=True))
        return np.sum((powers / powers.sum(axis=-1, keepdims=True)) ** 2)

    q, k = np.sin(np.arange(6.0)).reshape(2, 3), np.cos(np.arange(6.0)).reshape(2, 3)
    S = np.where(np.tril(np.ones((3, 3))) > 0, q[:, :, None] * k[:, None, :], -np.inf)
    powers = np.exp(S)
    function = lifted(loss)
    value, _ = function.value_and_grad(q, k)
    assert value == pytest.approx(np.sum((powers / powers.sum(axis=-1, keepdims=True)) ** 2), rel=1e-13)
    assert not function.program.obstacles
