"""gradcheck's tolerances to the digit, the steps it tries, and its table."""

import math
import re
import sys

import pytest

from autodiff import Value, gradcheck
from autodiff.debug.differences import Difference, GradCheck, central_difference

EPSILON = sys.float_info.epsilon


def off_by(error, slope=1.0):
    """A linear function whose rule gives ``slope + error``."""
    return lambda x: x * slope + (x - x.detach()) * error


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("slope", [1.0, -3.0, 1e-8, 1e8])
@pytest.mark.parametrize(
    ("allowed", "options"),
    [
        (lambda slope: 1e-6 * abs(slope), {}),
        (lambda slope: 1e-3 * abs(slope), {"rtol": 1e-3}),
        (lambda slope: 1e-6 * abs(slope) + 0.5, {"atol": 0.5}),
        (lambda slope: 0.25, {"rtol": 0.0, "atol": 0.25}),
    ],
)
def test_a_derivative_may_be_off_by_its_tolerance_and_not_by_a_little_more(slope, allowed, options, sign):
    gap = sign * allowed(slope)
    assert gradcheck(off_by(0.99 * gap, slope), [1.0], **options)
    assert not gradcheck(off_by(1.01 * gap, slope), [1.0], **options)


def test_the_larger_of_the_two_derivatives_is_the_measure():
    assert gradcheck(off_by(-1.0, 2.0), [1.0], rtol=0.51)  # 1 by the rule, 2 by differences
    assert not gradcheck(off_by(-1.0, 2.0), [1.0], rtol=0.49)
    assert gradcheck(off_by(1.0, 1.0), [1.0], rtol=0.51)  # 2 by the rule, 1 by differences
    assert not gradcheck(off_by(1.0, 1.0), [1.0], rtol=0.49)


@pytest.mark.parametrize("x", [0.3, 0.7, -2.9, 5.1])
def test_what_rounding_does_to_the_difference_is_allowed_for(x):
    def large(v):
        return v / 3.0 + 1e6  # so a difference of two has seven digits less

    (row,) = gradcheck(large, [x], rtol=0.0).rows
    assert row.agrees and 0.0 < row.absolute < 1e-8
    assert not gradcheck(lambda v: large(v) + off_by(1e-6, 0.0)(v), [x], rtol=0.0)


@pytest.mark.parametrize("x", [0.0, 0.5, -1.0, 30.0, -1e6])
def test_steps_go_down_from_a_tenth_of_the_input_by_factors_of_four(x):
    tried = []

    def f(value):
        tried.append(value.data)
        return value * 2.0

    gradcheck(f, [x])
    size = 0.1 * max(1.0, abs(x))
    pairs = [(x + size / 4**k, x - size / 4**k) for k in range(24)]
    assert tried[:50] == [x, x, *(each for pair in pairs for each in pair)]  # twice at x: f is a function


@pytest.mark.parametrize("x", [0.5, 3.0, 10.0])
def test_the_step_is_the_one_whose_slope_is_nearest(x):
    (row,) = gradcheck(lambda v: v.exp(), [x]).rows
    assert row.relative < 1e-9
    assert 1e-7 < row.step / max(1.0, abs(x)) < 1e-2


def test_steps_that_leave_the_domain_are_passed_over():
    (row,) = gradcheck(lambda v: v.log(), [1e-4]).rows
    assert row.agrees and row.step < 1e-4
    (row,) = gradcheck(lambda v: (v * v).exp(), [25.0]).rows  # overflows one step further up
    assert row.agrees and row.step < 2.0
    with pytest.raises(ValueError, match=r"no finite f on both sides of input 0 = 0\.0"):
        gradcheck(lambda v: v.sqrt(), [0.0])


@pytest.mark.parametrize("x", [0.0, 0.25, -7.0])
def test_the_default_step_of_a_central_difference_balances_its_errors(x):
    points = []

    def f(y):
        points.append(y)
        return y * y

    central_difference(f, x)
    h = EPSILON ** (1 / 3) * max(1.0, abs(x))
    assert points == [x + h, x - h]
    points.clear()
    assert central_difference(f, x, step=0.5) == 2.0 * x
    assert points == [x + 0.5, x - 0.5]


def test_relative_is_to_the_larger_of_the_two():
    def difference(analytic, numeric):
        return Difference("x", 0.0, analytic, numeric, 0.1, 0.0, "agrees")

    assert (difference(3.0, 4.0).absolute, difference(3.0, 4.0).relative) == (1.0, 0.25)
    assert difference(-4.0, 3.0).relative == 7.0 / 4.0
    assert difference(0.0, 0.0).relative == 0.0
    assert difference(0.0, -2.0).relative == 1.0
    assert math.isnan(difference(math.nan, 1.0).absolute)


def test_the_table_has_a_line_for_each_input():
    right = Difference("x", 2.0, 1.5, 1.5, 0.125, 0.0, "agrees")
    wrong = Difference("w[0]", -0.25, 1.0, 4.0, 0.001, 0.0, "differs")
    title, _, header, _, *lines, _ = str(GradCheck((right, wrong))).split("\n")
    assert title.strip() == "gradcheck: 1 of 2 derivatives differ"
    assert re.findall(r"\w+", header) == [
        "input",
        "value",
        "analytic",
        "numeric",
        "absolute",
        "relative",
        "step",
    ]
    assert [re.findall(r"[^\s│]+", line) for line in lines] == [
        ["x", "2", "1.5", "1.5", "0.0e+00", "0.0e+00", "1.2e-01", "ok"],
        ["w[0]", "-0.25", "1", "4", "3.0e+00", "7.5e-01", "1.0e-03", "differs"],
    ]
    assert repr(GradCheck((right,))) == str(GradCheck((right,)))
    assert "gradcheck: all derivatives agree" in str(GradCheck((right, right)))
    assert bool(GradCheck((right, right))) and not GradCheck((right, wrong)) and not GradCheck((wrong, right))


def test_each_input_is_moved_alone_and_put_back():
    seen = []
    a, b = Value(1.0, "a"), Value(2.0, "b")

    def f(x, y):
        seen.append((x.data, y.data))
        return x * y

    check = gradcheck(f, [a, b])
    assert [row.value for row in check.rows] == [1.0, 2.0]
    assert all(x == 1.0 or y == 2.0 for x, y in seen)
    assert (a.data, b.data) == (1.0, 2.0)
