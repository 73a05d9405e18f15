"""Array as a NumPy array: views, printing, copies, numbers in and out, and nothing cut in silence."""

import copy
import pickle

import numpy as np
import pytest

from autodiff import Array, Value, exp, grad, leaves, softmax, where
from autodiff.arrays import Mask

F = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.fixture
def A():
    return leaves("A", [[1.0, 2.0], [3.0, -4.0]])


def test_it_is_a_numpy_array_of_values(A):
    assert isinstance(A, np.ndarray) and A.dtype == object and A.shape == (2, 2) and len(A) == 2
    assert isinstance(A[0, 1], Value) and A[0, 1].label == "A[0,1]"
    assert [type(row) for row in A] == [Array, Array]
    assert A.T[1, 0] is A[0, 1] is A.reshape(-1)[1] is A[:, 1:][0, 0] is A.ravel()[1] is A.flatten()[1]
    assert np.shares_memory(A.T, A) and np.shares_memory(np.asarray(A), A)
    assert repr(A) == "Array([[ 1.,  2.],\n       [ 3., -4.]])" and str(A) == str(A.data) == f"{A}"
    assert repr(A > 0) == "Mask([[1., 1.],\n      [1., 0.]])"


def test_copies_and_pickles_are_graphs_of_their_own(A):
    B = A * 2.0
    for twin in (copy.deepcopy(B), pickle.loads(pickle.dumps(B))):
        assert type(twin) is Array and twin.data.tolist() == B.data.tolist()
        assert twin[0, 0] is not B[0, 0] and twin[0, 0].operands[0].label == "A[0,0]"
    assert copy.copy(A)[0, 0] is A.copy()[0, 0] is A[0, 0]


def test_data_and_grad_are_copies_and_assignment_writes_into_the_values(A):
    np.sum(A * A).backward()
    assert A.grad.dtype == A.data.dtype == np.float64
    numbers = A.data
    numbers[0, 0] = 100.0
    assert A[0, 0].data == 1.0
    first = A[0, 0]
    A.data -= 0.5 * A.grad
    assert A[0, 0] is first and A.data.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    A.zero_grad()
    assert not A.grad.any()
    A.data = 3
    A.T.data = [[1, 2], [3, 4]]
    assert A.data.tolist() == [[1.0, 3.0], [2.0, 4.0]]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([1.0, 2.0, 3.0], ValueError, r"data has shape \(2, 2\), got \(3,\)"),
        ([[1.0, 2.0], [3.0, np.nan]], ValueError, "a Value holds a finite number"),
        ([[1.0, 2.0], [3.0, "4"]], TypeError, "of type str"),
    ],
)
def test_numbers_that_do_not_fit_change_nothing(A, given, error, message):
    with pytest.raises(error, match=message):
        A.data = given
    assert A.data.tolist() == [[1.0, 2.0], [3.0, -4.0]]


def test_numbers_become_constants():
    v = Value(2.0)
    B = Array([[v, 1], [np.float32(0.5), True]])
    assert B[0, 0] is v and B.data.tolist() == [[2.0, 1.0], [0.5, 1.0]]
    B[1] = 7
    B[0, 1] = np.int64(3)
    assert all(isinstance(each, Value) for each in B.flat) and B.data.tolist() == [[2.0, 3.0], [7.0, 7.0]]
    B.fill(1.5)
    assert B.data.tolist() == [[1.5, 1.5], [1.5, 1.5]]
    for like, number in ((np.zeros_like, 0.0), (np.ones_like, 1.0), (np.empty_like, 0.0)):
        C = like(B)
        assert type(C) is Array and C.data.tolist() == [[number] * 2] * 2
        assert len({id(each) for each in C.flat}) == 4
        C[0, 0] = v
        assert C[0, 0] is v
    assert np.full_like(B, 2.0, shape=3).data.tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(TypeError, match="of type str"):
        Array([1.0, "x"])


