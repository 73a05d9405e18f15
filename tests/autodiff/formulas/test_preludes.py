"""Source code that is printed runs: every row and every primitive, in NumPy and in a browser."""

import inspect
import itertools
import json
import math

import numpy as np
import pytest

from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.engine.primitives import PRIMITIVES, Primitives
from autodiff.formulas.expr import CODE, as_expr, symbol
from autodiff.formulas.preludes import javascript_prelude, javascript_rows, numpy_prelude

POINTS = (-26.0, -2.5, -0.9, -1e-9, 0.0, 1e-9, 0.3, 0.75, 1.0, 1.999, 2.001, 5.0, 26.0)


def evaluations(op):
    """Every point of the grid where the row is defined, with y and the partials there."""
    for operands in itertools.product(POINTS, repeat=op.arity):
        try:
            y = op.forward(FLOATS, *operands)
            partials = op.partials(FLOATS, *operands, y)
        except (ValueError, ArithmeticError):
            continue
        if all(map(math.isfinite, (y, *partials))):
            yield operands, y, partials


def assert_close(got, expected, where):
    assert math.isclose(got, expected, rel_tol=1e-12, abs_tol=1e-300), (where, got, expected)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_numpy_source_of_every_row_computes_it(op):
    operands = list(map(symbol, ("x", "z")[: op.arity]))
    sources = [
        as_expr(each).numpy()
        for each in (getattr(CODE, op.name)(*operands), *op.partials(CODE, *operands, symbol("y")))
    ]
    namespace = {}
    exec(numpy_prelude(" ".join(sources)), namespace)
    rows = list(evaluations(op))
    assert len(rows) >= 3
    x, z = (np.array([operands[i % op.arity] for operands, _, _ in rows]) for i in (0, 1))
    namespace |= {"x": x, "z": z, "y": np.array([y for _, y, _ in rows])}
    with np.errstate(all="ignore"):
        results = [np.broadcast_to(eval(source, namespace), x.shape) for source in sources]
    for i, (point, y, partials) in enumerate(rows):
        for result, expected in zip(results, (y, *partials), strict=True):
            assert_close(result[i], expected, (op.name, point))


@pytest.fixture(scope="module")
def in_browser(browser):
    """Runs JavaScript in a page and gives back its result."""
    page = browser.new_page()
    yield page.evaluate
    page.close()


def test_javascript_of_every_row_computes_it(in_browser):
    expected = {
        name: [[operands, [y, *partials]] for operands, y, partials in evaluations(op)]
        for name, op in OPS.items()
    }
    points = {name: [[*operands, values[0]] for operands, values in rows] for name, rows in expected.items()}
    got = in_browser(
        f"""() => {{
            {javascript_prelude()}
            {javascript_rows()}
            const points = {json.dumps(points)};
            const run = (row, p) => [row.forward(...p.slice(0, -1)), ...row.partials(...p)];
            return Object.fromEntries(Object.entries(points).map(
                ([name, ps]) => [name, ps.map(p => run(rows[name], p).map(Number))]));
        }}"""
    )
    assert got.keys() == OPS.keys()
    for name, rows in expected.items():
        assert len(rows) >= 3
        for (operands, values), results in zip(rows, got[name], strict=True):
            for result, value in zip(results, values, strict=True):
                assert_close(result, value, (name, operands))


def calls(name):
    """Every point of the grid where the primitive has a finite value on floats, with that value."""
    arity = len(inspect.signature(getattr(Primitives, name)).parameters) - 1
    for operands in itertools.product(POINTS, repeat=arity):
        try:
            result = getattr(FLOATS, name)(*operands)
        except (ValueError, ArithmeticError):
            continue
        if math.isfinite(result):
            yield operands, result


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_numpy_source_of_every_primitive_computes_it(name):
    points = [*calls(name)]
    assert len(points) >= 3
    names = "abc"[: len(points[0][0])]
    source = getattr(CODE, name)(*map(symbol, names)).numpy()
    namespace = dict(zip(names, np.array([operands for operands, _ in points]).T, strict=True))
    exec(numpy_prelude(source), namespace)
    with np.errstate(all="ignore"):
        results = eval(source, namespace)
    for (operands, expected), result in zip(points, results, strict=True):
        assert_close(result, expected, operands)


def test_javascript_of_every_primitive_computes_it(in_browser):
    expected = {name: [*calls(name)] for name in sorted(PRIMITIVES)}
    points = {name: [operands for operands, _ in rows] for name, rows in expected.items()}
    got = in_browser(
        f"""() => {{
            {javascript_prelude()}
            return Object.entries({json.dumps(points)}).map(([name, ps]) => ps.map(p => m[name](...p)));
        }}"""
    )
    for (name, rows), results in zip(expected.items(), got, strict=True):
        assert len(rows) >= 3
        for (operands, value), result in zip(rows, results, strict=True):
            assert_close(result, value, (name, operands))


def test_javascript_has_every_row_that_is_no_operator_there(in_browser):
    names = sorted(name for name, op in OPS.items() if not op.notation.infix)
    missing = in_browser(
        f"""() => {{
            {javascript_prelude()}
            return {json.dumps(names)}.filter(name => typeof m[name] !== "function");
        }}"""
    )
    assert missing == []


def test_the_error_function_in_javascript_keeps_its_tails(in_browser):
    xs = [sign * x for x in np.linspace(0.0, 26.0, 521).tolist() for sign in (1, -1)]
    got = in_browser(
        f"() => {{ {javascript_prelude()} return {json.dumps(xs)}.map(x => [m.erf(x), m.erfc(x)]); }}"
    )
    for x, (erf, erfc) in zip(xs, got, strict=True):
        assert math.isclose(erf, math.erf(x), rel_tol=1e-12), x
        assert math.isclose(erfc, math.erfc(x), rel_tol=1e-12), x
