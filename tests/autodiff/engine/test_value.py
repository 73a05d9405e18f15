"""What people rely on in a Value: its numbers, its operators, its errors, its place in NumPy."""

import array
import cmath
import math
import operator
import pickle
import re
import statistics

import numpy as np
import pytest

from autodiff import Array, DomainError, Value, topological_order
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS

pytestmark = pytest.mark.usefixtures("version")

NUMBERS = [2, 2.0, True, np.float64(2.0), np.float32(2.0), np.int64(2), np.bool_(True)]
NUMBERS += [np.array(2.0), np.array(2)]
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
kind = pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{n}")


@kind
def test_data_is_a_float_whatever_number_it_was(number):
    value = Value(number, "n")
    assert type(value.data) is float and value.data == float(number)
    assert (type(value.grad), value.grad, value.op, value.operands) == (float, 0.0, "", ())
    assert (value.label, Value(number).label) == ("n", "")


@kind
@pytest.mark.parametrize("operation", BINARY)
def test_numbers_mix_on_either_side(number, operation):
    x, n = Value(3.0, "x"), float(number)
    for result, a, b in ((operation(x, number), x, n), (operation(number, x), n, x)):
        assert type(result) is Value
        numbers = [x.data if each is x else n for each in (a, b)]
        assert result.data == operation(*numbers)
        assert [node.data for node in result.operands] == numbers
        result.backward()
        assert x.grad == result.local_derivatives[0 if a is x else 1]
        x.grad = 0.0


@pytest.mark.parametrize("operation", BINARY)
def test_numbers_may_be_updated_in_place(operation):
    x = total = Value(3.0)
    total = getattr(operator, f"i{operation.__name__}")(total, 2.0)
    assert total is not x and total.data == operation(3.0, 2.0) and x.data == 3.0


