"""Lengths of arrays, rows and vectors are one unit each, whatever hypotenuses they share."""

import numpy as np
import pytest

from autodiff import leaves, lift
from autodiff.functions import norm

LENGTHS = {
    "of a matrix": (1, lambda W: norm(W.ravel())),
    "that begin alike": (3, lambda W: norm(W.ravel()) + norm(W[0])),
    "of more and more rows": (5, lambda W: norm(W[0]) * norm(W[:2].ravel()) * norm(W.ravel())),
    "of a number twice": (1, lambda W: norm([W[0, 0], W[0, 0], W[1, 2]])),
    "of a number alone": (3, lambda W: norm([W[0, 0]]) + norm([W[0, 1], W[0, 2], W[0, 3]])),
    "of lengths": (2, lambda W: norm([norm([W[0, 0], W[0, 1]]), norm([W[1, 0], W[1, 1]])])),
    "with a constant": (3, lambda W: norm([norm([W[0, 0], W[0, 1]]), 3.0])),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_it_is_computed_and_differentiated_as_recorded(name, agrees):
    lines, loss = LENGTHS[name]
    W = leaves("W", np.arange(-3.0, 9.0).reshape(3, 4))
    params = W.ravel().tolist()
    program = lift(loss(W), {}, params)
    agrees(program, loss(W), params)
    assert len(program.formulas) <= lines


def test_many_lengths_that_share_what_they_begin_with_stay_hypotenuses(agrees):
    w = leaves("w", np.arange(1.0, 41.0))
    loss = sum(norm(w[: n + 1]) for n in range(40))
    program = lift(loss, {}, w.tolist())
    agrees(program, loss, w.tolist())
    assert len(program) > 40
