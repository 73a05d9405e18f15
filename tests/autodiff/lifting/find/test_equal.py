"""What is recorded twice is computed once, and gets both gradients; numbers equal by chance are not one."""

import numpy as np

from autodiff import leaves, lift

Z = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.5]])


def formulas(program):
    return [formula.block.dims for formula in program.plan.steps]


def gradients_agree(loss, array):
    program = lift(loss, params=array)
    array.zero_grad()
    loss.backward()
    np.testing.assert_allclose(program().grads["Z"], array.grad, rtol=1e-13, atol=1e-15)
    return program


def test_a_mean_that_is_taken_twice_is_computed_once():
    A = leaves("Z", Z)
    loss = np.sum((A - A.mean(axis=0)) / A.std(axis=0) * np.arange(6.0).reshape(2, 3))
    program = gradients_agree(loss, A)
    assert formulas(program).count((3,)) == 3  # mean, variance, and its root


def test_what_is_computed_from_equal_things_is_equal():
    A = leaves("Z", Z)
    once = np.tanh(np.exp(A) @ np.ones(3))
    again = np.tanh(np.exp(A) @ np.ones(3))
    assert formulas(gradients_agree(np.sum(once * once), A)) != []
    both = gradients_agree(np.sum(once * again), A)
    products = gradients_agree(np.sum(once * once), A)
    assert len(both) == len(products)


def test_a_product_with_the_transpose_stays_one_of_matrices():
    A = leaves("Z", Z)
    program = gradients_agree(np.sum(np.tanh(A @ A.T)), A)
    assert formulas(program) == [(2, 2), (2, 2), ()]


def test_rows_of_equal_numbers_are_different_rows():
    A = leaves("Z", Z)
    X = np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]])
    program = gradients_agree(np.sum(np.tanh(X @ A)), A)
    assert formulas(program)[0] in [(3, 3)]


def test_what_is_kept_is_there_though_it_is_computed_elsewhere_too():
    A = leaves("Z", Z)
    first, second = A.mean(axis=0), A.mean(axis=0)
    for j, value in enumerate(second):
        value.label = f"mu[{j}]"
    program = lift(np.sum((A - first) ** 2 * second), params=A, keep=["mu"])
    np.testing.assert_allclose(program().values["mu"], Z.mean(axis=0), rtol=1e-15)
