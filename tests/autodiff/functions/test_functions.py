"""Functions give back the kind they were given, are right for each, and stable where promised."""

import functools
import itertools
import math
import operator
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autodiff
from autodiff import (
    DomainError,
    Value,
    clip,
    dot,
    elu,
    exp,
    grad,
    hessian,
    jacobian,
    leaky_relu,
    log,
    log_softmax,
    logsumexp,
    mean,
    mul,
    prod,
    sigmoid,
    softmax,
    softplus,
    tanh,
    topological_order,
    where,
)
from autodiff import sum as total
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from nn.losses import binary_cross_entropy

ROWS = pytest.mark.parametrize("op", OPS.values(), ids=OPS)
data = np.vectorize(lambda x: getattr(x, "data", x), otypes=[float])


def objects(array):
    return np.vectorize(Value, otypes=[object])(array)


def operands_of(op):
    """Two operands that every row is defined at, as rows of an array of shape (arity, 2)."""
    return np.array([[1.2, 1.5] if op.name == "acosh" else [0.6, 0.7], [1.7, 0.4]])[: op.arity]


@ROWS
def test_each_kind_in_the_same_kind_out(op):
    function = getattr(autodiff, op.name)
    at = operands_of(op)
    expected = [op.forward(FLOATS, *map(float, each)) for each in at.T]
    first = [float(x) for x in at[:, 0]]

    for number in (function(*first), function(*map(np.float64, first)), function(*map(np.array, first))):
        assert type(number) is float and number == expected[0]
    node = function(*map(Value, first))
    assert type(node) is Value and (node.op, node.data) == (op.name, expected[0])

    for array in (function(*at), function(*at.tolist()), function(*map(tuple, at))):
        assert isinstance(array, np.ndarray) and array.dtype == np.float64
        np.testing.assert_allclose(array, expected, rtol=1e-15)
    matrix = function(*(each.reshape(2, 1) for each in at))
    assert matrix.shape == (2, 1) and matrix.dtype == np.float64
    for boxed in (function(*map(objects, at)), function(*(list(map(Value, each)) for each in at))):
        assert boxed.dtype == object and [each.data for each in boxed] == expected
        assert all(type(each) is Value for each in boxed)


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.arity == 2], ids=lambda op: op.name)
def test_kinds_mix_and_shapes_broadcast(op):
    function = getattr(autodiff, op.name)
    a, b = Value(0.6), Value(1.7)
    y = op.forward(FLOATS, 0.6, 1.7)
    assert function(a, 1.7).data == function(0.6, b).data == y
    assert function(a, 1.7).operands[0] is a and function(0.6, b).operands[1] is b
    columns, rows = np.array([[0.6], [0.7]]), np.array([1.7, 0.4, 0.9])
    table = [[op.forward(FLOATS, x, z) for z in rows] for x in columns[:, 0]]
    np.testing.assert_allclose(function(columns, rows), table, rtol=1e-15)
    np.testing.assert_allclose(data(function(objects(columns), rows)), table, rtol=1e-15)
    np.testing.assert_allclose(data(function(columns, objects(rows))), table, rtol=1e-15)
    assert data(function(a, rows)).tolist() == table[0]


def test_trailing_operands_may_be_left_out_where_the_row_says_so():
    x = Value(-2.0)
    assert leaky_relu(x).data == x.leaky_relu().data == leaky_relu(-2.0) == -0.02
    assert leaky_relu(np.array([-2.0, 3.0])).tolist() == [-0.02, 3.0]
    with pytest.raises(TypeError, match=r"mul\(\) takes 2 operand\(s\), got 1"):
        mul(x)
    with pytest.raises(TypeError, match=r"exp\(\) takes 1 operand\(s\), got 2"):
        exp(x, x)


