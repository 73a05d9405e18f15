"""Recognise: which array operations are found in which scalar code, whatever way it is written.

A product is a ``matmul`` segment; a ``rows`` segment whose accesses have strides reads views.
"""

import numpy as np
import pytest

from autodiff import Value, dot, leaves, lift
from autodiff.functions import mean, sum
from autodiff.lifting.find.pairing import pair_rows
from autodiff.lifting.formula import Block, access


def segments(program):
    return [segment for formula in program.formulas for segment in formula.segments]


def products(program):
    """Shapes of the factors of all matrix products."""
    return [(s.x.shape, s.z.shape) for s in segments(program) if s.kind == "matmul"]


def gathers(program):
    """How many operands that are no constants are read by an array of positions."""
    read = [each for formula in program.formulas for each in formula.accesses if each.strides is None]
    return len([each for each in read if each.block is None or each.block.role != "constant"])


@pytest.fixture
def layer(matrix, vector):
    """W (4, 3), b (4,), X (5, 3) of leaves: 5 samples, one a row."""
    return matrix("W", 4, 3), vector("b", np.linspace(-1, 1, 4)), matrix("X", 5, 3, label=False)


def total(outputs):
    """A loss that uses every output differently."""
    return mean([(y * (0.3 + 0.1 * i)).tanh() for i, y in enumerate(outputs)])


WRITTEN = {
    "dot": lambda W, b, x: [dot(row, x) for row in W],
    "dot with bias": lambda W, b, x: [dot(row, x, bias) for row, bias in zip(W, b)],
    "bias last": lambda W, b, x: [dot(row, x) + bias for row, bias in zip(W, b)],
    "input first": lambda W, b, x: [dot(x, row) for row in W],
    "operands mixed": lambda W, b, x: [x[0] * r[0] + r[1] * x[1] + x[2] * r[2] for r in W],
    "bias within": lambda W, b, x: [x[0] * r[0] + c + r[1] * x[1] + x[2] * r[2] for r, c in zip(W, b)],
    "bias taken away": lambda W, b, x: [dot(row, x) - bias for row, bias in zip(W, b)],
    "negated": lambda W, b, x: [-dot(row, x, bias) for row, bias in zip(W, b)],
    "factor": lambda W, b, x: [0.5 * dot(row, x) + bias for row, bias in zip(W, b)],
    "divided": lambda W, b, x: [(dot(row, x) + bias) / 3.0 for row, bias in zip(W, b)],
    "factor on each input": lambda W, b, x: [dot(row, [2.0 * v for v in x]) for row in W],
    "a number less the product": lambda W, b, x: [1.0 - dot(row, x) for row in W],
    "last input first": lambda W, b, x: [dot(row[::-1], x[::-1], bias) for row, bias in zip(W, b)],
    "reversed input": lambda W, b, x: [dot(row, x[::-1]) for row in W],
    "last row first": lambda W, b, x: [dot(row, x) for row in W[::-1]],
    "every other row": lambda W, b, x: [dot(row, x) for row in W[::2]],
    "some columns": lambda W, b, x: [dot(row[1:], x[1:]) for row in W],
    "transposed": lambda W, b, x: [dot([row[j] for row in W], [*x, x[0]]) for j in range(3)],
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("declared", ["input", "constants", "numbers"])
def test_a_product_of_matrices_is_found_in_any_notation(agrees, layer, written, declared):
    W, b, X = layer
    rows = X if declared != "numbers" else [[v.data for v in row] for row in X]
    loss = total([y for x in rows for y in written(W, b, x)])
    params, inputs = [w for row in W for w in row] + b, {"X": X} if declared == "input" else {}
    program = lift(loss, inputs, params)
    agrees(program, loss, params, inputs)
    scaled = declared == "input" and written is WRITTEN["factor on each input"]
    assert len(products(program)) == 1, program
    if not scaled and written is not WRITTEN["transposed"]:
        assert gathers(program) <= (declared != "input")


def test_equal_samples_take_no_more_operations(agrees, layer):
    W, b, _ = layer
    for X in ([[1.0, 2.0, 3.0]] * 5, [[1.0, 0.0, 0.0]] * 4 + [[0.0, 1.0, 0.0]], [[0.0] * 3, [1.0] * 3]):
        loss = mean([dot(row, x, bias).tanh() for x in X for row, bias in zip(W, b)])
        params = [w for row in W for w in row] + b
        program = lift(loss, params=params)
        agrees(program, loss, params)
        assert len(program.formulas) == 3
        assert len(program) <= 10


def test_two_products_in_one_sum(agrees, matrix):
    W, U, X, H = (matrix(name, n, 3, name in "WU") for name, n in (("W", 4), ("U", 4), ("X", 5), ("H", 5)))
    loss = total([dot(w, x) - 2.0 * dot(u, h) for x, h in zip(X, H) for w, u in zip(W, U)])
    params = [v for row in W + U for v in row]
    program = lift(loss, {"X": X, "H": H}, params)
    agrees(program, loss, params, {"X": X, "H": H})
    assert products(program) == [((5, 3), (4, 3))] * 2
    assert gathers(program) == 0


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    "combine", [lambda z, v: z + v, lambda z, v: z * v, lambda z, v: z - v, lambda z, v: v - z]
)
def test_broadcasts_along_either_axis_are_views(agrees, layer, axis, combine):
    W, _, X = layer
    v = [Value(0.2 * i - 0.3, f"v[{i}]") for i in range(5 if axis else 4)]
    loss = total(
        [combine(dot(w, x).sin(), v[(j, s)[axis]]) for s, x in enumerate(X) for j, w in enumerate(W)]
    )
    params = [p for row in W for p in row] + v
    program = lift(loss, {"X": X}, params)
    agrees(program, loss, params, {"X": X})
    assert gathers(program) == 0
    assert len(program.formulas) <= 6


