"""The table of operations against mpmath: values, derivatives, and conventions at kinks.

Every row of OPS is tested by construction; a row without an oracle fails.
"""

import itertools
import math
import random

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import OPS

ROWS = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


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
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "atan2": mpmath.atan2,
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
    *(math.nextafter(0.5, 1), math.nextafter(1, 0), math.nextafter(1, 2), math.pi / 2, 3.0, math.pi),
    *(5.9, 9.0, 19.1, 22.0, 26.5, 27.2, 36.0, 37.5, 38.4, 40.0, 355.0, 708.3, 709.7, 740.0, 745.0, 750.0),
    *(1e10, 1e16, 1e22, 1e100, 1e160, 1e300, 1.7e308),
]
HARD_PAIR = [0.0, 2.3e-308, 1e-160, 1e-9, 0.5, math.nextafter(1, 0), 1.0, 1.5, 2.0, 3.0, 40.0, 1e9, 1e155]

# Where silu' and gelu' cross zero, their two terms cancel: next to it 1e-13 is beyond float input.
ZERO_OF_SLOPE = {"silu": -1.2784645427610738, "gelu": -0.7517915246935645}


def points(op):
    """Operands at which the row has a finite value: hard ones, and random ones of every size."""
    rng = random.Random(op.name)
    scattered = [rng.gauss(0, 1) for _ in range(15)] + [rng.uniform(-40, 40) for _ in range(15)]
    scattered += [rng.choice((1, -1)) * 10 ** rng.uniform(-300, 300) for _ in range(10)]
    if op.arity == 1:
        candidates = [(sign * x,) for x in HARD for sign in (1, -1)] + [(x,) for x in scattered]
    else:
        signed = HARD_PAIR + [-x for x in HARD_PAIR[1:]]
        candidates = rng.sample(list(itertools.product(signed, repeat=2)), 120)
        candidates += [(rng.choice(scattered), rng.choice(scattered)) for _ in range(40)]
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


def ulps(got, exact):
    """How far a float is from the exact number, in units of the last place of a float there."""
    return float(abs(mpf(got) - exact) / mpf(math.ulp(float(exact))))


def test_every_row_has_an_oracle():
    assert set(ORACLES) == set(OPS)


@ROWS
def test_values_are_within_four_units_of_the_last_place(op):
    found = 0
    for operands, y in points(op):
        with mpmath.workprec(working_bits(operands)):
            exact = ORACLES[op.name](*map(mpf, operands))
            with np.errstate(all="ignore"):
                array = op.forward(ARRAYS, *(np.array([x]) for x in operands))
            assert ulps(y, exact) <= 4.0, operands
            assert ulps(float(array[0]), exact) <= 4.0, operands
        found += 1
    assert found >= 30


def exact_partial(op, operands, i):
    """∂y/∂operandᵢ as a difference quotient of the oracle, with digits to spare."""
    step = mpf(2) ** -1200 if operands[i] == 0.0 else min(mpf(1), abs(mpf(operands[i]))) * mpf(2) ** -100
    with mpmath.workprec(3000 if operands[i] == 0.0 else working_bits(operands)):
        around = [[mpf(x) + sign * step * (j == i) for j, x in enumerate(operands)] for sign in (1, -1)]
        after, before = (ORACLES[op.name](*each) for each in around)
        return (after - before) / (2 * step)


def on_a_kink_or_edge(op, operands):
    """Where the derivative is a convention, or exists on one side only. Tests below state these."""
    x, z = operands if op.arity == 2 else (operands[0], None)
    if op.name == "pow":
        return x == 0.0
    if op.name in {"maximum", "minimum", "at_least", "at_most"}:
        return x == z
    if op.name == "atan2":
        return x == 0.0 and z <= 0.0
    return x == 0.0 and op.name in {"abs", "relu", "leaky_relu", "elu", "sign", "step"}


@ROWS
def test_derivatives_are_right_to_thirteen_digits(op):
    found = 0
    for operands, y in points(op):
        if on_a_kink_or_edge(op, operands) or abs(operands[0] - ZERO_OF_SLOPE.get(op.name, math.inf)) < 0.01:
            continue
        try:
            partials = op.partials(FLOATS, *operands, y)
        except (ValueError, ArithmeticError):
            continue  # the edge of a domain
        for i, partial in enumerate(partials):
            if op.name == "pow" and i == 1 and operands[0] <= 0.0:
                continue  # real for whole exponents only
            exact = 0.0 if op.name == "detach" else exact_partial(op, operands, i)
            if abs(exact) >= mpf(2) ** 1024:
                assert abs(partial) == math.inf, operands
            else:  # what lies below the normal numbers may be rounded to 0
                assert abs(partial - exact) <= 1e-13 * abs(exact) + 2.3e-308, (operands, i)
        found += 1
    assert found >= 25


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
def test_kinks_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
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
