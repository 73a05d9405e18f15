"""gradcheck passes right derivatives, at any scale, and finds wrong ones."""

import dataclasses
import math
import random

import numpy as np
import pytest

from autodiff import Value, exp, gradcheck, log, relu, tanh
from autodiff.debug.differences import central_difference
from autodiff.engine.ops import OPS
from autodiff.engine.value import record


def test_a_right_gradient_passes_and_prints_as_a_table():
    w, x = Value(0.5, "w"), Value(-1.5, "x")
    result = gradcheck(lambda w, x: tanh(w * x) + x, [w, x])
    assert result
    assert [row.label for row in result.rows] == ["w", "x"]
    sech2 = 1 / math.cosh(0.75) ** 2
    assert [row.analytic for row in result.rows] == pytest.approx([-1.5 * sech2, 0.5 * sech2 + 1])
    for row in result.rows:
        assert row.absolute == abs(row.analytic - row.numeric)
        assert row.relative <= 1e-9
    lines = str(result).splitlines()
    assert "all derivatives agree" in lines[0]
    for word in ("input", "value", "analytic", "numeric", "absolute", "relative", "step"):
        assert word in lines[2]
    assert len([line for line in lines if "ok" in line]) == 2


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.name != "detach"], ids=lambda op: op.name)
def test_every_row_passes_and_a_wrong_one_is_found(op, monkeypatch):
    """A row whose derivative is off by one part in ten thousand, in either operand, is noticed."""
    at = (1.3, 0.7) if op.name in {"acosh", "pow"} else (0.6, 1.7)
    inputs = [Value(x, name) for x, name in zip(at[: op.arity], "xz", strict=False)]

    def f(*operands):
        return getattr(operands[0], op.name)(*operands[1:])

    right = gradcheck(f, inputs)
    assert right, str(right)
    for wrong in range(op.arity):

        def partials(*arguments, wrong=wrong):
            slopes = list(op.partials(*arguments))
            slopes[wrong] = slopes[wrong] * 1.0001 + 2e-4
            return tuple(slopes)

        monkeypatch.setitem(OPS, op.name, dataclasses.replace(op, partials=partials))
        result = gradcheck(lambda *operands: record(OPS[op.name], *operands), inputs)
        assert [row.agrees for row in result.rows] == [i != wrong for i in range(op.arity)], str(result)
        assert not result and "differs" in str(result) and f"1 of {op.arity} " in str(result)


def test_each_input_gets_a_step_that_suits_it():
    large, small, tiny = Value(1e6, "large"), Value(1e-9, "small"), Value(-1e-9, "tiny")
    result = gradcheck(lambda a, b, c: log(a) + log(b) + exp(c), [large, small, tiny])
    assert result, str(result)
    steps = {row.label: row.step for row in result.rows}
    assert steps["small"] < 1e-12 < steps["tiny"] < 1e-2 < steps["large"]


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_the_scale_of_the_function_does_not_matter(scale):
    assert gradcheck(lambda x: x.sin() * scale, [0.4])
    assert not gradcheck(lambda x: x.sin() * scale + 0.01 * scale * (x - x.detach()), [0.4])
    assert gradcheck(lambda x: (x.sin() - x) * scale, [0.0])


def test_inputs_may_be_numbers_or_closed_over_and_are_left_as_they_were():
    w = Value(2.0, "w")
    w.grad = 7.0
    assert gradcheck(lambda _: w**3, [w])
    assert (w.data, w.grad) == (2.0, 7.0)
    assert [row.label for row in gradcheck(lambda x, y: x * y, [2, 3.0]).rows] == ["input 0", "input 1"]

    def fails(x):
        raise RuntimeError("from f")

    calls = iter([lambda x: x * 1.0, fails])
    with pytest.raises(RuntimeError, match="from f"):
        gradcheck(lambda x: next(calls)(x), [w])
    assert w.data == 2.0


def test_edges_of_a_domain_are_approached_and_kinks_reported():
    assert gradcheck(lambda x: x.acosh(), [1.0 + 1e-9])
    kink = gradcheck(relu, [0.0])
    assert not kink and kink.rows[0].numeric == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"both sides of edge = 0\.0"):
        gradcheck(lambda x: x.sqrt(), [Value(0.0, "edge")])


def test_a_function_that_cuts_the_graph_is_named():
    with pytest.raises(TypeError, match=r"return a Value, got float"):
        gradcheck(lambda x: x.data * 2.0, [1.0])


def test_central_difference_takes_any_function_and_any_step():
    assert central_difference(math.sin, 1.0) == pytest.approx(math.cos(1.0), rel=1e-10)
    assert central_difference(math.exp, 100.0) == pytest.approx(math.exp(100.0), rel=1e-7)
    assert central_difference(lambda x: x * x, 3.0, step=0.5) == 6.0


@pytest.mark.parametrize(
    ("f", "at", "outcome", "why"),
    [
        (lambda x: x.sin(), 0.4, "agrees", ""),
        (lambda x: x.detach() * x, 3.0, "differs", ""),
        (lambda x: (x * 1e9).sin(), 1.0, "undecided", "contradict each other"),
        (lambda x: 1e16 + x.detach() * x, 3.0, "undecided", "rounding of f"),
        (lambda x: x * random.random(), 1.0, "undecided", "another value for the same data"),
        (lambda x: x.cbrt(), 0.0, "undecided", "rounding of f"),
        (lambda x: x.relu(), 0.0, "undecided", "a kink at the input"),
        (lambda x: abs(x), 0.0, "undecided", "a kink at the input"),
        (lambda x: x * 0.0 + 1.0, 3.0, "agrees", ""),
        (lambda x: x * 1e-30 + 1.0, 2.0, "undecided", "rounding of f"),
        (lambda x: (x + 1e10) - 1e10 + x * x, 0.5, "undecided", "contradict each other"),
        (lambda x: x.log(), 1e-300, "agrees", ""),
        (lambda x: x * x, 1e-150, "agrees", ""),
        (lambda x: x.detach() * x, 1e-100, "differs", ""),
    ],
)
def test_it_cannot_be_talked_into_yes(f, at, outcome, why):
    result = gradcheck(f, [at])
    assert (result.outcome, result.rows[0].outcome, bool(result)) == (outcome, outcome, outcome == "agrees")
    assert why in result.rows[0].why and why in str(result)


def test_inputs_in_nested_dicts_and_lists():
    parameters = {"w": [2.0, [Value(3.0, "w1")]], "b": np.array([0.5, 1.5])}
    check = gradcheck(
        lambda p, x: x * p["w"][0] * p["w"][1][0].exp() + p["b"][0] * p["b"][1], [parameters, 1.25]
    )
    assert check and len(check.rows) == 5 and check.rows[1].label == "w1"
