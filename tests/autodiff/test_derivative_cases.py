"""Small functions as people write them, with their derivatives by hand or by mpmath: every way of
computing a derivative gives the same, at kinks and edges and to the ends of the floats."""

import math

import mpmath
import numpy as np
import pytest

import autodiff
from autodiff import DomainError, Value, detect_anomaly, explain, grad, hessian, hvp, jvp, lift, vjp

NAN = math.nan

# text, the point x, ∂text/∂x by hand. A flat edge passes nothing on; a kink takes the side its row says.
BY_HAND = [
    ("sqrt(relu(x)) + x", -1.0, 1.0),
    ("log(relu(x) + 1) / relu(x + 3) + x", -1.0, 1.0),
    ("relu(x)**0.5 + x", -2.0, 1.0),
    ("sqrt(step(x)) + x", -1.0, 1.0),
    ("sqrt(1 - step(x)) + x", 3.0, 1.0),
    ("sqrt(sign(x) + 1) + x", -1.0, 1.0),
    ("sqrt(at_least(x, 0)) + x", -1.0, 1.0),
    ("sqrt(at_most(x, 0) * -1) + x", 1.0, 1.0),
    ("sqrt(clip(x, 0, 1)) + x", -1.0, 1.0),
    ("sqrt(1 - clip(x, 0, 1)) + x", 2.0, 1.0),
    ("sqrt(maximum(x, 0)) + x", -1.0, 1.0),
    ("sqrt(minimum(x, 0)) + x", 1.0, 1.0),
    ("sqrt(detach(x)) + x", 0.0, 1.0),
    ("acos(clip(x, -1, 1)) + x", 2.0, 1.0),
    ("asin(clip(x, -1, 1)) + 2*x", -3.0, 2.0),
    ("x**x.detach()", -2.0, 0.25),
    ("detach(x) * x", 3.0, 3.0),
    ("step(x)*sqrt(x) + x", 0.0, 1.0),
    ("maximum(sqrt(x), 1) + x", 0.0, 1.0),
    ("minimum(sqrt(x), -1) + x", 0.0, 1.0),
    ("at_least(sqrt(x), 1) + x", 0.0, 1.0),
    ("clip(sqrt(x), 1, 2) + x", 0.0, 1.0),
    ("sign(sqrt(x)) + x", 0.0, 1.0),
    ("step(sqrt(x)) + x", 0.0, 1.0),
    ("detach(sqrt(x)) + x", 0.0, 1.0),
    ("relu(sqrt(x) - 1) + x", 0.0, 1.0),
    ("detach(cbrt(x)) * x + x", 0.0, 1.0),
    ("where(x > 0, sqrt(relu(x)), 0) + x", -1.0, 1.0),
    ("sqrt(where(x > 0, x, 0)) + x", -1.0, 1.0),
    ("0*sqrt(x) + x", 0.0, NAN),
    ("sqrt(x) * (x - x)", 0.0, NAN),
    ("sqrt(x*x)", 0.0, NAN),
    ("sqrt(x)", 0.0, math.inf),
    ("relu(3*x) + 2*(3*x)", -1.0, 6.0),
    ("relu(x)", 0.0, 0.0),
    ("abs(x)", 0.0, 0.0),
    ("leaky_relu(x)", 0.0, 0.01),
    ("leaky_relu(x)", -0.0, 0.01),
    ("elu(x)", 0.0, 1.0),
    ("elu(x, 0.5)", 0.0, 0.5),
    ("maximum(x, 0)", 0.0, 0.5),
    ("minimum(x, 0)", 0.0, 0.5),
    ("maximum(x, x)", 2.0, 1.0),
    ("at_least(x, 0)", 0.0, 1.0),
    ("at_most(x, 0)", 0.0, 1.0),
    ("clip(x, 0, 1)", 0.0, 1.0),
    ("clip(x, 0, 1)", 1.0, 1.0),
    ("sign(x)", 0.0, 0.0),
    ("step(x)", 0.0, 0.0),
    ("hypot(x, 0)", 0.0, 0.0),
    ("hypot(x, 0)", -2.0, -1.0),
    ("x**2", 0.0, 0.0),
    ("x**2", -3.0, -6.0),
    ("x**0", 0.0, 0.0),
    ("x**1", 0.0, 1.0),
    ("0**(x + 2)", 1.0, 0.0),
    ("x*x*x", -1e-100, 3e-200),
    ("xlogy(x, 2)", 0.0, math.log(2.0)),
    ("xlogy(2, x)", 4.0, 0.5),
    ("xlogy(0, x) + x", 0.0, 1.0),
    ("sinc(x)", 0.0, 0.0),
    ("cbrt(x)", -8.0, 1.0 / 12.0),
    ("maximum(1.7e308, x*-1)", 1.0, 0.0),
    ("maximum(x, -1.7e308)", 1.7e308, 1.0),
    ("logaddexp(x, -1.7e308)", 1.7e308, 1.0),
    ("sigmoid(x)", -800.0, 0.0),
    ("sigmoid(x) * 1e300", -800.0, 0.0),
]