@ROWS
@pytest.mark.parametrize("wrong", ["1.0", None, 1j, ["1.0"], [None], np.array([1j])], ids=repr)
def test_what_is_no_number_is_refused(op, wrong):
    with pytest.raises(TypeError, match="real number"):
        getattr(autodiff, op.name)(*[wrong] * op.arity)


@pytest.mark.parametrize("wrong", [math.inf, math.nan, 2**53 + 1], ids=repr)
def test_what_no_value_holds_is_refused_in_arrays_too(wrong):
    for operand in (wrong, [wrong, 1], np.array([[1, wrong]])):
        with pytest.raises(ValueError, match=r"finite number|no float holds"):
            exp(operand)
    assert total([2**53 - 1, 1]) == float(2**53)
    assert autodiff.abs(np.array([2**60])).tolist() == [2.0**60]


def test_errors_name_the_element_in_every_kind():
    array = np.array([2.0, -1.0])
    for operand in (-1.0, Value(-1.0), array.tolist(), array.reshape(1, 2), objects(array)):
        with pytest.raises(DomainError, match=r"log\(-1.0\) is outside the domain of log"):
            log(operand)
    for a, b in ((1e308, 10.0), (Value(1e308), 10), ([1.0, 1e308], 10.0), (objects(np.array([1e308])), 10.0)):
        with pytest.raises(OverflowError, match=r"mul\(1e\+308, 10.0\) overflows"):
            mul(a, b)
    with pytest.raises(ZeroDivisionError, match=r"div\(3.0, 0.0\) divides by zero"):
        autodiff.div([1.0, 3.0], [1.0, 0.0])
    assert exp(np.array([-800.0, -745.0])).tolist() == [0.0, 5e-324]


REDUCTIONS = {
    total: lambda a: a.sum(axis=0),
    mean: lambda a: a.mean(axis=0),
    prod: lambda a: a.prod(axis=0),
    logsumexp: lambda a: np.log(np.exp(a).sum(axis=0)),
    softmax: lambda a: np.exp(a) / np.exp(a).sum(axis=0),
    log_softmax: lambda a: a - np.log(np.exp(a).sum(axis=0)),
}


@pytest.mark.parametrize("reduction", REDUCTIONS, ids=lambda f: f.__name__)
def test_reductions_keep_the_kind_and_go_along_the_first_axis(reduction):
    vector = np.array([0.5, -1.0, 2.0])
    matrix = np.array([[0.5, 2.0], [-1.0, 0.25], [2.0, -3.0]])
    expected = REDUCTIONS[reduction](vector)
    gives_many = np.ndim(expected) == 1

    numbers, nodes = reduction(vector.tolist()), reduction(list(map(Value, vector)))
    if gives_many:
        assert type(numbers) is list and {type(each) for each in numbers} == {float}
        assert type(nodes) is list and {type(each) for each in nodes} == {Value}
        assert reduction(vector).dtype == np.float64 and reduction(objects(vector)).dtype == object
    else:
        assert isinstance(numbers, float) and type(nodes) is Value
        assert isinstance(reduction(vector), float) and type(reduction(objects(vector))) is Value
        assert type(reduction([1, 2])) is float
    for result in (numbers, nodes, reduction(vector), reduction(objects(vector))):
        np.testing.assert_allclose(data(result), expected, rtol=1e-14)
    for result in (reduction(matrix), reduction(objects(matrix))):
        np.testing.assert_allclose(data(result), REDUCTIONS[reduction](matrix), rtol=1e-14)


def test_reductions_of_ints_and_truths_are_floats():
    for dtype in (np.int64, np.int8, np.bool_, np.uint8):
        array = np.array([[1, 0, 1], [1, 1, 0]], dtype=dtype)
        for rows in (array, list(array), array.tolist(), iter(array)):
            result = total(rows)
            assert (result.dtype, result.tolist()) == (np.float64, [2.0, 1.0, 1.0])
        assert prod(array).dtype == mean(array).dtype == dot(array, array).dtype == np.float64
        assert (prod(array).tolist(), dot(array, array).tolist()) == ([1.0, 0.0, 0.0], [2.0, 1.0, 1.0])
    assert total(np.array([[100], [100]], dtype=np.int8)).tolist() == [200.0]
    assert where([True, False], [1, 2], 3).dtype == where(np.array(True), [1], [2]).dtype == np.float64


