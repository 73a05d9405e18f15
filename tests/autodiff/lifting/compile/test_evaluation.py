"""Evaluation: rules of the table as calls that write into arrays."""

import numpy as np
import pytest

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS
from autodiff.formulas.expr import Expr, symbol
from autodiff.lifting.compile.elementary import ELEMENTARY, SMALL, WITH_OUT
from autodiff.lifting.compile.evaluation import evaluate as write_evaluation
from autodiff.lifting.compile.writer import Writer

X, Z, Y = symbol("x"), symbol("z"), symbol("y")


@pytest.fixture
def evaluate():
    """Evaluates an expression with a Writer, and checks that its operands are as they were."""

    def run(expr, **values):
        writer = Writer(np.float64)
        shape = np.broadcast_shapes(*map(np.shape, values.values()))
        before = {name: np.copy(value) for name, value in values.items()}
        out = np.full(shape, np.nan)
        result = write_evaluation(writer, expr, values, out)
        with np.errstate(all="ignore"):
            writer.function(writer.lines)()
            first = np.copy(result)
            writer.function(writer.lines)()  # scratch of the first run must not matter
        assert np.array_equal(first, result, equal_nan=True)
        for name, value in values.items():
            assert np.array_equal(before[name], value)
        return np.broadcast_to(result, shape), writer

    return run


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
@pytest.mark.parametrize("kinds", ["arrays", "number first", "number last", "broadcast"])
def test_every_row_runs_as_the_table_says(evaluate, op, kinds):
    rng = np.random.default_rng(3)
    x, z = rng.uniform(0.2, 0.9, (3, 4)), rng.uniform(0.2, 0.9, (3, 4))
    if op.name == "acosh":
        x += 1.0
    if kinds == "number first" and op.arity == 2:
        x = 0.7
    if kinds == "number last":
        z = 0.7
    if kinds == "broadcast":
        x, z = x[:, :1], z[:1] if op.arity == 2 else z
    values = dict(zip("xz", (x, z)[: op.arity]))
    expected = op.forward(ARRAYS, *values.values())
    got, _ = evaluate(op.forward(ELEMENTARY, *(X, Z)[: op.arity]), **values)
    assert np.allclose(got, expected, rtol=1e-15, atol=0.0)

    partials = op.partials(ELEMENTARY, *(X, Z)[: op.arity], Y)
    slopes = op.partials(ARRAYS, *values.values(), expected)
    for partial, slope in zip(partials, slopes):
        if isinstance(partial, Expr):
            got, _ = evaluate(partial, **values, y=expected)
            assert np.allclose(got, np.broadcast_to(slope, got.shape), rtol=1e-15, atol=0.0)
        else:
            assert partial == slope


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.arity == 2], ids=lambda op: op.name)
def test_large_arrays_are_computed_alike(evaluate, op):
    rng = np.random.default_rng(5)
    x, z, d = rng.uniform(0.2, 0.9, (3, 120, 100))
    y = op.forward(ARRAYS, x, z)
    for partial, slope in zip(op.partials(ELEMENTARY, X, Z, Y), op.partials(ARRAYS, x, z, y)):
        got, _ = evaluate(symbol("d") * partial, x=x, z=z, y=y, d=d)
        assert np.allclose(got, d * slope, rtol=1e-15, atol=0.0)


@pytest.mark.parametrize(("dtype", "digits"), [(np.float64, 1e-15), (np.float32, 1e-6)])
def test_the_slope_of_tanh_keeps_its_digits_where_tanh_is_all_but_one(dtype, digits):
    x = np.concatenate([np.linspace(-20.0, 20.0, 2001), np.linspace(4.0, 4.3, 500)]).astype(dtype)
    writer = Writer(dtype)
    out = np.empty_like(x)
    slope = OPS["tanh"].partials(ELEMENTARY, X, Y)[0]
    assert write_evaluation(writer, slope, {"x": x, "y": np.tanh(x)}, out) is out
    writer.function(writer.lines)()
    expected = 1.0 / np.cosh(x.astype(np.float64)) ** 2
    assert np.allclose(out, expected, rtol=digits, atol=0.0)


