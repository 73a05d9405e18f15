"""What NumPy computes or writes only where a mask holds: ``where=`` of ufuncs, and ``copyto`` and its kin."""

import warnings

import numpy as np
import pytest

from autodiff import Array, DomainError, Value, grad, leaves, lifted
from autodiff.arrays import FUNCTIONS
from tests.autodiff.arrays.test_table import data_for, differences, numbers_of, structure, values_of

UFUNCS = [
    entry
    for entry in FUNCTIONS.values()
    if isinstance(entry.function, np.ufunc) and entry.group == "Element by element"
]
MASK = np.array([[True, False, True], [False, False, True]])
MASKS = {"plain": lambda a: MASK, "recorded": lambda a: (a > 0.5) | MASK}


def see_numbers_slopes_and_graph(body, shapes):
    """Values and gradients are NumPy's, and other data have the same graph."""
    arrays, others = (data_for(body, shapes, np.random.default_rng(seed)) for seed in (1, 2))
    recorded = [Array(each) for each in arrays]
    outputs = values_of(body(*recorded))
    weights = np.random.default_rng(0).normal(size=len(outputs))
    np.testing.assert_allclose(numbers_of(outputs), numbers_of(body(*arrays)), rtol=1e-12)
    total = sum((w * y for w, y in zip(weights.tolist(), outputs)), Value(0.0))
    slopes = grad(total, [value for array in recorded for value in array.ravel()])
    np.testing.assert_allclose(slopes, differences(body, arrays, weights), rtol=1e-5, atol=1e-7)
    assert structure(values_of(body(*map(Array, others)))) == structure(outputs)


@pytest.mark.parametrize("entry", UFUNCS, ids=lambda entry: entry.name)
@pytest.mark.parametrize("mask", MASKS)
def test_a_ufunc_where_a_mask_holds(entry, mask):
    def body(a, *rest):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return entry.function(a, *rest, out=2.0 * a, where=MASKS[mask](a))

    try:
        see_numbers_slopes_and_graph(body, [(2, 3)] * entry.function.nin)
    except DomainError:  # behind a mask stands 1
        assert (entry.function, mask) == (np.arctanh, "recorded")


def copied(a, b):
    np.copyto(a := a * 1.0, b, where=MASK)
    return a


def copied_whole(a, b):
    np.copyto(a := a * 1.0, b * b)
    return a


def put(a, b):
    np.putmask(a := a * 1.0, MASK, b[0] * 2.0)
    return a


def put_where_it_is_small(a, b):
    np.putmask(a := a * 1.0, a < b, 0.0)
    return a


def placed(a, b):
    np.place(a := a * 1.0, MASK, b[0, :2])
    return a


def zeros_on_the_diagonal(a, b):
    np.fill_diagonal(a := a * b, 0.0)
    return a


@pytest.mark.parametrize(
    "body", [copied, copied_whole, put, put_where_it_is_small, placed, zeros_on_the_diagonal]
)
def test_what_writes_in_place(body):
    see_numbers_slopes_and_graph(body, [(2, 3)] * 2)


def test_division_that_leaves_out_zeros_is_lifted_and_right_on_other_data():
    @lifted
    def share(A, B):
        return np.sum(np.divide(A, B, out=np.zeros_like(A), where=B != 0) ** 2)

    for A, B in (([3.0, 2.0, 1.0], [2.0, 0.0, 4.0]), ([1.0, 5.0, 2.0], [0.0, 0.0, 8.0])):
        A, B = np.array(A), np.array(B)
        value, grads = share.value_and_grad(A, B)
        kept, safe = B != 0, np.where(B != 0, B, 1.0)
        assert value == pytest.approx(np.sum(np.where(kept, A / safe, 0.0) ** 2), rel=1e-12)
        np.testing.assert_allclose(grads["A"], np.where(kept, 2 * A / safe**2, 0.0), rtol=1e-12)
        np.testing.assert_allclose(grads["B"], np.where(kept, -2 * A**2 / safe**3, 0.0), rtol=1e-12)


def test_what_would_have_no_number_is_asked_for():
    A = leaves("A", [[1.0, 2.0]])
    for call, says in (
        (lambda: np.exp(A, where=np.array([[True, False]])), "out=np.zeros_like"),
        (lambda: np.max(A, where=np.array([[True, False]])), "initial="),
        (lambda: np.mean(A, where=np.array([[False, False]])), "the mean of nothing"),
        (lambda: np.var(A, ddof=1, where=np.array([[True, False]])), "takes more than 1 numbers, got 1"),
        (lambda: np.place(A, A > 1.5, [1.0, 2.0]), "takes one number"),
        (lambda: np.putmask(np.zeros((1, 2)), A > 1.5, A), "holds plain numbers"),
        (lambda: np.bincount(A[0]), "plain ints"),
        (lambda: np.bincount([0.0, 1.0], weights=A[0]), "plain ints"),
        (lambda: np.bincount([-1, 1], weights=A[0]), "ints from 0"),
        (lambda: np.bincount([0, 1, 1], weights=A[0]), "as many weights"),
        (lambda: np.matmul(A, A.T, out=A[:, :1], where=np.array([[True]])), "where"),
        (lambda: np.gradient(A[0], [0.0, 1.5]), "one number"),
    ):
        with pytest.raises((TypeError, ValueError), match=says):
            call()
