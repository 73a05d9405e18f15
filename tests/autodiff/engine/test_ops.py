"""The table of operations against mpmath: values, derivatives, and conventions at kinks.

Every row of OPS is tested by construction; a row without an oracle fails.
"""

import itertools
import math
import platform
import random
from collections import Counter

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from autodiff import DomainError, Value, grad
from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import OPS
from autodiff.engine.value import record

# Slopes that are rows of their own are tested as the slopes of their rows.
NAMED = {name: op for name, op in OPS.items() if name.removesuffix("_slope") not in OPS.keys() - {name}}
ROWS = pytest.mark.parametrize("op", NAMED.values(), ids=NAMED)


def erfc(x):
    return mpmath.erfc(x) if abs(x) < 50 else mpf(2 * (x < 0))  # less than 1e-1000 away


# Each row by its definition in mpmath, whose arithmetic has as many digits as it is told to.
ORACLES = {
    "add": lambda x, z: x + z,
    "sub": lambda x, z: x - z,
    "mul": lambda x, z: x * z,
    "div": lambda x, z: x / z,
    "pow": lambda x, z: x**z,
    "neg": lambda x: -x,
    "abs": abs,
    "sqrt": mpmath.sqrt,
    "hypot": mpmath.hypot,
    "direction": lambda x, z: x / mpmath.hypot(x, z) if x or z else mpf(0),
    "inversion": lambda x, z: x / (x * x + z * z),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x, 2),
    "log10": mpmath.log10,
    "xlogy": lambda x, z: x * mpmath.log(z) if x else mpf(0),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "atan2": mpmath.atan2,
    "sin_pi": mpmath.sinpi,
    "cos_pi": mpmath.cospi,
    "sinc": mpmath.sincpi,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "sech": mpmath.sech,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "erf": lambda x: 1 - erfc(x) if abs(x) > 1 else mpmath.erf(x),
    "erfc": erfc,
    "normal_cdf": lambda x: erfc(-x / mpmath.sqrt(2)) / 2,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "logsigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "logaddexp": lambda x, z: max(x, z) + mpmath.log1p(mpmath.exp(-abs(x - z))),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, z: x if x > 0 else z * x,
    "elu": lambda x, z: x if x > 0 else z * mpmath.expm1(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * erfc(-x / mpmath.sqrt(2)) / 2,
    "maximum": max,
    "minimum": min,
    "at_least": max,
    "at_most": min,
    "sign": mpmath.sign,
    "detach": lambda x: x,
    "step": lambda x: mpf(x > 0),
}

# Tiny and huge numbers, results among the subnormals, both sides of each kink, pole and switch
# between two formulas, and where functions saturate.
HARD = [
    *(0.0, 5e-324, 1e-310, 2.3e-308, 1e-300, 1e-160, 1e-20, 1e-9, 1e-3, 0.25, 0.5, 0.7, 1.0),
    *(math.nextafter(0.5, 1), 0.8, math.nextafter(1, 0), math.nextafter(1, 2), math.pi / 2, 3.0, math.pi),
    *(0.75179152, 1e-12, 1.2, 1.3, 2.0, 2.5, 4.0, 10.5),
    *(5.9, 9.0, 19.1, 22.0, 26.5, 27.2, 36.0, 37.5, 38.4, 40.0, 355.0, 708.3, 709.7, 740.0, 745.0, 750.0),
    *(1e10, 1e16, 1e22, 1e100, 1e160, 1e300, 1.7e308),
]
HARD_PAIR = [
    0.0,
    5e-324,
    2.3e-308,
    1e-300,
    1e-160,
    1e-9,
    0.5,
    math.nextafter(1, 0),
    1.0,
    1.5,
    2.0,
    3.0,
    40.0,
    1e8,
    1e9,
    1e155,
    1.7e308,
]


def points(op):
    """Operands at which the row has a finite value: hard ones, and random ones of every size."""
    rng = random.Random(op.name)
    scattered = [rng.gauss(0, 1) for _ in range(15)] + [rng.uniform(-40, 40) for _ in range(15)]
    scattered += [rng.choice((1, -1)) * 10 ** rng.uniform(-300, 300) for _ in range(10)]
    if op.arity == 1:
        candidates = [(sign * x,) for x in HARD for sign in (1, -1)] + [(x,) for x in scattered]
    else:
        signed = HARD_PAIR + [-x for x in HARD_PAIR[1:]]
        candidates = rng.sample(list(itertools.product(signed, repeat=2)), 90)
        candidates += [(rng.choice(scattered), rng.choice(scattered)) for _ in range(30)]
    for operands in candidates:
        try:
            y = op.forward(FLOATS, *operands)
        except (ValueError, ArithmeticError):
            continue
        if math.isfinite(y):
            yield operands, y


def working_bits(operands):
    """Bits enough to take a difference quotient where the function saturates or its argument is
    tiny."""
    sizes = [abs(math.frexp(x)[1]) for x in operands]
    return 400 + 2 * sum(sizes) + int(max(1.5 * min(x * x, 1100.0) for x in operands))


