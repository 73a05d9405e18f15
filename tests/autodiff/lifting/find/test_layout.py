"""Groups lie like what they read, so that what comes next finds views: no gather where there is a rule."""

import numpy as np
import pytest

from autodiff import exp, leaves, lift, maximum, sqrt
from autodiff.functions import mean

X = np.random.default_rng(4).normal(size=(6, 4))


def irregular(program):
    read = [access for formula in program.formulas for access in formula.accesses]
    return [a for a in read if a.strides is None and a.block.role != "constant"]


def pairs(A):
    """exp(-‖x - z‖²) of each row with each."""
    return sum(exp(-sum((a - b) ** 2 for a, b in zip(x, z))) for x in A for z in A)


def pooled(A):
    return sum(
        maximum(A[2 * i, 2 * j], A[2 * i + 1, 2 * j + 1]).tanh() * (i + 2 * j + 1)
        for i in range(3)
        for j in range(2)
    )


def spread(A):
    """Each row by its root mean square, taken anew for each element."""
    return sum((a / sqrt(mean([b * b for b in row]) + 1e-5)).tanh() for row in A for a in row)


def softened(A):
    total = 0.0
    for row in A:
        powers = [exp(a) for a in row]
        total = total + sum(p / sum(powers) * p for p in powers)
    return total


@pytest.mark.parametrize("program", [pairs, pooled, spread, softened])
def test_there_is_a_rule_for_all_that_is_read(agrees, program):
    A = leaves("X", X)
    loss = program(A)
    params = A.ravel().tolist()
    lifted = lift(loss, params=params)
    agrees(lifted, loss, params)
    left = irregular(lifted)
    assert not left