def test_sums_and_products_of_rows_and_columns_need_no_gather(agrees, matrix):
    A, B = matrix("A", 4, 3), matrix("B", 4, 3, label=False)
    params = [v for row in A for v in row]
    columns = list(zip(*A))
    for outputs in (
        [sum(row) for row in A],
        [sum(column) for column in columns],
        [dot(a, b) for a, b in zip(A, B)],
        [dot(a, a) for a in A],
        [dot(a, a) for a in columns],
        [a * b for row in zip(A, B) for a, b in zip(*row)],
        [a - b for a, b in zip(A[0][1:], A[0][:-1])],
    ):
        loss = total(outputs)
        program = lift(loss, {"B": B}, params)
        agrees(program, loss, params, {"B": B})
        assert gathers(program) == 0, program


def test_a_square_gives_its_operand_one_share():
    w = [Value(0.5 + i, f"w[{i}]") for i in range(5)]
    program = lift(sum([v * v for v in w]) / 5, params=w)
    assert "J = 0.2·‖w‖²" in str(program)  # parameters are no samples
    assert "dw = 0.4·w" in str(program)
    assert str(program).count("dw ") == 1


def test_sliding_windows_are_views(agrees, vector):
    k, x = vector("k", [0.5, -1.0, 2.0]), [Value(0.1 * i * i - 1) for i in range(20)]
    loss = total([dot(k, x[i : i + 3]) for i in range(18)])
    program = lift(loss, {"x": x}, k, wrt_inputs=True)
    agrees(program, loss, k, {"x": x})
    assert products(program) == [((18, 3), (1, 3))]
    assert gathers(program) == 0


def test_many_small_products_are_one_stack(agrees, matrix):
    A, B = (matrix(name, 6, 4) for name in "AB")  # three blocks of two rows each
    loss = total([dot(A[2 * b + i], B[2 * b + j]) for b in range(3) for i in range(2) for j in range(2)])
    params = [v for row in A + B for v in row]
    program = lift(loss, params=params)
    agrees(program, loss, params)
    assert products(program) == [((3, 2, 4), (3, 2, 4))]


def test_weighted_sums_of_one_array_are_one_segment(agrees, vector):
    w = vector("w", np.linspace(-1, 1, 12))
    loss = dot([v.exp() for v in w], np.linspace(0.3, 2.0, 12))
    program = lift(loss, params=w)
    agrees(program, loss, w)
    assert len(segments(program)) == 1
    assert gathers(program) == 0


def test_sums_that_are_multiples_of_one_sum_share_it(agrees, vector):
    w, v = vector("w", [0.5, -1.0, 2.0]), vector("v", [0.1, 0.2])
    for weights in ([1.0, -1.0, 1.0, 1.0, 1.0], [3.0, 0.1, -0.7, 7.0, 1 / 3]):
        x = [[Value(0.1 * s * i - 0.5) for i in range(3)] for s in range(5)]
        loss = mean(
            [(1.0 - y * (dot(w, each) + 0.3 * v[0] - v[1])).softplus() for y, each in zip(weights, x)]
        )
        program = lift(loss, {"x": x}, w + v)
        agrees(program, loss, w + v, {"x": x})
        assert products(program) == [((5, 3), (1, 3))]
    # and here only nearly
    loss = mean([(1.0 - c * (w[0] / c + w[1] * 1.1 + w[2])).softplus() for c in (1.0, 2.0, 3.0, 0.7)])
    program = lift(loss, params=w)
    agrees(program, loss, w)


def test_a_sum_of_nothing_but_numbers_times_zero(agrees):
    w = Value(0.5, "w")
    loss = ((w * 0.0).exp() + (w * 0.0 + 2.0)) * w
    program = lift(loss, params=[w])
    agrees(program, loss, [w])