# What a system's own exp or tanh may lose lies in these; glibc's, which CI has, loses less than 1.
ULPS = 4.0 if platform.libc_ver()[0] == "glibc" else 16.0
# Where parts of the second derivatives overflow, such as 1/r² for the radius r of a point (x, z).
NEAREST = {"hypot": 1e-307, "atan2": 1e-150, "direction": 1e-150, "inversion": 1e-150}


def ulps(got, exact):
    """How far a float is from the exact number, in units of the last place of a float there."""
    return float(abs(mpf(got) - exact) / mpf(math.ulp(float(exact))))


def test_every_row_has_an_oracle():
    assert set(ORACLES) == set(NAMED)


@ROWS
def test_values_are_within_four_units_of_the_last_place(op):
    found = 0
    for operands, y in points(op):
        with mpmath.workprec(working_bits(operands)):
            exact = ORACLES[op.name](*map(mpf, operands))
            with np.errstate(all="ignore"):
                array = op.forward(ARRAYS, *(np.array([x]) for x in operands))
            for got in (y, float(array[0])):
                if op.name == "logaddexp":  # which crosses zero
                    assert_accurate(op, operands, (0, 0), got)
                else:
                    assert ulps(got, exact) <= 4.0, operands
        found += 1
    assert found >= 30


def exact_derivative(op, operands, orders):
    """∂ⁿy/∂operands as a difference quotient of the oracle, and how large its own rounding may be.

    ``orders`` says how often by each operand; the digits are enough for a third derivative.
    """
    bits = 1000 + working_bits(operands) + 3 * sum(abs(math.frexp(x)[1]) for x in operands)
    with mpmath.workprec(bits):
        places = [mpf(x) for x in operands]
        nearest = min([abs(x) for x in places if x], default=mpf(1))
        steps = [min(mpf(1), abs(x) if x else nearest) * mpf(2) ** -120 for x in places]
        weights = {(0,) * len(operands): 1}
        for i, order in enumerate(orders):
            for _ in range(order):
                moved = Counter()
                for place, weight in weights.items():
                    for sign in (1, -1):
                        moved[(*place[:i], place[i] + sign, *place[i + 1 :])] += sign * weight
                weights = moved
        total, largest = mpf(0), mpf(2) ** -1100
        for place, weight in weights.items():
            y = ORACLES[op.name](*(x + k * h for x, k, h in zip(places, place, steps, strict=True)))
            total, largest = total + weight * y, max(largest, abs(y))
        if isinstance(total, mpmath.mpc):
            return None  # the edge of a domain, beyond which the oracle is complex
        size = mpmath.fprod((2 * h) ** order for h, order in zip(steps, orders, strict=True))
        quotient, rounding = total / size, largest * mpf(2) ** (60 - bits) / abs(size)
        return quotient if abs(quotient) > rounding else mpf(0)


def moved_orders(orders, i):
    return tuple(order + (i == j) for j, order in enumerate(orders))


def assert_accurate(op, operands, orders, got, most=ULPS):
    """Within ``most`` ulps where the derivative is well conditioned, |x·q'/q| ≤ 4 for each operand x,
    and else as many times more as it is worse conditioned."""
    exact = exact_derivative(op, operands, orders)
    if exact is None:
        return
    if abs(exact) >= mpf(2) ** 1024:
        assert not math.isfinite(got), (operands, orders)
        return
    if math.isfinite(got) and ulps(got, exact) <= most:
        return
    changes = [exact_derivative(op, operands, moved_orders(orders, i)) for i in range(len(operands))]
    if None in changes:
        return
    if exact == 0.0 and any(x * change for x, change in zip(operands, changes, strict=True)):
        return  # a zero of the derivative, where the operand's own rounding is as large as it
    worst = max([abs(x * change / exact) if exact else 0.0 for x, change in zip(operands, changes)])
    allowed = most * (1.0 if worst <= 4.0 else worst)
    assert math.isfinite(got), (operands, orders, got, float(exact))
    assert ulps(got, exact) <= allowed, (operands, orders, got, float(exact))


def on_a_kink_or_edge(op, operands):
    """Where the derivative is a convention, or exists on one side only. Tests below state these."""
    x, z = operands if op.arity == 2 else (operands[0], None)
    if op.name == "pow":
        return x == 0.0
    if op.name in {"maximum", "minimum", "at_least", "at_most"}:
        return x == z
    if op.name == "atan2":
        return x == 0.0 and z <= 0.0
    if op.name in {"hypot", "direction", "inversion"}:
        return x == z == 0.0
    if op.name == "xlogy":
        return z == 0.0
    return x == 0.0 and op.name in {"abs", "cbrt", "relu", "leaky_relu", "elu", "sign", "step"}


def derivatives(op, operands):
    """Orders of derivation, and what first and second derivatives by the graph are there."""
    values = [Value(x) for x in operands]
    y = record(op, *values)
    for i, value in enumerate(values):
        first = moved_orders((0,) * len(values), i)
        slope = grad(y, value)
        yield first, slope
        for j, other in enumerate(values):
            if math.isfinite(slope):
                try:
                    yield moved_orders(first, j), grad(grad(y, value, create_graph=True), other)
                except DomainError:
                    yield moved_orders(first, j), math.nan


