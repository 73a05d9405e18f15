"""Results of operations on a subclass of Value are of the subclass."""

import copy
import math
import pickle

import numpy as np
import pytest

import autodiff
from autodiff import Value, dot, grad, hessian, norm, softmax, topological_order
from autodiff.engine.ops import OPS

pytestmark = pytest.mark.usefixtures("version")


class Scalar(Value):
    def swish(self):
        return self * self.sigmoid()

    def bump(self):
        g = math.exp(-self.data * self.data)
        out = Scalar(g, (self,), "bump")

        def back():
            self.grad += -2.0 * self.data * g * out.grad

        out._backward = back
        return out


class Kept(Value):
    """Has an ``__init__`` and things of its own."""

    def __init__(self, data, _children=(), _op="", label="", unit="m"):
        super().__init__(data, _children, _op, label)
        self.unit = unit
        self.history = [self.data]


class Demanding(Value):
    def __init__(self, data, unit):
        super().__init__(data)
        self.unit = unit


@pytest.mark.parametrize("kind", [Scalar, Kept])
def test_results_are_of_the_subclass(kind):
    a, b = kind(0.75), Value(0.5)
    for name, op in OPS.items():
        x = kind(1.5) if name == "acosh" else a
        for operands in [(x,)] if op.arity == 1 else [(x, b), (b, x), (x, 0.25), (0.25, x)]:
            assert type(getattr(autodiff, name)(*operands)) is kind, name
        assert type(getattr(x, name)(*[b][: op.arity - 1])) is kind, name
    results = [
        *(a + b, b + a, 2 * a, a * 2, 1.0 - a, a - 1, a / b, b / a, 1 / a, a**2, 2**a, -a, abs(a), +a),
        *(dot([a, b], [b, b]), dot([b, a], [b, b], start=b), dot([b], [b], start=a), dot([b], [a])),
        *(sum([a, b]), autodiff.sum([b, a]), autodiff.mean([b, a]), autodiff.prod([a, b]), norm([a, b])),
        *(softmax([b, a])[0], autodiff.max([b, b, a]), autodiff.clip(a, 0.0, 1.0), np.tanh(a), np.add(a, b)),
        *(np.array([a, b]) @ np.array([b, b]), grad(a**3, a, create_graph=True), (a * b) + (b * b)),
    ]
    assert [type(result) for result in results] == [kind] * len(results)


def test_its_numbers_and_gradients_are_those_of_values():
    def f(kind):
        x, w = [kind(number) for number in (0.3, -0.8)]
        y = sum([x * w, 2 * x, dot([x, w], [w, w])], 1 - w) ** 2 / w.exp()
        y.backward()
        return y.data, x.grad, w.grad, hessian(y, [x, w]).tolist()

    assert f(Scalar) == f(Value) == f(Kept)


def test_its_own_methods_go_on_working_on_results():
    x = Scalar(0.5)
    y = (x * 2 + 1).swish().bump()
    y.backward()
    z = Value(0.5)
    s = (z * 2 + 1) * (z * 2 + 1).sigmoid()
    (-s * s).exp().backward()
    assert x.grad == pytest.approx(z.grad, rel=1e-14)


def test_an_init_of_its_own_is_called():
    x = Kept(2.0, unit="s", label="x")
    y = (x * 3).tanh()
    assert (y.unit, y.history, x.unit, x.label) == ("m", [math.tanh(6.0)], "s", "x")
    assert y.operands[0].history == [6.0]


def test_an_init_that_asks_for_more_is_told_what_to_do():
    with pytest.raises(TypeError, match=r"made by Demanding\(data\).*'unit'; give the other parameters"):
        Demanding(1.0, "m") * 2


def test_an_init_that_makes_no_node_is_refused_where_it_is_written():
    with pytest.raises(TypeError, match=r"Bare\.__init__ has to call super\(\)\.__init__\(data\)"):

        class Bare(Value):
            def __init__(self, data):
                self.unit = "m"


def test_a_subclass_of_a_subclass_wins():
    class Sub(Scalar):
        pass

    assert type(Scalar(1.0) + Sub(1.0)) is type(Sub(1.0) * Scalar(1.0)) is Sub


@pytest.mark.parametrize("x", [Scalar(0.5), Kept(0.5)], ids=["Scalar", "Kept"])
def test_copies_and_pickles_keep_the_class(x):
    y = x * 2 + 1
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert type(twin) is type(x) and vars(twin) == vars(y)
        assert {type(node) for node in topological_order(twin)} == {type(x), Value}  # constants are Values