@pytest.mark.parametrize("name", WITH_OUT)
@pytest.mark.parametrize("copies", [1, 3], ids=["small", "large"])
@pytest.mark.parametrize(("dtype", "digits"), [(np.float64, 4e-15), (np.float32, 1e-6)])
def test_a_function_with_a_form_of_its_own_is_the_namespaces_function(name, dtype, digits, copies):
    """sech² over the whole range: where tanh has all its digits, all but none, and is ±1."""
    x = np.concatenate([s * np.geomspace(5e-324, 1e300, 1000) for s in (-1, 1)] + [np.zeros(1)])
    x = np.clip(x, -np.finfo(dtype).max, np.finfo(dtype).max).astype(dtype)
    x = np.unique(np.concatenate([x, np.linspace(-20.0, 20.0, 2001).astype(dtype)]))
    x = np.concatenate([x] * copies)
    assert (x.size > SMALL) == (copies > 1)
    out = np.empty_like(x)
    with np.errstate(all="raise", under="ignore"):
        y = np.tanh(x)
        WITH_OUT[name](x, y, out)
        expected = getattr(ARRAYS, name)(x.astype(np.float64), y.astype(np.float64))
    tiny = np.finfo(dtype).smallest_normal
    assert np.allclose(out, expected, rtol=digits, atol=tiny)


@pytest.mark.parametrize("reach", [1.0, 30.0])
def test_the_slope_of_tanh_needs_no_cosh_in_large_arrays_unless_it_is_small(reach, monkeypatch):
    asked = []
    cosh = np.cosh
    monkeypatch.setattr(np, "cosh", lambda x, out: asked.append(x.size) or cosh(x, out=out))
    x = np.linspace(-reach, reach, SMALL + 1)
    WITH_OUT["sech_squared"](x, np.tanh(x), np.empty_like(x))
    assert asked == ([] if reach == 1.0 else [np.count_nonzero(np.tanh(x) ** 2 > 15 / 16)])


def test_equal_parts_are_computed_once(evaluate):
    x = np.linspace(0.1, 1.0, 5)
    got, writer = evaluate(ELEMENTARY.exp(X) * ELEMENTARY.exp(X) + ELEMENTARY.exp(X), x=x)
    assert len(writer.lines) == 3
    assert np.allclose(got, np.exp(x) ** 2 + np.exp(x))


def test_scratch_is_reused_and_never_under_a_reader(evaluate):
    x, z = np.linspace(0.1, 1.0, 5), np.linspace(1.5, 2.5, 5)
    a, b = ELEMENTARY.exp(X), ELEMENTARY.log(Z)
    got, writer = evaluate((a + b) * (a - b) / (a * b) + a, x=x, z=z)
    A, B = np.exp(x), np.log(z)
    assert np.allclose(got, (A + B) * (A - B) / (A * B) + A)
    scratch = {id(each) for each in writer.names.values() if isinstance(each, np.ndarray)}
    assert len(scratch) <= 3 + 4


def test_numbers_are_computed_beforehand(evaluate):
    writer = Writer(np.float64)
    out = np.empty(3)
    assert write_evaluation(writer, ELEMENTARY.exp(Expr(0.0)) + 1.0, {}, out) == 2.0
    assert write_evaluation(writer, X, {"x": 3.0}, out) == 3.0
    assert writer.lines == []


def test_a_function_runs_only_its_lines():
    writer = Writer(np.float64)
    a, b = np.zeros(2), np.zeros(2)
    writer.call(np.copyto, a, 1.0)
    writer.call(np.copyto, b, 2.0)
    writer.function(writer.lines[1:])()
    assert (a.tolist(), b.tolist()) == ([0.0, 0.0], [2.0, 2.0])
