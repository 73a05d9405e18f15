"""Derivatives as a book prints them are those that the table computes."""

import itertools
import math

import pytest

from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.formulas.expr import symbol
from autodiff.formulas.textbook import book_partials

SIGNS = {name: getattr(FLOATS, name) for name in [*OPS, *vars(type(FLOATS))] if name[0] != "_"}
POINTS = [*itertools.product((-1.75, -0.4, 0.3, 0.8, 1.6), (-1.2, 0.5, 0.8, 2.0)), (0.5, 0.5)]


def told(op):
    return [str(slope) for slope in book_partials(op, [*map(symbol, "xz"[: op.arity])], symbol("y"))]


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_what_is_printed_is_the_slope(op):
    compared = 0
    for point in POINTS:
        operands = point[: op.arity]
        try:
            y = op.forward(FLOATS, *operands)
            right = op.partials(FLOATS, *operands, y)
        except (ValueError, ArithmeticError):
            continue
        names = {**dict(zip("xz", operands)), "y": y, "π": math.pi}
        for text, slope in zip(told(op), right, strict=True):
            if math.isfinite(slope):
                assert eval(text, SIGNS | names) == pytest.approx(slope, rel=1e-9, abs=1e-12), (text, point)
                compared += 1
    assert compared >= 3


@pytest.mark.parametrize(
    ("name", "slopes"),
    [
        ("tanh", ["1 - y**2"]),
        ("sigmoid", ["y*(1 - y)"]),
        ("exp", ["y"]),
        ("relu", ["1 if x > 0 else 0"]),
        ("sqrt", ["1/(2*y)"]),
        ("div", ["1/z", "-x/z**2"]),
        ("pow", ["z*x**(z - 1)", "x**z*log(x)"]),
        ("asin", ["1/sqrt(1 - x**2)"]),
        ("erf", ["2*exp(-x**2)/sqrt(π)"]),
        ("log2", ["1/(x*log(2))"]),
        ("log10", ["1/(x*log(10))"]),
        ("normal_cdf", ["exp(-x**2/2)/sqrt(2*π)"]),
        ("hypot", ["x/y", "z/y"]),
        ("xlogy", ["log(z)", "x/z"]),
        ("elu", ["1 if x > 0 else z*exp(x)", "expm1(minimum(x, 0))"]),
        ("at_most", ["0 if x - z > 0 else 1", "1 if x - z > 0 else 0"]),
    ],
)
def test_a_slope_has_the_form_of_a_book(name, slopes):
    assert told(OPS[name]) == slopes