def test_reductions_of_nothing():
    assert (total([]), prod([])) == (0.0, 1.0)
    start = Value(2.0)
    assert dot([], [], start) is start and dot([], [], 3) == 3.0 and type(dot([], [], 3)) is float
    for reduction in (mean, logsumexp, softmax, log_softmax):
        with pytest.raises(ValueError, match="of nothing is not defined"):
            reduction([])
    with pytest.raises(ValueError, match="of nothing is not defined"):
        dot([], [])


def test_reductions_refuse_what_is_no_number():
    for reduction in REDUCTIONS:
        with pytest.raises(TypeError):
            reduction(["a", "b"])
    assert total(iter([Value(1.0), 2])).data == 3.0
    assert total(each for each in (1, 2)) == 3.0


FINITE = st.floats(allow_nan=False, allow_infinity=False)


HUGE = sys.float_info.max
ENDS = [
    [1e308, -1e308],
    [1e308, 0.0, -1e308],
    [1e307, -1.79e308],
    [HUGE, -HUGE, HUGE],
    [-HUGE, math.nextafter(HUGE, 0.0)],
    [1e10, 1e10],
    [5e-324, 0.0, -5e-324],
    [0.0, 746.0, -746.0],
    [0.0, 28.0],
    [3.0],
]


def at_the_ends(test):
    """Run a test of a list of numbers at the ends of the floats as well, which are hardly ever drawn."""
    for xs in ENDS:
        test = example(xs)(test)
    return given(st.lists(FINITE, min_size=1, max_size=5))(test)


def exact_softmax(xs):
    """softmax, log_softmax and logsumexp in many digits; what no float reaches is the lowest float."""
    with mpmath.workdps(60):
        powers = [mpmath.exp(mpmath.mpf(x) - max(xs)) for x in xs]
        total = mpmath.fsum(powers)
        logs = [max(mpmath.mpf(x) - max(xs) - mpmath.log(total), -HUGE) for x in xs]
        return [float(p / total) for p in powers], list(map(float, logs)), float(max(xs) + mpmath.log(total))


@at_the_ends
def test_the_softmax_family_is_right_for_every_finite_input(xs):
    shares, logs, largest = exact_softmax(xs)
    for given_xs in (xs, list(map(Value, xs)), np.array(xs), objects(np.array(xs))):
        np.testing.assert_allclose(data(softmax(given_xs)), shares, rtol=1e-14, atol=5e-324)
        np.testing.assert_allclose(data(log_softmax(given_xs)), logs, rtol=1e-14, atol=1e-15)
        assert data(logsumexp(given_xs)) == pytest.approx(largest, rel=1e-14, abs=1e-15)


def test_a_second_operand_that_is_left_out_is_the_customary_one():
    assert elu(-1.0) == math.expm1(-1.0) == Value(-1.0).elu().data
    assert leaky_relu(-2.0) == -0.02 == Value(-2.0).leaky_relu().data
    assert elu(-1.0, 3.0) == 3.0 * math.expm1(-1.0) and leaky_relu(-2.0, 0.5) == -1.0


def test_a_cross_entropy_of_what_is_below_every_float_is_finite():
    """Shares that add up to 1, but for rounding, times logarithms of which all but one are the lowest."""
    rng = np.random.default_rng(0)
    for k in range(2, 60):
        shares = rng.dirichlet(np.ones(k))
        logs = log_softmax([HUGE] + [-HUGE] * k)
        assert -HUGE <= dot([0.0, *shares.tolist()], logs) <= -HUGE * (1.0 - 1e-14)


