"""Which paths are the largest, and how numbers are rounded, at the ends of what they can be."""

import pytest

from autodiff import Value, explain
from autodiff.explaining.phrases import rounded


def test_a_path_through_a_zero_is_the_smallest():
    x, zero = Value(3.0, "x"), Value(0.0, "zero")
    for y in (x * zero + x * 1e-300, x * 1e-300 + x * zero):
        (path,) = explain(y, wrt=x, limit=1).paths
        assert path.product == 1e-300


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (999999.4, "999999"),
        (1234567.8, "1234568"),
        (123456789012345.4, "123456789012345"),
        (1.23456789e15, "1234570000000000"),
        (-1234567.8, "-1234568"),
        (0.1234567, "0.123457"),
    ],
)
def test_numbers_have_six_digits_or_all_before_the_point(number, text):
    assert rounded(number).text() == text
