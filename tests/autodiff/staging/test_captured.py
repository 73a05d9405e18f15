"""What a function reads besides its arguments is compared at each call."""

import functools
import types

import numpy as np
import pytest

from autodiff import Value, leaves, lifted
from autodiff.staging.captured import Captured

RATE = 2.0
TABLE = np.array([1.0, 2.0])
NESTED = {"a": [1.0, {"b": np.array([1.0])}], "name": "x"}


class Settings:
    shared = 1.0

    def __init__(self):
        self.rate = 2.0
        self.inner = types.SimpleNamespace(weights=np.ones(2), layers=[1.0, 2.0])


SETTINGS = Settings()


def helper(x):
    return RATE * x


def with_default(x, scale=[1.0]):  # noqa: B006
    return scale[0] * x


WEIGHT = Value(3.0, "weight")
ROW = leaves("row", [1.0, 2.0])


def set_global(name, value):
    return lambda: globals().__setitem__(name, value)


CHANGES = {
    "a global number": (lambda x: RATE * np.sum(x), set_global("RATE", 5.0)),
    "a number in a helper": (lambda x: np.sum(helper(x)), set_global("RATE", 7.0)),
    "a helper": (lambda x: np.sum(helper(x)), set_global("helper", lambda x: x * 100.0)),
    "an array in place": (lambda x: np.sum(TABLE * x), lambda: TABLE.__setitem__(0, 9.0)),
    "another array": (lambda x: np.sum(TABLE * x), set_global("TABLE", np.array([0.0, 0.5]))),
    "an array in a dict": (
        lambda x: NESTED["a"][1]["b"][0] * np.sum(x), lambda: NESTED["a"][1]["b"].__setitem__(0, 4.0),
    ),
    "a number in a list": (lambda x: NESTED["a"][0] * np.sum(x), lambda: NESTED["a"].__setitem__(0, 6.0)),
    "text": (
        lambda x: np.sum(x) * (2.0 if NESTED["name"] == "x" else 3.0),
        lambda: NESTED.__setitem__("name", "y"),
    ),
    "an attribute": (lambda x: SETTINGS.rate * np.sum(x), lambda: setattr(SETTINGS, "rate", 11.0)),
    "an attribute's array": (
        lambda x: np.sum(SETTINGS.inner.weights * x), lambda: SETTINGS.inner.weights.__setitem__(1, 8.0),
    ),
    "an attribute's list": (
        lambda x: len(SETTINGS.inner.layers) * np.sum(x), lambda: SETTINGS.inner.layers.append(3.0),
    ),
    "a class": (lambda x: Settings.shared * np.sum(x), lambda: setattr(Settings, "shared", 13.0)),
    "a class by its object": (
        lambda x: SETTINGS.shared * np.sum(x), lambda: setattr(Settings, "shared", 17.0),
    ),
    "a default": (
        lambda x: np.sum(with_default(x)), lambda: with_default.__defaults__[0].__setitem__(0, 5.0),
    ),
    "a Value": (lambda x: WEIGHT * np.sum(x), lambda: setattr(WEIGHT, "data", 19.0)),
    "an Array": (lambda x: np.sum(ROW * x), lambda: setattr(ROW[0], "data", 21.0)),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen(what):
    function, change = CHANGES[what]
    fast = lifted(function)
    x = np.array([1.0, 2.0])

    def right():
        result = function(x)
        return result.data if isinstance(result, Value) else float(result)

    before = right()
    assert fast(x) == fast(x) == pytest.approx(before)
    assert fast.recordings == 1
    change()
    assert right() != before
    assert fast(x) == pytest.approx(right())
    assert fast.value_and_grad(x)[0] == pytest.approx(right())
    assert fast.recordings == 2


def test_closures_are_looked_into():
    def make():
        rate, table = 2.0, np.ones(2)

        def inner(x):
            return rate * np.sum(table * x)

        def set_rate(value):
            nonlocal rate
            rate = value

        return lifted(lambda x: inner(x) + 0.0), set_rate, table

    fast, set_rate, table = make()
    x = np.array([1.0, 2.0])
    assert fast(x) == 6.0
    set_rate(3.0)
    assert fast(x) == 9.0
    table[0] = 0.0
    assert fast(x) == 6.0
    set_rate(2.0)
    table[0] = 1.0
    assert fast(x) == 6.0
    assert fast.recordings == 3


def test_objects_among_the_arguments_are_looked_into():
    @lifted
    def f(settings, x, g):
        return g(settings.rate * np.sum(x))

    settings = Settings()
    x = np.ones(2)
    assert f(settings, x, abs) == 4.0
    settings.rate = 3.0
    assert f(settings, x, abs) == 6.0
    assert f(settings, x, lambda v: v * 2.0) == 12.0
    assert f(Settings(), x, abs) == 4.0


def test_partial_functions_and_bound_methods():
    class Model:
        scale = 2.0

        def loss(self, x):
            return self.scale * np.sum(x)

    model = Model()
    for fast in (lifted(functools.partial(lambda k, x: k * np.sum(x), 2.0)), lifted(model.loss)):
        assert fast(np.ones(2)) == 4.0
    model.scale = 3.0
    assert fast(np.ones(2)) == 6.0


def test_what_does_not_change_is_the_same():
    def f(x):
        return helper(x) * TABLE[0] * SETTINGS.rate * NESTED["a"][0] * with_default(x)

    captured = Captured(f, [SETTINGS])
    assert captured.same()
    f(np.ones(2))
    assert captured.same()