@at_the_ends
def test_so_are_its_first_and_second_derivatives(xs):
    """∂log Σ exp/∂xᵢ = pᵢ, ∂pᵢ/∂xⱼ = pᵢ·(δᵢⱼ - pⱼ), and ∂log pᵢ/∂xⱼ = δᵢⱼ - pⱼ."""
    p = np.array(exact_softmax(xs)[0])
    nodes, unit = list(map(Value, xs)), np.eye(len(xs))
    slopes = p[:, None] * (unit - p)
    close = functools.partial(np.testing.assert_allclose, rtol=1e-13, atol=1e-15)
    close(grad(logsumexp(nodes), nodes), p)
    close(hessian(logsumexp(nodes), nodes), slopes)
    close(jacobian(softmax(nodes), nodes), slopes)
    close(jacobian(log_softmax(nodes), nodes), unit - p)
    for share in log_softmax(nodes):
        close(hessian(share, nodes), -slopes)


def in_many_digits(x):
    """sigmoid, tanh and softplus with their first and second derivatives."""
    with mpmath.workdps(60):
        p, q = 1 / (1 + mpmath.exp(-mpmath.mpf(x))), 1 / (1 + mpmath.exp(mpmath.mpf(x)))
        t = mpmath.tanh(mpmath.mpf(x))
        s = 4 / (mpmath.exp(mpmath.mpf(x)) + mpmath.exp(-mpmath.mpf(x))) ** 2
        rows = {
            sigmoid: (p, p * q, p * q * (q - p)),
            tanh: (t, s, -2 * t * s),
            softplus: (max(x, 0) + mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(x)))), p, p * q),
        }
        return {function: list(map(float, row)) for function, row in rows.items()}


def steps_at_the_ends(test):
    for x in (HUGE, -HUGE, 1e308, 800.0, -800.0, 745.0, -745.0, 40.0, -40.0, 5e-324, -0.0):
        test = example(x)(test)
    return given(FINITE)(test)


@steps_at_the_ends
def test_smooth_steps_and_their_derivatives_are_right_for_every_finite_input(x):
    for function, expected in in_many_digits(x).items():
        node = Value(x)
        y = function(node)
        got = [y.data, grad(y, node), hessian(y, [node]).item()]
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


@steps_at_the_ends
def test_so_is_binary_cross_entropy_of_logits(x):
    softplus_of = {sign: in_many_digits(sign * x)[softplus] for sign in (1.0, -1.0)}
    for target in (0.0, 0.25, 1.0):
        node = Value(x)
        loss = binary_cross_entropy([node], [target])
        up, down = softplus_of[1.0], softplus_of[-1.0]
        value = (1.0 - target) * up[0] + target * down[0]
        slope = (1.0 - target) * up[1] - target * down[1]
        got = [loss.data, grad(loss, node), hessian(loss, [node]).item()]
        np.testing.assert_allclose(got, [value, slope, up[2]], rtol=1e-13, atol=1e-15)


@given(FINITE)
def test_smooth_steps_are_stable_for_every_finite_input(x):
    for function in (sigmoid, tanh, softplus):
        node = Value(x)
        y = function(node)
        slope = grad(y, node)
        assert math.isfinite(y.data) and math.isfinite(slope)
        assert y.data == function(x)
        assert y.data == pytest.approx(function(np.array([x]))[0], rel=1e-15, abs=5e-324)
        assert 0.0 <= slope <= 1.0


def test_dot_is_the_sum_of_products_from_left_to_right():
    ws, xs = [Value(0.1 * k - 0.3) for k in range(7)], [Value(0.7 - 0.2 * k) for k in range(7)]
    start = Value(0.4)
    for first in (None, start):
        written = list(map(operator.mul, ws, xs))
        written = list(itertools.accumulate(written if first is None else [first, *written]))[-1]
        folded = dot(ws, xs, first)
        assert folded.data == written.data
        assert grad(folded, [*ws, *xs, start]) == grad(written, [*ws, *xs, start])
        ours, theirs = topological_order(folded), topological_order(written)
        assert [(node.op, node.data, node.local_derivatives) for node in ours] == [
            (node.op, node.data, node.local_derivatives) for node in theirs
        ]
        assert [node for node in ours if not node.op] == [node for node in theirs if not node.op]