def mixtures(A, v):
    x = np.float64(2.0)
    return {
        "float array": (
            F,
            [A + F, F + A, F * A, A @ F, F @ A, F.dot(A), A.dot(F), np.dot(F, A), F - A, F / A],
        ),
        "Value": (v.data, [A + v, v + A, v * A, A / v, v - A, v**A, np.maximum(v, A)]),
        "number": (2.0, [2 * A, A * 2, x * A, A + x, x - A, 2 / A, True * A, np.array(2.0) * A, 2**A]),
        "Value and floats": (F, [v * F, F * v, F - v, v / F, np.add(v, F)]),
    }


@pytest.mark.parametrize("kind", mixtures(np.ones((2, 2)), Value(1.0)))
def test_all_kinds_of_operands_mix(A, kind):
    v = Value(2.0, "v")
    _, recorded = mixtures(A, v)[kind]
    _, expected = mixtures(A.data, np.float64(2.0))[kind]
    for result, numbers in zip(recorded, expected, strict=True):
        assert type(result) is Array and all(isinstance(each, Value) for each in result.flat)
        np.testing.assert_allclose(result.data, numbers, rtol=1e-15)


def test_in_place_operators_change_the_array_and_what_views_it(A):
    B = A * 1.0
    column = B[:, 0]
    B += 1
    B *= F
    B /= 2.0
    B **= 2
    B @= F
    expected = A.data
    expected += 1
    expected *= F
    expected /= 2.0
    expected **= 2
    assert type(B) is Array and B.data.tolist() == (expected @ F).tolist()
    assert column[0] is B[0, 0]
    B -= B.max(axis=1, keepdims=True)
    assert B.data.max(axis=1).tolist() == [0.0, 0.0]
    np.sum(B).backward()
    assert A.grad.any()


@pytest.mark.parametrize(
    "cut",
    [
        lambda A: F.copy().__imul__(A),
        lambda A: F.copy().__iadd__(A[0, 0]),
        lambda A: F.copy().__setitem__((0, 0), A[0, 0]),
        lambda A: F.copy().__setitem__(0, A[0]),
        lambda A: np.asarray(A, float),
        lambda A: np.exp(A, out=np.zeros((2, 2))),
        lambda A: np.add.at(F.copy(), [0], A[:1]),
        lambda A: float(A[0, 0]),
        lambda A: int(A[0, 0]),
        lambda A: A.astype(int),
        lambda A: A.tobytes(),
        lambda A: np.copyto(F.copy(), A),
        lambda A: np.array([[1.0, A[0, 0]]], dtype=np.float32),
    ],
)
def test_nothing_is_cut_off_in_silence(A, cut):
    with pytest.raises(TypeError, match=r"\.data|autodiff\.Array"):
        cut(A)


def test_as_bools_the_numbers_are_a_mask(A):
    above = np.triu(np.ones_like(A), 1).astype(bool)
    assert isinstance(above, Mask)
    np.testing.assert_array_equal(np.where(above, 0.0, A).data, np.tril(A.data))


def test_functions_of_autodiff_give_arrays(A):
    for result in (exp(A), softmax(A), where(A > 0, A, 0.0)):
        assert isinstance(result, Array)
    np.testing.assert_allclose(softmax(A).data, np.exp(A.data) / np.exp(A.data).sum(axis=0))


def test_a_result_without_axes_is_a_value(A):
    for result in (
        np.sum(A),
        A.mean(),
        A[0] @ A[1],
        np.linalg.det(A),
        A[:1, :1].squeeze(),
        np.exp(leaves("w", 1.0)),
    ):
        assert isinstance(result, Value)
    assert isinstance(A[0, 0] * leaves("w", 1.0), Value)