# text and points: mpmath differentiates the same text with 60 digits.
FUNCTIONS = {
    "sin(x)": (1e-20, 0.5, 1e5),
    "cos(x)": (1e-20, 2.0),
    "tan(x)": (1.5, -0.3),
    "exp(x)": (-700.0, 1e-20, 700.0),
    "expm1(x)": (1e-20, -40.0),
    "log(x)": (5e-300, 1.0, 1e300),
    "log1p(x)": (1e-20, -0.5),
    "log2(x)": (0.1, 1e10),
    "log10(x)": (0.1, 1e10),
    "sqrt(x)": (1e-300, 2.0, 1e300),
    "cbrt(x)": (1e-30, 2.0, 1e300),
    "asin(x)": (1e-20, 1e-12, 0.5, 0.999999),
    "acos(x)": (1e-20, 1e-12, -0.5, -0.999999),
    "atan(x)": (1e-20, 1.0, 1e160, 1e200),
    "atan2(x, 2)": (1e-20, 3.0, 1.7e308),
    "atan2(2, x)": (-3.0, 1e200),
    "hypot(x, 1)": (1e8, 1e-8, 3.0, 1e200),
    "sinh(x)": (1e-20, 20.0),
    "cosh(x)": (1e-20, 20.0),
    "tanh(x)": (1e-20, 0.5, 20.0, -20.0, 300.0),
    "sech(x)": (1e-20, 0.5, 40.0),
    "asinh(x)": (1e-20, 3.0, 1e200),
    "acosh(x)": (1.0000001, 3.0, 1e200),
    "atanh(x)": (1e-20, 1e-12, 0.5, -0.99),
    "erf(x)": (1e-20, 1.0, 5.0, 1e200),
    "erfc(x)": (-1.0, 1.0, 20.0, 1e200),
    "normal_cdf(x)": (-1.0, 0.3, -30.0, 1e200),
    "gelu(x)": (-1.0, -0.5, 0.3, 3.0, -1e200, 1e200),
    "sigmoid(x)": (1e-20, 0.5, 40.0, -40.0, -700.0),
    "logsigmoid(x)": (1e-20, -40.0, 40.0),
    "softplus(x)": (1e-20, -40.0, 40.0),
    "silu(x)": (1e-20, -3.0, 3.2, -40.0, 40.0),
    "sinc(x)": (1e-9, 0.3, 0.9, 1.5, 10.3),
    "sin_pi(x)": (0.3, 1e-20),
    "cos_pi(x)": (0.3, 0.5),
    "x**3": (-2.0, 1e-100, 1e100),
    "x**-0.5": (1e-100, 3.0),
    "2**x": (-1000.0, 0.5),
    "x**x": (1e-9, 2.5),
    "1/x": (-1e-100, 3.0),
    "x/(1 + x*x)": (1e-20, 0.5, 1e100),
    "xlogy(x, x)": (1e-9, 2.0),
    "logaddexp(x, 1)": (-700.0, 1.0, 700.0),
    "elu(x)": (-1e-9, -40.0, 2.0),
    "leaky_relu(x)**2": (-3.0, 3.0),
    "exp(-x*x/2)": (1e-20, 5.0),
    "log(1 + exp(x))": (-30.0, 3.0),
    "relu(x)*sin(x)": (2.0, 1e-9),
}
SMOOTH = [(text, x) for text, places in FUNCTIONS.items() for x in places]


