"""grad, jacobian, hessian, jvp and hvp against closed forms, each other and mpmath."""

import math

import autograd
import autograd.numpy
import mpmath
import numpy as np
import pytest

from autodiff import (
    Array,
    DomainError,
    Value,
    clip,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    leaky_relu,
    leaves,
    lifted,
    log,
    logsumexp,
    sin,
    softmax,
    tanh,
    topological_order,
)

pytestmark = pytest.mark.long


@pytest.fixture
def xyz():
    return [Value(0.7, "x"), Value(-1.2, "y"), Value(2.5, "z")]


def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2


def test_grad_has_the_order_and_kind_of_its_inputs(xyz):
    x, y, z = xyz
    out = x * y + z**2
    assert grad(out, [z, x, y]) == [5.0, -1.2, 0.7]
    assert grad(out, x) == -1.2
    assert grad(out, (x, x)) == [-1.2, -1.2]
    assert grad(out, np.array([y], dtype=object)) == [0.7]
    assert all(type(each) is float for each in grad(out, xyz))
    recorded = grad(out, xyz, create_graph=True)
    assert all(isinstance(each, Value) for each in recorded)
    assert [each.data for each in recorded] == grad(out, xyz)
    assert isinstance(grad(out, x, create_graph=True), Value)


@pytest.mark.parametrize("create_graph", [False, True])
def test_grad_leaves_every_grad_as_it_was(xyz, create_graph):
    x, y, z = xyz
    out = tanh(x * y) + z
    nodes = topological_order(out)
    for i, node in enumerate(nodes):
        node.grad = float(i)
    grad(out, xyz, create_graph=create_graph)
    hvp(out, xyz, [1.0, 2.0, 3.0])
    jvp(out, {x: 1.0})
    assert [node.grad for node in nodes] == list(map(float, range(len(nodes))))


def test_an_input_the_output_does_not_depend_on_gets_zero(xyz):
    x, y, z = xyz
    assert grad(x * y, z) == 0.0
    assert grad(x * y, [z], create_graph=True)[0].data == 0.0
    assert grad(x * y, x * y * z) == 0.0
    assert jvp(x * y, {z: 1.0}) == 0.0
    assert not jacobian([x * y, x], [z]).any()
    constant = grad(3.0 * x, x, create_graph=True)
    assert grad(constant, x) == 0.0


def test_inputs_may_be_inside_the_graph_or_the_output_itself(xyz):
    x, y, _ = xyz
    h = x * y
    out = h * h + x
    assert grad(out, [h, x]) == [2 * h.data, 2 * h.data * y.data + 1.0]
    assert grad(out, out) == 1.0
    assert grad(x, x) == 1.0
    # moving h and x together: h's own tangent comes on top of what x passes to it
    assert jvp(out, {h: 1.0, x: 1.0}) == pytest.approx(sum(grad(out, [h, x])), rel=1e-15)


def test_gradient_graph_can_be_differentiated_by_backward(xyz):
    x, _, _ = xyz
    slope = grad(x**3, x, create_graph=True)
    slope.backward()
    assert x.grad == pytest.approx(6 * 0.7, rel=1e-15)


def test_multiplications_by_one_and_additions_of_zero_leave_no_nodes():
    x = Value(0.5)
    y = exp(x)
    assert grad(y, x, create_graph=True) is y
    slope = grad(x + y, x, create_graph=True)
    assert [node.op for node in topological_order(slope)] == ["", "", "exp", "add"]
    assert grad(-sin(x), x, create_graph=True).op == "neg"


TENTH = [
    ("exp", exp, mpmath.exp, 0.7),
    ("sin", sin, mpmath.sin, 0.7),
    ("1/x", lambda x: 1 / x, lambda x: 1 / x, 0.7),
    ("1/x", lambda x: 1 / x, lambda x: 1 / x, -30.0),
    ("x**-1", lambda x: x**-1, lambda x: 1 / x, 0.7),
    ("tanh", tanh, mpmath.tanh, 0.7),
    ("tanh", tanh, mpmath.tanh, -3.0),
    ("tanh", tanh, mpmath.tanh, 20.0),
]


@pytest.mark.parametrize(("name", "f", "oracle", "at"), TENTH, ids=lambda each: str(each)[:8])
def test_derivatives_up_to_the_tenth(name, f, oracle, at):
    with mpmath.workdps(80):
        taylor = mpmath.taylor(oracle, mpmath.mpf(at), 10)
        expected = [float(c * mpmath.factorial(k)) for k, c in enumerate(taylor)]
    x = Value(at)
    y = f(x)
    for order in range(1, 11):
        y = grad(y, x, create_graph=True)
        assert y.data == pytest.approx(expected[order], rel=1e-8), order


