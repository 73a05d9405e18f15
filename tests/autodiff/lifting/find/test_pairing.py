"""Pairing: rows by columns, and rows that are multiples of one."""

import numpy as np
import pytest

from autodiff import Value, dot, lift
from autodiff.functions import sum
from autodiff.lifting.find.pairing import row_scale

SAME = np.zeros((3, 2), int)


def test_rows_that_are_multiples_of_one_are_scales_times_that_row():
    scale, rows = row_scale(np.array([[2.0, 4.0], [3.0, 6.0], [-1.0, -2.0]]), SAME)
    assert scale.tolist() == [4.0, 6.0, -2.0]
    assert rows.tolist() == [[0.5, 1.0]] * 3


def test_terms_may_stand_in_any_order():
    pair = np.array([[0, 1], [1, 0], [0, 1]])
    scale, rows = row_scale(np.array([[2.0, 4.0], [6.0, 3.0], [-1.0, -2.0]]), pair)
    assert (scale[:, None] * rows).tolist() == [[2.0, 4.0], [6.0, 3.0], [-1.0, -2.0]]


@pytest.mark.parametrize(
    "rows", [[[0.0, 0.0], [3.0, 6.0]], [[2.0, 4.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0], [-1.0, -2.0]]]
)
def test_a_row_of_zeros_is_0_times_the_row_of_the_others(rows):
    scale, alike = row_scale(np.array(rows), np.zeros(np.shape(rows), int))
    assert scale.tolist() == [row[1] for row in rows]
    assert alike.tolist() == [[0.5, 1.0]] * len(rows)


def test_sums_times_labels_of_which_some_are_0_keep_their_numbers():
    rng = np.random.default_rng(0)
    w = [Value(each, f"w[{i}]") for i, each in enumerate(rng.normal(size=3))]
    labels, X = [0.0, 2.0, 0.0, -1.5], rng.normal(size=3)
    loss = sum([sum([y * c * v for c, v in zip(X.tolist(), w)]).exp() for y in labels])
    loss.backward()
    result = lift(loss, params=w)()
    assert result.loss == pytest.approx(loss.data, rel=1e-14)
    assert result.grads["w"].tolist() == pytest.approx([v.grad for v in w], rel=1e-14)


@pytest.mark.parametrize("seed", range(20))
def test_products_that_were_rounded_are_multiples_of_one_row_still(seed):
    rng = np.random.default_rng(seed)
    scale, row = rng.uniform(0.1, 3.0, (5, 1)), rng.uniform(0.1, 3.0, 4)
    found = row_scale(scale * row, np.zeros((5, 4), int))
    assert found is not None
    assert np.allclose(found[0][:, None] * found[1], scale * row, rtol=1e-15, atol=0.0)


@pytest.mark.parametrize("off", [1e-3, 1e-9, 1e-13, 3e-15])
def test_rows_that_differ_by_more_than_rounding_are_not(off):
    assert row_scale(np.array([[2.0, 4.0], [3.0, 6.0 * (1.0 + off)], [-1.0, -2.0]]), SAME) is None


@pytest.mark.parametrize(
    "rows",
    [
        [[2.0], [3.0]],  # one term each
        [[2.0, 4.0]] * 3,  # all alike, nothing to take out
        [[2.0, 4.0], [3.0, 0.0]],  # no multiple
        [[0.0, 0.0], [0.0, 0.0]],  # all alike, and 0
        [[4.0, 2.0], [4.0, 3.0]],  # one scale for all
    ],
)
def test_what_has_no_scales_is_left(rows):
    assert row_scale(np.array(rows), np.zeros(np.shape(rows), int)) is None


def test_nearly_proportional_coefficients_keep_their_digits():
    x = [Value(0.5, "x[0]"), Value(-0.25, "x[1]")]
    coefficients = [[1.0, 2.0], [2.0, 4.0 + 4e-9], [3.0, 6.0 + 1e-10]]
    loss = sum([dot(row, x).exp() for row in coefficients])
    loss.backward()
    result = lift(loss, params=x)()
    assert result.grads["x"].tolist() == pytest.approx([v.grad for v in x], rel=1e-15)