def functions_of_mpmath():
    """The functions of the cases for numbers of any precision."""

    def erfc(x):
        return mpmath.erfc(x) if abs(x) < 100 else mpmath.mpf(2 * (x < 0))

    def normal_cdf(x):
        return erfc(-x / mpmath.sqrt(2)) / 2

    def sigmoid(x):
        return 1 / (1 + mpmath.exp(-x))

    own = {
        "log2": lambda x: mpmath.log(x, 2),
        "erf": lambda x: 1 - erfc(x) if abs(x) > 1 else mpmath.erf(x),
        "erfc": erfc,
        "normal_cdf": normal_cdf,
        "gelu": lambda x: x * normal_cdf(x),
        "sigmoid": sigmoid,
        "logsigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        "silu": lambda x: x * sigmoid(x),
        "sinc": mpmath.sincpi,
        "sin_pi": mpmath.sinpi,
        "cos_pi": mpmath.cospi,
        "xlogy": lambda x, z: x * mpmath.log(z),
        "logaddexp": lambda x, z: mpmath.log(mpmath.exp(x) + mpmath.exp(z)),
        "elu": lambda x: x if x > 0 else mpmath.expm1(x),
        "leaky_relu": lambda x: x if x > 0 else mpmath.mpf(0.01) * x,
        "relu": lambda x: max(x, mpmath.mpf(0)),
    }
    return vars(mpmath) | own


def by_mpmath(text, at, order):
    """The derivative of the text as a central difference with digits to spare."""
    bits = 1500 + 6 * abs(math.frexp(at)[1]) + int(3 * min(at * at, 1000.0))
    with mpmath.workprec(bits):
        step = min(mpmath.mpf(1), abs(mpmath.mpf(at))) * mpmath.mpf(2) ** -200
        x = mpmath.mpf(at)
        y = {k: eval(text, functions_of_mpmath() | {"x": x + k * step}) for k in (-1, 0, 1)}
        slope = (y[1] - y[-1]) / (2 * step) if order == 1 else (y[1] - 2 * y[0] + y[-1]) / step**2
        return 0.0 if abs(slope) < 1e-320 else float(slope)


def built(text, at):
    x = Value(at, "x")
    return x, eval(text, {name: getattr(autodiff, name) for name in autodiff.__all__} | {"x": x, "abs": abs})


def backward(text, at):
    x, y = built(text, at)
    y.backward()
    return x.grad


def reverse(text, at):
    x, y = built(text, at)
    return grad(y, x)


def forward(text, at):
    x, y = built(text, at)
    return jvp(y, {x: 1.0})


def of_function(text, at):
    names = {name: getattr(autodiff, name) for name in autodiff.__all__} | {"abs": abs}
    return grad(lambda x: eval(text, names | {"x": x}))(at)


def weighted(text, at):
    x, y = built(text, at)
    return vjp([y], x, [1.0])


def recorded(text, at):
    x, y = built(text, at)
    return grad(y, x, create_graph=True).data


def lifted(text, at):
    x, y = built(text, at)
    return lift(y, params=[x])().grads["x"].item()


def printed(text, at):
    """The source of the lifted program, run where nothing else is."""
    x, y = built(text, at)
    program = lift(y, params=[x])
    namespace = {}
    exec(program.source(), namespace)
    with np.errstate(all="ignore"):
        _, grads = namespace["run"](program.params["x"])
    return grads["x"].item()


