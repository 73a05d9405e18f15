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


def triplet(W, anchor, near, far):
    """A triplet loss: differences to two arrays, of which the squares are in one sum."""
    a, p, n = (each @ W for each in (anchor, near, far))
    return np.mean(np.maximum(0.0, np.sum((a - p) ** 2, 1) - np.sum((a - n) ** 2, 1) + 1.0))


def policy_gradient(W, S, rewards, actions):
    """REINFORCE: what is added up of two powers, beside what is a number less the mean."""
    returns, run = np.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        returns[t] = run = rewards[t] + 0.9 * run
    weights = returns - returns.mean()
    logits = S @ W
    logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.sum(np.sum(logp * actions, axis=1) * weights)


def epidemic(rates, seen, step):
    """Susceptible and infected by Euler's steps, numbers that are not elements of an array."""
    S, I, loss = 0.99, 0.01, 0.0
    for each in seen:
        dS, dI = -rates[0] * S * I, rates[0] * S * I - rates[1] * I
        S, I = S + step[0] * dS, I + step[0] * dI
        loss = loss + (I - each) ** 2
    return loss


@pytest.mark.parametrize(
    ("program", "shapes", "lines"),
    [
        (triplet, [(4, 3), (5, 4), (5, 4), (5, 4)], 8),
        (policy_gradient, [(3, 2), (6, 3), (6,), (6, 2)], 9),
        (epidemic, [(2,), (6,), (1,)], 12),
    ],
)
def test_what_would_read_two_things_as_one_is_a_formula_of_each(program, shapes, lines, agrees):
    arrays = [leaves(name, MAKE.normal(size=shape)) for name, shape in zip("WXYA", shapes)]
    loss = program(*arrays)
    params = [value for array in arrays for value in array.ravel()]
    lifted = lift(loss, params=params)
    agrees(lifted, loss, params)
    forward = str(lifted).partition("forward\n")[2].partition("\n\nbackward")[0]
    assert forward.count("\n") < lines, forward
    assert "; " not in forward, forward  # nothing is laid end to end
