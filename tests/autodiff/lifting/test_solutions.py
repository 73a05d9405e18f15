"""Linear systems that were solved by elimination in scalars are one array operation of a program."""

import copy
import pickle

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from autodiff import Value, grad, leaves, lift, lifted
from autodiff.engine.errors import DomainError
from autodiff.engine.graph import topological_order
from autodiff.lifting import BranchError


def run_source(source, arrays):
    names = {}
    exec(source, names)
    return names["run"](*arrays)


def square(rng, *lead, n=3):
    return rng.normal(size=(*lead, n, n)) + 3.0 * np.eye(n)


def ridge(np, X, y):
    w = np.linalg.solve(np.dot(X.T, X) + 0.1 * np.eye(3), np.dot(X.T, y))
    return np.mean((np.dot(X, w) - y) ** 2)


CASES = {  # of NumPy and arrays, the shapes of which are draws; how many operations it takes
    "a vector": (lambda np, A, b: np.sum(np.linalg.solve(A, b) ** 2), (square, (3,)), 2),
    "several columns": (lambda np, A, B: np.sum(np.tanh(np.linalg.solve(A, B))), (square, (3, 2)), 3),
    "only a sum": (lambda np, A, B: np.sum(np.linalg.solve(A, B)), (square, (3, 2)), 2),
    "of numbers": (lambda np, A: np.sum(np.linalg.solve(A, np.ones((3, 2))) ** 2), (square,), 2),
    "by numbers": (lambda np, B: np.sum(np.linalg.solve(np.eye(3) + 0.1, B) ** 2), ((3, 2),), 2),
    "an inverse": (lambda np, A, b: np.dot(b, np.dot(np.linalg.inv(A), b)), (square, (3,)), 3),
    "an element of an inverse": (lambda np, A: np.linalg.inv(A)[0, 1] + A[0, 0] ** 2, (square,), 3),
    "its last": (lambda np, A: 1.0 * np.linalg.inv(A)[2, 0], (square,), 2),
    "one that is transposed": (lambda np, A, b: np.sum(np.linalg.solve(A.T, b) ** 2), (square, (3,)), 2),
    "a part of an array": (lambda np, A: np.sum(np.linalg.solve(A[:2, 1:], A[:2, 0]) ** 2), (square,), 2),
    "one after the other": (
        lambda np, A, B: np.sum(np.linalg.solve(A, np.linalg.solve(A.T, B)) ** 2),
        (square, (3, 2)),
        3,
    ),
    "a regression": (ridge, ((6, 3), (6,)), 8),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_one_operation_and_right_for_other_data(name):
    function, shapes, operations = CASES[name]
    rng = np.random.default_rng(0)
    letters = "AB"[: len(shapes)]

    def draw():
        return [rng.normal(size=each) if isinstance(each, tuple) else each(rng) for each in shapes]

    program = None
    for _ in range(4):
        arrays = draw()
        if program is None:
            values = [leaves(letter, array) for letter, array in zip(letters, arrays)]
            loss = function(np, *values)
            program = lift(loss, params=[value for array in values for value in array.ravel()])
            right = loss.data
        else:
            right = function(np, *arrays)
        program.params = dict(zip(letters, arrays))
        result = program()
        assert result.loss == pytest.approx(right, rel=1e-11)
        gradients = autograd.grad(lambda given: function(anp, *given))(tuple(arrays))
        by_source = run_source(program.source(), arrays)
        for letter, gradient in zip(letters, gradients):
            scale = 1.0 + np.abs(gradient).max()
            np.testing.assert_allclose(result.grads[letter], gradient, rtol=1e-10, atol=1e-12 * scale)
            np.testing.assert_allclose(by_source[1][letter], gradient, rtol=1e-10, atol=1e-12 * scale)
    assert len(program) <= operations
    assert "gathered" not in str(program)


def test_a_stack_is_solved_at_once():
    rng = np.random.default_rng(0)
    A, B = leaves("A", square(rng, 4)), leaves("B", rng.normal(size=(4, 3, 2)))
    program = lift(np.sum(np.linalg.solve(A, B) ** 3), params=[*A.ravel(), *B.ravel()])
    assert len(program) == 3 and "v1[n] = A[n]⁻¹·B[n],  n = 1 … 4" in str(program)


def test_each_sample_of_a_batch_has_its_system():
    rng = np.random.default_rng(0)
    x, W = leaves("x", rng.normal(size=3)), leaves("W", square(rng))

    def loss(W, x):
        return np.sum(np.linalg.solve(W + np.outer(x, x), np.linalg.solve(W, x)) ** 2)

    program = lift(loss(W, x), {"x": x}, W.ravel(), batch=True)
    X = rng.normal(size=(3, 5))
    result = program(x=X)
    assert result.loss == pytest.approx(np.mean([loss(W.data, column) for column in X.T]), rel=1e-12)
    total = sum(loss(W, column) for column in X.T) / 5.0
    slopes = np.array(grad(total, W.ravel().tolist())).reshape(3, 3)
    np.testing.assert_allclose(result.grads["W"], slopes, rtol=1e-11)
    value, gradients = run_source(program.source(), [W.data, X])
    assert value == pytest.approx(result.loss, rel=1e-12)
    np.testing.assert_allclose(gradients["W"], slopes, rtol=1e-11)


def test_a_matrix_may_be_made_of_numbers_and_of_what_varies():
    x, w = leaves("x", [0.5, 2.0]), Value(3.0, "w")
    A = type(x)([[w, x[0]], [1.0, x[1]]])
    program = lift(np.sum(np.linalg.solve(A, x) ** 2), {"x": x}, [w], batch=True)
    X = np.array([[0.3, 0.1], [1.0, 4.0]])
    right = [np.sum(np.linalg.solve([[3.0, a], [1.0, b]], [a, b]) ** 2) for a, b in X.T]
    assert program(x=X).loss == pytest.approx(np.mean(right), rel=1e-12)


def test_a_matrix_may_be_filled_from_several_arrays():
    x = leaves("x", [1.0, 2.0, 3.0])
    A = type(x)(np.eye(3))
    A[0, 1], A[2] = x[0], x
    loss = np.linalg.solve(A + 3.0 * np.eye(3), x).sum()
    program = lift(loss, params=x)
    assert program().loss == pytest.approx(loss.data, rel=1e-13)
    np.testing.assert_allclose(program().grads["x"], grad(loss, x.tolist()), rtol=1e-12)


def test_another_order_of_the_rows_is_no_other_program():
    def loss(A, b):
        return np.sum(np.linalg.solve(A, b) ** 2)

    fast, b = lifted(loss), np.array([1.0, 2.0, 3.0])
    for A in ([[0, 2, 1], [1, 1e-6, 3], [2, 1, 0.5]], [[5, 1, 1], [0, 0, 2], [1, 7, 1]], np.eye(3)[::-1]):
        value, grads = fast.value_and_grad(np.array(A, float), b)
        assert value == pytest.approx(loss(np.array(A, float), b), rel=1e-13)
        A = leaves("A", A)
        np.testing.assert_allclose(
            grads["A"].ravel(), grad(loss(A, b), A.ravel().tolist()), rtol=1e-11, atol=1e-13
        )
    assert fast.recordings == 1


def test_a_singular_matrix_is_named():
    A = leaves("A", [[2.0, 1.0], [1.0, 3.0]])
    program = lift(np.sum(np.linalg.inv(A)), params=A.ravel())
    program.params["A"] = [[1.0, 2.0], [2.0, 4.0]]
    with pytest.raises(DomainError, match=r"singular matrix A; in formula 1: v1 = A⁻¹"):
        program()
    with pytest.raises(DomainError, match="singular"):
        np.linalg.inv(leaves("A", [[1.0, 2.0], [2.0, 4.0]]))


def test_an_overflow_is_told_from_a_singular_matrix():
    A, b = leaves("A", [[2.0, 1.0], [1.0, 3.0]]), leaves("b", [1.0, 2.0])
    program = lift(np.sum(np.tanh(np.linalg.solve(A, b))), {"b": b}, A.ravel())
    program.params["A"] = [[1e-300, 0.0], [0.0, 1e-300]]
    with pytest.raises(DomainError, match="overflow"):
        program(b=[1e300, 1.0])


def test_a_gradient_that_is_recorded_itself_keeps_the_elimination_and_its_order():
    """The slopes of single steps are in its graph, which holds for one order of the rows."""
    A = leaves("A", [[2.0, 1.0], [1.0, 3.0]])
    slopes = grad(np.sum(np.linalg.inv(A) ** 2), A.ravel().tolist(), create_graph=True)
    program = lift(sum(slope * slope for slope in slopes), params=A.ravel())
    program.params["A"] = [[1e-9, 1.0], [1.0, 3.0]]
    with pytest.raises(BranchError):
        program()


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda loss: pickle.loads(pickle.dumps(loss))])
def test_a_copy_of_a_graph_knows_its_systems(twin):
    A = leaves("A", [[2.0, 1.0], [1.0, 3.0]])
    loss = twin(np.sum(np.linalg.inv(A) ** 2))
    copies = {node.label: node for node in topological_order(loss) if node.label}
    assert len(lift(loss, params=[copies[value.label] for value in A.ravel()])) == 2


def test_its_cotangent_is_by_the_solution_alone():
    rng = np.random.default_rng(0)
    A, b = leaves("A", square(rng)), leaves("b", rng.normal(size=3))
    X = np.linalg.solve(A, b)
    for i, x in enumerate(X):
        x.label = f"x[{i}]"
    loss = np.sum(X**2)
    loss.backward()
    np.testing.assert_allclose(X.grad, 2.0 * X.data, rtol=1e-14)
    program = lift(loss, {"b": b}, A.ravel(), wrt_inputs=True, keep=["x", "dx"])
    result = program(b=b.data)
    np.testing.assert_allclose(result.values["dx"], 2.0 * result.values["x"], rtol=1e-14)
    np.testing.assert_allclose(result.grads["b"], np.linalg.solve(A.data.T, 2.0 * X.data), rtol=1e-12)


def test_a_system_that_depends_on_nothing_is_a_number():
    w = leaves("w", [1.0, 2.0])
    fixed = np.linalg.solve(leaves("C", [[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0]))
    assert "J = 0.2·w[1] + 0.6·w[2]" in str(lift(np.dot(w, fixed), params=w))