def test_dot_takes_numbers_and_arrays_too():
    assert dot([1, 2.0], [3, 4]) == 11.0 and type(dot([1], [2])) is float
    assert dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 0.5) == 11.5
    assert dot([Value(2.0)], [3.0], 1).data == dot([2.0], [3.0], Value(1.0)).data == 7.0
    X, Y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, 1.0], [2.0, -1.0]])
    assert dot(X, Y).tolist() == (X * Y).sum(axis=0).tolist()
    with pytest.raises(ValueError, match="got 2 of the first and 1 of the second"):
        dot([1.0, 2.0], [1.0])
    with pytest.raises(OverflowError, match=r"mul\(w=1e\+200, 1e\+200\) overflows"):
        dot([Value(1.0), Value(1e200, "w"), Value(1.0)], [1.0, 1e200, 1.0])
    with pytest.raises(TypeError, match="got 'a' of type str"):
        dot([Value(1.0), Value(1.0)], ["a", 1.0])


def test_where_takes_the_branch_that_holds_now():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    assert where(a > b, a, b) is a and where(a < b, a, b) is b
    assert where(False, a, 1).data == 1.0 and type(where(False, a, 1)) is Value
    assert where(True, 1, 2.0) == 1.0 and type(where(True, 1, 2)) is float
    assert where([True, False], [1.0, 2.0], 5).tolist() == [1.0, 5.0]
    array = np.array([a, b], dtype=object)
    chosen = where(array > 0, array, 0.0)
    assert chosen[0] is a and type(chosen[1]) is Value and chosen[1].data == 0.0
    y = total(where([True, False], [a, a], [b, b]))
    assert grad(y, [a, b]) == [1.0, 1.0]
    assert grad(where(a > 0, a * b, 0.0), a) == -3.0


def test_clip_keeps_between_and_passes_the_gradient_inside_and_at_the_bounds():
    for x, y, slope in ((-2.0, -1.0, 0), (-1.0, -1.0, 1), (0.5, 0.5, 1), (2.0, 2.0, 1), (2.5, 2.0, 0)):
        node = Value(x)
        clipped = clip(node, -1.0, 2.0)
        assert clipped.data == clip(x, -1, 2) == y
        assert grad(clipped, node) == slope
    assert clip(np.array([-5.0, 0.0, 5.0]), -1.0, 2.0).tolist() == [-1.0, 0.0, 2.0]
    low = Value(0.0, "low")
    assert grad(clip(Value(-1.0), low, 1.0), low) == 1.0
    assert data(clip(objects(np.array([-5.0, 5.0])), low, 1.0)).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match=r"clip\(\) needs low <= high, got low=2.0 and high=1.0"):
        clip(Value(0.0), 2.0, 1.0)


@pytest.mark.parametrize("row", [row for row in OPS.values() if row.arity == 1], ids=lambda row: row.name)
def test_what_is_not_finite_is_in_no_domain(row):
    for number in (math.inf, -math.inf, math.nan):
        for operand in (number, np.array([0.5, number])):
            with pytest.raises(DomainError, match="holds a finite number"):
                getattr(autodiff, row.name)(operand)


@pytest.mark.parametrize("function", [np.sqrt, np.arcsin, np.cbrt])
def test_an_infinite_slope_at_the_edge_of_a_domain_is_no_warning(function):
    edge = Value(1.0 if function is np.arcsin else 0.0)
    with np.errstate(all="raise"):
        (y,) = function(np.array([edge]))
    assert autodiff.grad(y, edge) == np.inf