def test_zeros_of_both_signs_are_different_numbers(agrees):
    w = Value(-2.0, "w")
    loss = Value(0.0).atan2(w) + Value(-0.0).atan2(w) * 0.5 + Value(-0.0).atan2(w * 2.0)
    program = lift(loss, params=[w])
    agrees(program, loss, [w])
    assert loss.data == pytest.approx(np.pi * (1 - 0.5 - 1))


def test_a_fixed_product_inside_a_batched_sum(agrees, run_source, matrix):
    W, V, u = matrix("W", 4, 3), matrix("V", 4, 2), [Value(0.3, "u[0]"), Value(-0.2, "u[1]")]
    x = [Value(0.1), Value(0.5), Value(-0.4)]
    loss = total([dot(w, x, dot(v, [u[0].exp(), u[1].exp()])) for w, v in zip(W, V)])
    params = [p for row in W for p in row] + [p for row in V for p in row] + u
    batched, single = lift(loss, {"x": x}, params, batch=True), lift(loss, {"x": x}, params)
    data = np.random.default_rng(0).standard_normal((3, 4))
    each = [single(x=column) for column in data.T]
    result = batched(x=data)
    _, grads = run_source(batched, x=data)
    for name, grad in result.grads.items():
        expected = np.mean([r.grads[name] for r in each], axis=0)
        assert np.allclose(grad, expected, rtol=1e-12, atol=1e-13)
        assert np.allclose(grads[name], expected, rtol=1e-12, atol=1e-13)


def test_the_largest_of_fixed_and_varying_values_in_a_batch(run_source):
    from autodiff import detach, maximum

    w = [Value(0.3, "w[0]"), Value(-0.2, "w[1]"), Value(0.9, "w[2]")]
    x = [Value(0.1), Value(0.5), Value(-0.4)]
    tops = [
        detach(maximum(w[0] * 2.0, x[0].exp())),
        detach(maximum(maximum(w[1] * 2.0, w[2] * 2.0), x[1].exp())),
        detach(maximum(x[2].exp(), x[1].exp())),
    ]
    loss = sum([top * w[0] * (i + 1.0) for i, top in enumerate(tops)])
    single, batched = lift(loss, {"x": x}, w), lift(loss, {"x": x}, w, batch=True)
    data = np.array([[0.1, -2.0], [0.5, 0.1], [-3.0, 0.7]])
    expected = np.mean([single(x=column).loss for column in data.T])
    assert batched(x=data).loss == pytest.approx(expected, rel=1e-13)
    assert run_source(batched, x=data)[0] == pytest.approx(expected, rel=1e-13)


MATRICES = {
    "a shift": [[1.0, 0.1], [0.0, 1.0]],
    "ones and zeros": [[0.0, 1.0], [1.0, 0.0]],
    "the last row smaller": [[2.0, 1.0], [0.5, 3.0]],
    "a permutation": [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    "a negative one": [[-1.0, 1.0], [1.0, -1.0]],
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_a_product_with_a_matrix_of_numbers_is_one(name, side):
    """Whatever its numbers are; what reads the product finds it as it was written."""
    A = np.array(MATRICES[name])
    n = len(A)
    W = leaves("W", np.linspace(0.5, 2.0, n * n).reshape(n, n))
    by_side = {"left": lambda M: A @ M, "right": lambda M: M @ A, "both": lambda M: A @ M @ A.T}[side]
    program = lift(np.sum(np.tanh(by_side(np.sin(W))) * np.cos(W)), {}, W.ravel())
    assert len(products(program)) == (2 if side == "both" else 1)
    assert gathers(program) == 0


# The pieces


def test_pairing_finds_rows_by_columns():
    x = np.array([[0, 1], [2, 3]])
    z = np.array([[10, 11], [12, 13], [14, 15]])
    pairs = [(i, j) for j in range(3) for i in range(2)]
    shuffled = np.random.default_rng(0).permutation(len(pairs))
    X, Z = (np.array([rows[p[k]] for p in pairs])[shuffled] for k, rows in ((0, x), (1, z)))
    dims, order = pair_rows(X, Z)
    assert dims == (2, 3)
    assert (X[order].reshape(2, 3, 2) == x[:, None]).all()
    assert (Z[order].reshape(2, 3, 2) == z[None]).all()
    assert pair_rows(X[:-1], Z[:-1]) is None


def test_access_is_a_view_where_positions_are_affine():
    block = Block(2, (3, 4), False, "parameter", "W")
    block_of = np.zeros(20, dtype=int)
    grid = 2 + np.arange(12).reshape(3, 4)
    for positions in (grid, grid.T, grid[::-1, ::2], grid[:, [1, 1, 1]], grid[1], grid[1, 2], grid[:0]):
        found = access(positions, False, [block], block_of)
        assert found.strides is not None
        assert np.array_equal(found.positions, positions)
        assert found.injective == (len(np.unique(positions)) == positions.size)
    found = access(grid[[0, 2, 1]], False, [block], block_of)
    assert found.strides is None
    assert np.array_equal(found.positions, grid[[0, 2, 1]])