WRONG = [
    ("1.5", "got '1.5' of type str; convert text with float"),
    (None, "got None of type NoneType; a function that forgot its return"),
    (1 + 2j, r"got \(1\+2j\) of type complex; take its .real"),
    (np.complex128(1j), "take its .real or .imag"),
    ([1.0], r"got \[1.0\] of type list; pass an int, a float"),
    (np.array([1.0, 2.0]), r"got an array of shape \(2,\) and dtype float64; make one Value per element"),
    (np.array([[1]]), r"got an array of shape \(1, 1\)"),
    (np.array(1j), "take its .real"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=lambda each: type(each).__name__)
def test_what_is_no_number_is_refused_with_advice(wrong, message):
    with pytest.raises(TypeError, match=message):
        Value(wrong)


@pytest.mark.parametrize("operation", [*BINARY, operator.lt, operator.ge])
@pytest.mark.parametrize(
    "wrong", [each for each, _ in WRONG if not np.ndim(each)], ids=lambda each: type(each).__name__
)
def test_what_is_no_number_is_refused_as_an_operand_on_either_side(operation, wrong):
    x = Value(3.0)
    with pytest.raises(TypeError):
        operation(x, wrong)
    with pytest.raises(TypeError):
        operation(wrong, x)


def test_a_value_of_a_value_is_refused():
    with pytest.raises(TypeError, match=r"use that Value, or its \.data"):
        Value(Value(1.0))


def test_ints_are_taken_if_a_float_holds_them_and_numbers_if_they_are_finite():
    assert Value(2**53).data == 2.0**53 and Value(-(2**70)).data == -(2.0**70)
    for number in (2**53 + 1, np.int64(2**53 + 1), 10**400):
        with pytest.raises(ValueError, match=r"no float holds the int 9007|finite number, got 1000"):
            Value(number)
    for number in (math.inf, -math.inf, math.nan, np.float32("nan"), np.array(np.inf)):
        with pytest.raises(ValueError, match=r"holds a finite number, got -?(inf|nan)"):
            Value(number)
    with pytest.raises(ValueError, match="finite number"):
        Value(1.0) + math.nan


def test_equality_and_hash_are_identity():
    a, b = Value(3.0), Value(3.0)
    assert a == a and a != b and a != 3.0 and not operator.eq(a, 3.0)
    assert len({a, b, a}) == 2 and b not in [a] and {a: 1}[a] == 1
    a.data = 4.0
    assert {a: 1}[a] == 1
    assert np.float64(3.0) != b and not operator.eq(np.float64(3.0), b)


@pytest.mark.parametrize("relation", [operator.lt, operator.le, operator.gt, operator.ge])
def test_comparisons_go_by_data(relation):
    for a, b in ((1.0, 2.0), (2.0, 2.0), (3.0, 2.0)):
        expected = relation(a, b)
        for x, z in ((Value(a), Value(b)), (Value(a), b), (a, Value(b))):
            assert relation(x, z) is expected
        assert bool(relation(np.float64(a), Value(b))) is expected
        assert bool(relation(Value(a), np.array(b))) is expected
    values = [Value(2.0), Value(-1.0), Value(0.5)]
    assert [each.data for each in sorted(values)] == [-1.0, 0.5, 2.0]
    assert max(values) is values[0] and min(values) is values[1]


def test_conversions_go_by_data():
    x = Value(2.5, "x")
    assert bool(x) and not Value(0.0) and not Value(-0.0)
    assert f"{x:.2f}" == "2.50" and f"{x}" == repr(x) == "Value(2.5, grad=0.0, label='x')"
    assert repr(Value(1)) == "Value(1.0, grad=0.0)"
    assert +x is x


LEAVING = {
    "float(v)": float,
    "int(v)": int,
    "round(v)": lambda v: round(v, 1),
    "math.trunc(v)": math.trunc,
    "v % n": lambda v: v % 3,
    "v % n, reflected": lambda v: 3.0 % v,
    "v // n": lambda v: v // 2,
    "v // n, reflected": lambda v: 7 // v,
    "divmod(v, n)": lambda v: divmod(v, 2),
    "float(v), by math.sin": math.sin,
    "float(v), by a float array": lambda v: np.zeros(2).__setitem__(0, v),
    "float(v), by a conversion": lambda v: np.array([v], dtype=float),
    "float(v), by asarray": lambda v: np.asarray(v, float),
    "float(v), by a NumPy scalar": np.float64,
    "float(v), by a narrow one": np.float32,
    "float(v), by astype": lambda v: np.array([v, v]).astype(float),
    "float(v), by complex": complex,
    "float(v), by isnan": math.isnan,
    "float(v), by isclose": lambda v: math.isclose(v, 2.5),
    "float(v), by an array of the standard library": lambda v: array.array("d", [v]),
    "float(v), by a percent sign": lambda v: "%.2f" % v,  # noqa: UP031
    "v.item()": lambda v: v.item(),
}


@pytest.mark.parametrize("call", LEAVING)
def test_a_plain_number_of_a_value_has_to_be_asked_for(call):
    with pytest.raises(
        TypeError, match=re.escape(call.partition(", ")[0]) + r".* would leave the graph.*v\.data"
    ):
        LEAVING[call](Value(2.5))


def test_the_error_names_the_function_to_use_instead():
    v = Value(0.5)
    with pytest.raises(TypeError, match=r"use v\.data .*, and autodiff\.tanh\(v\) for what has a gradient"):
        math.tanh(v)


@pytest.mark.parametrize("module", [math, cmath, statistics], ids=lambda module: module.__name__)
def test_no_function_of_the_standard_library_makes_a_plain_number_of_a_value(module):
    functions = [f for name, f in vars(module).items() if callable(f) and not name.startswith("_")]
    tried = 0
    for function in functions:
        for pattern in ["v", "v1", "1v", "vv", ["vv"], ["vv", "11"]]:
            given = [
                [Value(0.5) if each == "v" else 1.0 for each in part]
                if type(pattern) is list
                else Value(0.5)
                if part == "v"
                else 1.0
                for part in pattern
            ]
            try:
                result = function(*given)
            except (TypeError, ValueError, AttributeError, ArithmeticError):
                tried += 1
                continue
            assert not isinstance(result, (int, float, complex)) or type(result) is bool, function
    assert tried > 20


ASSIGNED = [
    3,
    True,
    np.float32(0.5),
    np.int64(7),
    np.array(2),
    np.array(0.25),
    np.bool_(True),
    np.float16(1.5),
]


@pytest.mark.parametrize("attribute", ["data", "grad"])
@pytest.mark.parametrize("number", ASSIGNED, ids=lambda n: f"{type(n).__name__}-{n}")
def test_what_is_assigned_becomes_a_float(attribute, number):
    v = Value(1.0)
    setattr(v, attribute, number)
    assert type(getattr(v, attribute)) is float and getattr(v, attribute) == float(number)
    assert type((v * 2.0).data) is float


@pytest.mark.parametrize("attribute", ["data", "grad"])
@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=lambda each: type(each).__name__)
def test_what_is_no_number_cannot_be_assigned(attribute, wrong, message):
    v = Value(1.0)
    before = getattr(v, attribute)
    with pytest.raises(TypeError, match=message):
        setattr(v, attribute, wrong)
    with pytest.raises(TypeError, match=r"use that Value, or its \.data"):
        setattr(v, attribute, Value(2.0))
    with pytest.raises(AttributeError):
        delattr(v, attribute)
    assert getattr(v, attribute) == before


