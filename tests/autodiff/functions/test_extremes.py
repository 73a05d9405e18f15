"""max, min and norm of many: values, ties, and the ends of the floats."""

import math
import sys

import numpy as np
import pytest

import autodiff
from autodiff import Value, grad, jvp, lift


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize(
    ("data", "place"),
    [([1.0, 3.0, 2.0], (1, 0)), ([-5.0, 4.0, 4.5, 0.0], (2, 0)), ([1.7e308, -1.7e308, 0.0], (0, 1))],
)
def test_the_one_that_is_chosen_gets_the_derivative(name, data, place):
    xs = [Value(x, f"x[{i}]") for i, x in enumerate(data)]
    y = getattr(autodiff, name)(xs)
    which = place[name == "min"]
    assert y.data == data[which] == getattr(autodiff, name)(data)
    expected = [float(i == which) for i in range(len(data))]
    assert grad(y, xs) == [each.data for each in grad(y, xs, create_graph=True)] == expected
    with np.errstate(all="raise"):
        assert lift(y, params=xs)().grads["x"].tolist() == expected


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("ties", [2, 3, 7])
@pytest.mark.parametrize("data", [0.1, 1e300, sys.float_info.max])
def test_ties_share_evenly(name, ties, data):
    sign = 1.0 if name == "max" else -1.0
    data *= sign
    xs = [Value(data) for _ in range(ties)] + [Value(-0.5 * data), Value(data / 2.0)]
    y = getattr(autodiff, name)(xs)
    assert y.data == data
    assert grad(y, xs) == pytest.approx([1.0 / ties] * ties + [0.0, 0.0], rel=1e-15)


def test_few_and_none():
    x = Value(2.0)
    assert autodiff.max([x]) is x
    assert autodiff.max(np.array([[1.0, 5.0], [2.0, 3.0]])).tolist() == [2.0, 5.0]
    with pytest.raises(ValueError, match=r"min\(\) of nothing"):
        autodiff.min([])


def test_the_norm_neither_overflows_nor_vanishes_and_is_flat_at_zero():
    assert autodiff.norm([3e200, 4e200]) == pytest.approx(5e200, rel=1e-15)
    assert autodiff.norm([3e-200, 4e-200]) == pytest.approx(5e-200, rel=1e-15)
    xs = [Value(x) for x in (2.0, -3.0, 6.0)]
    assert autodiff.norm(xs).data == 7.0
    assert grad(autodiff.norm(xs), xs) == pytest.approx([2 / 7, -3 / 7, 6 / 7], rel=1e-15)
    zeros = [Value(0.0) for _ in range(3)]
    assert grad(autodiff.norm(zeros), zeros) == [0.0, 0.0, 0.0]
    assert jvp(autodiff.norm(zeros), {zeros[0]: 1.0}) == 0.0


def test_backward_takes_the_gradient_of_what_comes_after():
    for quick in (True, False):
        x = Value(3.0)
        y = x * x
        y.backward(gradient=0.5) if quick else y.backward(0.5)
        assert (x.grad, y.grad) == (3.0, 0.5)
    leaf = Value(1.0)
    leaf.backward(gradient=2.0)
    assert leaf.grad == 2.0
    root = Value(-1.0)
    (root.relu().sqrt() + root).backward(gradient=math.pi)
    assert root.grad == math.pi