def test_powers_of_zero_have_their_derivatives():
    x = Value(0.0, "x")
    y = x**3
    derivatives = []
    for _ in range(5):
        y = grad(y, x, create_graph=True)
        derivatives.append(y.data)
    assert derivatives == [0.0, 0.0, 6.0, 0.0, 0.0]


def test_power_differentiates_in_base_and_exponent():
    x, z = Value(1.7, "x"), Value(0.0, "z")
    got = hessian(x**z, [x, z])
    mixed = 1 / 1.7  # xᶻ⁻¹·(1 + z·ln x) at z = 0
    assert got == pytest.approx(np.array([[0.0, mixed], [mixed, math.log(1.7) ** 2]]), rel=1e-14)
    base = Value(-2.0, "x")  # the logarithm of the base does not exist, and is not needed
    assert grad(grad(base**2, base, create_graph=True), base) == 2.0


def test_a_derivative_that_is_not_finite_is_refused_by_name():
    x, z = Value(0.0, "corner"), Value(2.0, "z")
    assert grad(x.sqrt(), x) == math.inf
    with pytest.raises(DomainError, match=r"sqrt\(corner=0.0\)"):
        grad(x.sqrt(), x, create_graph=True)
    with pytest.raises(DomainError, match=r"the derivative of pow\(-2.0, z=2.0\) cannot be recorded"):
        grad(Value(-2.0) ** z, z, create_graph=True)


def test_hessian_and_hvp_of_rosenbrock():
    x, y = Value(-1.2, "x"), Value(1.0, "y")
    out = rosenbrock(x, y)
    expected = np.array([[2 - 400 * (1.0 - 3 * 1.44), 480.0], [480.0, 200.0]])
    got = hessian(out, [x, y])
    assert isinstance(got, np.ndarray) and got.dtype == np.float64
    np.testing.assert_allclose(got, expected, rtol=1e-14)
    np.testing.assert_allclose(hvp(out, [x, y], [0.5, -2.0]), expected @ [0.5, -2.0], rtol=1e-13)
    np.testing.assert_allclose(hvp(out, [x, x], [1.0, 2.0]), [3 * expected[0, 0]] * 2, rtol=1e-13)


def test_hessian_of_logsumexp_is_that_of_softmax(xyz):
    p = np.array([each.data for each in softmax(xyz)])
    np.testing.assert_allclose(hessian(logsumexp(xyz), xyz), np.diag(p) - np.outer(p, p), atol=1e-15)
    np.testing.assert_allclose(jacobian(softmax(xyz), xyz), np.diag(p) - np.outer(p, p), atol=1e-15)


def test_jacobian_has_a_row_per_output_and_a_column_per_input(xyz):
    x, y, z = xyz
    got = jacobian([x * y, y + z * 2.0], xyz)
    assert got.tolist() == [[-1.2, 0.7, 0.0], [0.0, 1.0, 2.0]]
    assert jacobian([], xyz).shape == (0, 3)
    assert jacobian([x], []).shape == (1, 0)


def test_jvp_is_the_jacobian_times_the_tangents(xyz):
    x, y, z = xyz
    outputs = [sin(x * y) / z, log(z) - x]
    tangents = {x: 0.3, z: -2}
    expected = jacobian(outputs, [x, z]) @ [0.3, -2.0]
    np.testing.assert_allclose(jvp(outputs, tangents), expected, rtol=1e-14)
    assert jvp(outputs[0], tangents) == pytest.approx(expected[0], rel=1e-14)
    assert jvp(x, {x: 1.0}) == 1.0


@pytest.mark.parametrize("at", [-0.4, 0.6])
def test_choices_are_recorded_and_not_taken(at):
    """The recorded gradient holds both branches, so that it is right for other data too."""
    x = Value(at, "x")
    slope = grad(leaky_relu(x, 0.1) ** 2, x, create_graph=True)
    assert slope.data == pytest.approx(2 * at * (1.0 if at > 0 else 0.01), rel=1e-15)
    assert "step" in {node.op for node in topological_order(slope)}
    assert grad(slope, x) == pytest.approx(2.0 if at > 0 else 0.02, rel=1e-15)
    inside = grad(clip(x * x, 0.2, 0.5), x, create_graph=True)
    assert inside.data == pytest.approx(2 * at if 0.2 <= at * at <= 0.5 else 0.0)


def test_a_long_chain_has_second_derivatives_and_tangents():
    x = Value(0.5)
    y = x
    for _ in range(20_000):
        y = y * 1.0 + 0.0
    assert jvp(y, {x: 2.0}) == 2.0
    assert grad(grad(y * y, x, create_graph=True), x) == 2.0


