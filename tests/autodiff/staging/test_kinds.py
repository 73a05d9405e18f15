"""What a function asks of the type of a number is answered as without recording, or refused."""

import functools
import numbers
import threading
import time

import numpy as np
import pytest

from autodiff import Value, lifted


def matched(a):
    match a:
        case int() | str():
            return False
        case float():
            return True
        case _:
            return False


def matched_by_a_class(a):
    match a:
        case numbers.Number():
            return True
        case _:
            return False


def matched_by_numpy(a):
    match a:
        case np.floating():
            return True
        case _:
            return False


@functools.singledispatch
def dispatched(a):
    return False


@dispatched.register
def _(a: float):
    return True


ASKS = {
    "type in": lambda a: type(a) in (float, int),
    "type not in": lambda a: type(a) not in [int, np.float64],
    "type ==": lambda a: type(a) == float,  # noqa: E721
    "== type": lambda a: float == type(a),  # noqa: E721
    "type of numpy ==": lambda a: type(a) == np.float64,  # noqa: E721
    "type is": lambda a: type(a) is float,
    "type is numpy's": lambda a: type(a) is np.float64,
    "type is int": lambda a: type(a) is int,
    "type by table": lambda a: {float: 1, int: 2}.get(type(a), 3) == 1,
    "name of the type": lambda a: type(a).__name__ == "float",
    "type made anew": lambda a: type(type(a)(2.0)) in (float, np.float64),
    "class": lambda a: a.__class__ == float,  # noqa: E721
    "isinstance": lambda a: isinstance(a, float),
    "isinstance of several": lambda a: isinstance(a, (int, float, np.floating)),
    "isinstance of numpy's": lambda a: isinstance(a, np.floating),
    "isinstance of np.generic": lambda a: isinstance(a, np.generic),
    "isinstance of np.float32": lambda a: isinstance(a, np.float32),
    "isinstance Number": lambda a: isinstance(a, numbers.Number),
    "isinstance Integral": lambda a: isinstance(a, numbers.Integral),
    "isinstance type": lambda a: isinstance(type(a), type) and isinstance(float, type),
    "issubclass": lambda a: issubclass(type(a), float),
    "issubclass of numpy's": lambda a: issubclass(type(a), np.floating),
    "np.isscalar": np.isscalar,
    "np.issubdtype of a type": lambda a: np.issubdtype(type(a), np.floating),
    "hasattr shape": lambda a: hasattr(a, "shape"),
    "getattr shape": lambda a: getattr(a, "shape", None) == (),
    "getattr T": lambda a: getattr(a, "T", 1.0) is a,
    "hasattr __len__": lambda a: hasattr(a, "__len__") or hasattr(a, "append"),
    "np.ndim": lambda a: np.ndim(a) == 0 and np.shape(a) == (),
    "match": matched,
    "match by a class": matched_by_a_class,
    "match by numpy's": matched_by_numpy,
    "singledispatch": lambda a: dispatched(a),
}

NUMBERS = {
    "a float": lambda x: x,
    "numpy's": np.float64,
    "single precision": np.float32,
    "computed": lambda x: x,
    "an element": lambda x: np.array([x, 1.0]),
}


def asking(ask, kind):
    def f(a):
        number = a * 1.5 if kind == "computed" else a[0] if kind == "an element" else a
        return number * number if ask(number) else number * 3.0

    return f


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_says_of_its_type_what_it_is_or_nothing(ask, kind):
    f = asking(ASKS[ask], kind)
    argument = NUMBERS[kind](0.5)
    try:
        found = lifted(f)(argument)
    except TypeError as error:
        assert "recorded" in str(error)
        assert ask not in ("isinstance", "isinstance of several", "isinstance Number", "np.isscalar", "match")
        return
    assert found == pytest.approx(float(f(argument)), rel=1e-6)


@pytest.mark.parametrize("ask", ["type in", "type ==", "== type", "type by table", "isinstance of numpy's"])
def test_of_an_argument_the_type_is_known(ask):
    f = asking(ASKS[ask], "a float")
    fast = lifted(f)
    for argument in (0.5, np.float64(0.5), 2.0, np.float64(2.0), np.float32(0.25)):
        assert fast(argument) == pytest.approx(float(f(argument)), rel=1e-6)
    assert fast.recordings == 3  # one for each type