def test_data_stays_finite_and_a_gradient_need_not():
    v = Value(1.0, "v")
    for number in (math.inf, -math.inf, math.nan, np.float32("nan"), 10**400, 2**53 + 1):
        with pytest.raises(ValueError, match=r"finite number|no float holds"):
            v.data = number
    assert v.data == 1.0
    for number, expected in ((np.inf, math.inf), (-(10**400), -math.inf), (2**53 + 1, 2.0**53)):
        v.grad = number
        assert v.grad == expected
    v.grad = np.float32("nan")
    assert math.isnan(v.grad)


def test_new_attributes_are_accepted_on_any_node():
    x = Value(1.0)
    y = x * x
    x.momentum, y.note = 0.5, "square"
    assert (x.momentum, y.note) == (0.5, "square")
    with pytest.raises(AttributeError):
        _ = y.momentum


DOMAIN = [
    (lambda x: x.log(), 0.0, ValueError, r"log\(x=0.0\) is outside the domain of log"),
    (lambda x: x.log(), -1.5, ValueError, r"log\(x=-1.5\) is outside"),
    (lambda x: x.sqrt(), -4.0, ValueError, r"sqrt\(x=-4.0\) is outside"),
    (lambda x: x**-1, 0.0, ZeroDivisionError, r"pow\(x=0.0, -1.0\) divides by zero"),
    (lambda x: 0**x, -1.0, ZeroDivisionError, r"pow\(0.0, x=-1.0\) divides by zero"),
    (lambda x: x ** (1 / 3), -8.0, ValueError, r"pow\(x=-8.0, 0.333.*\) is outside the domain of pow"),
    (lambda x: 1 / x, 0.0, ZeroDivisionError, r"div\(1.0, x=0.0\) divides by zero"),
    (lambda x: x.acosh(), 0.5, ValueError, r"acosh\(x=0.5\) is outside"),
    (lambda x: x.asin(), 1.5, ValueError, r"asin\(x=1.5\) is outside"),
    (lambda x: x.atanh(), 1.0, ValueError, r"atanh\(x=1.0\) is outside"),
    (lambda x: x.log1p(), -1.0, ValueError, r"log1p\(x=-1.0\) is outside"),
    (lambda x: x.exp(), 1000.0, OverflowError, r"exp\(x=1000.0\) overflows: .*too large for a float"),
    (lambda x: x.sinh(), 1000.0, OverflowError, r"sinh\(x=1000.0\) overflows"),
    (lambda x: x**2, 1e200, OverflowError, r"pow\(x=1e\+200, 2.0\) overflows"),
    (lambda x: x * 10, 1e308, OverflowError, r"mul\(x=1e\+308, 10.0\) overflows"),
    (lambda x: x + x, 1e308, OverflowError, r"add\(x=1e\+308, x=1e\+308\) overflows"),
    (lambda x: -x - x, 1e308, OverflowError, r"sub\(-1e\+308, x=1e\+308\) overflows"),
    (lambda x: x / 1e-10, 1e308, OverflowError, r"div\(x=1e\+308, 1e-10\) overflows"),
]


@pytest.mark.parametrize(("f", "at", "error", "message"), DOMAIN, ids=[row[-1][:18] for row in DOMAIN])
def test_leaving_a_domain_names_operation_operand_and_label(f, at, error, message):
    with pytest.raises(DomainError, match=message) as caught:
        f(Value(at, "x"))
    assert isinstance(caught.value, (error, ArithmeticError)) and isinstance(caught.value, error)
    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)


def test_at_the_edge_of_a_domain_the_value_stands_and_the_slope_is_its_limit():
    assert Value(0.0).sqrt().local_derivatives == (math.inf,)
    assert Value(1.0).asin().local_derivatives == (math.inf,)
    assert Value(1.0).acosh().local_derivatives == (math.inf,)
    assert (Value(0.0) ** 0.5).local_derivatives == (math.inf, 0.0)
    assert (Value(0.0) ** 0).local_derivatives == (0.0, -math.inf)
    by_base, by_exponent = (Value(-2.0) ** 3).local_derivatives
    assert by_base == 12.0 and math.isnan(by_exponent)
    assert all(map(math.isnan, Value(0.0).atan2(0.0).local_derivatives))


def test_backward_from_a_leaf_counts_the_leaf_itself():
    x = Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_backward_twice_doubles_leaves_exactly_and_leaves_nothing_stale_inside():
    x, w = Value(0.3, "x"), Value(-1.7, "w")
    h = x * w
    y = (h.tanh() + h * x) / w
    y.backward()
    once = {node: node.grad for node in topological_order(y)}
    y.backward()
    for node, grad in once.items():
        assert node.grad == (grad if node.operands else 2.0 * grad)
    z = h * 3.0  # another output over the same inner node
    x.grad = w.grad = 0.0
    z.backward()
    assert (h.grad, x.grad, w.grad) == (3.0, 3.0 * w.data, 3.0 * x.data)