def test_the_gradient_by_an_array_has_its_shape(xyz):
    x, y, z = xyz
    slopes = grad(x * y, np.array([[x, y, z]], dtype=object))
    assert slopes.tolist() == [[y.data, x.data, 0.0]]


def test_wrong_inputs_are_named(xyz):
    x, y, _ = xyz
    with pytest.raises(TypeError, match=r"a graph starts at a Value, got 3.0 of type float"):
        grad(3.0, [x])
    with pytest.raises(TypeError, match=r"between Values, got 1.0 of type float"):
        grad(x * y, [x, 1.0])
    with pytest.raises(TypeError, match=r"between Values, got 1.0 of type float"):
        grad(x * y, np.array([[x, y], [y, 1.0]], dtype=object))
    with pytest.raises(TypeError, match="of type str"):
        jvp(x * y, {"x": 1.0})
    with pytest.raises(ValueError, match="a number per input, got 1 for 2"):
        hvp(x * y, [x, y], [1.0])


def test_functions_of_arrays_are_given_arrays_of_values_and_give_them_back():
    def f(x):
        assert type(x) is Array
        return np.sum(np.maximum(x, 0.0) ** 2) + x.var()

    x = np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(grad(f)(x), [2.0 / 9.0 + 2.0, -16.0 / 9.0, 6.0 + 14.0 / 9.0], rtol=1e-14)
    assert grad(lambda x: np.sum(x * x))(np.ones((2, 0))).shape == (2, 0)
    W = leaves("W", [[1.0, 2.0], [3.0, 4.0]])
    slopes = grad(np.sum(W**3), W, create_graph=True)
    assert type(slopes) is Array and grad(np.sum(slopes), W).tolist() == [[6.0, 12.0], [18.0, 24.0]]


def oracle(np_):
    """Derivatives inside functions that are differentiated, as people write them."""
    from_ours = np_ is np
    d, dd, dj = (
        (grad, hessian, jacobian) if from_ours else (autograd.grad, autograd.hessian, autograd.jacobian)
    )

    def f(v):
        return np_.sum(np_.sin(v) * v**2)

    return {
        "twice": lambda x: d(d(lambda t: np_.sin(t) * t))(x[0]),
        "a penalty on the slope": lambda x: d(lambda v: np_.sum(d(f)(v) ** 2))(x),
        "by what the inner function reads": lambda x: d(lambda t: d(lambda s: np_.sin(s * t))(2.0))(x[0]),
        "one Value for two arguments": lambda x: d(lambda t: d(lambda a, b: a * b**2)(t, t))(x[0]),
        "the trace of a Hessian": lambda x: d(lambda v: np_.trace(dd(f)(v)))(x),
        "the elements of a Jacobian": lambda x: d(lambda v: np_.sum(dj(lambda u: np_.tanh(u) * u)(v) ** 2))(
            x
        ),
        "an option": lambda x: d(lambda v, k=1.0: np_.sum(v**2) * k)(x, k=3.0),
    }


@pytest.mark.parametrize("name", oracle(np))
def test_derivatives_inside_a_function_that_is_differentiated_are_recorded(name):
    x = np.array([0.3, -1.2, 0.7])
    np.testing.assert_allclose(oracle(np)[name](x), oracle(autograd.numpy)[name](x), rtol=1e-10)


def test_derivatives_at_values_are_values_in_their_graph():
    x = Value(0.3)
    slope = grad(lambda t: t**3)(x * 2.0)
    assert isinstance(slope, Value) and grad(slope, x) == pytest.approx(12.0 * 0.6)
    total = grad(lambda v: np.sum(hvp(lambda u: np.sum(u**3))(v, np.ones(2))))(np.array([1.0, 2.0]))
    np.testing.assert_allclose(total, [6.0, 6.0])


def test_a_lifted_function_may_differentiate():
    @lifted
    def penalty(w, x):
        return np.sum(grad(lambda v: np.sum(np.sin(v) * x))(w) ** 2) + grad(lambda s: np.sum(w * s**2))(3.0)

    w, x = np.array([0.3, 1.1]), np.array([2.0, -1.0])
    for scale in (1.0, 2.0):
        value, grads = penalty.value_and_grad(scale * w, x, wrt="w")
        assert value == pytest.approx(np.sum((np.cos(scale * w) * x) ** 2) + 6.0 * np.sum(scale * w))
        np.testing.assert_allclose(grads["w"], 6.0 - np.sin(2.0 * scale * w) * x**2)
    assert penalty.recordings == 1