WAYS = [backward, reverse, forward, of_function, weighted, recorded, lifted, printed]
CASES = [pytest.param(*case, id=f"{case[0]} at {case[1]:g}") for case in BY_HAND]
CASES += [pytest.param(text, at, None, id=f"{text} at {at:g}") for text, at in SMOOTH]


def test_there_are_enough_cases():
    assert len(BY_HAND) + len(SMOOTH) >= 150


@pytest.mark.parametrize(("text", "at", "expected"), CASES)
def test_every_way_of_differentiating_gives_the_derivative(text, at, expected):
    """``create_graph`` holds finite numbers only, and refuses where there is none."""
    if expected is None:
        expected = by_mpmath(text, at, 1)
    for way in WAYS:
        try:
            got = way(text, at)
        except DomainError:
            assert way is recorded and not math.isfinite(expected), way.__name__
            continue
        assert got == pytest.approx(expected, rel=1e-11, abs=1e-307, nan_ok=True), way.__name__


@pytest.mark.parametrize(("text", "at"), SMOOTH, ids=lambda each: str(each))
def test_second_derivatives(text, at):
    x, y = built(text, at)
    expected = by_mpmath(text, at, 2)
    if abs(expected) > 1e307:
        return
    for got in (
        hessian(y, x).item(),
        hvp(y, x, 1.0),
        hessian(lambda x: eval(text, NAMES | {"x": x}))(at).item(),
    ):
        assert got == pytest.approx(expected, rel=1e-10, abs=1e-290), (got, expected)


NAMES = {name: getattr(autodiff, name) for name in autodiff.__all__} | {"abs": abs}


@pytest.mark.parametrize(("text", "z"), [("leaky_relu(x, z)", 0.1), ("elu(x, z)", 1.5), ("x**z", 2.0)])
def test_at_a_kink_the_second_derivatives_are_symmetric(text, z):
    x, z = Value(0.0, "x"), Value(z, "z")
    second = hessian(eval(text, NAMES | {"x": x, "z": z}), [x, z])
    np.testing.assert_array_equal(second, second.T)


def test_what_nobody_asks_for_is_not_evaluated():
    z = Value(2.0, "z")
    assert hessian(0**z, [z]).tolist() == [[0.0]]


@pytest.mark.parametrize(
    "ask",
    [
        lambda y, x: grad(y, x, create_graph=True),
        hessian,
        lambda y, x: hvp(y, x, 1.0),
        lambda y, x: explain(y, wrt=x),
    ],
)
def test_data_that_was_changed_since_is_refused_where_it_would_be_read(ask):
    x = Value(2.0, "x")
    y = x * x
    x.data = 3.0
    with pytest.raises(ValueError, match=r"mul\(x=3\.0, x=3\.0\) was recorded as 4\.0"):
        ask(y, x)
    assert grad(y, x) == jvp(y, {x: 1.0}) == 4.0
    y.backward()
    assert x.grad == 4.0


def test_nested_inputs_give_nested_derivatives():
    w = {"hidden": [Value(2.0), Value(3.0)], "out": Value(5.0)}
    y = w["hidden"][0] * w["hidden"][1] * w["out"]
    assert grad(y, w) == {"hidden": [15.0, 10.0], "out": 6.0}
    assert hvp(y, w, {"hidden": [1.0, 0.0], "out": 0.0}) == {"hidden": [0.0, 5.0], "out": 3.0}
    array = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert grad(lambda A: A[0, 0] * A[1, 1])(array).tolist() == [[4.0, 0.0], [0.0, 1.0]]
    assert grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)


def test_nothing_that_does_not_arrive_is_an_anomaly():
    x = Value(0.0, "x")
    with detect_anomaly():
        ((x.sqrt()).maximum(1.0) + x).backward()
    assert x.grad == 1.0
