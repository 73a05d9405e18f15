"""What is done alike to two arrays is two formulas, each of one array, where no gather comes of it."""

import numpy as np
import pytest

from autodiff import dot, exp, leaves, lift, sqrt

MAKE = np.random.default_rng(6)


def lengths(A):
    """The columns of a matrix by their lengths."""
    return [[a / sqrt(sum(b * b for b in column)) for a in column] for column in A.T]


def test_two_matrices_normed_alike_are_each_read_by_rule(agrees):
    W, X, V = (leaves(name, MAKE.normal(size=shape)) for name, shape in zip("WXV", [(3, 4), (4, 5), (4, 5)]))
    S = [[dot(a, b) for b in lengths(W @ V)] for a in lengths(W @ X)]
    loss = sum(s.tanh() for row in S for s in row)
    inputs = {"X": X, "V": V}
    program = lift(loss, inputs, W.ravel().tolist())
    agrees(program, loss, W.ravel().tolist(), inputs)
    assert program.obstacles == []


def test_softmaxes_of_other_lengths_are_each_a_softmax(agrees):
    B, p, q = (
        leaves("B", MAKE.normal(size=(4, 3))),
        leaves("p", MAKE.normal(size=3)),
        leaves("q", MAKE.normal(size=3)),
    )

    def softmax(values):
        powers = [exp(v) for v in values]
        return [each / sum(powers) for each in powers]

    columns, start = [softmax(column) for column in B.T], softmax(p)
    loss = sum(sum(c[1:], c[0] * c[1]) * s * a for c, s, a in zip(columns, start, q))
    params = [*B.ravel(), *p, *q]
    program = lift(loss, params=params)
    agrees(program, loss, params)
    assert [formula.thing.name for formula in program.formulas if formula.thing] == ["softmax", "softmax"]


@pytest.mark.parametrize("T", [3, 5])
def test_what_grows_with_each_step_stays_one_group(agrees, T):
    Q, K = leaves("Q", MAKE.normal(size=(T, 2))), leaves("K", MAKE.normal(size=(T, 2)))
    loss = sum(sum(exp(dot(Q[t], K[s])) for s in range(t + 1)).sin() for t in range(T))
    params = [*Q.ravel(), *K.ravel()]
    program = lift(loss, params=params)
    agrees(program, loss, params)
    assert len(program.formulas) <= 7