UFUNCS = {name: ufunc for name in OPS if isinstance(ufunc := getattr(type(ARRAYS), name, None), np.ufunc)}
UFUNCS |= {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative}


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_take_values_and_arrays_of_them(name):
    op, ufunc = OPS[name], UFUNCS[name]
    x, z = Value(1.2 if name == "acosh" else 0.6, "x"), Value(1.7, "z")
    operands = (x, z)[: op.arity]
    expected = getattr(x, name)(*operands[1:])
    assert ufunc(*operands).data == expected.data and ufunc(*operands).op == name
    if op.arity == 2:
        assert ufunc(x, 1.7).data == ufunc(0.6, z).data == expected.data
        assert ufunc(np.float64(0.6), z).operands[1] is z and ufunc(x, np.array(1.7)).operands[0] is x
    arrays = [np.array([[each, each]], dtype=object) for each in operands]
    results = ufunc(*arrays)
    assert results.shape == (1, 2) and results.dtype == object
    for result in results.flat:
        if name in {"maximum", "minimum"}:  # NumPy's own loop picks one of the two
            assert result in operands
        elif name == "sign":  # and here it knows the answer
            assert result == 1
        else:
            assert (result.op, result.data, result.operands) == (name, expected.data, operands)
    if op.arity == 2 and name not in {"maximum", "minimum"}:
        mixed = [ufunc(arrays[0], z), ufunc(x, arrays[1]), ufunc(arrays[0], 1.7)]
        if name not in {"hypot", "atan2"}:  # for these NumPy asks the first operand, here a float
            mixed.append(ufunc(0.6, arrays[1]))
        for row in mixed:
            assert [each.data for each in row.flat] == [expected.data] * 2


@pytest.mark.parametrize("operation", BINARY)
def test_operators_between_values_and_object_arrays_go_element_by_element(operation):
    x = Value(2.0, "x")
    array = np.array([[Value(1.0), Value(3.0)]], dtype=object)
    for result, expected in (
        (operation(x, array), [operation(2.0, 1.0), operation(2.0, 3.0)]),
        (operation(array, x), [operation(1.0, 2.0), operation(3.0, 2.0)]),
    ):
        assert result.shape == (1, 2)
        assert [each.data for each in result.flat] == expected
        assert all(x in each.operands for each in result.flat)
    assert (x < array).data.tolist() == (array >= x).data.tolist() == [[0.0, 1.0]]


def test_matrix_products_and_reductions_of_object_arrays():
    W = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]], dtype=object)
    x = np.array([Value(0.5), Value(-1.0)], dtype=object)
    data = np.vectorize(lambda node: node.data)
    floats = np.array([0.5, -1.0])
    for product in (W @ x, W @ floats, W.dot(x), np.matmul(W, x)):
        assert product.shape == (2,) and data(product).tolist() == [-1.5, -2.5]
    assert data(floats @ W).tolist() == [-2.5, -3.0]
    assert data(np.eye(2) @ W).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (x @ x).data == 1.25
    total = np.sum(np.tanh(W @ x))
    assert isinstance(total, Value) and total.data == pytest.approx(np.tanh([-1.5, -2.5]).sum())
    total.backward()
    assert W[0, 0].grad == pytest.approx(0.5 * (1 - math.tanh(-1.5) ** 2))
    assert np.mean(x).data == -0.25 and np.prod(W).data == 24.0 and np.add.reduce(x).data == -0.5
    assert np.sum(W, axis=0)[1].data == 6.0 and data(np.cumsum(x)).tolist() == [0.5, -0.5]
    assert np.max(x) is x[0] and np.argmin(x) == 1


def test_a_value_and_a_float_array_give_an_array_of_values():
    x = Value(2.0)
    for f in (lambda a: a * x, lambda a: x * a, lambda a: np.maximum(a, x), lambda a: np.add(x, a)):
        result = f(np.array([1.0, 3.0]))
        assert isinstance(result, Array) and all(x in each.operands for each in result)
    with pytest.raises(TypeError, match=r"the function autodiff\.maximum takes arrays"):
        x.maximum(np.array([1.0, 3.0]))


def test_a_ufunc_without_a_row_says_so():
    with pytest.raises(TypeError, match=r"np\.floor does not take an Array of Values"):
        np.floor(Value(1.5))


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.notation.operator], ids=lambda op: op.name)
def test_a_row_that_python_has_an_operator_for_is_that_operator(op):
    names = [f"__{op.notation.operator}__", f"__r{op.notation.operator}__"][: op.arity]
    x, number = Value(2.0), 3.0
    for name, numbers in zip(names, ([2.0, 3.0], [3.0, 2.0])):
        result = vars(Value)[name](x, *[number][: op.arity - 1])
        assert result.op == op.name
        assert [node.data for node in result.operands] == numbers[: op.arity]
