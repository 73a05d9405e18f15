"""A number that multiplies all terms of a product stands in front of it, and the product is found."""

import numpy as np
import pytest

from autodiff import leaves, lift

MAKE = np.random.default_rng(3)
A, B, C = MAKE.normal(size=(3, 4)), MAKE.normal(size=(4, 5)), MAKE.normal(size=(3, 5))


def gathers(program):
    read = [access for formula in program.formulas for access in formula.accesses]
    return sum(access.strides is None and access.block.role != "constant" for access in read)


def products(program):
    return [s for f in program.formulas for s in f.segments if s.kind == "matmul"]


def made(shape=(1,)):
    a = leaves("a", np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape))
    return a, leaves("A", A), leaves("B", B)


def by_loops(weigh, W, V):
    """Σ over tanh of a product whose factors stand in a row, the weight first."""
    total = 0.0
    for i in range(3):
        for j in range(5):
            entry = 0.0
            for k in range(4):
                entry = entry + weigh(i, j, k) * W[i, k] * V[k, j]
            total = total + C[i, j] * entry.tanh()
    return total


def test_a_parameter_before_each_term_of_a_product_is_pulled_out(agrees):
    a, W, V = made()
    loss = by_loops(lambda i, j, k: a[0], W, V)
    program = lift(loss, params=[*a, *W.ravel(), *V.ravel()])
    agrees(program, loss, [*a, *W.ravel(), *V.ravel()])
    assert gathers(program) == 0
    (product,) = products(program)
    assert {product.x.block.name, product.z.block.name} == {"A", "B"}


def test_factors_of_rows_of_a_sum_stay_where_they_are(agrees):
    a, W, V = made((4,))
    loss = by_loops(lambda i, j, k: a[k], W, V)
    program = lift(loss, params=[*a, *W.ravel(), *V.ravel()])
    agrees(program, loss, [*a, *W.ravel(), *V.ravel()])
    (product,) = products(program)
    assert {product.x.block.role, product.z.block.role} == {"parameter", "formula"}


@pytest.mark.parametrize("number", [1.2, -0.5, 1e-9])
def test_a_number_before_each_term_is_the_coefficient_of_the_product(agrees, number):
    _, W, V = made()
    loss = by_loops(lambda i, j, k: number, W, V)
    program = lift(loss, params=[*W.ravel(), *V.ravel()])
    agrees(program, loss, [*W.ravel(), *V.ravel()])
    assert gathers(program) == 0
    assert [product.coefficient for product in products(program)] == [number]


def test_two_numbers_on_two_sides_of_a_program_do_not_mix_its_arrays(agrees):
    _, W, _ = made()
    y, r = leaves("y", [1.0, -2.0, 0.5]), leaves("r", [0.3, 0.2, -1.0])
    x = [sum(1.2 * W[i, j] * y[i] for i in range(3)) for j in range(4)]
    w = [sum(1.5 * W[i, j] * x[j] for j in range(4)) for i in range(3)]
    loss = sum(r[i] * w[i] for i in range(3))
    params = [*W.ravel(), *y, *r]
    program = lift(loss, params=params)
    agrees(program, loss, params)
    assert gathers(program) == 0
    assert len(program.formulas) == 3


def test_weights_that_differ_are_an_array_of_their_own(agrees):
    weights = MAKE.normal(size=(3, 4))
    _, W, V = made()
    loss = by_loops(lambda i, j, k: float(weights[i, k]), W, V)
    program = lift(loss, params=[*W.ravel(), *V.ravel()])
    agrees(program, loss, [*W.ravel(), *V.ravel()])
    assert len(products(program)) == 1


def test_huge_factors_are_not_multiplied_before_their_time():
    w, v = leaves("w", [1e-200]), leaves("v", [1e-200])
    loss = 1e250 * w[0] * (1e250 * v[0])
    program = lift(loss, params=[*w, *v])
    assert program().loss == pytest.approx(1e100)
    np.testing.assert_allclose(program().grads["w"], [1e300])


def test_a_scaled_array_that_is_asked_for_is_there(agrees):
    a, W, V = made()
    scaled = [[a[0] * w for w in row] for row in W]
    for i, row in enumerate(scaled):
        for j, value in enumerate(row):
            value.label = f"S[{i},{j}]"
    loss = sum(sum(row[k] * V[k, j] for k in range(4)).tanh() for row in scaled for j in range(5))
    program = lift(loss, params=[*a, *W.ravel(), *V.ravel()], keep=["S"])
    np.testing.assert_allclose(program().values["S"], 0.5 * A)