def test_a_mask_remembers_what_it_compared(A):
    mask = A > 0
    assert isinstance(mask, Mask) and all(each.op == "step" for each in mask.flat)
    assert ((A > 0) * A).data.tolist() == [[1.0, 2.0], [3.0, 0.0]]
    assert (~mask).data.tolist() == (A <= 0).data.tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert ((A > 1) & (A < 3) | (A == -4)).data.tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert (mask ^ (A != 1)).data.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert type(mask.astype(float)) is type(mask.astype(int)) is Array
    accuracy = ((A > 0) == np.array([[1, 0], [1, 0]])).mean()
    assert accuracy.data == 0.75 and f"{accuracy:.0%}" == "75%"
    with pytest.raises(TypeError, match="parentheses"):
        A & (A > 0)
    with pytest.raises(TypeError, match="the negative of numbers write -A"):
        np.invert(A)


def test_arithmetic_of_masks_is_that_of_bools(A):
    x, z = A > 0, A > 1
    assert (x + z).data.tolist() == (x | z).data.tolist() == [[1.0, 1.0], [1.0, 0.0]]
    assert isinstance(x * z, Mask) and (x * z).data.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert (x + np.array([[True, True], [False, True]])).data.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert (x + 1.0).data.max() == 2.0 and (1 - x).data.tolist() == [[0.0, 0.0], [0.0, 1.0]]
    for refused, message in ((lambda: x - z, r"write a \^ b"), (lambda: -x, "write ~mask")):
        with pytest.raises(TypeError, match=message):
            refused()


def test_plain_arrays_of_values_know_the_functions_too():
    values = [Value(1.0), Value(3.0)]
    assert np.var(values).data == 1.0 and np.std(np.array(values)).data == 1.0
    assert [each.data for each in np.exp2(np.array(values))] == [2.0, 8.0]


@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_methods_of_plain_arrays_of_values_have_the_gradients_of_an_arrays(name, A):
    plain = np.array(A)
    assert type(plain) is np.ndarray
    results = [getattr(array, name)(axis=0) @ [1.0, -2.0] for array in (A, plain)]
    assert results[0].data == pytest.approx(results[1].data, rel=1e-15)
    gradients = [grad(each, [*A.ravel()]) for each in results]
    assert any(gradients[0]) and gradients[0] == pytest.approx(gradients[1], rel=1e-14)


def test_assignment_by_a_mask_is_recorded(A):
    B = A.copy()
    B[B < 0] = 0
    B[B > 2] = A[0, 1]
    assert B.data.tolist() == [[1.0, 2.0], [2.0, 0.0]]
    np.sum(B).backward()
    assert A.grad.tolist() == [[1.0, 2.0], [0.0, 0.0]]
    A.data = [[3.0, 0.5], [-1.0, 1.0]]
    rows = A.copy()
    rows[rows[:, 0] < 0] = 9.0
    assert rows.data.tolist() == [[3.0, 0.5], [9.0, 9.0]]


def test_a_selection_is_a_choice_and_its_gradient_is_right(A):
    B = A * 2.0
    B[B < 0] *= 0.1
    assert B[A > 1].data.tolist() == [4.0, 6.0]
    np.sum(B).backward()
    np.testing.assert_allclose(A.grad, [[2.0, 2.0], [2.0, 0.2]])
    with pytest.raises(TypeError, match=r"an index is made of ints, slices and masks"):
        A[A]


def test_a_value_answers_what_code_asks_of_a_number_of_numpys():
    """``cost = np.squeeze(cost); assert cost.shape == ()``"""
    x = Value(-2.0, "x")
    cost = np.squeeze(Array([[x * 3.0]]))
    assert cost.shape == () and (cost.ndim, cost.size) == (0, 1)
    same = [cost.squeeze(), cost.copy(), cost.sum(), cost.mean(), cost.max(), cost.T, cost.astype(float)]
    assert all(each.data == -6.0 for each in same)
    assert type(cost.reshape(1, 1)) is type(cost.ravel()) is Array
    grad_of_all = grad(sum(same) + cost.ravel()[0] + cost.clip(-1.0, 1.0), [x])
    assert grad_of_all == [24.0]
    assert cost.std().data == 0.0 and cost.argmax() == 0
    with pytest.raises(TypeError, match="constant almost everywhere"):
        cost.round(2)