@ROWS
def test_first_and_second_derivatives_are_as_accurate_as_their_conditioning_lets_them_be(op):
    met = 0
    places = [operands for operands, _ in points(op)]
    for operands in random.Random(op.name).sample(places, 2 * len(places) // 3):
        if on_a_kink_or_edge(op, operands) or op.name == "detach":
            continue
        if op.name == "pow" and (operands[0] > 1e300 or (operands[0] < 0.0 and abs(operands[1]) > 1e15)):
            continue  # 1/x is subnormal; x next to -1 is no point of the function
        if max(map(abs, operands)) < NEAREST.get(op.name, 0.0):
            continue
        for orders, got in derivatives(op, operands):
            by_exponent = op.name == "pow" and orders[1]
            if by_exponent and operands[0] <= 0.0:
                continue  # real for whole exponents only
            # Second derivatives of these are third ones of hypot and atan2.
            most = 2 * ULPS if op.name in {"direction", "inversion"} and sum(orders) == 2 else ULPS
            assert_accurate(op, operands, orders, got, most)
            met += 1
    assert met >= 50 or op.name == "detach"


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("gelu", (-1.3, -0.9118, -0.7518, -0.5918, -0.3, -1e-290, 0.0, 1e-290)),
        ("sinc", (-1.0, -0.35, 0.35, 1.0)),
    ],
)
def test_a_slope_that_is_computed_in_several_ways_keeps_its_digits_where_they_meet(name, places):
    exact = {
        "gelu": lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x),
        "sinc": lambda x: (mpmath.cospi(x) - mpmath.sincpi(x)) / x,
    }
    for place, step in itertools.product(places, (-1e-2, -1e-3, -1e-9, 1e-9, 1e-3, 1e-2)):
        x = place + step
        with mpmath.workprec(200):
            assert ulps(getattr(Value(x), name)().local_derivatives[0], exact[name](mpf(x))) <= 4.0, x


@ROWS
def test_derivatives_of_arrays_are_those_of_floats(op):
    rows = []
    for operands, y in points(op):
        try:
            rows.append((*operands, y, *op.partials(FLOATS, *operands, y)))
        except (ValueError, ArithmeticError):
            continue
    columns = np.array(rows).T
    with np.errstate(all="ignore"):
        partials = op.partials(ARRAYS, *columns[: op.arity + 1])
    for got, expected in zip(partials, columns[op.arity + 1 :], strict=True):
        np.testing.assert_allclose(np.broadcast_to(got, expected.shape), expected, rtol=1e-13, atol=2.3e-308)


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("relu", (0.0,), (0.0,)),
        ("abs", (0.0,), (0.0,)),
        ("maximum", (2.0, 2.0), (0.5, 0.5)),
        ("minimum", (2.0, 2.0), (0.5, 0.5)),
        ("leaky_relu", (0.0, 0.1), (0.1, 0.0)),
        ("elu", (0.0, 1.5), (1.5, 0.0)),
        ("at_least", (2.0, 2.0), (1.0, 0.0)),
        ("at_most", (2.0, 2.0), (1.0, 0.0)),
        ("pow", (0.0, 2.0), (0.0, 0.0)),
        ("pow", (0.0, 1.0), (1.0, 0.0)),
        ("sign", (0.0,), (0.0,)),
        ("step", (0.0,), (0.0,)),
        ("detach", (3.0,), (0.0,)),
    ],
)
def test_conventions_at_kinks(name, operands, expected):
    op = OPS[name]
    for namespace, kind in ((FLOATS, float), (ARRAYS, np.float64)):
        at = [kind(x) for x in operands]
        partials = op.partials(namespace, *at, op.forward(namespace, *at))
        assert tuple(map(float, partials)) == expected


@pytest.mark.parametrize("name", ["relu", "abs", "maximum", "minimum", "leaky_relu", "elu", "clamp"])
def test_kinks_are_those_of_pytorch(name, torch):
    x = torch.tensor(0.0, requires_grad=True)
    z = torch.tensor(0.0, requires_grad=True)
    if name == "clamp":
        torch.clamp(x, 0.0, 1.0).backward()
        expected = [OPS["at_least"].partials(FLOATS, 0.0, 0.0, 0.0)[0]]
    elif name in {"maximum", "minimum"}:
        getattr(torch, name)(x, z).backward()
        expected = OPS[name].partials(FLOATS, 0.0, 0.0, 0.0)
    else:
        function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
        function(x).backward()
        expected = OPS[name].partials(FLOATS, 0.0, *OPS[name].defaults, 0.0)[:1]
    got = [each.grad.item() for each in (x, z) if each.grad is not None]
    assert got == pytest.approx(list(expected))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "silu", "gelu", "relu", "normal_cdf", "elu"])
def test_activations_are_finite_for_every_finite_operand(name):
    op = OPS[name]
    for x in (sign * size for size in HARD for sign in (1.0, -1.0)):
        y = op.forward(FLOATS, x, *op.defaults)
        assert math.isfinite(y)
        assert all(map(math.isfinite, op.partials(FLOATS, x, *op.defaults, y)))