DTYPES = {
    "==": lambda x: x.dtype == float,
    "!= object": lambda x: x.dtype != object,
    "== name": lambda x: x.dtype == "float64",
    "kind": lambda x: x.dtype.kind == "f",
    "issubdtype": lambda x: np.issubdtype(x.dtype, np.floating),
    "integer": lambda x: np.issubdtype(x.dtype, np.integer),
    "float32": lambda x: x.dtype == np.float32,
    "type": lambda x: x.dtype.type is np.float64,
    "in": lambda x: x.dtype in (np.float32, np.float64),
    "eps": lambda x: np.finfo(x.dtype).eps < 1e-10,
    "computed": lambda x: (x @ x.T).dtype == float and np.exp(x).mean(axis=0).dtype == np.float64,
    "zeros": lambda x: np.zeros(3, dtype=x.dtype).dtype == np.float64,
    "array's type": lambda x: type(x) == np.ndarray and type(x) is np.ndarray,  # noqa: E721
    "array": lambda x: isinstance(x, np.ndarray) and not isinstance(x, (list, float)),
}


@pytest.mark.parametrize("ask", DTYPES)
def test_an_array_has_the_dtype_of_its_numbers(ask):
    def f(x):
        return np.sum(x * x) if DTYPES[ask](x) else np.sum(3.0 * x)

    x = np.array([[1.0, 2.5], [0.5, -1.0]])
    fast = lifted(f)
    assert fast(x) == f(x)
    single = x.astype(np.float32)
    try:
        assert fast(single) == f(single)
    except TypeError as error:
        assert "float32" in str(error)
        assert ask not in ("array's type", "array")


class Layer:
    def __call__(self, a):
        return self.scaled(a)

    def scaled(self, a):
        return a * a if isinstance(a, float) and type(a) == float else a * 3.0  # noqa: E721

    @staticmethod
    def squared(a):
        return a * a if hasattr(a, "__len__") or not issubclass(type(a), float) else a * 3.0


LAYER = Layer()
TABLE = {"f": lambda a: a * a if isinstance(a, (float, int)) else a * 3.0}


@pytest.mark.parametrize(
    "f",
    [
        lambda a: LAYER(a),
        lambda a: LAYER.scaled(a),
        lambda a: Layer().scaled(a),
        lambda a: Layer.squared(a),
        lambda a: TABLE["f"](a),
        lambda a: max(map(LAYER.scaled, [a])),
    ],
)
def test_methods_and_functions_in_containers_are_answered_alike(f):
    before = {*globals()}
    assert lifted(f)(2.0) == f(2.0)
    assert {*globals()} == before


def test_what_a_method_cannot_ask_is_refused():
    class Asking:
        def __call__(self, a):
            return a if type(a) is float else a * 3.0

    asking = Asking()
    with pytest.raises(TypeError, match="asks whether a type is float"):
        lifted(lambda a: asking(a))(2.0)


def test_values_are_answered_as_numbers():
    """A lifted function that is called with Values records into their graph."""
    f = lifted(lambda a: a * a if isinstance(a, float) else a * 3.0)
    assert f(Value(2.0)).data == 4.0
    with pytest.raises(TypeError, match="not known"):
        lifted(lambda a: a * a if isinstance(a, np.floating) else a * 3.0)(Value(2.0))


def test_other_threads_are_answered_as_ever():
    """While one thread records, the names of its module mean the same to others."""
    found = []

    def asks():
        for _ in range(10_000):
            if "isinstance" in globals():
                return found.append(
                    (isinstance(Value(1.0), float), type(Value(1.0)) is Value, isinstance(2, int))
                )
            time.sleep(1e-3)

    other = threading.Thread(target=asks)
    other.start()
    assert lifted(lambda a: a * a if time.sleep(0.05) or isinstance(a, float) else a * 3.0)(2.0) == 4.0
    other.join()
    assert found == [(False, True, True)]
