"""Every namespace has the primitives, with one meaning; what is lacking is named."""

import inspect
import itertools
import math

import numpy as np
import pytest

from autodiff import Value
from autodiff.engine.errors import DomainError
from autodiff.engine.namespaces import ARRAYS, FLOATS, Namespace
from autodiff.engine.ops import OPS, Op
from autodiff.engine.primitives import PRIMITIVES, Primitives
from autodiff.formulas.expr import CODE, READING
from autodiff.recording import VALUES

POINTS = (-2.5, -1.0, -1e-9, 0.0, 0.3, 0.75, 1.0, 1.5, 2.0, 3.0)
NAMESPACES = {"floats": FLOATS, "arrays": ARRAYS, "values": VALUES, "code": CODE, "reading": READING}
NAMES = pytest.mark.parametrize("name", sorted(PRIMITIVES))


def parameters(function):
    return [*inspect.signature(function).parameters.values()]


def calls(name):
    for operands in itertools.product(POINTS, repeat=len(parameters(getattr(Primitives, name))) - 1):
        try:
            yield operands, getattr(FLOATS, name)(*operands)
        except (ValueError, ArithmeticError):
            continue


@pytest.mark.parametrize("kind", NAMESPACES)
def test_every_namespace_has_every_primitive_and_every_row(kind):
    assert [name for name in {*PRIMITIVES, *OPS} if not callable(getattr(NAMESPACES[kind], name))] == []


def test_rows_are_made_of_primitives_and_other_rows():
    asked = {name for op in OPS.values() for name in op.functions}
    assert asked <= PRIMITIVES | OPS.keys() | vars(Namespace).keys()
    assert {"exp", "maximum", "choose"} <= asked


@NAMES
def test_a_primitive_means_the_same_for_arrays(name):
    rows = [*calls(name)]
    assert len(rows) >= 3
    columns = np.array([operands for operands, _ in rows]).T
    with np.errstate(all="ignore"):
        results = getattr(ARRAYS, name)(*columns)
    np.testing.assert_allclose(results, [result for _, result in rows], rtol=1e-15)


@NAMES
def test_a_primitive_means_the_same_for_values(name):
    met = 0
    for operands, expected in calls(name):
        try:
            result = getattr(VALUES, name)(*map(Value, operands)).value()
        except DomainError:
            continue
        assert math.isclose(getattr(result, "data", result), expected, rel_tol=1e-15), operands
        met += 1
    assert met >= 3


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("choose", (1e-300, 2.0, 3.0), 2.0),
        ("choose", (0.0, 2.0, 3.0), 3.0),
        ("choose", (-1.0, 2.0, 3.0), 3.0),
        ("step", (5e-324,), 1.0),
        ("step", (0.0,), 0.0),
        ("xlogy", (0.0, 0.0), 0.0),
        ("xlogy", (0.0, -1.0), 0.0),
        ("xlogy", (2.0, math.e), 2.0),
        ("power_slope", (0.0, 0.0), 0.0),
        ("power_slope", (2.0, 1.5), 1.5 * math.sqrt(2.0)),
    ],
)
@pytest.mark.parametrize("namespace", [FLOATS, ARRAYS], ids=["floats", "arrays"])
def test_the_primitives_that_are_no_rows(namespace, name, operands, expected):
    kind = float if namespace is FLOATS else np.float64
    assert float(getattr(namespace, name)(*map(kind, operands))) == pytest.approx(expected, rel=1e-15)


def test_a_namespace_that_lacks_a_function_names_it_and_itself(monkeypatch):
    class Strings(Namespace):
        @staticmethod
        def maximum(x, z):
            return f"max({x}, {z})"

    strings = Strings()
    assert strings.relu("x") == "max(x, 0.0)"
    with pytest.raises(
        AttributeError, match="Strings has no function 'exp': every namespace defines the prim"
    ):
        strings.silu(2.0)
    with pytest.raises(AttributeError, match="Strings has no function 'frobnicate': it is neither"):
        _ = strings.frobnicate
    row = Op("gamma", "Γ", lambda m, x: m.gamma(x), lambda m, x, y: (y * m.digamma(x),))
    monkeypatch.setitem(OPS, "gamma", row)
    for namespace in (strings, *NAMESPACES.values()):
        if namespace not in (CODE, READING, VALUES):  # to whom every row is a call of itself
            with pytest.raises(AttributeError, match=f"{type(namespace).__name__} has no function 'gamma'"):
                _ = namespace.gamma


@pytest.mark.parametrize(
    ("forward", "partials", "linear"),
    [
        (lambda m, x, z: 2.0 * x - z, lambda m, x, z, y: (2.0, -1.0), (2.0, -1.0)),
        (lambda m, x: 0.5 * x, lambda m, x, y: (0.5,), (0.5,)),
        (lambda m, x: x + 1.0, lambda m, x, y: (1.0,), ()),
        (lambda m, x: x, lambda m, x, y: (-1.0,), ()),
        (lambda m, x: x, lambda m, x, y: (0.0,), ()),
        (lambda m, x: m.step(x), lambda m, x, y: (1.0,), ()),
        (lambda m, x: x * x, lambda m, x, y: (2.0 * x,), ()),
    ],
)
def test_linear_rows_are_told_by_their_rules(forward, partials, linear):
    assert Op("row", "r", forward, partials).linear == linear


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_a_row_is_linear_where_it_is_the_sum_of_its_operands_times_fixed_slopes(op):
    slopes, exact, met = set(), True, 0
    for point in itertools.product(POINTS, repeat=op.arity):
        try:
            y = op.forward(FLOATS, *point)
            slopes.add(op.partials(FLOATS, *point, y))
        except (ValueError, ArithmeticError):
            continue
        met += 1
        exact = exact and y == sum(c * x for c, x in zip(max(slopes), point))
    assert met >= 3
    assert op.linear == (max(slopes) if len(slopes) == 1 and exact and any(max(slopes)) else ())
